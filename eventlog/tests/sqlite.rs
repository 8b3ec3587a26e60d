//! The conformance suite on `SQLite`.

use std::sync::{Arc, mpsc};

use async_trait::async_trait;
use domain::ImportId;
use eventlog::{
    Database, EventLog, LogError,
    conformance::{Harness, TestClock},
    conformance_suite,
    sqlite::database_error,
};
use tempfile::TempDir;
use tokio::sync::oneshot;

struct Sqlite {
    directory: TempDir,
    clock: TestClock,
    database: Option<Database>,
}

impl Sqlite {
    fn open(&mut self) {
        let clock = self.clock.clone();
        let path = self.directory.path().join("seatbook.db");
        self.database = Some(Database::open_with(&path, Arc::new(move || clock.now())).expect("a database"));
    }

    fn database(&self) -> Database {
        self.database.clone().expect("open")
    }
}

#[async_trait]
impl Harness for Sqlite {
    async fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let mut engine = Self { directory, clock: TestClock::default(), database: None };
        engine.open();
        engine
    }

    fn log(&self) -> Arc<dyn EventLog> {
        Arc::new(self.database())
    }

    async fn another(&self) -> Arc<dyn EventLog> {
        // One process, one writer: there is no other handle.
        self.log()
    }

    async fn restart(&mut self) {
        self.database = None;
        self.open();
    }

    async fn hold(&self) -> Box<dyn Send> {
        let (release, wait) = mpsc::channel::<()>();
        let (started, start) = oneshot::channel();
        let database = self.database();
        tokio::spawn(async move {
            let busy = database.write(1, move |_| {
                let _ = started.send(());
                // Ends when the guard is dropped.
                let _ = wait.recv();
                Ok(())
            });
            busy.await
        });
        start.await.expect("the writer");
        Box::new(release)
    }

    fn clock(&self) -> Option<&TestClock> {
        Some(&self.clock)
    }

    async fn refused_rows(&self, import: ImportId) -> usize {
        let database = self.database();
        let count = database.read(move |conn| -> Result<usize, LogError> {
            let sql = "SELECT count(*) FROM refused_rows WHERE import_id = ?";
            conn.query_row(sql, [import.0], |row| row.get(0)).map_err(database_error)
        });
        count.await.expect("the refused rows")
    }

    async fn import_files(&self) -> (usize, usize) {
        let database = self.database();
        let count = database.read(move |conn| -> Result<_, LogError> {
            let sql = "SELECT count(*), count(sha256) FROM import_files";
            conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).map_err(database_error)
        });
        count.await.expect("the files")
    }
}

conformance_suite!(Sqlite);
