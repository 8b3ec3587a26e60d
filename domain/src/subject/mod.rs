//! The subject: a person of the whole installation, as far as the log knows them. What there is to tell is that they
//! were erased.

pub mod event;
pub mod state;

pub use event::{ErasureBasis, SubjectEvent};
pub use state::{Subject, SubjectCommand, decide};
