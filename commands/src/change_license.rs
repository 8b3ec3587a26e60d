//! RenameLicense, ChangePlan, ChangeSeatLimit, ChangeTerm; and what every command to a license shares.

use chrono::NaiveDate;
use domain::{
    Actor, Code, LicenseCommand, LicenseId, LicenseName, Plan, Refusal, Role, SubjectId, license::decide::decide,
};
use eventlog::{Commit, PoolChange, SeatChange, SeatPool};

use crate::{
    CommandError, Context, Executor, Reply, Who,
    executor::{ATTEMPTS, LicenseAt, Settled, append, keep, kept_reply},
};

/// Who may give an order to a license.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// Only the operator: what was sold.
    Operator,
    /// The operator, or an admin of the license.
    OperatorOrAdmin,
}

/// A decided order's command, with what else its commit brings along.
pub(crate) struct Change {
    pub command: LicenseCommand,
    pub with: Commit,
    pub id: Option<uuid::Uuid>,
}

impl From<LicenseCommand> for Change {
    fn from(command: LicenseCommand) -> Self {
        Self { command, with: Commit::default(), id: None }
    }
}

impl Executor {
    /// Gives the license another name.
    pub async fn rename_license(
        &self,
        ctx: &Context,
        id: LicenseId,
        name: LicenseName,
    ) -> Result<Reply, CommandError> {
        let make = async || Ok(LicenseCommand::RenameLicense { name: name.clone() }.into());
        self.change_license(ctx, id, By::OperatorOrAdmin, make).await
    }

    /// Moves the license to another plan.
    pub async fn change_plan(&self, ctx: &Context, id: LicenseId, plan: Plan) -> Result<Reply, CommandError> {
        self.change_license(ctx, id, By::Operator, async || Ok(LicenseCommand::ChangePlan { plan }.into())).await
    }

    /// Adds seats to the license, or takes free ones from it.
    pub async fn change_seat_limit(
        &self,
        ctx: &Context,
        id: LicenseId,
        seat_limit: u64,
    ) -> Result<Reply, CommandError> {
        let pool = SeatPool::License(id);
        let make = async || {
            let held = self.log.seats(pool).await?.map_or(0, |seats| seats.taken);
            let command = LicenseCommand::ChangeSeatLimit { seat_limit, held };
            let limit = SeatChange { pool, change: PoolChange::Limit(seat_limit) };
            Ok(Change { command, with: Commit { seats: vec![limit], ..Commit::default() }, id: None })
        };
        self.change_license(ctx, id, By::Operator, make).await
    }

    /// Lets the license end on another day, or never.
    pub async fn change_term(
        &self,
        ctx: &Context,
        id: LicenseId,
        ends: Option<NaiveDate>,
    ) -> Result<Reply, CommandError> {
        self.change_license(ctx, id, By::Operator, async || Ok(LicenseCommand::ChangeTerm { ends }.into())).await
    }

    /// Runs an order to a license. `make` is asked again after a lost race.
    pub(crate) async fn change_license(
        &self,
        ctx: &Context,
        id: LicenseId,
        by: By,
        make: impl AsyncFn() -> Result<Change, CommandError>,
    ) -> Result<Reply, CommandError> {
        if let Some(reply) = self.given_before(ctx).await? {
            return Ok(reply);
        }
        for _ in 0..ATTEMPTS {
            let license = self.existing_license(id).await?;
            let (actor, role) = self.orders(ctx, &license, by).await?;
            let Change { command, with, id: made } = make().await?;
            let events = decide(&license.state, command)?;
            if events.is_empty() {
                return Ok(Reply { code: Code::Unchanged, position: *self.log.head().borrow(), id: made });
            }
            let metadata = ctx.metadata(actor, role);
            let commit = Commit {
                command: ctx.command,
                appends: vec![append(id, license.revision, id, events, &metadata)],
                result: keep(Code::Changed, made),
                ..with
            };
            if let Settled::Done(receipt) = self.settle(self.log.commit(commit).await?)? {
                return kept_reply(&receipt);
            }
        }
        Err(CommandError::Busy)
    }

    async fn orders(
        &self,
        ctx: &Context,
        license: &LicenseAt,
        by: By,
    ) -> Result<(SubjectId, Role), CommandError> {
        match (&ctx.who, by) {
            (Who::Operator, _) => Ok((Actor::OPERATOR.subject, Role::Operator)),
            (Who::Person { .. }, By::OperatorOrAdmin) => Ok((self.admin(ctx, license).await?, Role::Admin)),
            (Who::Person { .. }, By::Operator) => Err(Refusal::NotPermitted.into()),
        }
    }
}
