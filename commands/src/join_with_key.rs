//! `JoinWithKey`: a person enters the license key and joins at once.

use domain::{Door, LicenseId, LicenseKey, MembershipCommand, Refusal, Role, Source};
use sha2::{Digest, Sha256};

use crate::{CommandError, Context, Executor, Reply, membership::Order};

/// How a key is known to the log: 120 random bits need no salt.
pub(crate) fn key_hash(key: &LicenseKey) -> [u8; 32] {
    Sha256::digest(key.reveal()).into()
}

impl Executor {
    /// The person who asks joins the license that a key opens. Says which license it is.
    pub async fn join_with_key(
        &self,
        ctx: &Context,
        typed: &str,
    ) -> Result<(LicenseId, Reply), CommandError> {
        let key = LicenseKey::parse(typed).map_err(Refusal::KeyMistyped)?;
        let person = ctx.email().ok_or(Refusal::NotPermitted)?;
        let (license_id, key_id) = self.log.find_key(key_hash(&key)).await?.ok_or(Refusal::KeyUnknown)?;
        let (door, role) = (Some(Door::LicenseKey), Role::Member);
        let order = Order { license_id, person, role, door, key: Some(key_id) };
        // Whichever way the request came: this is the door that history is asked about.
        let ctx = &Context { source: Source::Key, ..ctx.clone() };
        let reply = self.run_on_membership(ctx, &order, |place, gate| MembershipCommand::JoinWithKey {
            person: place.person,
            key_id,
            gate,
        });
        Ok((license_id, reply.await?))
    }
}
