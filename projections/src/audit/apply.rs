//! One row for each event.

use domain::{Event, LicenseEvent, LicenseId, SubjectId};
use eventlog::Position;

use super::walk::END;
use crate::{
    ApplyError, News, number,
    sql::{Conn, Inserts, SqlError},
    values,
};

pub(super) fn apply(
    conn: &Conn<'_>,
    suffix: &str,
    News { events, known, .. }: News<'_>,
) -> Result<(), ApplyError> {
    let columns = ["license", "position", "event_type", "actor", "acted_by", "source", "subject_id"];
    let mut rows = Inserts::into(conn, &format!("audit{suffix}"), &columns)?;
    for recorded in events {
        let license = match recorded.license {
            Some((license, _)) => known.number(recorded, license.0)?,
            None => OF_NO_LICENSE,
        };
        rows.add(values![
            license,
            recorded.position,
            recorded.event.description().name,
            recorded.metadata.actor.0,
            recorded.metadata.acted_by.map(|by| by.0),
            recorded.metadata.source.as_str(),
            about(&recorded.event).map(|subject| subject.0),
        ])?;
    }
    Ok(rows.end()?)
}

/// Under what an event is filed that belongs to no license: the number of none.
const OF_NO_LICENSE: Position = 0;

/// Under what the events of a license are filed, or of none; for a license that is not known, where nothing is.
pub(super) fn scope(conn: &Conn<'_>, license: Option<LicenseId>) -> Result<Position, SqlError> {
    let Some(license) = license else { return Ok(OF_NO_LICENSE) };
    Ok(number::of_license(conn, license)?.unwrap_or(END))
}

/// The person whom an event of a license's own stream, of the installation's, or of a reading is about; a membership's is known by
/// its stream.
pub(super) fn about(event: &Event) -> Option<SubjectId> {
    match event {
        Event::License(event) => about_admin(event),
        Event::Installation(event) => Some(event.subject_id()),
        Event::Reading(event) => event.subject_id(),
        Event::Membership(_) | Event::Import(_) | Event::Subject(_) => None,
    }
}

pub(super) fn about_admin(event: &LicenseEvent) -> Option<SubjectId> {
    use LicenseEvent as E;
    match event {
        E::LicenseAdminGranted { subject_id, .. }
        | E::LicenseAdminRevoked { subject_id }
        | E::DomainAdminGranted { subject_id, .. }
        | E::DomainAdminRevoked { subject_id, .. }
        | E::LicenseStaffGranted { subject_id, .. }
        | E::LicenseStaffRevoked { subject_id, .. } => Some(*subject_id),
        E::LicenseCreated { .. }
        | E::LicenseRenamed { .. }
        | E::LicensePlanChanged { .. }
        | E::SeatLimitChanged { .. }
        | E::LicenseTermChanged { .. }
        | E::LicenseKeyIssued { .. }
        | E::LicenseKeyEndChanged { .. }
        | E::LicenseKeyShown { .. }
        | E::LicenseKeyRevoked { .. } => None,
    }
}
