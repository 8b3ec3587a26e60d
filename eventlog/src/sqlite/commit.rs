//! One commit, inside the writer's transaction.

use rusqlite::{Connection, OptionalExtension, params};
use std::time::Duration;

use super::{
    erase,
    error::{database_error, is_constraint, raised},
    read, refused,
    writer::{Heads, Writer},
};
use crate::{
    contract::{Append, CommandKey, Commit, ImportFile, PoolChange, SeatChange},
    outcome::{Conflict, LogError, Outcome, Receipt},
    recorded::{Position, Revision, StreamId},
};

/// What became of one commit.
pub(super) enum Applied {
    /// It is in the transaction.
    Committed { position: Position, result: Vec<u8>, rows: usize },
    /// It is not, and what it wrote must be rolled back.
    Not(Outcome),
}

/// Why a commit stops half-way.
pub(super) enum Stop {
    Not(Outcome),
    Error(rusqlite::Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Error(error)
    }
}

impl From<Conflict> for Stop {
    fn from(conflict: Conflict) -> Self {
        Self::Not(Outcome::Conflict(conflict))
    }
}

pub(super) fn apply(writer: &mut Writer, commit: &Commit) -> Result<Applied, LogError> {
    let now = writer.now();
    match write_all(&writer.conn, &mut writer.heads, commit, now.timestamp_micros()) {
        Ok(()) => {
            if !commit.appends.is_empty() {
                writer.heads.recorded_at = now;
            }
            let rows = 1 + commit.appends.iter().map(|a| a.events.len()).sum::<usize>();
            Ok(Applied::Committed { position: writer.heads.position, result: commit.result.clone(), rows })
        }
        Err(Stop::Not(outcome)) => Ok(Applied::Not(outcome)),
        Err(Stop::Error(error)) => Err(database_error(error)),
    }
}

fn write_all(conn: &Connection, heads: &mut Heads, commit: &Commit, now: i64) -> Result<(), Stop> {
    if let Some(command) = commit.command
        && let Some(outcome) = first_result(conn, command)?
    {
        return Err(Stop::Not(outcome));
    }
    for (stream, expected) in &commit.asserts {
        assert_revision(conn, *stream, *expected)?;
    }
    erase::erase(conn, &commit.erases)?;
    write_claims(conn, commit)?;
    for change in &commit.seats {
        change_pool(conn, change)?;
    }
    for append in &commit.appends {
        write_events(conn, heads, append, now)?;
    }
    refused::write(conn, commit, now)?;
    if let Some(file) = &commit.file {
        write_file(conn, file)?;
    }
    if let Some(command) = commit.command {
        conn.prepare_cached("INSERT INTO commands VALUES (?, ?, ?, ?, ?)")?.execute(params![
            command.id,
            command.fingerprint,
            heads.position,
            commit.result,
            now
        ])?;
    }
    Ok(())
}

fn assert_revision(conn: &Connection, stream: StreamId, expected: Revision) -> Result<(), Stop> {
    let actual = read::revision(conn, stream)?;
    if actual == expected { Ok(()) } else { Err(Conflict::Revision { stream, actual }.into()) }
}

/// What the command came to when it was first committed.
pub(super) fn first_result(conn: &Connection, command: CommandKey) -> rusqlite::Result<Option<Outcome>> {
    conn.prepare_cached("SELECT fingerprint, position, result FROM commands WHERE id = ?")?
        .query_row([command.id], |row| {
            if row.get::<_, [u8; 32]>(0)? != command.fingerprint {
                return Ok(Outcome::CommandReused);
            }
            let (position, result) = (row.get(1)?, row.get(2)?);
            Ok(Outcome::AlreadyDone(Receipt { position, result, held: Duration::ZERO, others_waited: false }))
        })
        .optional()
}

