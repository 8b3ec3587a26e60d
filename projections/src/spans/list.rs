//! The user list as of a moment: page by page, in the order in which people were added.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{LicenseId, MemberId, Status};
use eventlog::Position;
use serde::Serialize;
use uuid::Uuid;

use super::{
    blocks::{self, Wanted},
    moment::AsOf,
    row::word,
};
use crate::{
    Cursor, QueryError, columns,
    cursor::ListName,
    members::{StatusCounts, Total, status_number, status_of},
    number,
    sql::{Conn, Dialect, Row, SqlError},
    values,
};

/// Which page of the list as of a moment.
#[derive(Debug, Clone)]
pub struct MembersThenQuery {
    /// As of when.
    pub as_of: AsOf,
    /// Only who had this status then.
    pub status: Option<Status>,
    /// From the page before.
    pub cursor: Option<String>,
    /// How many; at most [`MembersThenQuery::MOST`].
    pub limit: usize,
}

/// Somebody who was on the list. No `Debug`: holds an address.
#[derive(Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MemberThen {
    /// The membership.
    #[schema(value_type = Uuid)]
    pub member_id: MemberId,
    /// The address as first spelled; nothing where the person was erased since.
    pub email: Option<String>,
    /// Whether the person was erased since: who they were, nobody knows any more.
    pub erased: bool,
    /// `accepted`, `invited` or `rejected`, then.
    #[schema(value_type = String)]
    pub status: Status,
    /// How they had come in: `domain_admin`, `invite` or `license_key`.
    pub admission: Option<&'static str>,
    /// Why they had declined.
    pub decline_reason: Option<&'static str>,
    /// When they had come on the list.
    pub added_at: DateTime<Utc>,
    /// Since when they had that status.
    pub since: DateTime<Utc>,
    /// The event that gave it to them.
    pub since_position: Position,
}

/// A page of the list as of a moment.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MembersThen {
    /// As of when. To go on, ask for `at` this position.
    pub as_of: AsOf,
    /// How many people had which status. Who was erased since is counted.
    pub counts: StatusCounts,
    /// The people.
    pub items: Vec<MemberThen>,
    /// For the next page; nothing on the last.
    pub next_cursor: Option<String>,
    /// How many match in all.
    pub total: Total,
}

/// A row, with what it needs of others.
struct Found {
    added: Position,
    member: Position,
    then: MemberThen,
}

/// Who stands on the lists.
const ON_LIST: [u8; 3] = [1, 2, 3];

impl MembersThenQuery {
    /// Rows on a page, at most.
    pub const MOST: usize = 500;

    /// Reads a page in one snapshot.
    pub fn run(&self, conn: &Conn<'_>, license: LicenseId) -> Result<MembersThen, QueryError> {
        let snapshot = conn.snapshot()?;
        self.as_of.is_known(&snapshot)?;
        let list = self.list(license);
        let after = match &self.cursor {
            Some(cursor) => Cursor::read(cursor, list.as_str())?,
            None => 0,
        };
        // Nobody was on a license that is not known.
        let number = number::of_license(&snapshot, license)?.unwrap_or_default();
        let limit = self.limit.clamp(1, Self::MOST);
        let mut found = self.find(&snapshot, number, after, limit + 1)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|last| Cursor::after(list.as_str(), last.added));
        let counts = blocks::counts(&snapshot, number, self.as_of.position)?;
        Ok(MembersThen {
            as_of: self.as_of,
            counts,
            items: named(&snapshot, found)?,
            next_cursor: next,
            total: Total { count: counts.of(self.status), exact: true },
        })
    }

    /// For the cursor: which list it is.
    fn list(&self, license: LicenseId) -> ListName {
        ListName::of("members_then")
            .with("license", Some(license))
            .with("at", Some(self.as_of.position))
            .with("status", self.status.map(Status::as_str))
    }

    fn find(
        &self,
        conn: &Conn<'_>,
        license: Position,
        mut after: Position,
        limit: usize,
    ) -> Result<Vec<Found>, QueryError> {
        let one = self.status.map(|status| [status_number(Some(status))]);
        let statuses = one.as_ref().map_or(&ON_LIST[..], |one| &one[..]);
        let wanted = Wanted { license, statuses, at: self.as_of.position };
        let mut found = Vec::new();
        wanted.stretches(conn, after + 1, |stretch| {
            after = after.max(stretch.start.saturating_sub(1));
            let rows = rows_of(conn.dialect(), statuses, limit - found.len());
            found.extend(conn.all(
                &rows,
                values![license, after, stretch.end, self.as_of.position],
                Found::read,
            )?);
            Ok::<_, SqlError>(found.len() < limit)
        })?;
        Ok(found)
    }
}

/// Rows of people who were added behind a position (`?2`) and before another (`?3`), as of a third (`?4`). People of
/// several statuses come from as many stretches of the index.
fn rows_of(engine: Dialect, statuses: &[u8], limit: usize) -> String {
    let of = |status: &u8| {
        format!(
            "SELECT id, added, added_at, at, status, how, member FROM spans
             WHERE license = ?1 AND status <> 0 AND status = {status} AND added > ?2 AND added < ?3
               AND id <= ?4 AND until > ?4"
        )
    };
    let stretches: Vec<String> = statuses.iter().map(of).collect();
    engine.merged(&stretches, "added", &format!("LIMIT {limit}"))
}

impl Found {
    fn read(row: &Row<'_>) -> Result<Self, SqlError> {
        let status =
            status_of(row.get("status")?).ok_or_else(|| SqlError::unreadable("status", "is none"))?;
        let how = row.text("how")?.and_then(word);
        let then = MemberThen {
            member_id: MemberId(Uuid::nil()),
            email: None,
            erased: true,
            status,
            admission: how.filter(|_| status == Status::Accepted),
            decline_reason: how.filter(|_| status == Status::Rejected),
            added_at: columns::time(row, "added_at")?,
            since: columns::time(row, "at")?,
            since_position: row.get("id")?,
        };
        Ok(Self { added: row.get("added")?, member: row.get("member")?, then })
    }
}

/// With who they are, as the user list has it: their rows there lie side by side.
fn named(conn: &Conn<'_>, found: Vec<Found>) -> Result<Vec<MemberThen>, SqlError> {
    let numbers: Vec<Position> = found.iter().map(|found| found.member).collect();
    let read = |row: &Row<'_>| {
        let who: (Uuid, Option<String>) = (row.get("member_id")?, row.get("email")?);
        Ok::<(Position, _), SqlError>((row.get("id")?, who))
    };
    let mut people: HashMap<Position, (Uuid, Option<String>)> = conn
        .each_of("SELECT id, member_id, email FROM members WHERE id", &numbers, read)?
        .into_iter()
        .collect();
    let named = |Found { member, then, .. }| {
        let (id, email) = people
            .remove(&member)
            .ok_or_else(|| SqlError::unreadable("member", "is not on the list of everybody"))?;
        Ok(MemberThen { member_id: MemberId(id), erased: email.is_none(), email, ..then })
    };
    found.into_iter().map(named).collect()
}
