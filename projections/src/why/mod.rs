//! Why somebody is, or is not, on a license: one sentence, the chain behind it, and what can be done next.
//!
//! Rests on the log itself and the directory, on no read model: it is true for the head of the log, and
//! answers while a read model is behind or has stopped.

mod kept;
mod sentence;
#[cfg(test)]
mod tests;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    EmailAddress, Event, License, LicenseId, MemberId, NextStep, SubjectId, email,
    membership::{Gate, Standing},
    next_step::{Doors, next_steps},
};
use eventlog::Position;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    QueryError,
    audit::{AuditEntry, Names, Stored, of_stream, subject_of},
    directory,
    sql::{Conn, SqlError},
    status, values,
};
pub use kept::{KeptRow, KeptRows, Within};
use sentence::{Moment, Story};

/// The answer. No `Debug`: holds addresses.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Why {
    /// The log's position that the answer is true for.
    pub position: Position,
    /// The address: as first spelled where the person is known here, as asked where not; nothing for
    /// somebody who was erased.
    pub email: Option<String>,
    /// Whether the log says anything about this person on this license.
    pub known: bool,
    /// Their membership, if there is one.
    #[schema(value_type = Option<Uuid>)]
    pub member_id: Option<MemberId>,
    /// Where they stand.
    pub status: WhyStatus,
    /// Since when, if they ever were on the license.
    pub since: Option<DateTime<Utc>>,
    /// One sentence: why they are there.
    pub sentence: String,
    /// Everything that ever happened to them on this license, in order.
    pub chain: Vec<AuditEntry>,
    /// What can be done now.
    pub next_steps: Vec<WhyStep>,
    /// Of somebody whom the history does not know: what the refused rows that are still kept say of the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_rows: Option<KeptRows>,
}

/// Where somebody stands, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyStatus {
    /// As on the user list.
    Accepted,
    /// As on the user list.
    Invited,
    /// As on the user list.
    Rejected,
    /// Was on the license: removed, withdrawn or left.
    Removed,
    /// Was refused, or is an admin, and was never on the license.
    NeverAdded,
    /// Was erased: who they were, nobody knows any more.
    Erased,
    /// Nothing is known of them here.
    NotOnLicense,
}

/// Something that can be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct WhyStep {
    /// Who may do it: `person`, `admin` or `operator`.
    pub who: &'static str,
    /// Its code.
    pub action: &'static str,
    /// What it is, in a sentence.
    pub text: &'static str,
    /// Whether whoever asks is somebody who may.
    pub you_may: bool,
}

/// Why is the person with this address (not) on the license? Ask by the normalised address.
pub fn why(
    conn: &Conn<'_>,
    license: LicenseId,
    normalised_email: &str,
    today: NaiveDate,
) -> Result<Why, QueryError> {
    let snapshot = conn.snapshot()?;
    let Some(subject) = directory::subject(&snapshot, normalised_email)? else {
        return answer(&snapshot, license, today, Asked::stranger(normalised_email));
    };
    let sql = "SELECT member_id FROM memberships WHERE license_id = ? AND subject_id = ?";
    let member = snapshot.value::<Uuid>(sql, values![license.0, subject.0])?.map(MemberId);
    let asked = Asked { subject: Some(subject), member, ..Asked::stranger(normalised_email) };
    answer(&snapshot, license, today, asked)
}

/// The same of a text that is no address, for this reason: nobody is on a license by it, but a row that holds it may have been
/// refused.
pub fn why_text(
    conn: &Conn<'_>,
    license: LicenseId,
    (text, within): (&str, Within),
    fault: &str,
    today: NaiveDate,
) -> Result<Why, QueryError> {
    let snapshot = conn.snapshot()?;
    let told = answer(&snapshot, license, today, Asked { within, ..Asked::stranger(text) })?;
    let what = format!("Nobody can be on a license by this, which is no e-mail address: {fault}");
    Ok(Why { sentence: email::sentence(what), next_steps: Vec::new(), ..told })
}

/// The same by the membership, which also answers for somebody who was erased. Nothing if there is no such
/// membership of this license.
pub fn why_member(
    conn: &Conn<'_>,
    license: LicenseId,
    member: MemberId,
    today: NaiveDate,
) -> Result<Option<Why>, QueryError> {
    let snapshot = conn.snapshot()?;
    // Through the first event: the table of memberships is ordered by people.
    let Some(subject) = subject_of(&snapshot, license, member)? else { return Ok(None) };
    let asked = Asked { subject: Some(subject), member: Some(member), email: None, within: Within::WholeRow };
    answer(&snapshot, license, today, asked).map(Some)
}

/// Who was asked about.
struct Asked {
    subject: Option<SubjectId>,
    member: Option<MemberId>,
    email: Option<String>,
    /// What of refused rows is searched for it.
    within: Within,
}

impl Asked {
    fn stranger(email: &str) -> Self {
        Self { subject: None, member: None, email: Some(email.to_owned()), within: Within::WholeRow }
    }
}

