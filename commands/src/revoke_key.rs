//! `RevokeKey`: a key opens nothing any more.

use domain::{KeyId, LicenseCommand, LicenseId};

use crate::{
    CommandError, Context, Executor, Reply,
    change_license::{By, Order},
};

impl Executor {
    /// Revokes a key. Who joined with it stays.
    pub async fn revoke_key(
        &self,
        ctx: &Context,
        id: LicenseId,
        key_id: KeyId,
    ) -> Result<Reply, CommandError> {
        self.change_license(ctx, id, Order::new(By::OperatorOrAdmin, LicenseCommand::RevokeKey { key_id }))
            .await
    }
}
