//! An import on its way: what it is, and how far it is.

use std::{sync::Arc, time::Instant};

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    Counts, Event, Import, ImportId, ImportMode, LicenseId, Metadata, Role, Source, SubjectId, envelope::Row,
    import::Phase,
};
use eventlog::{CommandKey, LogError, SeatPool, StreamId};
use uuid::Uuid;

use super::{
    commit::derived,
    decided::Decided,
    input::{Checked, Input, Item},
    outcome::{Report, SeatsHeld},
    reading::checked,
    undo::Attempts,
};
use crate::{CommandError, Context, Executor, jobs::Job};

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
pub(crate) struct Run {
    /// Who watches it.
    pub job: Arc<Job>,
    pub from_file: bool,
    pub import: Import,
    pub revision: u64,
    /// Stands in every event of it.
    metadata: Metadata,
    pub(super) command: Option<CommandKey>,
    /// When it was asked for, and since when it runs.
    clock: (DateTime<Utc>, Instant),
    /// Seats taken by what was committed; negative: set free.
    pub(super) taken: i64,
    /// Of the imports that touched the people of the last chunk, which ones undo what this one undoes.
    pub(super) attempts: Attempts,
    pub(crate) report: Report,
}

impl Executor {
    /// Adds, invites or removes people, or says what would happen; ends when all of it is done.
    pub async fn import(&self, ctx: &Context, request: ImportRequest) -> Result<Report, CommandError> {
        let ImportRequest { license_id, mode, input, dry_run } = request;
        let admin = self.admin_of(ctx, license_id).await?;
        let source = if input.is_csv() { Source::Csv } else { Source::Email };
        let checked = checked(input).await?;
        let mut job = Job::new(import_id(ctx, dry_run), license_id, mode, dry_run);
        job.format.clone_from(&checked.format);
        let run = self.run(ctx, admin, source, Arc::new(job), checked.rows).await?;
        self.run_all(run, checked).await
    }

    /// Takes up a run, or begins it, and works to its end.
    pub(crate) async fn run_all(&self, mut run: Run, checked: Checked) -> Result<Report, CommandError> {
        if !self.resumes(&mut run).await? && !self.run_chunks(&mut run, checked).await? {
            return Err(LogError::Stopped("the service is stopping".into()).into());
        }
        self.finished(run).await
    }

    /// The admin who asks, of a license that exists.
    pub(crate) async fn admin_of(
        &self,
        ctx: &Context,
        license: LicenseId,
    ) -> Result<SubjectId, CommandError> {
        let license = self.existing_license(license).await?;
        self.admin(ctx, &license).await
    }

    /// A run of what was asked for just now.
    pub(crate) async fn run(
        &self,
        ctx: &Context,
        admin: SubjectId,
        source: Source,
        job: Arc<Job>,
        rows: u64,
    ) -> Result<Run, CommandError> {
        let metadata = Metadata { source, ..ctx.metadata(admin, Role::Admin) };
        let run = self.new_run(job, metadata, ctx.now, rows).await?;
        Ok(Run { command: ctx.command.filter(|_| !run.job.dry_run), ..run })
    }

    /// A run of what the log says was begun. Nothing: it never was.
    pub(crate) async fn run_again(&self, job: Arc<Job>, rows: u64) -> Result<Option<Run>, CommandError> {
        let stream = self.log.read_stream(StreamId::from(job.import_id), 0).await?;
        let Some(first) = stream.into_iter().next() else { return Ok(None) };
        let mut run = self.new_run(job, first.metadata, Utc::now(), rows).await?;
        self.catch_up(&mut run).await?;
        Ok(Some(run))
    }

