//! Takes an order in, and makes a job of it.

use std::{io, sync::Arc, time::Duration};

use domain::{ImportId, ImportMode, LicenseId, Source, SubjectId, canonical};
use eventlog::{LogError, faults::place};
use tokio::time::sleep;

use super::{End, Job, Jobs, claims::Claim, work::Work};
use crate::{
    CommandError, Context,
    executor::ATTEMPTS,
    import::{BUDGET, Checked, Input, checked, derived, import_id, is_one_chunk},
    uploads::{Incoming, Kind, Note, is_full},
};

/// What somebody gave. No `Debug`: holds addresses.
pub enum Given {
    /// Pasted or typed addresses.
    Text(String),
    /// A list that a program made: each element is one item.
    List(Vec<String>),
    /// A file, or a text too long to be held in memory.
    Upload(Kind, Incoming),
    /// People of the user list, written down in one of these ways: nobody gave their addresses.
    Chosen(Box<Self>),
}

/// An order about any number of people.
pub struct JobOrder {
    /// The license.
    pub license_id: LicenseId,
    /// What happens to the people.
    pub mode: ImportMode,
    /// Only says what would happen.
    pub dry_run: bool,
    /// Who they are.
    pub given: Given,
}

/// After so long it is looked again whether another process has taken a request in.
const A_MOMENT: Duration = Duration::from_millis(100);

impl Jobs {
    /// Begins a job. Once this returns it goes on by itself, whatever happens to the process; but for a preview, and
    /// for what fits into one chunk: that is all of it or nothing, and whoever asked waits for it.
    pub async fn submit(&self, ctx: &Context, order: JobOrder) -> Result<Arc<Job>, CommandError> {
        let JobOrder { license_id, mode, dry_run, given } = order;
        let admin = self.0.commands.admin_of(ctx, license_id).await?;
        let (input, source, bytes) = given.input()?;
        let reading = self.0.turns.to_read(bytes).await;
        let checked = checked(input).await?;
        drop(reading);
        let mut job = Job::new(import_id(ctx, dry_run), license_id, mode, dry_run);
        if !matches!(given, Given::Chosen(_)) {
            job.format.clone_from(&checked.format);
        }
        if let Given::Upload(_, incoming) = &given {
            job.note = Some(incoming.note());
        }
        if dry_run || fits_one_chunk(&checked, bytes) {
            let job = Arc::new(job);
            let run = self.0.commands.run(ctx, admin, source, Arc::clone(&job), checked.rows).await?;
            self.spawn(Work { run, checked, kept: false, claim: None })?;
            return Ok(job);
        }
        let incoming = given.incoming(self).await?;
        (job.note, job.goes_on) = (Some(incoming.note()), true);
        job.kept_in = Some(Arc::clone(&self.0.uploads));
        self.keep(ctx, admin, source, job, checked, incoming).await
    }

    async fn keep(
        &self,
        ctx: &Context,
        admin: SubjectId,
        source: Source,
        job: Job,
        checked: Checked,
        incoming: Incoming,
    ) -> Result<Arc<Job>, CommandError> {
        let Self(inner) = self;
        let (import, job) = (job.import_id, Arc::new(job));
        let _door = inner.door.lock().await;
        let _file = match (ctx.command, &job.note) {
            (None, Some(note)) => Some(self.alone_with(file_id(note, &job, admin)).await?),
            _ => None,
        };
        let claim = self.claimed_or_begun(import).await?;
        let mut run = inner.commands.run(ctx, admin, source, Arc::clone(&job), checked.rows).await?;
        if inner.commands.resumes(&mut run).await? {
            let report = inner.commands.finished(run).await?;
            job.ends(super::State::of(&report), End::Report(Box::new(report)));
            return Ok(job);
        }
        if run.revision > 0 {
            // The same request came before.
            drop(claim);
            return self.take_up(import).await?.ok_or(CommandError::Busy);
        }
        if let (None, Some(note)) = (ctx.command, &job.note)
            && let Some(same) = self.same_file(note, &job, admin).await?
        {
            return Ok(same);
        }
        let Some(claim) = claim else { return Err(CommandError::Busy) };
        self.check_line(job.license_id).await?;
        // Somebody's attempt with this key that came to nothing; nobody was told otherwise.
        inner.uploads.forget(import).await.map_err(|e| unkept(&e))?;
        if let Err(error) = incoming.keep(import).await {
            self.drop_upload(import).await;
            return Err(unkept(&error));
        }
        place("job.before_its_start");
        if let Err(error) = inner.commands.start(&mut run).await {
            // Where the log did not answer, it may have begun.
            if !matches!(error, CommandError::Log(_)) {
                self.drop_upload(import).await;
            }
            return Err(error);
        }
        place("job.before_its_first_chunk");
        self.spawn(Work { run, checked, kept: true, claim: Some(claim) })?;
        Ok(job)
    }

    /// What can't be removed now is removed at the next look.
    async fn drop_upload(&self, import: ImportId) {
        drop(self.0.uploads.forget(import).await);
    }

