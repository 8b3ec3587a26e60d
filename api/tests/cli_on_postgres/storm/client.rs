//! A client as programs are: it keeps its connections, and asks again, with the same key, until it knows what came of it.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use http_body_util::{BodyExt, Full};
use hyper::{Request, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::UnixStream, time::sleep};

use super::fleet::{Fleet, NODES};

/// So long nobody is without an answer, whatever happens to nodes and servers.
const PATIENCE: Duration = Duration::from_mins(4);

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// What was answered for good, and how often it was asked.
#[derive(Debug)]
pub struct Told {
    pub status: u16,
    pub body: Value,
    pub tries: u32,
}

pub struct Client {
    fleet: Arc<Fleet>,
    /// So long at most it waits for an answer.
    pub patience: Duration,
    lines: Vec<Option<Line>>,
}

/// A connection to a node, at its owner's socket, while that listens at this address.
struct Line {
    address: String,
    sender: http1::SendRequest<Full<Bytes>>,
}

impl Client {
    pub fn new(fleet: Arc<Fleet>) -> Self {
        Self { fleet, patience: PATIENCE, lines: (0..NODES).map(|_| None).collect() }
    }

    pub async fn get(&mut self, node: usize, path: &str) -> Told {
        self.ask(node, &Ask { method: "GET", path: path.to_owned(), ..Ask::default() }).await
    }

    /// Asks a node, and then others, until one answers for good. A broken connection and 503 say that nobody knows,
    /// 429 that there is too much at once.
    pub async fn ask(&mut self, first: usize, ask: &Ask) -> Told {
        let (start, mut tries) = (Instant::now(), 0);
        loop {
            let node = (first + usize::try_from(tries).unwrap()) % NODES;
            tries += 1;
            match self.once(node, ask).await {
                Some((status, body)) if !matches!(status, 429 | 503) => {
                    assert_ne!(status, 500, "{ask:?}: {body}");
                    return Told { status, body, tries };
                }
                other => assert!(start.elapsed() < self.patience, "nobody answers {ask:?}: {other:?}"),
            }
            sleep(Duration::from_millis(u64::from(tries.min(20)) * 10)).await;
        }
    }

    async fn once(&mut self, node: usize, ask: &Ask) -> Option<(u16, Value)> {
        let address = self.fleet.address(node);
        let line = &mut self.lines[node];
        if line.as_ref().is_none_or(|line| line.address != address || line.sender.is_closed()) {
            *line = Some(Line::to(address.clone(), &self.fleet.socket(node)).await?);
        }
        let mut request = Request::builder().method(ask.method).uri(&ask.path).header("host", address);
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        let request = request.body(Full::from(ask.body.clone())).unwrap();
        let exchange = async {
            let line = line.as_mut()?;
            line.sender.ready().await.ok()?;
            let answer = line.sender.send_request(request).await.ok()?;
            let status = answer.status().as_u16();
            let body = answer.into_body().collect().await.ok()?.to_bytes();
            Some((status, serde_json::from_slice(&body).ok()?))
        };
        let told = tokio::time::timeout(self.patience, exchange).await.expect("a node that lives answers");
        if told.is_none() {
            *line = None;
        }
        told
    }
}

impl Line {
    async fn to(address: String, socket: &Path) -> Option<Self> {
        let stream = UnixStream::connect(socket).await.ok()?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
        tokio::spawn(connection);
        Some(Self { address, sender })
    }
}
