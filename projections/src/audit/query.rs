//! Pages of the history: the most selective index is walked, everything else is checked on the way.
//!
//! A page looks at a bounded number of rows. Where few of them fit, it ends short, even empty, with a cursor
//! to go on: so no page takes long, and only a page without a cursor is the last.

use std::ops::ControlFlow;

use chrono::{DateTime, SecondsFormat, Utc};
use domain::{ImportId, LicenseId, MemberId, Metadata, Source, SubjectId, catalogue};
use eventlog::Position;
use serde::Serialize;
use uuid::Uuid;

use super::{
    apply::scope,
    entry::{AuditEntry, Stored},
    walk::{Between, END, Walk, first_since, of_import},
};
use crate::{
    Cursor, QueryError, columns,
    cursor::ListName,
    error::quoted,
    sql::{Conn, Row},
    status, values,
};

/// Which page of the history. Filters combine: what fits all of them is shown.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    /// The events of this license; `None`: those that belong to no license, for the operator.
    pub license: Option<LicenseId>,
    /// Only what is about this person: their membership, and their roles as an admin.
    pub member: Option<SubjectId>,
    /// Only what this person did, in their own name or in that of another.
    pub actor: Option<SubjectId>,
    /// Only events of this type, by its name in [`catalogue`].
    pub event_type: Option<String>,
    /// Only what belongs to this import.
    pub import: Option<ImportId>,
    /// Only what came in this way.
    pub source: Option<Source>,
    /// Only what was recorded then or later.
    pub from: Option<DateTime<Utc>>,
    /// Only what was recorded before.
    pub to: Option<DateTime<Utc>>,
    /// The last event first.
    pub newest_first: bool,
    /// Only what stands behind this position.
    pub after: Option<Position>,
    /// From the page before.
    pub cursor: Option<String>,
    /// How many; at most [`AuditQuery::MOST`].
    pub limit: usize,
}

/// A page of the history.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AuditPage {
    /// The log's position that the page is true for.
    pub position: Position,
    /// The events.
    pub items: Vec<AuditEntry>,
    /// For the next page; nothing on the last. A page may be short and yet have a next one.
    pub next_cursor: Option<String>,
}

/// Rows that one page looks at, at most.
const SCAN: u64 = 20_000;

/// To tell which of two filters is the more selective one, so many rows of each are counted.
const PROBE: u64 = 2_000;

/// What a page found.
struct Found {
    positions: Vec<Position>,
    /// The last row looked at, if there may be more behind it.
    more_after: Option<Position>,
}

impl AuditQuery {
    /// Events on a page, at most.
    pub const MOST: usize = 500;

    /// Reads a page in one snapshot.
    pub fn run(&self, conn: &Conn<'_>) -> Result<AuditPage, QueryError> {
        self.run_within(conn, SCAN)
    }

    pub(super) fn run_within(&self, conn: &Conn<'_>, scan: u64) -> Result<AuditPage, QueryError> {
        let snapshot = conn.snapshot()?;
        self.check_event_type()?;
        let between = self.between(&snapshot)?;
        let walk = self.walk(&snapshot, between)?;
        let found = self.find(&snapshot, &walk, between, scan)?;
        let entry = |position: &Position| Stored::at(&snapshot, *position)?.entry(&snapshot);
        Ok(AuditPage {
            position: status::position(&snapshot, "audit")?,
            items: found.positions.iter().map(entry).collect::<Result<_, _>>()?,
            next_cursor: found.more_after.map(|last| Cursor::after(self.list().as_str(), last)),
        })
    }

    fn check_event_type(&self) -> Result<(), QueryError> {
        let Some(wanted) = &self.event_type else { return Ok(()) };
        if catalogue::all().any(|known| known.name == wanted) {
            return Ok(());
        }
        let known: Vec<&str> = catalogue::all().map(|known| known.name).collect();
        Err(QueryError::not_offered(
            format!("type: {} is no type of event", quoted(wanted)),
            format!("Give one of: {}.", known.join(", ")),
        ))
    }

    /// For the cursor: which list it is.
    fn list(&self) -> ListName {
        let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        ListName::of("audit")
            .with("license", self.license)
            .with("member", self.member)
            .with("actor", self.actor)
            .with("type", self.event_type.as_ref())
            .with("import", self.import)
            .with("source", self.source.as_ref().map(columns::written))
            .with("from", self.from.map(instant))
            .with("to", self.to.map(instant))
            .with("after", self.after)
            .with("order", Some(if self.newest_first { "newest" } else { "oldest" }))
    }

    fn between(&self, conn: &Conn<'_>) -> Result<Between, QueryError> {
        let mut between = Between { after: 0, before: END };
        if let Some(from) = self.from {
            between.after = first_since(conn, from)?.saturating_sub(1);
        }
        if let Some(to) = self.to {
            between.before = first_since(conn, to)?;
        }
        if let Some(after) = self.after {
            between = between.and(Between { after: after.min(END), before: END });
        }
        if let Some(import) = self.import {
            between = between.and(of_import(conn, import)?);
        }
        if let Some(cursor) = &self.cursor {
            let last = Cursor::read(cursor, self.list().as_str())?;
            between = between.and(if self.newest_first {
                Between { after: 0, before: last }
            } else {
                Between { after: last, before: END }
            });
        }
        Ok(between)
    }

