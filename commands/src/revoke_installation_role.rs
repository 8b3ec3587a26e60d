//! `RevokeInstallationRole`: somebody no longer has a role across all licenses.

use domain::{EmailAddress, InstallationCommand, InstallationRole};

use eventlog::Commit;

use crate::{CommandError, Context, Executor, Reply, executor::ATTEMPTS};

impl Executor {
    /// Takes a role across all licenses from a person.
    pub async fn revoke_installation_role(
        &self,
        ctx: &Context,
        person: &EmailAddress,
        role: InstallationRole,
    ) -> Result<Reply, CommandError> {
        // Somebody whom nobody knows has no role: then nothing changes.
        let subject = self.somebody(person).await?.subject;
        for _ in 0..ATTEMPTS {
            let command = InstallationCommand::RevokeRole { subject, role };
            if let Some(reply) = self.try_installation(ctx, command, Commit::default()).await? {
                return Ok(reply);
            }
        }
        Err(CommandError::Busy)
    }
}
