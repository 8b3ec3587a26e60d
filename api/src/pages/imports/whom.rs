//! Whom an import was about.

use std::collections::HashMap;

use domain::{Code, ImportId, LicenseId, MemberId, Source};
use projections::{QueryError, audit::AuditQuery, imports::ImportSummary, sql::Conn};

use crate::pages::words::{self, Badge};

/// So many people are named in the list, so that one import is told from another.
const NAMED: usize = 3;

/// Whom these imports were about, the first of each; files are told apart by what they are called.
pub(super) fn people(
    conn: &Conn<'_>,
    id: LicenseId,
    imports: &[ImportSummary],
) -> Result<HashMap<ImportId, Vec<String>>, QueryError> {
    let few = u64::try_from(NAMED).unwrap_or(u64::MAX);
    let named = imports.iter().filter(|import| import.source != Source::Csv || import.rows <= few);
    named
        .map(|ImportSummary { import_id, rows, .. }| {
            let import = Some(*import_id);
            let query = AuditQuery { license: Some(id), import, limit: 10, ..AuditQuery::default() };
            let mut people: Vec<String> = Vec::new();
            for email in query.run(conn)?.items.into_iter().filter_map(|event| event.person?.email) {
                if !people.contains(&email) {
                    people.push(email);
                }
            }
            if *rows > few && !people.is_empty() {
                people.truncate(NAMED - 1);
                people.push("and others".to_owned());
            }
            Ok((*import_id, people))
        })
        .collect()
}

/// Somebody whom an import changed. No `Debug`: holds an address.
pub(in crate::pages) struct Changed {
    pub member_id: Option<MemberId>,
    /// Nothing for an erased person.
    pub email: Option<String>,
    /// To what.
    pub badge: Badge,
}

/// So many are named on the page of an import; all of them stand in the history.
pub(super) const LISTED: usize = 50;

/// The first whom an import changed, in its order.
pub(super) fn changed(conn: &Conn<'_>, id: LicenseId, import: ImportId) -> Result<Vec<Changed>, QueryError> {
    // What it says of itself, and of those whom it refused, stands between them. All of what is read is told in words.
    let (license, import, limit) = (Some(id), Some(import), LISTED + LISTED / 2);
    let events = AuditQuery { license, import, limit, ..AuditQuery::default() }.run(conn)?.items;
    let changed = events.into_iter().filter_map(|event| {
        let code = became(&event.event_type)?;
        let person = event.person?;
        let badge = Badge::of_outcome(code, words::outcome(code));
        Some(Changed { member_id: person.member_id, email: person.email, badge })
    });
    Ok(changed.take(LISTED).collect())
}

/// What somebody became by an event that imports write about people.
fn became(event: &str) -> Option<Code> {
    match event {
        "UserAdded" => Some(Code::Accepted),
        "UserInvited" => Some(Code::Invited),
        "UserRemoved" => Some(Code::Removed),
        "InviteWithdrawn" => Some(Code::Withdrawn),
        _ => None,
    }
}
