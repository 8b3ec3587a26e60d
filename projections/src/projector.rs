//! The one loop that feeds the read models.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use eventlog::{EventLog, LogError, Position, Recorded, sqlite::database_error};
use rusqlite::Connection;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    QueryError, ReadStore,
    ahead::PagesAhead,
    status::{self, Checkpoint},
};

/// Feeds the read models, and knows how far each is.
#[derive(Clone)]
pub struct Projector {
    pub(crate) store: ReadStore,
    progress: watch::Sender<Progress>,
    stop: CancellationToken,
    task: Arc<parking_lot::Mutex<Option<JoinHandle<()>>>>,
    /// The loop and a rebuild take turns: neither prepares a page that the other has done.
    pub(crate) desk: Arc<tokio::sync::Mutex<Desk>>,
    /// One rebuild at a time.
    pub(crate) rebuilding: Arc<tokio::sync::Mutex<()>>,
}

/// Where pages are prepared.
#[derive(Default)]
pub(crate) struct Desk {
    turn: Turn,
    /// Pages that are being read while others are applied.
    ahead: Option<PagesAhead>,
}

/// Who gets the next page, where several are behind by different distances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Turn {
    /// The least far behind: people look at those.
    #[default]
    First,
    /// The farthest behind, which otherwise never ended while writes go on.
    Last,
}

impl Turn {
    /// From where the next page is read.
    fn pick(&mut self, behind: &BTreeSet<Position>) -> Option<Position> {
        let (next, turn) = match self {
            Self::First => (behind.last(), Self::Last),
            Self::Last => (behind.first(), Self::First),
        };
        *self = turn;
        next.copied()
    }
}

