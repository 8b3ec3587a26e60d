//! Writes down each join by a key: nothing of it ever changes.

use domain::{Event, MembershipEvent};
use eventlog::Recorded;

use crate::{
    ApplyError,
    sql::{Conn, Inserts},
    values,
};

const COLUMNS: [&str; 5] = ["id", "key_id", "member_id", "subject_id", "joined_at"];

pub(super) fn apply(conn: &Conn<'_>, suffix: &str, events: &[Recorded]) -> Result<(), ApplyError> {
    let mut joins = Inserts::into(conn, &format!("key_joins{suffix}"), &COLUMNS)?;
    for recorded in events {
        let Event::Membership(MembershipEvent::JoinedWithLicenseKey { key_id, subject_id, .. }) =
            &recorded.event
        else {
            continue;
        };
        joins.add(values![
            recorded.position,
            key_id.0,
            recorded.stream.id,
            subject_id.0,
            recorded.recorded_at.timestamp_micros()
        ])?;
    }
    Ok(joins.end()?)
}
