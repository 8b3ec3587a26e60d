//! RevokeAdmin: somebody is no admin of the license any more.

use domain::{Code, EmailAddress, LicenseCommand, LicenseId};

use crate::{CommandError, Context, Executor, Reply, change_license::By};

impl Executor {
    /// Takes the admin's role, and their domains, from a person. The last admin stays.
    pub async fn revoke_admin(
        &self,
        ctx: &Context,
        id: LicenseId,
        person: &EmailAddress,
    ) -> Result<Reply, CommandError> {
        let known = self.log.find_people(&[person.normalised()]).await?.into_iter().flatten().next();
        let Some(known) = known else {
            self.existing_license(id).await?;
            return Ok(Reply { code: Code::Unchanged, position: *self.log.head().borrow(), id: None });
        };
        let make = async || Ok(LicenseCommand::RevokeAdmin { subject: known.subject_id }.into());
        self.change_license(ctx, id, By::OperatorOrAdmin, make).await
    }
}
