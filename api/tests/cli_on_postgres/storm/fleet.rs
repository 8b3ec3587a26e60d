//! Three nodes on a server of their own: each a process, killed and started again while others go on.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, RwLock},
};

use eventlog::conformance::server::Server as Database;

use crate::support::{Office, Server};

pub const NODES: usize = 3;

pub struct Fleet {
    pub office: Office,
    pub database: Database,
    nodes: Vec<Node>,
}

struct Node {
    process: Mutex<Option<Server>>,
    /// Another one after each start.
    address: RwLock<String>,
}

impl Fleet {
    pub async fn on(database: Database) -> Arc<Self> {
        let url = database.database().await;
        let office = Office { folder: tempfile::tempdir().unwrap(), url: Some(url) };
        let node = || Node { process: Mutex::default(), address: RwLock::default() };
        let fleet = Arc::new(Self { office, database, nodes: (0..NODES).map(|_| node()).collect() });
        let starting = Arc::clone(&fleet);
        blocking(move || (0..NODES).for_each(|node| starting.run(node))).await;
        fleet
    }

    pub fn url(&self) -> String {
        self.office.target()
    }

    /// Where a node listens, or did before it was killed.
    pub fn address(&self, node: usize) -> String {
        self.nodes[node].address.read().unwrap().clone()
    }

    /// Where its owner asks it, who may act for anybody.
    pub fn socket(&self, node: usize) -> PathBuf {
        self.office.folder.path().join(format!("{node}.socket"))
    }

    /// Kills a node, as the machine does that runs out of memory.
    pub fn kill(&self, node: usize) {
        let mut process = self.nodes[node].process.lock().unwrap();
        if let Some(mut server) = process.take() {
            server.child.kill().unwrap();
            server.child.wait().unwrap();
        }
    }

    pub fn run(&self, node: usize) {
        let mut command = self.office.serve_command();
        command.arg("--socket").arg(self.socket(node));
        // Trouble is what they are in all the time.
        let server = Server::started(command.env("SEATBOOK_LOG", "off")).expect("it serves");
        let listening = server.said["listening"].as_str().unwrap().trim_start_matches("http://").to_owned();
        *self.nodes[node].address.write().unwrap() = listening;
        *self.nodes[node].process.lock().unwrap() = Some(server);
    }

    /// Ends all of them as a service manager would.
    pub fn end(&self) {
        for node in &self.nodes {
            let server = node.process.lock().unwrap().take();
            assert_eq!(server.map(Server::end), Some(Some(0)));
        }
    }
}

/// Does what takes its time where that holds nobody up.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}
