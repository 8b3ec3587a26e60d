//! What a commit came to, and what an engine could not do.

use std::time::Duration;

use crate::{
    contract::{SeatPool, Seats},
    recorded::{Position, Revision, StreamId},
};

/// What a commit came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is durable.
    Committed(Receipt),
    /// The command was committed before; this is its first result. Nothing was written.
    AlreadyDone(Receipt),
    /// What the decision rested on has changed. Nothing was written: load again and decide again.
    Conflict(Conflict),
    /// A pool has not enough left. Nothing was written.
    SeatLimit {
        /// Which pool.
        pool: SeatPool,
        /// How it stands.
        seats: Seats,
    },
    /// The command id was used for something else before. Nothing was written.
    CommandReused,
    /// Nobody knows whether it was written: ask again with the same command id.
    Unknown,
}

/// What stood in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// A stream is at another revision.
    Revision {
        /// Which stream.
        stream: StreamId,
        /// Where it is.
        actual: Revision,
    },
    /// The address has somebody already.
    EmailTaken,
    /// The person has a membership of this license already.
    MemberTaken,
    /// The key or its hash is there already.
    KeyTaken,
    /// The pool is there already, or isn't there.
    Pool,
    /// Somebody who is to be erased was named by an event since it was looked who names them.
    Named,
}

/// A commit's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The position of the commit's last event; of the log's head then, if it had none.
    pub position: Position,
    /// The commit's own result, as given first.
    pub result: Vec<u8>,
    /// How long the commit held the log. Zero when it was done before.
    pub held: Duration,
    /// Whether others waited meanwhile, or somebody came with an interactive commit a moment ago: who writes in bulk
    /// should hold the log for short times only.
    pub others_waited: bool,
}

/// Something that the engine could not do. Nothing was written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LogError {
    /// Another process has the database open.
    #[error("{path} is in use by process {pid}")]
    InUse {
        /// The database.
        path: String,
        /// Who has it.
        pid: u32,
        /// Where that process answers, if it is a server.
        socket: Option<std::path::PathBuf>,
    },
    /// The file that was named can't be opened.
    #[error("{} can't be opened: {what}", path.display())]
    Unopened {
        /// The file.
        path: std::path::PathBuf,
        /// Why not.
        what: String,
        /// What to do.
        hint: &'static str,
    },
    /// The disk is full.
    #[error("the disk that holds the database is full; free some space and try again")]
    DiskFull,
    /// The engine has stopped, and why.
    #[error("the log has stopped: {0}")]
    Stopped(String),
    /// The server has been away for long, and how that shows. It is looked for; nobody is kept waiting for it.
    #[error("the database has been away for long: {0}")]
    Away(String),
    /// The log holds something that can't be.
    #[error("the log is damaged at position {position}: {what}")]
    Damaged {
        /// Where.
        position: Position,
        /// What.
        what: String,
    },
    /// The log went back to another history: a standby that lacked the end of it was promoted, or a backup restored.
    /// This node knows more than there is, and does nothing more.
    #[error("history_diverged: the log was seen to go to position {position}, but {what}")]
    Diverged {
        /// What was seen.
        position: Position,
        /// What is there now.
        what: String,
    },
    /// A newer program made the tables, and this one must not use them any more. This node does nothing more.
    #[error("outgrown: a newer Seatbook made the tables of the database, which this one must not use")]
    Outgrown,
    /// Anything else that the database said.
    #[error("the database failed: {0}")]
    Database(String),
}
