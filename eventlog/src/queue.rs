//! Who waits for the writer, and who goes next: the same for every engine.

use std::{
    collections::VecDeque,
    sync::atomic::AtomicUsize,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex, MutexGuard};
use tokio::sync::{Notify, oneshot};

use crate::{
    contract::{Commit, Lane},
    outcome::{LogError, Outcome},
};

/// A commit that waits.
pub(crate) struct Waiting {
    pub commit: Box<Commit>,
    pub reply: oneshot::Sender<Result<Outcome, LogError>>,
}

/// Changes to tables beside the log that share the writer's transactions, where an engine has any.
pub(crate) trait Weigh {
    /// About how many rows it touches.
    fn weight(&self) -> usize;
}

/// What goes into one transaction.
pub(crate) struct Batch<W> {
    pub commits: Vec<Waiting>,
    pub write: Option<W>,
    /// Whether somebody else waited when the batch was taken, or is about.
    pub others_wait: bool,
}

impl<W> Default for Batch<W> {
    fn default() -> Self {
        Self { commits: Vec::new(), write: None, others_wait: false }
    }
}

impl<W> Batch<W> {
    /// Whether no chunk of an import is in it.
    pub(crate) fn is_interactive(&self) -> bool {
        self.commits.iter().all(|waiting| waiting.commit.lane == Lane::Interactive)
    }
}

/// One fsync serves at most so many: keeps a batch's latency near that of an fsync.
const LARGEST_BATCH: usize = 512;

/// An import, or a page for the read models, waits for at most so many interactive batches.
const PATIENCE: u32 = 3;

/// Up to so many rows travel with interactive commits; more would make people wait.
const LIGHT: usize = 256;

/// What the writer's thread does next.
pub(crate) enum Next<W> {
    /// These wait.
    Batch(Batch<W>),
    /// Nobody does: there is time for a checkpoint.
    Quiet,
    /// Everybody was served, and nobody will come.
    Closed,
}

pub(crate) struct Queue<W> {
    lines: Mutex<Lines<W>>,
    /// For a writer that is a thread.
    news: Condvar,
    /// For a writer that is a task.
    bell: Notify,
    /// Commits that are under way.
    pub(crate) callers: AtomicUsize,
    /// When somebody last came who does not do things in bulk.
    interactive_at: Mutex<Option<Instant>>,
}

/// Whoever works in bulk is considerate for so long after somebody came: a person who clicks comes again.
const ABOUT: Duration = Duration::from_secs(1);

struct Lines<W> {
    interactive: VecDeque<Waiting>,
    bulk: VecDeque<Waiting>,
    writes: VecDeque<W>,
    passed_over: u32,
    heavy_write_last: bool,
    checkpoint_due: bool,
    closed: bool,
}

impl<W> Default for Queue<W> {
    fn default() -> Self {
        Self {
            lines: Mutex::default(),
            news: Condvar::new(),
            bell: Notify::new(),
            callers: AtomicUsize::new(0),
            interactive_at: Mutex::default(),
        }
    }
}

impl<W> Default for Lines<W> {
    fn default() -> Self {
        Self {
            interactive: VecDeque::new(),
            bulk: VecDeque::new(),
            writes: VecDeque::new(),
            passed_over: 0,
            heavy_write_last: false,
            checkpoint_due: false,
            closed: false,
        }
    }
}

impl<W: Weigh> Queue<W> {
    /// Somebody comes with a commit.
    pub(crate) fn comes(&self, lane: Lane) {
        if lane == Lane::Interactive {
            *self.interactive_at.lock() = Some(Instant::now());
        }
    }

    fn somebody_is_about(&self) -> bool {
        self.interactive_at.lock().is_some_and(|at| at.elapsed() < ABOUT)
    }

    pub(crate) fn push_commit(&self, waiting: Waiting) -> Result<(), LogError> {
        let mut lines = self.open_lines()?;
        match waiting.commit.lane {
            Lane::Interactive => lines.interactive.push_back(waiting),
            Lane::Bulk => lines.bulk.push_back(waiting),
        }
        self.announce(lines);
        Ok(())
    }

