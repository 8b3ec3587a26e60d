//! RevokeKey: a key opens nothing any more.

use domain::{KeyId, LicenseCommand, LicenseId};

use crate::{CommandError, Context, Executor, Reply, change_license::By};

impl Executor {
    /// Revokes a key. Who joined with it stays.
    pub async fn revoke_key(&self, ctx: &Context, id: LicenseId, key_id: KeyId) -> Result<Reply, CommandError> {
        let make = async || Ok(LicenseCommand::RevokeKey { key_id }.into());
        self.change_license(ctx, id, By::OperatorOrAdmin, make).await
    }
}
