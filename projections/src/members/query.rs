//! Pages of the user list, in named shapes: each has an index.

use chrono::{DateTime, Utc};
use domain::{ImportId, LicenseId, MemberId, Status, SubjectId, membership::Admission};
use eventlog::Position;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, types::Value};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::row::{FIRST_POSITION, status_number, status_of};
use crate::{Cursor, QueryError, columns, cursor::ListName, directory, status};

/// In which order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// By address.
    #[default]
    Email,
    /// By address, the last first.
    EmailDesc,
    /// As they came on the list.
    Added,
    /// As they came on the list, the newest first.
    AddedDesc,
}

impl Sort {
    /// As it is written everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::EmailDesc => "email_desc",
            Self::Added => "added",
            Self::AddedDesc => "added_desc",
        }
    }
}

/// Which page of which list. No `Debug`: what is searched for may be an address.
#[derive(Clone, Default)]
pub struct MembersQuery {
    /// Only this status.
    pub status: Option<Status>,
    /// Only who came in this way. With the sort `added` only, and without another filter.
    pub admission: Option<Admission>,
    /// Only whom this subject added. With the sort `added` only, and without another filter.
    pub added_by: Option<SubjectId>,
    /// A beginning of the address, or any three or more letters of it.
    pub search: Option<String>,
    /// In which order.
    pub sort: Sort,
    /// From the page before.
    pub cursor: Option<String>,
    /// How many; at most [`MembersQuery::MOST`].
    pub limit: usize,
}

impl MembersQuery {
    /// Rows on a page, at most.
    pub const MOST: usize = 500;
}

/// One person on the list. No `Debug`: holds an address.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct Member {
    /// The membership.
    #[schema(value_type = Uuid)]
    pub member_id: MemberId,
    /// The address as first spelled; nothing once erased.
    pub email: Option<String>,
    /// `accepted`, `invited` or `rejected`; nothing for somebody who is not on the list.
    #[schema(value_type = Option<String>)]
    pub status: Option<Status>,
    /// How they came in: `domain_admin`, `invite` or `license_key`.
    pub admission: Option<String>,
    /// Whether the invited person closed the notification.
    pub notification_closed: bool,
    /// Why they declined.
    pub decline_reason: Option<String>,
    /// How many invites there were.
    pub attempts: u32,
    /// Who added them last: the address, or nothing where they came by the key or the adder is erased.
    pub added_by: Option<String>,
    /// When they came on the list.
    pub added_at: Option<DateTime<Utc>>,
    /// By which way: `email`, `csv`, `key`, `api` or `cli`.
    pub source: Option<String>,
    /// The import that brought them.
    #[schema(value_type = Option<Uuid>)]
    pub import_id: Option<ImportId>,
    /// When anything last happened.
    pub changed_at: DateTime<Utc>,
    /// The rule that turned them away last, if nothing happened since.
    pub refused: Option<String>,
}

/// How many there are in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Total {
    /// The number, or 10,000 where there are more.
    pub count: u64,
    /// Whether the number is exact.
    pub exact: bool,
}

/// A page of the user list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MembersPage {
    /// The log's position that the page is true for.
    pub position: Position,
    /// The people.
    pub items: Vec<Member>,
    /// For the next page; nothing on the last.
    pub next_cursor: Option<String>,
    /// How many match in all.
    pub total: Total,
}

/// Beyond so many matches, a total only says "more".
const COUNTED: u64 = 10_000;

const COLUMNS: &str = "member_id, email, status, admission, notification_closed, decline_reason, attempts, \
                       added_by, added_at, source, import_id, changed_at, refused_code";

