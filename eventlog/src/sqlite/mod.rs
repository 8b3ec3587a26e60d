//! The embedded engine: one `SQLite` file, nothing to install.
//!
//! `SQLite` 3.46.0 (which `libsqlite3-sys` 0.30 bundles) can corrupt a WAL when two connections write or
//! checkpoint at the same moment. So exactly one connection writes and checkpoints, on a thread of its own or,
//! for a caller who is alone, on theirs;
//! readers are read-only and never checkpoint; a lock file keeps a second process out.

mod batch;
mod checkpoints;
mod commit;
mod erase;
mod error;
mod file;
mod flusher;
mod lock;
mod log;
mod place;
mod read;
mod readers;
mod refused;
mod schema;
mod sequences;
mod unopened;
mod write;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
};

use chrono::Utc;
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use crate::{
    clock::Clock,
    outcome::LogError,
    queue::stopped,
    recorded::Position,
    untyped::{Untyped, typed, untyped},
};

/// What is done with a connection, by whoever needs not know what comes of it.
type Work = Box<dyn FnOnce(&Connection) -> Result<Untyped, LogError> + Send>;

pub use error::database_error;
pub use lock::{Holder, holder};
pub use schema::newest;

/// An open database file. Clones share it; the last one to go closes it.
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    readers: readers::Readers,
    queue: Arc<write::Queue>,
    head: watch::Receiver<Position>,
    writer: Arc<Mutex<writer::Writer>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    lock: lock::Lock,
}

impl Database {
    /// Opens the file, and makes it if it is not there. Another process that has it open is [`LogError::InUse`].
    pub fn open(path: &Path) -> Result<Self, LogError> {
        Self::open_with(path, Arc::new(Utc::now))
    }

    /// Opens the file with a clock of the caller's.
    pub fn open_with(path: &Path, clock: Clock) -> Result<Self, LogError> {
        let path = &file::real_path(path)?;
        unopened::check(path)?;
        let lock = lock::Lock::take(path)?;
        let writer =
            writer::Writer::open(path, lock.database(), clock).inspect_err(|_| lock.leave_no_trace(path))?;
        let head = writer.head.subscribe();
        let writer = Arc::new(Mutex::new(writer));
        let queue = Arc::new(write::Queue::default());
        let thread = std::thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn({
                let (writer, queue) = (Arc::clone(&writer), Arc::clone(&queue));
                move || writer::run(&writer, &queue)
            })
            .map_err(|e| LogError::Stopped(e.to_string()))?;
        let readers = readers::Readers::new(path.to_owned());
        let (path, thread) = (path.to_owned(), Mutex::new(Some(thread)));
        Ok(Self { inner: Arc::new(Inner { path, readers, queue, head, writer, thread, lock }) })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Says in the lock file where this process answers.
    pub fn advertise(&self, socket: &Path) -> Result<(), LogError> {
        self.inner.lock.advertise(Some(socket))
    }

    /// Reads at once, on this thread: for point reads of a few microseconds.
    pub fn read_now<R>(&self, read: impl FnOnce(&Connection) -> Result<R, LogError>) -> Result<R, LogError> {
        self.inner.readers.with(read)
    }

    /// Reads in one snapshot on a thread that may block.
    pub async fn read<R: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<R, LogError> + Send + 'static,
    ) -> Result<R, LogError> {
        let read = move |conn: &Connection| read(conn).map(untyped);
        self.read_untyped(Box::new(read)).await.map(typed)
    }

    async fn read_untyped(&self, read: Work) -> Result<Untyped, LogError> {
        let inner = Arc::clone(&self.inner);
        let task = tokio::task::spawn_blocking(move || inner.readers.with(read));
        task.await.map_err(|e| LogError::Stopped(e.to_string()))?
    }

    /// Changes tables that are no part of the log, on the one writing connection: all of it or nothing.
    /// `weight` is about how many rows it touches; light work shares a transaction with waiting commits.
    pub async fn write<R: Send + 'static>(
        &self,
        weight: usize,
        write: impl FnOnce(&Connection) -> Result<R, LogError> + Send + 'static,
    ) -> Result<R, LogError> {
        let write = move |conn: &Connection| write(conn).map(untyped);
        self.write_untyped(weight, Box::new(write)).await.map(typed)
    }

    async fn write_untyped(&self, weight: usize, write: Work) -> Result<Untyped, LogError> {
        let (reply, answer) = oneshot::channel();
        let (give, mut take) = oneshot::channel();
        let run = Box::new(move |conn: &Connection| {
            let result = write(conn)?;
            // The receiver may be gone; the work counts all the same.
            let _ = give.send(result);
            Ok(())
        });
        self.inner.queue.push_write(write::Write { run, weight, reply })?;
        answer.await.map_err(|_| stopped())??;
        take.try_recv().map_err(|_| stopped())
    }
}

/// The version of the tables in a file, without opening it; nothing where it holds none. What is of another program is
/// an error.
pub fn version_of(path: &Path) -> Result<Option<i64>, LogError> {
    let path = &file::real_path(path)?;
    unopened::check(path)?;
    file::version(path)
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.lock().take() {
            // A panicked writer has nothing left to close.
            let _ = thread.join();
        }
    }
}