    async fn new_run(
        &self,
        job: Arc<Job>,
        metadata: Metadata,
        now: DateTime<Utc>,
        rows: u64,
    ) -> Result<Run, CommandError> {
        let before = self.seats_held(job.license_id).await?;
        job.has_rows(rows);
        let report = Report {
            import_id: job.import_id,
            position: *self.log.head().borrow(),
            dry_run: job.dry_run,
            rows,
            format: job.format.clone(),
            outcomes: Counts::default(),
            phase: None,
            seats: before,
            seats_before: Some(before),
            repeated: false,
            items: Vec::new(),
            items_truncated: false,
        };
        Ok(Run {
            from_file: metadata.source == Source::Csv,
            import: Import::default(),
            revision: 0,
            metadata: Metadata { import_id: Some(job.import_id), ..metadata },
            command: None,
            clock: (now, Instant::now()),
            taken: 0,
            attempts: Attempts::new(),
            report,
            job,
        })
    }

    /// Takes up an import that was begun with the same key. Whether there is nothing left to do.
    pub(crate) async fn resumes(&self, run: &mut Run) -> Result<bool, CommandError> {
        if run.revision > 0 {
            return Ok(run.has_ended());
        }
        let Some(command) = run.command else { return Ok(false) };
        let Some(outcome) = self.log.first_result(command).await? else { return Ok(false) };
        self.settle(outcome)?;
        self.catch_up(run).await?;
        run.report.repeated = true;
        Ok(run.has_ended())
    }

    /// Takes over what the log says of this import.
    pub(crate) async fn catch_up(&self, run: &mut Run) -> Result<(), CommandError> {
        run.import = Import::default();
        for recorded in self.log.read_stream(StreamId::from(run.job.import_id), 0).await? {
            run.revision = recorded.revision;
            run.report.position = recorded.position;
            if let Event::Import(event) = &recorded.event {
                run.import.evolve(event);
            }
        }
        run.report.outcomes = run.import.counts.clone();
        run.report.items_truncated = run.import.applied > 0;
        run.report.seats_before = None;
        Ok(())
    }

    /// What came of a run.
    pub(crate) async fn finished(&self, run: Run) -> Result<Report, CommandError> {
        let mut report = run.report;
        if !run.job.dry_run {
            let after = self.seats_held(run.job.license_id).await?;
            // Where others took or freed seats meanwhile, what was there before it is not known.
            report.seats_before = report.seats_before.filter(|before| {
                before.limit == after.limit && before.held.checked_add_signed(run.taken) == Some(after.held)
            });
            report.seats = after;
        }
        report.phase =
            Some(run.import.phase).filter(|phase| matches!(phase, Phase::Cancelled | Phase::Failed));
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

impl Run {
    /// Who began it, and by whose rights it goes on.
    pub(super) fn admin(&self) -> SubjectId {
        self.metadata.actor
    }

    /// The day, UTC: a long import may see the next one.
    pub(super) fn today(&self) -> NaiveDate {
        (self.clock.0 + self.clock.1.elapsed()).date_naive()
    }

    /// The seats that the next item may take, of a preview as its earlier items would leave them.
    pub(super) fn seats(&self) -> SeatsHeld {
        self.report.seats
    }

    pub(crate) fn has_ended(&self) -> bool {
        !matches!(self.import.phase, Phase::Unknown | Phase::Running)
    }

    pub(super) fn count(&mut self, decided: Decided) {
        self.report.outcomes.add_all(&decided.counts);
        self.report.list(decided.outcomes);
    }

    /// Of an event that is about the whole import, or about one item of it.
    pub(super) fn metadata(&self, item: Option<&Item>) -> Metadata {
        let line = item.and_then(Item::line_of_file).map(Row);
        Metadata { line, row: item.map(|item| Row(item.row)), ..self.metadata.clone() }
    }
}

/// An import is undone once, unless somebody stopped that half-way.
pub(crate) fn undo_id(import: ImportId, attempt: u64) -> ImportId {
    match attempt {
        1 => ImportId(derived(&[b"undo", import.0.as_bytes()])),
        _ => ImportId(derived(&[b"undo", import.0.as_bytes(), &attempt.to_be_bytes()])),
    }
}

/// The same key is the same import: asked again, it is found again.
pub(crate) fn import_id(ctx: &Context, dry_run: bool) -> ImportId {
    match ctx.command.filter(|_| !dry_run) {
        Some(command) => ImportId(derived(&[b"import", command.id.as_bytes()])),
        None => ImportId(Uuid::now_v7()),
    }
}
