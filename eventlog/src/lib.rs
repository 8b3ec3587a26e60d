//! The append-only log: one contract, several engines, one conformance suite.
//!
//! Events stay for ever and hold no personal data. Beside them, in the same commits, stand the tables that
//! decisions rest on and that are no part of the log: the directory (who is behind a subject id), who is a
//! member of what, the seat pools, the hashes of license keys, the results of commands, and refused rows.

pub mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod contract;
pub mod faults;
pub mod files;
pub mod outcome;
pub mod postgres;
mod queue;
pub mod recorded;
pub mod replay;
mod spellings;
pub mod sqlite;
pub mod stored;
pub mod untyped;

pub use clock::Clock;
pub use contract::{
    Append, CommandKey, Commit, DirectoryClaim, Erase, EventLog, ImportFile, KeyClaim, KnownPerson, Lane,
    MemberClaim, NewEvent, PlaceAsked, PlaceFound, PoolChange, Refused, RefusedRow, SeatChange, SeatPool,
    Seats, Traces,
};
pub use outcome::{Conflict, LogError, Outcome, Receipt};
pub use postgres::Postgres;
pub use recorded::{Page, Position, Recorded, Revision, StreamId, StreamKind};
pub use replay::Replay;
pub use spellings::Spellings;
pub use sqlite::Database;
pub use stored::Stored;
