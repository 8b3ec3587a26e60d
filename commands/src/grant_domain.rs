//! GrantDomain: an admin administers a mail domain from now on.

use domain::{EmailAddress, LicenseCommand, LicenseId, MailDomain, Refusal};

use crate::{CommandError, Context, Executor, Reply, change_license::By};

impl Executor {
    /// Lets an admin's additions in a mail domain join at once.
    pub async fn grant_domain(
        &self,
        ctx: &Context,
        id: LicenseId,
        admin: &EmailAddress,
        domain: &MailDomain,
    ) -> Result<Reply, CommandError> {
        let known = self.log.find_people(&[admin.normalised()]).await?.into_iter().flatten().next();
        let subject = known.ok_or(Refusal::NotAnAdmin)?.subject_id;
        let make = async || Ok(LicenseCommand::GrantDomain { subject, domain: domain.clone() }.into());
        self.change_license(ctx, id, By::Operator, make).await
    }
}