    /// Keeps other processes from taking the same request in. Nothing: one of them was faster, and it has begun, or is
    /// about to.
    pub(super) async fn claimed_or_begun(&self, import: ImportId) -> Result<Option<Claim>, CommandError> {
        let Self(inner) = self;
        for _ in 0..ATTEMPTS {
            let claim = inner.claims.claim(import).await.map_err(|e| unkept(&e))?;
            if claim.is_some() || inner.commands.begun(import).await?.is_some() {
                return Ok(claim);
            }
            sleep(A_MOMENT).await;
        }
        Ok(None)
    }

    /// Keeps other processes from taking the same file in at the same moment: whoever comes second finds the first.
    async fn alone_with(&self, file: ImportId) -> Result<Claim, CommandError> {
        for _ in 0..ATTEMPTS {
            if let Some(claim) = self.0.claims.claim(file).await.map_err(|e| unkept(&e))? {
                return Ok(claim);
            }
            sleep(A_MOMENT).await;
        }
        Err(CommandError::Busy)
    }

    /// The same file again, from the same person and for the same thing, while it is being worked on, is the same job:
    /// so whoever was interrupted goes on by giving the same command.
    async fn same_file(
        &self,
        note: &Note,
        job: &Job,
        admin: SubjectId,
    ) -> Result<Option<Arc<Job>>, CommandError> {
        let Self(inner) = self;
        for import in inner.uploads.kept().await.map_err(|e| unkept(&e))? {
            // Of one that can't be read nobody knows that it is the same: other people's uploads are not refused for it.
            let Ok(Some(kept)) = inner.uploads.note(import).await else { continue };
            let read_alike = (kept.kind, kept.charset) == (note.kind, note.charset);
            let is_same = kept.sha256 == note.sha256 && read_alike;
            if is_same && inner.commands.is_under_way(import, admin, job.license_id, job.mode).await? {
                return self.take_up(import).await;
            }
        }
        Ok(None)
    }
}

/// Stands for a file, whoever gives it, and what is to be done with it: claimed as an import is.
fn file_id(note: &Note, job: &Job, admin: SubjectId) -> ImportId {
    let parts: [&[u8]; 5] = [
        b"file",
        note.sha256.as_bytes(),
        admin.0.as_bytes(),
        job.license_id.0.as_bytes(),
        job.mode.as_str().as_bytes(),
    ];
    ImportId(derived(&parts))
}

/// What certainly is decided and committed in one go.
fn fits_one_chunk(checked: &Checked, bytes: u64) -> bool {
    is_one_chunk(checked.rows) && usize::try_from(bytes).is_ok_and(|bytes| bytes < BUDGET / 2)
}

impl Given {
    /// What is to be read, by which way it came, and how long it is.
    fn input(&self) -> Result<(Input, Source, u64), CommandError> {
        Ok(match self {
            Self::Text(text) => {
                let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
                (Input::Pasted(text.clone()), Source::Email, bytes)
            }
            Self::List(list) => {
                let bytes = list.iter().map(String::len).sum::<usize>();
                (Input::Listed(list.clone()), Source::Email, u64::try_from(bytes).unwrap_or(u64::MAX))
            }
            Self::Upload(kind, incoming) => {
                let source = if *kind == Kind::Csv { Source::Csv } else { Source::Email };
                let upload = incoming.open().map_err(|e| unkept(&e))?;
                let note = incoming.note();
                (Input::Upload(*kind, note.charset, upload), source, note.bytes)
            }
            Self::Chosen(written) => {
                let (input, _, bytes) = written.input()?;
                (input, Source::List, bytes)
            }
        })
    }

    async fn incoming(self, jobs: &Jobs) -> Result<Incoming, CommandError> {
        let (kind, text) = match self {
            Self::Upload(_, incoming) => return Ok(incoming),
            Self::Chosen(written) => return Box::pin(written.incoming(jobs)).await,
            Self::Text(text) => (Kind::Text, text),
            Self::List(list) => (Kind::List, canonical::to_text(&list)),
        };
        let taken = async {
            let mut incoming = Incoming::begin(jobs.uploads(), kind, None).await?;
            incoming.write(text.as_bytes()).await?;
            Ok(incoming)
        };
        taken.await.map_err(|e| unkept(&e))
    }
}

/// An upload can't be kept or read. What the log itself says stays what it is.
pub(crate) fn unkept(error: &io::Error) -> CommandError {
    if let Some(of_log) = error.get_ref().and_then(|error| error.downcast_ref::<LogError>()) {
        return CommandError::Log(of_log.clone());
    }
    CommandError::Log(match error.kind() {
        _ if is_full(error) => LogError::DiskFull,
        io::ErrorKind::NotConnected => LogError::Stopped(error.to_string()),
        _ => LogError::Database(format!("an upload can't be kept or read: {error}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_log_says_of_itself_stays_what_it_is_on_its_way_through_an_upload() {
        let unkept = |error| unkept(&io::Error::new(io::ErrorKind::NotConnected, error));
        assert!(matches!(unkept(LogError::Outgrown), CommandError::Log(LogError::Outgrown)));
        let away = LogError::Away("no server listens there".to_owned());
        assert!(
            matches!(unkept(away), CommandError::Log(LogError::Away(why)) if why == "no server listens there")
        );
        let silent = io::Error::new(io::ErrorKind::NotConnected, "the database does not answer");
        assert!(matches!(super::unkept(&silent), CommandError::Log(LogError::Stopped(_))));
    }
}
