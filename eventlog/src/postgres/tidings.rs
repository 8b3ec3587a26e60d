//! When other nodes are told how far the log goes.
//!
//! A commit that is alone in its transaction tells at once. Where many commit at the same time, not each transaction does:
//! a notification wakes a process and every node, and takes a lock that the whole server shares. What was left out is told
//! a moment later.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::{batch::Trouble, writer::Writer};

/// So long others may not hear of a commit, where many commit.
const MOMENT: Duration = Duration::from_millis(5);

/// So long telling may take: those who commit wait for it.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(super) struct Tidings {
    /// When something was told last.
    told_at: Option<Instant>,
    /// Whether the transaction under way tells.
    telling: bool,
    /// Others have not heard of the last commits; they will by then.
    due: Option<Instant>,
}

impl Tidings {
    /// Whether a transaction of so many commits tells. It is the one that is under way from now on.
    pub(super) fn tell(&mut self, commits: usize, now: Instant) -> bool {
        self.telling = commits <= 1 || self.told_at.is_none_or(|at| now - at >= MOMENT);
        self.telling
    }

    /// The transaction under way has committed events.
    pub(super) fn committed(&mut self, now: Instant) {
        if self.telling {
            (self.told_at, self.due) = (Some(now), None);
        } else {
            self.due.get_or_insert(now + MOMENT);
        }
    }

    /// What comes, unless something is to be told before: `None`.
    pub(super) async fn or_due<T>(&self, coming: impl Future<Output = T>) -> Option<T> {
        match self.due {
            Some(due) => timeout_at(due, coming).await.ok(),
            None => Some(coming.await),
        }
    }

    /// Whether others have not heard of the last commits.
    pub(super) const fn are_due(&self) -> bool {
        self.due.is_some()
    }
}

impl Writer {
    /// Tells other nodes what they have not heard of.
    pub(super) async fn tell_others(&mut self) {
        self.tidings.due = None;
        let sql = "SELECT pg_notify('seatbook_log', $1)";
        let query = sqlx::query(sql).bind(self.seen.position().to_string());
        let told = async { Ok::<_, Trouble>(query.execute(self.ready()?).await?) };
        if !matches!(tokio::time::timeout(PATIENCE, told).await, Ok(Ok(_))) {
            // The next commit connects again; who was not told asks now and then.
            self.conn = None;
        }
        self.tidings.told_at = Some(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_commits_alone_tells_at_once_and_of_many_transactions_some_do() {
        let mut tidings = Tidings::default();
        let now = Instant::now();
        for commits in [1, 1] {
            assert!(tidings.tell(commits, now));
            tidings.committed(now);
        }
        assert!(!tidings.tell(9, now), "something was told just now");
        tidings.committed(now);
        assert!(tidings.are_due());
        assert_eq!(tidings.or_due(async { "somebody comes" }).await, Some("somebody comes"));
        assert_eq!(tidings.or_due(std::future::pending::<()>()).await, None);
        assert!(tidings.tell(9, now + MOMENT), "a moment has passed");
        assert!(tidings.are_due(), "nothing has committed yet");
        tidings.committed(now + MOMENT);
        assert!(!tidings.are_due());
    }
}
