//! The raw limits: `SQLite` with the same settings and nothing of ours around it.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use projections::members::search;
use rusqlite::Connection;

use crate::fixture::Failed;

/// Rows in a transaction.
pub const CHUNK: usize = 10_000;

/// The settings of our writer.
pub fn open(path: &Path) -> Result<Connection, Failed> {
    let conn = Connection::open(path)?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "cache_size", -65_536)?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}

const INSERT: &str = "INSERT INTO events VALUES (?, 'membership', ?, ?, ?, '1', ?, ?, ?, ?, ?, ?)";

/// Durable commits a second, one for each command: load the stream, insert the next event, commit.
pub fn one_commit_each(path: &Path, commands: usize) -> Result<f64, Failed> {
    let conn = open(path)?;
    conn.execute_batch(
        "CREATE TABLE events (position INTEGER PRIMARY KEY, aggregate_type TEXT, aggregate_id BLOB, sequence INTEGER,
            event_type TEXT, event_version TEXT, payload TEXT, metadata TEXT, event_id BLOB, license_id BLOB,
            license_sequence INTEGER, recorded_at INTEGER);
         CREATE UNIQUE INDEX events_stream ON events (aggregate_id, sequence);
         BEGIN;",
    )?;
    let insert = |position: usize, id: &uuid::Uuid, sequence: u64, name: &str, payload: &str| {
        let metadata = r#"{"actor":"01920000-0000-7000-8000-000000000000","request_id":"01920000-0000-7000-8000-000000000000","role":"member","source":"api"}"#;
        let id = id.as_bytes();
        conn.prepare_cached(INSERT)?
            .execute((position, id, sequence, name, payload, metadata, id, id, position, position))
    };
    let ids: Vec<_> = (0..commands).map(|_| uuid::Uuid::now_v7()).collect();
    for (n, id) in ids.iter().enumerate() {
        insert(n + 1, id, 1, "UserInvited", &"x".repeat(200))?;
    }
    conn.execute_batch("COMMIT")?;
    let started = Instant::now();
    for (n, id) in ids.iter().enumerate() {
        conn.execute_batch("BEGIN IMMEDIATE")?;
        let revision: u64 = conn
            .prepare_cached("SELECT max(sequence), group_concat(payload) FROM events WHERE aggregate_id = ?")?
            .query_row([id.as_bytes()], |row| row.get(0))?;
        insert(commands + n + 1, id, revision + 1, "InviteAccepted", r#"{"InviteAccepted":{}}"#)?;
        conn.execute_batch("COMMIT")?;
    }
    Ok(rate(commands, started))
}

/// Events a second, every column looked at and nothing decoded.
pub fn read_all(path: &Path) -> Result<f64, Failed> {
    let conn = Connection::open(path)?;
    let mut statement = conn.prepare("SELECT * FROM events ORDER BY position")?;
    let columns = statement.column_count();
    let (started, mut count, mut bytes) = (Instant::now(), 0, 0);
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            bytes += row.get_ref(column)?.as_bytes_or_null().map_or(0, |b| b.map_or(0, <[u8]>::len));
        }
        count += 1;
    }
    std::hint::black_box(bytes);
    Ok(rate(count, started))
}

/// Rows a second: the finished rows of `members` into an empty table, its indexes after; and the search index with
/// them, whose words are made outside the time.
pub fn finished_members(live: &Path, path: &Path) -> Result<f64, Failed> {
    let conn = open(path)?;
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    conn.execute("ATTACH ? AS live", [live.display().to_string()])?;
    let schema: Vec<String> = schema_of(&conn, "table")?;
    schema.iter().try_for_each(|sql| conn.execute_batch(sql))?;
    let rows: Vec<Vec<rusqlite::types::Value>> = {
        let mut statement = conn.prepare("SELECT * FROM live.members ORDER BY id")?;
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| (0..columns).map(|i| row.get(i)).collect())?;
        rows.collect::<Result<_, _>>()?
    };
    let words: Vec<(i64, String)> = {
        let mut statement = conn.prepare("SELECT id, license, normalised FROM live.members ORDER BY id")?;
        let found = |row: &rusqlite::Row<'_>| {
            Ok((row.get(0)?, search::words(row.get(1)?, &row.get::<_, String>(2)?)))
        };
        statement.query_map([], found)?.collect::<Result<_, _>>()?
    };
    let marks = vec!["?"; rows.first().map_or(0, Vec::len)].join(", ");
    let started = Instant::now();
    for (chunk, words) in rows.chunks(CHUNK).zip(words.chunks(CHUNK)) {
        conn.execute_batch("BEGIN IMMEDIATE")?;
        let mut insert = conn.prepare_cached(&format!("INSERT INTO members VALUES ({marks})"))?;
        let into = format!("INSERT INTO {} (rowid, words) VALUES (?, ?)", search::TABLE);
        let mut index = conn.prepare_cached(&into)?;
        for (row, words) in chunk.iter().zip(words) {
            insert.execute(rusqlite::params_from_iter(row))?;
            index.execute((words.0, &words.1))?;
        }
        drop((insert, index));
        conn.execute_batch("COMMIT")?;
    }
    for index in schema_of(&conn, "index")? {
        conn.execute_batch(&index)?;
    }
    Ok(rate(rows.len(), started))
}

fn schema_of(conn: &Connection, kind: &str) -> Result<Vec<String>, Failed> {
    let sql = "SELECT sql FROM live.sqlite_schema WHERE tbl_name IN ('members', ?2) AND type = ?1 AND sql IS NOT NULL";
    let found =
        conn.prepare(sql)?.query_map([kind, search::TABLE], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(found)
}

pub fn rate(count: usize, started: Instant) -> f64 {
    per_second(count, started.elapsed())
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
pub fn per_second(count: usize, taken: Duration) -> f64 {
    count as f64 / taken.as_secs_f64()
}
