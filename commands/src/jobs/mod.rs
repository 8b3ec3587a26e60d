//! Imports as jobs: each goes on by itself, whoever waits for it, and survives the end of its process.
//!
//! The log is the truth. A job is an import that has started and not ended; its rows are in the log itself or in
//! its upload, which is kept until it has ended. What is here is only which of them this process works on.

mod begun;
pub mod claims;
mod erasing;
mod job;
mod line;
mod resume;
mod submit;
mod turn;
mod undo;
mod work;

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use domain::ImportId;
use parking_lot::Mutex;

pub(crate) use begun::Begun;
pub use job::{End, Job, Progress, State};
pub use line::Line;
pub(crate) use submit::unkept;
pub use submit::{Given, JobOrder};

use crate::{CommandError, Executor, uploads::Uploads};
use claims::{Alone, Claims};
use turn::Turns;

/// Jobs that have ended are remembered for whoever still asks, the last so many.
const REMEMBERED: usize = 64;

/// The jobs of this process.
#[derive(Clone)]
pub struct Jobs(Arc<Inner>);

struct Inner {
    commands: Executor,
    uploads: Arc<dyn Uploads>,
    claims: Arc<dyn Claims>,
    turns: Turns,
    line: Mutex<Line>,
    book: Mutex<Book>,
    /// One at a time decides what becomes of an upload.
    door: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Book {
    under_way: HashMap<ImportId, Arc<Job>>,
    ended: VecDeque<Arc<Job>>,
    /// Somebody was erased while these were under way: what they tell is not remembered.
    not_remembered: HashSet<ImportId>,
    closed: bool,
}

impl Jobs {
    /// The jobs of the only process. Those that an earlier process left wait for [`Jobs::resume`].
    pub fn new(commands: Executor, uploads: Arc<dyn Uploads>) -> Self {
        Self::among(commands, uploads, Arc::new(Alone))
    }

    /// The jobs of one process among others.
    pub fn among(commands: Executor, uploads: Arc<dyn Uploads>, claims: Arc<dyn Claims>) -> Self {
        let (turns, line) = (Turns::of_this_process(), Mutex::default());
        let (book, door) = (Mutex::default(), tokio::sync::Mutex::default());
        Self(Arc::new(Inner { commands, uploads, claims, turns, line, book, door }))
    }

    pub(crate) fn commands(&self) -> &Executor {
        &self.0.commands
    }

    /// Where uploads go.
    pub fn uploads(&self) -> &dyn Uploads {
        &*self.0.uploads
    }

    /// A job that is under way here, or has ended lately.
    pub fn find(&self, import: ImportId) -> Option<Arc<Job>> {
        let book = self.0.book.lock();
        let ended = || book.ended.iter().find(|job| job.import_id == import);
        book.under_way.get(&import).or_else(ended).cloned()
    }

    /// The job of an import that is worked on here.
    fn under_way(&self, import: ImportId) -> Option<Arc<Job>> {
        self.0.book.lock().under_way.get(&import).cloned()
    }

    /// Whether a process works on an import: this one or, where there are several, another one.
    pub async fn is_worked_on(&self, import: ImportId) -> Result<bool, CommandError> {
        if self.under_way(import).is_some() {
            return Ok(true);
        }
        self.0.claims.is_claimed(import).await.map_err(|error| unkept(&error))
    }

    /// Lets every job stop before its next chunk, and takes no more. They go on at the next start.
    pub async fn stop(&self) {
        let jobs: Vec<_> = {
            let mut book = self.0.book.lock();
            book.closed = true;
            book.under_way.values().cloned().collect()
        };
        for job in &jobs {
            job.ask_to_stop();
        }
        for job in jobs {
            job.ended().await;
        }
    }

    /// Writes a job down. Nothing: the service is stopping.
    fn begin(&self, job: &Arc<Job>) -> Result<(), CommandError> {
        let mut book = self.0.book.lock();
        if book.closed {
            return Err(eventlog::LogError::Stopped("the service is stopping".into()).into());
        }
        if book.under_way.len() >= line::SMALL_AT_A_TIME {
            return Err(CommandError::LineIsFull { most: line::SMALL_AT_A_TIME, of_license: false });
        }
        // A request that comes with the key of another one is not that import, which stays what it is.
        book.under_way.entry(job.import_id).or_insert_with(|| Arc::clone(job));
        Ok(())
    }

    /// A job is no longer under way.
    fn end(&self, job: &Arc<Job>, has_report: bool) {
        let mut book = self.0.book.lock();
        if book.under_way.get(&job.import_id).is_none_or(|listed| !Arc::ptr_eq(listed, job)) {
            return;
        }
        book.under_way.remove(&job.import_id);
        if book.not_remembered.remove(&job.import_id) {
            return;
        }
        let came_to_something = |of: &Arc<Job>| {
            of.import_id == job.import_id && matches!(of.end().as_deref(), Some(End::Report(_)))
        };
        if !has_report && book.ended.iter().any(came_to_something) {
            return;
        }
        book.ended.truncate(REMEMBERED - 1);
        book.ended.push_front(Arc::clone(job));
    }
}
