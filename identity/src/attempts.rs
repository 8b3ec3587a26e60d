//! How often something was tried: counted for all nodes together, since a secret is no harder to guess at several doors.

use chrono::{DateTime, TimeDelta, Utc};
use domain::EmailAddress;
use eventlog::LogError;
use sha2::{Digest, Sha256};
use sql::values;

use crate::Accounts;

/// Trying a license key, by one person. Of what is counted, this and [`LETTERS`] alone lead to somebody.
pub const KEYS: &str = "license-keys";

/// Letters with links that sign in, to one person.
pub const LETTERS: &str = "sign-in-letters";

/// How often something may be tried: so many times at once, and once more after each such time.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// At once.
    pub burst: u32,
    /// For one more.
    pub each: TimeDelta,
}

impl Rate {
    /// When everything so far is made up for may lie ahead by all but one of what may come at once: up to this moment, in
    /// microseconds.
    fn latest(self, now: DateTime<Utc>) -> i64 {
        let ahead = micros(self.each).saturating_mul(i64::from(self.burst.saturating_sub(1)));
        now.timestamp_micros().saturating_add(ahead)
    }
}

fn micros(time: TimeDelta) -> i64 {
    time.num_microseconds().unwrap_or(i64::MAX)
}

/// What is kept of who tries what: nobody reads it back, and it goes when it makes no difference any more.
pub(crate) fn who_tries(what: &str, who: &str) -> String {
    let digest = Sha256::new().chain_update(what).chain_update([0]).chain_update(who).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Of a person.
pub(crate) fn of_person(person: &EmailAddress) -> [String; 2] {
    [KEYS, LETTERS].map(|what| who_tries(what, person.normalised()))
}

impl Accounts {
    /// Whether an attempt would count now; none is counted.
    pub async fn may_attempt(
        &self,
        what: &str,
        who: &str,
        rate: Rate,
        now: DateTime<Utc>,
    ) -> Result<bool, LogError> {
        let who = who_tries(what, who);
        let sql = "SELECT due_at FROM attempts WHERE who = ?";
        let due: Option<i64> = self.read(move |conn| conn.value(sql, values![who])).await?;
        Ok(due.is_none_or(|due| due <= rate.latest(now)))
    }

    /// Counts an attempt. Where there were too many: how long until there may be another one, and nothing is counted.
    pub async fn attempt(
        &self,
        what: &str,
        who: &str,
        rate: Rate,
        now: DateTime<Utc>,
    ) -> Result<Option<TimeDelta>, LogError> {
        let who = who_tries(what, who);
        let (latest, now, each) = (rate.latest(now), now.timestamp_micros(), micros(rate.each));
        self.write(move |conn| {
            // One statement: whoever tries at the same moment, on whichever node, comes before or after.
            let counted = conn.run(
                "INSERT INTO attempts (who, due_at) VALUES (?1, ?2)
                 ON CONFLICT (who) DO UPDATE
                 SET due_at = CASE WHEN attempts.due_at > ?3 THEN attempts.due_at ELSE ?3 END + ?4
                 WHERE attempts.due_at <= ?5",
                values![who, now.saturating_add(each), now, each, latest],
            )?;
            if counted > 0 {
                return Ok(None);
            }
            let due: Option<i64> = conn.value("SELECT due_at FROM attempts WHERE who = ?", values![who])?;
            Ok(Some(TimeDelta::microseconds((due.unwrap_or(latest) - latest).max(1))))
        })
        .await
    }
}
