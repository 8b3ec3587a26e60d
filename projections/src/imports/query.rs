//! The imports of a license, and one by its id.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{Code, Counts, ImportId, ImportMode, LicenseId, Source, SubjectId, import::Phase};
use eventlog::Position;
use serde::Serialize;
use uuid::Uuid;

use super::file::{ImportedFile, file_of};
use crate::{
    Cursor, QueryError, columns,
    cursor::ListName,
    directory,
    sql::{Conn, Row, SqlError, ToValue},
    status, values,
};

/// Which page of a license's imports, or of all of them; the newest come first.
#[derive(Debug, Clone)]
pub struct ImportsQuery {
    /// Of one license only, if one is named.
    pub license: Option<LicenseId>,
    /// Of all licenses, those only that run, or those that have ended.
    pub running: Option<bool>,
    /// From the page before.
    pub cursor: Option<String>,
    /// How many; at most [`ImportsQuery::MOST`].
    pub limit: usize,
}

/// One import. No `Debug`: holds an address.
#[derive(Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ImportSummary {
    /// The import.
    #[schema(value_type = Uuid)]
    pub import_id: ImportId,
    /// Into which license.
    #[schema(value_type = Uuid)]
    pub license_id: LicenseId,
    /// What it does with the people: `add`, `invite`, `remove` or `withdraw`.
    #[schema(value_type = String)]
    pub mode: ImportMode,
    /// The import that it undoes, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    pub undoes: Option<ImportId>,
    /// By which way they were given: `email` for pasted addresses, `csv` for a file.
    #[schema(value_type = String)]
    pub source: Source,
    /// The file that they were given in; nothing where there was none, and once somebody of the license was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<ImportedFile>,
    /// Who began it: the address; nothing once erased.
    pub started_by: Option<String>,
    /// Who acted for them, if anybody; all zeros: the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    pub acted_by: Option<SubjectId>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// `running`, `completed`, `cancelled` or `failed`.
    #[schema(value_type = String)]
    pub phase: Phase,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub code: Option<Code>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// How many rows were applied so far.
    pub rows: u64,
    /// How many rows had which outcome so far.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub counts: Counts,
    /// The position of its first event.
    pub started_position: Position,
    /// The position of its last event so far.
    pub last_position: Position,
}

/// A page of a license's imports. No `Debug`: holds addresses.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ImportsPage {
    /// The log's position that the page is true for.
    pub position: Position,
    /// The imports.
    pub items: Vec<ImportSummary>,
    /// For the next page; nothing on the last.
    pub next_cursor: Option<String>,
}

/// One import. No `Debug`: holds an address.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ImportDetail {
    /// The log's position that the answer is true for.
    pub position: Position,
    /// What the list says, too.
    #[serde(flatten)]
    pub summary: ImportSummary,
}

impl ImportsQuery {
    /// Imports on a page, at most.
    pub const MOST: usize = 500;

    /// Reads a page in one snapshot.
    pub fn run(&self, conn: &Conn<'_>) -> Result<ImportsPage, QueryError> {
        let snapshot = conn.snapshot()?;
        let list = ListName::of("imports").with("license", self.license).with("running", self.running);
        let before = match &self.cursor {
            Some(cursor) => Cursor::read(cursor, list.as_str())?,
            None => i64::MAX.unsigned_abs(),
        };
        let limit = self.limit.clamp(1, Self::MOST);
        let (of, license) = self.shape()?;
        let sql = format!("SELECT * FROM imports WHERE id < ?1{of} ORDER BY id DESC LIMIT ?2");
        let many = limit + 1;
        let mut values: Vec<&dyn ToValue> = vec![&before, &many];
        values.extend(license.iter().map(|license| license as &dyn ToValue));
        let mut items: Vec<ImportSummary> = snapshot.all(&sql, &values, |row| read(&snapshot, row))?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor =
            items.last().filter(|_| more).map(|last| Cursor::after(list.as_str(), last.started_position));
        Ok(ImportsPage { position: status::position(&snapshot, "imports")?, items, next_cursor })
    }
}

