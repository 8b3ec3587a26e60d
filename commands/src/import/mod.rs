//! `AddUsers`, `InviteUser` and `RemoveUsers`: any number of people, pasted or from a CSV file.
//!
//! One request is one import. Its items are decided in the order given and committed in chunks, each exactly
//! once; every item has one outcome. A preview is decided by the same code and commits nothing of it.

mod apply;
mod chunk;
mod commit;
mod decided;
mod duplicates;
mod fault;
mod input;
pub mod intake;
mod outcome;
mod parts;
mod reading;
mod run;
mod undo;

pub(crate) use apply::is_one_chunk;
pub(crate) use commit::derived;
pub use fault::{InputError, TooLarge, TooLong, size};
pub(crate) use input::Checked;
pub use input::Input;
pub use outcome::{ItemOutcome, Report};
pub(crate) use reading::{BUDGET, checked};
pub use run::ImportRequest;
pub(crate) use run::{Run, import_id, undo_id};
