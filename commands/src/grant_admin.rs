//! `GrantAdmin`: somebody becomes an admin of the license.

use domain::{EmailAddress, LicenseCommand, LicenseId};
use eventlog::Commit;

use crate::{
    CommandError, Context, Executor, Reply,
    change_license::{By, Order},
    executor::ATTEMPTS,
    somebody::Somebody,
};

impl Executor {
    /// Makes a person an admin of the license; they need not be on its user list.
    pub async fn grant_admin(
        &self,
        ctx: &Context,
        id: LicenseId,
        person: &EmailAddress,
    ) -> Result<Reply, CommandError> {
        for _ in 0..ATTEMPTS {
            let somebody = self.somebody(person).await?;
            let asserts = somebody.rests_on();
            let Somebody { subject, commitment, claim } = somebody;
            let command = LicenseCommand::GrantAdmin { subject, commitment };
            let with = Commit { people: claim.into_iter().collect(), asserts, ..Commit::default() };
            let order = Order { with, ..Order::new(By::OperatorOrAdmin, command) };
            if let Some(reply) = self.try_change(ctx, id, order).await? {
                return Ok(reply);
            }
        }
        Err(CommandError::Busy)
    }
}
