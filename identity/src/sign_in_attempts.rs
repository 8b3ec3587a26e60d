//! Somebody who went to a provider to show who they are, and is to come back.
//!
//! Their browser keeps the secret, in a cookie; state, nonce and verifier are derived from it. Here its hash is kept, so
//! that an attempt is used once, on whichever node.

use chrono::{DateTime, TimeDelta, Utc};
use eventlog::LogError;
use sql::values;

use crate::{Accounts, Secret};

/// For so long somebody may stay away.
pub const LASTS: TimeDelta = TimeDelta::minutes(10);

impl Accounts {
    /// Somebody goes to a provider, which is named as the operator calls it.
    pub async fn begin_sign_in_attempt(
        &self,
        provider: &str,
        now: DateTime<Utc>,
    ) -> Result<Secret, LogError> {
        let secret = Secret::new();
        let (hash, provider) = (secret.hash(), provider.to_owned());
        let ends = (now + LASTS).timestamp_micros();
        self.write(move |conn| {
            let sql = "INSERT INTO sign_in_attempts (hash, provider, ends_at) VALUES (?, ?, ?)";
            conn.run(sql, values![hash, provider, ends])
        })
        .await?;
        Ok(secret)
    }

    /// Somebody comes back: whether they are awaited. Nobody is twice.
    pub async fn use_sign_in_attempt(
        &self,
        secret: &Secret,
        provider: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, LogError> {
        let (hash, provider, now) = (secret.hash(), provider.to_owned(), now.timestamp_micros());
        let used = self.write(move |conn| {
            // One statement: whoever comes second finds nothing.
            let sql = "DELETE FROM sign_in_attempts WHERE hash = ? AND provider = ? AND ends_at > ?";
            conn.run(sql, values![hash, provider, now])
        });
        Ok(used.await? == 1)
    }
}
