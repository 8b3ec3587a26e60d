//! Group commit: one transaction for everybody who waits, each with their own outcome.
//!
//! If nobody else has written since this node did, one statement does it all: it confirms what the plan assumes, and
//! writes. If another node has, or the statement finds something that is not as assumed, the log is held first, and the
//! statement tried again; if that fails too, everything is looked up and judged exactly.

use sqlx::{Executor, Row};
use tokio::time::Instant;

use super::{
    bulk,
    error::{Cure, cure},
    facts, find,
    plan::Plan,
    unsure::Doubt,
    view::{Verdict, View},
    write::{Head, write},
    writer::Writer,
};
use crate::{contract::Commit, faults::place, outcome::LogError};

/// Why a transaction came to nothing.
pub(super) enum Trouble {
    /// One of the commits is to blame.
    Blame(sqlx::Error),
    /// The same again may succeed.
    Again(sqlx::Error),
    /// The connection is gone. Whether the transaction committed, the writer's doubt says.
    Lost(sqlx::Error),
    /// The node has to stop.
    Stop(LogError),
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        match cure(&error) {
            Cure::Separate => Self::Blame(error),
            Cure::Again => Self::Again(error),
            Cure::Reconnect => Self::Lost(error),
        }
    }
}

/// What a transaction came to.
pub(super) struct Settled {
    pub verdicts: Vec<Verdict>,
    /// Where the log ended before it.
    pub base: i64,
}

/// Whether a transaction that holds the log assumes first.
enum Assume {
    Nothing,
    /// Not if that was tried when the log was at this very version.
    UnlessAt(Option<i64>),
}

/// After another node has written, the log is held first for so many transactions: it will write again.
const CAREFUL: u32 = 8;

impl Writer {
    pub(super) async fn attempt(&mut self, commits: &[&Commit]) -> Result<Settled, Trouble> {
        let now = self.now();
        let mut tried_at = None;
        if self.careful == 0
            && !self.holds
            && let Some(plan) = Plan::make(View::default(), commits.iter().copied())
            && !plan.rows.are_many()
        {
            match self.at_once(plan, now).await {
                Ok(Some(settled)) => return Ok(settled),
                // It was not as assumed.
                Ok(None) => tried_at = Some(self.head.version),
                // A key says so.
                Err(Trouble::Blame(_)) => return self.in_turn(commits, now, Assume::Nothing).await,
                Err(trouble) => return Err(trouble),
            }
        }
        match self.in_turn(commits, now, Assume::UnlessAt(tried_at)).await {
            Err(Trouble::Blame(_)) => self.in_turn(commits, now, Assume::Nothing).await,
            settled => settled,
        }
    }

    /// One statement that is a transaction of its own.
    async fn at_once(&mut self, plan: Plan<'_>, now: i64) -> Result<Option<Settled>, Trouble> {
        // What can't be sent is not in doubt.
        self.ready()?;
        let Head { version, position, .. } = self.head;
        let Plan { rows, verdicts, .. } = plan;
        self.doubt = Some(Doubt::about(&rows, verdicts, version, position));
        place("log.before_a_commit");
        let tell = self.tidings.tell(rows.commits, Instant::now());
        let written = write(self.ready()?, &rows, version, now, true, tell).await;
        if let Some(head) = self.answered(written)? {
            return Ok(self.committed(head));
        }
        self.doubt = None;
        Ok(None)
    }

    /// The log is held first.
    async fn in_turn(&mut self, commits: &[&Commit], now: i64, assume: Assume) -> Result<Settled, Trouble> {
        if !std::mem::take(&mut self.holds) {
            self.hold().await?;
        }
        let assume = match assume {
            Assume::Nothing => false,
            Assume::UnlessAt(tried) => tried != Some(self.head.version),
        };
        let written = self.write_held(commits, now, assume).await;
        match written {
            Ok((plan, head)) if head.version != self.head.version => self.end(plan, head).await,
            Ok((plan, _)) => {
                self.let_go().await?;
                Ok(Settled { verdicts: plan.verdicts, base: self.head.position })
            }
            Err(Trouble::Blame(error)) => {
                self.let_go().await?;
                Err(Trouble::Blame(error))
            }
            Err(trouble) => Err(trouble),
        }
    }

