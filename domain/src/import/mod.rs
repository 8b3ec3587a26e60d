//! The import: one upload or paste, applied in chunks, each exactly once.

pub mod event;
pub mod state;

pub use event::{ImportEvent, ImportMode};
pub use state::{Import, ImportCommand, Phase, decide};
