//! A person as they were at a moment: their membership's events until then, folded as the user list folds them.

use chrono::{DateTime, Utc};
use domain::{Event, LicenseId, MemberId, MembershipEvent};
use eventlog::{Position, Recorded};

use super::{
    person::Member,
    row::{MemberRow, status_of},
};
use crate::{QueryError, audit, columns, directory, sql::Conn};

/// A person of a license as of a position; nothing where the log said nothing of them by then. Names are those of now: of
/// somebody who was erased since, nobody knows who it was.
pub fn member_then(
    conn: &Conn<'_>,
    license: LicenseId,
    member: MemberId,
    at: Position,
) -> Result<Option<Member>, QueryError> {
    let snapshot = conn.snapshot()?;
    Ok(history(&snapshot, license, member)?.and_then(|history| history.at(at).cloned()))
}

/// What became of a membership, change by change.
pub(crate) struct History(Vec<(Position, Member)>);

impl History {
    /// Since when they had the status that they had at a position.
    pub(crate) fn since(&self, at: Position) -> Option<(Position, DateTime<Utc>)> {
        let behind = self.0.partition_point(|(position, _)| *position <= at);
        let (_, then) = self.0[..behind].last()?;
        let same = self.0[..behind].iter().rev().take_while(|(_, member)| member.status == then.status);
        same.last().map(|(position, member)| (*position, member.changed_at))
    }

    /// As it was at a position.
    pub(crate) fn at(&self, at: Position) -> Option<&Member> {
        let behind = self.0.partition_point(|(position, _)| *position <= at);
        behind.checked_sub(1).map(|last| &self.0[last].1)
    }
}

/// The history of a membership; `None` where it is not this license's.
pub(crate) fn history(
    conn: &Conn<'_>,
    license: LicenseId,
    member: MemberId,
) -> Result<Option<History>, QueryError> {
    let stored = audit::of_stream(conn, member.0)?;
    let events: Vec<Recorded> =
        stored.into_iter().map(audit::Stored::into_recorded).collect::<Result<_, _>>()?;
    let of_license = events.first().is_some_and(|first| first.license.map(|(id, _)| id) == Some(license));
    if !of_license {
        return Ok(None);
    }
    let (mut history, mut row) = (Vec::new(), None);
    for recorded in &events {
        let Event::Membership(event) = &recorded.event else { continue };
        let begun = match row.take() {
            Some(row) => Some(row),
            None => begin(conn, recorded, event)?,
        };
        let Some(mut now) = begun else { break };
        // What can't follow leaves it as it is; verification reports it.
        if now.follow(recorded, event).is_some() {
            history.push((recorded.position, shown(conn, &now)?));
        }
        row = Some(now);
    }
    Ok(Some(History(history)))
}

/// The row of a membership that begins with this event; `None` where none can.
fn begin(
    conn: &Conn<'_>,
    first: &Recorded,
    event: &MembershipEvent,
) -> Result<Option<MemberRow>, QueryError> {
    let Some(subject) = event.subject_id() else { return Ok(None) };
    let email = directory::email(conn, subject)?;
    let known = email.map(|email| (email.clone(), email));
    Ok(MemberRow::begin(first, event, first.position, |_| known))
}

/// As the user list shows it.
fn shown(conn: &Conn<'_>, row: &MemberRow) -> Result<Member, QueryError> {
    let (admission, notification_closed, decline_reason) = row.told();
    let time = |micros| columns::instant(micros);
    Ok(Member {
        member_id: MemberId(row.member_id),
        email: row.email.as_ref().map(|(email, _)| email.clone()),
        erased: row.email.is_none(),
        status: status_of(row.status()),
        admission: admission.map(str::to_owned),
        notification_closed,
        decline_reason: decline_reason.map(str::to_owned),
        attempts: row.attempts,
        added_by: match row.added_by {
            Some(adder) => directory::email(conn, adder)?,
            None => None,
        },
        added_at: row.added.map(|(_, at)| time(at)),
        source: row.source.clone(),
        import_id: row.import_id,
        changed_at: time(row.changed.1),
        refused: row.refused.clone(),
    })
}
