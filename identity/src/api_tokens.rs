//! Tokens by which machines ask in a person's name.
//!
//! `sbk_`, thirty random digits and letters, and six that check them: what is no token is told without asking the
//! database, and programs that look for secrets in code find them by their form.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{EmailAddress, LicenseId};
use eventlog::LogError;
use serde::{Deserialize, Serialize};
use sql::{Conn, Row, SqlError, values};
use uuid::Uuid;

use crate::{
    Accounts, Secret,
    secret::{crc32, in_base62, random_base62},
};

const PREFIX: &str = "sbk_";
const RANDOM: usize = 30;
const CHECK: usize = 6;

/// So many tokens of one name a person has at a time: the one in use, and the one that takes its place.
pub const OF_ONE_NAME: u64 = 2;

/// So many tokens a person has at a time.
pub const OF_ONE_PERSON: u64 = 50;

/// When a token was last used is written down so often.
const NOTED_EVERY: TimeDelta = TimeDelta::hours(1);

/// What a token may be used for, of what its person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// To read.
    Read,
    /// To change what the person may change, but for what the operator's role allows.
    Write,
    /// To use the operator's role, if the person has it.
    Operator,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Operator];

    /// As it is written everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Operator => "operator",
        }
    }
}

/// A token to be made. No `Debug`: holds an address.
#[derive(Clone)]
pub struct NewToken {
    /// In whose name it asks.
    pub person: EmailAddress,
    /// What it is for, in the words of that person.
    pub name: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// The only license that it is good for.
    pub license: Option<LicenseId>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
}

/// A token, without its secret. No `Debug`: holds an address.
#[derive(Clone)]
pub struct ApiToken {
    /// Names it; opens nothing.
    pub token_id: Uuid,
    /// What it was made as.
    pub of: NewToken,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to about an hour.
    pub used_at: Option<DateTime<Utc>>,
}

/// Why a token was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooMany {
    /// Of this name.
    OfOneName,
    /// Of this person.
    OfOnePerson,
}

/// Whether a text has the form of a token, with the digits that check it.
pub fn is_well_formed(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(PREFIX) else { return false };
    let plain = rest.len() == RANDOM + CHECK && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain && in_base62(crc32(&rest[..RANDOM])) == rest[RANDOM..]
}

fn new_secret() -> Secret {
    let random = random_base62(RANDOM);
    let check = in_base62(crc32(&random));
    Secret::of(format!("{PREFIX}{random}{check}"))
}

const COLUMNS: &str = "token_id, name, email, scopes, license_id, created_at, ends_at, used_at";

impl Accounts {
    /// Makes a token. The secret is given once.
    pub async fn make_token(
        &self,
        new: NewToken,
        now: DateTime<Utc>,
    ) -> Result<Result<(Secret, ApiToken), TooMany>, LogError> {
        let secret = new_secret();
        let token = ApiToken { token_id: Uuid::now_v7(), of: new, created_at: now, used_at: None };
        let (hash, made) = (secret.hash(), token.clone());
        let put = self.write(move |conn| put(conn, &hash, &made)).await?;
        Ok(put.map(|()| (secret, token)))
    }

    /// The token behind a text, if it can still be used. It counts as used.
    pub async fn token(&self, text: &str, now: DateTime<Utc>) -> Result<Option<ApiToken>, LogError> {
        if !is_well_formed(text) {
            return Ok(None);
        }
        let hash = Secret::given(text).hash();
        let by_hash = hash.clone();
        let sql = format!("SELECT {COLUMNS} FROM api_tokens WHERE hash = ?");
        let found = self.read(move |conn| conn.first(&sql, values![by_hash], read)).await?.flatten();
        let Some(token) = found.filter(|token| now < token.of.ends_at) else { return Ok(None) };
        if token.used_at.is_none_or(|used| now - used >= NOTED_EVERY) {
            let at = now.timestamp_micros();
            // Ended meanwhile, nothing is written; and what can't be noted, on a full disk, turns nobody away.
            drop(
                self.write(move |conn| {
                    conn.run("UPDATE api_tokens SET used_at = ? WHERE hash = ?", values![at, hash])
                })
                .await,
            );
        }
        Ok(Some(token))
    }

