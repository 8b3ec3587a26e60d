//! Links that sign somebody in, once.
//!
//! They are made for any address, known or not: whoever asks learns nothing, and somebody whom nobody has met yet can
//! come in to enter a license key.

use chrono::{DateTime, TimeDelta, Utc};
use domain::EmailAddress;
use eventlog::LogError;
use sql::values;

use crate::{Accounts, Secret, attempts::Rate};

/// For so long a link can be used.
pub const LASTS: TimeDelta = TimeDelta::minutes(10);

/// So many links that can still be used are sent to an address at most: nobody's mailbox is flooded.
pub const AT_ONCE: u64 = 5;

/// How often letters with links are sent to an address in the long run, whoever asks for them. One each time a link lasts: in
/// the mailbox there is always one that signs in, so that nobody is kept out by others who ask.
pub const LETTERS: Rate = Rate { burst: 20, each: LASTS };

impl Accounts {
    /// A link for an address; none where it has as many of them that can still be used.
    pub async fn make_sign_in_link(
        &self,
        person: &EmailAddress,
        at_once: u64,
        now: DateTime<Utc>,
    ) -> Result<Option<Secret>, LogError> {
        let secret = Secret::new();
        let (hash, ends) = (secret.hash(), (now + LASTS).timestamp_micros());
        let (email, normalised) = (person.as_spelled().to_owned(), person.normalised().to_owned());
        let now = now.timestamp_micros();
        let made = self.write(move |conn| {
            conn.run(
                "INSERT INTO sign_in_links (hash, email, normalised, ends_at)
                 SELECT ?1, ?2, ?3, ?4
                 WHERE (SELECT count(*) FROM sign_in_links WHERE normalised = ?3 AND ends_at > ?5) < ?6",
                values![hash, email, normalised, ends, now, at_once],
            )
        });
        Ok((made.await? == 1).then_some(secret))
    }

    /// Takes back every link of a person that was not used yet; how many there were.
    pub async fn take_back_links_of(&self, person: &EmailAddress) -> Result<usize, LogError> {
        let normalised = person.normalised().to_owned();
        let sql = "DELETE FROM sign_in_links WHERE normalised = ?";
        self.write(move |conn| conn.run(sql, values![normalised])).await
    }

    /// Uses a link up; whom it signs in, if it could still be used.
    pub async fn use_sign_in_link(
        &self,
        secret: &Secret,
        now: DateTime<Utc>,
    ) -> Result<Option<EmailAddress>, LogError> {
        let (hash, now) = (secret.hash(), now.timestamp_micros());
        let used = self.write(move |conn| {
            // One statement: whoever comes second finds nothing.
            let sql = "DELETE FROM sign_in_links WHERE hash = ? AND ends_at > ? RETURNING email";
            conn.value::<String>(sql, values![hash, now])
        });
        Ok(used.await?.and_then(|email| EmailAddress::parse(&email).ok()))
    }
}
