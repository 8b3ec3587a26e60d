//! The difference between two moments: who came, who left, whose status changed.

use chrono::{DateTime, Utc};
use domain::{LicenseId, MemberId, Status};
use eventlog::Position;
use serde::Serialize;

use super::{
    blocks,
    moment::AsOf,
    seats::{SeatsThen, seats},
};
use crate::{
    Cursor, QueryError, columns,
    cursor::ListName,
    members::{Member, history},
    number,
    sql::{Conn, Row, SqlError, Stream},
    values,
};

/// Which page of a difference.
#[derive(Debug, Clone)]
pub struct ChangesQuery {
    /// The first moment.
    pub from: AsOf,
    /// The second one, which is not before the first.
    pub to: AsOf,
    /// Only this kind of change.
    pub change: Option<Change>,
    /// From the page before.
    pub cursor: Option<String>,
    /// How many; at most [`ChangesQuery::MOST`].
    pub limit: usize,
}

/// What became of somebody between two moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// They were not on the list, and then they were.
    Came,
    /// They were on the list, and then they were not.
    Left,
    /// They were on the list both times, with another status.
    Changed,
}

impl Change {
    /// As it is written everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Came => "came",
            Self::Left => "left",
            Self::Changed => "changed",
        }
    }

    /// What a difference of statuses comes to, if there is one.
    const fn between(before: Option<Status>, after: Option<Status>) -> Option<Self> {
        match (before, after) {
            (None, Some(_)) => Some(Self::Came),
            (Some(_), None) => Some(Self::Left),
            (Some(before), Some(after)) if before as u8 != after as u8 => Some(Self::Changed),
            (None, None) | (Some(_), Some(_)) => None,
        }
    }
}

/// Somebody for whom it is not the same at both moments. No `Debug`: holds an address.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct Changed {
    /// What became of them: `came`, `left` or `changed`.
    #[schema(value_type = String)]
    pub change: Change,
    /// The membership.
    #[schema(value_type = uuid::Uuid)]
    pub member_id: MemberId,
    /// The address as first spelled; nothing where the person was erased since.
    pub email: Option<String>,
    /// Whether the person was erased since.
    pub erased: bool,
    /// The status at the first moment; nothing for somebody who was not on the list.
    #[schema(value_type = Option<String>)]
    pub before: Option<Status>,
    /// The status at the second moment.
    #[schema(value_type = Option<String>)]
    pub after: Option<Status>,
    /// How they had come in by the second moment.
    pub admission: Option<String>,
    /// Why they had declined by the second moment.
    pub decline_reason: Option<String>,
    /// The last event that changed their status between the two.
    pub position: Position,
    /// When that was.
    pub at: DateTime<Utc>,
}

/// A page of a difference.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ChangesPage {
    /// The first moment, with how many had which status.
    pub from: SeatsThen,
    /// The second moment.
    pub to: SeatsThen,
    /// The people, in the order in which their status last changed.
    pub items: Vec<Changed>,
    /// For the next page; nothing on the last. A page may be short and yet have a next one.
    pub next_cursor: Option<String>,
}

/// A page looks at the changes of so many blocks of positions at most.
const BLOCKS: u64 = 64;

/// What a page found.
#[derive(Default)]
struct Found {
    items: Vec<Changed>,
    /// The last change looked at, if there may be more behind it.
    more_after: Option<Position>,
}

impl ChangesQuery {
    /// Rows on a page, at most.
    pub const MOST: usize = 500;

    /// Reads a page in one snapshot.
    pub fn run(&self, conn: &Conn<'_>, license: LicenseId) -> Result<ChangesPage, QueryError> {
        if self.from.position > self.to.position {
            let (from, to) = (self.from.position, self.to.position);
            let what = format!("from: position {from} is behind {to}, which is where `to` is");
            return Err(QueryError::not_offered(what, "Give a `from` that is not behind `to`."));
        }
        let snapshot = conn.snapshot()?;
        self.to.is_known(&snapshot)?;
        let list = self.list(license);
        let after = match &self.cursor {
            Some(cursor) => Cursor::read(cursor, list.as_str())?,
            None => self.from.position,
        };
        let number = (license, number::of_license(&snapshot, license)?.unwrap_or_default());
        let found = self.find(&snapshot, number, after)?;
        Ok(ChangesPage {
            from: seats(&snapshot, number, self.from)?,
            to: seats(&snapshot, number, self.to)?,
            items: found.items,
            next_cursor: found.more_after.map(|last| Cursor::after(list.as_str(), last)),
        })
    }

    /// For the cursor: which list it is.
    fn list(&self, license: LicenseId) -> ListName {
        ListName::of("changes")
            .with("license", Some(license))
            .with("from", Some(self.from.position))
            .with("to", Some(self.to.position))
            .with("change", self.change.map(Change::as_str))
    }

    fn find(
        &self,
        conn: &Conn<'_>,
        (license, number): (LicenseId, Position),
        after: Position,
    ) -> Result<Found, QueryError> {
        let (limit, to) = (self.limit.clamp(1, Self::MOST), self.to.position);
        let stretches = blocks::changed(conn, number, after, to, BLOCKS)?;
        let looked: u64 = stretches.iter().map(|stretch| (stretch.end - stretch.start) / blocks::SMALL).sum();
        let mut found = Found::default();
        for stretch in &stretches {
            let (first, last) = (stretch.start.max(after + 1), (stretch.end - 1).min(to));
            // Of each person, the change that still held at the second moment.
            let sql = "SELECT id, at, member FROM spans
                       WHERE id >= ? AND id <= ? AND license = ? AND until > ? ORDER BY id";
            let read = |row: &Row<'_>| {
                Ok::<_, SqlError>((row.get("id")?, columns::time(row, "at")?, row.get("member")?))
            };
            let rows: Vec<(Position, DateTime<Utc>, Position)> =
                conn.all(sql, values![first, last, number, to], read)?;
            for (position, at, member) in rows {
                if found.items.len() == limit {
                    return Ok(found);
                }
                let changed = self.changed(conn, license, (position, at, member))?;
                found.items.extend(changed);
                found.more_after = Some(position);
            }
        }
        // Whatever is in front of the last block looked at has been seen.
        let seen = stretches.last().map(|stretch| stretch.end - 1).filter(|_| looked >= BLOCKS);
        found.more_after = seen.filter(|last| *last < to);
        Ok(found)
    }

    fn changed(
        &self,
        conn: &Conn<'_>,
        license: LicenseId,
        (position, at, member): (Position, DateTime<Utc>, Position),
    ) -> Result<Option<Changed>, QueryError> {
        let id: Option<Stream> =
            conn.value("SELECT aggregate_id FROM events WHERE position = ?", values![member])?.map(Stream);
        let Some(Stream(id)) = id else { return Ok(None) };
        let Some(history) = history(conn, license, MemberId(id))? else { return Ok(None) };
        let status = |at: Position| history.at(at).and_then(|member| member.status);
        let (before, after) = (status(self.from.position), status(self.to.position));
        let (Some(change), Some(member)) = (Change::between(before, after), history.at(self.to.position))
        else {
            return Ok(None);
        };
        if self.change.is_some_and(|wanted| wanted != change) {
            return Ok(None);
        }
        let Member { member_id, email, erased, admission, decline_reason, .. } = member.clone();
        Ok(Some(Changed {
            change,
            member_id,
            email,
            erased,
            before,
            after,
            admission,
            decline_reason,
            position,
            at,
        }))
    }
}
