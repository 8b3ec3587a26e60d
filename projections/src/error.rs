//! What can go wrong on the read side.

use eventlog::{LogError, Position};

/// An event that a read model can't apply. It stops there, for everybody to see.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The event does not fit what came before.
    #[error("event {position}: {what}")]
    Event {
        /// Which event.
        position: Position,
        /// What does not fit.
        what: String,
    },
    /// The database.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

impl ApplyError {
    /// An event that does not fit.
    pub(crate) fn event(position: Position, what: impl Into<String>) -> Self {
        Self::Event { position, what: what.into() }
    }
}

/// A question that can't be answered.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The cursor is of another list, of another version, or points to something that is gone.
    #[error("the cursor does not belong to this list, or has become stale")]
    StaleCursor,
    /// The combination of sort and filters is not offered.
    #[error("{0}")]
    NotOffered(String),
    /// The read model did not reach the asked position in time.
    #[error("the list is at position {at} and did not reach {wanted} in time")]
    Behind {
        /// Where it is.
        at: Position,
        /// What was asked for.
        wanted: Position,
    },
    /// The read model has stopped.
    #[error("the read model {name} has stopped: {why}")]
    Stopped {
        /// Which.
        name: &'static str,
        /// Why.
        why: String,
    },
    /// The read model was made from another log than the one that is here now.
    #[error("the read model {name} is of another history than the log")]
    Diverged {
        /// Which.
        name: &'static str,
    },
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl From<rusqlite::Error> for QueryError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Log(eventlog::sqlite::database_error(error))
    }
}
