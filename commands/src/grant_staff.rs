//! `GrantStaff`: somebody may read the license from now on, without administering it.

use domain::{EmailAddress, LicenseCommand, LicenseId, StaffRole};
use eventlog::Commit;

use crate::{
    CommandError, Context, Executor, Reply,
    change_license::{By, Order},
    executor::ATTEMPTS,
    somebody::Somebody,
};

impl Executor {
    /// Makes a person an auditor of the license, or support staff; they need not be on its user list.
    pub async fn grant_staff(
        &self,
        ctx: &Context,
        id: LicenseId,
        person: &EmailAddress,
        role: StaffRole,
    ) -> Result<Reply, CommandError> {
        for _ in 0..ATTEMPTS {
            let somebody = self.somebody(person).await?;
            let asserts = somebody.rests_on();
            let Somebody { subject, commitment, claim } = somebody;
            let command = LicenseCommand::GrantStaff { subject, role, commitment };
            let with = Commit { people: claim.into_iter().collect(), asserts, ..Commit::default() };
            let order = Order { with, ..Order::new(By::OperatorOrAdmin, command) };
            if let Some(reply) = self.try_change(ctx, id, order).await? {
                return Ok(reply);
            }
        }
        Err(CommandError::Busy)
    }
}
