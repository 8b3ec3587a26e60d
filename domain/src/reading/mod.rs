//! A reading: somebody of staff reads people's data of one kind, of one license, within an hour.

pub mod event;
pub mod state;

pub use event::{ReadKind, ReadingEvent};
pub use state::{Reading, ReadingCommand, decide};
