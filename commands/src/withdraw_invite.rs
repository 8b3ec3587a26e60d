//! `WithdrawInvite`: an admin takes an open invite back.

use domain::{EmailAddress, LicenseId, MembershipCommand, Role};

use crate::{CommandError, Context, Executor, Reply, membership::Order};

impl Executor {
    /// The admin who asks takes the invite of a person back.
    pub async fn withdraw_invite(
        &self,
        ctx: &Context,
        license_id: LicenseId,
        person: &EmailAddress,
    ) -> Result<Reply, CommandError> {
        let order = Order { license_id, person, role: Role::Admin, door: None, key: None };
        self.run_on_membership(ctx, &order, |_, _| MembershipCommand::WithdrawInvite).await
    }
}
