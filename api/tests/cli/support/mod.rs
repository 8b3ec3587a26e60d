//! A database of its own for each test, and the binary.

pub mod dice;
pub mod server;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use eventlog::conformance::server::Server as Database;
pub use server::{Server, Way, signal};

/// Administers the license of [`Office::license`], and the domain school.example.
pub const ADA: &str = "ada@school.example";

pub const SEATBOOK: &str = env!("CARGO_BIN_EXE_seatbook");

/// On a server, a database with our tables and with nothing in them.
static MADE: OnceCell<String> = OnceCell::const_new();

async fn make(url: &str) {
    let office = Office { folder: tempfile::tempdir().unwrap(), url: Some(url.to_owned()) };
    office.done(&["database", "migrate"]);
    // Those of the lists, and of accounts, are made by what first needs them.
    office.done(&["license", "list"]);
}

/// A folder, and a database that nobody else has.
pub struct Office {
    pub folder: TempDir,
    /// On a server; otherwise a file in the folder.
    pub url: Option<String>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Office {
    pub fn new() -> Self {
        let url = (crate::ENGINE == "postgres").then(|| told(Database::shared().copy_of(&MADE, make)));
        Self { folder: tempfile::tempdir().unwrap(), url }
    }

    /// One whose database has no tables yet.
    pub fn before_the_first_command() -> Self {
        let url = (crate::ENGINE == "postgres").then(|| told(Database::shared().database()));
        Self { folder: tempfile::tempdir().unwrap(), url }
    }

    /// Another one, with the same files and the same in its database. Nobody may have that open.
    pub fn copied(&self) -> Self {
        let url = self.url.as_ref().map(|url| told(Database::shared().copy(url)));
        let folder = tempfile::tempdir().unwrap();
        let copied = Command::new("cp").arg("-a").arg(self.path(".")).arg(folder.path()).status().unwrap();
        assert!(copied.success(), "cp: {copied}");
        Self { folder, url }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn database(&self) -> PathBuf {
        self.path("seatbook.db")
    }

    /// The database as it is named on the command line.
    pub fn target(&self) -> String {
        let file = || format!("sqlite:{}", self.database().display());
        self.url.clone().unwrap_or_else(file)
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(SEATBOOK);
        command
            .args(args)
            .env("SEATBOOK_DATABASE", self.target())
            .env_remove("DATABASE_URL")
            .env_remove("SEATBOOK_LISTEN")
            .env_remove("SEATBOOK_LOG")
            .env_remove("SEATBOOK_SECRET")
            .env_remove("SEATBOOK_SECRET_FILE")
            .env_remove("SEATBOOK_ERASURE_LEDGER")
            .env_remove("SEATBOOK_LOG_KEY")
            .env_remove("SEATBOOK_LOG_KEY_FILE")
            .env_remove("SEATBOOK_CHECKPOINT_FILE")
            .env_remove("SEATBOOK_KEEP_REFUSED_ROWS_DAYS")
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    pub fn run_with(&self, args: &[&str], stdin: &str) -> Ran {
        let mut command = self.command(args);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        Ran::of(child.wait_with_output().unwrap())
    }

    /// Runs a command that must succeed.
    #[track_caller]
    pub fn done(&self, args: &[&str]) -> String {
        self.run(args).ended(0).stdout
    }

    /// Runs a command with `--json` that must succeed.
    #[track_caller]
    pub fn json(&self, args: &[&str]) -> Value {
        self.run(&[args, &["--json"]].concat()).ended(0).json()
    }

    /// A license "School" of Ada's; its id and its key.
    #[track_caller]
    pub fn license(&self, seats: u64) -> (String, String) {
        let seats = seats.to_string();
        let made = self.json(&[
            "license",
            "create",
            "School",
            "--seats",
            &seats,
            "--admin",
            ADA,
            "--domain",
            "school.example",
        ]);
        (made["license_id"].as_str().unwrap().to_owned(), made["license_key"].as_str().unwrap().to_owned())
    }

    /// Everybody on "School" with their status.
    #[track_caller]
    pub fn people(&self) -> Vec<(String, String)> {
        let page = self.json(&["users", "list", "School"]);
        let items = page["items"].as_array().unwrap();
        let field = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
        items.iter().map(|item| (field(item, "email"), field(item, "status"))).collect()
    }

    /// A server on this database, once it answers.
    pub fn serve(&self) -> Server {
        Server::started(&mut self.serve_command()).expect("where it listens")
    }

    pub fn serve_command(&self) -> Command {
        let token = self.token();
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0", "--json"]);
        command.env(server::TOKEN, token);
        command
    }

    /// By which Ada is known over the network; nothing while there is no database.
    fn token(&self) -> String {
        let kept = self.path("ada.token");
        if let Ok(token) = std::fs::read_to_string(&kept) {
            return token;
        }
        let words = ["tokens", "make", "test", "--as", ADA, "--scope", "read", "--scope", "write", "--json"];
        let mut make = self.command(&words);
        // What the server is told to keep must not go before it begins.
        let ran = Ran::of(make.env("SEATBOOK_KEEP_REFUSED_ROWS_DAYS", "36500").output().unwrap());
        if ran.code != 0 {
            return String::new();
        }
        let token = ran.json()["token"].as_str().unwrap().to_owned();
        std::fs::write(kept, &token).unwrap();
        token
    }

    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    pub fn read(&self, path: impl AsRef<Path>) -> String {
        std::fs::read_to_string(self.folder.path().join(path)).unwrap()
    }
}

/// What somebody says who takes their time.
pub fn told<T>(saying: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(saying)
}

impl Ran {
    pub fn of(output: std::process::Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Stderr says all of these.
    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Self {
        holds(&self.stderr, parts);
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("JSON on stdout")
    }
}

/// The text has all of these.
#[track_caller]
pub fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in:\n{text}");
    }
}
