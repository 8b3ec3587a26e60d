//! The service as a process of its own, and callers who keep their connections.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use api::server::ServeOptions;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
};

use crate::fixture::Failed;

/// A node of the service on a server's database. It ends when it is dropped, or when this process ends.
pub struct Service {
    process: Child,
    /// Where its owner asks it, who may act for anybody.
    pub socket: PathBuf,
}

impl Service {
    /// Starts this very program as the service.
    pub fn start(database: &str) -> Result<Self, Failed> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["serve", "--database", database])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let said = process.stdout.take().ok_or("the service says nothing")?;
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line)?;
        Ok(Self { socket: line.trim().into(), process })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the process does: the service as it is, with its read models and its own loop of connections.
pub async fn serve(database: Option<&str>) -> Result<(), Failed> {
    let state = api::connect(database.ok_or("--database names what is served")?).await?;
    // Whoever started it holds the other end for as long as they are there.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let folder = tempfile::tempdir()?;
    let socket = folder.path().join("socket");
    let said = socket.display().to_string();
    let options = ServeOptions {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        keep_refused_rows_days: 7,
        socket: Some(socket),
        on_ready: Box::new(move |_| println!("{said}")),
    };
    Ok(api::server::serve(state, options).await?)
}

/// Somebody who asks one thing after the other on one connection. Written by hand: what it takes the caller is not to
/// be measured.
pub struct Client {
    stream: UnixStream,
    answer: Vec<u8>,
}

impl Client {
    pub async fn connect(socket: &Path) -> Result<Self, Failed> {
        Ok(Self { stream: UnixStream::connect(socket).await?, answer: Vec::new() })
    }

    /// The body of the answer; an error if it is not that all went well.
    pub async fn ask(&mut self, method: &str, target: &str, who: &str) -> Result<&[u8], Failed> {
        let asked = format!(
            "{method} {target} HTTP/1.1\r\nhost: localhost\r\nseatbook-as: {who}\r\ncontent-length: 0\r\n\r\n"
        );
        self.stream.write_all(asked.as_bytes()).await?;
        self.answer.clear();
        let body = loop {
            self.more().await?;
            let end = self.answer.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                break end + 4;
            }
        };
        let head = std::str::from_utf8(&self.answer[..body])?;
        let is_good = head.starts_with("HTTP/1.1 200");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.ok_or("an answer without a length")?.parse()?;
        while self.answer.len() < body + length {
            self.more().await?;
        }
        if is_good { Ok(&self.answer[body..]) } else { Err(String::from_utf8_lossy(&self.answer).into()) }
    }

    async fn more(&mut self) -> Result<(), Failed> {
        match self.stream.read_buf(&mut self.answer).await? {
            0 => Err("the connection was closed".into()),
            _ => Ok(()),
        }
    }
}
