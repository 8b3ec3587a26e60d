//! `RevokeKey`: a key opens nothing any more.

use domain::{KeyId, LicenseCommand, LicenseId};
use eventlog::Commit;

use crate::{CommandError, Context, Executor, Reply, change_license::Order, show_key::KEYS};

impl Executor {
    /// Revokes a key, and forgets its text. Who joined with it stays.
    pub async fn revoke_key(
        &self,
        ctx: &Context,
        id: LicenseId,
        key_id: KeyId,
    ) -> Result<Reply, CommandError> {
        let with = Commit { forgotten: vec![key_id], ..Commit::default() };
        let order = Order { with, ..Order::new(KEYS, LicenseCommand::RevokeKey { key_id }) };
        self.change_license(ctx, id, order).await
    }
}
