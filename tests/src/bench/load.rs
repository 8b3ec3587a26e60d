//! The raw limit of an import: the very same rows into the same tables with the same indexes, and nothing else.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use projections::members::search;
use rusqlite::{Connection, OpenFlags, Rows, Statement, params_from_iter, types::Value};

use crate::{
    fixture::Failed,
    raw::{self, CHUNK},
};

/// Where the one license begins in the log.
const LICENSE: u64 = 1;

/// How long it takes to insert all that a file holds into a new one, as durably. Reading is not counted.
pub fn same_rows(live: &Path, path: &Path, synchronous: &str) -> Result<Duration, Failed> {
    let source = Connection::open_with_flags(live, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let target = raw::open(path)?;
    target.pragma_update(None, "synchronous", synchronous)?;
    for sql in texts(&source, &schema("sql", "type IN ('table', 'index') AND sql IS NOT NULL"))? {
        target.execute_batch(&sql)?;
    }
    let tables = texts(&source, &schema("name", "type = 'table'"))?;
    let mut selects = tables.iter().map(|table| select(&source, table)).collect::<Result<Vec<_>, _>>()?;
    let mut inserts = Vec::new();
    for (table, select) in tables.iter().zip(&selects) {
        inserts.push(insert(&target, table, select.column_count())?);
    }
    let mut cursors = selects.iter_mut().map(|s| s.query([])).collect::<Result<Vec<_>, _>>()?;
    let mut taken = Duration::ZERO;
    loop {
        let mut chunks = Vec::new();
        for (table, cursor) in tables.iter().zip(&mut cursors) {
            chunks.push(next_rows(table, cursor)?);
        }
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

/// What a file's schema says of what we made: not what `SQLite` or its full-text search made for itself.
fn schema(column: &str, which: &str) -> String {
    format!(
        "SELECT {column} FROM sqlite_schema s WHERE {which} AND name NOT LIKE 'sqlite_%'
         AND name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow') ORDER BY s.type DESC"
    )
}

/// All rows of a table in the order of its key. A search index keeps none: they are made anew, outside the time.
fn select<'conn>(source: &'conn Connection, table: &str) -> Result<Statement<'conn>, Failed> {
    if table == search::TABLE {
        return Ok(
            source.prepare("SELECT id, normalised FROM members WHERE normalised IS NOT NULL ORDER BY id")?
        );
    }
    let keys =
        texts(source, &format!("SELECT name FROM pragma_table_info('{table}') WHERE pk > 0 ORDER BY pk"))?;
    let order = if keys.is_empty() { String::new() } else { format!("ORDER BY {}", keys.join(", ")) };
    Ok(source.prepare(&format!("SELECT * FROM {table} {order}"))?)
}

fn insert<'conn>(target: &'conn Connection, table: &str, columns: usize) -> Result<Statement<'conn>, Failed> {
    let into = if table == search::TABLE { format!("{table} (rowid, words)") } else { table.to_owned() };
    let marks = vec!["?"; columns].join(", ");
    Ok(target.prepare(&format!("INSERT INTO {into} VALUES ({marks})"))?)
}

fn next_rows(table: &str, rows: &mut Rows<'_>) -> rusqlite::Result<Vec<Vec<Value>>> {
    let mut chunk = Vec::new();
    while chunk.len() < CHUNK
        && let Some(row) = rows.next()?
    {
        let values = 0..row.as_ref().column_count();
        let mut values: Vec<Value> = values.map(|i| row.get(i)).collect::<Result<_, _>>()?;
        if table == search::TABLE {
            let normalised: String = row.get(1)?;
            values[1] = Value::Text(search::words(LICENSE, &normalised));
        }
        chunk.push(values);
    }
    Ok(chunk)
}

fn texts(conn: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    conn.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}
