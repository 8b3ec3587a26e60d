//! The one statement that writes a transaction's rows.
//!
//! It begins with the log's head. That row changes only if the log stands where the writer knows it to stand, and if
//! every stream and pool is as the plan assumes; and everything else is written only if that row changed. So a statement
//! either writes everything, or finds that something is not as assumed and writes nothing.

use domain::event::VERSION;
use sqlx::{Arguments, Encode, PgConnection, Postgres, Row, Type, postgres::PgArguments};

use super::rows::Rows;
use crate::contract::Refused;

/// Where the log stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Head {
    pub version: i64,
    pub position: i64,
    pub recorded_at: i64,
}

/// A statement in the making: its text depends only on which kinds of rows there are, so there are few.
struct Statement {
    sql: String,
    arguments: PgArguments,
    failed: Option<sqlx::error::BoxDynError>,
}

impl Statement {
    /// Adds text, in which each `?` stands for the next argument.
    fn add(&mut self, text: &str) {
        let mut next = self.arguments.len();
        for piece in text.split_inclusive('?') {
            match piece.strip_suffix('?') {
                Some(before) => {
                    next += 1;
                    self.sql.push_str(before);
                    self.sql.push('$');
                    self.sql.push_str(&next.to_string());
                }
                None => self.sql.push_str(piece),
            }
        }
    }

    fn bind<'q, T: Encode<'q, Postgres> + Type<Postgres> + 'q>(&mut self, value: T) -> &mut Self {
        if let Err(error) = self.arguments.add(value) {
            self.failed.get_or_insert(error);
        }
        self
    }
}

/// Writes the rows, if the log is at this version. `None`: it is not, or something is not as assumed.
/// `events`: whether events and claims on people go in here, too.
pub(super) async fn write(
    conn: &mut PgConnection,
    rows: &Rows<'_>,
    version: i64,
    now: i64,
    with_events: bool,
) -> sqlx::Result<Option<Head>> {
    let mut s =
        Statement { sql: String::with_capacity(2_048), arguments: PgArguments::default(), failed: None };
    head(&mut s, rows, version, now, with_events);
    licenses(&mut s, rows);
    if with_events {
        events(&mut s, rows);
        people(&mut s, rows);
    }
    keys(&mut s, rows);
    pools(&mut s, rows);
    commands(&mut s, rows, now);
    refused(&mut s, rows, now);
    s.add("\nSELECT version, position, recorded_at FROM head");
    if !rows.events.is_empty() {
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

fn licenses(s: &mut Statement, rows: &Rows<'_>) {
    if rows.licenses.is_empty() {
        return;
    }
    s.add(
        ",\nlicenses AS (INSERT INTO license_heads AS l (license_id, sequence, position)
          SELECT n.id, n.events, head.position FROM head, unnest(?::uuid[], ?::bigint[]) n(id, events)
          ON CONFLICT (license_id) DO UPDATE SET sequence = l.sequence + excluded.sequence, position = excluded.position
          RETURNING license_id, sequence)",
    );
    s.bind(rows.licenses.iter().map(|(id, _)| id.0).collect::<Vec<_>>())
        .bind(rows.licenses.iter().map(|(_, events)| *events).collect::<Vec<_>>());
}

fn events(s: &mut Statement, rows: &Rows<'_>) {
    let Rows { events, licenses, .. } = rows;
    if events.is_empty() {
        return;
    }
    let (joined, sequence) = match licenses.is_empty() {
        true => ("", "NULL::bigint"),
        false => (" LEFT JOIN licenses l ON l.license_id = e.license_id", "l.sequence - e.license_behind"),
    };
    s.add(
        ",\nnew_events AS (INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload,
              metadata, position, event_id, license_id, license_sequence, recorded_at)
          SELECT e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, ?, e.payload::json, e.metadata::json,
              head.position - e.behind, e.event_id, e.license_id, ",
    );
    s.bind(VERSION);
    s.add(sequence);
    s.add(
        ", head.recorded_at
          FROM head CROSS JOIN unnest(?::text[], ?::text[], ?::bigint[], ?::text[], ?::text[], ?::text[], ?::bigint[],
              ?::uuid[], ?::uuid[], ?::bigint[]) e(aggregate_type, aggregate_id, sequence, event_type, payload, metadata,
              behind, event_id, license_id, license_behind)",
    );
    let behind = (0..rows.offset()).rev();
    let license = |event: &super::rows::EventRow<'_>| {
        event.license.and_then(|(index, n)| licenses.get(index).map(|(id, of)| (id.0, of - n)))
    };
    s.bind(events.iter().map(|e| e.stream.kind.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|e| e.stream.id.to_string()).collect::<Vec<_>>())
        .bind(events.iter().map(|e| e.revision).collect::<Vec<_>>())
        .bind(events.iter().map(|e| e.event.event_type).collect::<Vec<_>>())
        .bind(events.iter().map(|e| e.event.payload.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|e| e.event.metadata.as_str()).collect::<Vec<_>>())
        .bind(behind.collect::<Vec<_>>())
        .bind(events.iter().map(|e| e.event.event_id.0).collect::<Vec<_>>())
        .bind(events.iter().map(|e| license(e).map(|(id, _)| id)).collect::<Vec<_>>())
        .bind(events.iter().map(|e| license(e).map(|(_, behind)| behind)).collect::<Vec<_>>());
    s.add(joined);
    s.add(")");
}

