//! Brings the WAL into the database's file.
//!
//! Nobody commits meanwhile, for there is one connection that writes and checkpoints. `SQLite` waits for the disk
//! (fsync) at the end of a checkpoint that brought in all of the WAL, because only such a WAL is ever written from its
//! beginning again. So while somebody waits, or is about, a checkpoint is made a part: a reader of ours holds the state
//! as it was before one more small commit, and `SQLite` stops there. What such a step brought in the disk need not
//! keep: it stays in the WAL, which is read as a whole after a crash. It is flushed all the same, by another thread
//! while others commit; so when at last all is brought in, there is little left to wait for.
//! See docs/decisions/0011-checkpoints-in-steps.md.

use std::{fs::File, path::Path, sync::Arc, time::Duration};

use rusqlite::{Connection, Transaction, config::DbConfig};

use super::{
    flusher::Flusher,
    readers,
    unopened::{of_io, of_sqlite},
    writer::{BUSY, Heads, Writer},
};
use crate::{faults::place, outcome::LogError};

/// A checkpoint is due after about so many rows, while somebody waits or is about, and while nobody does: small steps, so
/// that nobody waits long behind one.
const STEP_ROWS: (usize, usize) = (1_000, 2_000);

/// Pages of 4 KiB: 64 MiB. A WAL longer than that begins anew. What was brought in of it makes nothing slower, but it
/// takes room, and the rest of it is looked through for every page that is not in memory.
const LONG_WAL: i64 = 16_384;

/// So long the writer waits for readers to let go of a long WAL, while somebody waits and while nobody does: they read for
/// some milliseconds each.
const LETTING_GO: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(20));

/// How far the WAL was brought in, and what that takes.
pub(super) struct Checkpoints {
    /// Read-only. Holds the state that a step goes up to.
    holder: Connection,
    flusher: Flusher,
    /// Rows written since the last checkpoint, about.
    unchecked: usize,
    /// Whether the WAL holds something that is not in the file.
    behind: bool,
    /// Whether the WAL is to begin anew as soon as the last step was flushed.
    long: bool,
}

impl Checkpoints {
    /// For a file that the writer has opened.
    pub(super) fn of(path: &Path, file: Arc<File>) -> Result<Self, LogError> {
        let holder = readers::open(path).map_err(|error| of_sqlite(path, error))?;
        let flusher = Flusher::start(move || file.sync_data()).map_err(|error| of_io(path, &error))?;
        Ok(Self { holder, flusher, unchecked: 0, behind: false, long: false })
    }

    /// So many rows were written. Whether a checkpoint is due.
    pub(super) fn wrote(&mut self, rows: usize, others_wait: bool) -> bool {
        self.unchecked += rows;
        self.unchecked >= if others_wait { STEP_ROWS.0 } else { STEP_ROWS.1 } || self.is_to_begin_anew()
    }

    fn is_to_begin_anew(&self) -> bool {
        self.long && self.flusher.is_done()
    }
}

impl Writer {
    /// A checkpoint that is due, between two batches.
    pub(super) fn checkpoint(&mut self, others_wait: bool) {
        let all = !others_wait || self.checkpoints.is_to_begin_anew();
        let letting_go = if others_wait { LETTING_GO.0 } else { LETTING_GO.1 };
        self.logged(
            |writer| if all { writer.bring_in_all("PASSIVE", letting_go) } else { writer.bring_in_a_step() },
        );
    }

    /// Nobody waits: there is time.
    pub(super) fn checkpoint_at_leisure(&mut self) {
        if self.checkpoints.unchecked > 0 || self.checkpoints.behind {
            self.logged(|writer| writer.bring_in_all("PASSIVE", LETTING_GO.1));
        }
    }

    /// Leaves a file that needs no WAL.
    pub(super) fn checkpoint_at_the_end(&mut self) {
        self.logged(|writer| writer.bring_in_all("TRUNCATE", LETTING_GO.1));
    }

    /// Brings all of the WAL into the file and cuts it off; whether nobody read from it.
    pub(super) fn empty_wal(&mut self) -> rusqlite::Result<bool> {
        if self.checkpoints.flusher.has_failed() {
            return Ok(false);
        }
        self.conn.busy_timeout(LETTING_GO.1)?;
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        let done = self.conn.query_row(sql, [], |row| row.get::<_, i64>("busy"));
        self.conn.busy_timeout(BUSY)?;
        Ok(done? == 0)
    }

