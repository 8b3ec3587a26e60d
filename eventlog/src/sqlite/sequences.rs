//! The dense numbers of events within each license.
//!
//! They move in memory and are stored now and then, beside the commits: each commit would otherwise write one
//! page more. What the file does not hold yet is counted from the log's tail when the file is opened.

use std::collections::{HashMap, HashSet};

use domain::LicenseId;
use rusqlite::{Connection, OptionalExtension, params};

use crate::recorded::Position;

/// Licenses whose sequence is remembered; others are read again when needed.
const REMEMBERED: usize = 10_000;

/// The last number of every license.
#[derive(Default)]
pub(super) struct Sequences {
    known: HashMap<LicenseId, u64>,
    /// The file holds an older number of these.
    unstored: HashSet<LicenseId>,
    /// What the part of a batch that is being written has moved, as it was before.
    moved: Vec<(LicenseId, u64)>,
}

impl Sequences {
    /// What the file holds, and what its log's tail adds.
    pub(super) fn read(conn: &Connection) -> rusqlite::Result<Self> {
        // A damaged row is not for here to find: reading the log says where it is.
        let mut tail = conn.prepare(
            "SELECT license_id, max(license_sequence) FROM events
             WHERE position > (SELECT coalesce(max(position), 0) FROM license_heads)
               AND length(license_id) = 16 AND license_sequence IS NOT NULL
             GROUP BY license_id",
        )?;
        let rows = tail.query_map([], |row| Ok((LicenseId(row.get(0)?), row.get(1)?)))?;
        let known: HashMap<_, _> = rows.collect::<rusqlite::Result<_>>()?;
        let unstored = known.keys().copied().collect();
        Ok(Self { known, unstored, moved: Vec::new() })
    }

    /// The next number of a license.
    pub(super) fn next(&mut self, conn: &Connection, license: LicenseId) -> rusqlite::Result<u64> {
        let last = match self.known.get(&license) {
            Some(last) => *last,
            None => stored(conn, license)?,
        };
        if self.moved.last().is_none_or(|(id, _)| *id != license) {
            self.moved.push((license, last));
        }
        self.known.insert(license, last + 1);
        Ok(last + 1)
    }

    /// What moved stays so.
    pub(super) fn keep(&mut self) {
        self.unstored.extend(self.moved.drain(..).map(|(license, _)| license));
    }

    /// What moved goes back.
    pub(super) fn undo(&mut self) {
        while let Some((license, last)) = self.moved.pop() {
            self.known.insert(license, last);
        }
    }

    /// Brings the file up to date, as of a position.
    pub(super) fn store(&mut self, conn: &mut Connection, position: Position) -> rusqlite::Result<()> {
        if self.unstored.is_empty() {
            return Ok(());
        }
        let transaction = conn.transaction()?;
        {
            let mut head = transaction.prepare_cached(
                "INSERT INTO license_heads VALUES (?1, ?2, ?3) ON CONFLICT (license_id)
                 DO UPDATE SET sequence = excluded.sequence, position = excluded.position",
            )?;
            for license in &self.unstored {
                head.execute(params![license.0, self.known.get(license), position])?;
            }
        }
        transaction.commit()?;
        self.unstored.clear();
        if self.known.len() > REMEMBERED {
            self.known.clear();
        }
        Ok(())
    }
}

fn stored(conn: &Connection, license: LicenseId) -> rusqlite::Result<u64> {
    let mut statement = conn.prepare_cached("SELECT sequence FROM license_heads WHERE license_id = ?")?;
    Ok(statement.query_row([license.0], |row| row.get(0)).optional()?.unwrap_or(0))
}