fn answer(conn: &Conn<'_>, license: LicenseId, today: NaiveDate, asked: Asked) -> Result<Why, QueryError> {
    let mut history = of_stream(conn, license.0)?;
    let state = fold(&history);
    let (gate, key_opens) = gate(conn, license, &state, today)?;
    history.retain(|stored| asked.subject.is_some() && stored.about_admin() == asked.subject);
    if let Some(member) = asked.member {
        history.extend(of_stream(conn, member.0)?);
    }
    history.sort_by_key(|stored| stored.position);
    let names = history.iter().map(|s| Ok(s.people(conn)?.0)).collect::<Result<Vec<Names>, QueryError>>()?;
    let told = Told::of(&history, &names, asked.email.as_deref().unwrap_or_default());
    let known_as = asked.subject.filter(|_| !history.is_empty());
    let refused_rows = match asked.email.as_deref().filter(|_| known_as.is_none()) {
        Some(email) => Some(kept::kept_rows(conn, license, email, asked.within)?),
        None => None,
    };
    let known_email = known_as.map(|subject| directory::email(conn, subject)).transpose()?.flatten();
    let email = if known_as.is_some() { known_email } else { asked.email };
    let domain =
        email.as_deref().and_then(|email| EmailAddress::parse(email).ok()).map(|email| email.domain());
    let domain_administered = domain.is_some_and(|domain| state.is_administered(&domain));
    let doors = Doors { key_opens, domain_administered, has_admin: !state.admins.is_empty() };
    let next = next_steps(told.standing, &gate, doors);
    Ok(Why {
        position: status::head(conn)?,
        email,
        known: known_as.is_some(),
        member_id: asked.member,
        status: WhyStatus::of(told.standing, known_as.is_some()),
        since: told.since,
        sentence: told.sentence,
        chain: history.into_iter().map(|stored| stored.entry(conn)).collect::<Result<_, _>>()?,
        next_steps: next.into_iter().map(WhyStep::from).collect(),
        refused_rows,
    })
}

/// What the history comes to.
struct Told {
    standing: Standing,
    since: Option<DateTime<Utc>>,
    sentence: String,
}

impl Told {
    fn of(history: &[Stored], names: &[Names], asked: &str) -> Self {
        let Some(person) = names.first().map(|names| &names.person) else {
            let sentence = format!(
                "Nobody by the address {asked} is known on this license: they were never added to it, or have \
                 been erased since."
            );
            return Self { standing: Standing::Nobody, since: None, sentence };
        };
        let (mut memberships, mut roles) = (Vec::new(), Vec::new());
        for (Stored { event, metadata, recorded_at, .. }, names) in history.iter().zip(names) {
            let at = *recorded_at;
            match event {
                Event::Membership(event) => memberships.push(Moment { event, metadata, at, names }),
                Event::License(event) => roles.push(Moment { event, metadata, at, names }),
                Event::Import(_) | Event::Installation(_) | Event::Subject(_) | Event::Reading(_) => {}
            }
        }
        let story = Story::of(&memberships);
        let of_roles = if memberships.is_empty() { sentence::of_roles(person, &roles) } else { None };
        let sentence = of_roles.unwrap_or_else(|| story.sentence(person));
        Self { standing: story.standing, since: story.since(), sentence }
    }
}

fn fold(history: &[Stored]) -> License {
    let mut license = License::default();
    for stored in history {
        if let Event::License(event) = &stored.event {
            license.evolve(event);
        }
    }
    license
}

/// Whether the license admits anybody today, and whether one of its keys does.
fn gate(
    conn: &Conn<'_>,
    id: LicenseId,
    license: &License,
    today: NaiveDate,
) -> Result<(Gate, bool), SqlError> {
    let (seat_free, limit) = pool(conn, id.0)?;
    let gate = Gate { open: license.open_on(today), seat_free, seat_limit: limit.unwrap_or(u64::MAX) };
    for key in license.keys.keys() {
        if license.key_open_on(*key, today).is_ok() && pool(conn, key.0)?.0 {
            return Ok((gate, true));
        }
    }
    Ok((gate, false))
}

/// Whether one more can be taken, and how many in all.
fn pool(conn: &Conn<'_>, id: Uuid) -> Result<(bool, Option<u64>), SqlError> {
    let sql = "SELECT seat_limit IS NULL OR taken < seat_limit, seat_limit FROM seat_pools WHERE id = ?";
    let found = conn.first(sql, values![id], |row| Ok::<_, SqlError>((row.get(0)?, row.get(1)?)))?;
    Ok(found.unwrap_or((false, Some(0))))
}

impl WhyStatus {
    fn of(standing: Standing, known: bool) -> Self {
        match standing {
            Standing::Accepted(_) => Self::Accepted,
            Standing::Invited(_) => Self::Invited,
            Standing::Rejected(_) => Self::Rejected,
            Standing::Removed => Self::Removed,
            Standing::Erased => Self::Erased,
            Standing::Nobody if known => Self::NeverAdded,
            Standing::Nobody => Self::NotOnLicense,
        }
    }
}

impl From<NextStep> for WhyStep {
    fn from(step: NextStep) -> Self {
        Self { who: step.taker().as_str(), action: step.as_str(), text: step.text(), you_may: false }
    }
}
