//! The one loop that feeds the read models.

mod apply;
mod chores;
mod progress;

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use eventlog::{LogError, Position, faults::place};
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    ReadStore,
    ahead::{KnownPage, PagesAhead},
    sql::{Conn, Dialect},
    status::{self, Checkpoint},
};
use apply::{NotApplied, apply_carefully, apply_pages, stop_all};
use chores::Chores;
pub use progress::PATIENCE;
use progress::Progress;

/// Feeds the read models, and knows how far each is.
#[derive(Clone)]
pub struct Projector {
    pub(crate) store: ReadStore,
    progress: watch::Sender<Progress>,
    /// What keeps the loop from going on just now.
    trouble: watch::Sender<Option<String>>,
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
    chores: Chores,
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

/// Events in a page: read and decoded at once while the one before it is applied. Where a page costs round trips, there
/// are more in it.
const fn page(engine: Dialect) -> usize {
    match engine {
        Dialect::Sqlite => 2_500,
        Dialect::Postgres { .. } => 10_000,
    }
}

/// After so long a node looks again how far another one is that applies a page.
const A_MOMENT: Duration = Duration::from_millis(10);

/// A missed notification costs at most so long.
const WAKE: Duration = Duration::from_millis(500);

/// So often a node looks for those of other versions.
const LOOK: Duration = Duration::from_secs(5);

impl Projector {
    /// Makes what tables are missing, and begins to feed them.
    pub async fn start(store: ReadStore) -> Result<Self, LogError> {
        prepare(&store).await?;
        let checkpoints = load(&store).await?;
        let projector = Self {
            store,
            progress: watch::channel(Progress::of(&checkpoints)).0,
            trouble: watch::Sender::new(None),
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
        let mut looked = Instant::now();
        while !self.stop.is_cancelled() {
            if looked.elapsed() >= LOOK {
                self.look_around().await;
                looked = Instant::now();
            }
            let fed = self.feed().await;
            self.told(fed.as_ref().err());
            match fed {
                Ok(true) => continue,
                Ok(false) if self.do_next_chore().await => continue,
                Ok(false) => {}
                Err(_) => tokio::time::sleep(WAKE).await,
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                _ = tokio::time::timeout(WAKE, head.changed()) => {}
            }
        }
    }

    /// Sees to it that nodes of other versions know of this one, and tidies up behind those that have gone.
    async fn look_around(&self) {
        let looked = async {
            if self.store.be_present().await? {
                prepare(&self.store).await?;
            }
            self.store.remove_left_behind().await
        };
        match looked.await {
            Ok(0) => {}
            Ok(n) => tracing::info!(n, "read models of other versions, which no node had, were removed"),
            // Whoever reads there, or an unreachable server: the next look comes soon.
            Err(error) => tracing::debug!(%error, "read models of other versions were not looked at"),
        }
    }

    /// Takes down what keeps the loop from going on, and says so once.
    fn told(&self, error: Option<&LogError>) {
        let now = error.map(ToString::to_string);
        self.trouble.send_if_modified(|trouble| {
            if *trouble == now {
                return false;
            }
            if let Some(error) = &now {
                tracing::error!(%error, "the read models can't be fed; trying again");
            } else {
                tracing::info!("the read models are fed again");
            }
            *trouble = now;
            true
        });
    }

    /// What keeps the read models from following the log just now, if anything does. It is tried again and again.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.borrow().clone()
    }