    pub(crate) fn push_write(&self, write: W) -> Result<(), LogError> {
        let mut lines = self.open_lines()?;
        lines.writes.push_back(write);
        self.announce(lines);
        Ok(())
    }

    fn announce(&self, lines: MutexGuard<'_, Lines<W>>) {
        drop(lines);
        self.news.notify_one();
        self.bell.notify_one();
    }

    /// Whether nobody waits.
    pub(crate) fn is_empty(&self) -> bool {
        let lines = self.lines.lock();
        lines.is_empty() && !lines.closed
    }

    /// Who commits by themselves leaves checkpoints to the writer's thread.
    pub(crate) fn ask_for_checkpoint(&self) {
        let mut lines = self.lines.lock();
        lines.checkpoint_due = true;
        self.announce(lines);
    }

    /// Nobody serves any more: who waits is told so.
    pub(crate) fn abandon(&self) {
        *self.lines.lock() = Lines { closed: true, ..Lines::default() };
    }

    fn open_lines(&self) -> Result<MutexGuard<'_, Lines<W>>, LogError> {
        let lines = self.lines.lock();
        if lines.closed { Err(stopped()) } else { Ok(lines) }
    }

    /// No more is taken in; what waits is still served.
    pub(crate) fn close(&self) {
        self.lines.lock().closed = true;
        self.news.notify_all();
        self.bell.notify_one();
    }

    /// What comes next; quiet when nothing came for `patience`.
    pub(crate) fn next(&self, patience: Duration) -> Next<W> {
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

    /// What comes next, for a writer that is a task; `None` when the queue is closed and everybody was served.
    pub(crate) async fn next_batch(&self) -> Option<Batch<W>> {
        loop {
            {
                let mut lines = self.lines.lock();
                if !lines.is_empty() {
                    let mut batch = lines.take();
                    batch.others_wait |= self.somebody_is_about();
                    return Some(batch);
                }
                if lines.closed {
                    return None;
                }
            }
            self.bell.notified().await;
        }
    }

    /// Takes along who waits by now.
    pub(crate) fn fill_up(&self, batch: &mut Batch<W>) {
        let mut lines = self.lines.lock();
        let n = lines.interactive.len().min(LARGEST_BATCH.saturating_sub(batch.commits.len()));
        batch.commits.extend(lines.interactive.drain(..n));
    }

    /// Whether somebody waits now: they came while the writer was at work.
    pub(crate) fn somebody_waits(&self) -> bool {
        !self.lines.lock().is_empty()
    }
}

impl<W: Weigh> Lines<W> {
    fn is_empty(&self) -> bool {
        self.interactive.is_empty() && self.bulk.is_empty() && self.writes.is_empty()
    }

    fn take(&mut self) -> Batch<W> {
        let heavy_waits = !self.bulk.is_empty() || self.writes.front().is_some_and(|w| w.weight() > LIGHT);
        let mut batch = Batch::default();
        if heavy_waits && (self.interactive.is_empty() || self.passed_over >= PATIENCE) {
            self.passed_over = 0;
            self.take_heavy(&mut batch);
        } else {
            self.passed_over += u32::from(heavy_waits);
            let n = self.interactive.len().min(LARGEST_BATCH);
            batch.commits.extend(self.interactive.drain(..n));
            if self.writes.front().is_some_and(|w| w.weight() <= LIGHT) {
                batch.write = self.writes.pop_front();
            }
        }
        batch.others_wait = !self.interactive.is_empty() || !self.bulk.is_empty();
        batch
    }

    /// A chunk of an import, or a page for the read models: in turns, so that neither runs away.
    fn take_heavy(&mut self, batch: &mut Batch<W>) {
        let write = !self.writes.is_empty() && (self.bulk.is_empty() || !self.heavy_write_last);
        self.heavy_write_last = write;
        if write {
            batch.write = self.writes.pop_front();
        } else {
            batch.commits.extend(self.bulk.pop_front());
        }
    }
}

/// What everybody is told when the writer serves no more.
pub(crate) fn stopped() -> LogError {
    LogError::Stopped("the writer has ended".to_owned())
}
