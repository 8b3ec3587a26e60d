//! Read-only connections. They never checkpoint and can't write.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags};

use super::error::database_error;
use crate::outcome::LogError;

pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

/// So many stay open when nobody reads; more are opened when needed and closed after.
const KEPT: usize = 8;

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::new(Vec::new()) }
    }

    /// Reads with a connection of one's own.
    pub(super) fn with<R>(
        &self,
        read: impl FnOnce(&Connection) -> Result<R, LogError>,
    ) -> Result<R, LogError> {
        let idle = self.idle.lock().pop();
        let conn = match idle {
            Some(conn) => conn,
            None => open(&self.path).map_err(database_error)?,
        };
        let result = read(&conn);
        let mut idle = self.idle.lock();
        // Who comes next starts afresh: a snapshot left open would be theirs, and keep the WAL from ending.
        if idle.len() < KEPT && conn.is_autocommit() {
            idle.push(conn);
        }
        result
    }
}

/// Opens one.
pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.set_prepared_statement_cache_capacity(128);
    conn.busy_timeout(Duration::from_secs(5))?;
    conn.pragma_update(None, "query_only", "ON")?;
    conn.pragma_update(None, "cache_size", -4_096)?;
    Ok(conn)
}
