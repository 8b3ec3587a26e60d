//! `UndoImport`: removes whom an import brought in, or adds back whom it removed.

use std::sync::Arc;

use domain::{Code, Counts, ImportId, ImportMode, LicenseId, Refusal, import::Phase};
use eventlog::faults::place;

use super::{Begun, Job, Jobs, work::Work};
use crate::{
    CommandError, Context,
    import::{import_id, is_one_chunk, undo_id},
};

/// Whether somebody was refused for what may be otherwise by now.
fn may_go_on(counts: &Counts) -> bool {
    const FOR_NOW: [Code; 4] =
        [Code::SeatLimit, Code::LicenseExpired, Code::PlanRequired, Code::NotPermitted];
    FOR_NOW.into_iter().any(|code| counts.of(code) > 0)
}

impl Jobs {
    /// Undoes an import that has ended, as an import of its own: everybody has one outcome. Asked again it is the same
    /// one, unless that was cancelled, left people out who may be let in by now, or comes with another key.
    pub async fn undo(
        &self,
        ctx: &Context,
        license: LicenseId,
        import: ImportId,
        dry_run: bool,
    ) -> Result<Arc<Job>, CommandError> {
        let Self(inner) = self;
        let admin = inner.commands.admin_of(ctx, license).await?;
        let mode = self.undone_by(license, import).await?;
        let checked = inner.commands.touched_by(import).await?;
        let _door = inner.door.lock().await;
        let (mut id, mut claim) = (import_id(ctx, dry_run), None);
        if ctx.command.is_none() && !dry_run {
            let usual = self.attempt(import).await?;
            claim = self.claimed_or_begun(usual).await?;
            match inner.commands.begun(usual).await? {
                Some(Begun { import, .. }) if import.phase == Phase::Running => {
                    drop(claim);
                    return self.take_up(usual).await?.ok_or(CommandError::Busy);
                }
                Some(_) => return self.ended(usual, license, mode).await,
                None if claim.is_none() => return Err(CommandError::Busy),
                None => id = usual,
            }
        }
        let mut job = Job::new(id, license, mode, dry_run);
        job.undoes = Some(import);
        job.goes_on = !dry_run && !is_one_chunk(checked.rows);
        let job = Arc::new(job);
        let mut run = inner.commands.run(ctx, admin, ctx.source, Arc::clone(&job), checked.rows).await?;
        let kept = job.goes_on;
        if kept && !inner.commands.resumes(&mut run).await? {
            if run.revision > 0 {
                drop(claim);
                return self.take_up(id).await?.ok_or(CommandError::Busy);
            }
            inner.commands.start(&mut run).await?;
            place("job.before_its_first_chunk");
        }
        self.spawn(Work { run, checked, kept, claim })?;
        Ok(job)
    }

    /// The undoing of an import that counts: the first one that was not cancelled, and left nobody out who may be let in by
    /// now; it may be under way, or still to begin.
    async fn attempt(&self, import: ImportId) -> Result<ImportId, CommandError> {
        let mut attempt = 1;
        loop {
            let id = undo_id(import, attempt);
            match self.0.commands.begun(id).await?.map(|begun| begun.import) {
                Some(before) if matches!(before.phase, Phase::Cancelled | Phase::Failed) => {}
                Some(before) if before.phase == Phase::Completed && may_go_on(&before.counts) => {}
                _ => return Ok(id),
            }
            attempt += 1;
        }
    }

    /// What is done to undo an import of this license.
    async fn undone_by(&self, license: LicenseId, import: ImportId) -> Result<ImportMode, CommandError> {
        let begun = self.0.commands.begun(import).await?.map(|begun| begun.import);
        let Some((import, (into, mode))) = begun.and_then(|import| import.what.map(|what| (import, what)))
        else {
            return Err(Refusal::UnknownImport.into());
        };
        if into != license {
            return Err(Refusal::UnknownImport.into());
        }
        if import.phase == Phase::Running {
            return Err(Refusal::ImportRunning.into());
        }
        Ok(match mode {
            ImportMode::Add | ImportMode::Invite => ImportMode::Remove,
            ImportMode::Remove | ImportMode::Withdraw => ImportMode::Add,
        })
    }
}
