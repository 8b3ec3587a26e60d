//! What a chunk of an import commits, and how the import itself goes on with it.

use domain::{Code, Counts, ImportCommand, ImportEvent, ImportId, import};
use eventlog::{Append, CommandKey, Commit, Lane, Outcome, StreamId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{decided::Decided, input::Item, run::Run};
use crate::{
    CommandError, Executor,
    executor::{ATTEMPTS, LicenseAt, append, keep},
    jobs::Job,
};

impl Executor {
    /// Writes down that it has begun, in a commit of its own: from then on it goes on by itself.
    pub(crate) async fn start(&self, run: &mut Run) -> Result<(), CommandError> {
        for _ in 0..ATTEMPTS {
            let license = self.existing_license(run.job.license_id).await?;
            license.state.check_admin(run.admin())?;
            let events = run.import_events(&[], &Counts::default(), false)?;
            let commit = Commit {
                command: run.command,
                appends: vec![run.own(0, &events)],
                asserts: vec![(StreamId::from(run.job.license_id), license.revision)],
                result: keep(Code::Changed, Some(run.job.import_id.0)),
                file: run.job.file(),
                ..Commit::default()
            };
            let outcome = self.log.commit(commit).await?;
            let won = matches!(outcome, Outcome::Committed(_) | Outcome::AlreadyDone(_));
            self.settle(outcome)?;
            if won {
                // Its seats were not changed by it yet.
                let before = run.report.seats_before;
                self.catch_up(run).await?;
                run.report.seats_before = before;
                return Ok(());
            }
        }
        Err(CommandError::Busy)
    }
}

impl Run {
    /// The events of the import itself for a chunk: it starts with the first and ends with the last.
    fn import_events(
        &self,
        chunk: &[Item],
        counts: &Counts,
        last: bool,
    ) -> Result<Vec<ImportEvent>, CommandError> {
        let mut import = self.import.clone();
        let mut events = Vec::new();
        let Job { license_id, mode, undoes, .. } = *self.job;
        let start = ImportCommand::Start { license_id, mode, undoes };
        let apply = chunk.first().zip(chunk.last()).map(|(first, last)| {
            let (first_row, last_row) = (first.row, last.row);
            ImportCommand::ApplyChunk { first_row, last_row, counts: counts.clone() }
        });
        for command in [Some(start), apply, last.then_some(ImportCommand::Complete)].into_iter().flatten() {
            for event in import::decide(&import, command)? {
                import.evolve(&event);
                events.push(event);
            }
        }
        Ok(events)
    }

    fn own(&self, after: u64, events: &[ImportEvent]) -> Append {
        append(self.job.import_id, after, self.job.license_id, events.iter().cloned(), &self.metadata(None))
    }

    pub(super) fn commit(
        &self,
        license: &LicenseAt,
        decided: &mut Decided,
        chunk: &[Item],
        last: bool,
    ) -> Result<Commit, CommandError> {
        let events = self.import_events(chunk, &decided.counts, last)?;
        let mut appends: Vec<Append> = Vec::with_capacity(decided.appends.len() + 2);
        // Its start stands before what it did, and its end after.
        let first = self.revision == 0;
        let (start, end) = events.split_at(usize::from(first));
        if !start.is_empty() {
            appends.push(self.own(0, start));
        }
        appends.append(&mut decided.appends);
        appends.push(self.own(self.revision.max(1), end));
        let import_id = self.job.import_id;
        let mut asserts = vec![(StreamId::from(self.job.license_id), license.revision)];
        asserts.append(&mut decided.asserts);
        Ok(Commit {
            command: if first { self.command } else { Some(chunk_key(import_id, self.import.applied + 1)) },
            appends,
            asserts,
            people: std::mem::take(&mut decided.people),
            members: std::mem::take(&mut decided.members),
            seats: decided.seat_change(self.job.license_id),
            refused: decided.refused(&self.job),
            file: if first { self.job.file() } else { None },
            result: keep(Code::Changed, Some(import_id.0)),
            lane: if first && last { Lane::Interactive } else { Lane::Bulk },
            keys: Vec::new(),
            forgotten: Vec::new(),
            erases: Vec::new(),
        })
    }

    /// The import's own state after a chunk that was committed.
    pub(super) fn follow(&mut self, chunk: &[Item], counts: &Counts, last: bool) -> Result<(), CommandError> {
        for event in self.import_events(chunk, counts, last)? {
            self.import.evolve(&event);
            self.revision += 1;
        }
        Ok(())
    }
}

/// A chunk is known by its import and its first row.
fn chunk_key(import: ImportId, first_row: u64) -> CommandKey {
    let id = derived(&[b"chunk", import.0.as_bytes(), &first_row.to_be_bytes()]);
    CommandKey { id, fingerprint: Sha256::digest(id.as_bytes()).into() }
}

pub(crate) fn derived(parts: &[&[u8]]) -> Uuid {
    let digest = parts.iter().fold(Sha256::new(), Sha256::chain_update).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
