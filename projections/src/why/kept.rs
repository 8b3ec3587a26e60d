//! Of somebody whom the history of a license does not know: the refused rows that are still kept.

use chrono::{DateTime, Utc};
use domain::{Code, EmailAddress, ImportId, LicenseId, Metadata, Source, number::grouped, outcome::in_short};
use eventlog::{LogError, Position, Spellings};
use serde::Serialize;

use crate::{
    QueryError, columns, directory,
    imports::file_of,
    sql::{Conn, Row, SqlError, Stream},
    values,
};

/// What the refused rows of a license say of an address.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct KeptRows {
    /// How many rows were searched: those of the newest imports first.
    pub searched: u64,
    /// Whether these are all that are kept.
    pub all: bool,
    /// When the oldest of them was refused: so far back the answer reaches; nothing where none is kept.
    pub since: Option<DateTime<Utc>>,
    /// What was found, in a sentence.
    pub text: String,
    /// How many of those that were searched hold the address.
    pub found: u64,
    /// The first of them, the newest import first.
    pub rows: Vec<KeptRow>,
}

/// A refused row that holds the address. What else stands in it, `imports` shows to those who may see it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct KeptRow {
    /// The import.
    #[schema(value_type = uuid::Uuid)]
    pub import_id: ImportId,
    /// Which item of it, counted from 1.
    pub row: u64,
    /// The line in the file or paste, counted from 1.
    pub line: u64,
    /// By which way it was given.
    #[schema(value_type = String)]
    pub source: Source,
    /// What the file was called, where it was one and that is still kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Why it was refused.
    #[schema(value_type = String)]
    pub code: Code,
    /// The same in a sentence.
    pub reason: &'static str,
    /// What to do.
    pub hint: String,
    /// When the last row of that import was refused.
    pub refused_at: DateTime<Utc>,
}

/// What of a refused row is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// What was taken for the address, and the advice about it: whoever may not read the rows could otherwise find out, word
    /// by word, what somebody wrote beside it.
    Address,
    /// All of it.
    WholeRow,
}

/// So many rows are looked at: a license may have millions, if somebody gave the wrong file.
const SEARCHED: u64 = 100_000;

/// So many that hold the address are told.
const TOLD: usize = 20;

/// Searches the refused rows of a license that are still kept for an address. A preview refuses nobody: its rows say nothing.
pub(super) fn kept_rows(
    conn: &Conn<'_>,
    license: LicenseId,
    normalised: &str,
    within: Within,
) -> Result<KeptRows, QueryError> {
    // The ids of imports are ordered by time.
    let sql =
        "SELECT import_id, recorded_at FROM refused_imports WHERE license_id = ? ORDER BY import_id DESC";
    let read = |row: &Row<'_>| Ok::<_, SqlError>((ImportId(row.get(0)?), columns::time(row, "recorded_at")?));
    let imports: Vec<(ImportId, DateTime<Utc>)> = conn.all(sql, values![license.0], read)?;
    let spellings = match EmailAddress::parse(normalised) {
        Ok(email) => Spellings::of_address(&email),
        Err(_) => Spellings::of([normalised]),
    };
    let mut kept =
        KeptRows { searched: 0, all: true, since: None, text: String::new(), found: 0, rows: Vec::new() };
    // Who gave the newest row.
    let mut newest = None;
    for (import, refused_at) in imports {
        let Some(begun) = begun(conn, import)? else { continue };
        if kept.searched == SEARCHED {
            kept.all = false;
            break;
        }
        let before = kept.rows.len();
        kept.search(conn, import, (begun.source, refused_at), (&spellings, within))?;
        if kept.rows.len() > before {
            let file = file_of(conn, import)?.and_then(|file| file.name);
            kept.rows[before..].iter_mut().for_each(|row| row.file.clone_from(&file));
            newest = newest.or(Some(begun.actor));
        }
    }
    let by = newest.map(|actor| directory::email(conn, actor)).transpose()?.flatten();
    kept.text = kept.told(by.as_deref());
    Ok(kept)
}

