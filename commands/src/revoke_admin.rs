//! `RevokeAdmin`: somebody is no admin of the license any more.

use domain::{EmailAddress, LicenseCommand, LicenseId};

use crate::{
    CommandError, Context, Executor, Reply,
    change_license::{By, Order},
};

impl Executor {
    /// Takes the admin's role, and their domains, from a person. The last admin stays.
    pub async fn revoke_admin(
        &self,
        ctx: &Context,
        id: LicenseId,
        person: &EmailAddress,
    ) -> Result<Reply, CommandError> {
        // Somebody whom nobody knows is no admin either: then nothing changes.
        let subject = self.somebody(person).await?.subject;
        let order = Order::new(By::OperatorOrAdmin, LicenseCommand::RevokeAdmin { subject });
        self.change_license(ctx, id, order).await
    }
}