    /// Applies one page. Whether there may be more.
    pub(crate) async fn feed(&self) -> Result<bool, LogError> {
        let mut desk = self.desk.lock().await;
        let mut checkpoints = load(&self.store).await?;
        self.show_built(&mut checkpoints).await?;
        let going: Vec<Checkpoint> = checkpoints.iter().filter(|c| c.stopped.is_none()).cloned().collect();
        let head = *self.store.log().head().borrow();
        let behind: BTreeSet<Position> = going.iter().map(|c| c.position).filter(|p| *p < head).collect();
        let Some(from) = desk.turn.pick(&behind) else {
            self.progress.send_replace(Progress::of(&checkpoints));
            return Ok(false);
        };
        let checkpoints = match self.readable(&mut desk, from, status::hashed_behind(&going)).await? {
            Ok(page) if page.events.is_empty() => return Ok(false),
            Ok(page) => {
                let again = Arc::new(page);
                let (page, ahead, models) = (Arc::clone(&again), desk.ahead.take(), going.clone());
                let apply = move |conn: &Conn<'_>| apply_pages(conn, models, &page, ahead);
                let applied = self.store.write_alone(apply).await;
                place("projector.between_pages");
                match applied {
                    Ok(Some((moved, ahead))) => {
                        let reached = moved.iter().map(|checkpoint| checkpoint.position).max();
                        desk.chores.note(reached.map_or(0, |reached| reached.saturating_sub(from)));
                        desk.ahead = ahead;
                        moved
                    }
                    // Another node does it, and is as far as it was when this began.
                    Ok(None) => {
                        self.progress.send_modify(|progress| progress.update(&checkpoints));
                        tokio::time::sleep(A_MOMENT).await;
                        return Ok(true);
                    }
                    Err(NotApplied::Log(error)) => return Err(error),
                    // Who can't apply an event stops right before it, and the others don't.
                    Err(NotApplied::Event) => {
                        self.store.write(move |conn| apply_carefully(conn, &going, &again)).await?
                    }
                }
            }
            Err(why) => self.store.write(move |conn| stop_all(conn, &going, from, &why)).await?,
        };
        self.progress.send_modify(|progress| progress.update(&checkpoints));
        Ok(true)
    }

    /// Lets those be shown that have caught up for the first time.
    async fn show_built(&self, checkpoints: &mut [Checkpoint]) -> Result<(), LogError> {
        let (head, page) = (*self.store.log().head().borrow(), page(self.store.dialect()));
        for checkpoint in checkpoints.iter_mut().filter(|c| c.is_to_be_shown(head, page)) {
            let name = checkpoint.model.name();
            self.store.write(move |conn| Ok::<_, LogError>(status::show(conn, name)?)).await?;
            checkpoint.built = true;
        }
        Ok(())
    }

