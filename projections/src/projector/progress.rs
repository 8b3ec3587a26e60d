//! How far the lists are, and waiting until they are as far as somebody needs them.

use std::{collections::BTreeMap, time::Duration};

use eventlog::Position;

use super::Projector;
use crate::{
    QueryError,
    status::{self, Checkpoint},
};

/// How long a reader waits for a position before it is told how far the list is.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Events that an import may be ahead of the lists: about as many as they take in within two seconds.
const AHEAD: Position = 50_000;

/// After so long an import goes on, however far behind the lists are.
const NEAR: Duration = Duration::from_secs(2);

/// How far each live read model is.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress(BTreeMap<&'static str, Reached>);

/// How far a read model is, and why it goes no further; whether it may be shown.
#[derive(Debug, Clone, Default)]
struct Reached {
    position: Position,
    stopped: Option<String>,
    built: bool,
}

impl Reached {
    fn is_shown_at(&self, wanted: Position) -> bool {
        self.built && self.position >= wanted
    }
}

/// Why a list is not shown, although nothing is wrong.
const BUILDING: &str = "it is built anew for this version of the program";

impl Progress {
    pub(super) fn of(checkpoints: &[Checkpoint]) -> Self {
        let mut progress = Self::default();
        progress.update(checkpoints);
        progress
    }

    pub(super) fn update(&mut self, checkpoints: &[Checkpoint]) {
        for checkpoint in checkpoints.iter().filter(|c| c.is_live()) {
            let Checkpoint { position, stopped, built, .. } = checkpoint.clone();
            self.0.insert(checkpoint.model.name(), Reached { position, stopped, built });
        }
    }
}

impl Projector {
    /// Waits, for a bounded time, until a live read model has reached a position.
    pub async fn reached(&self, name: &'static str, wanted: Position) -> Result<(), QueryError> {
        let mut progress = self.progress.subscribe();
        let there =
            |p: &Progress| p.0.get(name).is_some_and(|at| at.is_shown_at(wanted) || at.stopped.is_some());
        // In time or not: what counts is where it is now.
        drop(tokio::time::timeout(PATIENCE, progress.wait_for(there)).await);
        let at = self.progress.borrow().0.get(name).cloned().unwrap_or_default();
        match at.stopped.clone() {
            // Nothing in it can be told from what never happened here.
            Some(why) if why.starts_with(status::DIVERGED) => Err(QueryError::Diverged { name }),
            _ if at.is_shown_at(wanted) => Ok(()),
            Some(why) => Err(QueryError::Stopped { name, why }),
            None if at.built => Err(QueryError::Behind { at: at.position, wanted, why: self.trouble() }),
            None => {
                let wanted = wanted.max(*self.store.log().head().borrow());
                let why = self.trouble().unwrap_or_else(|| BUILDING.to_owned());
                Err(QueryError::Behind { at: at.position, wanted, why: Some(why) })
            }
        }
    }

    /// Waits, for a bounded time, until no live list is further behind a position than an import may be ahead of it. One
    /// that has stopped, or is built anew, holds nobody up.
    pub async fn near(&self, position: Position) {
        let (mut progress, mut trouble) = (self.progress.subscribe(), self.trouble.subscribe());
        let near =
            |at: &Reached| at.stopped.is_some() || !at.built || at.position.saturating_add(AHEAD) >= position;
        let waited = async {
            tokio::select! {
                _ = progress.wait_for(|p: &Progress| p.0.values().all(near)) => {}
                _ = trouble.wait_for(Option::is_some) => {}
            }
        };
        drop(tokio::time::timeout(NEAR, waited).await);
    }

    /// Waits until every read model that goes on has reached a position, or none can.
    pub async fn caught_up(&self, wanted: Position) {
        let (mut progress, mut trouble) = (self.progress.subscribe(), self.trouble.subscribe());
        let there = |p: &Progress| p.0.values().all(|at| at.is_shown_at(wanted) || at.stopped.is_some());
        // The senders live as long as this projector.
        tokio::select! {
            _ = progress.wait_for(there) => {}
            _ = trouble.wait_for(Option::is_some) => {}
        }
    }

    /// Whether a live read model has stopped.
    pub(crate) fn has_stopped(&self, model: &dyn crate::ReadModel) -> bool {
        self.progress.borrow().0.get(model.name()).is_some_and(|at| at.stopped.is_some())
    }
}
