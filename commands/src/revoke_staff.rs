//! `RevokeStaff`: somebody may no longer read the license in a role.

use domain::{EmailAddress, LicenseCommand, LicenseId, StaffRole};

use crate::{
    CommandError, Context, Executor, Reply,
    change_license::{By, Order},
};

impl Executor {
    /// Takes a role beside the admins' from a person.
    pub async fn revoke_staff(
        &self,
        ctx: &Context,
        id: LicenseId,
        person: &EmailAddress,
        role: StaffRole,
    ) -> Result<Reply, CommandError> {
        // Somebody whom nobody knows has no role: then nothing changes.
        let subject = self.somebody(person).await?.subject;
        let order = Order::new(By::OperatorOrAdmin, LicenseCommand::RevokeStaff { subject, role });
        self.change_license(ctx, id, order).await
    }
}
