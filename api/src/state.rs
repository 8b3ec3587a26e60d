//! What every handler works with.

use std::{path::Path, sync::Arc, time::Duration};

use commands::{Backpressure, Executor, Secrets, jobs::Jobs};
use domain::{LicenseId, SubjectId};
use eventlog::{Database, EventLog, LogError, Position, Postgres, SeatPool};
use identity::Accounts;
use projections::{
    Projector, QueryError, ReadStore, imports::running_imports, projector::PATIENCE, sql::Conn, status,
};
use tokio::{
    sync::{Semaphore, watch},
    time::{MissedTickBehavior, interval},
};

use crate::{
    engine::Engine, erasure, front::Front, history, history::History, intake::Limits, invite_mail,
    mail::Mail, problem::Problem, reads::Reads, retention,
};

/// The running system: the log, the commands, the read models.
#[derive(Clone)]
pub struct State {
    /// The write side.
    pub(crate) commands: Executor,
    /// Imports under way.
    pub(crate) jobs: Jobs,
    /// The read side.
    pub(crate) projector: Projector,
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) database: Engine,
    pub(crate) limits: Limits,
    /// Who is signed in, and by what.
    pub(crate) accounts: Accounts,
    /// How it is reached from outside.
    pub(crate) front: Arc<Front>,
    /// What goes on behind erasures.
    pub(crate) erasing: erasure::Shared,
    /// What of the history is signed, and whether it is still the same.
    pub(crate) history: history::Shared,
    /// Whether the service is ending: whoever follows something is let go.
    pub(crate) ending: watch::Sender<bool>,
    /// One replay at a time.
    pub(crate) replaying: Arc<Semaphore>,
    /// What staff reads just now.
    pub(crate) reads: Arc<Reads>,
    /// For how many days refused rows are kept.
    pub(crate) keep_refused_rows_days: u32,
}

/// Opens a database file, and makes it if it is not there.
pub async fn open(path: &Path) -> Result<State, LogError> {
    open_with(path, None).await
}

/// The same. `mail`: how letters go out, where not as usual. Before anything is asked, because whoever is erased again is
/// looked for in the letters that are kept.
pub(crate) async fn open_with(path: &Path, mail: Option<Mail>) -> Result<State, LogError> {
    State::on(Engine::File(Database::open(path)?), mail).await
}

/// Opens a database on a server by its URL, as one of any number of nodes, and makes its tables if they are not there.
pub async fn connect(url: &str) -> Result<State, LogError> {
    connect_with(url, None).await
}

/// The same. `mail`: as with [`open_with`].
pub(crate) async fn connect_with(url: &str, mail: Option<Mail>) -> Result<State, LogError> {
    State::on(Engine::Server(Postgres::connect(url).await?), mail).await
}

/// Imports that are never far ahead of these lists.
pub fn backpressure(lists: &Projector) -> Backpressure {
    let lists = lists.clone();
    Backpressure::of(move |position| {
        let lists = lists.clone();
        async move { lists.near(position).await }
    })
}

impl State {
    async fn on(database: Engine, mail: Option<Mail>) -> Result<Self, LogError> {
        let log = database.log();
        let projector = Projector::start(database.read_store().await?).await?;
        let (commands, limits) = (database.executor().held_back(backpressure(&projector)), Limits::default());
        let jobs = database.jobs(&commands).await?;
        let accounts = database.accounts().await?;
        let front = Arc::new(Front::local(match mail {
            Some(mail) => mail.after(&database.usual_mail()),
            None => database.usual_mail(),
        }));
        let erasing = Arc::new(erasure::Erasing::open(&database)?);
        let history = Arc::new(History::open(&database).await?);
        let (ending, replaying) = (watch::Sender::new(false), Arc::new(Semaphore::new(1)));
        let reads = Arc::default();
        let state = Self {
            commands,
            jobs,
            projector,
            log,
            database,
            limits,
            accounts,
            front,
            erasing,
            history,
            ending,
            replaying,
            reads,
            keep_refused_rows_days: retention::USUAL_DAYS,
        };
        state.compare_history().await?;
        if state.history.diverged().is_none() {
            state.erase_again().await?;
            invite_mail::begin(&state).await?;
        }
        Ok(state)
    }

    /// Waits until the read models show everything that has happened.
    pub async fn caught_up(&self) {
        let head = *self.log.head().borrow();
        self.projector.caught_up(head).await;
    }

    /// Goes on with the imports that an earlier process left, and says of those that can't go on that they failed.
    pub async fn resume(&self) {
        if let Err(problem) = self.take_up_imports().await {
            tell_of_imports(&problem);
        }
    }

    async fn take_up_imports(&self) -> Result<(), Problem> {
        // Those whose uploads are there need not wait for a read model, nor the others for all of those.
        let first = self.jobs.resume(&[]).await;
        self.caught_up().await;
        let running = self.query(running_imports).await?;
        Ok(self.jobs.resume(&running).await.and(first)?)
    }

