//! GrantAdmin: somebody becomes an admin of the license.

use domain::{EmailAddress, LicenseCommand, LicenseId};
use eventlog::Commit;

use crate::{
    CommandError, Context, Executor, Reply,
    change_license::{By, Change},
};

impl Executor {
    /// Makes a person an admin of the license; they need not be on its user list.
    pub async fn grant_admin(
        &self,
        ctx: &Context,
        id: LicenseId,
        person: &EmailAddress,
    ) -> Result<Reply, CommandError> {
        let make = async || {
            let (subject, commitment, claim) = self.somebody(person).await?;
            let command = LicenseCommand::GrantAdmin { subject, commitment };
            let with = Commit { people: claim.into_iter().collect(), ..Commit::default() };
            Ok(Change { command, with, id: None })
        };
        self.change_license(ctx, id, By::OperatorOrAdmin, make).await
    }
}
