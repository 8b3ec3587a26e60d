//! `ShowKey`: a license key is shown again, to those who may have it.

use domain::{KeyId, LicenseCommand, LicenseId, LicenseKey, Refusal};
use eventlog::Position;

use crate::{
    CommandError, Context, Executor,
    change_license::{By, Order},
};

/// Who may issue, replace, revoke and see the keys of a license: decided here and nowhere else.
pub(crate) const KEYS: By = By::OperatorOrAdmin;

impl Executor {
    /// The text of a key of the license, where it was kept and the key was not revoked. It stands in the history before it
    /// is shown that it was.
    pub async fn show_key(
        &self,
        ctx: &Context,
        id: LicenseId,
        key_id: KeyId,
    ) -> Result<(LicenseKey, Position), CommandError> {
        let license = self.existing_license(id).await?;
        self.who_orders(ctx, &license, KEYS).await?;
        // Decided again below; but what may not be shown is not opened either.
        license.state.key_not_revoked(key_id)?;
        let sealed = self.log.find_sealed_key(key_id).await?.ok_or(Refusal::KeyNotKept)?;
        let key = self.secrets.open(key_id, &sealed)?.ok_or(Refusal::KeySealed)?;
        let order = Order::new(KEYS, LicenseCommand::ShowKey { key_id });
        // Whoever sees it again is written down again, also where they repeat a request.
        let each_time = Context { command: None, ..ctx.clone() };
        let shown = self.change_license(&each_time, id, order).await?;
        Ok((key, shown.position))
    }
}