    pub(super) async fn hold(&mut self) -> Result<(), Trouble> {
        let before = self.seen.position();
        let sql = "BEGIN; SELECT version, position, recorded_at FROM log_head WHERE one FOR UPDATE";
        let row = self.ready()?.fetch_one(sql).await?;
        let head = Head { version: row.try_get(0)?, position: row.try_get(1)?, recorded_at: row.try_get(2)? };
        self.seen.compare(before, find::unsigned(head.position)?).map_err(Trouble::Stop)?;
        let moved = head.version != self.head.version;
        self.careful = if moved { CAREFUL } else { self.careful.saturating_sub(1) };
        self.head = head;
        Ok(())
    }

    /// Writes what the commits come to; the head is as it was if nothing had to be written.
    async fn write_held<'a>(
        &mut self,
        commits: &[&'a Commit],
        now: i64,
        assume: bool,
    ) -> Result<(Plan<'a>, Head), Trouble> {
        let version = self.head.version;
        if assume
            && let Some(plan) = Plan::make(View::default(), commits.iter().copied())
            && let Some(head) = self.put(&plan, version, now).await?
        {
            return Ok((plan, head));
        }
        let view = facts::look_up(self.ready()?, commits).await?;
        let impossible = || Trouble::Stop(LogError::Database("a commit can't be judged".to_owned()));
        let plan = Plan::make(view, commits.iter().copied()).ok_or_else(impossible)?;
        if plan.rows.is_empty() && !plan.verdicts.iter().any(Verdict::must_last) {
            return Ok((plan, self.head));
        }
        match self.put(&plan, version, now).await? {
            Some(head) => Ok((plan, head)),
            None => Err(Trouble::Stop(LogError::Database("the log moved while it was held".to_owned()))),
        }
    }

    async fn end(&mut self, plan: Plan<'_>, head: Head) -> Result<Settled, Trouble> {
        let Head { version, position, .. } = self.head;
        self.doubt = Some(Doubt::about(&plan.rows, plan.verdicts, version, position));
        place("log.before_a_commit");
        let ended = self.ready()?.execute("COMMIT").await;
        self.answered(ended)?;
        self.committed(head).ok_or_else(|| Trouble::Stop(crate::queue::stopped()))
    }

    async fn let_go(&mut self) -> Result<(), Trouble> {
        self.ready()?.execute("ROLLBACK").await?;
        Ok(())
    }

    /// An error that the server told and went on after is no doubt: nothing was written.
    fn answered<T>(&mut self, answer: sqlx::Result<T>) -> Result<T, Trouble> {
        answer.map_err(|error| {
            let trouble = Trouble::from(error);
            if !matches!(trouble, Trouble::Lost(_)) {
                self.doubt = None;
            }
            trouble
        })
    }

    fn committed(&mut self, head: Head) -> Option<Settled> {
        place("log.after_a_commit");
        self.head = head;
        self.doubt.take().map(|doubt| self.settled(doubt))
    }

    /// It has committed: whoever is told so can read it.
    pub(super) fn settled(&mut self, doubt: Doubt) -> Settled {
        let Doubt { base, last_event, events, verdicts, .. } = doubt;
        if let (Some(event), Ok(position)) = (last_event, find::unsigned(base + events)) {
            self.seen.stands(position, event);
            self.tidings.committed(Instant::now());
        }
        Settled { verdicts, base }
    }

    async fn put(&mut self, plan: &Plan<'_>, version: i64, now: i64) -> Result<Option<Head>, Trouble> {
        let (many, tell) = (plan.rows.are_many(), self.tidings.tell(plan.rows.commits, Instant::now()));
        let conn = self.ready()?;
        let head = write(conn, &plan.rows, version, now, !many, tell).await?;
        if let (true, Some(head)) = (many, head) {
            bulk::copy(conn, &plan.rows, head).await?;
        }
        Ok(head)
    }
}
