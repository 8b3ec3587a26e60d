//! The raw limit of an import: the very same rows into the same tables with the same indexes, and nothing else.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags, Rows, Statement, params_from_iter, types::Value};

use crate::{fixture::Failed, raw};

/// Rows of each table in a transaction.
const CHUNK: usize = 10_000;

/// How long it takes to insert all that a file holds into a new one, as durably. Reading is not counted.
pub fn same_rows(live: &Path, path: &Path, synchronous: &str) -> Result<Duration, Failed> {
    let source = Connection::open_with_flags(live, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let target = raw::open(path)?;
    target.pragma_update(None, "synchronous", synchronous)?;
    for sql in texts(
        &source,
        "SELECT sql FROM sqlite_schema WHERE type IN ('table', 'index') AND sql IS NOT NULL ORDER BY type DESC",
    )? {
        target.execute_batch(&sql)?;
    }
    let tables = texts(&source, "SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let mut selects = tables.iter().map(|table| select(&source, table)).collect::<Result<Vec<_>, _>>()?;
    let mut inserts = Vec::new();
    for (table, select) in tables.iter().zip(&selects) {
        let marks = vec!["?"; select.column_count()].join(", ");
        inserts.push(target.prepare(&format!("INSERT INTO {table} VALUES ({marks})"))?);
    }
    let mut cursors = selects.iter_mut().map(|s| s.query([])).collect::<Result<Vec<_>, _>>()?;
    let mut taken = Duration::ZERO;
    loop {
        let chunks = cursors.iter_mut().map(next_rows).collect::<Result<Vec<_>, _>>()?;
        if chunks.iter().all(Vec::is_empty) {
            return Ok(taken);
        }
        let started = Instant::now();
        target.execute_batch("BEGIN IMMEDIATE")?;
        for (insert, rows) in inserts.iter_mut().zip(&chunks) {
            for row in rows {
                insert.execute(params_from_iter(row))?;
            }
        }
        target.execute_batch("COMMIT")?;
        taken += started.elapsed();
    }
}

/// All rows of a table in the order of its key.
fn select<'conn>(source: &'conn Connection, table: &str) -> Result<Statement<'conn>, Failed> {
    let keys =
        texts(source, &format!("SELECT name FROM pragma_table_info('{table}') WHERE pk > 0 ORDER BY pk"))?;
    let order = if keys.is_empty() { String::new() } else { format!("ORDER BY {}", keys.join(", ")) };
    Ok(source.prepare(&format!("SELECT * FROM {table} {order}"))?)
}

fn next_rows(rows: &mut Rows<'_>) -> rusqlite::Result<Vec<Vec<Value>>> {
    let mut chunk = Vec::new();
    while chunk.len() < CHUNK
        && let Some(row) = rows.next()?
    {
        chunk.push((0..row.as_ref().column_count()).map(|i| row.get(i)).collect::<Result<_, _>>()?);
    }
    Ok(chunk)
}

fn texts(conn: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    conn.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}
