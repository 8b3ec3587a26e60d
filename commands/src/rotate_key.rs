//! `RotateKey`: another key takes the place of one, which goes on opening the license until a day.

use chrono::NaiveDate;
use domain::{KeyId, LicenseCommand, LicenseId, LicenseKey, license::decide::check_end};

use crate::{CommandError, Context, Executor, Reply, issue_key::KeyTerms};

impl Executor {
    /// Issues a key in place of another one, which ends after `old_ends`: until then both open the license. The new
    /// key is given once, and not again if the command comes again.
    pub async fn rotate_key(
        &self,
        ctx: &Context,
        id: LicenseId,
        old: KeyId,
        old_ends: NaiveDate,
        terms: KeyTerms,
    ) -> Result<(Reply, Option<LicenseKey>), CommandError> {
        if let Some(reply) = self.given_before(ctx).await? {
            return Ok((reply, None));
        }
        // Somebody who wants it to end at once revokes it.
        check_end(Some(old_ends), ctx.today())?;
        self.make_key(ctx, id, terms, |new| LicenseCommand::RotateKey { old, old_ends, new }).await
    }
}
