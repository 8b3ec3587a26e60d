//! Erasing people: what stands for them, that nothing new does, and their directory rows.

use std::time::{Duration, Instant};

use domain::{LicenseId, MemberId, SubjectId};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Database, commit::Stop, error::database_error};
use crate::{
    contract::{Erase, Traces},
    outcome::{Conflict, LogError},
};

/// Each license once, and the person's membership of it: the table is ordered by licenses.
const MEMBERS: &str = "
    WITH RECURSIVE licenses(id) AS (
        SELECT * FROM (SELECT license_id FROM memberships ORDER BY license_id LIMIT 1)
        UNION ALL SELECT (SELECT m.license_id FROM memberships m WHERE m.license_id > licenses.id
                          ORDER BY m.license_id LIMIT 1)
                  FROM licenses WHERE licenses.id IS NOT NULL)
    SELECT m.license_id, m.member_id FROM licenses
    JOIN memberships m ON m.license_id = licenses.id AND m.subject_id = ?";

/// A license's seats go by its id, as its stream does.
const LICENSES: &str = "
    SELECT p.id FROM seat_pools p WHERE EXISTS (
        SELECT 1 FROM events e WHERE e.aggregate_id = p.id AND e.aggregate_type = 'license' AND instr(e.payload, ?) > 0)";

pub(super) fn traces(conn: &Connection, subject: SubjectId) -> rusqlite::Result<Traces> {
    let snapshot = conn.unchecked_transaction()?;
    let position =
        snapshot.query_row("SELECT coalesce(max(position), 0) FROM events", [], |row| row.get(0))?;
    let address = snapshot
        .query_row("SELECT email, normalised FROM directory WHERE subject_id = ?", [subject.0], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let members = snapshot
        .prepare_cached(MEMBERS)?
        .query_map([subject.0], |row| Ok((LicenseId(row.get(0)?), MemberId(row.get(1)?))))?
        .collect::<rusqlite::Result<_>>()?;
    let licenses = snapshot
        .prepare_cached(LICENSES)?
        .query_map([subject.to_string()], |row| row.get(0).map(LicenseId))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Traces { position, address, members, licenses })
}

pub(super) fn erase(conn: &Connection, people: &[Erase]) -> Result<(), Stop> {
    for Erase { subject_id, as_of } in people {
        // Only what came since is looked at: little, and in the order in which it stands.
        let named = conn
            .prepare_cached("SELECT 1 FROM events WHERE position > ? AND instr(payload, ?) > 0 LIMIT 1")?
            .exists(params![as_of, subject_id.to_string()])?;
        if named {
            return Err(Conflict::Named.into());
        }
        conn.prepare_cached("DELETE FROM directory WHERE subject_id = ?")?.execute([subject_id.0])?;
        // They may stand in any of these files, by name or not.
        conn.prepare_cached(
            "DELETE FROM import_files WHERE license_id IN (
                 SELECT f.license_id FROM (SELECT DISTINCT license_id FROM import_files) f
                 JOIN memberships m ON m.license_id = f.license_id AND m.subject_id = ?)",
        )?
        .execute([subject_id.0])?;
    }
    Ok(())
}

/// Between two attempts: whoever reads does so for some milliseconds.
const A_MOMENT: Duration = Duration::from_millis(50);

impl Database {
    /// Empties the write-ahead log, in which bytes of deleted rows stand until it is written anew. Waits for readers who
    /// began before, and for others' commits. Whether that was done within the time.
    pub async fn empty_wal(&self, within: Duration) -> Result<bool, LogError> {
        let until = Instant::now() + within;
        loop {
            let writer = std::sync::Arc::clone(&self.inner.writer);
            let task = tokio::task::spawn_blocking(move || writer.lock().empty_wal());
            let emptied =
                task.await.map_err(|e| LogError::Stopped(e.to_string()))?.map_err(database_error)?;
            if emptied || Instant::now() >= until {
                return Ok(emptied);
            }
            tokio::time::sleep(A_MOMENT).await;
        }
    }
}
