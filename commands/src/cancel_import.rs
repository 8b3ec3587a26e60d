//! `CancelImport`: stops an import. What it has applied stays.

use domain::{Code, ImportCommand, ImportId, LicenseId, Metadata, Refusal, import};
use eventlog::{Commit, StreamId};

use crate::{
    CommandError, Context, Executor, Reply,
    authority::Authority,
    executor::{ATTEMPTS, append, keep, resting_on},
    jobs::Jobs,
};

impl Jobs {
    /// Stops an import before its next chunk, by an admin of the license or by the operator.
    pub async fn cancel(
        &self,
        ctx: &Context,
        license: LicenseId,
        id: ImportId,
    ) -> Result<Reply, CommandError> {
        let job = self.find(id).filter(|job| job.license_id == license);
        if let Some(preview) = job.as_ref().filter(|job| job.dry_run) {
            self.commands().canceller(ctx, license).await?;
            let code =
                if preview.progress().borrow().state.is_over() { Code::Unchanged } else { Code::Changed };
            preview.ask_to_stop();
            return Ok(Reply { code, position: self.commands().head(), id: Some(id.0) });
        }
        let reply = self.commands().cancel_import(ctx, license, id).await?;
        match job {
            Some(job) => job.ask_to_stop(),
            // Nobody works on it, and nobody will. What can't be removed now is removed at the next start.
            None => drop(self.uploads().forget(id).await),
        }
        Ok(reply)
    }
}

impl Executor {
    async fn cancel_import(
        &self,
        ctx: &Context,
        license_id: LicenseId,
        id: ImportId,
    ) -> Result<Reply, CommandError> {
        for _ in 0..ATTEMPTS {
            if let Some(reply) = self.given_before(ctx).await? {
                return Ok(reply);
            }
            let license = self.existing_license(license_id).await?;
            let Authority { actor, role, asserts } = self.canceller(ctx, license_id).await?;
            let begun = self
                .begun(id)
                .await?
                .filter(|begun| begun.import.what.is_some_and(|(into, _)| into == license_id));
            let begun = begun.ok_or(Refusal::UnknownImport)?;
            let events = import::decide(&begun.import, ImportCommand::Cancel)?;
            if events.is_empty() {
                return Ok(Reply { code: Code::Unchanged, position: self.head(), id: Some(id.0) });
            }
            let metadata = Metadata { import_id: Some(id), ..ctx.metadata(actor, role) };
            let mut commit: Commit = resting_on(license_id, &license, ctx);
            commit.appends.push(append(StreamId::from(id), begun.revision, license_id, events, &metadata));
            commit.asserts.extend(asserts);
            commit.result = keep(Code::Changed, Some(id.0));
            // A chunk may have come first: then it counts what that one did, too.
            if let Some(reply) = self.reply_of(self.log.commit(commit).await?)? {
                return Ok(reply);
            }
        }
        Err(CommandError::Busy)
    }

    /// The operator, or an admin of the license.
    async fn canceller(&self, ctx: &Context, license: LicenseId) -> Result<Authority, CommandError> {
        self.operator_or_admin(ctx, &*self.existing_license(license).await?).await
    }

    fn head(&self) -> u64 {
        *self.log.head().borrow()
    }
}
