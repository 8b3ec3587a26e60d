//! A real provider, as its own process: `oidc-provider` of npm, on a port of its own (`tests/oidc/`). One that a test has done
//! with serves another one, which finds nothing of the first: it takes a second to start.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Mutex, MutexGuard},
    thread::panicking,
};

use serde_json::{Value, json};

/// Where the provider sends people back to.
pub const BACK: &str = "http://127.0.0.1:8080/sign-in/with/school/back";

/// As what it knows the service.
pub const CLIENT: &str = "seatbook";

/// By which it knows it again.
pub const SECRET: &str = "a secret of the tests, and of nobody else";

pub struct Provider {
    pub issuer: String,
    /// There until it is let go of.
    process: Option<Process>,
}

/// Those that nobody needs just now. They end with this process, which they listen to.
static IDLE: Mutex<Vec<Process>> = Mutex::new(Vec::new());

fn idle() -> MutexGuard<'static, Vec<Process>> {
    IDLE.lock().expect("nobody panics with it")
}

struct Process {
    issuer: String,
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("oidc")
}

impl Provider {
    pub fn start() -> Self {
        Self::with(&json!({"client_id": CLIENT, "client_secret": SECRET, "redirect_uris": [BACK]}))
    }

    /// One that has this to say of its client.
    pub fn with(client: &Value) -> Self {
        let waiting = idle().pop();
        let mut process = waiting.unwrap_or_else(Process::start);
        process.told(&json!({"new_client": client}));
        Self { issuer: process.issuer.clone(), process: Some(process) }
    }

    /// From now on it signs in somebody with these claims.
    pub fn signs_in(&mut self, sub: &str, email: &str, verified: bool) {
        self.told(&json!({"person": {"sub": sub, "email": email, "email_verified": verified}}));
    }

    /// Tells it something, and waits until it knows it.
    pub fn told(&mut self, news: &Value) {
        self.process.as_mut().expect("it is there").told(news);
    }

    /// Nobody is there any more.
    pub fn ends(mut self) {
        self.process.take().expect("it is there").ends();
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let Some(process) = self.process.take() else { return };
        // What it was about to say to a test that failed is nothing for the next one.
        if panicking() {
            process.ends();
        } else {
            idle().push(process);
        }
    }
}

impl Process {
    fn start() -> Self {
        let node = env::var_os("SEATBOOK_TEST_NODE").unwrap_or_else(|| "node".into());
        let installed = folder().join("node_modules/oidc-provider").is_dir();
        assert!(
            installed,
            "the provider of the tests is not installed; do it with: (cd tests/oidc && npm ci)"
        );
        let mut child = Command::new(&node)
            .arg(folder().join("provider.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                let told = "install Node.js 20 or later with npm, or let SEATBOOK_TEST_NODE name it";
                panic!("{} does not start ({error}): {told}", node.display())
            });
        let stdin = child.stdin.take().expect("its input");
        let stdout = BufReader::new(child.stdout.take().expect("its output"));
        let mut process = Self { issuer: String::new(), child, stdin, stdout };
        let begun = process.line();
        begun["issuer"].as_str().expect("where it is").clone_into(&mut process.issuer);
        process
    }

    fn ends(mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn told(&mut self, news: &Value) {
        writeln!(self.stdin, "{news}").expect("it listens");
        self.line();
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        let read = self.stdout.read_line(&mut line).expect("its output");
        assert!(read > 0, "the provider of the tests has ended; try: node tests/oidc/provider.mjs");
        serde_json::from_str(&line).expect("a line of JSON")
    }
}
