//! What a server does by itself, but too late for those who ask meanwhile.
//!
//! It samples a table once a tenth of its rows have changed, up to a minute later: until then a list is planned as if nobody
//! who just came were on it. And what new rows hold for a search is only taken down at first, in up to 4 MB that each search goes
//! through: 0.03 ms for a row.

use eventlog::{LogError, Position};

use super::Projector;
use crate::{
    ReadModel,
    sql::{Dialect, SqlError},
    status,
    store::Models,
};

/// For fewer events sampling is not worth it: autovacuum does it.
const SAMPLED: u64 = 10_000;

/// Fewer events keep a search waiting for some 15 ms.
const SETTLED: u64 = 500;

/// What is to be done.
#[derive(Clone, Copy)]
enum Chore {
    /// What searches read is put in its place.
    Settle,
    /// The tables of a read model are sampled.
    Sample(&'static dyn ReadModel),
}

/// What is to be done once the lists have caught up.
#[derive(Default)]
pub(super) struct Chores {
    /// Events that this node has applied since the tables were sampled.
    since_sampled: u64,
    /// And since searches were last settled.
    since_settled: u64,
    due: Vec<Chore>,
}

impl Chores {
    pub(super) fn note(&mut self, events: u64) {
        self.since_sampled += events;
        self.since_settled += events;
    }

    fn next(&mut self, models: Models, head: Position) -> Option<Chore> {
        if self.since_sampled >= SAMPLED.max(head / 10) {
            self.since_sampled = 0;
            self.due = models.iter().copied().map(Chore::Sample).collect();
        }
        if self.since_settled >= SETTLED {
            self.since_settled = 0;
            self.due.push(Chore::Settle);
        }
        self.due.pop()
    }
}

impl Projector {
    /// Does what is to be done next for the sake of a server; whether there was anything. One at a time, so that nobody waits
    /// long for a list meanwhile.
    pub(super) async fn do_next_chore(&self) -> bool {
        if self.store.dialect() == Dialect::Sqlite {
            return false;
        }
        let head = *self.store.log().head().borrow();
        let models = self.store.models();
        let Some(chore) = self.desk.lock().await.chores.next(models, head) else { return false };
        let done = self.store.write(move |conn| {
            let done: Result<(), SqlError> = match chore {
                Chore::Settle => models.iter().try_for_each(|model| model.settle(conn)),
                Chore::Sample(model) => status::learn(conn, model),
            };
            Ok::<_, LogError>(done?)
        });
        if let Err(error) = done.await {
            // A rebuild may have the table, or it is another role's. The server comes to it.
            tracing::debug!(%error, "a chore was left to the server");
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
        let mut chores = Chores::default();
        let mut sampled = |events, head| {
            chores.note(events);
            let due = std::iter::from_fn(|| chores.next(&MODELS, head));
            due.filter(|chore| matches!(chore, Chore::Sample(_))).count()
        };
        assert_eq!(sampled(SAMPLED - 1, SAMPLED - 1), 0);
        assert_eq!(sampled(1, SAMPLED), MODELS.len());
        assert_eq!(sampled(SAMPLED, 1_000_000), 0);
        assert_eq!(sampled(90_000, 1_000_000), MODELS.len());
        assert_eq!(sampled(0, 1_000_000), 0);
    }

    #[test]
    fn searches_are_settled_after_some_hundred_events_and_before_anything_else() {
        let mut chores = Chores::default();
        chores.note(SETTLED - 1);
        assert!(chores.next(&MODELS, SAMPLED).is_none());
        chores.note(1);
        assert!(matches!(chores.next(&MODELS, SAMPLED), Some(Chore::Settle)));
        assert!(chores.next(&MODELS, SAMPLED).is_none());
        chores.note(SAMPLED);
        assert!(matches!(chores.next(&MODELS, SAMPLED), Some(Chore::Settle)));
        assert!(matches!(chores.next(&MODELS, SAMPLED), Some(Chore::Sample(_))));
    }
}
