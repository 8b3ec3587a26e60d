//! The lock file beside the database: one process at a time, and where it answers.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::{file::real_path, unopened::of_io};
use crate::outcome::LogError;

/// Who holds a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The process.
    pub pid: u32,
    /// The Unix socket where it answers, if it is a server.
    pub socket: Option<PathBuf>,
}

/// Held as long as the process lives; the system lets it go, however the process ends.
pub(super) struct Lock {
    beside: Mutex<File>,
    /// Whether the file beside was not there before.
    is_new: bool,
    /// The database itself is locked, too: the file beside it may be removed while we hold it. `SQLite` locks
    /// other parts by other means, which this one does not meet; but they end when any handle of the file
    /// closes. So this one is opened before the database and closes after it; the file is flushed through it, too.
    database: Arc<File>,
}

impl Lock {
    /// Takes the lock of a database, or says who has it.
    pub(super) fn take(database: &Path) -> Result<Self, LogError> {
        let is_new = !path_of(database).exists();
        let beside = locked(&path_of(database), database)?;
        let database = locked(database, database)?;
        let lock = Self { beside: Mutex::new(beside), is_new, database: Arc::new(database) };
        lock.advertise(None)?;
        Ok(lock)
    }

    /// The database's file, for who has it flushed.
    pub(super) fn database(&self) -> Arc<File> {
        Arc::clone(&self.database)
    }

    /// Removes what was made beside a file that turned out to be none of ours. While this lock is held, the database
    /// itself is locked as well: nobody takes it meanwhile.
    pub(super) fn leave_no_trace(&self, database: &Path) {
        if self.is_new {
            // What can't be removed is in nobody's way.
            let _ = std::fs::remove_file(path_of(database));
        }
    }

    /// Writes who holds the database, and where they answer.
    pub(super) fn advertise(&self, socket: Option<&Path>) -> Result<(), LogError> {
        let holder = Holder { pid: std::process::id(), socket: socket.map(Path::to_owned) };
        let text = serde_json::to_vec(&holder).map_err(|e| LogError::Database(e.to_string()))?;
        let mut file = self.beside.lock();
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(&text))
            .map_err(|e| LogError::Database(e.to_string()))
    }
}

/// What is made is for its owner alone: it holds the addresses of pupils. `SQLite` gives the files that it makes beside
/// the database the same mode; what somebody allows others later stays so.
#[cfg(unix)]
fn owners_alone() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn owners_alone() -> OpenOptions {
    OpenOptions::new()
}

/// A file of a database, locked; it is made if it is not there.
fn locked(path: &Path, database: &Path) -> Result<File, LogError> {
    let failed = |e: std::io::Error| of_io(database, &e);
    let file =
        owners_alone().create(true).truncate(false).read(true).write(true).open(path).map_err(failed)?;
    match patiently(|| file.try_lock()) {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let holder = read(&path_of(database)).unwrap_or(Holder { pid: 0, socket: None });
            let path = database.display().to_string();
            Err(LogError::InUse { path, pid: holder.pid, socket: holder.socket })
        }
        Err(TryLockError::Error(e)) => Err(failed(e)),
    }
}

/// Tries again for a moment: whoever asks for the [`holder`] has the lock for some microseconds.
fn patiently(lock: impl Fn() -> Result<(), TryLockError>) -> Result<(), TryLockError> {
    for _ in 0..20 {
        match lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(2)),
            done => return done,
        }
    }
    lock()
}

/// Who has the database open now, if anybody.
pub fn holder(database: &Path) -> Option<Holder> {
    let path = path_of(&real_path(database).ok()?);
    let file = File::open(&path).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => read(&path),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

fn read(path: &Path) -> Option<Holder> {
    let mut text = Vec::new();
    File::open(path).ok()?.read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

fn path_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}
