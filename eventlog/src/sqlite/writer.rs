//! The one connection that writes and checkpoints.

use std::{path::Path, time::Duration};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use tokio::sync::watch;

use super::{
    batch,
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
    pub conn: Connection,
    pub heads: Heads,
    /// Tells everybody how far the log goes.
    pub head: watch::Sender<Position>,
    clock: Clock,
    /// Rows written since the last checkpoint, about.
    unchecked: usize,
}

/// "Seat", as `schema.sql` writes it.
const APPLICATION_ID: i64 = 0x5365_6174;

/// Checkpoint after about so many rows, while somebody waits or is about, and while nobody does: small steps, so that
/// nobody waits long behind one.
const CHECKPOINT_ROWS: (usize, usize) = (500, 2_000);

/// Pages of 4 KiB: 64 MiB. Every page that is not in memory is looked for in the whole WAL first, so a long one makes
/// everything slower, besides the room that it takes.
const LONG_WAL: i64 = 16_384;

/// So long the writer waits for readers to let go of a long WAL: they read for some milliseconds each.
const LETTING_GO: Duration = Duration::from_millis(20);

/// Readers and other processes have the file for short moments only.
const BUSY: Duration = Duration::from_secs(5);

/// Of the tables, as `schema.sql` writes it.
const VERSION: i64 = 1;

/// After so long without work, the WAL is brought into the file.
const IDLE: Duration = Duration::from_secs(1);

impl Writer {
    pub(super) fn open(path: &Path, clock: Clock) -> Result<Self, LogError> {
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
        let mut writer = Self { conn, heads: Heads::default(), head, clock, unchecked: 0 };
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
        let most = if batch.others_wait { CHECKPOINT_ROWS.0 } else { CHECKPOINT_ROWS.1 };
        self.unchecked += batch::serve(self, batch);
        self.unchecked >= most
    }

    fn checkpoint_now(&mut self, mode: &str) {
        if self.unchecked == 0 {
            return;
        }
        self.unchecked = 0;
        let stored = self.heads.sequences.store(&mut self.conn, self.heads.position);
        if let Err(error) = stored {
            tracing::warn!(%error, "license sequences were not stored; the next checkpoint makes up for it");
        }
        // Readers may keep part of the WAL; the next checkpoint takes it.
        let done = self
            .checkpoint(mode)
            .and_then(|pages| if pages > LONG_WAL { self.shorten_wal() } else { Ok(()) });
        if let Err(error) = done {
            tracing::warn!(%error, "a checkpoint failed; the next one makes up for it");
        }
    }

    /// Brings the WAL into the file; how many pages long it is.
    fn checkpoint(&self, mode: &str) -> rusqlite::Result<i64> {
        self.conn.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get("log"))
    }

    /// Brings all of the WAL into the file and cuts it off; whether nobody read from it.
    pub(super) fn empty_wal(&mut self) -> rusqlite::Result<bool> {
        self.conn.busy_timeout(LETTING_GO)?;
        let done =
            self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>("busy"));
        self.conn.busy_timeout(BUSY)?;
        Ok(done? == 0)
    }

    /// Lets the WAL begin anew, unless somebody reads for long: then the next checkpoint tries again.
    fn shorten_wal(&self) -> rusqlite::Result<()> {
        self.conn.busy_timeout(LETTING_GO)?;
        let done = self.checkpoint("RESTART");
        self.conn.busy_timeout(BUSY)?;
        done.map(drop)
    }
}

/// Serves the queue until it is closed.
pub(super) fn run(writer: &Mutex<Writer>, queue: &Queue) {
    let _ending = Ending(queue);
    loop {
        match queue.next(IDLE) {
            Next::Batch(batch) => {
                let mut writer = writer.lock();
                if writer.serve(batch) {
                    writer.checkpoint_now("PASSIVE");
                }
            }
            Next::Quiet => writer.lock().checkpoint_now("PASSIVE"),
            Next::Closed => break,
        }
    }
    queue.abandon();
    let mut writer = writer.lock();
    writer.unchecked = 1;
    writer.checkpoint_now("TRUNCATE");
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
    if number("user_version")? > VERSION {
        return Ok(Some(("a newer Seatbook made it", "Use that one, or restore a backup.")));
    }
    Ok(None)
}

fn set_up(conn: &Connection) -> rusqlite::Result<()> {
    conn.set_prepared_statement_cache_capacity(256);
    conn.busy_timeout(BUSY)?;
    let mode: String = conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    debug_assert_eq!(mode, "wal");
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
    let version: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == 0 {
        conn.execute_batch(&format!("BEGIN IMMEDIATE;\n{}\nCOMMIT;", include_str!("schema.sql")))?;
    }
    Ok(())
}
