//! The conformance suite on `PostgreSQL`: on a real server, each test with a database of its own.
#![cfg(unix)]

use std::sync::Arc;

use async_trait::async_trait;
use domain::ImportId;
use eventlog::{
    EventLog, Postgres,
    conformance::{
        Harness, TestClock,
        server::{Server, hold_log},
    },
    conformance_suite,
    postgres::Options,
};
use sqlx::Connection;
use tokio::sync::oneshot;

struct OnPostgres {
    url: String,
    clock: TestClock,
    node: Option<Postgres>,
}

impl OnPostgres {
    async fn node(&self) -> Postgres {
        let clock = self.clock.clone();
        let options = Options { clock: Arc::new(move || clock.now()), ..Options::default() };
        Postgres::connect_with(&self.url, options).await.expect("a node")
    }
}

#[async_trait]
impl Harness for OnPostgres {
    async fn start() -> Self {
        let url = Server::shared().database().await;
        let mut engine = Self { url, clock: TestClock::default(), node: None };
        engine.node = Some(engine.node().await);
        engine
    }

    fn log(&self) -> Arc<dyn EventLog> {
        Arc::new(self.node.clone().expect("open"))
    }

    async fn another(&self) -> Arc<dyn EventLog> {
        Arc::new(self.node().await)
    }

    async fn restart(&mut self) {
        self.node.take().expect("open").close().await;
        self.node = Some(self.node().await);
    }

    async fn hold(&self) -> Box<dyn Send> {
        let (release, wait) = oneshot::channel::<()>();
        let conn = hold_log(&self.url).await;
        tokio::spawn(async move {
            // Ends when the guard is dropped.
            let _ = wait.await;
            conn.close().await
        });
        Box::new(release)
    }

    fn clock(&self) -> Option<&TestClock> {
        Some(&self.clock)
    }

    async fn refused_rows(&self, import: ImportId) -> usize {
        let pool = self.node.as_ref().expect("open").pool();
        let count = sqlx::query_scalar("SELECT count(*) FROM refused_rows WHERE import_id = $1");
        let count: i64 = count.bind(import.0).fetch_one(pool).await.expect("the refused rows");
        usize::try_from(count).expect("a count")
    }

    async fn import_files(&self) -> (usize, usize) {
        let pool = self.node.as_ref().expect("open").pool();
        let count = sqlx::query_as("SELECT count(*), count(sha256) FROM import_files");
        let (files, digests): (i64, i64) = count.fetch_one(pool).await.expect("the files");
        (usize::try_from(files).expect("a count"), usize::try_from(digests).expect("a count"))
    }
}

conformance_suite!(OnPostgres);
