//! How far an import may be ahead of what follows the log.

use std::{pin::Pin, sync::Arc};

use eventlog::Position;

/// Waits, for a bounded time, until what follows the log is not far behind a position.
type Wait = dyn Fn(Position) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync;

/// Keeps imports from running away from the lists: whoever adds one person beside them waits for no more than the lists
/// are behind. All of an import is in the lists no later for it, as those are what takes the time.
#[derive(Clone, Default)]
pub struct Backpressure(Option<Arc<Wait>>);

impl Backpressure {
    /// That of whatever is waited for here.
    pub fn of<F: Future<Output = ()> + Send + 'static>(
        wait: impl Fn(Position) -> F + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(move |position| Box::pin(wait(position)))))
    }

    /// Waits until more may come behind a position.
    pub(crate) async fn wait(&self, position: Position) {
        if let Some(wait) = &self.0 {
            wait(position).await;
        }
    }
}
