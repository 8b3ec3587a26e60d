//! `AcceptInvite`: the invited person joins.

use domain::{Door, LicenseId, MembershipCommand, Refusal, Role};

use crate::{CommandError, Context, Executor, Reply, membership::Order};

impl Executor {
    /// The person who asks accepts their invite to a license.
    pub async fn accept_invite(&self, ctx: &Context, license_id: LicenseId) -> Result<Reply, CommandError> {
        let person = ctx.email().ok_or(Refusal::NoInvite)?;
        let order = Order { license_id, person, role: Role::Member, door: Some(Door::Invite), key: None };
        self.run_on_membership(ctx, &order, |_, gate| MembershipCommand::AcceptInvite { gate }).await
    }
}
