//! How far this node has seen the log go. It never goes back: if it does, it is another log.

use std::time::{Duration, Instant};

use domain::EventId;
use parking_lot::Mutex;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{outcome::LogError, recorded::Position};

pub(super) struct Seen {
    head: watch::Sender<Position>,
    /// An event that was there, to know the log by.
    mark: Mutex<Option<(Position, EventId)>>,
    stopped: Mutex<Option<LogError>>,
    /// Since when the server has been away, and how that shows.
    away: Mutex<Option<(Instant, String)>>,
}

/// A server that has been away for longer is not waited for by everybody who wants something: it is looked for every second.
/// A restart, or another one's taking over, mostly takes less.
pub(super) const RESTARTING: Duration = Duration::from_secs(20);

impl Default for Seen {
    fn default() -> Self {
        Self {
            head: watch::channel(0).0,
            mark: Mutex::default(),
            stopped: Mutex::default(),
            away: Mutex::default(),
        }
    }
}

impl Seen {
    pub(super) fn positions(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    pub(super) fn position(&self) -> Position {
        *self.head.borrow()
    }

    /// The log goes to here at least.
    pub(super) fn reached(&self, position: Position) {
        self.head.send_if_modified(|known| {
            let further = position > *known;
            *known = position.max(*known);
            further
        });
    }

    /// This event stands here.
    pub(super) fn stands(&self, position: Position, event: Uuid) {
        *self.mark.lock() = Some((position, EventId(event)));
        self.reached(position);
    }

    pub(super) fn mark(&self) -> Option<(Position, EventId)> {
        *self.mark.lock()
    }

    /// Whether the log that is there now can be the one that was seen. `before`: how far it had gone before we asked.
    pub(super) fn compare(&self, before: Position, now: Position) -> Result<(), LogError> {
        self.stopped()?;
        if now < before {
            return Err(self.diverge(before, format!("the log ends at {now} now")));
        }
        Ok(())
    }

    /// Whether the event that stood at the mark stands there still.
    pub(super) fn compare_mark(
        &self,
        marked: Option<(Position, EventId)>,
        now: Option<Uuid>,
    ) -> Result<(), LogError> {
        match marked {
            Some((position, event)) if now != Some(event.0) => {
                Err(self.diverge(position, "another event stands there now".to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// The error that this node has stopped with for good, if it has.
    pub(super) fn stopped(&self) -> Result<(), LogError> {
        self.stopped.lock().clone().map_or(Ok(()), Err)
    }

    /// The same, or that the server has been away for long.
    pub(super) fn goes_on(&self) -> Result<(), LogError> {
        self.stopped()?;
        match &*self.away.lock() {
            Some((since, why)) if since.elapsed() > RESTARTING => Err(LogError::Away(why.clone())),
            _ => Ok(()),
        }
    }

    /// Nobody is let in at the server.
    pub(super) fn is_away(&self, why: String) {
        let mut away = self.away.lock();
        if let Some((_, before)) = &mut *away {
            *before = why;
        } else {
            tracing::warn!(why, "the database does not answer");
            *away = Some((Instant::now(), why));
        }
    }

    /// The server lets somebody in.
    pub(super) fn is_back(&self) {
        if self.away.lock().take().is_some() {
            tracing::info!("the database answers again");
        }
    }

    fn diverge(&self, position: Position, what: String) -> LogError {
        let error = LogError::Diverged { position, what };
        tracing::error!(%error, "this node stops: the database went back to another history");
        self.stopped.lock().get_or_insert(error).clone()
    }

    /// The tables are those of a newer program.
    pub(super) fn outgrown(&self) {
        if self.stopped().is_ok() {
            tracing::error!("this node stops: a newer Seatbook made the tables of the database");
            self.stopped.lock().get_or_insert(LogError::Outgrown);
        }
    }
}
