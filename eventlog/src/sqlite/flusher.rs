//! Asks the disk to keep what was brought into the database's file, while others commit.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
};

/// A thread that waits for the disk, so that nobody else has to.
pub(super) struct Flusher {
    /// `None` while it ends.
    requests: Option<SyncSender<()>>,
    asked: u64,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    done: AtomicU64,
    failed: AtomicBool,
}

impl Flusher {
    /// Starts the thread; `flush` is what it does when it is asked to.
    pub(super) fn start(flush: impl Fn() -> io::Result<()> + Send + 'static) -> io::Result<Self> {
        // One that waits covers whatever is written before it begins.
        let (requests, asked_for) = sync_channel(1);
        let state = Arc::new(State::default());
        let thread = std::thread::Builder::new().name("log-flusher".to_owned()).spawn({
            let state = Arc::clone(&state);
            move || run(&asked_for, &state, flush)
        })?;
        Ok(Self { requests: Some(requests), asked: 0, state, thread: Some(thread) })
    }

    /// Has all flushed that is written by now; at once, without waiting for it.
    pub(super) fn ask(&mut self) {
        if self.requests.as_ref().is_some_and(|requests| requests.try_send(()).is_ok()) {
            self.asked += 1;
        }
    }

    /// Whether all was flushed that it was asked for.
    pub(super) fn is_done(&self) -> bool {
        self.state.done.load(Ordering::Acquire) == self.asked
    }

    /// Whether the disk ever refused: what it was to keep may be lost.
    pub(super) fn has_failed(&self) -> bool {
        self.state.failed.load(Ordering::Acquire)
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // If it panicked, there is nothing left to wait for.
            let _ = thread.join();
        }
    }
}

fn run(asked_for: &Receiver<()>, state: &State, flush: impl Fn() -> io::Result<()>) {
    while asked_for.recv().is_ok() {
        if let Err(error) = flush() {
            state.failed.store(true, Ordering::Release);
            tracing::error!(%error, "the disk did not keep the database's file");
        }
        state.done.fetch_add(1, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::mpsc::{Sender, channel},
        time::{Duration, Instant},
    };

    use super::*;

    /// A disk that takes until it is let go, and says when it begins.
    fn slow() -> (Flusher, Receiver<()>, Sender<io::Result<()>>) {
        let (began, begins) = channel();
        let (let_go, wait) = channel();
        let flush = move || {
            let _ = began.send(());
            wait.recv().unwrap_or(Ok(()))
        };
        (Flusher::start(flush).expect("a thread"), begins, let_go)
    }

    fn until(holds: impl Fn() -> bool) {
        let started = Instant::now();
        while !holds() {
            assert!(started.elapsed() < Duration::from_secs(10), "it takes too long");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn what_was_written_while_it_flushed_is_flushed_after() {
        let (mut flusher, begins, let_go) = slow();
        assert!(flusher.is_done(), "nothing was asked for");
        flusher.ask();
        begins.recv().expect("it begins");
        // These two came while it was at work: once more is enough for both.
        flusher.ask();
        flusher.ask();
        let_go.send(Ok(())).expect("it waits");
        begins.recv().expect("it begins again");
        assert!(!flusher.is_done());
        let_go.send(Ok(())).expect("it waits");
        until(|| flusher.is_done());
        assert!(begins.try_recv().is_err() && !flusher.has_failed());
    }

    #[test]
    fn a_disk_that_refused_once_is_not_believed_again() {
        let (mut flusher, _begins, let_go) = slow();
        for answer in [Err(io::Error::other("worn out")), Ok(())] {
            flusher.ask();
            let_go.send(answer).expect("it waits");
            until(|| flusher.is_done());
            assert!(flusher.has_failed());
        }
    }
}
