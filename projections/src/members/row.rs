//! A row of the user list, and how it follows an event.

use domain::{
    DeclineReason, ImportId, MembershipEvent, Status, SubjectId,
    membership::{Admission, Notification, Standing},
};
use eventlog::{Position, Recorded};
use uuid::Uuid;

use crate::sql::{Conn, Row, Rows, SqlError, ToValue};

/// A row. No `Debug`: holds an address.
pub(super) struct MemberRow {
    pub id: Position,
    /// The license's number.
    pub license: Position,
    pub member_id: Uuid,
    pub subject_id: SubjectId,
    pub email: Option<(String, String)>,
    pub standing: Standing,
    pub attempts: u32,
    pub added_by: Option<SubjectId>,
    pub added: Option<(Position, i64)>,
    pub source: Option<String>,
    pub import_id: Option<ImportId>,
    pub changed: (Position, i64),
    pub refused: Option<String>,
    /// Whether the table has it.
    pub stored: bool,
    /// The normalised address as stored, by which the search index holds it.
    pub searched_as: Option<String>,
    /// The status as stored, to move the counters by.
    pub counted: u8,
}

/// The statuses as numbers; 0 is nobody's place on the list.
pub(super) const STATUS: [(Status, u8); 3] =
    [(Status::Accepted, 1), (Status::Invited, 2), (Status::Rejected, 3)];

pub(crate) fn status_number(status: Option<Status>) -> u8 {
    STATUS.iter().find(|(s, _)| Some(*s) == status).map_or(0, |(_, n)| *n)
}

pub(crate) fn status_of(number: u8) -> Option<Status> {
    STATUS.iter().find(|(_, n)| *n == number).map(|(s, _)| *s)
}

/// The columns that a row keeps as it began.
const LASTING: [&str; 4] = ["id", "license", "member_id", "subject_id"];

/// The columns that events change; an erasure takes the address.
const CHANGING: [&str; 15] = [
    "email",
    "normalised",
    "status",
    "admission",
    "notification_closed",
    "decline_reason",
    "attempts",
    "added_by",
    "added_position",
    "added_at",
    "source",
    "import_id",
    "changed_position",
    "changed_at",
    "refused_code",
];

/// Where rows are written.
pub(super) fn writes<'c>(conn: &Conn<'c>, suffix: &str) -> Result<Rows<'c>, SqlError> {
    Rows::of(conn, &format!("members{suffix}"), &LASTING, &CHANGING)
}

impl MemberRow {
    /// The row of a membership that begins with this event.
    pub(super) fn begin(
        first: &Recorded,
        event: &MembershipEvent,
        license: Position,
        email: impl FnOnce(SubjectId) -> Option<(String, String)>,
    ) -> Option<Self> {
        let subject_id = event.subject_id()?;
        Some(Self {
            id: first.position,
            license,
            member_id: first.stream.id,
            subject_id,
            email: email(subject_id),
            standing: Standing::Nobody,
            attempts: 0,
            added_by: None,
            added: None,
            source: None,
            import_id: None,
            changed: (first.position, 0),
            refused: None,
            stored: false,
            searched_as: None,
            counted: 0,
        })
    }

    /// Follows an event; `None` where it can't.
    pub(super) fn follow(&mut self, recorded: &Recorded, event: &MembershipEvent) -> Option<()> {
        use MembershipEvent as E;
        let standing = self.standing.after(event)?;
        let came_on = self.standing.status().is_none() && standing.status().is_some();
        self.standing = standing;
        let at = (recorded.position, recorded.recorded_at.timestamp_micros());
        self.changed = at;
        self.refused = None;
        if came_on {
            self.added = Some(at);
            let by_themselves = matches!(event, E::JoinedWithLicenseKey { .. });
            self.added_by = (!by_themselves).then_some(recorded.metadata.actor);
            self.source = Some(recorded.metadata.source.as_str().to_owned());
            self.import_id = recorded.metadata.import_id;
        }
        match event {
            E::UserInvited { attempt, .. } => self.attempts = *attempt,
            E::UserErased {} => self.email = None,
            E::AdmissionRefused { code, .. } => self.refused = Some(code.as_str().to_owned()),
            E::UserAdded { .. }
            | E::JoinedWithLicenseKey { .. }
            | E::InviteNotificationClosed {}
            | E::InviteNotificationReopened {}
            | E::InviteAccepted {}
            | E::InviteDeclined { .. }
            | E::InviteWithdrawn {}
            | E::UserRemoved {}
            | E::UserLeft {} => {}
        }
        Some(())
    }

