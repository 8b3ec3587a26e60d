//! Events, and the heads of their licenses.

use domain::event::VERSION;

use crate::postgres::{
    rows::{EventRow, Rows},
    statement::Statement,
};

pub(super) fn licenses(s: &mut Statement, rows: &Rows<'_>) {
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

pub(super) fn events(s: &mut Statement, rows: &Rows<'_>) {
    let Rows { events, licenses, .. } = rows;
    if events.is_empty() {
        return;
    }
    let (joined, sequence) = if licenses.is_empty() {
        ("", "NULL::bigint")
    } else {
        (" LEFT JOIN licenses l ON l.license_id = e.license_id", "l.sequence - e.license_behind")
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
    let license = |event: &EventRow<'_>| {
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
