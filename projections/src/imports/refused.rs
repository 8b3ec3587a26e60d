//! The refused rows of an upload or a paste, which the log keeps whole for a limited time.

use domain::{Code, Counts, ImportId, LicenseId};
use serde::Serialize;

use crate::{
    QueryError, columns,
    sql::{Conn, Dialect, Row, SqlError},
    values,
};

/// A row that was refused. No `Debug`: holds what somebody wrote.
#[derive(Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RefusedItem {
    /// Which item of the import, counted from 1 without blank ones.
    pub row: u64,
    /// The line in the file or paste, counted from 1; of an undoing, in the file whose import is undone, if it was one.
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
    /// The whole row of a file, cell by cell, as it was given; nothing where a row is one address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cells: Option<Vec<String>>,
}

/// How the file is written whose rows were refused. No `Debug`: a file may name people in its header row.
pub struct RefusedFile {
    /// Into which license.
    pub license: LicenseId,
    /// The names in its header row; nothing of a paste.
    pub columns: Option<Vec<String>>,
    /// What stands between its cells.
    pub separator: char,
    /// How many cells its longest refused row has.
    pub width: usize,
}

/// How the file of an import or of a preview is written, if rows of it were refused and are still kept.
pub fn refused_file(conn: &Conn<'_>, import: ImportId) -> Result<Option<RefusedFile>, QueryError> {
    let snapshot = conn.snapshot()?;
    let cells = match conn.dialect() {
        Dialect::Sqlite => "cells",
        Dialect::Postgres { .. } => "cells::json",
    };
    let sql = format!(
        "SELECT license_id, columns, separator,
                (SELECT max(json_array_length({cells})) FROM refused_rows WHERE import_id = ?1) AS width
         FROM refused_imports WHERE import_id = ?1"
    );
    snapshot.first(&sql, values![import.0], |row| {
        Ok(RefusedFile {
            license: LicenseId(row.get("license_id")?),
            columns: columns::maybe_json(row, "columns")?,
            separator: row.get::<String>("separator")?.chars().next().unwrap_or(','),
            width: row.get::<Option<usize>>("width")?.unwrap_or(0),
        })
    })
}

/// The refused rows of an import or of a preview, in the order of the file, after a row; 0: from the first.
///
/// Fewer than `limit` are the last ones. They are kept with the events themselves, so they are never behind.
pub fn refused_rows(
    conn: &Conn<'_>,
    import: ImportId,
    after_row: u64,
    limit: usize,
) -> Result<Vec<RefusedItem>, QueryError> {
    let sql = "SELECT item, line, value, code, reason, hint, cells FROM refused_rows
               WHERE import_id = ? AND item > ? ORDER BY item LIMIT ?";
    conn.all(sql, values![import.0, after_row, limit], |row| {
        Ok(RefusedItem {
            row: row.get("item")?,
            line: row.get("line")?,
            value: row.get("value")?,
            code: columns::word(row, "code")?,
            reason: row.get("reason")?,
            hint: row.get("hint")?,
            cells: columns::maybe_json(row, "cells")?,
        })
    })
}

/// How many rows of an import or of a preview were refused for which reason, of those that are still kept.
pub fn refused_counts(conn: &Conn<'_>, import: ImportId) -> Result<Counts, QueryError> {
    let sql = "SELECT code, count(*) AS rows FROM refused_rows WHERE import_id = ? GROUP BY code";
    let read = |row: &Row<'_>| Ok::<_, SqlError>((columns::word(row, "code")?, row.get("rows")?));
    Ok(Counts(conn.all(sql, values![import.0], read)?.into_iter().collect()))
}
