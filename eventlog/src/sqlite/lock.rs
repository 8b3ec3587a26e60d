//! The lock file beside the database: one process at a time, and where it answers.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

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
pub(super) struct Lock(Mutex<File>);

impl Lock {
    /// Takes the lock of a database, or says who has it.
    pub(super) fn take(database: &Path) -> Result<Self, LogError> {
        let path = path_of(database);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(|e| LogError::Database(format!("{}: {e}", path.display())))?;
        match patiently(|| file.try_lock()) {
            Ok(()) => {
                let lock = Self(Mutex::new(file));
                lock.advertise(None)?;
                Ok(lock)
            }
            Err(TryLockError::WouldBlock) => {
                let holder = read(&path).unwrap_or(Holder { pid: 0, socket: None });
                let path = database.display().to_string();
                Err(LogError::InUse { path, pid: holder.pid, socket: holder.socket })
            }
            Err(TryLockError::Error(e)) => Err(LogError::Database(format!("{}: {e}", path.display()))),
        }
    }

    /// Writes who holds the database, and where they answer.
    pub(super) fn advertise(&self, socket: Option<&Path>) -> Result<(), LogError> {
        let holder = Holder { pid: std::process::id(), socket: socket.map(Path::to_owned) };
        let text = serde_json::to_vec(&holder).map_err(|e| LogError::Database(e.to_string()))?;
        let mut file = self.0.lock();
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(&text))
            .map_err(|e| LogError::Database(e.to_string()))
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
    let path = path_of(database);
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
