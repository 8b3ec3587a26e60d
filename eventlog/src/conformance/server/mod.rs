//! A real `PostgreSQL` server for tests: found on this machine, made for one test process, gone with it.
//!
//! It keeps what it acknowledges (`fsync` on), listens on a port of its own on the loopback, and lives in a temporary
//! folder. A shell that waits for the test process to end, however it ends, stops it and removes the folder.
#![expect(clippy::missing_panics_doc, reason = "tests fail by panicking")]

mod find;

use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::{
        fs::{DirBuilderExt, MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use sqlx::{Connection, Executor, PgConnection};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// Who the server belongs to.
pub const OWNER: &str = "seatbook_owner";

/// A server. Stopped and removed when it is dropped, or when this process ends.
pub struct Server {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    password: String,
    /// Whose process it is, where ours may not be: the server refuses to run as root.
    account: Option<(u32, u32)>,
    guard: Option<Child>,
}

static SHARED: LazyLock<Server> = LazyLock::new(|| Server::start(&[]));
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// Kept small, because many tests have one each; durable, because that is what is tested.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = on
synchronous_commit = on
full_page_writes = on
max_connections = 300
max_wal_senders = 4
wal_level = replica
hot_standby = on
shared_buffers = 128MB
log_min_messages = fatal
";

impl Server {
    /// The one that most tests of a process share, each in a database of its own.
    pub fn shared() -> &'static Self {
        &SHARED
    }

    /// A server of one's own, to be stopped and started.
    pub fn start(settings: &[&str]) -> Self {
        let server = Self::empty();
        let secret = server.folder.join("password");
        fs::write(&secret, &server.password).expect("a password file");
        server.give(&secret);
        let made = server
            .program("initdb")
            // For SCRAM both sides would derive a key for each of thousands of connections.
            .args(["-U", OWNER, "-A", "md5", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"])
            .arg("--pwfile")
            .arg(&secret)
            .arg("-D")
            .arg(server.data())
            .output()
            .expect("initdb");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        server.set(&[SETTINGS, &settings.join("\n")].concat());
        server.run();
        server
    }

    /// A standby of this server, which follows it; `settings` are the standby's own.
    #[must_use]
    pub fn standby(&self, settings: &[&str]) -> Self {
        let mut standby = Self::empty();
        standby.password.clone_from(&self.password);
        let made = standby
            .program("pg_basebackup")
            .args([
                "-h",
                "127.0.0.1",
                "-U",
                OWNER,
                "-R",
                "--checkpoint=fast",
                "--wal-method=stream",
                "--no-sync",
            ])
            .args(["-p", &self.port.to_string()])
            .arg("-D")
            .arg(standby.data())
            .env("PGPASSWORD", &self.password)
            .output()
            .expect("pg_basebackup");
        assert!(made.status.success(), "pg_basebackup: {}", String::from_utf8_lossy(&made.stderr));
        standby.set(&settings.join("\n"));
        standby.run();
        standby
    }

    /// Makes a standby a primary.
    pub fn promote(&self) {
        self.control(&["promote", "-w"]);
    }

    /// Listens where another server did, from its next start on.
    pub fn take_place_of(&mut self, other: &Self) {
        self.port = other.port;
        self.set("");
    }

    /// Stops it at once, as a power cut does: nothing is written out.
    pub fn kill(&self) {
        self.control(&["stop", "-m", "immediate"]);
    }

    /// Kills its first process with `kill -9`, and waits until nobody listens there any more. The others find out by
    /// themselves; what they have begun they may still end.
    pub fn kill_the_first_process(&self) {
        let noted = fs::read_to_string(self.data().join("postmaster.pid")).expect("its process id");
        let process = noted.lines().next().expect("its process id");
        let killed = Command::new("kill").args(["-9", process]).status().expect("kill");
        assert!(killed.success(), "kill -9 {process}");
        while TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Starts it again after it was killed.
    pub fn run(&self) {
        let log = self.folder.join("log");
        self.control(&["start", "-w", "-t", "60", "-l", &log.to_string_lossy()]);
    }

    /// Adds to its settings; they hold from its next start on.
    pub fn set(&self, settings: &str) {
        let path = self.data().join("postgresql.auto.conf");
        let before = fs::read_to_string(&path).unwrap_or_default();
        // Of a setting that is there twice, the last counts: a standby begins with the primary's port.
        let port = self.port;
        fs::write(&path, format!("{before}\n{settings}\nport = {port}\n")).expect("the server's settings");
        self.give(&path);
    }

    /// The URL of a database, as its owner.
    pub fn url(&self, database: &str) -> String {
        self.url_of(OWNER, &self.password, database)
    }

    /// The URL of a database, as somebody.
    pub fn url_of(&self, user: &str, password: &str, database: &str) -> String {
        format!("postgres://{user}:{password}@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }

    /// A database that nobody has used; its URL.
    pub async fn database(&self) -> String {
        self.create("").await
    }

    /// Another database with what is in this one, which nobody may be connected to; its URL. That takes hardly longer than to
    /// make an empty one.
    pub async fn copy(&self, url: &str) -> String {
        let (_, database) = url.rsplit_once('/').expect("a URL");
        let template = database.split('?').next().expect("a name");
        self.create(&format!("TEMPLATE {template}")).await
    }

    /// A copy of the database that `prepare` is given empty, the first time that one is wanted.
    pub async fn copy_of(&self, first: &OnceCell<String>, prepare: impl AsyncFnOnce(&str)) -> String {
        let first = first.get_or_init(async || {
            let url = self.database().await;
            prepare(&url).await;
            url
        });
        self.copy(first.await).await
    }

    async fn create(&self, how: &str) -> String {
        let n = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("seatbook_{n}");
        self.tell("postgres", &format!("CREATE DATABASE {name} {how}")).await;
        self.url(&name)
    }

    /// Waits with each commit until a standby has it; and until such a standby is there.
    pub async fn waits_for_standbys(&self) {
        self.tell("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'").await;
        self.tell("postgres", "SELECT pg_reload_conf()").await;
        let mut conn = PgConnection::connect(&self.url("postgres")).await.expect("a connection");
        let sql = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        while sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut conn).await.expect("a number") == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let _ = conn.close().await;
    }

    /// Takes over where another server listened that was killed, as its primary and for good.
    pub fn takes_over_from(&mut self, other: &Self) {
        // It has to be the one that listens there from its first moment on.
        if self.data().join("postmaster.pid").exists() {
            self.kill();
        }
        self.take_place_of(other);
        self.set("synchronous_standby_names = ''");
        self.run();
        self.promote();
    }

    /// Tells the server something, as its owner.
    pub async fn tell(&self, database: &str, sql: &str) {
        let mut conn = PgConnection::connect(&self.url(database)).await.expect("a connection");
        conn.execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let _ = conn.close().await;
    }

    fn empty() -> Self {
        let programs = find::programs();
        let folder = std::env::temp_dir().join(format!("seatbook-postgres-{}", Uuid::now_v7().simple()));
        fs::DirBuilder::new().mode(0o700).create(&folder).expect("a temporary folder");
        let we_are_root = fs::metadata(&folder).expect("the folder").uid() == 0;
        let account = we_are_root.then(find::account);
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
        let password = Uuid::now_v7().simple().to_string();
        let mut server = Self { programs, folder, port, password, account, guard: None };
        server.give(&server.folder);
        server.guard = Some(server.guarded());
        server
    }

    /// Waits for the end of our process, or for us to drop its input, and tidies up.
    fn guarded(&self) -> Child {
        let script = r#"trap "" INT HUP TERM
            read -r _
            "$0/pg_ctl" -D "$1/data" -m immediate stop
            rm -rf "$1""#;
        self.as_account(Command::new("sh"))
            .args(["-c", script])
            .arg(&self.programs)
            .arg(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Whoever interrupts the tests does not interrupt this.
            .process_group(0)
            .spawn()
            .expect("a shell")
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn give(&self, path: &Path) {
        if let Some((user, group)) = self.account {
            chown(path, Some(user), Some(group)).expect("the server's account");
        }
    }

    fn as_account(&self, mut command: Command) -> Command {
        command.current_dir(&self.folder);
        if let Some((user, group)) = self.account {
            command.gid(group).uid(user);
        }
        command
    }

    fn program(&self, name: &str) -> Command {
        self.as_account(Command::new(self.programs.join(name)))
    }

    fn control(&self, what: &[&str]) {
        // Its output goes nowhere: the server would inherit a pipe, and whoever reads it would wait for its end.
        let status = self
            .program("pg_ctl")
            .arg("-D")
            .arg(self.data())
            .args(what)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("pg_ctl");
        let log = || fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        assert!(status.success(), "pg_ctl {what:?}: {}", log());
    }
}

/// Holds the log of this database, as a transaction of another node does, for as long as the connection is there.
pub async fn hold_log(url: &str) -> PgConnection {
    let mut conn = PgConnection::connect(url).await.expect("a connection");
    conn.execute("BEGIN; SELECT FROM log_head FOR UPDATE").await.expect("the log's head");
    conn
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut guard) = self.guard.take() {
            drop(guard.stdin.take());
            let _ = guard.wait();
        }
    }
}