    /// The stored rows of memberships.
    pub(super) fn load(conn: &Conn<'_>, suffix: &str, numbers: &[Position]) -> Result<Vec<Self>, SqlError> {
        let columns = LASTING.iter().chain(&CHANGING).copied().collect::<Vec<_>>().join(", ");
        conn.each_of(&format!("SELECT {columns} FROM members{suffix} WHERE id"), numbers, Self::read)
    }

    fn read(row: &Row<'_>) -> Result<Self, SqlError> {
        let counted: u8 = row.get("status")?;
        let email: Option<String> = row.get("email")?;
        let normalised: Option<String> = row.get("normalised")?;
        Ok(Self {
            id: row.get("id")?,
            license: row.get("license")?,
            member_id: row.get("member_id")?,
            subject_id: SubjectId(row.get("subject_id")?),
            searched_as: normalised.clone(),
            email: email.zip(normalised),
            standing: standing(row, counted)?,
            attempts: row.get("attempts")?,
            added_by: row.get::<Option<Uuid>>("added_by")?.map(SubjectId),
            added: row.get::<Option<u64>>("added_position")?.zip(row.get("added_at")?),
            source: row.get("source")?,
            import_id: row.get::<Option<Uuid>>("import_id")?.map(ImportId),
            changed: (row.get("changed_position")?, row.get("changed_at")?),
            refused: row.get("refused_code")?,
            stored: true,
            counted,
        })
    }

    pub(super) fn status(&self) -> u8 {
        // Somebody who was refused before they ever were on the license, or who has gone.
        status_number(self.standing.status())
    }

    /// How they were admitted, whether the notification is closed, and why they declined.
    pub(super) const fn told(&self) -> (Option<&'static str>, bool, Option<&'static str>) {
        match self.standing {
            Standing::Accepted(admission) => (Some(admission.as_str()), false, None),
            Standing::Invited(notification) => (None, matches!(notification, Notification::Closed), None),
            Standing::Rejected(reason) => (None, false, Some(reason.as_str())),
            // Told apart by the added position, which Nobody has not.
            // Whoever is erased has no address any more, and nothing follows.
            Standing::Nobody | Standing::Removed | Standing::Erased => (None, false, None),
        }
    }

    /// Writes the row: new, or what may have changed of the stored one.
    pub(super) fn store(&self, writes: &mut Rows<'_>) -> Result<(), SqlError> {
        let (admission, closed, reason) = self.told();
        let (email, normalised) = self.email.as_ref().map(|(email, normalised)| (email, normalised)).unzip();
        let (added_position, added_at) = self.added.unzip();
        let values: [&dyn ToValue; LASTING.len() + CHANGING.len()] = [
            &self.id,
            &self.license,
            &self.member_id,
            &self.subject_id.0,
            &email,
            &normalised,
            &self.status(),
            &admission,
            &closed,
            &reason,
            &self.attempts,
            &self.added_by.map(|s| s.0),
            &added_position,
            &added_at,
            &self.source,
            &self.import_id.map(|i| i.0),
            &self.changed.0,
            &self.changed.1,
            &self.refused,
        ];
        if self.stored { writes.update(&values) } else { writes.insert(&values) }
    }
}

fn standing(row: &Row<'_>, number: u8) -> Result<Standing, SqlError> {
    Ok(match status_of(number) {
        Some(Status::Accepted) => {
            let text: String = row.get("admission")?;
            let known = Admission::ALL.into_iter().find(|admission| admission.as_str() == text);
            Standing::Accepted(known.ok_or_else(|| SqlError::unreadable("admission", &text))?)
        }
        Some(Status::Invited) if row.get("notification_closed")? => Standing::Invited(Notification::Closed),
        Some(Status::Invited) => Standing::Invited(Notification::Open),
        Some(Status::Rejected) => {
            let text: String = row.get("decline_reason")?;
            let known = DeclineReason::ALL.into_iter().find(|reason| reason.as_str() == text);
            Standing::Rejected(known.ok_or_else(|| SqlError::unreadable("decline_reason", &text))?)
        }
        None if row.get::<Option<u64>>("added_position")?.is_some() => Standing::Removed,
        None => Standing::Nobody,
    })
}
