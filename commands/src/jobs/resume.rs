//! Takes up what an earlier process left.

use std::{collections::BTreeSet, sync::Arc};

use domain::{
    Code, Event, Import, ImportCommand, ImportId, ImportMode, LicenseId, Metadata, Role, SubjectId, import,
    import::Phase,
};
use eventlog::{Commit, LogError, Recorded};
use tokio::task::spawn_blocking;

use super::{Job, Jobs, submit::unkept, work::Work};
use crate::{
    CommandError, Executor,
    executor::{ATTEMPTS, Settled, append},
    import::{Checked, Input, Run, checked},
    uploads::is_whole,
};

impl Jobs {
    /// Goes on with every import that is running and that nobody works on, in the order in which they began; of
    /// `running` and of those whose uploads are kept. What can't go on has failed, and the log says why. Uploads of
    /// imports that are not running are let go.
    pub async fn resume(&self, running: &[ImportId]) -> Result<(), CommandError> {
        let Self(inner) = self;
        let _door = inner.door.lock().await;
        let kept = inner.uploads.kept().await.map_err(|e| unkept(&e))?;
        let all: BTreeSet<ImportId> = kept.into_iter().chain(running.iter().copied()).collect();
        let mut left = Vec::new();
        for import in all {
            match inner.commands.begun(import).await? {
                Some(Begun { import: Import { phase: Phase::Running, .. }, first, .. }) => {
                    left.push((first.position, import));
                }
                Some(_) | None => inner.uploads.forget(import).await.map_err(|e| unkept(&e))?,
            }
        }
        left.sort_unstable();
        for (_, import) in left {
            self.take_up(import).await?;
        }
        Ok(())
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
        let checked = match self.reread(import).await? {
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

    /// A job's input once more, after a failure that may have passed.
    pub(super) async fn open(&self, job: &Arc<Job>) -> Result<Option<(Run, Checked)>, CommandError> {
        let Ok(checked) = self.reread(job.import_id).await? else { return Ok(None) };
        let run = self.0.commands.run_again(Arc::clone(job), checked.rows).await?;
        Ok(run.map(|run| (run, checked)))
    }

    /// The upload of an import, if it is still what was uploaded; otherwise why it can't go on.
    async fn reread(&self, import: ImportId) -> Result<Result<Checked, Code>, CommandError> {
        let uploads = &self.0.uploads;
        let note = uploads.note(import).await.map_err(|e| unkept(&e))?;
        let Some(note) = note else { return Ok(Err(Code::UploadLost)) };
        let Ok(mut source) = uploads.open(import).await else { return Ok(Err(Code::UploadLost)) };
        let kind = note.kind;
        let read = spawn_blocking(move || is_whole(&mut *source, &note).map(|whole| whole.then_some(source)));
        let source = read.await.map_err(|e| LogError::Stopped(e.to_string()))?.map_err(|e| unkept(&e))?;
        let Some(source) = source else { return Ok(Err(Code::UploadChanged)) };
        match checked(Input::Upload(kind, source)).await {
            Ok(checked) => Ok(Ok(checked)),
            Err(CommandError::Input(_)) => Ok(Err(Code::UploadChanged)),
            Err(error) => Err(error),
        }
    }
}

/// An import as the log has it.
pub(crate) struct Begun {
    pub import: Import,
    pub revision: u64,
    pub first: Recorded,
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
        let revision = stream.last().map_or(0, |last| last.revision);
        Ok(stream.into_iter().next().map(|first| Begun { import: state, revision, first }))
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
