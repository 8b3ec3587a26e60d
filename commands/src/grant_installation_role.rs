//! `GrantInstallationRole`: somebody gets a role across all licenses. What every order to the installation shares.

use domain::{
    Code, EmailAddress, InstallationCommand, InstallationRole, SubjectId, installation::decide::decide,
};
use eventlog::{Append, Commit, StreamId};

use crate::{
    CommandError, Context, Executor, Reply,
    executor::{ATTEMPTS, keep, new_event},
    somebody::Somebody,
};

impl Executor {
    /// Makes a person an operator, an auditor or support staff of the whole installation.
    pub async fn grant_installation_role(
        &self,
        ctx: &Context,
        person: &EmailAddress,
        role: InstallationRole,
    ) -> Result<Reply, CommandError> {
        for _ in 0..ATTEMPTS {
            let somebody = self.somebody(person).await?;
            let asserts = somebody.rests_on();
            let Somebody { subject, commitment, claim } = somebody;
            let command = InstallationCommand::GrantRole { subject, role, commitment };
            let with = Commit { people: claim.into_iter().collect(), asserts, ..Commit::default() };
            if let Some(reply) = self.try_installation(ctx, command, with).await? {
                return Ok(reply);
            }
        }
        Err(CommandError::Busy)
    }

    /// Runs an order once, as the operator; `None`: the race was lost.
    pub(crate) async fn try_installation(
        &self,
        ctx: &Context,
        command: InstallationCommand,
        with: Commit,
    ) -> Result<Option<Reply>, CommandError> {
        if let Some(reply) = self.given_before(ctx).await? {
            return Ok(Some(reply));
        }
        // The right rests on what is appended to: the expected revision asserts it.
        let (by, installation) = (self.operator(ctx).await?, self.installation().await?);
        let revision = by.asserts.map_or(installation.revision, |(_, revision)| revision);
        let events = decide(&installation.state, command)?;
        if events.is_empty() {
            let position = *self.log.head().borrow();
            return Ok(Some(Reply { code: Code::Unchanged, position, id: None }));
        }
        let metadata = ctx.metadata(by.actor, by.role);
        let events = events.into_iter().map(|event| new_event(&event.into(), &metadata)).collect();
        let append = Append { stream: StreamId::INSTALLATION, expected: revision, license: None, events };
        let commit =
            Commit { command: ctx.command, appends: vec![append], result: keep(Code::Changed, None), ..with };
        self.reply_of(self.log.commit(commit).await?)
    }

    /// Everybody with a role across all licenses, with their addresses where they are known.
    pub async fn installation_roles(
        &self,
    ) -> Result<Vec<(SubjectId, Option<String>, Vec<InstallationRole>)>, CommandError> {
        let installation = self.installation().await?;
        let people: Vec<SubjectId> = installation.state.roles.keys().copied().collect();
        let addresses = self.log.find_addresses(&people).await?;
        let roles = installation.state.roles.iter().zip(addresses);
        Ok(roles.map(|((who, roles), email)| (*who, email, roles.iter().copied().collect())).collect())
    }
}