/// How an import began; nothing of a preview, of which nothing is in the log.
fn begun(conn: &Conn<'_>, import: ImportId) -> Result<Option<Metadata>, QueryError> {
    let sql = "SELECT position, metadata FROM events WHERE aggregate_id = ? ORDER BY sequence LIMIT 1";
    conn.first(sql, values![Stream(import.0)], |row| {
        let (position, metadata): (Position, String) = (row.get(0)?, row.get(1)?);
        let damaged = |error| LogError::Damaged { position, what: format!("metadata: {error}") };
        Ok(serde_json::from_str(&metadata).map_err(damaged)?)
    })
}

/// Where a row stands, in what somebody gave.
fn given(row: &KeptRow, by: Option<&str>) -> String {
    let (by, on) = (by.unwrap_or("an erased person"), row.refused_at.date_naive());
    let of = match (row.source, &row.file) {
        (Source::Csv, Some(name)) => format!("in line {} of the CSV file \"{name}\"", row.line),
        (Source::Csv, None) => format!("in line {} of a CSV file", row.line),
        (Source::Email, _) => format!("as item {} of what was pasted", row.row),
        (_, _) => format!("as item {} of what was given", row.row),
    };
    format!("{of} by {by}, on {on} ({})", in_short(row.code))
}

impl KeptRows {
    fn search(
        &mut self,
        conn: &Conn<'_>,
        import: ImportId,
        (source, refused_at): (Source, DateTime<Utc>),
        (spellings, within): (&Spellings, Within),
    ) -> Result<(), QueryError> {
        let left = SEARCHED - self.searched;
        let sql = "SELECT item, line, value, cells, code, hint FROM refused_rows WHERE import_id = ?
                   ORDER BY item LIMIT ?";
        let read = |row: &Row<'_>| {
            self.searched += 1;
            // With the advice, which names the address that was meant.
            let held = [row.text("value")?, row.text("hint")?];
            let is_held = held.into_iter().flatten().any(|text| spellings.stand_in(text))
                || within == Within::WholeRow
                    && row.text("cells")?.is_some_and(|cells| spellings.stand_in_cells(cells));
            self.found += u64::from(is_held);
            if is_held && self.rows.len() < TOLD {
                let code: Code = columns::word(row, "code")?;
                let (import_id, reason, hint) = (import, code.meaning(), row.get("hint")?);
                let (row, line) = (row.get("item")?, row.get("line")?);
                // It is the import's, and looked up once for all of its rows.
                let file = None;
                self.rows.push(KeptRow {
                    import_id,
                    row,
                    line,
                    source,
                    file,
                    code,
                    reason,
                    hint,
                    refused_at,
                });
            }
            Ok::<_, SqlError>(())
        };
        let looked = conn.all(sql, values![import.0, left + 1], read)?.len();
        if u64::try_from(looked).unwrap_or(u64::MAX) > left {
            (self.searched, self.all) = (SEARCHED, false);
        }
        self.since = Some(self.since.map_or(refused_at, |since| since.min(refused_at)));
        Ok(())
    }

    fn told(&self, by: Option<&str>) -> String {
        let Some(since) = self.since else {
            return "No refused row of this license is kept: they are forgotten after some days.".to_owned();
        };
        let (since, all) = (since.date_naive(), if self.all { "" } else { " (not all that are kept)" });
        match self.rows.first() {
            None if self.searched == 1 => {
                format!("The one refused row that was searched{all} does not hold it; it is of {since}.")
            }
            None => format!(
                "None of the {} refused rows that were searched{all} holds it; they reach back to {since}.",
                grouped(self.searched)
            ),
            Some(row) => format!(
                "It stands in {} refused {} {}; those that were searched{all} reach back to {since}.",
                grouped(self.found),
                if self.found == 1 { "row," } else { "rows; the newest import's first one stands" },
                given(row, by),
            ),
        }
    }
}
