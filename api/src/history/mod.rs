//! The history as others can verify it: heads of the tree are signed, kept, and held against the log.

mod beside;
mod compare;
mod export;
mod keys;

use std::{
    path::PathBuf,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    extract::{Request, State as With},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::Utc;
use eventlog::{LogError, Position};
use notary::{Keys, Notary, NotaryError, Place, Signed};
use projections::{QueryError, rebuild::Then, tree};
use tokio::{sync::Mutex, time::MissedTickBehavior};
use transparency::Checkpoint;

use crate::{State, asker::Asker, engine::Engine, problem::Problem};
pub(crate) use export::Wanted;

/// As often as a head is signed while the log grows.
const EVERY: Duration = Duration::from_secs(10);

/// A head that another node has signed meanwhile is looked at again so often.
const TRIES: usize = 10;

/// What signs and keeps, and what was found out about the log.
pub(crate) struct History {
    notary: Notary,
    diverged: OnceLock<Diverged>,
    /// That no checkpoint was kept, in sentences, where there could be one.
    none_kept: OnceLock<String>,
    /// As far as the log is known to be as durable as commits are.
    settled: AtomicU64,
    /// One signs at a time.
    signing: Mutex<()>,
}

/// How the log is not the one whose heads were signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Diverged {
    /// The event, where it is one.
    pub position: Option<Position>,
    /// In a part of a sentence.
    pub what: String,
    /// What is wrong.
    pub cause: Cause,
}

/// What stops a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The history was changed.
    Changed,
    /// The tree of hashes was, and not the history.
    Tree,
    /// A checkpoint that was kept is not as the key signed it.
    Checkpoint,
    /// Another key signed it.
    OtherKey,
    /// This file outside holds none that can be read.
    Unread(PathBuf),
    /// The key is not there.
    KeyLost,
}

impl Diverged {
    /// A stable code.
    pub(crate) const fn code(&self) -> &'static str {
        match self.cause {
            Cause::Changed | Cause::Checkpoint | Cause::OtherKey => "history_diverged",
            Cause::Tree => "tree_damaged",
            Cause::Unread(_) => "checkpoint_unread",
            Cause::KeyLost => "log_key_lost",
        }
    }
}

impl History {
    /// With the key and the file that the environment names, or else those beside the database's file.
    pub(crate) async fn open(database: &Engine) -> Result<Self, LogError> {
        let keys = keys::configured(database)?;
        let outside = keys::outside(database);
        let notary = Notary::open(database.beside(), keys, outside).await?;
        if notary.can_sign() && notary.outside().is_none() {
            tracing::warn!(
                "no checkpoint is kept outside of the database: whoever changes the database can change the last one, too. \
                 Name a file with {}",
                keys::CHECKPOINT
            );
        }
        Ok(Self::of(notary))
    }

    fn of(notary: Notary) -> Self {
        let (diverged, none_kept, settled) = (OnceLock::new(), OnceLock::new(), AtomicU64::new(0));
        Self { notary, diverged, none_kept, settled, signing: Mutex::default() }
    }

    pub(crate) fn notary(&self) -> &Notary {
        &self.notary
    }

    /// That no checkpoint was kept when the database was opened, where there could be one: the history may be signed for the
    /// first time, or what was kept was taken away.
    pub(crate) fn none_kept(&self) -> Option<&String> {
        self.none_kept.get()
    }

    /// How the log is not the one whose heads were signed, if it is not.
    pub(crate) fn diverged(&self) -> Option<&Diverged> {
        self.diverged.get()
    }
}

impl State {
    /// The same system, which signs with other keys, or keeps the last checkpoint elsewhere; compared with it at once.
    pub async fn with_notary(self, keys: Option<Keys>, outside: Option<PathBuf>) -> Result<Self, LogError> {
        let usual = Notary::open(self.database.beside(), keys::usual(&self.database), None).await?;
        let history = History::of(usual.with(keys, outside));
        let state = Self { history: Arc::new(history), ..self };
        state.compare_history().await?;
        Ok(state)
    }

