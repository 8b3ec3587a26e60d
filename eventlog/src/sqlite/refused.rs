//! Refused rows: written with their commit, forgotten after a while.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::{Database, error::database_error};
use crate::{contract::Commit, faults::place, outcome::LogError, spellings::Spellings};

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
    /// Forgets the refused rows of imports that refused their last one before an instant, and the digests of their files;
    /// those of previews, which nothing in the log speaks of, from another one on. How many rows there were.
    pub async fn forget_refused(
        &self,
        imports: DateTime<Utc>,
        previews: DateTime<Utc>,
    ) -> Result<usize, LogError> {
        let before = [imports, previews].map(|before| before.timestamp_micros());
        let mut forgotten = 0;
        for import in self.read_now(|conn| due(conn, before).map_err(database_error))? {
            loop {
                let some = move |conn: &Connection| forget_some(conn, import).map_err(database_error);
                let rows = self.write(AT_ONCE, some).await?;
                forgotten += rows;
                place("refused.some_forgotten");
                if rows < AT_ONCE {
                    break;
                }
            }
        }
        Ok(forgotten)
    }
}

impl Database {
    /// Deletes the refused rows that hold one of these spellings of an address, and what is kept of their files. How many
    /// rows there were.
    pub async fn erase_refused(&self, spellings: &Spellings) -> Result<usize, LogError> {
        let (mut erased, mut after) = (0, (Vec::new(), 0));
        loop {
            let spellings = spellings.clone();
            let read =
                move |conn: &Connection| look_through(conn, &after, &spellings).map_err(database_error);
            let Looked { found, last } = self.read(read).await?;
            if !found.is_empty() {
                let delete = move |conn: &Connection| delete(conn, &found).map_err(database_error);
                erased += self.write(AT_ONCE, delete).await?;
            }
            match last {
                Some(last) => after = last,
                None => return Ok(erased),
            }
        }
    }

    /// Forgets what files were called that hold one of these spellings in their names, and their digests. How many there were.
    pub async fn erase_file_names(&self, spellings: &Spellings) -> Result<usize, LogError> {
        let spellings = spellings.clone();
        let read = move |conn: &Connection| named(conn, &spellings).map_err(database_error);
        let found = self.read(read).await?;
        if found.is_empty() {
            return Ok(0);
        }
        let delete = move |conn: &Connection| {
            let mut file = conn.prepare_cached("DELETE FROM import_files WHERE import_id = ?")?;
            found.iter().map(|import| file.execute([import])).sum::<rusqlite::Result<usize>>()
        };
        self.write(AT_ONCE, move |conn: &Connection| delete(conn).map_err(database_error)).await
    }
}

fn named(conn: &Connection, spellings: &Spellings) -> rusqlite::Result<Vec<Uuid>> {
    let mut statement =
        conn.prepare_cached("SELECT import_id, name FROM import_files WHERE name IS NOT NULL")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if row.get_ref(1)?.as_str().is_ok_and(|name| spellings.stand_in_name(name)) {
            found.push(row.get(0)?);
        }
    }
    Ok(found)
}

/// A row's key.
type Key = (Vec<u8>, i64);

struct Looked {
    found: Vec<Key>,
    /// Nothing: there are no more.
    last: Option<Key>,
}

fn look_through(conn: &Connection, after: &Key, spellings: &Spellings) -> rusqlite::Result<Looked> {
    let sql = "SELECT import_id, item, value, reason, hint, coalesce(cells, '') FROM refused_rows
               WHERE (import_id, item) > (?, ?) ORDER BY import_id, item LIMIT ?";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params![after.0, after.1, AT_ONCE])?;
    let (mut found, mut last, mut seen) = (Vec::new(), None, 0);
    while let Some(row) = rows.next()? {
        let key: Key = (row.get(0)?, row.get(1)?);
        let texts: [String; 3] = [row.get(2)?, row.get(3)?, row.get(4)?];
        let cells: String = row.get(5)?;
        if texts.iter().any(|text| spellings.stand_in(text)) || spellings.stand_in_cells(&cells) {
            found.push(key.clone());
        }
        (last, seen) = (Some(key), seen + 1);
    }
    Ok(Looked { found, last: last.filter(|_| seen == AT_ONCE) })
}

fn delete(conn: &Connection, rows: &[Key]) -> rusqlite::Result<usize> {
    let mut row = conn.prepare_cached("DELETE FROM refused_rows WHERE import_id = ? AND item = ?")?;
    let mut file = conn.prepare_cached("DELETE FROM import_files WHERE import_id = ?")?;
    let each = |(import, item): &Key| {
        file.execute([import])?;
        row.execute(params![import, item])
    };
    rows.iter().map(each).sum()
}

/// The imports and the previews whose time is over.
fn due(conn: &Connection, before: [i64; 2]) -> rusqlite::Result<Vec<Uuid>> {
    let sql = "SELECT import_id FROM refused_imports WHERE recorded_at < ?1 OR (recorded_at < ?2 AND
               NOT EXISTS (SELECT 1 FROM events WHERE aggregate_id = import_id))";
    conn.prepare_cached(sql)?.query_map(before, |row| row.get(0))?.collect()
}

fn forget_some(conn: &Connection, import: Uuid) -> rusqlite::Result<usize> {
    let sql = "DELETE FROM refused_rows WHERE import_id = ?1
               AND item IN (SELECT item FROM refused_rows WHERE import_id = ?1 LIMIT ?2)";
    let forgotten = conn.prepare_cached(sql)?.execute(params![import, AT_ONCE])?;
    if forgotten < AT_ONCE {
        conn.prepare_cached("DELETE FROM refused_imports WHERE import_id = ?")?.execute([import])?;
        conn.prepare_cached("UPDATE import_files SET sha256 = NULL WHERE import_id = ?")?
            .execute([import])?;
    }
    Ok(forgotten)
}
