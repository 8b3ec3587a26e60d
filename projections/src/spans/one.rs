//! One person on the user list as of a moment.

use domain::{LicenseId, SubjectId};

use super::{AsOf, MemberThen, row::word};
use crate::{
    QueryError,
    members::{history, membership_of},
    sql::Conn,
};

/// Somebody's row on the list as of a moment; nothing where they were not on it then, or never on the license.
pub fn listed_then(
    conn: &Conn<'_>,
    license: LicenseId,
    subject: SubjectId,
    as_of: AsOf,
) -> Result<Option<MemberThen>, QueryError> {
    let snapshot = conn.snapshot()?;
    let Some(member) = membership_of(&snapshot, license, subject)? else { return Ok(None) };
    let Some(history) = history(&snapshot, license, member)? else { return Ok(None) };
    let then = history.at(as_of.position).zip(history.since(as_of.position));
    Ok(then.and_then(|(then, (since_position, since))| {
        Some(MemberThen {
            member_id: member,
            email: then.email.clone(),
            erased: then.erased,
            status: then.status?,
            admission: then.admission.as_deref().and_then(word),
            decline_reason: then.decline_reason.as_deref().and_then(word),
            added_at: then.added_at?,
            since,
            since_position,
        })
    }))
}
