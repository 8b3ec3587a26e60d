//! A directory with a database in it, and ways to get at the file behind the engine's back.

use std::{path::PathBuf, sync::Arc};

use eventlog::{
    Database, EventLog, LogError,
    conformance::{
        build::{member, writes},
        told::Told,
    },
    sqlite::database_error,
};
use rusqlite::{Connection, types::FromSql};
use tempfile::TempDir;

pub struct Room {
    directory: TempDir,
}

impl Room {
    pub fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// With a log of five streams, two events each, in turns: positions 1 to 10.
    pub async fn with_ten_events() -> Self {
        let room = Self::new();
        let log = room.open();
        let streams: Vec<_> = (0..5).map(|_| member()).collect();
        for revision in 0..2 {
            for stream in &streams {
                log.commit(writes(*stream, revision, 1)).await.committed();
            }
        }
        room
    }

    pub fn path(&self) -> PathBuf {
        self.directory.path().join("seatbook.db")
    }

    pub fn wal(&self) -> PathBuf {
        self.directory.path().join("seatbook.db-wal")
    }

    pub fn open(&self) -> Database {
        Database::open(&self.path()).unwrap()
    }

    /// As somebody would open it with a tool of their own.
    pub fn foreign(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    /// Changes the closed file as no engine would, past its triggers.
    pub fn tamper(&self, sql: &str) {
        let conn = self.foreign();
        for trigger in ["events_never_change", "events_never_go", "events_are_dense", "streams_are_dense"] {
            conn.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
        }
        assert_eq!(conn.execute(sql, []).unwrap(), 1, "{sql}");
    }
}

pub fn log(database: &Database) -> Arc<dyn EventLog> {
    Arc::new(database.clone())
}

/// Asks the writing connection.
pub async fn of_the_writer<T: FromSql + Send + 'static>(database: &Database, sql: &'static str) -> T {
    database.write(1, move |conn| value(conn, sql)).await.unwrap()
}

/// Asks a reading connection.
pub fn of_a_reader<T: FromSql>(database: &Database, sql: &str) -> T {
    database.read_now(|conn| value(conn, sql)).unwrap()
}

fn value<T: FromSql>(conn: &Connection, sql: &str) -> Result<T, LogError> {
    conn.query_row(sql, [], |row| row.get(0)).map_err(database_error)
}
