//! Who waits for the writer, and who goes next.

use std::{
    collections::VecDeque,
    sync::atomic::AtomicUsize,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex, MutexGuard};
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::{
    contract::{Commit, Lane},
    outcome::{LogError, Outcome},
};

/// A commit that waits.
pub(super) struct Waiting {
    pub commit: Box<Commit>,
    pub reply: oneshot::Sender<Result<Outcome, LogError>>,
}

/// Changes to tables beside the log, as [`super::Database::write`] takes them.
pub(super) type Run = Box<dyn FnOnce(&Connection) -> Result<(), LogError> + Send>;

/// A write that waits.
pub(super) struct Write {
    pub run: Run,
    pub weight: usize,
    pub reply: oneshot::Sender<Result<(), LogError>>,
}

/// What goes into one transaction.
#[derive(Default)]
pub(super) struct Batch {
    pub commits: Vec<Waiting>,
    pub write: Option<Write>,
    /// Whether somebody else waited when the batch was taken, or is about.
    pub others_wait: bool,
}

/// One fsync serves at most so many: keeps a batch's latency near that of an fsync.
const LARGEST_BATCH: usize = 512;

/// An import, or a page for the read models, waits for at most so many interactive batches.
const PATIENCE: u32 = 3;

/// Up to so many rows travel with interactive commits; more would make people wait.
const LIGHT: usize = 256;

/// What the writer's thread does next.
pub(super) enum Next {
    /// These wait.
    Batch(Batch),
    /// Nobody does: there is time for a checkpoint.
    Quiet,
    /// Everybody was served, and nobody will come.
    Closed,
}

#[derive(Default)]
pub(super) struct Queue {
    lines: Mutex<Lines>,
    news: Condvar,
    /// Commits that are under way.
    pub(super) callers: AtomicUsize,
    /// When somebody last came who does not do things in bulk.
    interactive_at: Mutex<Option<Instant>>,
}

/// Whoever works in bulk is considerate for so long after somebody came: a person who clicks comes again.
const ABOUT: Duration = Duration::from_secs(1);

#[derive(Default)]
struct Lines {
    interactive: VecDeque<Waiting>,
    bulk: VecDeque<Waiting>,
    writes: VecDeque<Write>,
    passed_over: u32,
    heavy_write_last: bool,
    checkpoint_due: bool,
    closed: bool,
}

impl Queue {
    /// Somebody comes with a commit.
    pub(super) fn comes(&self, lane: Lane) {
        if lane == Lane::Interactive {
            *self.interactive_at.lock() = Some(Instant::now());
        }
    }

    fn somebody_is_about(&self) -> bool {
        self.interactive_at.lock().is_some_and(|at| at.elapsed() < ABOUT)
    }

    pub(super) fn push_commit(&self, waiting: Waiting) -> Result<(), LogError> {
        let mut lines = self.open_lines()?;
        match waiting.commit.lane {
            Lane::Interactive => lines.interactive.push_back(waiting),
            Lane::Bulk => lines.bulk.push_back(waiting),
        }
        self.announce(lines);
        Ok(())
    }

    pub(super) fn push_write(&self, write: Write) -> Result<(), LogError> {
        let mut lines = self.open_lines()?;
        lines.writes.push_back(write);
        self.announce(lines);
        Ok(())
    }

    fn announce(&self, lines: MutexGuard<'_, Lines>) {
        drop(lines);
        self.news.notify_one();
    }

    /// Whether nobody waits.
    pub(super) fn is_empty(&self) -> bool {
        let lines = self.lines.lock();
        lines.is_empty() && !lines.closed
    }

    /// Who commits by themselves leaves checkpoints to the writer's thread.
    pub(super) fn ask_for_checkpoint(&self) {
        let mut lines = self.lines.lock();
        lines.checkpoint_due = true;
        self.announce(lines);
    }

    /// Nobody serves any more: who waits is told so.
    pub(super) fn abandon(&self) {
        let mut lines = self.lines.lock();
        *lines = Lines { closed: true, ..Lines::default() };
    }

    fn open_lines(&self) -> Result<MutexGuard<'_, Lines>, LogError> {
        let lines = self.lines.lock();
        if lines.closed { Err(super::stopped()) } else { Ok(lines) }
    }

    /// No more is taken in; what waits is still served.
    pub(super) fn close(&self) {
        self.lines.lock().closed = true;
        self.news.notify_all();
    }

    /// What comes next; quiet when nothing came for `patience`.
    pub(super) fn next(&self, patience: Duration) -> Next {
        let mut lines = self.lines.lock();
        let mut late = false;
        loop {
            if !lines.is_empty() {
                let mut batch = lines.take();
                batch.others_wait |= self.somebody_is_about();
                return Next::Batch(batch);
            }
            if lines.closed {
                return Next::Closed;
            }
            if late || std::mem::take(&mut lines.checkpoint_due) {
                return Next::Quiet;
            }
            late = self.news.wait_for(&mut lines, patience).timed_out();
        }
    }
}

impl Lines {
    fn is_empty(&self) -> bool {
        self.interactive.is_empty() && self.bulk.is_empty() && self.writes.is_empty()
    }

    fn take(&mut self) -> Batch {
        let heavy_waits = !self.bulk.is_empty() || self.writes.front().is_some_and(|w| w.weight > LIGHT);
        let mut batch = Batch::default();
        if heavy_waits && (self.interactive.is_empty() || self.passed_over >= PATIENCE) {
            self.passed_over = 0;
            self.take_heavy(&mut batch);
        } else {
            self.passed_over += u32::from(heavy_waits);
            let n = self.interactive.len().min(LARGEST_BATCH);
            batch.commits.extend(self.interactive.drain(..n));
            if self.writes.front().is_some_and(|w| w.weight <= LIGHT) {
                batch.write = self.writes.pop_front();
            }
        }
        batch.others_wait = !self.interactive.is_empty() || !self.bulk.is_empty();
        batch
    }

    /// A chunk of an import, or a page for the read models: in turns, so that neither runs away.
    fn take_heavy(&mut self, batch: &mut Batch) {
        let write = !self.writes.is_empty() && (self.bulk.is_empty() || !self.heavy_write_last);
        self.heavy_write_last = write;
        if write {
            batch.write = self.writes.pop_front();
        } else {
            batch.commits.extend(self.bulk.pop_front());
        }
    }
}
