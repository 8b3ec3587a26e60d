//! What one person is on, across licenses.

use domain::{LicenseId, SubjectId};
use uuid::Uuid;

use super::person::{Member, member};
use crate::{
    QueryError,
    sql::{Conn, Row, SqlError},
    values,
};

/// A person's place on a license. No `Debug`: holds addresses.
#[derive(Clone)]
pub struct Membership {
    /// The license.
    pub license_id: LicenseId,
    /// What its owner calls it.
    pub license_name: String,
    /// The person, as the license's list has them.
    pub member: Member,
}

/// Every license on which a person is, or was; the newest license first. It looks at each license once: there are few,
/// beside people.
pub fn memberships_of(conn: &Conn<'_>, subject: SubjectId) -> Result<Vec<Membership>, QueryError> {
    let sql = format!(
        "SELECT l.license_id, l.name, m.member_id
         FROM licenses l {} memberships m ON m.license_id = l.license_id AND m.subject_id = ?
         ORDER BY l.id DESC",
        conn.dialect().looks_up_in()
    );
    let read = |row: &Row<'_>| {
        let license = LicenseId(row.get("license_id")?);
        Ok::<_, SqlError>((license, row.get("name")?, domain::MemberId(row.get::<Uuid>("member_id")?)))
    };
    let found: Vec<(LicenseId, String, domain::MemberId)> = conn.all(&sql, values![subject.0], read)?;
    let mut memberships = Vec::with_capacity(found.len());
    for (license_id, license_name, id) in found {
        // The list may not have come to them yet.
        if let Some(member) = member(conn, license_id, id)? {
            memberships.push(Membership { license_id, license_name, member });
        }
    }
    Ok(memberships)
}

/// A person's membership of a license, if they ever had one.
pub(crate) fn membership_of(
    conn: &Conn<'_>,
    license: LicenseId,
    subject: SubjectId,
) -> Result<Option<domain::MemberId>, QueryError> {
    let sql = "SELECT member_id FROM memberships WHERE license_id = ? AND subject_id = ?";
    let found: Option<Uuid> = conn.value(sql, values![license.0, subject.0])?;
    Ok(found.map(domain::MemberId))
}
