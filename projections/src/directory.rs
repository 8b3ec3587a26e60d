//! Names behind subject ids.

use domain::SubjectId;
use rusqlite::{CachedStatement, Connection, OptionalExtension};
use uuid::Uuid;

/// The address of a subject as first spelled; `None` for the operator and for erased people.
pub(crate) fn email(conn: &Connection, subject: SubjectId) -> rusqlite::Result<Option<String>> {
    conn.prepare_cached("SELECT email FROM directory WHERE subject_id = ?")?
        .query_row([subject.0], |row| row.get(0))
        .optional()
}

/// Addresses as first spelled, with their normalised forms: prepared once for many.
pub(crate) struct Names<'conn>(CachedStatement<'conn>);

impl<'conn> Names<'conn> {
    pub(crate) fn of(conn: &'conn Connection) -> rusqlite::Result<Self> {
        conn.prepare_cached("SELECT email, normalised FROM directory WHERE subject_id = ?").map(Self)
    }

    pub(crate) fn get(&mut self, subject: SubjectId) -> rusqlite::Result<Option<(String, String)>> {
        self.0.query_row([subject.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()
    }
}

/// Who is behind a normalised address.
pub(crate) fn subject(conn: &Connection, normalised: &str) -> rusqlite::Result<Option<SubjectId>> {
    conn.prepare_cached("SELECT subject_id FROM directory WHERE normalised = ?")?
        .query_row([normalised], |row| row.get::<_, Uuid>(0).map(SubjectId))
        .optional()
}