fn people(s: &mut Statement, rows: &Rows<'_>) {
    if !rows.people.is_empty() {
        s.add(
            ",\nnew_people AS (INSERT INTO directory (subject_id, email, normalised, salt)
              SELECT p.subject_id, p.email, p.normalised, p.salt FROM head,
              unnest(?::uuid[], ?::text[], ?::text[], ?::bytea[]) p(subject_id, email, normalised, salt))",
        );
        s.bind(rows.people.iter().map(|p| p.subject_id.0).collect::<Vec<_>>())
            .bind(rows.people.iter().map(|p| p.email.as_str()).collect::<Vec<_>>())
            .bind(rows.people.iter().map(|p| p.normalised.as_str()).collect::<Vec<_>>())
            .bind(rows.people.iter().map(|p| p.salt.0.as_slice()).collect::<Vec<_>>());
    }
    if !rows.members.is_empty() {
        s.add(
            ",\nnew_members AS (INSERT INTO memberships (license_id, subject_id, member_id)
              SELECT m.license_id, m.subject_id, m.member_id FROM head,
              unnest(?::uuid[], ?::uuid[], ?::uuid[]) m(license_id, subject_id, member_id))",
        );
        s.bind(rows.members.iter().map(|m| m.license_id.0).collect::<Vec<_>>())
            .bind(rows.members.iter().map(|m| m.subject_id.0).collect::<Vec<_>>())
            .bind(rows.members.iter().map(|m| m.member_id.0).collect::<Vec<_>>());
    }
}

fn keys(s: &mut Statement, rows: &Rows<'_>) {
    if rows.keys.is_empty() {
        return;
    }
    s.add(
        ",\nnew_keys AS (INSERT INTO license_keys (hash, key_id, license_id)
          SELECT k.hash, k.key_id, k.license_id FROM head,
          unnest(?::bytea[], ?::uuid[], ?::uuid[]) k(hash, key_id, license_id))",
    );
    s.bind(rows.keys.iter().map(|k| k.hash.as_slice()).collect::<Vec<_>>())
        .bind(rows.keys.iter().map(|k| k.key_id.0).collect::<Vec<_>>())
        .bind(rows.keys.iter().map(|k| k.license_id.0).collect::<Vec<_>>());
}

