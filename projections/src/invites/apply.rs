//! Folds a page of events in memory, then writes each invite once.

use std::collections::BTreeMap;

use domain::{Event, MembershipEvent};
use eventlog::{Position, Recorded};
use uuid::Uuid;

use crate::{
    ApplyError, Known, News,
    columns::written,
    sql::{Conn, Row, Rows, SqlError, ToValue},
};

/// An open invite.
#[derive(Clone, PartialEq)]
struct Open {
    subject: Uuid,
    license: Position,
    member: Uuid,
    invited_by: Uuid,
    invited_position: Position,
    invited_at: i64,
    attempt: u32,
    reason: String,
    closed: bool,
}

/// What the table holds of a membership, and what it shall hold.
#[derive(Default)]
struct Invite {
    stored: Option<Open>,
    now: Option<Open>,
}

/// By the membership's number.
type Invites = BTreeMap<Position, Invite>;

const COLUMNS: [&str; 10] = [
    "id",
    "subject_id",
    "license",
    "member_id",
    "invited_by",
    "invited_position",
    "invited_at",
    "attempt",
    "reason",
    "notification_closed",
];

pub(super) fn apply(
    conn: &Conn<'_>,
    suffix: &str,
    News { events, known, .. }: News<'_>,
) -> Result<(), ApplyError> {
    let mut invites = stored(conn, suffix, events, known)?;
    for recorded in events {
        let Event::Membership(event) = &recorded.event else { continue };
        if never_invited(recorded, event) {
            continue;
        }
        let number = known.number(recorded, recorded.stream.id)?;
        let invite = invites.entry(number).or_default();
        if !invite.follow(known, recorded, event)? {
            let what =
                format!("the event {} can't follow what the invite is so far", event.description().name);
            return Err(ApplyError::event(recorded.position, what));
        }
    }
    Ok(store(conn, suffix, &invites)?)
}

/// Whoever is added without an invite from the start costs nothing.
fn never_invited(recorded: &Recorded, event: &MembershipEvent) -> bool {
    use MembershipEvent as E;
    match event {
        E::UserAdded { .. } | E::JoinedWithLicenseKey { .. } => recorded.revision == 1,
        E::UserLeft {} | E::AdmissionRefused { .. } => true,
        _ => false,
    }
}

/// The invites that the table has of memberships that began before these events.
fn stored(conn: &Conn<'_>, suffix: &str, events: &[Recorded], known: &Known) -> Result<Invites, ApplyError> {
    let mut numbers = Vec::new();
    for recorded in events {
        if let Event::Membership(event) = &recorded.event
            && recorded.revision > 1
            && !never_invited(recorded, event)
        {
            numbers.push(known.number(recorded, recorded.stream.id)?);
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    let select = format!("SELECT {} FROM invites{suffix} WHERE id", COLUMNS.join(", "));
    let found =
        conn.each_of(&select, &numbers, |row| Ok::<_, SqlError>((row.get("id")?, Open::read(row)?)))?;
    let both = |open: Open| Invite { stored: Some(open.clone()), now: Some(open) };
    Ok(found.into_iter().map(|(number, open)| (number, both(open))).collect())
}

impl Invite {
    /// Whether the event fits.
    fn follow(
        &mut self,
        known: &Known,
        recorded: &Recorded,
        event: &MembershipEvent,
    ) -> Result<bool, ApplyError> {
        use MembershipEvent as E;
        match event {
            E::UserInvited { attempt, license_id, reason, subject_id, .. } => {
                let open = Open {
                    subject: subject_id.0,
                    license: known.number(recorded, license_id.0)?,
                    member: recorded.stream.id,
                    invited_by: recorded.metadata.actor.0,
                    invited_position: recorded.position,
                    invited_at: recorded.recorded_at.timestamp_micros(),
                    attempt: *attempt,
                    reason: written(reason),
                    closed: false,
                };
                let first = self.now.is_none();
                self.now.get_or_insert(open);
                Ok(first)
            }
            E::InviteNotificationClosed {} => Ok(self.set_closed(true)),
            E::InviteNotificationReopened {} => Ok(self.set_closed(false)),
            E::InviteAccepted {} | E::InviteDeclined { .. } | E::InviteWithdrawn {} => {
                Ok(self.now.take().is_some())
            }
            // There may have been an open invite, or none.
            E::UserAdded { .. } | E::JoinedWithLicenseKey { .. } | E::UserRemoved {} | E::UserErased {} => {
                self.now = None;
                Ok(true)
            }
            E::UserLeft {} | E::AdmissionRefused { .. } => Ok(true),
        }
    }

    fn set_closed(&mut self, closed: bool) -> bool {
        match &mut self.now {
            Some(open) if open.closed != closed => {
                open.closed = closed;
                true
            }
            Some(_) | None => false,
        }
    }
}

fn store(conn: &Conn<'_>, suffix: &str, invites: &Invites) -> Result<(), SqlError> {
    let table = format!("invites{suffix}");
    let mut rows = Rows::of(conn, &table, &COLUMNS[..1], &COLUMNS[1..])?;
    let mut gone = Vec::new();
    for (number, invite) in invites {
        match (&invite.stored, &invite.now) {
            (None, Some(open)) => open.with(*number, |values| rows.insert(values))?,
            (Some(before), Some(open)) if before != open => {
                open.with(*number, |values| rows.update(values))?;
            }
            (Some(_), None) => gone.push(*number),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    conn.run_each(&format!("DELETE FROM {table} WHERE id"), &gone)?;
    rows.end()
}

impl Open {
    fn read(row: &Row<'_>) -> Result<Self, SqlError> {
        Ok(Self {
            subject: row.get("subject_id")?,
            license: row.get("license")?,
            member: row.get("member_id")?,
            invited_by: row.get("invited_by")?,
            invited_position: row.get("invited_position")?,
            invited_at: row.get("invited_at")?,
            attempt: row.get("attempt")?,
            reason: row.get("reason")?,
            closed: row.get("notification_closed")?,
        })
    }

    /// The values of its [`COLUMNS`].
    fn with(
        &self,
        number: Position,
        write: impl FnOnce(&[&dyn ToValue]) -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        write(crate::values![
            number,
            self.subject,
            self.license,
            self.member,
            self.invited_by,
            self.invited_position,
            self.invited_at,
            self.attempt,
            self.reason,
            self.closed,
        ])
    }
}
