//! Waiting for one's turn: so many jobs at a time in each process, and each job in one process at a time.

use std::{pin::pin, time::Duration};

use tokio::{sync::SemaphorePermit, time::sleep};

use super::{Jobs, claims::Claim, submit::unkept};
use crate::{CommandError, import::Run};

/// So often a job that another process may have taken is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// As long as it is there, it is this job's turn, and this process's.
pub(super) struct Turn<'a> {
    _permit: SemaphorePermit<'a>,
    _claim: Claim,
}

impl Jobs {
    /// Waits until it is this one's turn and no other process works on it. Nothing: there is no need to wait any more,
    /// because it was asked to stop, or because another process has brought it to its end.
    pub(super) async fn turn(
        &self,
        run: &mut Run,
        claim: Option<Claim>,
    ) -> Result<Option<Turn<'_>>, CommandError> {
        let Self(inner) = self;
        if let Some(claim) = claim
            && let Ok(permit) = inner.turns.try_acquire()
        {
            return Ok(Some(Turn { _permit: permit, _claim: claim }));
        }
        // What has to wait here may have its turn elsewhere before: then its claim is free.
        loop {
            let Some(permit) = self.next_turn(run).await? else { return Ok(None) };
            let claim = inner.claims.claim(run.job.import_id).await.map_err(|e| unkept(&e))?;
            // Another one may have begun with it before us.
            if self.is_over_elsewhere(run).await? {
                return Ok(None);
            }
            if let Some(claim) = claim {
                return Ok(Some(Turn { _permit: permit, _claim: claim }));
            }
            drop(permit);
            tokio::select! {
                () = sleep(LOOK) => {}
                () = run.job.asked_to_stop() => return Ok(None),
            }
        }
    }

    /// The next permit, in the order in which jobs came.
    async fn next_turn(&self, run: &mut Run) -> Result<Option<SemaphorePermit<'_>>, CommandError> {
        let mut turn = pin!(self.0.turns.acquire());
        loop {
            let job = &run.job;
            tokio::select! {
                turn = &mut turn => return Ok(turn.ok()),
                () = job.asked_to_stop() => return Ok(None),
                () = sleep(LOOK), if self.0.claims.are_shared() => {}
            }
            if self.is_over_elsewhere(run).await? {
                return Ok(None);
            }
        }
    }

    /// Follows what another process did, if there may be one. Whether there is nothing left to do.
    async fn is_over_elsewhere(&self, run: &mut Run) -> Result<bool, CommandError> {
        if !self.0.claims.are_shared() {
            return Ok(false);
        }
        let before = run.revision;
        self.0.commands.catch_up_if_moved(run, false).await?;
        if run.revision > before {
            run.job.goes_on_elsewhere(run.import.applied, &run.import.counts);
        }
        Ok(run.has_ended())
    }
}
