//! `RenameLicense`, `ChangePlan`, `ChangeSeatLimit`, `ChangeTerm`; and what every command to a license shares.

use chrono::NaiveDate;
use domain::{Code, LicenseCommand, LicenseId, LicenseName, Plan, license::decide::decide};
use eventlog::{Commit, PoolChange, SeatChange, SeatPool};
use uuid::Uuid;

use crate::{
    CommandError, Context, Executor, Reply,
    authority::Authority,
    executor::{ATTEMPTS, LicenseAt, append, keep},
};

/// Who may give an order to a license.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// Only the operator: what was sold.
    Operator,
    /// The operator, or an admin of the license.
    OperatorOrAdmin,
}

/// An order, with what else its commit brings along.
#[derive(Clone)]
pub(crate) struct Order {
    pub by: By,
    pub command: LicenseCommand,
    pub with: Commit,
    /// The id of what it makes.
    pub makes: Option<Uuid>,
}

impl Order {
    pub(crate) fn new(by: By, command: LicenseCommand) -> Self {
        Self { by, command, with: Commit::default(), makes: None }
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
        self.change_license(ctx, id, Order::new(By::OperatorOrAdmin, LicenseCommand::RenameLicense { name }))
            .await
    }

    /// Moves the license to another plan.
    pub async fn change_plan(&self, ctx: &Context, id: LicenseId, plan: Plan) -> Result<Reply, CommandError> {
        self.change_license(ctx, id, Order::new(By::Operator, LicenseCommand::ChangePlan { plan })).await
    }

    /// Lets the license end on another day, or never.
    pub async fn change_term(
        &self,
        ctx: &Context,
        id: LicenseId,
        ends: Option<NaiveDate>,
    ) -> Result<Reply, CommandError> {
        self.change_license(ctx, id, Order::new(By::Operator, LicenseCommand::ChangeTerm { ends })).await
    }

    /// Adds seats to the license, or takes free ones from it.
    pub async fn change_seat_limit(
        &self,
        ctx: &Context,
        id: LicenseId,
        seat_limit: u64,
    ) -> Result<Reply, CommandError> {
        let pool = SeatPool::License(id);
        for _ in 0..ATTEMPTS {
            let held = self.log.seats(pool).await?.map_or(0, |seats| seats.taken);
            let limit = SeatChange { pool, change: PoolChange::Limit(seat_limit) };
            let with = Commit { seats: vec![limit], ..Commit::default() };
            let command = LicenseCommand::ChangeSeatLimit { seat_limit, held };
            let order = Order { with, ..Order::new(By::Operator, command) };
            if let Some(reply) = self.try_change(ctx, id, order).await? {
                return Ok(reply);
            }
        }
        Err(CommandError::Busy)
    }

    /// Runs an order that rests on nothing but the license itself.
    pub(crate) async fn change_license(
        &self,
        ctx: &Context,
        id: LicenseId,
        order: Order,
    ) -> Result<Reply, CommandError> {
        for _ in 0..ATTEMPTS {
            if let Some(reply) = self.try_change(ctx, id, order.clone()).await? {
                return Ok(reply);
            }
        }
        Err(CommandError::Busy)
    }

    /// Runs an order once; `None`: the race was lost.
    pub(crate) async fn try_change(
        &self,
        ctx: &Context,
        id: LicenseId,
        order: Order,
    ) -> Result<Option<Reply>, CommandError> {
        if let Some(reply) = self.given_before(ctx).await? {
            return Ok(Some(reply));
        }
        let license = self.existing_license(id).await?;
        let Authority { actor, role, asserts } = self.who_orders(ctx, &license, order.by).await?;
        let events = decide(&license.state, order.command)?;
        if events.is_empty() {
            let position = *self.log.head().borrow();
            return Ok(Some(Reply { code: Code::Unchanged, position, id: order.makes }));
        }
        let commit = Commit {
            command: ctx.command,
            appends: vec![append(id, license.revision, id, events, &ctx.metadata(actor, role))],
            asserts: asserts.into_iter().collect(),
            result: keep(Code::Changed, order.makes),
            ..order.with
        };
        self.reply_of(self.log.commit(commit).await?)
    }

    /// That somebody may order what admins and the operator may, where it is no event of the license.
    pub async fn check_may_change(&self, ctx: &Context, id: LicenseId) -> Result<(), CommandError> {
        let license = self.existing_license(id).await?;
        self.who_orders(ctx, &license, By::OperatorOrAdmin).await.map(drop)
    }

    pub(crate) async fn who_orders(
        &self,
        ctx: &Context,
        license: &LicenseAt,
        by: By,
    ) -> Result<Authority, CommandError> {
        match by {
            By::Operator => self.operator(ctx).await,
            By::OperatorOrAdmin => self.operator_or_admin(ctx, license).await,
        }
    }
}
