//! Waiting for one's turn: so many jobs at a time in each process, and each job in one process at a time.

use std::{num::NonZero, pin::pin, thread::available_parallelism, time::Duration};

use domain::ImportId;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::sleep,
};

use super::{Job, Jobs, claims::Claim, submit::unkept};
use crate::{
    CommandError,
    import::{Run, is_one_chunk},
};

/// So often a job that another process may have taken is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Jobs at a time: so many long ones, and so many short ones beside them. The others wait in the order in which they
/// came.
const AT_A_TIME: usize = 2;

/// What has more rows, or bytes, is long. A class is done in a moment and does not wait for the million people of somebody
/// else.
const LONG: (u64, u64) = (20_000, 1 << 20);

/// The turns of one process.
pub(super) struct Turns {
    short: Semaphore,
    long: Semaphore,
    /// Long ones that only look: nothing but processors hold them up, and half of those are left to everybody else.
    looking: Semaphore,
    /// Long uploads that are read through before anything is made of them.
    reading: Semaphore,
}

impl Turns {
    pub(super) fn of_this_process() -> Self {
        let half = available_parallelism().map_or(1, NonZero::get).div_ceil(2);
        let [looking, reading] = [half, half].map(Semaphore::new);
        Self { short: Semaphore::new(AT_A_TIME), long: Semaphore::new(AT_A_TIME), looking, reading }
    }

    /// Where this job waits.
    fn of(&self, job: &Job) -> &Semaphore {
        match job.progress().borrow().rows > LONG.0 {
            true if job.dry_run => &self.looking,
            true => &self.long,
            false => &self.short,
        }
    }

    /// A turn to read an upload of so many bytes through.
    pub(super) async fn to_read(&self, bytes: u64) -> Option<SemaphorePermit<'_>> {
        if bytes > LONG.1 { self.reading.acquire().await.ok() } else { None }
    }

    /// A turn for a preview of more than a chunk; soon, if it is asked to stop.
    pub(super) async fn to_look(&self, job: &Job) -> Option<SemaphorePermit<'_>> {
        if is_one_chunk(job.progress().borrow().rows) {
            return None;
        }
        tokio::select! {
            turn = self.of(job).acquire() => turn.ok(),
            () = job.asked_to_stop() => None,
        }
    }
}

/// How many more jobs a process may take up.
pub(super) struct Free {
    short: usize,
    long: usize,
}

impl Free {
    fn of(&mut self, bytes: Option<u64>) -> &mut usize {
        if bytes.is_some_and(|bytes| bytes <= LONG.1) { &mut self.short } else { &mut self.long }
    }
}

impl Jobs {
    /// The turns that nobody has. Where there is no other process, any number may wait here.
    pub(super) fn free(&self) -> Free {
        let Self(inner) = self;
        let left = |turns: &Semaphore| {
            if inner.claims.are_shared() { turns.available_permits() } else { usize::MAX }
        };
        Free { short: left(&inner.turns.short), long: left(&inner.turns.long) }
    }

    /// Goes on with an import, if there is a turn for it here: otherwise it may have one elsewhere.
    pub(super) async fn go_on_if_free(&self, import: ImportId, free: &mut Free) -> Result<(), CommandError> {
        // Of what can't be read it is told when it is taken up.
        let bytes = self.0.uploads.note(import).await.ok().flatten().map(|note| note.bytes);
        let free = free.of(bytes);
        if *free > 0 {
            *free -= usize::from(self.go_on_with(import).await?);
        }
        Ok(())
    }
}

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
            && let Ok(permit) = inner.turns.of(&run.job).try_acquire()
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
        let mut turn = pin!(self.0.turns.of(&run.job).acquire());
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
