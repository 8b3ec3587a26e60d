//! The read side: one file per read model, with its table, its apply and its query together, and the one
//! loop that feeds them.
//!
//! A page of events, the rows that it changes and the checkpoint commit together: exactly once in effect. An
//! event that can't be applied stops its read model visibly; it is never skipped.

mod ahead;
pub mod audit;
mod columns;
pub mod cursor;
pub mod directory;
pub mod erasures;
pub mod error;
pub mod imports;
pub mod invites;
pub mod key_joins;
mod known;
pub mod licenses;
pub mod members;
pub mod model;
mod number;
pub mod projector;
pub mod rebuild;
pub mod replay;
pub mod spans;
pub mod status;
pub mod store;
pub mod tree;
pub mod why;

pub use ::sql::{self, values};
pub use cursor::Cursor;
pub use error::{ApplyError, QueryError};
pub use known::{Known, News};
pub use model::{MODELS, ReadModel};
pub use projector::Projector;
pub use status::ModelStatus;
pub use store::ReadStore;
