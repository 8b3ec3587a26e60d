//! For whom an account at a provider stands.
//!
//! An account is known by issuer and subject, and by nothing else: these two are all that a provider promises never to give
//! to somebody else (`OpenID` Connect Core 1.0 §5.7). The first time it comes with a verified address, and stands for that
//! address from then on, whatever its own becomes.

use chrono::{DateTime, TimeDelta, Utc};
use domain::EmailAddress;
use eventlog::LogError;
use sql::{Conn, Row, SqlError, values};
use uuid::Uuid;

use crate::Accounts;

/// An account at a provider. No `Debug`: its subject may lead to a person.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown {
    /// The provider, as it names itself: a URL.
    pub issuer: String,
    /// The account, as its provider names it.
    pub subject: String,
}

/// An account that stands for a person. No `Debug`: holds an address.
#[derive(Clone)]
pub struct LinkedIdentity {
    /// Names it; opens nothing.
    pub identity_id: Uuid,
    /// The provider, as it names itself.
    pub issuer: String,
    /// Since when.
    pub linked_at: DateTime<Utc>,
    /// When it last signed somebody in, to about an hour.
    pub used_at: DateTime<Utc>,
}

/// Whom an account signs in.
#[derive(Clone, PartialEq, Eq)]
pub enum SignsIn {
    /// The person with this address.
    Person(EmailAddress),
    /// Nobody: the account is new here, and shows no address that could be believed.
    Nobody,
    /// Nobody: another account of the same provider stands for that address.
    Taken,
}

/// When an account last signed somebody in is written down so often.
const NOTED_EVERY: TimeDelta = TimeDelta::hours(1);

impl Accounts {
    /// Whom an account signs in; one that is new stands from now on for the address that it shows, if it shows one that was
    /// verified.
    pub async fn signs_in(
        &self,
        shown: &Shown,
        verified: Option<&EmailAddress>,
        now: DateTime<Utc>,
    ) -> Result<SignsIn, LogError> {
        let (shown, verified) = (shown.clone(), verified.cloned());
        let now = now.timestamp_micros();
        self.write(move |conn| {
            if let Some(person) = person_of(conn, &shown)? {
                note(conn, &shown, now)?;
                return Ok(SignsIn::Person(person));
            }
            let Some(address) = verified else { return Ok(SignsIn::Nobody) };
            conn.run(
                "INSERT INTO linked_identities
                     (issuer, subject, identity_id, email, normalised, linked_at, used_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON CONFLICT DO NOTHING",
                values![
                    shown.issuer,
                    shown.subject,
                    Uuid::now_v7(),
                    address.as_spelled(),
                    address.normalised(),
                    now
                ],
            )?;
            // Somebody may have come with the same account at the same moment; or another account is in the way.
            Ok(person_of(conn, &shown)?.map_or(SignsIn::Taken, SignsIn::Person))
        })
        .await
    }

    /// The accounts that stand for a person, the newest first.
    pub async fn identities_of(&self, person: &EmailAddress) -> Result<Vec<LinkedIdentity>, LogError> {
        let normalised = person.normalised().to_owned();
        let sql = "SELECT identity_id, issuer, linked_at, used_at FROM linked_identities
                   WHERE normalised = ? ORDER BY identity_id DESC";
        self.read(move |conn| conn.all(sql, values![normalised], read)).await
    }

    /// Lets an account no longer stand for a person; whether it did.
    pub async fn unlink_identity(&self, person: &EmailAddress, identity_id: Uuid) -> Result<bool, LogError> {
        let normalised = person.normalised().to_owned();
        let sql = "DELETE FROM linked_identities WHERE identity_id = ? AND normalised = ?";
        Ok(self.write(move |conn| conn.run(sql, values![identity_id, normalised])).await? == 1)
    }
}

fn person_of(conn: &Conn<'_>, shown: &Shown) -> Result<Option<EmailAddress>, SqlError> {
    let sql = "SELECT email FROM linked_identities WHERE issuer = ? AND subject = ?";
    let email: Option<String> = conn.value(sql, values![shown.issuer, shown.subject])?;
    Ok(email.and_then(|email| EmailAddress::parse(&email).ok()))
}

fn note(conn: &Conn<'_>, shown: &Shown, now: i64) -> Result<(), SqlError> {
    let sql = "UPDATE linked_identities SET used_at = ? WHERE issuer = ? AND subject = ? AND used_at <= ?";
    let before = now.saturating_sub(NOTED_EVERY.num_microseconds().unwrap_or(i64::MAX));
    conn.run(sql, values![now, shown.issuer, shown.subject, before]).map(drop)
}

fn read(row: &Row<'_>) -> Result<LinkedIdentity, SqlError> {
    let time = |column: &str| {
        Ok::<_, SqlError>(DateTime::from_timestamp_micros(row.get(column)?).unwrap_or_default())
    };
    Ok(LinkedIdentity {
        identity_id: row.get("identity_id")?,
        issuer: row.get("issuer")?,
        linked_at: time("linked_at")?,
        used_at: time("used_at")?,
    })
}
