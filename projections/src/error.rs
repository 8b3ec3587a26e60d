//! What can go wrong on the read side.

use eventlog::{LogError, Position};

use crate::sql::SqlError;

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
    Database(#[from] SqlError),
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
    #[error("cursor: it is not of this list in this order with these filters, or has become stale")]
    StaleCursor,
    /// There is nothing like it here, or not in this combination.
    #[error("{what}")]
    NotOffered {
        /// What was asked for, by the name and the value that it came with.
        what: String,
        /// What can be asked for.
        instead: String,
    },
    /// The read model did not reach the asked position in time.
    #[error("the list is at position {at} and did not reach {wanted} in time")]
    Behind {
        /// Where it is.
        at: Position,
        /// What was asked for.
        wanted: Position,
        /// What keeps it from going on, if it is known.
        why: Option<String>,
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
    /// The read model lacks something that it had at a position that it has reached.
    #[error("the read model {name} is damaged: it lacks a part of what it holds")]
    Damaged {
        /// Which.
        name: &'static str,
    },
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl QueryError {
    /// What is not offered, and what is.
    pub(crate) fn not_offered(what: impl Into<String>, instead: impl Into<String>) -> Self {
        Self::NotOffered { what: what.into(), instead: instead.into() }
    }
}

/// What somebody gave, to be told back: not all of it if it is long, and nothing in it that a terminal obeys.
pub(crate) fn quoted(given: &str) -> String {
    let most: String = given.chars().take(80).collect();
    format!("{most:?}")
}

impl From<SqlError> for QueryError {
    fn from(error: SqlError) -> Self {
        Self::Log(error.into())
    }
}
