//! What goes when its time is over, or when a person goes.

use chrono::{DateTime, Utc};
use domain::EmailAddress;
use eventlog::LogError;
use sql::values;

use crate::{Accounts, SessionLimits, attempts::of_person};

/// Tables with rows of people, by their normalised address.
const OF_PEOPLE: [&str; 6] =
    ["sessions", "sign_in_links", "api_tokens", "outbox", "linked_identities", "domain_proofs"];

/// Tables whose rows end by themselves.
const ENDING: [&str; 5] = ["sessions", "sign_in_links", "api_tokens", "sign_in_attempts", "domain_proofs"];

impl Accounts {
    /// Forgets what can't be used any more; how many rows there were.
    pub async fn forget_what_is_over(
        &self,
        limits: SessionLimits,
        now: DateTime<Utc>,
    ) -> Result<usize, LogError> {
        let idle = (now - limits.idle).timestamp_micros();
        let now = now.timestamp_micros();
        self.write(move |conn| {
            let mut gone = conn.run("DELETE FROM sessions WHERE seen_at <= ?", values![idle])?;
            for table in ENDING {
                gone += conn.run(&format!("DELETE FROM {table} WHERE ends_at <= ?"), values![now])?;
            }
            gone += conn.run("DELETE FROM attempts WHERE due_at <= ?", values![now])?;
            Ok(gone)
        })
        .await
    }

    /// Forgets a person; how many rows there were.
    pub async fn forget_person(&self, person: &EmailAddress) -> Result<usize, LogError> {
        let (normalised, [keys, letters]) = (person.normalised().to_owned(), of_person(person));
        self.write(move |conn| {
            let mut gone = conn.run("DELETE FROM attempts WHERE who IN (?, ?)", values![keys, letters])?;
            for table in OF_PEOPLE {
                gone +=
                    conn.run(&format!("DELETE FROM {table} WHERE normalised = ?"), values![normalised])?;
            }
            Ok(gone)
        })
        .await
    }
}
