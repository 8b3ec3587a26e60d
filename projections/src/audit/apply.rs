//! One row for each event.

use domain::{Event, LicenseEvent, LicenseId, SubjectId};
use eventlog::Recorded;
use rusqlite::{Connection, params};

pub(super) fn apply(conn: &Connection, suffix: &str, events: &[Recorded]) -> rusqlite::Result<()> {
    let mut insert = conn.prepare_cached(&format!("INSERT INTO audit{suffix} VALUES (?, ?, ?, ?, ?)"))?;
    for recorded in events {
        let license = recorded.license.map(|(license, _)| license);
        insert.execute(params![
            scope(license.as_ref()),
            recorded.position,
            recorded.event.description().name,
            recorded.metadata.actor.0,
            about(&recorded.event).map(|subject| subject.0),
        ])?;
    }
    Ok(())
}

/// Under what an event is filed: its license, or nothing.
pub(super) fn scope(license: Option<&LicenseId>) -> &[u8] {
    license.map_or(&[], |license| license.0.as_bytes())
}

/// The person whom an event of a license's own stream is about; a membership's is known by its stream.
pub(super) fn about(event: &Event) -> Option<SubjectId> {
    match event {
        Event::License(event) => about_admin(event),
        Event::Membership(_) | Event::Import(_) => None,
    }
}

pub(super) fn about_admin(event: &LicenseEvent) -> Option<SubjectId> {
    use LicenseEvent as E;
    match event {
        E::LicenseAdminGranted { subject_id, .. }
        | E::LicenseAdminRevoked { subject_id }
        | E::DomainAdminGranted { subject_id, .. }
        | E::DomainAdminRevoked { subject_id, .. } => Some(*subject_id),
        E::LicenseCreated { .. }
        | E::LicenseRenamed { .. }
        | E::LicensePlanChanged { .. }
        | E::SeatLimitChanged { .. }
        | E::LicenseTermChanged { .. }
        | E::LicenseKeyIssued { .. }
        | E::LicenseKeyRevoked { .. } => None,
    }
}
