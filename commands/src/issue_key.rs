//! `IssueKey`: one more key that opens the license.

use chrono::NaiveDate;
use domain::{
    KeyId, LicenseCommand, LicenseId, LicenseKey,
    license::{NewKey, decide::check_end},
};
use eventlog::{Commit, KeyClaim, PoolChange, SeatChange, SeatPool};
use uuid::Uuid;

use crate::{
    CommandError, Context, Executor, Reply,
    change_license::{By, Order},
    join_with_key::key_hash,
};

impl Executor {
    /// Issues a key. It is given once, and not again if the command comes again.
    pub async fn issue_key(
        &self,
        ctx: &Context,
        id: LicenseId,
        limit: Option<u64>,
        ends: Option<NaiveDate>,
    ) -> Result<(Reply, Option<LicenseKey>), CommandError> {
        if let Some(reply) = self.given_before(ctx).await? {
            return Ok((reply, None));
        }
        check_end(ends, ctx.today())?;
        let (key, key_id) = (LicenseKey::new(rand::random()), KeyId(Uuid::now_v7()));
        let with = Commit {
            keys: vec![KeyClaim { hash: key_hash(&key), key_id, license_id: id }],
            seats: vec![SeatChange { pool: SeatPool::Key(key_id), change: PoolChange::Open(limit) }],
            ..Commit::default()
        };
        let command = LicenseCommand::IssueKey(NewKey { key_id, limit, ends });
        let order = Order { by: By::OperatorOrAdmin, command, with, makes: Some(key_id.0) };
        let reply = self.change_license(ctx, id, order).await?;
        let ours = reply.id == Some(key_id.0);
        Ok((reply, ours.then_some(key)))
    }
}