fn write_claims(conn: &Connection, commit: &Commit) -> Result<(), Stop> {
    let taken = |conflict| move |e| if is_constraint(&e) { Stop::from(conflict) } else { e.into() };
    let mut person = conn.prepare_cached("INSERT INTO directory VALUES (?, ?, ?, ?)")?;
    for claim in &commit.people {
        person
            .execute(params![claim.subject_id.0, claim.email, claim.normalised, claim.salt.0])
            .map_err(taken(Conflict::EmailTaken))?;
    }
    let mut member = conn.prepare_cached("INSERT INTO memberships VALUES (?, ?, ?)")?;
    for claim in &commit.members {
        member
            .execute(params![claim.license_id.0, claim.subject_id.0, claim.member_id.0])
            .map_err(taken(Conflict::MemberTaken))?;
    }
    let mut key = conn.prepare_cached("INSERT INTO license_keys VALUES (?, ?, ?)")?;
    for claim in &commit.keys {
        key.execute(params![claim.hash, claim.key_id.0, claim.license_id.0])
            .map_err(taken(Conflict::KeyTaken))?;
    }
    write_key_texts(conn, commit)?;
    Ok(())
}

fn write_key_texts(conn: &Connection, commit: &Commit) -> rusqlite::Result<()> {
    for claim in &commit.keys {
        if let Some(sealed) = &claim.sealed {
            conn.prepare_cached("INSERT INTO key_texts VALUES (?, ?)")?
                .execute(params![claim.key_id.0, sealed])?;
        }
    }
    for key in &commit.forgotten {
        conn.prepare_cached("DELETE FROM key_texts WHERE key_id = ?")?.execute([key.0])?;
    }
    Ok(())
}

fn write_file(conn: &Connection, file: &ImportFile) -> rusqlite::Result<()> {
    let ImportFile { import_id, license_id, name, sha256, bytes } = file;
    conn.prepare_cached("INSERT INTO import_files VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")?
        .execute(params![import_id.0, license_id.0, name, sha256, bytes])?;
    Ok(())
}

fn change_pool(conn: &Connection, change: &SeatChange) -> Result<(), Stop> {
    let id = change.pool.id();
    let changed = match change.change {
        PoolChange::Open(limit) => {
            let opened =
                conn.prepare_cached("INSERT INTO seat_pools VALUES (?, 0, ?)")?.execute(params![id, limit]);
            opened.map_err(|e| if is_constraint(&e) { Stop::from(Conflict::Pool) } else { e.into() })?
        }
        PoolChange::Limit(limit) => conn
            .prepare_cached("UPDATE seat_pools SET seat_limit = ?2 WHERE id = ?1 AND taken <= ?2")?
            .execute(params![id, limit])?,
        PoolChange::Take(n) => conn
            .prepare_cached(
                "UPDATE seat_pools SET taken = taken + ?2 WHERE id = ?1 AND taken + ?2 >= 0
                 AND (?2 <= 0 OR seat_limit IS NULL OR taken + ?2 <= seat_limit)",
            )?
            .execute(params![id, n])?,
    };
    match (changed, read::seats(conn, change.pool)) {
        (1, _) => Ok(()),
        (_, Ok(Some(seats))) => Err(Stop::Not(Outcome::SeatLimit { pool: change.pool, seats })),
        (_, Ok(None)) => Err(Conflict::Pool.into()),
        (_, Err(error)) => Err(error.into()),
    }
}

fn write_events(conn: &Connection, heads: &mut Heads, append: &Append, now: i64) -> Result<(), Stop> {
    let mut insert =
        conn.prepare_cached("INSERT OR FAIL INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
    let mut revision = append.expected;
    if append.events.is_empty() {
        // No row, no trigger.
        return assert_revision(conn, append.stream, append.expected);
    }
    for event in &append.events {
        revision = revision.saturating_add(1);
        let position = heads.position + 1;
        let license_sequence = match append.license {
            Some(license) => Some(heads.sequences.next(conn, license)?),
            None => None,
        };
        let inserted = insert.execute(params![
            position,
            append.stream.kind.as_str(),
            append.stream.id,
            revision,
            event.event_type,
            domain::event::VERSION,
            event.payload,
            event.metadata,
            event.event_id.0,
            append.license.map(|l| l.0),
            license_sequence,
            now
        ]);
        // The table's own trigger compares the revision: one look at the index instead of two.
        inserted.map_err(|e| {
            if !raised(&e, "revision") {
                return Stop::Error(e);
            }
            match read::revision(conn, append.stream) {
                Ok(actual) => Conflict::Revision { stream: append.stream, actual }.into(),
                Err(error) => Stop::Error(error),
            }
        })?;
        heads.position = position;
    }
    Ok(())
}
