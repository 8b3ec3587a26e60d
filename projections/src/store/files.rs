//! A file of its own beside the log's.
//!
//! So feeding them never holds up who writes to the log, and a second processor has something to do. All of it
//! can be made anew from the log: the file may be deleted while nobody has it open, and a backup does not need it.
//! For the same reason it is not flushed at every commit: what a power cut takes from its end is applied again.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use eventlog::{Database, LogError, sqlite::database_error, untyped::Untyped};
use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags};

use super::{Read, Unwritten, Write};
use crate::sql::Conn;

/// Stands behind the name of the log's file.
const SUFFIX: &str = "-views";

/// Idle readers that stay open; more are opened when needed and closed after.
const KEPT: usize = 8;

/// Pages in the write-ahead log before they are brought into the file: 8 MiB. A page that changes often is written
/// there once instead of each time; and whoever commits to the log meanwhile waits for the same disk, so not for long.
const CHECKPOINT_PAGES: i64 = 2_048;

/// The read models' file. Every connection sees the log's tables, too, and can't change them. Clones share it.
#[derive(Clone)]
pub(super) struct Files {
    inner: Arc<Inner>,
}

struct Inner {
    /// Closed before the writer, which empties and removes the write-ahead log when it closes as the last: they may not.
    readers: Mutex<Vec<Connection>>,
    /// The one connection that writes and checkpoints; see the log's engine for why there is only one.
    writer: Mutex<Connection>,
    path: PathBuf,
    /// Its lock keeps other processes out of this file, too.
    log: Database,
}

