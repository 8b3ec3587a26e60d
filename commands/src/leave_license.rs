//! `LeaveLicense`: a person gives their seat up.

use domain::{LicenseId, MembershipCommand, Refusal, Role};

use crate::{CommandError, Context, Executor, Reply, membership::Order};

impl Executor {
    /// The person who asks leaves a license.
    pub async fn leave_license(&self, ctx: &Context, license_id: LicenseId) -> Result<Reply, CommandError> {
        let person = ctx.email().ok_or(Refusal::NotAMember)?;
        let order = Order { license_id, person, role: Role::Member, door: None, key: None };
        self.run_on_membership(ctx, &order, |_, _| MembershipCommand::Leave).await
    }
}
