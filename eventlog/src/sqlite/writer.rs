//! The one connection that writes and checkpoints.

use std::{fs::File, path::Path, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use tokio::sync::watch;

use super::{
    batch,
    checkpoints::Checkpoints,
    schema,
    sequences::Sequences,
    unopened::{of_sqlite, unopened},
    write::{Batch, Queue},
};
use crate::{
    clock::Clock,
    outcome::LogError,
    queue::{Next, Waiting},
    recorded::Position,
};

/// Where the log stands: what the next events are numbered from.
#[derive(Default)]
pub(super) struct Heads {
    pub position: Position,
    pub recorded_at: DateTime<Utc>,
    pub sequences: Sequences,
}

pub(super) struct Writer {
    /// Closed before the connection, which removes the WAL when it closes as the last.
    pub checkpoints: Checkpoints,
    pub conn: Connection,
    pub heads: Heads,
    /// Tells everybody how far the log goes.
    pub head: watch::Sender<Position>,
    clock: Clock,
}

/// "Seat", as the first script of the schema writes it.
pub(super) const APPLICATION_ID: i64 = 0x5365_6174;

/// Readers and other processes have the file for short moments only.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// After so long without work, the WAL is brought into the file.
const IDLE: Duration = Duration::from_secs(1);

impl Writer {
    pub(super) fn open(path: &Path, file: Arc<File>, clock: Clock) -> Result<Self, LogError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let failed = |error| of_sqlite(path, error);
        let conn = Connection::open_with_flags(path, flags).map_err(failed)?;
        if let Some((what, hint)) = unfit(&conn).map_err(failed)? {
            return Err(unopened(path, what, hint));
        }
        set_up(&conn).map_err(failed)?;
        let (head, _) = watch::channel(0);
        let mut writer =
            Self { conn, heads: Heads::default(), head, checkpoints: Checkpoints::of(path, file)?, clock };
        writer.reload().map_err(failed)?;
        writer.head.send_replace(writer.heads.position);
        Ok(writer)
    }

    /// Reads from the file where the log stands: at the start, and after a transaction that failed.
    pub(super) fn reload(&mut self) -> rusqlite::Result<()> {
        let last = self.conn.query_row(
            "SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        );
        let (position, at) = last.optional()?.unwrap_or_default();
        let recorded_at = DateTime::from_timestamp_micros(at).unwrap_or_default();
        self.heads = Heads { position, recorded_at, sequences: Sequences::read(&self.conn)? };
        Ok(())
    }

    /// The time for the next events: never before the last one's.
    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.clock)().max(self.heads.recorded_at)
    }

    /// Serves a batch. Whether a checkpoint is due.
    fn serve(&mut self, batch: Batch) -> bool {
        let others_wait = batch.others_wait;
        let rows = batch::serve(self, batch);
        self.checkpoints.wrote(rows, others_wait)
    }
}

/// Serves the queue until it is closed.
pub(super) fn run(writer: &Mutex<Writer>, queue: &Queue) {
    let _ending = Ending(queue);
    loop {
        match queue.next(IDLE) {
            Next::Batch(batch) => {
                let others_wait = batch.others_wait;
                let mut writer = writer.lock();
                if writer.serve(batch) {
                    writer.checkpoint(others_wait);
                }
            }
            Next::Quiet => writer.lock().checkpoint_at_leisure(),
            Next::Closed => break,
        }
    }
    queue.abandon();
    writer.lock().checkpoint_at_the_end();
}

/// Serves one commit on its caller's own thread. A checkpoint that is due is left to the writer's.
pub(super) fn serve_alone(writer: &mut Writer, queue: &Queue, waiting: Waiting) {
    let _ending = Ending(queue);
    if writer.serve(Batch { commits: vec![waiting], ..Batch::default() }) {
        queue.ask_for_checkpoint();
    }
}

/// If the writer panics, nobody waits for it, and nothing more is written.
struct Ending<'a>(&'a Queue);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.abandon();
        }
    }
}

/// Why a file must not be opened, if so; before anything in it is changed.
fn unfit(conn: &Connection) -> rusqlite::Result<Option<(&'static str, &'static str)>> {
    let number = |name: &str| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 && number("application_id")? != APPLICATION_ID {
        return Ok(Some(("it is the database of another program", "Name another file.")));
    }
    if number("user_version")? > schema::newest() {
        return Ok(Some(("a newer Seatbook made it", "Use that one, or restore a backup.")));
    }
    Ok(None)
}

fn set_up(conn: &Connection) -> rusqlite::Result<()> {
    conn.set_prepared_statement_cache_capacity(256);
    conn.busy_timeout(BUSY)?;
    let mode: String = conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        // As on a file system without shared memory: readers would wait for the writer, and it for them.
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN);
        return Err(rusqlite::Error::SqliteFailure(
            code,
            Some(format!("its journal is {mode}, and can't be wal")),
        ));
    }
    // An answered commit survives a power cut.
    conn.pragma_update(None, "synchronous", "FULL")?;
    // Ours is the only checkpointer, between batches.
    conn.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    conn.pragma_update(None, "foreign_keys", "ON")?;
    // REPLACE must not delete an event unseen by the trigger.
    conn.pragma_update(None, "recursive_triggers", "ON")?;
    // Savepoints that a chunk of an import outgrows go to memory, not to a file.
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    // Indexes that are built over many rows are sorted by a second thread, too.
    conn.pragma_update_and_check(None, "threads", 2, |_| Ok(()))?;
    // Erased people leave no bytes in free pages.
    conn.pragma_update_and_check(None, "secure_delete", "ON", |_| Ok(()))?;
    // In KiB where negative: 24 MiB holds the inner pages of every index at a million people.
    conn.pragma_update(None, "cache_size", -24_576)?;
    schema::bring_up_to_date(conn)
}
