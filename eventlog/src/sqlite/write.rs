//! Changes to tables beside the log, on the one connection that writes.

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::{outcome::LogError, queue};

/// What is changed, as [`super::Database::write`] takes it.
pub(super) type Run = Box<dyn FnOnce(&Connection) -> Result<(), LogError> + Send>;

/// A write that waits.
pub(super) struct Write {
    pub run: Run,
    pub weight: usize,
    pub reply: oneshot::Sender<Result<(), LogError>>,
}

impl queue::Weigh for Write {
    fn weight(&self) -> usize {
        self.weight
    }
}

pub(super) type Queue = queue::Queue<Write>;
pub(super) type Batch = queue::Batch<Write>;