    fn walk(&self, conn: &Conn<'_>, between: Between) -> Result<Walk, QueryError> {
        if let Some(subject) = self.member {
            return Ok(Walk::member(conn.dialect(), self.membership(conn, subject)?, subject));
        }
        let engine = conn.dialect();
        let actor = self.actor.map(|actor| Walk::actor(engine, actor));
        let event_type = self.event_type.as_deref().map(|name| Walk::event_type(engine, name));
        let source = self.source.and_then(|source| Walk::source(engine, source));
        let mut walks: Vec<Walk> = [actor, event_type, source].into_iter().flatten().collect();
        if walks.len() > 1 {
            let counts = walks.iter().map(|walk| self.count(conn, walk, between));
            let counts: Vec<u64> = counts.collect::<Result<_, _>>()?;
            let fewest = counts.iter().enumerate().min_by_key(|(_, count)| **count).map_or(0, |(at, _)| at);
            return Ok(walks.swap_remove(fewest));
        }
        Ok(walks.pop().unwrap_or_else(Walk::everything))
    }

    fn membership(&self, conn: &Conn<'_>, subject: SubjectId) -> Result<Option<MemberId>, QueryError> {
        let sql = "SELECT member_id FROM memberships WHERE license_id = ? AND subject_id = ?";
        let found: Option<Uuid> =
            conn.value(sql, values![self.license.map(|license| license.0), subject.0])?;
        Ok(found.map(MemberId))
    }

    fn count(&self, conn: &Conn<'_>, walk: &Walk, between: Between) -> Result<u64, QueryError> {
        let rows = walk.sql(conn.dialect(), self.newest_first, PROBE);
        let sql = format!("SELECT count(*) FROM ({rows}) AS found");
        let count = conn.value(&sql, &walk.values(&scope(conn, self.license)?, &between))?;
        Ok(count.unwrap_or_default())
    }

    fn find(&self, conn: &Conn<'_>, walk: &Walk, between: Between, scan: u64) -> Result<Found, QueryError> {
        let limit = self.limit.clamp(1, Self::MOST);
        let sql = walk.sql(conn.dialect(), self.newest_first, scan);
        let license = scope(conn, self.license)?;
        let mut found = Found { positions: Vec::new(), more_after: None };
        let (mut seen, mut last, mut full) = (0, 0, false);
        conn.walk(&sql, &walk.values(&license, &between), |row| {
            let position = row.get(0)?;
            if self.fits(conn, position, row)? {
                if found.positions.len() == limit {
                    full = true;
                    return Ok::<_, QueryError>(ControlFlow::Break(()));
                }
                found.positions.push(position);
            }
            (seen, last) = (seen + 1, position);
            Ok(ControlFlow::Continue(()))
        })?;
        found.more_after = (full || seen == scan).then_some(last);
        Ok(found)
    }

    fn fits(&self, conn: &Conn<'_>, position: Position, row: &Row<'_>) -> Result<bool, QueryError> {
        if let Some(wanted) = self.event_type.as_deref()
            && row.text(1)? != Some(wanted)
        {
            return Ok(false);
        }
        if let Some(actor) = self.actor
            && row.get::<Uuid>(2)? != actor.0
            && row.get::<Option<Uuid>>(4)? != Some(actor.0)
        {
            return Ok(false);
        }
        if let Some(wanted) = self.source
            && row.text(3)? != Some(wanted.as_str())
        {
            return Ok(false);
        }
        if self.import.is_none() {
            return Ok(true);
        }
        let metadata: Option<String> =
            conn.value("SELECT metadata FROM events WHERE position = ?", values![position])?;
        let metadata: Metadata = serde_json::from_str(metadata.as_deref().unwrap_or_default())
            .map_err(|e| eventlog::LogError::Damaged { position, what: format!("metadata: {e}") })?;
        Ok(metadata.import_id == self.import)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_named_in_cursors_by_the_words_of_the_api() {
        let query = AuditQuery {
            license: Some(LicenseId(Uuid::from_u128(1))),
            member: Some(SubjectId(Uuid::from_u128(2))),
            actor: Some(SubjectId(Uuid::from_u128(3))),
            event_type: Some("UserAdded".to_owned()),
            import: Some(ImportId(Uuid::from_u128(4))),
            source: Some(Source::Csv),
            from: Some("2026-09-01T00:00:00Z".parse().unwrap()),
            to: Some("2026-10-01T00:00:00.5Z".parse().unwrap()),
            after: Some(7),
            newest_first: true,
            ..AuditQuery::default()
        };
        let named = "audit license=00000000-0000-0000-0000-000000000001 \
                     member=00000000-0000-0000-0000-000000000002 actor=00000000-0000-0000-0000-000000000003 \
                     type=UserAdded import=00000000-0000-0000-0000-000000000004 source=csv \
                     from=2026-09-01T00:00:00Z to=2026-10-01T00:00:00.500Z after=7 order=newest";
        assert_eq!(query.list().as_str(), named);
        assert_eq!(AuditQuery::default().list().as_str(), "audit order=oldest");
    }
}
