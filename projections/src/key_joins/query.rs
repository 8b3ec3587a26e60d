//! Who joined by a key, in the order in which they did.

use chrono::{DateTime, Utc};
use domain::{KeyId, LicenseId, MemberId, SubjectId};
use eventlog::Position;
use serde::Serialize;

use crate::{
    Cursor, QueryError, columns,
    cursor::ListName,
    directory,
    sql::{Conn, Row, SqlError},
    status, values,
};

/// Which page of the joins by a key.
#[derive(Debug, Clone)]
pub struct KeyJoinsQuery {
    /// The key.
    pub key: KeyId,
    /// From the page before.
    pub cursor: Option<String>,
    /// How many; at most [`KeyJoinsQuery::MOST`].
    pub limit: usize,
}

/// Somebody joined by a key. No `Debug`: holds an address.
#[derive(Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct KeyJoin {
    /// The address as first spelled; nothing once erased.
    pub email: Option<String>,
    /// The person.
    #[schema(value_type = Uuid)]
    pub subject_id: SubjectId,
    /// Their membership.
    #[schema(value_type = Uuid)]
    pub member_id: MemberId,
    /// When they joined.
    pub joined_at: DateTime<Utc>,
}

/// A page of the joins by a key. No `Debug`: holds addresses.
#[derive(Serialize, utoipa::ToSchema)]
pub struct KeyJoinsPage {
    /// The log's position that the page is true for.
    pub position: Position,
    /// How many joins by the key there were by then.
    pub total: u64,
    /// The joins, as they happened: somebody who left and joined again is there twice.
    pub items: Vec<KeyJoin>,
    /// For the next page; nothing on the last.
    pub next_cursor: Option<String>,
}

impl KeyJoinsQuery {
    /// Joins on a page, at most.
    pub const MOST: usize = 500;

    /// Reads a page in one snapshot; nothing where the license has no such key.
    pub fn run(&self, conn: &Conn<'_>, license: LicenseId) -> Result<Option<KeyJoinsPage>, QueryError> {
        let snapshot = conn.snapshot()?;
        let known = "SELECT 1 FROM licenses l JOIN license_keys_issued k ON k.license = l.id
                     WHERE l.license_id = ? AND k.key_id = ?";
        if !snapshot.exists(known, values![license.0, self.key.0])? {
            return Ok(None);
        }
        let list = ListName::of("key_joins").with("key", Some(self.key));
        let after = match &self.cursor {
            Some(cursor) => Cursor::read(cursor, list.as_str())?,
            None => 0,
        };
        let limit = self.limit.clamp(1, Self::MOST);
        let sql = "SELECT id, subject_id, member_id, joined_at FROM key_joins WHERE key_id = ? AND id > ?
                   ORDER BY id LIMIT ?";
        let read = |row: &Row<'_>| Ok::<_, SqlError>((row.get::<Position>(0)?, join(&snapshot, row)?));
        let mut rows = snapshot.all(sql, values![self.key.0, after, limit + 1], read)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|(id, _)| Cursor::after(list.as_str(), *id));
        let items = rows.into_iter().map(|(_, join)| join).collect();
        let total = "SELECT count(*) FROM key_joins WHERE key_id = ?";
        let total = snapshot.value(total, values![self.key.0])?.unwrap_or_default();
        let position =
            status::position(&snapshot, "key_joins")?.min(status::position(&snapshot, "licenses")?);
        Ok(Some(KeyJoinsPage { position, total, items, next_cursor }))
    }
}

fn join(conn: &Conn<'_>, row: &Row<'_>) -> Result<KeyJoin, SqlError> {
    let subject_id = SubjectId(row.get("subject_id")?);
    Ok(KeyJoin {
        email: directory::email(conn, subject_id)?,
        subject_id,
        member_id: MemberId(row.get("member_id")?),
        joined_at: columns::time(row, "joined_at")?,
    })
}