impl ImportsQuery {
    /// Which imports, each read from an index.
    fn shape(&self) -> Result<(&'static str, Option<Uuid>), QueryError> {
        Ok(match (self.license, self.running) {
            (Some(license), None) => (" AND license_id = ?3", Some(license.0)),
            (None, None) => ("", None),
            (None, Some(true)) => (" AND phase = 'running'", None),
            (None, Some(false)) => (" AND phase <> 'running'", None),
            (Some(_), Some(_)) => {
                let what = "state: the imports of one license are not listed by whether they run";
                let instead = "Leave state out, or ask for the imports of all licenses.";
                return Err(QueryError::not_offered(what, instead));
            }
        })
    }
}

/// One import, read in one snapshot.
pub fn import(conn: &Conn<'_>, import: ImportId) -> Result<Option<ImportDetail>, QueryError> {
    let snapshot = conn.snapshot()?;
    let sql = "SELECT * FROM imports WHERE import_id = ?";
    let summary = snapshot.first(sql, values![import.0], |row| read(&snapshot, row))?;
    let position = status::position(&snapshot, "imports")?;
    Ok(summary.map(|summary| ImportDetail { position, summary }))
}

/// The import that undoes another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undoing {
    /// Its id.
    pub import_id: ImportId,
    /// Whether it has not ended.
    pub is_running: bool,
    /// How many people it has changed back so far.
    pub changed: u64,
}

/// Which imports of a license that began behind a position were undone, and by which one that was not stopped before its end;
/// by the last where there are several.
pub fn undoings(
    conn: &Conn<'_>,
    license: LicenseId,
    after: Position,
) -> Result<HashMap<ImportId, Undoing>, QueryError> {
    // Through the index of the license's imports; what undoes one began behind it.
    let sql = "SELECT undoes, import_id, phase = 'running' AS running, counts FROM imports
               WHERE license_id = ? AND id > ? AND undoes IS NOT NULL AND phase IN ('running', 'completed') ORDER BY id";
    let read = |row: &Row<'_>| {
        let counts: Counts = columns::json(row, "counts")?;
        let (import_id, is_running) = (ImportId(row.get("import_id")?), row.get("running")?);
        Ok::<_, SqlError>((
            ImportId(row.get("undoes")?),
            Undoing { import_id, is_running, changed: counts.changed() },
        ))
    };
    Ok(conn.all(sql, values![license.0, after], read)?.into_iter().collect())
}

/// Every import that has begun and not ended, of all licenses, in the order in which they began.
pub fn running_imports(conn: &Conn<'_>) -> Result<Vec<ImportId>, QueryError> {
    let sql = "SELECT import_id FROM imports WHERE phase = 'running' ORDER BY id";
    conn.all(sql, &[], |row| Ok(ImportId(row.get(0)?)))
}

fn read(conn: &Conn<'_>, row: &Row<'_>) -> Result<ImportSummary, SqlError> {
    let import_id = ImportId(row.get("import_id")?);
    Ok(ImportSummary {
        import_id,
        file: file_of(conn, import_id)?,
        license_id: LicenseId(row.get("license_id")?),
        mode: columns::word(row, "mode")?,
        undoes: row.get::<Option<Uuid>>("undoes")?.map(ImportId),
        source: columns::word(row, "source")?,
        started_by: directory::email(conn, SubjectId(row.get("started_by")?))?,
        acted_by: row.get::<Option<Uuid>>("acted_by")?.map(SubjectId),
        started_at: columns::time(row, "started_at")?,
        phase: columns::word(row, "phase")?,
        code: columns::maybe_word(row, "code")?,
        ended_at: columns::maybe_time(row, "ended_at")?,
        rows: row.get("rows")?,
        counts: columns::json(row, "counts")?,
        started_position: row.get("id")?,
        last_position: row.get("last_position")?,
    })
}
