//! The refused rows of an upload or a paste, which the log keeps whole for a limited time.

use domain::{Code, Counts, ImportId};
use rusqlite::{Connection, params};
use serde::Serialize;

use crate::{QueryError, columns};

/// A row that was refused. No `Debug`: holds what somebody wrote.
#[derive(Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RefusedItem {
    /// Which item of the import, counted from 1 without blank ones.
    pub row: u64,
    /// The line in the file or paste, counted from 1.
    pub line: u64,
    /// As it was given.
    pub value: String,
    /// The outcome code.
    #[schema(value_type = String)]
    pub code: Code,
    /// What was wrong with it.
    pub reason: String,
    /// What to do.
    pub hint: String,
}

/// The refused rows of an import or of a preview, in the order of the file, after a row; 0: from the first.
///
/// Fewer than `limit` are the last ones. They are kept with the events themselves, so they are never behind.
pub fn refused_rows(
    conn: &Connection,
    import: ImportId,
    after_row: u64,
    limit: usize,
) -> Result<Vec<RefusedItem>, QueryError> {
    let mut statement = conn.prepare_cached(
        "SELECT item, line, value, code, reason, hint FROM refused_rows
         WHERE import_id = ? AND item > ? ORDER BY item LIMIT ?",
    )?;
    let rows = statement.query_map(params![import.0, after_row, limit], |row| {
        Ok(RefusedItem {
            row: row.get("item")?,
            line: row.get("line")?,
            value: row.get("value")?,
            code: columns::word(row, "code")?,
            reason: row.get("reason")?,
            hint: row.get("hint")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many rows of an import or of a preview were refused for which reason, of those that are still kept.
pub fn refused_counts(conn: &Connection, import: ImportId) -> Result<Counts, QueryError> {
    let mut statement = conn.prepare_cached(
        "SELECT code, count(*) AS rows FROM refused_rows WHERE import_id = ? GROUP BY code",
    )?;
    let counts =
        statement.query_map([import.0], |row| Ok((columns::word(row, "code")?, row.get("rows")?)))?;
    Ok(Counts(counts.collect::<Result<_, _>>()?))
}
