//! Pages of the user list, in named shapes: each has an index.

use std::collections::HashMap;

use domain::{LicenseId, Status, SubjectId, membership::Admission};
use eventlog::Position;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    found::{Key, Search, bounds},
    person::{COLUMNS, COUNTED, Member, MembersPage, People, Total},
    row::status_number,
    shape::Shape,
    term::Term,
};
use crate::{
    Cursor, QueryError,
    cursor::ListName,
    number,
    sql::{Conn, Row, SqlError, ToValue},
    status, values,
};

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
    /// Only who came in this way. With the sorts by `added` only, and without a search or `added_by`.
    pub admission: Option<Admission>,
    /// Only whom this subject added. With the sorts by `added` only, and with no other filter but a status.
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

/// Tells one search from another in a cursor, where no part of an address belongs.
fn fingerprint(term: &str) -> String {
    let digest = Sha256::digest(domain::email::search_key(term));
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A license, with its number.
type Numbered = (LicenseId, Position);

/// People, each with the number that a cursor behind them holds; and how many there are in all.
type Rows = (Vec<(u64, Member)>, Total);

impl MembersQuery {
    /// Reads a page in one snapshot.
    pub fn run(&self, conn: &Conn<'_>, license: LicenseId) -> Result<MembersPage, QueryError> {
        let snapshot = conn.snapshot()?;
        // Nobody is on a license that is not known.
        let license = (license, number::of_license(&snapshot, license)?.unwrap_or_default());
        let shape = self.shape(license)?;
        let limit = self.limit.clamp(1, Self::MOST);
        let after = match &self.cursor {
            Some(cursor) => Some(shape.key_at(&snapshot, Cursor::read(cursor, shape.name.as_str())?)?),
            None => None,
        };
        let next = |id| Cursor::after(shape.name.as_str(), id);
        let (mut rows, total) = self.rows(&snapshot, license, &shape, after, limit + 1)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|(id, _)| next(*id));
        let items = rows.into_iter().map(|(_, member)| member).collect();
        Ok(MembersPage { position: status::position(&snapshot, "members")?, items, next_cursor, total })
    }

    fn rows(
        &self,
        conn: &Conn<'_>,
        license: Numbered,
        shape: &Shape,
        after: Option<Key>,
        limit: usize,
    ) -> Result<Rows, QueryError> {
        let Some(term) = self.search.as_deref().and_then(Term::of) else {
            return Ok((page(conn, shape, after.as_ref(), limit)?, self.total(conn, shape, license.1)?));
        };
        let beginning = match &term {
            Term::Beginning(beginning) => Some(self.shape(license)?.beginning(beginning)),
            Term::Anywhere(_) => None,
        };
        match &beginning {
            // The index that the list is sorted by has these side by side.
            Some(range) if !shape.by_added => {
                Ok((page(conn, range, after.as_ref(), limit)?, counted(conn, range)?))
            }
            range => {
                let (status, bounds) = (self.status, bounds(conn.dialect()));
                let license = license.1;
                let search = Search { conn, license, term: &term, status, shape, after, limit, bounds };
                let (rows, total) = searched(&search)?;
                let total = match range {
                    Some(range) if !total.exact => counted(conn, range)?,
                    _ => total,
                };
                Ok((rows, total))
            }
        }
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

    fn shape(&self, (license, number): Numbered) -> Result<Shape, QueryError> {
        let by_added = matches!(self.sort, Sort::Added | Sort::AddedDesc);
        // Whoever came in has the status `accepted`.
        let alone = match (self.admission, self.added_by) {
            (None, None) => None,
            (Some(_), added_by) => Some(added_by.is_none() && self.status.is_none()),
            (None, Some(_)) => Some(true),
        };
        if alone.is_some_and(|alone| !(alone && by_added && self.search.is_none())) {
            let what = "admission goes with no other filter, added_by with a status only, and neither with an order by address";
            let instead = "Give one of both, with sort=added or sort=added_desc.";
            return Err(QueryError::not_offered(what, instead));
        }
        let descending = matches!(self.sort, Sort::EmailDesc | Sort::AddedDesc);
        let shape = Shape::of(self.list(license), number, self.status, by_added, descending);
        Ok(match (self.admission, self.added_by) {
            (Some(admission), _) => shape.admitted(admission),
            (None, Some(adder)) => shape.added_by(adder),
            (None, None) => shape,
        })
    }

    /// Exact from the counters where they count just this; otherwise counted up to a bound.
    fn total(&self, conn: &Conn<'_>, shape: &Shape, license: Position) -> Result<Total, SqlError> {
        if self.admission.is_some() || self.added_by.is_some() {
            return counted(conn, shape);
        }
        Ok(Total { count: on_list(conn, license, self.status)?, exact: true })
    }
}

/// How many people are on a list, from the counters.
pub(super) fn on_list(conn: &Conn<'_>, license: Position, status: Option<Status>) -> Result<u64, SqlError> {
    let sql = "SELECT CAST(coalesce(sum(n), 0) AS bigint) FROM member_counts WHERE license = ?1 AND ?2 IN (0, status)";
    Ok(conn.value(sql, values![license, status_number(status)])?.unwrap_or_default())
}

fn page(
    conn: &Conn<'_>,
    shape: &Shape,
    after: Option<&Key>,
    limit: usize,
) -> Result<Vec<(u64, Member)>, SqlError> {
    let mut values = shape.values();
    values.extend(after.iter().map(|after| *after as &dyn ToValue));
    let columns = format!("{COLUMNS}, {} AS cursor", shape.cursor());
    let sql = shape.select(conn.dialect(), &columns, after.is_some(), &format!("LIMIT {limit}"));
    let mut people = People::of(conn);
    conn.all(&sql, &values, |row| Ok((row.get("cursor")?, people.read(row)?)))
}

fn searched(search: &Search<'_>) -> Result<Rows, SqlError> {
    let found = search.run()?;
    let cursor = search.shape.cursor();
    let sql = format!("SELECT id, {COLUMNS}, {cursor} AS cursor FROM members WHERE id");
    let mut people = People::of(search.conn);
    let read = |row: &Row<'_>| Ok::<_, SqlError>((row.get("id")?, (row.get("cursor")?, people.read(row)?)));
    let mut rows: HashMap<i64, (u64, Member)> =
        search.conn.each_of(&sql, &found.ids, read)?.into_iter().collect();
    Ok((found.ids.iter().filter_map(|id| rows.remove(id)).collect(), found.total))
}

/// How many rows a shape has, up to a bound.
fn counted(conn: &Conn<'_>, shape: &Shape) -> Result<Total, SqlError> {
    let sql = format!("SELECT count(*) FROM ({} LIMIT {}) AS found", shape.all("1"), COUNTED + 1);
    let count: u64 = conn.value(&sql, &shape.values())?.unwrap_or_default();
    Ok(Total { count: count.min(COUNTED), exact: count <= COUNTED })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

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