    /// Signs the head of the tree as it is now, unless that is done already. The last checkpoint.
    pub(crate) async fn sign_history(&self) -> Result<Signed, Problem> {
        let _one = self.history.signing.lock().await;
        self.still_the_same()?;
        // A tree that was made from another log says nothing of this one.
        if let Err(error @ QueryError::Diverged { .. }) = self.projector.reached("tree", 0).await {
            return Err(error.into());
        }
        for _ in 0..TRIES {
            let last = self.history.notary.last().await.map_err(|error| self.unsigned(error))?;
            let head = self.query(tree::head).await?;
            if let Some(last) = &last {
                if last.checkpoint.size > head.size {
                    // Of another node, which has seen more; or of a log that went back, which is looked for elsewhere.
                    return self.hand_out(last).await;
                }
                self.compare_root(&last.checkpoint, &Place::Inside).await?;
                let keys = self.history.notary.keys().await.map_err(|error| self.unsigned(error))?;
                if last.checkpoint.size == head.size && last.by == keys {
                    return self.hand_out(last).await;
                }
            }
            // Another node's tree may be further than this one knows of the log. What the log does not hold is not signed.
            self.has_happened(head.size).await?;
            self.settle(head.size).await?;
            eventlog::faults::place("history.before_signing");
            let signed = self.history.notary.sign(last.as_ref(), (head.size, head.root), Utc::now()).await;
            if let Some(signed) = signed.map_err(|error| self.unsigned(error))? {
                return Ok(signed);
            }
        }
        Err(Problem::from(commands::CommandError::Busy))
    }

    /// The last checkpoint that includes a position: signed now, if there is none.
    pub(crate) async fn checkpoint(&self, position: Option<Position>) -> Result<Signed, Problem> {
        let notary = &self.history.notary;
        let mut last = match notary.last().await {
            // Another one may be good.
            Err(error @ NotaryError::Kept { .. }) => {
                self.stop_for(&error);
                None
            }
            // Nobody here can tell whether it was signed; whoever has the public key can.
            Err(error @ NotaryError::Lost { .. }) => {
                self.stop_for(&error);
                let stated = notary.stated().await?;
                return Ok(stated.ok_or(error)?);
            }
            last => last?,
        };
        if last.is_none() {
            last = self.kept_of_another().await;
        }
        if let (
            None,
            Some(Diverged { what, cause: Cause::Checkpoint | Cause::OtherKey | Cause::Unread(_), .. }),
        ) = (&last, self.history.diverged())
        {
            return Err(none_to_believe(what));
        }
        // Nothing is signed any more: what was signed is all that there is.
        if let (Some(last), Some(_)) = (&last, self.history.diverged()) {
            return self.hand_out(last).await;
        }
        let keys = notary.keys().await.map_err(|error| self.unsigned(error))?;
        let reaches = |signed: &Signed| match position {
            Some(position) => signed.checkpoint.size >= position && signed.by == keys,
            None => true,
        };
        match last {
            Some(last) if reaches(&last) => self.hand_out(&last).await,
            _ => {
                self.reached(&["tree"], position).await?;
                self.sign_history().await
            }
        }
    }

    /// Of a log that is another one than was signed, what was signed of it last, wherever that is kept: a backup that was
    /// restored has lost its last checkpoint with its end.
    async fn kept_of_another(&self) -> Option<Signed> {
        self.history.diverged()?;
        let kept = self.good_checkpoints().await;
        kept.into_iter().map(|kept| kept.signed).max_by_key(|signed| signed.checkpoint.size)
    }

    /// What another node has signed is no use to anybody before it is as durable as that node made sure.
    async fn hand_out(&self, signed: &Signed) -> Result<Signed, Problem> {
        self.settle(signed.checkpoint.size).await?;
        if self.history.diverged().is_none() {
            self.history.notary.keep_outside(signed).map_err(|error| self.unsigned(error))?;
        }
        Ok(signed.clone())
    }

