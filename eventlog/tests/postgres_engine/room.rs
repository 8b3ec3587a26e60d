//! A database of one's own, nodes on it, and a way past them.

use std::{sync::Arc, time::Duration};

use eventlog::{
    EventLog, Postgres,
    conformance::{history::History, server::Server},
};
use sqlx::{Connection, PgConnection};

pub struct Room {
    pub url: String,
}

impl Room {
    pub async fn new() -> Self {
        Self { url: Server::shared().database().await }
    }

    pub async fn node(&self) -> Postgres {
        Postgres::connect(&self.url).await.unwrap()
    }

    pub async fn log(&self) -> Arc<dyn EventLog> {
        Arc::new(self.node().await)
    }

    /// A connection that is no node's.
    pub async fn past(&self) -> PgConnection {
        past(&self.url).await
    }

    /// What the database holds, as text.
    pub async fn ask(&self, sql: &str) -> String {
        let mut conn = self.past().await;
        sqlx::query_scalar::<_, String>(sql).fetch_one(&mut conn).await.unwrap()
    }
}

pub async fn past(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

/// Ends the connections of nodes on which such a statement is under way. How many there were.
pub async fn terminate(conn: &mut PgConnection, under_way: &str) -> i64 {
    let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE datname = current_database() AND application_name = 'seatbook' AND pid <> pg_backend_pid()
                 AND state <> 'idle' AND query LIKE $1";
    sqlx::query_scalar(sql).bind(under_way).fetch_one(conn).await.unwrap()
}

/// Waits until a connection of a node is at such a statement, and waits there.
pub async fn until_waiting(conn: &mut PgConnection, under_way: &str, event: &str) {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                 AND application_name = 'seatbook' AND query LIKE $1 AND wait_event = $2";
    for _ in 0..500 {
        let n: i64 = sqlx::query_scalar(sql).bind(under_way).bind(event).fetch_one(&mut *conn).await.unwrap();
        if n > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody waits at {under_way} for {event}");
}

/// The whole log, in which nothing may be wrong.
pub async fn sound(log: &dyn EventLog) -> History {
    let history = History::read(log).await.unwrap();
    assert_eq!(history.faults(), []);
    history
}
