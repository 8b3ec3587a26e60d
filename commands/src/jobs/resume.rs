//! Takes up what an earlier process left.

use std::{collections::BTreeSet, io::ErrorKind, sync::Arc};

use domain::{
    Code, Event, Import, ImportCommand, ImportId, ImportMode, LicenseId, Metadata, Role, SubjectId, import,
    import::Phase,
};
use eventlog::{Commit, LogError, Position, Recorded};
use tokio::task::spawn_blocking;

use super::{End, Job, Jobs, State, submit::unkept, work::Work};
use crate::{
    CommandError, Executor,
    executor::{ATTEMPTS, Settled, append},
    import::{Checked, Input, Run, checked},
    uploads::is_whole,
};

impl Jobs {
    /// Goes on with every import that is running and that nobody works on, in the order in which they began; of
    /// `running` and of those whose uploads are kept. What can't go on has failed, and the log says why. Uploads of
    /// imports that are not running are let go. One that can't be looked at just now does not keep the others: it is
    /// told when they have been seen to.
    pub async fn resume(&self, running: &[ImportId]) -> Result<(), CommandError> {
        let Self(inner) = self;
        let _door = inner.door.lock().await;
        let kept = inner.uploads.kept().await.map_err(|e| unkept(&e))?;
        let all: BTreeSet<ImportId> = kept.into_iter().chain(running.iter().copied()).collect();
        let (mut left, mut faults) = (Vec::new(), Vec::new());
        for import in all {
            match self.running_since(import).await {
                Ok(since) => left.extend(since.map(|since| (since, import))),
                Err(error) => faults.push((import, error)),
            }
        }
        left.sort_unstable();
        for (_, import) in left {
            if let Err(error) = self.take_up(import).await {
                faults.push((import, error));
            }
        }
        for (import, error) in &faults {
            tracing::warn!(%import, %error, "an import could not be taken up");
        }
        faults.into_iter().next().map_or(Ok(()), |(_, error)| Err(error))
    }

    /// Where in the log an import began that is running. The upload of any other one is let go.
    async fn running_since(&self, import: ImportId) -> Result<Option<Position>, CommandError> {
        let begun = self.0.commands.begun(import).await?;
        if let Some(Begun { import: Import { phase: Phase::Running, .. }, first, .. }) = begun {
            return Ok(Some(first.position));
        }
        self.0.uploads.forget(import).await.map_err(|e| unkept(&e))?;
        Ok(None)
    }

    /// The job of an import that is running: the one that is under way, or a new one that goes on with it. `None`: it
    /// can't go on.
    pub(super) async fn take_up(&self, import: ImportId) -> Result<Option<Arc<Job>>, CommandError> {
        let Self(inner) = self;
        let under_way = inner.book.lock().under_way.get(&import).cloned();
        if under_way.is_some() {
            return Ok(under_way);
        }
        let Some(begun) = inner.commands.begun(import).await? else { return Ok(None) };
        let Some((license_id, mode)) = begun.import.what else { return Ok(None) };
        let mut job = Job::new(import, license_id, mode, false);
        (job.undoes, job.goes_on) = (begun.import.undoes, true);
        let checked = match self.reread(&job).await? {
            Ok(checked) => checked,
            Err(code) => {
                inner.commands.fail_import(import, code).await?;
                inner.uploads.forget(import).await.map_err(|e| unkept(&e))?;
                return Ok(None);
            }
        };
        job.format.clone_from(&checked.format);
        job.note = inner.uploads.note(import).await.map_err(|e| unkept(&e))?;
        let job = Arc::new(job);
        let Some(run) = inner.commands.run_again(Arc::clone(&job), checked.rows).await? else {
            return Ok(None);
        };
        self.spawn(Work { run, checked, kept: true })?;
        Ok(Some(job))
    }

    /// The job of an import that has ended.
    pub(super) async fn ended(
        &self,
        import: ImportId,
        license: LicenseId,
        mode: ImportMode,
    ) -> Result<Arc<Job>, CommandError> {
        let commands = &self.0.commands;
        let job = Arc::new(Job::new(import, license, mode, false));
        let rows = commands.begun(import).await?.map_or(0, |begun| begun.import.applied);
        let Some(mut run) = commands.run_again(Arc::clone(&job), rows).await? else {
            return Err(CommandError::Busy);
        };
        run.report.repeated = true;
        let report = commands.finished(run).await?;
        job.ends(State::of(&report), End::Report(Box::new(report)));
        Ok(job)
    }

