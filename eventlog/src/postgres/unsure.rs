//! What became of a transaction whose answer was lost.

use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::{rows::Rows, view::Verdict};

/// A transaction that was asked to commit and has not answered yet.
pub(super) struct Doubt {
    /// The log's version before it.
    pub version: i64,
    /// The log's position before it.
    pub base: i64,
    pub first_event: Option<Uuid>,
    pub command: Option<Uuid>,
    pub last_event: Option<Uuid>,
    pub events: i64,
    /// What its commits come to, if it committed.
    pub verdicts: Vec<Verdict>,
}

impl Doubt {
    pub(super) fn about(rows: &Rows<'_>, verdicts: Vec<Verdict>, version: i64, base: i64) -> Self {
        Self {
            version,
            base,
            first_event: rows.events.first().map(|row| row.event.event_id.0),
            command: rows.commands.first().map(|row| row.id),
            last_event: rows.events.last().map(|row| row.event.event_id.0),
            events: rows.offset(),
            verdicts,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolved {
    Committed,
    /// It has not, and never will.
    Not,
    /// It left nothing to know it by, and others have committed since.
    Unknown,
}

/// Finds out what became of it, and sees to it that it stays so. The old connection may still be at work: it commits
/// only if the log's version is as it was. So that is changed first.
pub(super) async fn resolve(conn: &mut PgConnection, doubt: &Doubt) -> sqlx::Result<Resolved> {
    let fence = "UPDATE log_head SET version = version + 1 WHERE one RETURNING version - 1";
    let version: i64 = sqlx::query_scalar(fence).fetch_one(&mut *conn).await?;
    if version == doubt.version {
        return Ok(Resolved::Not);
    }
    let there = if let Some(event) = doubt.first_event {
        let sql = "SELECT event_id FROM events WHERE position = $1";
        let found = sqlx::query(sql).bind(doubt.base + 1).fetch_optional(conn).await?;
        found.map(|row| row.try_get::<Uuid, _>(0)).transpose()? == Some(event)
    } else if let Some(command) = doubt.command {
        let sql = "SELECT EXISTS (SELECT FROM commands WHERE id = $1)";
        sqlx::query_scalar(sql).bind(command).fetch_one(conn).await?
    } else {
        return Ok(Resolved::Unknown);
    };
    Ok(if there { Resolved::Committed } else { Resolved::Not })
}
