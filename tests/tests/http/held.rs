//! A log that nobody writes to for a while.

use std::{thread::sleep, time::Duration};

use eventlog::conformance::server::hold_log;
use rusqlite::Connection;
use sqlx::PgConnection;

use crate::service::{Place, Service};

/// As long as it is there, nobody writes.
#[expect(dead_code, reason = "it is there to be dropped")]
pub enum Held {
    File(Connection),
    Server(PgConnection),
}

impl Service {
    /// Lets nobody write to the log. What is being written ends first.
    pub async fn held(&self) -> Held {
        match &self.place {
            Place::Folder(folder) => {
                let conn = Connection::open(folder.path().join("seatbook.db")).expect("the file");
                // Whoever writes one thing after another leaves little time between.
                let again = |_| {
                    sleep(Duration::from_millis(1));
                    true
                };
                conn.busy_handler(Some(again)).expect("a setting");
                conn.execute_batch("BEGIN IMMEDIATE").expect("its turn");
                Held::File(conn)
            }
            Place::Url(url) => Held::Server(hold_log(url).await),
        }
    }
}