    /// Whether a token is there still: nobody has revoked it, and its time is not over.
    pub async fn token_lasts(&self, token_id: Uuid, now: DateTime<Utc>) -> Result<bool, LogError> {
        self.lasts("SELECT 1 FROM api_tokens WHERE token_id = ? AND ends_at > ?", token_id, now).await
    }

    /// The tokens of a person that can still be used, the newest first.
    pub async fn tokens_of(
        &self,
        person: &EmailAddress,
        now: DateTime<Utc>,
    ) -> Result<Vec<ApiToken>, LogError> {
        let (normalised, now) = (person.normalised().to_owned(), now.timestamp_micros());
        let sql = format!(
            "SELECT {COLUMNS} FROM api_tokens WHERE normalised = ? AND ends_at > ? ORDER BY token_id DESC"
        );
        let found = self.read(move |conn| conn.all(&sql, values![normalised, now], read)).await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Takes a token back; whether there was one.
    pub async fn revoke_token(&self, person: &EmailAddress, token_id: Uuid) -> Result<bool, LogError> {
        let normalised = person.normalised().to_owned();
        let sql = "DELETE FROM api_tokens WHERE token_id = ? AND normalised = ?";
        Ok(self.write(move |conn| conn.run(sql, values![token_id, normalised])).await? == 1)
    }

    /// Revokes every token of a person; how many there were.
    pub async fn revoke_tokens_of(&self, person: &EmailAddress) -> Result<usize, LogError> {
        let normalised = person.normalised().to_owned();
        let sql = "DELETE FROM api_tokens WHERE normalised = ?";
        self.write(move |conn| conn.run(sql, values![normalised])).await
    }
}

fn put(conn: &Conn<'_>, hash: &str, token: &ApiToken) -> Result<Result<(), TooMany>, SqlError> {
    let (new, now) = (&token.of, token.created_at.timestamp_micros());
    let person = new.person.normalised();
    let live = "SELECT count(*) FROM api_tokens WHERE normalised = ? AND ends_at > ?";
    let of_person: Option<u64> = conn.value(live, values![person, now])?;
    let of_name: Option<u64> = conn.value(&format!("{live} AND name = ?"), values![person, now, new.name])?;
    if of_name >= Some(OF_ONE_NAME) {
        return Ok(Err(TooMany::OfOneName));
    }
    if of_person >= Some(OF_ONE_PERSON) {
        return Ok(Err(TooMany::OfOnePerson));
    }
    let scopes: Vec<&str> = new.scopes.iter().map(|scope| scope.as_str()).collect();
    conn.run(
        "INSERT INTO api_tokens (hash, token_id, name, email, normalised, scopes, license_id, created_at, ends_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values![
            hash,
            token.token_id,
            new.name,
            new.person.as_spelled(),
            person,
            scopes.join(" "),
            new.license.map(|license| license.0),
            now,
            new.ends_at.timestamp_micros()
        ],
    )?;
    Ok(Ok(()))
}

/// A row; nothing where its address could not be one any more.
fn read(row: &Row<'_>) -> Result<Option<ApiToken>, SqlError> {
    let (email, scopes): (String, String) = (row.get("email")?, row.get("scopes")?);
    let time = |micros: i64| DateTime::from_timestamp_micros(micros).unwrap_or_default();
    let Ok(person) = EmailAddress::parse(&email) else { return Ok(None) };
    let scopes =
        scopes.split(' ').filter_map(|word| Scope::ALL.into_iter().find(|scope| scope.as_str() == word));
    Ok(Some(ApiToken {
        token_id: row.get("token_id")?,
        of: NewToken {
            person,
            name: row.get("name")?,
            scopes: scopes.collect(),
            license: row.get::<Option<Uuid>>("license_id")?.map(LicenseId),
            ends_at: time(row.get("ends_at")?),
        },
        created_at: time(row.get("created_at")?),
        used_at: row.get::<Option<i64>>("used_at")?.map(time),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_a_form_by_which_it_is_known() {
        let made = new_secret();
        let token = made.reveal();
        assert!(token.len() == 40 && is_well_formed(token), "{token}");
        let last = if token.ends_with('0') { "1" } else { "0" };
        for wrong in [
            &token[1..],
            &token[..39],
            &format!("{}{last}", &token[..39]),
            &format!("{token}0"),
            &token.to_uppercase(),
            "sbk_",
            "",
            "sbk_éééééééééééééééééé",
        ] {
            assert!(!is_well_formed(wrong), "{wrong}");
        }
    }
}
