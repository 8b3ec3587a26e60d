//! A database of its own for each test, and the binary.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// Administers the license of [`Office::license`], and the domain school.example.
pub const ADA: &str = "ada@school.example";

pub const SEATBOOK: &str = env!("CARGO_BIN_EXE_seatbook");

/// A folder with a database that nobody else has.
pub struct Office {
    pub folder: TempDir,
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
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn within(folder: &Path) -> Self {
        Self { folder: tempfile::tempdir_in(folder).unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn database(&self) -> PathBuf {
        self.path("seatbook.db")
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(SEATBOOK);
        command
            .args(args)
            .env("SEATBOOK_DATABASE", format!("sqlite:{}", self.database().display()))
            .env_remove("SEATBOOK_LISTEN")
            .env_remove("SEATBOOK_LOG")
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
        self.command(&["serve", "--listen", "127.0.0.1:0", "--json"])
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

pub struct Server {
    pub child: Child,
    pub said: Value,
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// Starts one, and waits until it says where it listens; nothing: it ended before.
    pub fn started(command: &mut Command) -> Option<Self> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        // Read all the time, or a full pipe would stop it; shown where a test fails.
        std::thread::spawn(move || {
            let mut said = String::new();
            let _ = stderr.read_to_string(&mut said);
            print!("{said}");
        });
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let server = Self { child, said: serde_json::from_str(&line).unwrap_or_default(), _stdout: stdout };
        if server.said.is_null() { None } else { Some(server) }
    }

    /// How it is asked over the network.
    pub fn way(&self) -> Way {
        Way(self.said["listening"].as_str().unwrap().trim_start_matches("http://").to_owned())
    }

    /// Ends it as a service manager would, and gives its exit code.
    pub fn end(mut self) -> Option<i32> {
        signal(&self.child, "-TERM");
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The way to a server, whether it is still there or not.
pub struct Way(String);

impl Way {
    /// Nothing: the server ended before it had answered.
    pub fn ask(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Option<Answer> {
        let Self(address) = self;
        let mut stream = TcpStream::connect(address).ok()?;
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let length = body.len();
        // Of this version every answer is in one piece, and ends with its connection.
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: {length}\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Answer { status, body: body.to_owned() })
    }
}

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Answer {
    /// Nothing: it broke off.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.body).ok()
    }
}

/// Sends a signal to a child.
pub fn signal(child: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}