    /// Goes on with imports that an earlier process left, or another node that has ended, and with those that something
    /// held up which has passed: looks for them now, and every so often. What keeps coming in the way is told once.
    pub async fn keep_going(&self, every: Duration) {
        let mut look = interval(every);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told = None;
        loop {
            look.tick().await;
            let in_the_way = self.take_up_imports().await.err();
            if let Some(problem) = in_the_way.as_ref().filter(|problem| told.as_ref() != Some(&problem.code))
            {
                tell_of_imports(problem);
            }
            told = in_the_way.map(|problem| problem.code);
            if let Err(problem) = self.keep_ledger().await {
                tracing::error!(problem.detail, "the ledger of erasures can't be kept");
            }
        }
    }

    /// Lets running imports stop where they can go on, and ends the read models' loop. A file is closed when the last
    /// clone goes.
    pub async fn close(self) {
        self.ending.send_replace(true);
        self.jobs.stop().await;
        self.count_reads(Duration::ZERO).await;
        self.erasing.close().await;
        self.projector.stop().await;
        self.database.close().await;
    }

    /// The same system, for those of whom other things are taken.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The same system, keeping license keys with other secrets.
    #[must_use]
    pub fn with_secrets(self, secrets: Secrets) -> Self {
        Self { commands: self.commands.with_secrets(secrets), ..self }
    }

    /// The same system, reached otherwise.
    #[must_use]
    pub fn with_front(self, front: Front) -> Self {
        Self { front: Arc::new(front), ..self }
    }

    /// Where the read models are.
    pub fn read_store(&self) -> &ReadStore {
        self.projector.store()
    }
}

/// What handlers ask of the read side.
impl State {
    /// Waits, for a bounded time, until these read models have reached a position that somebody has asked for.
    pub(crate) async fn reached(
        &self,
        models: &[&'static str],
        position: Option<impl Into<Position>>,
    ) -> Result<(), Problem> {
        let position = position.map_or(0, Into::into);
        self.has(position).await?;
        self.have_reached(models, position).await
    }

    /// The same for a position that is known to have been there.
    pub(crate) async fn have_reached(
        &self,
        models: &[&'static str],
        position: Position,
    ) -> Result<(), Problem> {
        for model in models {
            self.projector.reached(model, position).await?;
        }
        Ok(())
    }

    /// Runs a query where it may block.
    pub(crate) async fn query<R: Send + 'static>(
        &self,
        query: impl FnOnce(&Conn<'_>) -> Result<R, QueryError> + Send + 'static,
    ) -> Result<R, Problem> {
        // The database hands its own errors through; the query's come as its value.
        Ok(self.read_store().read(move |conn| Ok(query(conn))).await??)
    }

    /// Waits, for a bounded time, until the log itself has reached a position that somebody has asked for: for what rests on
    /// no read model.
    pub(crate) async fn happened(&self, position: Option<impl Into<Position>>) -> Result<(), Problem> {
        let wanted = position.map_or(0, Into::into);
        self.has(wanted).await?;
        self.has_happened(wanted).await
    }

    /// The same for a position that is known to have been there.
    pub(crate) async fn has_happened(&self, wanted: Position) -> Result<(), Problem> {
        let mut head = self.log.head();
        // In time or not: what counts is where it is now.
        drop(tokio::time::timeout(PATIENCE, head.wait_for(|at| *at >= wanted)).await);
        let at = *head.borrow();
        if at >= wanted { Ok(()) } else { Err(Problem::behind("log", at, wanted)) }
    }

    /// That the log has a position: one beyond its end was never told to anybody, and is not worth waiting for.
    async fn has(&self, wanted: Position) -> Result<(), Problem> {
        let Some(head) = self.ends_before(wanted).await else { return Ok(()) };
        let hint = "Give a position that an answer has told.";
        Err(Problem::invalid("min_position", status::none_at(wanted, head), hint))
    }

    /// Where the log ends, if that is before a position. Another node may have written further than this one knows, so the
    /// database is asked; where it can't say so, whoever waits is told what holds it up.
    async fn ends_before(&self, wanted: Position) -> Option<Position> {
        if wanted <= *self.log.head().borrow() {
            return None;
        }
        self.query(|conn| Ok(status::head(conn)?)).await.ok().filter(|head| *head < wanted)
    }

    /// That somebody who goes on behind a position can have been there: the log reaches so far, unless it is another one, or
    /// has lost its end.
    pub(crate) async fn reaches(&self, field: &str, after: Option<Position>) -> Result<(), Problem> {
        let after = after.unwrap_or_default();
        let Some(head) = self.ends_before(after).await else { return self.has_happened(after).await };
        let hint =
            "It is another log than the one that was read, or was restored: read it from its beginning.";
        Err(Problem::invalid(field, status::none_at(after, head), hint))
    }

    /// Who is behind an address in a request.
    pub(crate) async fn subject(&self, field: &str, address: &str) -> Result<SubjectId, Problem> {
        let found = self.commands.known(&crate::body::email(field, address)?).await?;
        found.map(|person| person.subject_id).ok_or_else(|| Problem::unknown_person(address.trim()))
    }

    /// That a license exists; of what belongs to none there is nothing to know.
    pub(crate) async fn known_license(&self, license: impl Into<Option<LicenseId>>) -> Result<(), Problem> {
        let Some(license) = license.into() else { return Ok(()) };
        let known = self.log.seats(SeatPool::License(license)).await?;
        known.map(|_| ()).ok_or_else(|| Problem::unknown_license(license))
    }
}

fn tell_of_imports(problem: &Problem) {
    tracing::error!(code = problem.code, problem.detail, "imports could not be taken up");
}