impl Files {
    /// Opens the file that belongs to a log, and makes it if it is not there.
    pub(super) fn open(log: Database) -> Result<Self, LogError> {
        let mut name = log.path().as_os_str().to_owned();
        name.push(SUFFIX);
        let path = PathBuf::from(name);
        let failed = |what| {
            let hint = "It holds nothing that is not in the log: delete it, and it is made anew.";
            LogError::Unopened { path: path.clone(), what, hint }
        };
        make(&path, log.path()).map_err(|error| failed(error.to_string()))?;
        let writer = open_writer(&path, log.path()).map_err(|e| failed(database_error(e).to_string()))?;
        Ok(Self {
            inner: Arc::new(Inner { writer: Mutex::new(writer), readers: Mutex::default(), path, log }),
        })
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Reads at once, on this thread.
    pub(super) fn read_now<R>(
        &self,
        read: impl FnOnce(&Conn<'_>) -> Result<R, LogError>,
    ) -> Result<R, LogError> {
        let idle = self.inner.readers.lock().pop();
        let conn = match idle {
            Some(conn) => conn,
            None => open_reader(&self.inner.path, self.inner.log.path()).map_err(database_error)?,
        };
        let result = read(&Conn::from(&conn));
        let mut readers = self.inner.readers.lock();
        // Who comes next starts afresh: a snapshot left open would be theirs.
        if readers.len() < KEPT && conn.is_autocommit() {
            readers.push(conn);
        }
        result
    }

    /// Reads on a thread that may block.
    pub(super) async fn read(&self, read: Read) -> Result<Untyped, LogError> {
        let store = self.clone();
        let task = tokio::task::spawn_blocking(move || store.read_now(read));
        task.await.map_err(|e| LogError::Stopped(e.to_string()))?
    }

    /// Changes the read models: all of it or nothing.
    pub(super) async fn write(&self, write: Write) -> Result<Untyped, Unwritten> {
        let inner = Arc::clone(&self.inner);
        let task = tokio::task::spawn_blocking(move || {
            let mut writer = inner.writer.lock();
            // Dropped without a commit, also by a panic, it is rolled back.
            let transaction = writer.transaction().map_err(database_error)?;
            let result = write(&Conn::from(&*transaction))?;
            transaction.commit().map_err(database_error)?;
            Ok(result)
        });
        task.await.map_err(|e| LogError::Stopped(e.to_string()))?
    }
}

/// Between two attempts: whoever reads does so for some milliseconds.
const A_MOMENT: Duration = Duration::from_millis(50);

impl Files {
    /// Empties the write-ahead log, in which bytes of older rows stand until it is written anew. Whether nobody read
    /// from it any more within the time.
    pub(super) async fn empty_wal(&self, within: Duration) -> Result<bool, LogError> {
        let until = std::time::Instant::now() + within;
        loop {
            let inner = Arc::clone(&self.inner);
            let task = tokio::task::spawn_blocking(move || {
                let writer = inner.writer.lock();
                writer.busy_timeout(Duration::from_millis(20))?;
                // Its own alone: the log's belongs to the log's writer.
                let sql = "PRAGMA main.wal_checkpoint(TRUNCATE)";
                let busy = writer.query_row(sql, [], |row| row.get::<_, i64>("busy"));
                writer.busy_timeout(Duration::from_secs(5))?;
                busy
            });
            let busy = task.await.map_err(|e| LogError::Stopped(e.to_string()))?.map_err(database_error)?;
            if busy == 0 || std::time::Instant::now() >= until {
                return Ok(busy == 0);
            }
            tokio::time::sleep(A_MOMENT).await;
        }
    }
}

/// Makes the file if it is not there, for the same people as the log: both hold addresses.
#[cfg(unix)]
fn make(path: &Path, log: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
    let mode = fs::metadata(log)?.mode() & 0o777;
    match fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn make(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

fn open_writer(path: &Path, log: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    conn.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    conn.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, |_| Ok(()))?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    // Indexes that are built over many rows are sorted by a second thread, too.
    conn.pragma_update_and_check(None, "threads", 2, |_| Ok(()))?;
    // Erased people leave no bytes in free pages.
    conn.pragma_update_and_check(None, "secure_delete", "ON", |_| Ok(()))?;
    // In KiB where negative.
    conn.pragma_update(None, "cache_size", -49_152)?;
    with_log(conn, log)
}

fn open_reader(path: &Path, log: &Path) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    conn.pragma_update(None, "query_only", "ON")?;
    // People who stand side by side in a list are all over the file.
    conn.pragma_update(None, "cache_size", -16_384)?;
    with_log(conn, log)
}

/// The log's tables, read-only whatever the connection itself may do.
fn with_log(conn: Connection, log: &Path) -> rusqlite::Result<Connection> {
    conn.set_prepared_statement_cache_capacity(256);
    conn.execute("ATTACH ? AS log", [format!("file:{}?mode=ro", in_uri(log))])?;
    Ok(conn)
}

/// A path in a URI: what would end it, or be taken for an escape, is escaped.
fn in_uri(path: &Path) -> String {
    path.display().to_string().replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_any_name_can_be_beside_a_log_that_it_can_not_change() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["seatbook.db", "50% of # what?.db", "a b'c\"d.db"] {
            let log = Database::open(&folder.path().join(name)).expect("a log");
            let store = Files::open(log).expect("a file beside it");
            let count = |conn: &Conn<'_>| Ok(conn.value::<u64>("SELECT count(*) FROM events", &[])?);
            assert_eq!(store.read_now(count).expect("the log"), Some(0));
            let writer = store.inner.writer.lock();
            for sql in ["DELETE FROM log.directory", "CREATE TABLE log.notes (x)"] {
                let refused = writer.execute_batch(sql).expect_err(sql).to_string();
                assert!(refused.contains("readonly"), "{refused}");
            }
        }
    }

    #[test]
    fn nothing_but_the_file_is_left_when_all_is_closed() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = Database::open(&folder.path().join("seatbook.db")).expect("a log");
        let store = Files::open(log).expect("a file beside it");
        store.inner.writer.lock().execute_batch("CREATE TABLE main.notes (x)").expect("a table");
        let count = |conn: &Conn<'_>| Ok(conn.exists("SELECT count(*) FROM notes", &[])?);
        store.read_now(count).expect("a reader that stays open");
        let wal = || {
            let names = fs::read_dir(folder.path()).expect("the folder").flatten();
            let names = names.map(|file| file.file_name().to_string_lossy().into_owned());
            names.filter(|name| name.ends_with("-wal") || name.ends_with("-shm")).collect::<Vec<_>>()
        };
        assert!(!wal().is_empty(), "it is open");
        drop(store);
        assert_eq!(wal(), Vec::<String>::new());
    }

    #[test]
    fn a_file_that_is_no_database_says_that_it_may_be_deleted() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("seatbook.db");
        fs::write(folder.path().join("seatbook.db-views"), "x".repeat(5_000)).expect("a file");
        let refused = Files::open(Database::open(&path).expect("a log")).err().expect("refused");
        let LogError::Unopened { path, hint, .. } = refused else { panic!("{refused}") };
        assert!(path.ends_with("seatbook.db-views") && hint.contains("delete it"), "{hint}");
    }
}
