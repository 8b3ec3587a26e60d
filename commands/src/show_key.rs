//! Shows a license key again, to those who may have it.

use domain::{KeyId, LicenseId, LicenseKey, Refusal};

use crate::{CommandError, Context, Executor, change_license::By};

/// Who may issue, replace, revoke and see the keys of a license: decided here and nowhere else.
pub(crate) const KEYS: By = By::OperatorOrAdmin;

impl Executor {
    /// The text of a key of the license, where it was kept and the key was not revoked.
    pub async fn show_key(
        &self,
        ctx: &Context,
        id: LicenseId,
        key_id: KeyId,
    ) -> Result<LicenseKey, CommandError> {
        let license = self.existing_license(id).await?;
        self.who_orders(ctx, &license, KEYS).await?;
        let key = license.state.keys.get(&key_id).ok_or(Refusal::KeyUnknown)?;
        if key.revoked {
            return Err(Refusal::KeyRevoked.into());
        }
        let sealed = self.log.find_sealed_key(key_id).await?.ok_or(Refusal::KeyNotKept)?;
        Ok(self.secrets.open(key_id, &sealed)?.ok_or(Refusal::KeySealed)?)
    }
}
