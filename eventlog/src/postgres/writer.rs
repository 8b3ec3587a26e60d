//! The one task of a node that writes, and its connection.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};

use super::{
    Beside,
    batch::{Settled, Trouble},
    error::{database_error, taken},
    find,
    lifeline::Lifeline,
    recover::Unsettled,
    seen::{RESTARTING, Seen},
    session::Wanted,
    tidings::Tidings,
    unsure::Doubt,
    view::{At, Verdict},
    waits::Waits,
    write::Head,
};
use crate::{
    clock::Clock,
    contract::Commit,
    outcome::{LogError, Outcome, Receipt},
    queue::{Batch, Queue},
};

/// A transaction that takes longer has lost its connection, or waits for a standby that is gone.
const TOO_LONG: Duration = Duration::from_secs(30);

/// So long it is tried again after that.
const ONCE_MORE: Duration = Duration::from_secs(5);

pub(super) struct Writer {
    pub wanted: Wanted,
    pub options: PgConnectOptions,
    pub conn: Option<PgConnection>,
    /// Where the log stood when this node last looked.
    pub head: Head,
    /// So many transactions to come hold the log first.
    pub careful: u32,
    /// The log is held already, for the transaction to come.
    pub holds: bool,
    /// The transaction that is asked to commit now, or was when the connection was lost.
    pub doubt: Option<Doubt>,
    pub seen: Arc<Seen>,
    pub waits: Arc<Waits>,
    /// What other nodes have been told.
    pub tidings: Tidings,
    lifeline: Lifeline,
    clock: Clock,
}

type Told = Result<Outcome, LogError>;

impl Writer {
    pub(super) async fn open(
        wanted: Wanted,
        lifeline: Lifeline,
        seen: Arc<Seen>,
        waits: Arc<Waits>,
        clock: Clock,
    ) -> Result<Self, LogError> {
        let options = wanted.for_the_writer();
        let (head, tidings) = (Head::default(), Tidings::default());
        let (conn, careful, holds, doubt) = (None, 0, false, None);
        let mut writer = Self {
            wanted,
            options,
            conn,
            head,
            careful,
            holds,
            doubt,
            seen,
            waits,
            tidings,
            lifeline,
            clock,
        };
        writer.connect().await?;
        Ok(writer)
    }

    pub(super) fn now(&self) -> i64 {
        (self.clock)().timestamp_micros()
    }

    pub(super) fn ready(&mut self) -> Result<&mut PgConnection, Trouble> {
        self.conn.as_mut().ok_or_else(|| Trouble::Lost(lost()))
    }

    async fn serve(&mut self, mut batch: Batch<Beside>, queue: &Queue<Beside>) {
        let started = Instant::now();
        self.waits.begins();
        if let Some(conn) = &mut self.conn
            && !self.lifeline.holds(conn).await
        {
            self.conn = None;
        }
        if self.careful > 0 && batch.is_interactive() {
            self.hold_first().await;
            // Who came while others had their turns comes along.
            queue.fill_up(&mut batch);
        }
        let commits: Vec<&Commit> = batch.commits.iter().map(|waiting| &*waiting.commit).collect();
        let told = self.tell_all(&commits).await;
        self.waits.ends();
        let (held, others_waited) = (started.elapsed(), batch.others_wait || queue.somebody_waits());
        for (waiting, told) in batch.commits.into_iter().zip(told) {
            let told = told.map(|outcome| match outcome {
                Outcome::Committed(receipt) => Outcome::Committed(Receipt { held, others_waited, ..receipt }),
                other => other,
            });
            let _ = waiting.reply.send(told);
        }
    }

    /// Holds the log for the transaction to come. Where that fails, it will find out why.
    async fn hold_first(&mut self) {
        self.holds = matches!(tokio::time::timeout(TOO_LONG, self.hold()).await, Ok(Ok(())));
        if !self.holds {
            self.conn = None;
        }
    }

    /// If one commit is to blame that the transaction failed, each gets one of its own.
    async fn tell_all(&mut self, commits: &[&Commit]) -> Vec<Told> {
        match self.together(commits).await {
            Ok(told) => told,
            Err(error) if commits.len() == 1 => vec![blamed(error)],
            Err(_) => {
                let mut told = Vec::with_capacity(commits.len());
                for commit in commits {
                    match self.together(&[commit]).await {
                        Ok(one) => told.extend(one),
                        Err(error) => told.push(blamed(error)),
                    }
                }
                told
            }
        }
    }

