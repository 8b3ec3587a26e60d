//! A job's work, in a task of its own.

use std::{sync::Arc, time::Duration};

use domain::import::Phase;
use eventlog::{LogError, faults::place};
use tokio::time::sleep;

use super::{End, Job, Jobs, State, claims::Claim};
use crate::{
    CommandError,
    import::{Checked, Report, Run},
};

/// What is to be done.
pub(super) struct Work {
    pub run: Run,
    pub checked: Checked,
    /// Whether it is durable, and waits for its turn.
    pub kept: bool,
    /// Whoever has it already need not ask for it.
    pub claim: Option<Claim>,
}

/// How long to wait before trying again, at first and at last.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(32));

impl State {
    pub(super) fn of(report: &Report) -> Self {
        match report.phase {
            None | Some(Phase::Completed) => Self::Completed,
            Some(Phase::Cancelled) => Self::Cancelled,
            Some(Phase::Failed) => Self::Failed,
            Some(Phase::Unknown | Phase::Running) => Self::Paused,
        }
    }
}

impl Jobs {
    /// Does the work, and remembers how it ended.
    pub(super) fn spawn(&self, work: Work) -> Result<(), CommandError> {
        let (jobs, job, kept) = (self.clone(), Arc::clone(&work.run.job), work.kept);
        self.begin(&job)?;
        tokio::spawn(async move {
            // A task within: a fault of ours must not leave somebody waiting for ever.
            let worker = jobs.clone();
            let ended = tokio::spawn(async move { worker.work(work).await }).await;
            let end = match ended.unwrap_or_else(|e| Err(LogError::Stopped(e.to_string()).into())) {
                Ok(Some(report)) => End::Report(Box::new(report)),
                Ok(None) => End::Paused,
                Err(error) => End::Error(error),
            };
            jobs.over(&job, end, kept).await;
        });
        Ok(())
    }

    async fn over(&self, job: &Arc<Job>, end: End, kept: bool) {
        let state = match &end {
            End::Report(report) => State::of(report),
            End::Paused => State::Paused,
            End::Error(_) if kept => State::Paused,
            End::Error(_) => State::Failed,
        };
        if let End::Error(error) = &end {
            tracing::warn!(import = %job.import_id, %error, "an import does not go on");
            job.held_up(error);
        }
        if kept && state != State::Paused {
            place("job.before_its_upload_goes");
            // What can't be removed now is removed at the next start.
            drop(self.0.uploads.forget(job.import_id).await);
        }
        self.end(job, matches!(end, End::Report(_)));
        job.ends(state, end);
    }

    /// `None`: it was asked to stop, and goes on at the next start.
    async fn work(&self, work: Work) -> Result<Option<Report>, CommandError> {
        let Work { mut run, checked, kept, claim } = work;
        let job = Arc::clone(&run.job);
        let _turn = if kept { self.turn(&mut run, claim).await? } else { None };
        let _look = if job.dry_run { self.0.turns.to_look(&job).await } else { None };
        let (mut ended, mut pause) = (self.once(run, checked).await, PAUSE.0);
        while kept
            && pause <= PAUSE.1
            && let Err(error) = &ended
            && may_pass(error)
        {
            job.held_up(error);
            tokio::select! {
                () = sleep(pause) => {}
                () = job.asked_to_stop() => return self.ended_meanwhile(&job).await,
            }
            pause *= 2;
            ended = match self.open(&job).await? {
                Some((run, checked)) => self.once(run, checked).await,
                None => return self.ended_meanwhile(&job).await,
            };
        }
        ended
    }

    /// Whoever asked a job to stop, or let its upload go, may have written its end into the log. `None`: nobody has.
    async fn ended_meanwhile(&self, job: &Arc<Job>) -> Result<Option<Report>, CommandError> {
        let rows = job.progress().borrow().rows;
        match self.0.commands.run_again(Arc::clone(job), rows).await {
            Ok(Some(run)) if run.has_ended() => self.0.commands.finished(run).await.map(Some),
            // Where the log can't say so, the next start looks again.
            Ok(_) | Err(_) => Ok(None),
        }
    }

    async fn once(&self, mut run: Run, checked: Checked) -> Result<Option<Report>, CommandError> {
        let commands = &self.0.commands;
        if !commands.resumes(&mut run).await? {
            run.job.begins(checked.rows, run.import.applied, &run.import.counts);
            if !commands.run_chunks(&mut run, checked).await? {
                return Ok(None);
            }
        }
        commands.finished(run).await.map(Some)
    }
}

/// Whether an error may be gone in a moment.
fn may_pass(error: &CommandError) -> bool {
    match error {
        CommandError::Busy | CommandError::Log(LogError::DiskFull) => true,
        CommandError::Input(error) => error.may_pass(),
        _ => false,
    }
}
