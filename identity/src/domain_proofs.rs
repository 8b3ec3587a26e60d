//! What admins were asked to put into DNS, to show that a mail domain is theirs.
//!
//! A value is no secret: everybody can read it in DNS. What counts is that it was drawn here, for this admin, on this
//! license, for this domain, so that nobody could have put it there before.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{EmailAddress, LicenseId, MailDomain};
use eventlog::LogError;
use sql::{Row, SqlError, values};

use crate::{Accounts, Secret};

/// For so long a record can be looked for: zones are not changed within the hour everywhere.
pub const LASTS: TimeDelta = TimeDelta::days(7);

/// So many domains an admin may be about to prove on a license.
pub const AT_ONCE: u64 = 20;

/// A record that is awaited in DNS. No `Debug`: holds an address.
#[derive(Clone)]
pub struct DomainProof {
    /// The admin who asked.
    pub admin: EmailAddress,
    /// The mail domain.
    pub domain: MailDomain,
    /// 256 random bits, as text.
    pub value: String,
    /// Until when it is looked for.
    pub ends_at: DateTime<Utc>,
}

const OF_ADMIN: &str = "SELECT email, domain, value, ends_at FROM domain_proofs
                        WHERE license_id = ? AND normalised = ? AND domain = ? AND ends_at > ?";

impl Accounts {
    /// A value for an admin to put into DNS: that of before, if they asked already. None: they are about to prove enough
    /// domains.
    pub async fn ask_for_domain_proof(
        &self,
        license: LicenseId,
        admin: &EmailAddress,
        domain: &MailDomain,
        now: DateTime<Utc>,
    ) -> Result<Option<DomainProof>, LogError> {
        let (person, email) = (admin.normalised().to_owned(), admin.as_spelled().to_owned());
        let (domain, value) = (domain.as_str().to_owned(), Secret::new().reveal().to_owned());
        let (ends, now) = ((now + LASTS).timestamp_micros(), now.timestamp_micros());
        self.write(move |conn| {
            // One that has ended gives its place to a new one; one that still counts stays.
            conn.run(
                "INSERT INTO domain_proofs (license_id, normalised, domain, email, value, ends_at)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6
                 WHERE (SELECT count(*) FROM domain_proofs
                        WHERE license_id = ?1 AND normalised = ?2 AND ends_at > ?7) < ?8
                 ON CONFLICT (license_id, normalised, domain) DO UPDATE
                 SET value = excluded.value, ends_at = excluded.ends_at WHERE domain_proofs.ends_at <= ?7",
                values![license.0, person, domain, email, value, ends, now, AT_ONCE],
            )?;
            conn.first(OF_ADMIN, values![license.0, person, domain, now], read)
        })
        .await
        .map(Option::flatten)
    }

    /// What an admin was asked to put into DNS, if it still counts.
    pub async fn domain_proof(
        &self,
        license: LicenseId,
        admin: &EmailAddress,
        domain: &MailDomain,
        now: DateTime<Utc>,
    ) -> Result<Option<DomainProof>, LogError> {
        let (person, domain) = (admin.normalised().to_owned(), domain.as_str().to_owned());
        let now = now.timestamp_micros();
        let found =
            self.read(move |conn| conn.first(OF_ADMIN, values![license.0, person, domain, now], read));
        Ok(found.await?.flatten())
    }

    /// What the admins of a license were asked to put into DNS and that still counts, by domain.
    pub async fn domain_proofs_on(
        &self,
        license: LicenseId,
        now: DateTime<Utc>,
    ) -> Result<Vec<DomainProof>, LogError> {
        let now = now.timestamp_micros();
        let sql = "SELECT email, domain, value, ends_at FROM domain_proofs
                   WHERE license_id = ? AND ends_at > ? ORDER BY domain, normalised";
        let found = self.read(move |conn| conn.all(sql, values![license.0, now], read)).await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Nobody looks for a record any more: it was found, or is not wanted. Whether one was awaited until now.
    pub async fn end_domain_proof(
        &self,
        license: LicenseId,
        admin: &EmailAddress,
        domain: &MailDomain,
        now: DateTime<Utc>,
    ) -> Result<bool, LogError> {
        let (person, domain) = (admin.normalised().to_owned(), domain.as_str().to_owned());
        let now = now.timestamp_micros();
        // One whose week is over goes when all of those do.
        let sql = "DELETE FROM domain_proofs
                   WHERE license_id = ? AND normalised = ? AND domain = ? AND ends_at > ?";
        let ended = self.write(move |conn| conn.run(sql, values![license.0, person, domain, now]));
        ended.await.map(|rows| rows > 0)
    }
}

/// A row; nothing where what it names could not be one any more.
fn read(row: &Row<'_>) -> Result<Option<DomainProof>, SqlError> {
    let (email, domain): (String, String) = (row.get("email")?, row.get("domain")?);
    let (value, ends): (String, i64) = (row.get("value")?, row.get("ends_at")?);
    let both = EmailAddress::parse(&email).ok().zip(MailDomain::parse(&domain).ok());
    let ends_at = DateTime::from_timestamp_micros(ends).unwrap_or_default();
    Ok(both.map(|(admin, domain)| DomainProof { admin, domain, value, ends_at }))
}
