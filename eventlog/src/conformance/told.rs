//! What the log answered, and what it holds now.

use std::{pin::Pin, sync::Arc, task::Poll};

use domain::LicenseId;
use tokio::task::JoinHandle;

use crate::{
    contract::{Commit, EventLog, SeatPool, Seats},
    outcome::{Conflict, LogError, Outcome, Receipt},
    recorded::{Position, Recorded, Revision, StreamId},
};

/// What a commit came to.
pub type Answer = Result<Outcome, LogError>;

/// Reads an answer as what the test expects it to be.
#[expect(missing_docs, reason = "each names an outcome")]
pub trait Told {
    fn committed(self) -> Receipt;
    fn already_done(self) -> Receipt;
    fn conflict(self) -> Conflict;
    fn moved_to(self, stream: impl Into<StreamId>) -> Revision;
    fn seat_limit(self, pool: SeatPool) -> Seats;
    fn reused(self);
}

impl Told for Answer {
    #[track_caller]
    fn committed(self) -> Receipt {
        match self {
            Ok(Outcome::Committed(receipt)) => receipt,
            other => panic!("not committed: {other:?}"),
        }
    }

    #[track_caller]
    fn already_done(self) -> Receipt {
        match self {
            Ok(Outcome::AlreadyDone(receipt)) => receipt,
            other => panic!("not done before: {other:?}"),
        }
    }

    #[track_caller]
    fn conflict(self) -> Conflict {
        match self {
            Ok(Outcome::Conflict(conflict)) => conflict,
            other => panic!("no conflict: {other:?}"),
        }
    }

    #[track_caller]
    fn moved_to(self, stream: impl Into<StreamId>) -> Revision {
        match self.conflict() {
            Conflict::Revision { stream: moved, actual } if moved == stream.into() => actual,
            other => panic!("another conflict: {other:?}"),
        }
    }

    #[track_caller]
    fn seat_limit(self, pool: SeatPool) -> Seats {
        match self {
            Ok(Outcome::SeatLimit { pool: full, seats }) if full == pool => seats,
            other => panic!("no seat limit: {other:?}"),
        }
    }

    #[track_caller]
    fn reused(self) {
        match self {
            Ok(Outcome::CommandReused) => {}
            other => panic!("not a reused command id: {other:?}"),
        }
    }
}

/// Hands in a commit now, before anything that is handed in after, and waits for the answer elsewhere.
pub async fn hand_in(log: &Arc<dyn EventLog>, commit: Commit) -> JoinHandle<Answer> {
    let log = Arc::clone(log);
    let mut answer: Pin<Box<dyn Future<Output = Answer> + Send>> =
        Box::pin(async move { log.commit(commit).await });
    let first = std::future::poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await;
    tokio::spawn(async move {
        match first {
            Poll::Ready(answer) => answer,
            Poll::Pending => answer.await,
        }
    })
}

/// Waits for an answer that was asked for with [`hand_in`].
pub async fn answer(handle: JoinHandle<Answer>) -> Answer {
    match handle.await {
        Ok(answer) => answer,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// Waits for all answers, in the order of the handles.
pub async fn answers(handles: Vec<JoinHandle<Answer>>) -> Vec<Answer> {
    let mut answers = Vec::with_capacity(handles.len());
    for handle in handles {
        answers.push(answer(handle).await);
    }
    answers
}

/// Hands in all commits at once, in turns over the handles; answers in the order of the commits.
pub async fn at_once(logs: &[Arc<dyn EventLog>], commits: Vec<Commit>) -> Vec<Answer> {
    let mut handles = Vec::with_capacity(commits.len());
    for (commit, log) in commits.into_iter().zip(logs.iter().cycle()) {
        handles.push(hand_in(log, commit).await);
    }
    answers(handles).await
}

/// The whole log.
///
/// # Panics
/// When it can't be read.
pub async fn whole_log(log: &Arc<dyn EventLog>) -> Vec<Recorded> {
    match super::history::History::read(log.as_ref()).await {
        Ok(history) => history.events,
        Err(error) => panic!("the log can't be read: {error}"),
    }
}

/// How far the log goes, once a node has heard of a position: of what others committed it hears a moment later.
///
/// # Panics
/// When the node ends before.
pub async fn hears_of(log: &Arc<dyn EventLog>, position: Position) -> Position {
    let mut head = log.head();
    *head.wait_for(|at| *at >= position).await.expect("the log goes on")
}

/// The position of the last event.
pub fn head(log: &Arc<dyn EventLog>) -> Position {
    *log.head().borrow()
}

/// One stream.
///
/// # Panics
/// When it can't be read.
pub async fn stream(log: &Arc<dyn EventLog>, stream: impl Into<StreamId>) -> Vec<Recorded> {
    match log.read_streams(&[stream.into()]).await {
        Ok(mut streams) if streams.len() == 1 => streams.remove(0),
        other => panic!("not one stream: {other:?}"),
    }
}

/// The sequence numbers that stand within a license, in the order of positions.
pub fn sequences(events: &[Recorded], license: LicenseId) -> Vec<u64> {
    events.iter().filter_map(|e| e.license).filter(|(of, _)| *of == license).map(|(_, n)| n).collect()
}

/// How a pool stands.
///
/// # Panics
/// When there is no such pool.
pub async fn seats(log: &Arc<dyn EventLog>, pool: SeatPool) -> (u64, Option<u64>) {
    match log.seats(pool).await {
        Ok(Some(Seats { taken, limit })) => (taken, limit),
        other => panic!("no pool: {other:?}"),
    }
}
