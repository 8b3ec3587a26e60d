//! Refused rows: written with their commit, forgotten after a while.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::{Database, error::database_error};
use crate::{contract::Commit, faults::place, outcome::LogError};

/// Rows that are forgotten in one go: others wait for the database meanwhile.
const AT_ONCE: usize = 5_000;

pub(super) fn write(conn: &Connection, commit: &Commit, now: i64) -> rusqlite::Result<()> {
    let Some(refused) = &commit.refused else { return Ok(()) };
    let text = |cells: &[String]| serde_json::Value::from(cells).to_string();
    conn.prepare_cached(
        "INSERT INTO refused_imports VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (import_id) DO UPDATE SET recorded_at = excluded.recorded_at",
    )?
    .execute(params![
        refused.import_id.0,
        refused.license_id.0,
        refused.columns.as_deref().map(text),
        refused.separator.to_string(),
        now
    ])?;
    let mut insert = conn.prepare_cached("INSERT INTO refused_rows VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?;
    for row in &refused.rows {
        insert.execute(params![
            refused.import_id.0,
            row.row,
            row.line,
            row.value,
            row.code.as_str(),
            row.reason,
            row.hint,
            row.cells.as_deref().map(text)
        ])?;
    }
    Ok(())
}

impl Database {
    /// Forgets the refused rows of imports that refused their last one before an instant. How many there were.
    pub async fn forget_refused(&self, before: DateTime<Utc>) -> Result<usize, LogError> {
        let before = before.timestamp_micros();
        let mut forgotten = 0;
        while let Some(import) = self.read_now(|conn| oldest(conn, before).map_err(database_error))? {
            let some = move |conn: &Connection| forget_some(conn, import).map_err(database_error);
            forgotten += self.write(AT_ONCE, some).await?;
            place("refused.some_forgotten");
        }
        Ok(forgotten)
    }
}

fn oldest(conn: &Connection, before: i64) -> rusqlite::Result<Option<Uuid>> {
    let sql = "SELECT import_id FROM refused_imports WHERE recorded_at < ? LIMIT 1";
    conn.prepare_cached(sql)?.query_row([before], |row| row.get(0)).optional()
}

fn forget_some(conn: &Connection, import: Uuid) -> rusqlite::Result<usize> {
    let sql = "DELETE FROM refused_rows WHERE import_id = ?1
               AND item IN (SELECT item FROM refused_rows WHERE import_id = ?1 LIMIT ?2)";
    let forgotten = conn.prepare_cached(sql)?.execute(params![import, AT_ONCE])?;
    if forgotten < AT_ONCE {
        conn.prepare_cached("DELETE FROM refused_imports WHERE import_id = ?")?.execute([import])?;
    }
    Ok(forgotten)
}
