//! Reading the log's tables.

use std::borrow::Cow;

use domain::{KeyId, LicenseId, MemberId, Salt, SubjectId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::error::database_error;
use crate::{
    contract::{KnownPerson, SeatPool, Seats},
    outcome::LogError,
    recorded::{Page, Position, Recorded, Revision, StreamId},
    stored::Stored,
};

/// What follows names each column in this order.
macro_rules! select_events {
    ($where:literal) => {
        concat!(
            "SELECT position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
                    event_id, license_id, license_sequence, recorded_at FROM events ",
            $where
        )
    };
}

/// The last revision of a stream; 0 where there is none.
pub(super) fn revision(conn: &Connection, stream: StreamId) -> rusqlite::Result<Revision> {
    conn.prepare_cached("SELECT coalesce(max(sequence), 0) FROM events WHERE aggregate_id = ?")?
        .query_row([stream.id], |row| row.get(0))
}

pub(super) fn seats(conn: &Connection, pool: SeatPool) -> rusqlite::Result<Option<Seats>> {
    conn.prepare_cached("SELECT taken, seat_limit FROM seat_pools WHERE id = ?")?
        .query_row([pool.id()], |row| Ok(Seats { taken: row.get(0)?, limit: row.get(1)? }))
        .optional()
}

pub(super) fn stream(
    conn: &Connection,
    stream: StreamId,
    after: Revision,
) -> Result<Vec<Recorded>, LogError> {
    let sql = select_events!("WHERE aggregate_id = ? AND sequence > ? ORDER BY sequence");
    let mut statement = conn.prepare_cached(sql).map_err(database_error)?;
    let mut rows = statement.query(params![stream.id, after]).map_err(database_error)?;
    let mut events = Vec::new();
    let mut last = after;
    while let Some(row) = rows.next().map_err(database_error)? {
        let at: Position = row.get(0).map_err(database_error)?;
        let event = stored(row, at)?.read()?;
        if event.revision != last + 1 {
            let what = format!("revision {} follows {last} in its stream", event.revision);
            return Err(LogError::Damaged { position: event.position, what });
        }
        last = event.revision;
        events.push(event);
    }
    Ok(events)
}

/// The events after a position, each as it is to be read: dense, or an error that says where not.
pub(super) fn after<E>(
    conn: &Connection,
    position: Position,
    limit: usize,
    read: fn(Stored<'_>) -> Result<E, LogError>,
) -> Result<Page<E>, LogError> {
    let snapshot = conn.unchecked_transaction().map_err(database_error)?;
    let sql = select_events!("WHERE position > ? ORDER BY position LIMIT ?");
    let mut statement = snapshot.prepare_cached(sql).map_err(database_error)?;
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![position, most]).map_err(database_error)?;
    let mut events = Vec::with_capacity(limit.min(10_000));
    let mut last = position;
    while let Some(row) = rows.next().map_err(database_error)? {
        let at: Position = row.get(0).map_err(database_error)?;
        if at != last + 1 {
            let what = format!("the next event stands at {at}");
            return Err(LogError::Damaged { position: last + 1, what });
        }
        last = at;
        events.push(read(stored(row, at)?)?);
    }
    let head: Position = snapshot
        .prepare_cached("SELECT coalesce(max(position), 0) FROM events")
        .and_then(|mut s| s.query_row([], |row| row.get(0)))
        .map_err(database_error)?;
    if events.len() < limit && last < head {
        let what = format!("reading ended here, but the log goes on to {head}");
        return Err(LogError::Damaged { position: last, what });
    }
    if position > head {
        let what = format!("the log ends at {head}: it is not the log that was read before");
        return Err(LogError::Damaged { position, what });
    }
    Ok(Page { events, caught_up: last == head })
}

fn stored<'a>(row: &'a Row<'_>, position: Position) -> Result<Stored<'a>, LogError> {
    columns(row, position).map_err(|what| LogError::Damaged { position, what })
}

fn columns<'a>(row: &'a Row<'_>, position: Position) -> Result<Stored<'a>, String> {
    let text = |column| {
        let text = row.get_ref(column).map_err(|e| e.to_string())?.as_str();
        text.map(Cow::Borrowed).map_err(|e: rusqlite::types::FromSqlError| e.to_string())
    };
    let failed = |e: rusqlite::Error| e.to_string();
    Ok(Stored {
        position,
        aggregate_type: text(1)?,
        aggregate_id: row.get(2).map_err(failed)?,
        revision: row.get(3).map_err(failed)?,
        event_type: text(4)?,
        event_version: text(5)?,
        payload: text(6)?,
        metadata: text(7)?,
        event_id: row.get(8).map_err(failed)?,
        license_id: row.get(9).map_err(failed)?,
        license_sequence: row.get(10).map_err(failed)?,
        recorded_at: row.get(11).map_err(failed)?,
    })
}

pub(super) fn person(conn: &Connection, normalised: &str) -> rusqlite::Result<Option<KnownPerson>> {
    conn.prepare_cached("SELECT subject_id, salt FROM directory WHERE normalised = ?")?
        .query_row([normalised], |row| {
            Ok(KnownPerson { subject_id: SubjectId(row.get(0)?), salt: Salt(row.get(1)?) })
        })
        .optional()
}

pub(super) fn address(conn: &Connection, subject: SubjectId) -> rusqlite::Result<Option<String>> {
    conn.prepare_cached("SELECT email FROM directory WHERE subject_id = ?")?
        .query_row([subject.0], |row| row.get(0))
        .optional()
}

pub(super) fn member(
    conn: &Connection,
    license: LicenseId,
    subject: SubjectId,
) -> rusqlite::Result<Option<MemberId>> {
    conn.prepare_cached("SELECT member_id FROM memberships WHERE license_id = ? AND subject_id = ?")?
        .query_row([license.0, subject.0], |row| row.get(0).map(MemberId))
        .optional()
}

pub(super) fn sealed_key(conn: &Connection, key: KeyId) -> rusqlite::Result<Option<Vec<u8>>> {
    conn.prepare_cached("SELECT sealed FROM key_texts WHERE key_id = ?")?
        .query_row([key.0], |row| row.get(0))
        .optional()
}

pub(super) fn key(conn: &Connection, hash: [u8; 32]) -> rusqlite::Result<Option<(LicenseId, KeyId)>> {
    conn.prepare_cached("SELECT license_id, key_id FROM license_keys WHERE hash = ?")?
        .query_row([hash], |row| Ok((LicenseId(row.get(0)?), KeyId(row.get(1)?))))
        .optional()
}
