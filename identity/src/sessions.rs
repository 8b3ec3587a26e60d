//! Who is signed in, in which browser.

use chrono::{DateTime, TimeDelta, Utc};
use domain::EmailAddress;
use eventlog::LogError;
use serde::{Deserialize, Serialize};
use sql::{Row, SqlError, values};
use uuid::Uuid;

use crate::{Accounts, Secret};

/// How somebody showed who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignInMethod {
    /// By a link that was sent to their address.
    Link,
    /// By an account at an `OpenID` provider.
    Oidc,
}

impl SignInMethod {
    /// As it is written everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Oidc => "oidc",
        }
    }

    /// What a row says; of one that a later version wrote, the way that needs nothing but the address.
    fn read(text: &str) -> Self {
        if text == Self::Oidc.as_str() { Self::Oidc } else { Self::Link }
    }
}

/// How long a session lasts.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// After so long without a request, it is over.
    pub idle: TimeDelta,
    /// After so long, it is over in any case.
    pub whole: TimeDelta,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self { idle: TimeDelta::minutes(30), whole: TimeDelta::hours(12) }
    }
}

impl SessionLimits {
    /// When a session was last used is written down so often: not with every request. Where it ends soon without use, more
    /// often.
    pub fn noted_every(self) -> TimeDelta {
        NOTED_EVERY.min(self.idle / UNNOTED)
    }
}

/// A session. No `Debug`: holds an address.
#[derive(Clone)]
pub struct Session {
    /// Names it; opens nothing.
    pub session_id: Uuid,
    /// Whose it is.
    pub person: EmailAddress,
    /// How they signed in.
    pub method: SignInMethod,
    /// In which browser, in words; nothing, if that is not known.
    pub browser: Option<String>,
    /// When they did.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to about a minute.
    pub seen_at: DateTime<Utc>,
    /// When it is over in any case.
    pub ends_at: DateTime<Utc>,
}

/// So many sessions a person has at most; whoever begins one more loses the one that was not used for longest. People have a
/// few devices each, and a machine has a token.
pub const MOST_SESSIONS: u32 = 20;

/// However long it may be without use.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A quarter of the time without use may go by unnoted: by so much a session ends early at most.
const UNNOTED: i32 = 4;

const COLUMNS: &str = "session_id, email, method, browser, created_at, seen_at, ends_at";

