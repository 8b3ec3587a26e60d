//! Erasing a person, from every place that there is: at once what can be, the rest by its deadline.

pub(crate) mod places;
mod sweep;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::Utc;
use commands::{
    Context, Who,
    erase_subject::{EraseOrder, Erased},
    ledger::Ledger,
};
use domain::{EmailAddress, RequestId, Source};
use eventlog::{LogError, Spellings};
use parking_lot::Mutex;
use projections::erasures::erased_after;
use tokio::{sync::watch, task::JoinHandle};
use uuid::Uuid;

use crate::{State, about::About, engine::Engine, problem::Problem};
pub(crate) use sweep::Swept;

/// Names the file of the ledger, where it is not the one beside the database's file.
const LEDGER: &str = "SEATBOOK_ERASURE_LEDGER";

/// What a chunk of an import was just writing when somebody was erased is looked for again after so long.
const ONCE_MORE: Duration = Duration::from_mins(1);

/// What goes on behind an erasure.
pub(crate) struct Erasing {
    ledger: Option<Ledger>,
    /// The last erasure that was compared with the ledger.
    compared: AtomicU64,
    stop: watch::Sender<bool>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Erasing {
    /// With the ledger that the environment names, or else the one beside the database's file.
    pub(crate) fn open(database: &Engine) -> Result<Self, LogError> {
        let named = std::env::var_os(LEDGER).filter(|path| !path.is_empty()).map(PathBuf::from);
        let path = named.or_else(|| database.file().map(|file| ledger_of(file.path())));
        let ledger = path.map(|path| {
            Ledger::open(path.clone()).map_err(|error| LogError::Unopened {
                path,
                what: format!("the ledger of erasures in it can't be read: {error}"),
                hint: "Name a file that may be read and written, in a folder that is there, with SEATBOOK_ERASURE_LEDGER.",
            })
        });
        let ledger = ledger.transpose()?;
        if ledger.is_none() {
            tracing::warn!(
                "there is no ledger of erasures: a backup that is restored brings back whoever was erased since it was \
                 made. Name a file outside the database with {LEDGER}"
            );
        }
        let (compared, stop) = (AtomicU64::new(0), watch::Sender::new(false));
        Ok(Self { ledger, compared, stop, tasks: Mutex::default() })
    }

    /// Ends what goes on, which does at once what it waits for.
    pub(crate) async fn close(&self) {
        self.stop.send_replace(true);
        let tasks = std::mem::take(&mut *self.tasks.lock());
        for task in tasks {
            // One that panicked has ended, too.
            drop(task.await);
        }
    }
}

/// The ledger lies beside the database's file, and is no part of its backups.
fn ledger_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-erased");
    name.into()
}

impl State {
    /// Erases again whom an older backup has brought back. Before anything is served.
    pub(crate) async fn erase_again(&self) -> Result<(), LogError> {
        let Some(ledger) = &self.erasing.ledger else { return Ok(()) };
        let (now, request_id) = (Utc::now(), RequestId(Uuid::now_v7()));
        let ctx = Context { who: Who::Operator, now, source: Source::Cli, request_id, command: None };
        let people = ledger.all();
        let addresses = self.log.find_addresses(&people).await?;
        let found: Vec<EmailAddress> =
            addresses.iter().flatten().filter_map(|it| EmailAddress::parse(it).ok()).collect();
        // While it is known yet who they are: what lies beside the history goes with them. If this process ends before all
        // of it has, the next one finds them again.
        let spellings = Spellings::of_addresses(&found);
        for person in &found {
            self.accounts.forget_person(person).await?;
        }
        if !found.is_empty() {
            self.database.erase_refused(&spellings).await?;
            self.letters_gone(&spellings).await;
        }
        let erased = self.commands.erase_again(&ctx, &people).await.map_err(|error| match error {
            commands::CommandError::Log(error) => error,
            error => LogError::Database(format!("erased people can't be erased again: {error}")),
        })?;
        if erased > 0 {
            tracing::warn!(
                people = erased,
                "an older backup was restored: whoever was erased since was erased again"
            );
            let position = *self.log.head().borrow();
            let swept = self.sweep(&spellings, position).await;
            swept.map_err(|problem| {
                // What it was stands in the log.
                let why = problem.detail.trim_end_matches('.').to_owned();
                LogError::Database(format!("what is left of erased people can't be deleted again: {why}"))
            })?;
            self.sweep_later(spellings);
        }
        Ok(())
    }

    /// Writes erasures into the ledger that are not in it: of other nodes, and of a process that was killed meanwhile.
    pub(crate) async fn keep_ledger(&self) -> Result<(), Problem> {
        const PAGE: usize = 1_000;
        let Some(ledger) = &self.erasing.ledger else { return Ok(()) };
        loop {
            let after = self.erasing.compared.load(Ordering::Relaxed);
            let erased = self.query(move |conn| erased_after(conn, after, PAGE)).await?;
            let Some(last) = erased.last() else { return Ok(()) };
            let people: Vec<_> = erased.iter().map(|erased| erased.subject_id).collect();
            ledger.add(&people).map_err(|error| Problem::internal(&error))?;
            self.erasing.compared.store(last.position, Ordering::Relaxed);
        }
    }

    /// Where the ledger is, if there is one.
    pub(crate) fn ledger(&self) -> Option<&Path> {
        self.erasing.ledger.as_ref().map(Ledger::path)
    }

    /// Erases a person. Once this returns, no answer of the service names them any more, and the ledger has them.
    pub(crate) async fn erase(
        &self,
        ctx: &Context,
        order: &EraseOrder,
        about: &About,
    ) -> Result<(Erased, Swept), Problem> {
        let erased = self.told(self.jobs.erase(ctx, order).await, about)?;
        if let (Some(subject), Some(ledger)) = (erased.subject_id, &self.erasing.ledger) {
            // It is erased, whatever comes of this: asked again, the ledger is brought up to date.
            ledger.add(&[subject]).map_err(|error| Problem::internal(&error))?;
        }
        let spellings = Spellings::of_address(&order.email);
        self.accounts.forget_person(&order.email).await?;
        // Whatever comes of the first time.
        self.sweep_later(spellings.clone());
        let swept = self.sweep(&spellings, erased.position).await?;
        self.keep_ledger().await?;
        Ok((erased, swept))
    }

    fn sweep_later(&self, spellings: Spellings) {
        let (state, mut stop) = (self.clone(), self.erasing.stop.subscribe());
        let task = tokio::spawn(async move {
            // In time or not: what is asked to stop does it now.
            drop(tokio::time::timeout(ONCE_MORE, stop.wait_for(|stop| *stop)).await);
            state.sweep_again(&spellings).await;
        });
        let mut tasks = self.erasing.tasks.lock();
        tasks.retain(|task| !task.is_finished());
        tasks.push(task);
    }
}

/// Shared by all clones of a state.
pub(crate) type Shared = Arc<Erasing>;
