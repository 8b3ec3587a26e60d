//! The checkpoints that were signed, in the database: the last one, and of each day before the last one of that day.

use chrono::{DateTime, Utc};
use eventlog::LogError;
use sql::{Beside, Conn, Dialect, SqlError, Types, values};

/// Where they stand, on a server where somebody else than a node may have made it.
pub const TABLE: &str = "signed_checkpoints";

/// Whoever holds it makes the table, or signs: "Seatbook" and a number, for no other lock to be the same.
const ALONE: u64 = 0x5365_6174_0000_0005;

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// They are numbered in the order in which they were signed.
    pub number: u64,
    /// The log that it is of, by its name.
    pub origin: String,
    /// As it was signed.
    pub note: String,
    /// In microseconds since 1970, UTC.
    pub signed_at: i64,
}

/// The table.
#[derive(Clone)]
pub(crate) struct Book(Beside);

impl Book {
    /// The table is made if it is not there.
    pub(crate) async fn open(beside: Beside) -> Result<Self, LogError> {
        if !beside.read(is_there).await? {
            beside.write(make).await?;
        }
        Ok(Self(beside))
    }

    /// The one that was signed last.
    pub(crate) async fn last(&self) -> Result<Option<Row>, LogError> {
        self.0.read(last).await
    }

    /// All of them, the last one first.
    pub(crate) async fn rows(&self) -> Result<Vec<Row>, LogError> {
        let sql = format!("{ROWS} ORDER BY number DESC");
        self.0.read(move |conn| conn.all(&sql, &[], row)).await
    }

    /// Adds one behind the last, if that is still the one that whoever signed has seen; whether it was.
    pub(crate) async fn add(
        &self,
        after: Option<u64>,
        origin: String,
        note: String,
        now: DateTime<Utc>,
    ) -> Result<bool, LogError> {
        let signed_at = now.timestamp_micros();
        self.0
            .write(move |conn| {
                alone(conn)?;
                let before = last(conn)?;
                if before.as_ref().map(|row| row.number) != after {
                    return Ok(false);
                }
                let number = after.unwrap_or(0) + 1;
                conn.run(
                    "INSERT INTO signed_checkpoints (number, origin, note, signed_at) VALUES (?, ?, ?, ?)",
                    values![number, origin, note, signed_at],
                )?;
                let same_day = |row: &Row| row.origin == origin && row.signed_at / DAY == signed_at / DAY;
                if let Some(row) = before.filter(same_day) {
                    conn.run("DELETE FROM signed_checkpoints WHERE number = ?", values![row.number])?;
                }
                Ok(true)
            })
            .await
    }

    /// How many there are.
    #[cfg(test)]
    pub(crate) async fn count(&self) -> u64 {
        let count =
            |conn: &Conn<'_>| Ok(conn.value("SELECT count(*) FROM signed_checkpoints", &[])?.unwrap_or(0));
        self.0.read(count).await.expect("the table")
    }
}

const ROWS: &str = "SELECT number, origin, note, signed_at FROM signed_checkpoints";

fn last(conn: &Conn<'_>) -> Result<Option<Row>, SqlError> {
    conn.first(&format!("{ROWS} ORDER BY number DESC LIMIT 1"), &[], row)
}

fn row(row: &sql::Row<'_>) -> Result<Row, SqlError> {
    Ok(Row { number: row.get(0)?, origin: row.get(1)?, note: row.get(2)?, signed_at: row.get(3)? })
}

fn alone(conn: &Conn<'_>) -> Result<(), SqlError> {
    if matches!(conn.dialect(), Dialect::Postgres { .. }) {
        conn.exists("SELECT 1 FROM (SELECT pg_advisory_xact_lock(?)) AS alone", values![ALONE])?;
    }
    Ok(())
}

/// Who only works with it need not be allowed to make it.
fn is_there(conn: &Conn<'_>) -> Result<bool, SqlError> {
    let sql = match conn.dialect() {
        Dialect::Sqlite => {
            "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'signed_checkpoints'"
        }
        Dialect::Postgres { .. } => "SELECT to_regclass('signed_checkpoints') IS NOT NULL",
    };
    Ok(conn.value(sql, &[])? == Some(true))
}

fn make(conn: &Conn<'_>) -> Result<(), SqlError> {
    alone(conn)?;
    let Types { key, number, text, end, .. } = conn.types();
    conn.batch(&format!(
        "CREATE TABLE IF NOT EXISTS signed_checkpoints (
            number    {key},
            origin    {text} NOT NULL,
            note      {text} NOT NULL,
            signed_at {number} NOT NULL -- in microseconds since 1970, UTC
        ){end}"
    ))
}
