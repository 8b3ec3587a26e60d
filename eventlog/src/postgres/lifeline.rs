//! Connections that fell silent. A host that is gone, or a network that swallows everything, says nothing of it: whoever waits on
//! such a connection would wait for a quarter of an hour, until the system gives it up.

use std::{
    future::Future,
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use sqlx::{Connection, PgConnection, postgres::PgPoolOptions};
use tokio::time::timeout;

/// A server that is there answers a question about nothing within this time.
const AT_ONCE: Duration = Duration::from_secs(2);

/// A connection that nobody used for so long is tried before it is used.
const IDLE: Duration = Duration::from_secs(10);

/// For so long after somebody waited in vain every connection is tried, whenever it changes hands.
const DOUBTED: Duration = Duration::from_mins(1);

/// What was last heard, and what was not.
#[derive(Debug, Clone, Default)]
pub(super) struct Lifeline(Arc<Mutex<Heard>>);

#[derive(Debug, Default)]
struct Heard {
    /// When somebody was last answered.
    answered: Option<Instant>,
    /// When somebody last waited in vain.
    in_vain: Option<Instant>,
}

impl Lifeline {
    /// Waits for an answer for so long. Whoever gets none lets every connection be tried.
    pub(super) async fn within<T>(
        &self,
        patience: Duration,
        answer: impl Future<Output = sqlx::Result<T>>,
    ) -> sqlx::Result<T> {
        if let Ok(answer) = timeout(patience, answer).await {
            if answer.is_ok() {
                self.0.lock().answered = Some(Instant::now());
            }
            answer
        } else {
            self.0.lock().in_vain = Some(Instant::now());
            Err(silence(patience))
        }
    }

    /// Whether somebody was answered in this time.
    pub(super) fn was_heard_within(&self, time: Duration) -> bool {
        self.0.lock().answered.is_some_and(|at| at.elapsed() < time)
    }

    fn is_in_doubt(&self) -> bool {
        self.0.lock().in_vain.is_some_and(|since| since.elapsed() < DOUBTED)
    }

    /// Whether a connection is still good, as far as that has to be asked.
    pub(super) async fn holds(&self, conn: &mut PgConnection) -> bool {
        !self.is_in_doubt() || answers(conn).await
    }

    /// For a pool whose connections are let go of where they fell silent. `always`: each is tried before it is used.
    pub(super) fn pool(&self, always: bool) -> PgPoolOptions {
        let (before, after) = (self.clone(), self.clone());
        PgPoolOptions::new()
            .test_before_acquire(false)
            .before_acquire(move |conn, of| {
                let tried = always || of.idle_for >= IDLE || before.is_in_doubt();
                Box::pin(async move { Ok(!tried || answers(conn).await) })
            })
            // The pool itself would wait for each that is given back, and for those that nobody waits for any more.
            .after_release(move |conn, _| {
                let tried = after.is_in_doubt();
                Box::pin(async move { Ok(!tried || answers(conn).await) })
            })
    }
}

/// Nobody answered for so long.
#[must_use]
pub fn silence(patience: Duration) -> sqlx::Error {
    let what = format!("nothing was heard for {} s", patience.as_secs());
    sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, what))
}

async fn answers(conn: &mut PgConnection) -> bool {
    timeout(AT_ONCE, conn.ping()).await.is_ok_and(|answer| answer.is_ok())
}
