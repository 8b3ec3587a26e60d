//! `RevokeDomain`: an admin does not administer a mail domain any more.

use domain::{EmailAddress, LicenseCommand, LicenseId, MailDomain};

use crate::{
    CommandError, Context, Executor, Reply,
    change_license::{By, Order},
};

impl Executor {
    /// Lets an admin's additions in a mail domain get an invite again.
    pub async fn revoke_domain(
        &self,
        ctx: &Context,
        id: LicenseId,
        admin: &EmailAddress,
        domain: MailDomain,
    ) -> Result<Reply, CommandError> {
        let subject = self.somebody(admin).await?.subject;
        let order = Order::new(By::OperatorOrAdmin, LicenseCommand::RevokeDomain { subject, domain });
        self.change_license(ctx, id, order).await
    }
}
