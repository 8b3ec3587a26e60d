//! Runs an import, chunk by chunk.

use std::time::Duration;

use domain::{
    Code, Counts, Event, Import, ImportCommand, ImportEvent, ImportId, ImportMode, LicenseId, Metadata, Role,
    Source, SubjectId, envelope::Row, import,
};
use eventlog::{Append, CommandKey, Commit, Lane, LogError, Outcome, Receipt, SeatPool, StreamId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    InputError,
    decided::Decided,
    duplicates::Duplicates,
    input::{Checked, Input, Item, Items},
    outcome::{Report, SeatsHeld},
    reading::{Chunk, checked, read_chunk},
};
use crate::{
    CommandError, Context, Executor,
    executor::{ATTEMPTS, LicenseAt, Settled, append, keep},
};

/// An order about any number of people.
pub struct ImportRequest {
    /// The license.
    pub license_id: LicenseId,
    /// What happens to the people.
    pub mode: ImportMode,
    /// Who they are.
    pub input: Input,
    /// Only says what would happen.
    pub dry_run: bool,
}

/// An import on its way.
#[expect(clippy::struct_field_names, reason = "`dry_run` is the word of the interface")]
pub(super) struct Run<'a> {
    pub ctx: &'a Context,
    pub license_id: LicenseId,
    pub mode: ImportMode,
    pub dry_run: bool,
    pub from_file: bool,
    pub admin: SubjectId,
    pub import_id: ImportId,
    pub import: Import,
    revision: u64,
    /// Seats taken by what was committed; negative: set free.
    taken: i64,
    report: Report,
    duplicates: Duplicates,
}

/// How long a chunk may hold the log while others wait, and while nobody does.
const HOLD: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(100));

/// Items in a chunk: the first, the fewest, the most.
const CHUNK: (usize, usize, usize) = (500, 50, 5_000);

impl Executor {
    /// Adds, invites or removes people; or says what would happen.
    pub async fn import(&self, ctx: &Context, request: ImportRequest) -> Result<Report, CommandError> {
        let ImportRequest { license_id, mode, input, dry_run } = request;
        let license = self.existing_license(license_id).await?;
        let admin = self.admin(ctx, &license).await?;
        let from_file = input.is_csv();
        let Checked { items, rows, duplicates, format } = checked(input).await?;
        let ctx = &Context { source: if from_file { Source::Csv } else { Source::Email }, ..ctx.clone() };
        let import_id = import_id(ctx, dry_run);
        let before = self.seats_held(license_id).await?;
        let report = Report {
            import_id,
            position: *self.log.head().borrow(),
            dry_run,
            rows,
            format,
            outcomes: Counts::default(),
            seats: before,
            seats_before: Some(before),
            repeated: false,
            items: Vec::new(),
            items_truncated: false,
        };
        let import = Import::default();
        let mut run = Run {
            ctx,
            license_id,
            mode,
            dry_run,
            from_file,
            admin,
            import_id,
            import,
            revision: 0,
            taken: 0,
            report,
            duplicates,
        };
        if self.resumes(&mut run).await? {
            return self.finished(run).await;
        }
        self.run_chunks(&mut run, items).await?;
        self.finished(run).await
    }

    /// Takes up an import that was begun with the same key. Whether there is nothing left to do.
    async fn resumes(&self, run: &mut Run<'_>) -> Result<bool, CommandError> {
        let Some(command) = run.ctx.command.filter(|_| !run.dry_run) else { return Ok(false) };
        let Some(outcome) = self.log.first_result(command).await? else { return Ok(false) };
        self.settle(outcome)?;
        self.catch_up(run).await?;
        Ok(run.has_ended())
    }

    /// Takes over what the log says of this import: the same request came before, or comes at this moment.
    async fn catch_up(&self, run: &mut Run<'_>) -> Result<(), CommandError> {
        run.import = Import::default();
        for recorded in self.log.read_stream(StreamId::from(run.import_id), 0).await? {
            run.revision = recorded.revision;
            run.report.position = recorded.position;
            if let Event::Import(event) = &recorded.event {
                run.import.evolve(event);
            }
        }
        run.report.outcomes = run.import.counts.clone();
        run.report.items_truncated = run.import.applied > 0;
        run.report.repeated = true;
        run.report.seats_before = None;
        Ok(())
    }

    async fn run_chunks(&self, run: &mut Run<'_>, items: Items) -> Result<(), CommandError> {
        let mut size = CHUNK.0;
        let mut reading = Some(read_chunk(items, size));
        while let Some(task) = reading.take() {
            let Chunk { items: mut chunk, rest, last } =
                task.await.map_err(|e| LogError::Stopped(e.to_string()))??;
            if !last {
                // The next chunk is read while this one is decided and committed.
                reading = Some(read_chunk(rest, size));
            }
            if run.has_ended() {
                // The same request came twice at once, and the other one was faster.
                break;
            }
            run.duplicates.mark(&mut chunk).map_err(InputError::Io)?;
            chunk.retain(|item| item.row > run.import.applied);
            if (!chunk.is_empty() || last)
                && let Some(receipt) = self.apply_chunk(run, &chunk, last).await?
            {
                size = resized(size, &receipt);
            }
        }
        Ok(())
    }