impl Accounts {
    /// Begins a session; what a person has beyond [`MOST_SESSIONS`] ends. The secret is given once.
    pub async fn begin_session(
        &self,
        person: &EmailAddress,
        method: SignInMethod,
        browser: Option<String>,
        limits: SessionLimits,
        now: DateTime<Utc>,
    ) -> Result<(Secret, Session), LogError> {
        let secret = Secret::new();
        let session = Session {
            session_id: Uuid::now_v7(),
            person: person.clone(),
            method,
            browser,
            created_at: now,
            seen_at: now,
            ends_at: now + limits.whole,
        };
        let (hash, new) = (secret.hash(), session.clone());
        self.write(move |conn| {
            conn.run(
                "INSERT INTO sessions (hash, session_id, email, normalised, method, browser, created_at, seen_at, ends_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)",
                values![
                    hash,
                    new.session_id,
                    new.person.as_spelled(),
                    new.person.normalised(),
                    new.method.as_str(),
                    new.browser,
                    new.created_at.timestamp_micros(),
                    new.ends_at.timestamp_micros()
                ],
            )?;
            conn.run(
                "DELETE FROM sessions WHERE normalised = ?1 AND session_id NOT IN (
                     SELECT session_id FROM sessions WHERE normalised = ?1
                     ORDER BY seen_at DESC, session_id DESC LIMIT ?2)",
                values![new.person.normalised(), MOST_SESSIONS],
            )
        })
        .await?;
        Ok((secret, session))
    }

    /// The session behind a secret, if it is not over. It counts as used.
    pub async fn session(
        &self,
        secret: &Secret,
        limits: SessionLimits,
        now: DateTime<Utc>,
    ) -> Result<Option<Session>, LogError> {
        let Some(session) = self.session_unused(secret, limits, now).await? else { return Ok(None) };
        if now - session.seen_at >= limits.noted_every() {
            self.note_use(session.session_id, now).await;
        }
        Ok(Some(session))
    }

    /// The same for what a page asks by itself while nobody uses it.
    pub async fn session_unused(
        &self,
        secret: &Secret,
        limits: SessionLimits,
        now: DateTime<Utc>,
    ) -> Result<Option<Session>, LogError> {
        let hash = secret.hash();
        let sql = format!("SELECT {COLUMNS} FROM sessions WHERE hash = ?");
        let found = self.read(move |conn| conn.first(&sql, values![hash], read)).await?.flatten();
        Ok(found.filter(|session| session.lasts(limits, now)))
    }

    /// Notes that a session is used, also by what goes on for long: as often as its [limits](SessionLimits::noted_every) say.
    pub async fn note_use(&self, session_id: Uuid, now: DateTime<Utc>) {
        let at = now.timestamp_micros();
        let sql = "UPDATE sessions SET seen_at = ? WHERE session_id = ?";
        // Ended meanwhile, nothing is written; and what can't be noted, on a full disk, turns nobody away.
        drop(self.write(move |conn| conn.run(sql, values![at, session_id])).await);
    }

    /// Whether a session is there still: nobody has ended it, and its time is not over.
    pub async fn session_lasts(&self, session_id: Uuid, now: DateTime<Utc>) -> Result<bool, LogError> {
        self.lasts("SELECT 1 FROM sessions WHERE session_id = ? AND ends_at > ?", session_id, now).await
    }

    /// The sessions of a person that are not over, the newest first.
    pub async fn sessions_of(
        &self,
        person: &EmailAddress,
        limits: SessionLimits,
        now: DateTime<Utc>,
    ) -> Result<Vec<Session>, LogError> {
        let normalised = person.normalised().to_owned();
        let sql = format!("SELECT {COLUMNS} FROM sessions WHERE normalised = ? ORDER BY session_id DESC");
        let found = self.read(move |conn| conn.all(&sql, values![normalised], read)).await?;
        Ok(found.into_iter().flatten().filter(|session| session.lasts(limits, now)).collect())
    }

    /// Ends a session of a person; whether there was one.
    pub async fn end_session(&self, person: &EmailAddress, session_id: Uuid) -> Result<bool, LogError> {
        let normalised = person.normalised().to_owned();
        let sql = "DELETE FROM sessions WHERE session_id = ? AND normalised = ?";
        Ok(self.write(move |conn| conn.run(sql, values![session_id, normalised])).await? == 1)
    }

    /// Ends every session of a person; how many there were.
    pub async fn end_sessions_of(&self, person: &EmailAddress) -> Result<usize, LogError> {
        let normalised = person.normalised().to_owned();
        let sql = "DELETE FROM sessions WHERE normalised = ?";
        self.write(move |conn| conn.run(sql, values![normalised])).await
    }
}

impl Session {
    fn lasts(&self, limits: SessionLimits, now: DateTime<Utc>) -> bool {
        // What was configured since holds, too.
        now < self.ends_at && now < self.created_at + limits.whole && now < self.seen_at + limits.idle
    }
}

/// A row; nothing where its address could not be one any more.
fn read(row: &Row<'_>) -> Result<Option<Session>, SqlError> {
    let email: String = row.get("email")?;
    let time = |column: &str| {
        Ok::<_, SqlError>(DateTime::from_timestamp_micros(row.get(column)?).unwrap_or_default())
    };
    let Ok(person) = EmailAddress::parse(&email) else { return Ok(None) };
    Ok(Some(Session {
        session_id: row.get("session_id")?,
        person,
        method: SignInMethod::read(&row.get::<String>("method")?),
        browser: row.get("browser")?,
        created_at: time("created_at")?,
        seen_at: time("seen_at")?,
        ends_at: time("ends_at")?,
    }))
}
