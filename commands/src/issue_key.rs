//! `IssueKey`: one more key that opens the license; and what every command that makes a key shares.

use chrono::NaiveDate;
use domain::{
    KeyId, LicenseCommand, LicenseId, LicenseKey,
    license::{NewKey, decide::check_end},
};
use eventlog::{Commit, KeyClaim, PoolChange, SeatChange, SeatPool};
use uuid::Uuid;

use crate::{
    CommandError, Context, Executor, Reply, SecretError, change_license::Order, join_with_key::key_hash,
    show_key::KEYS,
};

/// The terms of a key that is to be made.
#[derive(Debug, Clone, Copy, Default)]
pub struct KeyTerms {
    /// How many people can join with it.
    pub limit: Option<u64>,
    /// The last day, UTC.
    pub ends: Option<NaiveDate>,
}

impl Executor {
    /// Issues a key. It is given once, and not again if the command comes again.
    pub async fn issue_key(
        &self,
        ctx: &Context,
        id: LicenseId,
        limit: Option<u64>,
        ends: Option<NaiveDate>,
    ) -> Result<(Reply, Option<LicenseKey>), CommandError> {
        self.make_key(ctx, id, KeyTerms { limit, ends }, LicenseCommand::IssueKey).await
    }

    /// Makes a key by the command that brings it to its license.
    pub(crate) async fn make_key(
        &self,
        ctx: &Context,
        id: LicenseId,
        KeyTerms { limit, ends }: KeyTerms,
        command: impl FnOnce(NewKey) -> LicenseCommand,
    ) -> Result<(Reply, Option<LicenseKey>), CommandError> {
        if let Some(reply) = self.given_before(ctx).await? {
            return Ok((reply, None));
        }
        check_end(ends, ctx.today())?;
        let (key, key_id) = (LicenseKey::new(rand::random()), KeyId(Uuid::now_v7()));
        let with = Commit {
            keys: vec![self.key_claim(&key, key_id, id)?],
            seats: vec![SeatChange { pool: SeatPool::Key(key_id), change: PoolChange::Open(limit) }],
            ..Commit::default()
        };
        let command = command(NewKey { key_id, limit, ends });
        let order = Order { by: KEYS, command, with, makes: Some(key_id.0) };
        let reply = self.change_license(ctx, id, order).await?;
        let ours = reply.id == Some(key_id.0);
        Ok((reply, ours.then_some(key)))
    }

    /// What the log is to know of a new key: its digest, and its text where there is a secret to seal it with.
    pub(crate) fn key_claim(
        &self,
        key: &LicenseKey,
        key_id: KeyId,
        license_id: LicenseId,
    ) -> Result<KeyClaim, SecretError> {
        let sealed = self.secrets.seal(key_id, key)?;
        Ok(KeyClaim { hash: key_hash(key), key_id, license_id, sealed })
    }
}