    fn logged(&mut self, checkpoint: impl FnOnce(&mut Self) -> rusqlite::Result<()>) {
        if self.checkpoints.flusher.has_failed() {
            // The file may lack what the WAL still has: it is brought in again when the file is opened anew.
            let _ = self.conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
            return;
        }
        if let Err(error) = checkpoint(self) {
            tracing::warn!(%error, "a checkpoint failed; the next one makes up for it");
        }
    }

    /// Brings in what there is, but for one small commit, without waiting for the disk.
    fn bring_in_a_step(&mut self) -> rusqlite::Result<()> {
        let held = hold(&self.checkpoints.holder)?;
        // Without this commit behind what is held, `SQLite` would bring in all, and wait for the disk.
        store_sequences(&mut self.conn, &mut self.heads);
        let pages = wal_checkpoint(&self.conn, "PASSIVE")?;
        held.commit()?;
        place("log.before_a_flush");
        self.checkpoints.flusher.ask();
        self.checkpoints.long = pages > LONG_WAL;
        self.checkpoints.unchecked = 0;
        self.checkpoints.behind = true;
        Ok(())
    }

    /// Brings in all, and lets a long WAL begin anew, unless somebody reads for long: then the next time.
    fn bring_in_all(&mut self, mode: &str, letting_go: Duration) -> rusqlite::Result<()> {
        store_sequences(&mut self.conn, &mut self.heads);
        self.checkpoints.long = false;
        self.checkpoints.unchecked = 0;
        self.checkpoints.behind = false;
        // Readers may keep part of the WAL; the next checkpoint takes it.
        if wal_checkpoint(&self.conn, mode)? > LONG_WAL {
            self.conn.busy_timeout(letting_go)?;
            let done = wal_checkpoint(&self.conn, "RESTART");
            self.conn.busy_timeout(BUSY)?;
            done?;
        }
        Ok(())
    }
}

/// License sequences move in memory; each checkpoint stores them.
fn store_sequences(conn: &mut Connection, heads: &mut Heads) {
    if let Err(error) = heads.sequences.store(conn, heads.position) {
        tracing::warn!(%error, "license sequences were not stored; the next checkpoint makes up for it");
    }
}

/// Holds the newest state, until the transaction ends.
fn hold(holder: &Connection) -> rusqlite::Result<Transaction<'_>> {
    let held = holder.unchecked_transaction()?;
    // It begins with the first thing that is read.
    held.prepare_cached("SELECT 1 FROM sqlite_schema LIMIT 1")?.query_row([], |_| Ok(()))?;
    Ok(held)
}

/// Runs a checkpoint; how many pages long the WAL is.
fn wal_checkpoint(conn: &Connection, mode: &str) -> rusqlite::Result<i64> {
    conn.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get("log"))
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use tempfile::TempDir;

    use super::*;

    fn wal_of(folder: &TempDir) -> u64 {
        std::fs::metadata(folder.path().join("seatbook.db-wal")).map_or(0, |wal| wal.len())
    }

    fn write_notes(writer: &mut Writer) {
        let sql = "CREATE TABLE IF NOT EXISTS notes (text); INSERT INTO notes VALUES (hex(zeroblob(100000)))";
        writer.conn.execute_batch(sql).expect("notes");
        assert!(writer.checkpoints.wrote(STEP_ROWS.1, true), "a checkpoint is due");
    }

    #[cfg(unix)]
    #[test]
    fn once_the_disk_did_not_keep_the_file_the_wal_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("seatbook.db");
        // Nothing that could be flushed.
        let nothing = File::open("/dev/null").expect("nothing");
        let mut writer = Writer::open(&path, Arc::new(nothing), Arc::new(Utc::now)).expect("a writer");
        write_notes(&mut writer);
        writer.checkpoint(true);
        while !writer.checkpoints.flusher.has_failed() {
            std::thread::yield_now();
        }
        let before = wal_of(&folder);
        write_notes(&mut writer);
        writer.checkpoint(false);
        write_notes(&mut writer);
        writer.checkpoint_at_the_end();
        drop(writer);
        assert!(wal_of(&folder) > before, "it goes on behind what is there, and stays");
        let file = Arc::new(File::open(&path).expect("the file"));
        let mut writer = Writer::open(&path, file, Arc::new(Utc::now)).expect("a writer");
        let count: u64 =
            writer.conn.query_row("SELECT count(*) FROM notes", [], |row| row.get(0)).expect("notes");
        assert_eq!(count, 3);
        writer.checkpoint_at_the_end();
        drop(writer);
        assert_eq!(wal_of(&folder), 0, "and is brought in when the file is opened anew");
    }
}
