//! A server as a process of its own, and how it is asked over the network.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::Value;

/// Where whoever starts a server says by which token it is asked.
pub const TOKEN: &str = "SEATBOOK_TEST_TOKEN";

pub struct Server {
    pub child: Child,
    pub said: Value,
    token: String,
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// Starts one, and waits until it says where it listens; nothing: it ended before.
    pub fn started(command: &mut Command) -> Option<Self> {
        let token = command.get_envs().find(|(name, _)| *name == TOKEN).and_then(|(_, token)| token);
        let token = token.map(|token| token.to_string_lossy().into_owned()).unwrap_or_default();
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
        let said = serde_json::from_str(&line).unwrap_or_default();
        let server = Self { child, said, token, _stdout: stdout };
        if server.said.is_null() { None } else { Some(server) }
    }

    /// How it is asked over the network.
    pub fn way(&self) -> Way {
        let address = self.said["listening"].as_str().unwrap().trim_start_matches("http://").to_owned();
        Way { address, token: self.token.clone() }
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

/// The way to a server, whether it is still there or not. It is asked in Ada's name.
pub struct Way {
    address: String,
    token: String,
}

impl Way {
    /// Nothing: the server ended before it had answered.
    pub fn ask(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Option<Answer> {
        let Self { address, token } = self;
        let mut stream = TcpStream::connect(address).ok()?;
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let length = body.len();
        // Of this version every answer is in one piece, and ends with its connection.
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Content-Length: {length}\r\n{headers}\r\n"
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
