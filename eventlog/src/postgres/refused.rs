//! Refused rows: written with their commit, forgotten after a while.

use chrono::{DateTime, Utc};

use super::{Postgres, error::database_error};
use crate::{contract::Refused, faults::place, outcome::LogError};

/// Rows that are forgotten in one go.
const AT_ONCE: i64 = 5_000;

/// What one import's rows are written as, column by column.
pub(super) struct Columns {
    pub imports: Vec<uuid::Uuid>,
    pub items: Vec<i64>,
    pub lines: Vec<i64>,
    pub values: Vec<String>,
    pub codes: Vec<&'static str>,
    pub reasons: Vec<String>,
    pub hints: Vec<String>,
    pub cells: Vec<Option<String>>,
}

pub(super) fn columns(refused: &[&Refused]) -> Columns {
    let rows = || refused.iter().flat_map(|refused| refused.rows.iter().map(|row| (refused.import_id, row)));
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    Columns {
        imports: rows().map(|(import, _)| import.0).collect(),
        items: rows().map(|(_, row)| number(row.row)).collect(),
        lines: rows().map(|(_, row)| number(row.line)).collect(),
        values: rows().map(|(_, row)| storable(&row.value)).collect(),
        codes: rows().map(|(_, row)| row.code.as_str()).collect(),
        reasons: rows().map(|(_, row)| storable(&row.reason)).collect(),
        hints: rows().map(|(_, row)| storable(&row.hint)).collect(),
        cells: rows().map(|(_, row)| row.cells.as_deref().map(json)).collect(),
    }
}

/// Texts as a JSON array. A NUL is an escape there: the whole row of a file comes back as it was.
pub(super) fn json(cells: &[String]) -> String {
    serde_json::Value::from(cells).to_string()
}

/// The one character that `PostgreSQL`'s texts can't hold is shown as what it is: no character.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

impl Postgres {
    /// Forgets the refused rows of imports that refused their last one before an instant. How many there were.
    pub async fn forget_refused(&self, before: DateTime<Utc>) -> Result<usize, LogError> {
        let mut forgotten = 0;
        let before = before.timestamp_micros();
        while let Some((import, rows)) = self.forget_some(before).await.map_err(database_error)? {
            forgotten += rows;
            tracing::debug!(%import, rows, "refused rows were forgotten");
            place("refused.some_forgotten");
        }
        Ok(forgotten)
    }

    /// The import's own row is taken first: a commit that adds rows to it waits, or was before.
    async fn forget_some(&self, before: i64) -> sqlx::Result<Option<(uuid::Uuid, usize)>> {
        let mut transaction = self.inner.pool.begin().await?;
        let oldest =
            "SELECT import_id FROM refused_imports WHERE recorded_at < $1 LIMIT 1 FOR UPDATE SKIP LOCKED";
        let oldest = sqlx::query_scalar(oldest).bind(before).fetch_optional(&mut *transaction).await?;
        let Some(import) = oldest else { return Ok(None) };
        let some = "DELETE FROM refused_rows WHERE import_id = $1 AND item IN
                    (SELECT item FROM refused_rows WHERE import_id = $1 LIMIT $2)";
        let some =
            sqlx::query(some).bind(import).bind(AT_ONCE).execute(&mut *transaction).await?.rows_affected();
        if some < AT_ONCE.unsigned_abs() {
            let all = "DELETE FROM refused_imports WHERE import_id = $1";
            sqlx::query(all).bind(import).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(Some((import, usize::try_from(some).unwrap_or(usize::MAX))))
    }
}
