//! `GrantDomain`: an admin administers a mail domain from now on.

use domain::{EmailAddress, LicenseCommand, LicenseId, MailDomain};

use crate::{
    CommandError, Context, Executor, Reply,
    change_license::{By, Order},
};

impl Executor {
    /// Lets an admin's additions in a mail domain join at once.
    pub async fn grant_domain(
        &self,
        ctx: &Context,
        id: LicenseId,
        admin: &EmailAddress,
        domain: MailDomain,
    ) -> Result<Reply, CommandError> {
        // Somebody whom nobody knows is no admin: the license refuses.
        let subject = self.somebody(admin).await?.subject;
        self.change_license(
            ctx,
            id,
            Order::new(By::Operator, LicenseCommand::GrantDomain { subject, domain, proof: None }),
        )
        .await
    }
}
