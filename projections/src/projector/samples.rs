//! What a server's planner knows of the read models' tables.
//!
//! It samples a table by itself once a tenth of its rows have changed, up to a minute later. Between an import and that,
//! a list is planned as if nobody were on it.

use eventlog::{LogError, Position};

use super::Projector;
use crate::{ReadModel, sql::Dialect, status, store::Models};

/// Fewer events are not worth it: autovacuum does it.
const LEAST: u64 = 10_000;

/// Which tables are to be sampled anew.
#[derive(Default)]
pub(super) struct Samples {
    /// Events that this node has applied since.
    applied: u64,
    /// Those that are still to be done.
    due: Vec<&'static dyn ReadModel>,
}

impl Samples {
    pub(super) fn note(&mut self, events: u64) {
        self.applied += events;
    }

    /// The next one to be done, once the lists have caught up.
    fn next(&mut self, models: Models, head: Position) -> Option<&'static dyn ReadModel> {
        if self.applied >= LEAST.max(head / 10) {
            self.applied = 0;
            self.due = models.to_vec();
        }
        self.due.pop()
    }
}

impl Projector {
    /// Has the tables of one read model sampled, if many rows of them are new; whether it did. One at a time, so that
    /// nobody waits long for a list meanwhile.
    pub(super) async fn sample_next(&self) -> bool {
        if self.store.dialect() == Dialect::Sqlite {
            return false;
        }
        let head = *self.store.log().head().borrow();
        let next = self.desk.lock().await.samples.next(self.store.models(), head);
        let Some(model) = next else { return false };
        let sampled = self.store.write(move |conn| Ok::<_, LogError>(status::learn(conn, model)?)).await;
        if let Err(error) = sampled {
            // A rebuild may have the table, or it is another role's. The server comes to it.
            tracing::debug!(%error, model = model.name(), "a read model was not sampled");
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MODELS;

    #[test]
    fn tables_are_sampled_once_a_tenth_is_new() {
        let mut samples = Samples::default();
        let mut done = |events, head| {
            samples.note(events);
            std::iter::from_fn(|| samples.next(&MODELS, head)).count()
        };
        assert_eq!(done(LEAST - 1, LEAST - 1), 0);
        assert_eq!(done(1, LEAST), MODELS.len());
        assert_eq!(done(LEAST, 1_000_000), 0);
        assert_eq!(done(90_000, 1_000_000), MODELS.len());
        assert_eq!(done(0, 1_000_000), 0);
    }
}
