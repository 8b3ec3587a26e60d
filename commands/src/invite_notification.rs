//! `CloseNotification` and `ReopenNotification`: the invite goes out of sight and comes back, and stays open.

use domain::{LicenseId, MembershipCommand, Refusal, Role};

use crate::{CommandError, Context, Executor, Reply, membership::Order};

impl Executor {
    /// The person who asks closes the notification of their invite.
    pub async fn close_notification(
        &self,
        ctx: &Context,
        license_id: LicenseId,
    ) -> Result<Reply, CommandError> {
        self.on_notification(ctx, license_id, &MembershipCommand::CloseNotification).await
    }

    /// The person who asks opens it again.
    pub async fn reopen_notification(
        &self,
        ctx: &Context,
        license_id: LicenseId,
    ) -> Result<Reply, CommandError> {
        self.on_notification(ctx, license_id, &MembershipCommand::ReopenNotification).await
    }

    async fn on_notification(
        &self,
        ctx: &Context,
        license_id: LicenseId,
        command: &MembershipCommand,
    ) -> Result<Reply, CommandError> {
        let person = ctx.email().ok_or(Refusal::NoInvite)?;
        let order = Order { license_id, person, role: Role::Member, door: None, key: None };
        self.run_on_membership(ctx, &order, |_, _| command.clone()).await
    }
}