    /// Decides a chunk and commits it; after a lost race, again.
    async fn apply_chunk(
        &self,
        run: &mut Run<'_>,
        chunk: &[Item],
        last: bool,
    ) -> Result<Option<Receipt>, CommandError> {
        let mut chunk = chunk;
        for _ in 0..ATTEMPTS {
            let license = self.license(run.license_id).await?;
            let mut decided = self.decide_chunk(run, &license, chunk).await?;
            if run.dry_run {
                let refused = decided.refused(run.import_id);
                self.log.commit(Commit { refused, lane: Lane::Bulk, ..Commit::default() }).await?;
                run.report.seats.held = run.report.seats.held.saturating_add_signed(decided.seats_taken);
                run.count(decided);
                return Ok(None);
            }
            let commit = run.commit(&license, &mut decided, chunk, last)?;
            let outcome = self.log.commit(commit).await?;
            if let Outcome::AlreadyDone(_) = outcome {
                // What the other one came to counts, not what was decided here.
                self.catch_up(run).await?;
                chunk = &chunk[chunk.partition_point(|item| item.row <= run.import.applied)..];
                if run.has_ended() || (chunk.is_empty() && !last) {
                    return Ok(None);
                }
                continue;
            }
            if let Settled::Done(receipt) = self.settle(outcome)? {
                run.follow(chunk, &decided.counts, last)?;
                run.taken += decided.seats_taken;
                run.report.position = receipt.position;
                run.count(decided);
                return Ok(Some(receipt));
            }
        }
        Err(CommandError::Busy)
    }

    async fn finished(&self, run: Run<'_>) -> Result<Report, CommandError> {
        let mut report = run.report;
        if !run.dry_run {
            let after = self.seats_held(run.license_id).await?;
            // Where others took or freed seats meanwhile, what was there before it is not known.
            report.seats_before = report.seats_before.filter(|before| {
                before.limit == after.limit && before.held.checked_add_signed(run.taken) == Some(after.held)
            });
            report.seats = after;
        }
        Ok(report)
    }

    async fn seats_held(&self, license: LicenseId) -> Result<SeatsHeld, CommandError> {
        let seats = self.log.seats(SeatPool::License(license)).await?;
        Ok(seats.map_or(SeatsHeld { limit: 0, held: 0 }, |seats| SeatsHeld {
            limit: seats.limit.unwrap_or(u64::MAX),
            held: seats.taken,
        }))
    }
}

impl Run<'_> {
    /// The seats that the next item may take, of a preview as its earlier items would leave them.
    pub(super) fn seats(&self) -> SeatsHeld {
        self.report.seats
    }

    fn has_ended(&self) -> bool {
        !matches!(self.import.phase, import::Phase::Unknown | import::Phase::Running)
    }

    fn count(&mut self, decided: Decided) {
        self.report.outcomes.add_all(&decided.counts);
        self.report.list(decided.outcomes);
    }

    /// The events of the import itself for a chunk: it starts with the first and ends with the last.
    fn import_events(
        &self,
        chunk: &[Item],
        counts: &Counts,
        last: bool,
    ) -> Result<Vec<ImportEvent>, CommandError> {
        let mut import = self.import.clone();
        let mut events = Vec::new();
        let start = ImportCommand::Start { license_id: self.license_id, mode: self.mode };
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

    fn commit(
        &self,
        license: &LicenseAt,
        decided: &mut Decided,
        chunk: &[Item],
        last: bool,
    ) -> Result<Commit, CommandError> {
        let metadata = self.metadata(None);
        let events = self.import_events(chunk, &decided.counts, last)?;
        let mut appends: Vec<Append> = Vec::with_capacity(decided.appends.len() + 2);
        // Its start stands before what it did, and its end after.
        let (start, end) = events.split_at(usize::from(self.revision == 0));
        let own = |after: u64, events: &[ImportEvent]| {
            append(self.import_id, after, self.license_id, events.iter().cloned(), &metadata)
        };
        if !start.is_empty() {
            appends.push(own(0, start));
        }
        appends.append(&mut decided.appends);
        appends.push(own(self.revision.max(1), end));
        let first = self.revision == 0;
        Ok(Commit {
            command: if first {
                self.ctx.command
            } else {
                Some(chunk_key(self.import_id, self.import.applied + 1))
            },
            appends,
            asserts: vec![(StreamId::from(self.license_id), license.revision)],
            people: std::mem::take(&mut decided.people),
            members: std::mem::take(&mut decided.members),
            seats: decided.seat_change(self.license_id),
            refused: decided.refused(self.import_id),
            result: keep(Code::Changed, Some(self.import_id.0)),
            lane: if first && last { Lane::Interactive } else { Lane::Bulk },
            keys: Vec::new(),
        })
    }

    /// The import's own state after a chunk that was committed.
    fn follow(&mut self, chunk: &[Item], counts: &Counts, last: bool) -> Result<(), CommandError> {
        for event in self.import_events(chunk, counts, last)? {
            self.import.evolve(&event);
            self.revision += 1;
        }
        Ok(())
    }

    pub(super) fn metadata(&self, row: Option<u64>) -> Metadata {
        let metadata = self.ctx.metadata(self.admin, Role::Admin);
        Metadata { import_id: Some(self.import_id), row: row.map(Row), ..metadata }
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

/// The same key is the same import: asked again, it is found again.
fn import_id(ctx: &Context, dry_run: bool) -> ImportId {
    match ctx.command.filter(|_| !dry_run) {
        Some(command) => ImportId(derived(&[b"import", command.id.as_bytes()])),
        None => ImportId(Uuid::now_v7()),
    }
}

/// A chunk is known by its import and its first row.
fn chunk_key(import: ImportId, first_row: u64) -> CommandKey {
    let id = derived(&[b"chunk", import.0.as_bytes(), &first_row.to_be_bytes()]);
    CommandKey { id, fingerprint: Sha256::digest(id.as_bytes()).into() }
}

fn derived(parts: &[&[u8]]) -> Uuid {
    let digest = parts.iter().fold(Sha256::new(), Sha256::chain_update).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