    /// A job's input once more, after a failure that may have passed.
    pub(super) async fn open(&self, job: &Arc<Job>) -> Result<Option<(Run, Checked)>, CommandError> {
        let Ok(checked) = self.reread(job).await? else { return Ok(None) };
        let run = self.0.commands.run_again(Arc::clone(job), checked.rows).await?;
        Ok(run.map(|run| (run, checked)))
    }

    /// The log where something is undone; otherwise the upload of an import, if it is still what was uploaded; otherwise why it can't go on.
    async fn reread(&self, job: &Job) -> Result<Result<Checked, Code>, CommandError> {
        if let Some(undone) = job.undoes {
            return self.0.commands.touched_by(undone).await.map(Ok);
        }
        let import = job.import_id;
        let uploads = &self.0.uploads;
        let note = match uploads.note(import).await {
            Ok(Some(note)) => note,
            Ok(None) => return Ok(Err(Code::UploadLost)),
            // It will never be what it was.
            Err(error) if error.kind() == ErrorKind::InvalidData => return Ok(Err(Code::UploadChanged)),
            Err(error) => return Err(unkept(&error)),
        };
        let mut source = match uploads.open(import).await {
            Ok(source) => source,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Err(Code::UploadLost)),
            // It may pass: the import must not be lost for it.
            Err(error) => return Err(unkept(&error)),
        };
        let (kind, charset) = (note.kind, note.charset);
        let read = spawn_blocking(move || is_whole(&mut *source, &note).map(|whole| whole.then_some(source)));
        let source = read.await.map_err(|e| LogError::Stopped(e.to_string()))?.map_err(|e| unkept(&e))?;
        let Some(source) = source else { return Ok(Err(Code::UploadChanged)) };
        match checked(Input::Upload(kind, charset, source)).await {
            Ok(checked) => Ok(Ok(checked)),
            Err(CommandError::Input(error)) if !error.may_pass() => Ok(Err(Code::UploadChanged)),
            Err(error) => Err(error),
        }
    }
}

/// An import as the log has it.
pub(crate) struct Begun {
    pub import: Import,
    pub revision: u64,
    pub first: Recorded,
    pub last: Position,
}

impl Executor {
    /// An import, if it ever began.
    pub(crate) async fn begun(&self, import: ImportId) -> Result<Option<Begun>, CommandError> {
        let stream = self.log.read_stream(import.into(), 0).await?;
        let mut state = Import::default();
        for recorded in &stream {
            if let Event::Import(event) = &recorded.event {
                state.evolve(event);
            }
        }
        let Some((revision, last)) = stream.last().map(|last| (last.revision, last.position)) else {
            return Ok(None);
        };
        Ok(stream.into_iter().next().map(|first| Begun { import: state, revision, first, last }))
    }

    /// Whether this person's import into this license is still running.
    pub(crate) async fn is_under_way(
        &self,
        import: ImportId,
        admin: SubjectId,
        license: LicenseId,
        mode: ImportMode,
    ) -> Result<bool, CommandError> {
        let begun = self.begun(import).await?;
        Ok(begun.is_some_and(|begun| {
            let what = begun.import.what == Some((license, mode)) && begun.first.metadata.actor == admin;
            what && begun.import.phase == Phase::Running
        }))
    }

    /// Writes down that an import can't go on.
    async fn fail_import(&self, import: ImportId, code: Code) -> Result<(), CommandError> {
        for _ in 0..ATTEMPTS {
            let Some(begun) = self.begun(import).await? else { return Ok(()) };
            let Some((license, _)) = begun.import.what else { return Ok(()) };
            let Ok(events) = import::decide(&begun.import, ImportCommand::Fail { code }) else {
                return Ok(());
            };
            // Nobody did it: it stands there as the service's own.
            let metadata = Metadata {
                actor: SubjectId::OPERATOR,
                acted_by: None,
                role: Role::Operator,
                ..begun.first.metadata
            };
            let appends = vec![append(import, begun.revision, license, events, &metadata)];
            let outcome = self.log.commit(Commit { appends, ..Commit::default() }).await?;
            if let Settled::Done(_) = self.settle(outcome)? {
                tracing::warn!(%import, %code, "an import can't go on");
                return Ok(());
            }
        }
        Err(CommandError::Busy)
    }
}
