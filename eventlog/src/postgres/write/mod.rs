//! The one statement that writes a transaction's rows.
//!
//! It begins with the log's head. That row changes only if the log stands where the writer knows it to stand, and if
//! every stream and pool is as the plan assumes; and everything else is written only if that row changed. So a statement
//! either writes everything, or finds that something is not as assumed and writes nothing.

mod beside;
mod events;

use sqlx::{PgConnection, Row};

use super::{rows::Rows, statement::Statement};

/// Where the log stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Head {
    pub version: i64,
    pub position: i64,
    pub recorded_at: i64,
}

/// Writes the rows, if the log is at this version. `None`: it is not, or something is not as assumed.
/// `with_events`: whether events and claims on people go in here, too. `tell`: whether other nodes are told.
pub(super) async fn write(
    conn: &mut PgConnection,
    rows: &Rows<'_>,
    version: i64,
    now: i64,
    with_events: bool,
    tell: bool,
) -> sqlx::Result<Option<Head>> {
    let mut s = Statement::default();
    head(&mut s, rows, version, now, with_events);
    events::licenses(&mut s, rows);
    if with_events {
        events::events(&mut s, rows);
        beside::people(&mut s, rows);
    }
    beside::erased(&mut s, rows);
    beside::keys(&mut s, rows);
    beside::key_texts(&mut s, rows);
    beside::pools(&mut s, rows);
    beside::commands(&mut s, rows, now);
    beside::refused(&mut s, rows, now);
    beside::files(&mut s, rows);
    s.add("\nSELECT version, position, recorded_at FROM head");
    if tell && !rows.events.is_empty() {
        s.add(", pg_notify('seatbook_log', position::text)");
    }
    if let Some(error) = s.failed {
        return Err(sqlx::Error::Encode(error));
    }
    let row = sqlx::query_with(&s.sql, s.arguments).fetch_optional(conn).await?;
    let head = |row: sqlx::postgres::PgRow| -> sqlx::Result<Head> {
        Ok(Head { version: row.try_get(0)?, position: row.try_get(1)?, recorded_at: row.try_get(2)? })
    };
    row.map(head).transpose()
}

fn head(s: &mut Statement, rows: &Rows<'_>, version: i64, now: i64, all_checks: bool) {
    s.add(
        "WITH head AS (UPDATE log_head SET position = position + ?, version = version + 1,
             recorded_at = CASE WHEN ? THEN greatest(recorded_at, ?) ELSE recorded_at END
         WHERE one AND version = ?",
    );
    s.bind(rows.offset()).bind(!rows.events.is_empty()).bind(now).bind(version);
    // Who writes in bulk leaves new streams to the table's key.
    let checks: Vec<_> = rows.checks.iter().filter(|check| all_checks || !check.is_new).collect();
    if !checks.is_empty() {
        s.add(
            " AND NOT EXISTS (SELECT FROM unnest(?::text[], ?::text[], ?::bigint[]) c(aggregate_type, aggregate_id, revision)
               WHERE c.revision <> coalesce((SELECT e.sequence FROM events e
                   WHERE e.aggregate_type = c.aggregate_type AND e.aggregate_id = c.aggregate_id
                   ORDER BY e.sequence DESC LIMIT 1), 0))",
        );
        s.bind(checks.iter().map(|c| c.stream.kind.as_str()).collect::<Vec<_>>())
            .bind(checks.iter().map(|c| c.stream.id.to_string()).collect::<Vec<_>>())
            .bind(checks.iter().map(|c| c.revision).collect::<Vec<_>>());
    }
    if rows.pools_assumed && !rows.changed.is_empty() {
        s.add(
            " AND NOT EXISTS (SELECT FROM unnest(?::uuid[], ?::bigint[], ?::bigint[]) c(id, taken, given_back)
               WHERE NOT coalesce((SELECT c.given_back <= p.taken
                       AND (c.taken = 0 OR p.seat_limit IS NULL OR c.taken <= p.seat_limit - p.taken)
                   FROM seat_pools p WHERE p.id = c.id), false))",
        );
        s.bind(rows.changed.iter().map(|p| p.id).collect::<Vec<_>>())
            .bind(rows.changed.iter().map(|p| p.taken).collect::<Vec<_>>())
            .bind(rows.changed.iter().map(|p| p.given_back).collect::<Vec<_>>());
    }
    s.add(" RETURNING version, position, recorded_at)");
}
