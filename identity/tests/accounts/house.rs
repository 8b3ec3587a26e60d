//! Accounts beside a log of their own, on each engine.

use std::fs;

use eventlog::{Database, Postgres, conformance::server::Server};
use identity::Accounts;
use tempfile::TempDir;

pub struct House {
    pub accounts: Accounts,
    place: Place,
}

enum Place {
    Folder(TempDir, Database),
    Server(Postgres),
}

impl House {
    pub async fn each() -> [Self; 2] {
        [Self::in_file().await, Self::on_server().await]
    }

    pub async fn in_file() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let log = Database::open(&folder.path().join("seatbook.db")).expect("a log");
        let place = Place::Folder(folder, log);
        Self { accounts: place.open().await, place }
    }

    async fn on_server() -> Self {
        let log = Postgres::connect(&Server::shared().database().await).await.expect("a log");
        let place = Place::Server(log);
        Self { accounts: place.open().await, place }
    }

    /// The same tables, opened once more.
    pub async fn again(&self) -> Accounts {
        self.place.open().await
    }

    /// Every byte of the file and of what stands beside it.
    pub fn bytes(&self) -> Vec<u8> {
        let Place::Folder(folder, _) = &self.place else { panic!("no file") };
        let files = fs::read_dir(folder.path()).expect("the folder").flatten();
        let files = files.map(|file| file.path()).filter(|path| path.is_file());
        files.flat_map(|path| fs::read(path).expect("a file")).collect()
    }

    pub fn holds(bytes: &[u8], text: &str) -> bool {
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    }
}

impl Place {
    async fn open(&self) -> Accounts {
        let opened = match self {
            Self::Folder(_, log) => Accounts::in_file(log.clone()).await,
            Self::Server(log) => Accounts::on_server(log.clone()).await,
        };
        opened.expect("accounts")
    }
}
