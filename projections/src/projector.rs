//! The one loop that feeds the read models.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use eventlog::{Database, EventLog, LogError, Position, Recorded};
use rusqlite::Connection;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    QueryError,
    status::{self, Checkpoint},
};

/// Feeds the read models, and knows how far each is.
#[derive(Clone)]
pub struct Projector {
    pub(crate) db: Database,
    progress: watch::Sender<Progress>,
    stop: CancellationToken,
    task: Arc<parking_lot::Mutex<Option<tokio::task::JoinHandle<()>>>>,
    /// The loop and a rebuild take turns: neither prepares a page that the other has done.
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// How far each live read model is; where it stopped, and why.
#[derive(Debug, Clone, Default)]
struct Progress(BTreeMap<&'static str, (Position, Option<String>)>);

/// Events in a page: enough to fold well, few enough that nobody waits long behind it.
const PAGE: usize = 1_000;

/// A missed notification costs at most so long.
const WAKE: Duration = Duration::from_millis(500);

/// How long a reader waits for a position before it is told how far the list is.
pub const PATIENCE: Duration = Duration::from_secs(5);

impl Projector {
    /// Makes what tables are missing, and begins to feed them.
    pub async fn start(db: Database) -> Result<Self, LogError> {
        db.write(1, |conn| status::prepare(conn).map_err(eventlog::sqlite::database_error)).await?;
        let checkpoints = load(&db).await?;
        let projector = Self {
            db,
            progress: watch::channel(Progress::of(&checkpoints)).0,
            stop: CancellationToken::new(),
            task: Arc::default(),
            turn: Arc::default(),
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
        let mut head = self.db.head();
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
        let _turn = self.turn.lock().await;
        let checkpoints = load(&self.db).await?;
        let going: Vec<Checkpoint> = checkpoints.iter().filter(|c| c.stopped.is_none()).cloned().collect();
        // The live ones first: what is built beside them may take its time.
        let head = *self.db.head().borrow();
        let behind = |live: bool| going.iter().filter(move |c| c.is_live() == live && c.position < head);
        let Some(from) = behind(true).map(|c| c.position).min().or_else(|| behind(false).map(|c| c.position).min())
        else {
            self.progress.send_replace(Progress::of(&checkpoints));
            return Ok(false);
        };
        let page = self.db.read_after(from, PAGE).await?;
        let events = page.events;
        if events.is_empty() {
            return Ok(false);
        }
        let checkpoints = self.db.write(events.len(), move |conn| apply_page(conn, &going, &events)).await?;
        self.progress.send_modify(|progress| progress.update(&checkpoints));
        Ok(true)
    }

    /// Waits, for a bounded time, until a live read model has reached a position.
    pub async fn reached(&self, name: &'static str, wanted: Position) -> Result<(), QueryError> {
        let mut progress = self.progress.subscribe();
        let there = |p: &Progress| p.0.get(name).is_some_and(|(at, stopped)| *at >= wanted || stopped.is_some());
        let waited = tokio::time::timeout(PATIENCE, progress.wait_for(there)).await;
        drop(waited);
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

    /// The database, for queries.
    pub fn database(&self) -> &Database {
        &self.db
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

async fn load(db: &Database) -> Result<Vec<Checkpoint>, LogError> {
    db.read(|conn| status::checkpoints(conn).map_err(eventlog::sqlite::database_error)).await
}

/// Applies a page to every read model that stands within it, and moves their checkpoints: one transaction.
fn apply_page(conn: &Connection, going: &[Checkpoint], events: &[Recorded]) -> Result<Vec<Checkpoint>, LogError> {
    let (first, last) = match (events.first(), events.last()) {
        (Some(first), Some(last)) => (first.position, last),
        _ => return Ok(Vec::new()),
    };
    let mut moved = Vec::with_capacity(going.len());
    for checkpoint in going {
        if checkpoint.position + 1 < first || checkpoint.position >= last.position {
            continue;
        }
        let news = events.iter().position(|e| e.position > checkpoint.position).unwrap_or_default();
        moved.push(checkpoint.follow(conn, &events[news..], last).map_err(eventlog::sqlite::database_error)?);
    }
    Ok(moved)
}