    async fn settle(&self, size: Position) -> Result<(), Problem> {
        if self.history.settled.load(Ordering::Relaxed) < size {
            self.log.settled().await?;
            self.history.settled.fetch_max(size, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Ends the history that was signed, after it was found that the log is another one, and begins to sign what is there
    /// now, under another name. What was put aside.
    pub(crate) async fn begin_history_anew(&self) -> Result<(Signed, Vec<PathBuf>), Problem> {
        let _one = self.history.signing.lock().await;
        if self.history.diverged().is_none() {
            let hint = "There is nothing to do: the service signs what happens.";
            let detail = "The history in the database is the one that was signed.";
            return Err(Problem::new(StatusCode::CONFLICT, "history_not_diverged", detail, hint));
        }
        // Of what is there now, whatever the tree was made from.
        self.projector.rebuild("tree", Then::SwapAnyway).await?;
        let notary = &self.history.notary;
        let begun = self.begun_already().await?.is_some();
        let aside = notary.begin_anew(begun).await?;
        self.log.settled().await?;
        if let Some(last) = self.begun_already().await? {
            notary.keep_outside(&last)?;
            return Ok((last, aside));
        }
        let head = self.query(tree::head).await?;
        let behind = notary.behind().await?;
        let signed = notary.sign(behind.as_ref(), (head.size, head.root), Utc::now()).await?;
        let signed = signed.ok_or_else(|| Problem::from(commands::CommandError::Busy))?;
        Ok((signed, aside))
    }

    /// The last checkpoint in the database, where the key that is there now has signed it, and it is of the history that is
    /// there now: another node may have begun the new one already.
    async fn begun_already(&self) -> Result<Option<Signed>, Problem> {
        let Ok(Some(last)) = self.history.notary.last().await else { return Ok(None) };
        let Checkpoint { size, root, .. } = last.checkpoint;
        if size > self.query(tree::position).await? {
            return Ok(None);
        }
        let is_of_it = self.query(move |conn| tree::root(conn, size)).await? == root;
        Ok(Some(last).filter(|_| is_of_it))
    }

    /// Signs as long as the service runs.
    pub(crate) async fn keep_signing(&self) {
        let mut look = tokio::time::interval(EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            self.sign_what_is_new().await;
        }
    }

    /// Signs if there is a key, and something to sign.
    pub(crate) async fn sign_what_is_new(&self) {
        let history = &self.history;
        if !history.notary.can_sign() || history.diverged().is_some() || *self.log.head().borrow() == 0 {
            return;
        }
        if let Err(problem) = self.sign_history().await {
            tracing::error!(code = problem.code, problem.detail, "the history can't be signed; trying again");
        }
    }

    /// That nothing was found that does not fit what was signed.
    pub(crate) fn still_the_same(&self) -> Result<(), Problem> {
        self.history.diverged().map_or(Ok(()), |diverged| Err(diverged.into()))
    }

    fn unsigned(&self, error: NotaryError) -> Problem {
        if matches!(error, NotaryError::Kept { .. } | NotaryError::Unsigned(_)) {
            return Problem::from(self.stop_for(&error));
        }
        error.into()
    }
}

/// There is nothing that the history could be held against.
fn none_to_believe(what: &str) -> Problem {
    let detail = format!("No checkpoint that was kept is to be believed: {what}.");
    let hint = "Put back the checkpoint file, or the table signed_checkpoints, from a copy. An export that was made earlier is \
                verified without them. If there is no copy, go on under another name with `seatbook audit go-on`, as \
                docs/auditing.md says.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "checkpoint_unread", detail, hint)
}

/// Answers nothing but what an auditor asks, once the log was found to be another one.
pub(crate) async fn unless_diverged(With(state): With<State>, request: Request, next: Next) -> Response {
    // The operator also sees how far the lists are, and makes them anew.
    const FOR_AUDITORS: [&str; 4] = ["/livez", "/api/v1/log/", "/api/v1/projections", "/api/openapi.json"];
    let path = request.uri().path();
    let is_for_auditors = FOR_AUDITORS.iter().any(|begins| path.starts_with(begins))
        || (path.starts_with("/api/v1/licenses/") && path.contains("/log/"));
    match state.history.diverged() {
        Some(diverged) if !is_for_auditors => {
            let is_owner = matches!(request.extensions().get::<Asker>(), Some(Asker::Owner));
            if is_owner { Problem::from(diverged) } else { Problem::stopped(diverged) }.into_response()
        }
        _ => next.run(request).await,
    }
}

/// Shared by all clones of a state.
pub(crate) type Shared = Arc<History>;
