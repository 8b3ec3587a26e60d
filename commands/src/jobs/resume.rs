//! Takes up what an earlier process left.

use std::{collections::BTreeSet, io::ErrorKind, sync::Arc};

use domain::{Code, ImportId, ImportMode, LicenseId, import::Phase};
use eventlog::{LogError, Position};
use tokio::task::spawn_blocking;

use super::{Begun, End, Job, Jobs, State, claims::Claim, submit::unkept, work::Work};
use crate::{
    CommandError,
    import::{Checked, Input, Run, checked},
    uploads::is_whole,
};

impl Jobs {
    /// Goes on with every import that is running and that nobody works on, in the order in which they began, as far as
    /// there are turns for them; of `running` and of those whose uploads are kept. What can't go on has failed, and the
    /// log says why. Uploads of imports that are not running are let go. One that can't be looked at just now does not
    /// keep the others: it is told when they have been seen to.
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
        let mut free = self.free();
        for (_, import) in left {
            if let Err(error) = self.go_on_if_free(import, &mut free).await {
                faults.push((import, error));
            }
        }
        for (import, error) in &faults {
            tracing::warn!(%import, %error, "an import could not be taken up");
        }
        faults.into_iter().next().map_or(Ok(()), |(_, error)| Err(error))
    }

    /// Goes on with one import that is running; where another process works on it, follows what that one does, for
    /// somebody here who wants to know.
    pub async fn follow(&self, import: ImportId) -> Result<Option<Arc<Job>>, CommandError> {
        let _door = self.0.door.lock().await;
        if self.begun_and_not_ended(import).await?.is_none() {
            return Ok(None);
        }
        self.take_up(import).await
    }

    /// Where in the log an import began that is running. The upload of any other one is let go, unless somebody is
    /// about to begin with it: they have a claim on it, or had one until the server ended that kept it.
    async fn running_since(&self, import: ImportId) -> Result<Option<Position>, CommandError> {
        let since = self.begun_and_not_ended(import).await?;
        if since.is_some() {
            return Ok(since);
        }
        let Some(_claim) = self.0.claims.claim(import).await.map_err(|e| unkept(&e))? else {
            return Ok(None);
        };
        // It may have begun meanwhile.
        let begun = self.0.commands.begun(import).await?;
        let uploads = &self.0.uploads;
        match &begun {
            Some(begun) if is_running(begun) => {}
            Some(_) => uploads.forget(import).await.map_err(|e| unkept(&e))?,
            None => uploads.let_go(import).await.map_err(|e| unkept(&e))?,
        }
        Ok(begun.filter(is_running).map(|begun| begun.first.position))
    }

    async fn begun_and_not_ended(&self, import: ImportId) -> Result<Option<Position>, CommandError> {
        let begun = self.0.commands.begun(import).await?;
        Ok(begun.filter(is_running).map(|begun| begun.first.position))
    }

    /// Goes on with an import, unless somebody works on it. Whether it does.
    pub(super) async fn go_on_with(&self, import: ImportId) -> Result<bool, CommandError> {
        if self.under_way(import).is_some() {
            return Ok(false);
        }
        let claim = self.0.claims.claim(import).await.map_err(|e| unkept(&e))?;
        if claim.is_none() {
            return Ok(false);
        }
        self.take_up_with(import, claim).await.map(|job| job.is_some())
    }

    /// The job of an import that is running: the one that is under way here, or a new one that goes on with it. Where
    /// another process works on it, that one follows, and goes on if the other ends. `None`: it can't go on.
    pub(super) async fn take_up(&self, import: ImportId) -> Result<Option<Arc<Job>>, CommandError> {
        if let Some(job) = self.under_way(import) {
            return Ok(Some(job));
        }
        let claim = self.0.claims.claim(import).await.map_err(|e| unkept(&e))?;
        self.take_up_with(import, claim).await
    }

    async fn take_up_with(
        &self,
        import: ImportId,
        claim: Option<Claim>,
    ) -> Result<Option<Arc<Job>>, CommandError> {
        let Self(inner) = self;
        let Some(begun) = inner.commands.begun(import).await? else { return Ok(None) };
        let Some((license_id, mode)) = begun.import.what else { return Ok(None) };
        let mut job = Job::new(import, license_id, mode, false);
        (job.undoes, job.goes_on) = (begun.import.undoes, true);
        job.kept_in = job.undoes.is_none().then(|| Arc::clone(&inner.uploads));
        let checked = match self.reread(&job).await? {
            Ok(checked) => checked,
            // Whoever works on it may have ended just now, and let it go.
            Err(_) if claim.is_none() => return Ok(None),
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
        if claim.is_some() {
            let (applied, rows) = (begun.import.applied, checked.rows);
            tracing::info!(%import, applied, rows, "goes on with an import that another process had begun");
        }
        self.spawn(Work { run, checked, kept: true, claim })?;
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

fn is_running(begun: &Begun) -> bool {
    begun.import.phase == Phase::Running
}