    /// The next events, as far as they can be read; or why the very next one can't.
    async fn readable(
        &self,
        desk: &mut Desk,
        from: Position,
        hashed_behind: Position,
    ) -> Result<Result<KnownPage, String>, LogError> {
        let expected = match desk.ahead.take() {
            Some(mut ahead) if ahead.next == from && ahead.hashed_behind <= hashed_behind => {
                ahead.take().await.map(|page| (page, ahead))
            }
            _ => None,
        };
        let next = if let Some(next) = expected {
            next
        } else {
            let page = page(self.store.dialect());
            let mut ahead = PagesAhead::read(self.store.clone(), from, page, hashed_behind);
            match ahead.take().await {
                Some(page) => (page, ahead),
                None => return Ok(Ok(KnownPage::default())),
            }
        };
        match next {
            (Ok(page), ahead) => {
                desk.ahead = Some(ahead);
                Ok(Ok(page))
            }
            (Err(damaged @ LogError::Damaged { position, .. }), _) if position == from + 1 => {
                Ok(Err(damaged.to_string()))
            }
            (Err(LogError::Damaged { position, .. }), _) if position > from => {
                let good = usize::try_from(position - from - 1).unwrap_or(1);
                let events = self.store.log().read_stored(from, good).await?.events;
                Ok(Ok(KnownPage::of(&self.store, events, hashed_behind).await?))
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

    /// Where the read models are, for queries.
    pub fn store(&self) -> &ReadStore {
        &self.store
    }
}

async fn prepare(store: &ReadStore) -> Result<(), LogError> {
    let models = store.models();
    store.write(move |conn| Ok::<_, LogError>(status::prepare(conn, models)?)).await
}

async fn load(store: &ReadStore) -> Result<Vec<Checkpoint>, LogError> {
    let models = store.models();
    store.read(move |conn| Ok(status::checkpoints(conn, models)?)).await
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use eventlog::EventLog;

    use super::*;
    use crate::{
        audit::desk::{ADA, Desk},
        members::MembersQuery,
    };

    const PAGE: usize = page(Dialect::Sqlite);

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_committed_during_a_transaction_comes_with_its_people() {
        let desk = Desk::open().await;
        desk.projector.caught_up(*desk.db.head().borrow()).await;
        desk.projector.stop().await;
        let store = desk.projector.store().clone();
        let going = load(&store).await.expect("checkpoints");
        let from = going[0].position;
        desk.add(ADA, "first@school.example").await;
        let page = desk.db.read_stored(from, PAGE).await.expect("a page").events;
        let page = KnownPage::of(&store, page, 0).await.expect("a page");
        let last = page.events.last().expect("events").position;
        let (began, has_begun) = mpsc::channel();
        let (give, take) = mpsc::channel();
        let applying = tokio::spawn(async move {
            let apply = move |conn: &Conn<'_>| {
                began.send(status::head(conn).map_err(LogError::from)?).expect("somebody waits");
                let ahead = take.recv().expect("pages");
                apply_pages(conn, going, &page, Some(ahead))
            };
            store.write(apply).await
        });
        assert_eq!(has_begun.recv().expect("begun"), last);
        desk.add(ADA, "second@school.example").await;
        let ahead = PagesAhead::read(desk.projector.store().clone(), last, PAGE, 0);
        ahead.has_read_one().await;
        give.send(ahead).expect("it is taken");
        let Ok((moved, ahead)) = applying.await.expect("no panic") else { panic!("not applied") };
        assert!(moved.iter().all(|checkpoint| checkpoint.position > last), "both pages in one transaction");
        desk.projector.desk.lock().await.ahead = ahead;
        while desk.projector.feed().await.expect("a page") {}
        let query = MembersQuery { limit: 9, ..MembersQuery::default() };
        let page = desk.ask(|conn| query.run(conn, desk.license)).await;
        let who: Vec<_> = page.items.iter().map(|member| member.email.as_deref()).collect();
        assert_eq!(who, [Some("first@school.example"), Some("second@school.example")]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn pages_that_were_read_without_leaves_are_read_again_for_the_tree() {
        let desk = Desk::open().await;
        desk.projector.caught_up(*desk.db.head().borrow()).await;
        desk.projector.stop().await;
        let from = *desk.db.head().borrow();
        desk.add(ADA, "first@school.example").await;
        // As for a list that is rebuilt.
        let ahead = PagesAhead::read(desk.projector.store().clone(), from, PAGE, Position::MAX);
        ahead.has_read_one().await;
        desk.projector.desk.lock().await.ahead = Some(ahead);
        while desk.projector.feed().await.expect("a page") {}
        let (head, going) =
            (*desk.db.head().borrow(), load(desk.projector.store()).await.expect("checkpoints"));
        for checkpoint in going {
            assert_eq!(
                (checkpoint.position, checkpoint.stopped),
                (head, None),
                "{}",
                checkpoint.model.name()
            );
        }
        let rebuilt = desk.projector.rebuild("tree", crate::rebuild::Then::Discard).await.expect("a tree");
        assert!(rebuilt.equal);
    }

    #[test]
    fn who_is_nearly_there_and_who_is_far_behind_get_a_page_by_turns() {
        let behind = BTreeSet::from([0, 500_000, 999_990]);
        let mut turn = Turn::default();
        let pages: Vec<_> = (0..4).filter_map(|_| turn.pick(&behind)).collect();
        assert_eq!(pages, [999_990, 0, 999_990, 0]);
        assert_eq!(turn.pick(&BTreeSet::new()), None);
    }
}