    /// Tries until it comes to something, as long as a server takes to restart. The error is that of a commit.
    async fn together(&mut self, commits: &[&Commit]) -> Result<Vec<Told>, sqlx::Error> {
        let all = |error: LogError| vec![Err(error); commits.len()];
        let (mut until, mut timed_out) = (Instant::now() + RESTARTING, false);
        loop {
            let goes_on = if self.conn.is_some() { self.seen.stopped() } else { self.seen.goes_on() };
            if let Err(error) = goes_on {
                return Ok(all(error));
            }
            let trouble = match tokio::time::timeout(TOO_LONG, self.attempt(commits)).await {
                Ok(Ok(settled)) => return Ok(told(settled, commits)),
                Ok(Err(trouble)) => trouble,
                Err(_) => {
                    // Where it is found that nothing was written, it is tried once more.
                    if !std::mem::replace(&mut timed_out, true) {
                        until = until.max(Instant::now() + ONCE_MORE);
                    }
                    Trouble::Lost(unconfirmed(self.waits.told().await))
                }
            };
            let error = match trouble {
                Trouble::Blame(error) => return Err(error),
                Trouble::Stop(error) => {
                    self.conn = None;
                    return Ok(all(error));
                }
                Trouble::Again(error) => {
                    // The transaction is still open: ending the connection ends it.
                    self.conn = None;
                    error
                }
                Trouble::Lost(error) => {
                    self.conn = None;
                    error
                }
            };
            tracing::warn!(%error, "a transaction failed and is tried again");
            match self.recover(until).await {
                Ok(Some(settled)) => return Ok(told(settled, commits)),
                Ok(None) if Instant::now() < until => {}
                Ok(None) => {
                    return Ok(all(LogError::Stopped(format!(
                        "the database failed again and again: {error}"
                    ))));
                }
                Err(Unsettled::Unknown) => return Ok(commits.iter().map(|_| Ok(Outcome::Unknown)).collect()),
                Err(Unsettled::Nothing(error)) => return Ok(all(error)),
            }
        }
    }
}

/// There is no connection.
fn lost() -> sqlx::Error {
    sqlx::Error::Io(io::Error::new(io::ErrorKind::NotConnected, "the connection was lost"))
}

/// A commit that takes too long, and what for.
fn unconfirmed(what: Option<String>) -> sqlx::Error {
    let what =
        what.unwrap_or_else(|| format!("the server has not confirmed a commit for {} s", TOO_LONG.as_secs()));
    sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, what))
}

/// The error of a commit that was alone in its transaction.
fn blamed(error: sqlx::Error) -> Told {
    match taken(&error) {
        Some(conflict) => Ok(Outcome::Conflict(conflict)),
        None => Err(database_error(error)),
    }
}

fn told(settled: Settled, commits: &[&Commit]) -> Vec<Told> {
    let Settled { verdicts, base } = settled;
    let receipt = |at, result| {
        let position = match at {
            At::Position(position) => position,
            At::Offset(offset) => find::unsigned(base + offset).unwrap_or_default(),
        };
        Receipt { position, result, held: Duration::ZERO, others_waited: false }
    };
    let told = |(verdict, commit): (Verdict, &&Commit)| match verdict {
        Verdict::Committed(at) => Ok(Outcome::Committed(receipt(at, commit.result.clone()))),
        Verdict::Repeat(at, result) => Ok(Outcome::AlreadyDone(receipt(at, result))),
        Verdict::Not(outcome) => Ok(outcome),
        Verdict::Failed(error) => Err(error),
    };
    verdicts.into_iter().zip(commits).map(told).collect()
}

/// Serves the queue until it is closed.
pub(super) async fn run(mut writer: Writer, queue: Arc<Queue<Beside>>) {
    let _ending = Ending(&queue);
    loop {
        match writer.tidings.or_due(queue.next_batch()).await {
            Some(Some(batch)) => writer.serve(batch, &queue).await,
            Some(None) => break,
            None => writer.tell_others().await,
        }
    }
    if writer.tidings.are_due() {
        writer.tell_others().await;
    }
    if let Some(conn) = writer.conn.take() {
        // It ends anyway.
        let _ = conn.close().await;
    }
}

/// However the writer ends, nobody waits for it, and nothing more is taken in.
struct Ending<'a>(&'a Queue<Beside>);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.waits.ends();
        if self.doubt.is_some() {
            tracing::warn!("a transaction was under way when the writer ended");
        }
    }
}
