//! A row: somebody's status from one position to another.

use domain::{
    DeclineReason, MembershipEvent,
    membership::{Admission, Notification, Standing},
};
use eventlog::{Position, Recorded};

use crate::{
    members::{status_number, status_of},
    sql::{Conn, Row, Rows, SqlError},
    values,
};

/// Behind every position: until when a status lasts that lasts.
pub(super) const OPEN: Position = u64::MAX >> 1;

/// A row.
#[derive(Clone)]
pub(super) struct Span {
    pub id: Position,
    pub license: Position,
    pub member: Position,
    pub added: Position,
    pub added_at: i64,
    pub at: i64,
    pub status: u8,
    pub before: u8,
    pub how: Option<&'static str>,
    pub until: Position,
    /// Whether the table has it, as it was when it was open.
    pub stored: bool,
}

/// An event that can't follow what came before.
pub(super) struct Unfit;

/// The columns that stay as they are, and the one that does not.
const COLUMNS: ([&str; 9], [&str; 1]) =
    (["id", "license", "member", "added", "added_at", "at", "status", "before", "how"], ["until"]);

/// Where rows are written.
pub(super) fn writes<'c>(conn: &Conn<'c>, suffix: &str) -> Result<Rows<'c>, SqlError> {
    Rows::of(conn, &format!("spans{suffix}"), &COLUMNS.0, &COLUMNS.1)
}

impl Span {
    /// Those that last, of memberships by their numbers.
    pub(super) fn open(conn: &Conn<'_>, suffix: &str, members: &[Position]) -> Result<Vec<Self>, SqlError> {
        let columns = COLUMNS.0.join(", ");
        let sql = format!("SELECT {columns} FROM spans{suffix} WHERE until = {OPEN} AND member");
        conn.each_of(&sql, members, Self::read)
    }

    fn read(row: &Row<'_>) -> Result<Self, SqlError> {
        Ok(Self {
            id: row.get("id")?,
            license: row.get("license")?,
            member: row.get("member")?,
            added: row.get("added")?,
            added_at: row.get("added_at")?,
            at: row.get("at")?,
            status: row.get("status")?,
            before: row.get("before")?,
            how: row.text("how")?.and_then(word),
            until: OPEN,
            stored: true,
        })
    }

    /// What an event makes of it, or of nothing, if it changes the status.
    pub(super) fn after(
        before: Option<&Self>,
        event: &MembershipEvent,
        recorded: &Recorded,
        (license, member): (Position, Position),
    ) -> Result<Option<Self>, Unfit> {
        let standing = before.map_or(Standing::Nobody, Self::standing).after(event).ok_or(Unfit)?;
        let was = before.map_or(0, |before| before.status);
        let status = status_number(standing.status());
        if (was, status) == (0, 0) {
            return Ok(None);
        }
        let (id, at) = (recorded.position, recorded.recorded_at.timestamp_micros());
        let (added, added_at) = match before {
            Some(before) if was != 0 => (before.added, before.added_at),
            _ => (id, at),
        };
        let how = how(standing);
        let (before, until) = (was, OPEN);
        Ok(Some(Self { id, license, member, added, added_at, at, status, before, how, until, stored: false }))
    }

    /// As far as it decides what can follow: the notification changes no status.
    fn standing(&self) -> Standing {
        let how = self.how.unwrap_or_default();
        match status_of(self.status) {
            Some(domain::Status::Accepted) => Standing::Accepted(
                Admission::ALL.into_iter().find(|way| way.as_str() == how).unwrap_or(Admission::Invite),
            ),
            Some(domain::Status::Invited) => Standing::Invited(Notification::Open),
            Some(domain::Status::Rejected) => Standing::Rejected(
                DeclineReason::ALL
                    .into_iter()
                    .find(|reason| reason.as_str() == how)
                    .unwrap_or(DeclineReason::Unspecified),
            ),
            None => Standing::Removed,
        }
    }

    /// Writes it: new, or until when it lasted.
    pub(super) fn store(&self, writes: &mut Rows<'_>) -> Result<(), SqlError> {
        let values: &[_] = values![
            self.id,
            self.license,
            self.member,
            self.added,
            self.added_at,
            self.at,
            self.status,
            self.before,
            self.how,
            self.until,
        ];
        if self.stored { writes.update(values) } else { writes.insert(values) }
    }
}

/// By which admission somebody was accepted, or for which reason they declined.
fn how(standing: Standing) -> Option<&'static str> {
    match standing {
        Standing::Accepted(admission) => Some(admission.as_str()),
        Standing::Rejected(reason) => Some(reason.as_str()),
        Standing::Nobody | Standing::Invited(_) | Standing::Removed | Standing::Erased => None,
    }
}

/// One of the words of [`how`].
pub(super) fn word(text: &str) -> Option<&'static str> {
    let admissions = Admission::ALL.into_iter().map(Admission::as_str);
    admissions.chain(DeclineReason::ALL.into_iter().map(DeclineReason::as_str)).find(|word| *word == text)
}

/// Whether an event may change a status: the others are passed over.
pub(super) fn may_change(event: &MembershipEvent) -> bool {
    use MembershipEvent as E;
    match event {
        E::UserAdded { .. }
        | E::UserInvited { .. }
        | E::InviteAccepted {}
        | E::InviteDeclined { .. }
        | E::JoinedWithLicenseKey { .. }
        | E::InviteWithdrawn {}
        | E::UserRemoved {}
        | E::UserLeft {}
        | E::UserErased {} => true,
        E::InviteNotificationClosed {} | E::InviteNotificationReopened {} | E::AdmissionRefused { .. } => {
            false
        }
    }
}
