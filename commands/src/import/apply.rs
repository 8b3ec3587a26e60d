//! Works through an import, chunk by chunk.

use std::{collections::HashMap, time::Duration};

use domain::import::Phase;
use eventlog::{Commit, Lane, LogError, Outcome, Receipt, faults::place};

use super::{
    InputError,
    input::{Checked, Item},
    reading::{Chunk, read_chunk},
    run::Run,
};
use crate::{
    CommandError, Executor,
    executor::{ATTEMPTS, Settled, unknown},
};

/// How long a chunk may hold the log while others wait, and while nobody does.
const HOLD: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(100));

/// Items in a chunk: the first, the fewest, the most.
const CHUNK: (usize, usize, usize) = (500, 50, 10_000);

/// Whether so many rows certainly are one chunk: all of it or nothing.
pub(crate) fn is_one_chunk(rows: u64) -> bool {
    usize::try_from(rows).is_ok_and(|rows| rows < CHUNK.0)
}

impl Executor {
    /// Applies what is left. `false`: it was asked to stop before it was done, and nothing says that it has ended.
    pub(crate) async fn run_chunks(&self, run: &mut Run, checked: Checked) -> Result<bool, CommandError> {
        let Checked { items, mut duplicates, .. } = checked;
        let mut size = CHUNK.0;
        let mut reading = Some(read_chunk(items, size));
        let mut read = 0;
        while let Some(task) = reading.take() {
            let Chunk { items: mut chunk, rest, last } =
                task.await.map_err(|e| LogError::Stopped(e.to_string()))??;
            if !last {
                // The next chunk is read while this one is decided and committed.
                reading = Some(read_chunk(rest, size));
            }
            if run.job.is_asked_to_stop() {
                return self.stopped(run).await;
            }
            if run.has_ended() {
                // The same request came twice at once, and the other one was faster; or somebody cancelled it.
                break;
            }
            read = chunk.last().map_or(read, |item| item.row);
            run.job.read(read);
            duplicates.mark(&mut chunk).map_err(InputError::from)?;
            chunk.retain(|item| item.row > run.import.applied);
            let mut written = None;
            if (!chunk.is_empty() || last)
                && let Some(receipt) = self.apply_chunk(run, &chunk, last).await?
            {
                size = resized(size, &receipt);
                written = Some(receipt.position).filter(|_| !last);
            }
            run.job.applied(if run.job.dry_run { read } else { run.import.applied }, &run.report.outcomes);
            if let Some(position) = written {
                tokio::select! {
                    () = self.backpressure.wait(position) => {}
                    () = run.job.asked_to_stop() => {}
                }
            }
        }
        Ok(true)
    }

    /// Whoever asked it to stop may have written the end of it into the log.
    async fn stopped(&self, run: &mut Run) -> Result<bool, CommandError> {
        if run.job.dry_run {
            run.import.phase = Phase::Cancelled;
        } else {
            self.catch_up(run).await?;
        }
        Ok(run.has_ended())
    }

    /// Decides a chunk and commits it; after a lost race, again.
    async fn apply_chunk(
        &self,
        run: &mut Run,
        chunk: &[Item],
        last: bool,
    ) -> Result<Option<Receipt>, CommandError> {
        let (mut chunk, mut met) = (chunk, HashMap::new());
        for _ in 0..ATTEMPTS {
            let license = self.license(run.job.license_id).await?;
            let mut decided = self.decide_chunk(run, &license, chunk, &mut met).await?;
            if run.job.dry_run {
                let refused = decided.refused(&run.job);
                self.log.commit(Commit { refused, lane: Lane::Bulk, ..Commit::default() }).await?;
                run.report.seats.held = run.report.seats.held.saturating_add_signed(decided.seats_taken);
                run.count(decided);
                return Ok(None);
            }
            let commit = run.commit(&license, &mut decided, chunk, last)?;
            place(if last { "import.before_its_end" } else { "import.before_a_chunk" });
            let outcome = self.log.commit(commit).await?;
            place("import.after_a_commit");
            let repeated = matches!(outcome, Outcome::AlreadyDone(_));
            // The import's own stream says whether it was written.
            let is_unknown = outcome == Outcome::Unknown;
            if !repeated
                && !is_unknown
                && let Settled::Done(receipt) = self.settle(outcome)?
            {
                run.follow(chunk, &decided.counts, last)?;
                run.taken += decided.seats_taken;
                run.report.position = receipt.position;
                run.count(decided);
                return Ok(Some(receipt));
            }
            let before = run.revision;
            self.catch_up_if_moved(run, repeated).await?;
            if run.revision > before {
                // What the other one came to counts, not what was decided here.
                chunk = &chunk[chunk.partition_point(|item| item.row <= run.import.applied)..];
                if run.has_ended() || (chunk.is_empty() && !last) {
                    return Ok(None);
                }
            } else if is_unknown {
                // It may be written yet: what came in its way is still there, and would be met again.
                return Err(unknown());
            }
        }
        Err(CommandError::Busy)
    }

    /// After a lost race, or where others may work on it: the import itself may have gone on, or have been cancelled.
    pub(crate) async fn catch_up_if_moved(&self, run: &mut Run, repeated: bool) -> Result<(), CommandError> {
        let news = self.log.read_stream(run.job.import_id.into(), run.revision).await?;
        if !news.is_empty() {
            self.catch_up(run).await?;
        }
        run.report.repeated |= repeated;
        Ok(())
    }
}

/// As many items as hold the log about as long as they may.
fn resized(size: usize, receipt: &Receipt) -> usize {
    let wanted = if receipt.others_waited { HOLD.0 } else { HOLD.1 };
    let (_, fewest, most) = CHUNK;
    let grown = if receipt.held > wanted {
        size / 2
    } else if receipt.held * 2 < wanted {
        size * 2
    } else {
        size
    };
    grown.clamp(fewest, most)
}