fn pools(s: &mut Statement, rows: &Rows<'_>) {
    if !rows.opened.is_empty() {
        s.add(
            ",\nnew_pools AS (INSERT INTO seat_pools (id, taken, seat_limit) SELECT p.id, p.taken, p.seat_limit
              FROM head, unnest(?::uuid[], ?::bigint[], ?::bigint[]) p(id, taken, seat_limit))",
        );
        s.bind(rows.opened.iter().map(|p| p.0).collect::<Vec<_>>())
            .bind(rows.opened.iter().map(|p| p.1).collect::<Vec<_>>())
            .bind(rows.opened.iter().map(|p| p.2).collect::<Vec<_>>());
    }
    if !rows.changed.is_empty() {
        s.add(
            ",\nold_pools AS (UPDATE seat_pools p SET taken = p.taken + c.taken - c.given_back,
                  seat_limit = coalesce(c.seat_limit, p.seat_limit)
              FROM head, unnest(?::uuid[], ?::bigint[], ?::bigint[], ?::bigint[]) c(id, taken, given_back, seat_limit)
              WHERE p.id = c.id)",
        );
        s.bind(rows.changed.iter().map(|p| p.id).collect::<Vec<_>>())
            .bind(rows.changed.iter().map(|p| p.taken).collect::<Vec<_>>())
            .bind(rows.changed.iter().map(|p| p.given_back).collect::<Vec<_>>())
            .bind(rows.changed.iter().map(|p| p.limit).collect::<Vec<_>>());
    }
}

fn commands(s: &mut Statement, rows: &Rows<'_>, now: i64) {
    if rows.commands.is_empty() {
        return;
    }
    s.add(
        ",\nnew_commands AS (INSERT INTO commands (id, fingerprint, position, result, recorded_at)
          SELECT c.id, c.fingerprint, head.position - c.behind, c.result, greatest(head.recorded_at, ?) FROM head,
          unnest(?::uuid[], ?::bytea[], ?::bigint[], ?::bytea[]) c(id, fingerprint, behind, result))",
    );
    let all = rows.offset();
    s.bind(now)
        .bind(rows.commands.iter().map(|c| c.id).collect::<Vec<_>>())
        .bind(rows.commands.iter().map(|c| c.fingerprint).collect::<Vec<_>>())
        .bind(rows.commands.iter().map(|c| all - c.offset).collect::<Vec<_>>())
        .bind(rows.commands.iter().map(|c| c.result).collect::<Vec<_>>());
}

fn refused(s: &mut Statement, rows: &Rows<'_>, now: i64) {
    if rows.refused.is_empty() {
        return;
    }
    // Of several for one import, the first one's names of columns stay: it is written once.
    let mut imports: Vec<&Refused> = Vec::new();
    for &refused in &rows.refused {
        if imports.iter().all(|known| known.import_id != refused.import_id) {
            imports.push(refused);
        }
    }
    s.add(
        ",\nrefused_imports AS (INSERT INTO refused_imports (import_id, license_id, columns, separator, recorded_at)
          SELECT i.import_id, i.license_id, i.columns, i.separator, greatest(head.recorded_at, ?) FROM head,
          unnest(?::uuid[], ?::uuid[], ?::text[], ?::text[]) i(import_id, license_id, columns, separator)
          ON CONFLICT (import_id) DO UPDATE SET recorded_at = excluded.recorded_at)",
    );
    s.bind(now)
        .bind(imports.iter().map(|i| i.import_id.0).collect::<Vec<_>>())
        .bind(imports.iter().map(|i| i.license_id.0).collect::<Vec<_>>())
        .bind(imports.iter().map(|i| i.columns.as_deref().map(super::refused::json)).collect::<Vec<_>>())
        .bind(imports.iter().map(|i| i.separator.to_string()).collect::<Vec<_>>());
    let columns = super::refused::columns(&rows.refused);
    s.add(
        ",\nrefused_rows AS (INSERT INTO refused_rows (import_id, item, line, value, code, reason, hint, cells)
          SELECT r.import_id, r.item, r.line, r.value, r.code, r.reason, r.hint, r.cells FROM head,
          unnest(?::uuid[], ?::bigint[], ?::bigint[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
          r(import_id, item, line, value, code, reason, hint, cells))",
    );
    s.bind(columns.imports)
        .bind(columns.items)
        .bind(columns.lines)
        .bind(columns.values)
        .bind(columns.codes)
        .bind(columns.reasons)
        .bind(columns.hints)
        .bind(columns.cells);
}