/// How far each live read model is; where it stopped, and why.
#[derive(Debug, Clone, Default)]
struct Progress(BTreeMap<&'static str, (Position, Option<String>)>);

/// Events in a page: read and decoded at once while the one before it is applied.
const PAGE: usize = 2_500;

/// Events in a transaction, about, while there are more: an index whose keys come in no order has each of its
/// pages written once for all of them.
const BATCH: usize = 50_000;

/// A missed notification costs at most so long.
const WAKE: Duration = Duration::from_millis(500);

/// How long a reader waits for a position before it is told how far the list is.
pub const PATIENCE: Duration = Duration::from_secs(5);

impl Projector {
    /// Makes what tables are missing, and begins to feed them.
    pub async fn start(store: ReadStore) -> Result<Self, LogError> {
        store.write(|conn| status::prepare(conn).map_err(database_error)).await?;
        let checkpoints = load(&store).await?;
        let projector = Self {
            store,
            progress: watch::channel(Progress::of(&checkpoints)).0,
            stop: CancellationToken::new(),
            task: Arc::default(),
            desk: Arc::default(),
            rebuilding: Arc::default(),
        };
        let looping = projector.clone();
        *projector.task.lock() = Some(tokio::spawn(async move { looping.run().await }));
        Ok(projector)
    }

    /// Ends the loop after the page that it is at.
    pub async fn stop(&self) {
        self.stop.cancel();
        let task = self.task.lock().take();
        if let Some(task) = task {
            // A loop that panicked has ended, too.
            let _ = task.await;
        }
    }

    async fn run(&self) {
        let mut head = self.store.log().head();
        while !self.stop.is_cancelled() {
            match self.feed().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(%error, "the read models can't be fed; trying again");
                    tokio::time::sleep(WAKE).await;
                }
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                _ = tokio::time::timeout(WAKE, head.changed()) => {}
            }
        }
    }

    /// Applies one page. Whether there may be more.
    pub(crate) async fn feed(&self) -> Result<bool, LogError> {
        let mut desk = self.desk.lock().await;
        let checkpoints = load(&self.store).await?;
        let going: Vec<Checkpoint> = checkpoints.iter().filter(|c| c.stopped.is_none()).cloned().collect();
        let head = *self.store.log().head().borrow();
        let behind: BTreeSet<Position> = going.iter().map(|c| c.position).filter(|p| *p < head).collect();
        let Some(from) = desk.turn.pick(&behind) else {
            self.progress.send_replace(Progress::of(&checkpoints));
            return Ok(false);
        };
        let checkpoints = match self.readable(&mut desk, from).await? {
            Ok(events) if events.is_empty() => return Ok(false),
            Ok(events) => {
                let events = Arc::new(events);
                let (page, ahead, models) = (Arc::clone(&events), desk.ahead.take(), going.clone());
                let applied = self.store.write(move |conn| apply_pages(conn, models, &page, ahead)).await;
                match applied {
                    Ok((moved, ahead)) => {
                        desk.ahead = ahead;
                        moved
                    }
                    Err(NotApplied::Log(error)) => return Err(error),
                    // Who can't apply an event stops right before it, and the others don't.
                    Err(NotApplied::Event) => {
                        self.store.write(move |conn| apply_carefully(conn, &going, &events)).await?
                    }
                }
            }
            Err(why) => self.store.write(move |conn| stop_all(conn, &going, from, &why)).await?,
        };
        self.progress.send_modify(|progress| progress.update(&checkpoints));
        Ok(true)
    }

    /// The next events, as far as they can be read; or why the very next one can't.
    async fn readable(
        &self,
        desk: &mut Desk,
        from: Position,
    ) -> Result<Result<Vec<Recorded>, String>, LogError> {
        let expected = match desk.ahead.take() {
            Some(mut ahead) if ahead.next == from => ahead.take().await.map(|page| (page, ahead)),
            _ => None,
        };
        let next = if let Some(next) = expected {
            next
        } else {
            let mut ahead = PagesAhead::read(self.store.log().clone(), from, PAGE);
            (ahead.take().await.unwrap_or_else(|| Ok(Vec::new())), ahead)
        };
        match next {
            (Ok(events), ahead) => {
                desk.ahead = Some(ahead);
                Ok(Ok(events))
            }
            (Err(damaged @ LogError::Damaged { position, .. }), _) if position == from + 1 => {
                Ok(Err(damaged.to_string()))
            }
            (Err(LogError::Damaged { position, .. }), _) if position > from => {
                let good = usize::try_from(position - from - 1).unwrap_or(PAGE);
                Ok(Ok(self.store.log().read_after(from, good).await?.events))
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Looks up how far the read models are.
    pub(crate) async fn refresh(&self) -> Result<(), LogError> {
        let _desk = self.desk.lock().await;
        self.progress.send_replace(Progress::of(&load(&self.store).await?));
        Ok(())
    }

    /// Waits, for a bounded time, until a live read model has reached a position.
    pub async fn reached(&self, name: &'static str, wanted: Position) -> Result<(), QueryError> {
        let mut progress = self.progress.subscribe();
        let there =
            |p: &Progress| p.0.get(name).is_some_and(|(at, stopped)| *at >= wanted || stopped.is_some());
        // In time or not: what counts is where it is now.
        drop(tokio::time::timeout(PATIENCE, progress.wait_for(there)).await);
        let (at, stopped) = self.progress.borrow().0.get(name).cloned().unwrap_or_default();
        match stopped {
            _ if at >= wanted => Ok(()),
            Some(why) => Err(QueryError::Stopped { name, why }),
            None => Err(QueryError::Behind { at, wanted }),
        }
    }

    /// Waits until every read model that goes on has reached a position.
    pub async fn caught_up(&self, wanted: Position) {
        let mut progress = self.progress.subscribe();
        let there = |p: &Progress| p.0.values().all(|(at, stopped)| *at >= wanted || stopped.is_some());
        // The sender lives as long as this projector.
        let _ = progress.wait_for(there).await;
    }

    /// Whether a live read model has stopped.
    pub(crate) fn has_stopped(&self, model: &dyn crate::ReadModel) -> bool {
        self.progress.borrow().0.get(model.name()).is_some_and(|(_, stopped)| stopped.is_some())
    }

    /// Where the read models are, for queries.
    pub fn store(&self) -> &ReadStore {
        &self.store
    }
}

impl Progress {
    fn of(checkpoints: &[Checkpoint]) -> Self {
        let mut progress = Self::default();
        progress.update(checkpoints);
        progress
    }

    fn update(&mut self, checkpoints: &[Checkpoint]) {
        for checkpoint in checkpoints.iter().filter(|c| c.is_live()) {
            self.0.insert(checkpoint.model.name(), (checkpoint.position, checkpoint.stopped.clone()));
        }
    }
}

async fn load(store: &ReadStore) -> Result<Vec<Checkpoint>, LogError> {
    store.read(|conn| status::checkpoints(conn).map_err(database_error)).await
}

/// Why pages were not applied: nothing of them was written.
enum NotApplied {
    /// A read model can't follow an event.
    Event,
    /// The database.
    Log(LogError),
}

impl From<LogError> for NotApplied {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

/// Applies a page, and those behind it that are there already: one transaction. Without a savepoint, which
/// would copy each page of the file before it is changed.
fn apply_pages(
    conn: &Connection,
    mut going: Vec<Checkpoint>,
    page: &[Recorded],
    mut ahead: Option<PagesAhead>,
) -> Result<(Vec<Checkpoint>, Option<PagesAhead>), NotApplied> {
    let apply = |going: &mut Vec<Checkpoint>, page: &[Recorded]| {
        for checkpoint in going.iter_mut() {
            if let Some(news) = checkpoint.news(page) {
                *checkpoint = checkpoint.follow(conn, news).map_err(|_| NotApplied::Event)?;
            }
        }
        Ok::<_, NotApplied>(page.len())
    };
    let mut applied = apply(&mut going, page)?;
    while applied < BATCH
        && let Some(page) = ahead.as_mut().and_then(PagesAhead::take_ready)
    {
        applied += apply(&mut going, &page)?;
    }
    Ok((going, ahead))
}

/// Applies a page; a read model that can't follow stops right before the event.
fn apply_carefully(
    conn: &Connection,
    going: &[Checkpoint],
    page: &[Recorded],
) -> Result<Vec<Checkpoint>, LogError> {
    let follow = |checkpoint: &Checkpoint| match checkpoint.news(page) {
        Some(news) => checkpoint.follow_carefully(conn, news),
        None => Ok(checkpoint.clone()),
    };
    going.iter().map(follow).collect::<Result<_, _>>().map_err(database_error)
}

/// An event that can't be read stops every read model that comes to it.
fn stop_all(
    conn: &Connection,
    going: &[Checkpoint],
    at: Position,
    why: &str,
) -> Result<Vec<Checkpoint>, LogError> {
    let there = going.iter().filter(|checkpoint| checkpoint.position == at);
    there
        .map(|checkpoint| checkpoint.stop(conn, why.to_owned()))
        .collect::<Result<_, _>>()
        .map_err(database_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_nearly_there_and_who_is_far_behind_get_a_page_by_turns() {
        let behind = BTreeSet::from([0, 500_000, 999_990]);
        let mut turn = Turn::default();
        let pages: Vec<_> = (0..4).filter_map(|_| turn.pick(&behind)).collect();
        assert_eq!(pages, [999_990, 0, 999_990, 0]);
        assert_eq!(turn.pick(&BTreeSet::new()), None);
    }
}
