//! A server as a process of its own, and how it is asked over the network.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::Value;

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
