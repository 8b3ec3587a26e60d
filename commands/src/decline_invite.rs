//! `DeclineInvite`: the invited person says no, and why.

use domain::{DeclineReason, LicenseId, MembershipCommand, Refusal, Role};

use crate::{CommandError, Context, Executor, Reply, membership::Order};

impl Executor {
    /// The person who asks declines their invite to a license.
    pub async fn decline_invite(
        &self,
        ctx: &Context,
        license_id: LicenseId,
        reason: DeclineReason,
    ) -> Result<Reply, CommandError> {
        let person = ctx.email().ok_or(Refusal::NoInvite)?;
        let order = Order { license_id, person, role: Role::Member, door: None, key: None };
        self.run_on_membership(ctx, &order, |_, _| MembershipCommand::DeclineInvite { reason }).await
    }
}
