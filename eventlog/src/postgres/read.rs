//! Reading the log.

use std::{borrow::Cow, collections::HashMap};

use sqlx::{PgPool, Row, postgres::PgRow};
use uuid::Uuid;

use super::{
    find::{maybe_number, number},
    seen::Seen,
};
use crate::{
    outcome::LogError,
    recorded::{Page, Position, Recorded, Revision, StreamId},
    stored::Stored,
};

/// What the database failed at, outside; what stands in the log and can't be, inside.
pub(super) type Read<T> = sqlx::Result<Result<T, LogError>>;

/// The columns of an event, in the order in which they are read; `e` is the table.
macro_rules! event_columns {
    () => {
        "e.position, e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, e.event_version, e.payload, e.metadata,
         e.event_id, e.license_id, e.license_sequence, e.recorded_at"
    };
}
pub(super) use event_columns;

/// The events after a position, each as it is to be read: dense, or an error that says where not.
pub(super) async fn after<E>(
    pool: &PgPool,
    seen: &Seen,
    position: Position,
    limit: usize,
    read: fn(Stored<'_>) -> Result<E, LogError>,
) -> Read<Page<E>> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let Ok(from) = i64::try_from(position) else {
        return Ok(Err(damaged(position, "no log goes so far")));
    };
    let before = seen.position();
    // One statement sees one moment: the events, and where the log ended then.
    let sql = concat!(
        "SELECT ",
        event_columns!(),
        ", h.position FROM log_head h LEFT JOIN LATERAL
             (SELECT * FROM events WHERE position > $1 ORDER BY position LIMIT $2) e ON true ORDER BY e.position"
    );
    let rows = sqlx::query(sql).bind(from).bind(most).fetch_all(pool).await?;
    let Some(first) = rows.first() else { return Err(sqlx::Error::RowNotFound) };
    let head: Position = number(first, 12)?;
    if let Err(error) = seen.compare(before, head) {
        return Ok(Err(error));
    }
    page(&rows, position, limit, head, read)
}

fn page<E>(
    rows: &[PgRow],
    position: Position,
    limit: usize,
    head: Position,
    read: fn(Stored<'_>) -> Result<E, LogError>,
) -> Read<Page<E>> {
    let mut events = Vec::with_capacity(rows.len());
    let mut last = position;
    for row in rows {
        // The log's end alone, without an event.
        let Some(at) = maybe_number(row, 0)? else { break };
        if at != last + 1 {
            return Ok(Err(damaged(last + 1, format!("the next event stands at {at}"))));
        }
        match stored(row, 0)?.and_then(read) {
            Ok(event) => events.push(event),
            Err(error) => return Ok(Err(error)),
        }
        last = at;
    }
    if events.len() < limit && last < head {
        return Ok(Err(damaged(last, format!("reading ended here, but the log goes on to {head}"))));
    }
    if position > head {
        let what = format!("the log ends at {head}: it is not the log that was read before");
        return Ok(Err(damaged(position, what)));
    }
    Ok(Ok(Page { events, caught_up: last == head }))
}

pub(super) fn damaged(position: Position, what: impl Into<String>) -> LogError {
    LogError::Damaged { position, what: what.into() }
}

/// An event, decoded, from its columns on.
pub(super) fn recorded(row: &PgRow, from: usize) -> Read<Recorded> {
    Ok(stored(row, from)?.and_then(|event| event.read()))
}

/// An event, from its columns on.
fn stored(row: &PgRow, from: usize) -> Read<Stored<'_>> {
    let text = |column: usize| -> sqlx::Result<Cow<'_, str>> {
        // As it lies in what the server sent: a `json` column's bytes are the text.
        row.try_get_raw(from + column)?.as_str().map(Cow::Borrowed).map_err(sqlx::Error::Decode)
    };
    let position = number(row, from)?;
    let Ok(aggregate_id) = Uuid::parse_str(&text(2)?) else {
        return Ok(Err(damaged(position, format!("'{}' names no stream", text(2)?))));
    };
    Ok(Ok(Stored {
        position,
        aggregate_type: text(1)?,
        aggregate_id,
        revision: number(row, from + 3)?,
        event_type: text(4)?,
        event_version: text(5)?,
        payload: text(6)?,
        metadata: text(7)?,
        event_id: row.try_get(from + 8)?,
        license_id: row.try_get(from + 9)?,
        license_sequence: maybe_number(row, from + 10)?,
        recorded_at: row.try_get(from + 11)?,
    }))
}

/// Whole streams, in the order asked.
pub(super) async fn streams(pool: &PgPool, streams: &[StreamId]) -> Read<Vec<Vec<Recorded>>> {
    let mut unique = streams.to_vec();
    unique.sort_unstable_by_key(|stream| (stream.kind.as_str(), stream.id));
    unique.dedup();
    let sql = concat!(
        "SELECT ",
        event_columns!(),
        " FROM unnest($1::text[], $2::text[]) s(aggregate_type, aggregate_id)
          CROSS JOIN LATERAL (SELECT * FROM events e
              WHERE e.aggregate_type = s.aggregate_type AND e.aggregate_id = s.aggregate_id OFFSET 0) e
          ORDER BY e.aggregate_type, e.aggregate_id, e.sequence"
    );
    let kinds: Vec<&str> = unique.iter().map(|stream| stream.kind.as_str()).collect();
    let ids: Vec<String> = unique.iter().map(|stream| stream.id.to_string()).collect();
    let mut found: HashMap<StreamId, Vec<Recorded>> = HashMap::with_capacity(unique.len());
    for row in sqlx::query(sql).bind(kinds).bind(ids).fetch_all(pool).await? {
        match recorded(&row, 0)? {
            Ok(event) => found.entry(event.stream).or_default().push(event),
            Err(error) => return Ok(Err(error)),
        }
    }
    let gap = found.values().find_map(|events| dense(events, 0).err());
    let whole = streams.iter().map(|stream| found.get(stream).cloned().unwrap_or_default()).collect();
    Ok(gap.map_or(Ok(whole), Err))
}

/// Whether each event follows the one before.
pub(super) fn dense(events: &[Recorded], after: Revision) -> Result<(), LogError> {
    let mut last = after;
    for event in events {
        if event.revision != last + 1 {
            let what = format!("revision {} follows {last} in its stream", event.revision);
            return Err(damaged(event.position, what));
        }
        last = event.revision;
    }
    Ok(())
}

/// The rest of a stream.
pub(super) async fn stream_after(pool: &PgPool, stream: StreamId, after: Revision) -> Read<Vec<Recorded>> {
    let sql = concat!(
        "SELECT ",
        event_columns!(),
        " FROM events e WHERE e.aggregate_type = $1 AND e.aggregate_id = $2 AND e.sequence > $3 ORDER BY e.sequence"
    );
    let from = i64::try_from(after).unwrap_or(i64::MAX);
    let query = sqlx::query(sql).bind(stream.kind.as_str()).bind(stream.id.to_string()).bind(from);
    let events: Result<Vec<_>, _> =
        query.fetch_all(pool).await?.iter().map(|row| recorded(row, 0)).collect::<sqlx::Result<_>>()?;
    Ok(events.and_then(|events| dense(&events, after).map(|()| events)))
}