/// Tells one search from another in a cursor, where no part of an address belongs.
fn fingerprint(term: &str) -> String {
    let digest = Sha256::digest(domain::email::search_key(term));
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// What a query comes to in SQL. `conditions` begins with those that the index serves.
struct Shape {
    name: ListName,
    key: &'static str,
    /// The number that a cursor holds: the key itself, which stays when the person's changes; or the row's.
    cursor: &'static str,
    descending: bool,
    conditions: Vec<&'static str>,
    values: Vec<Box<dyn ToSql>>,
}

impl MembersQuery {
    /// Reads a page in one snapshot.
    pub fn run(&self, conn: &Connection, license: LicenseId) -> Result<MembersPage, QueryError> {
        let snapshot = conn.unchecked_transaction()?;
        let shape = self.shape(license)?;
        let limit = self.limit.clamp(1, Self::MOST);
        let mut rows = self.page(&snapshot, &shape, limit)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|(id, _)| Cursor::after(shape.name.as_str(), *id));
        let items = rows.into_iter().map(|(_, member)| member).collect();
        let total = self.total(&snapshot, &shape, license)?;
        Ok(MembersPage { position: status::position(&snapshot, "members")?, items, next_cursor, total })
    }

    /// For the cursor: which list it is.
    fn list(&self, license: LicenseId) -> ListName {
        ListName::of("members")
            .with("license", Some(license))
            .with("sort", Some(self.sort.as_str()))
            .with("status", self.status.map(Status::as_str))
            .with("admission", self.admission.map(Admission::as_str))
            .with("added_by", self.added_by)
            .with("search", self.search.as_deref().map(fingerprint))
    }

    fn shape(&self, license: LicenseId) -> Result<Shape, QueryError> {
        let by_added = matches!(self.sort, Sort::Added | Sort::AddedDesc);
        let few = [self.admission.is_some(), self.added_by.is_some()];
        let alone = self.status.is_none() && self.search.is_none() && few != [true, true];
        if few.contains(&true) && !(by_added && alone) {
            let what = "the filters admission and added_by stand alone, with sort=added or sort=added_desc";
            return Err(QueryError::NotOffered(what.to_owned()));
        }
        let mut shape = Shape {
            name: self.list(license),
            key: if by_added { "added_position" } else { "normalised" },
            cursor: if by_added { "added_position" } else { "id" },
            descending: matches!(self.sort, Sort::EmailDesc | Sort::AddedDesc),
            conditions: vec!["license_id = ?", "status > 0"],
            values: vec![Box::new(license.0)],
        };
        if let Some(status) = self.status {
            shape.and("status = ?", status_number(Some(status)));
        }
        if let Some(admission) = self.admission {
            shape.and("admission = ?", admission.as_str());
        }
        if let Some(adder) = self.added_by {
            shape.and("added_by = ?", adder.0);
        }
        self.search(&mut shape);
        Ok(shape)
    }

    /// One or two letters are a beginning; three or more may stand anywhere.
    fn search(&self, shape: &mut Shape) {
        let Some(term) =
            self.search.as_deref().map(domain::email::search_key).filter(|term| !term.is_empty())
        else {
            return;
        };
        if term.chars().count() < 3 {
            shape.and("normalised >= ?", term.clone());
            shape.and("normalised < ?", format!("{term}\u{10FFFF}"));
        } else {
            shape.and("instr(normalised, ?) > 0", term);
        }
    }

    fn page(&self, conn: &Connection, shape: &Shape, limit: usize) -> Result<Vec<(u64, Member)>, QueryError> {
        let (compare, order) = if shape.descending { ("<", "DESC") } else { (">", "ASC") };
        let Shape { key, cursor, .. } = shape;
        let mut values: Vec<&dyn ToSql> = shape.values.iter().map(AsRef::as_ref).collect();
        let after = match &self.cursor {
            Some(cursor) => Some(shape.key_at(conn, Cursor::read(cursor, shape.name.as_str())?)?),
            None => None,
        };
        values.extend(after.iter().map(|after| after as &dyn ToSql));
        let sql = format!(
            "SELECT {COLUMNS}, {cursor} AS cursor FROM members WHERE {}{} ORDER BY {key} {order} LIMIT {}",
            shape.conditions.join(" AND "),
            if after.is_some() { format!(" AND {key} {compare} ?") } else { String::new() },
            limit + 1
        );
        let mut statement = conn.prepare_cached(&sql)?;
        let rows = statement.query_map(&values[..], |row| Ok((row.get("cursor")?, read(conn, row)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Exact from the counters where they count just this; otherwise counted up to a bound.
    fn total(&self, conn: &Connection, shape: &Shape, license: LicenseId) -> Result<Total, QueryError> {
        if self.admission.is_none()
            && self.added_by.is_none()
            && shape.conditions.len() <= 3
            && self.search.is_none()
        {
            let count = conn
                .prepare_cached(
                    "SELECT coalesce(sum(n), 0) FROM member_counts WHERE license_id = ?1 AND ?2 IN (0, status)",
                )?
                .query_row((license.0, status_number(self.status)), |row| row.get(0))?;
            return Ok(Total { count, exact: true });
        }
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM members WHERE {} LIMIT {})",
            shape.conditions.join(" AND "),
            COUNTED + 1
        );
        let values: Vec<&dyn ToSql> = shape.values.iter().map(AsRef::as_ref).collect();
        let count: u64 = conn.prepare_cached(&sql)?.query_row(&values[..], |row| row.get(0))?;
        Ok(Total { count: count.min(COUNTED), exact: count <= COUNTED })
    }
}

impl Shape {
    fn and(&mut self, condition: &'static str, value: impl ToSql + 'static) {
        self.conditions.push(condition);
        self.values.push(Box::new(value));
    }

    /// The sort key that a cursor stands for. It holds no address, but names the row that does.
    fn key_at(&self, conn: &Connection, cursor: u64) -> Result<Value, QueryError> {
        if self.cursor == self.key {
            return i64::try_from(cursor).map(Value::Integer).map_err(|_| QueryError::StaleCursor);
        }
        let value = conn
            .prepare_cached(&format!("SELECT {} FROM members WHERE {} = ?", self.key, self.cursor))?
            .query_row([cursor], |row| row.get(0))
            .optional()?;
        value.filter(|value| *value != Value::Null).ok_or(QueryError::StaleCursor)
    }
}

fn read(conn: &Connection, row: &Row<'_>) -> rusqlite::Result<Member> {
    let adder: Option<Uuid> = row.get("added_by")?;
    let added_by = match adder {
        Some(adder) => directory::email(conn, SubjectId(adder))?,
        None => None,
    };
    Ok(Member {
        member_id: MemberId(row.get("member_id")?),
        email: row.get("email")?,
        status: status_of(row.get("status")?),
        admission: row.get("admission")?,
        notification_closed: row.get("notification_closed")?,
        decline_reason: row.get("decline_reason")?,
        attempts: row.get("attempts")?,
        added_by,
        added_at: columns::maybe_time(row, "added_at")?,
        source: row.get("source")?,
        import_id: row.get::<_, Option<Uuid>>("import_id")?.map(ImportId),
        changed_at: columns::time(row, "changed_at")?,
        refused: row.get("refused_code")?,
    })
}

/// One person of a license.
pub fn member(conn: &Connection, license: LicenseId, member: MemberId) -> Result<Option<Member>, QueryError> {
    let sql = format!("SELECT {COLUMNS} FROM members WHERE id = {FIRST_POSITION} AND license_id = ?");
    Ok(conn.prepare_cached(&sql)?.query_row((member.0, license.0), |row| read(conn, row)).optional()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_named_in_cursors_by_the_words_of_the_api() {
        let license = LicenseId(Uuid::from_u128(1));
        let query = MembersQuery {
            status: Some(Status::Invited),
            search: Some(" Bob".to_owned()),
            sort: Sort::EmailDesc,
            ..MembersQuery::default()
        };
        let named = "members license=00000000-0000-0000-0000-000000000001 sort=email_desc status=invited \
                     search=81b637d8fcd2c6da";
        assert_eq!(query.list(license).as_str(), named);
        let query = MembersQuery {
            admission: Some(Admission::LicenseKey),
            added_by: Some(SubjectId(Uuid::from_u128(2))),
            sort: Sort::Added,
            ..MembersQuery::default()
        };
        let named = "members license=00000000-0000-0000-0000-000000000001 sort=added admission=license_key \
                     added_by=00000000-0000-0000-0000-000000000002";
        assert_eq!(query.list(license).as_str(), named);
    }
}
