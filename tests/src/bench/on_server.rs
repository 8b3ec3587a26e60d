//! The raw limits on a server: `COPY` and `pgbench`, and nothing of ours around them.

use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use eventlog::conformance::server::Server;
use futures_util::TryStreamExt;
use projections::{
    MODELS,
    store::{Models, schema_of},
};
use sqlx::{Connection, Executor, PgConnection, Row};

use crate::{fixture::Failed, raw};

/// The tables that a commit writes.
const LOG: [&str; 6] = ["events", "directory", "memberships", "commands", "license_heads", "seat_pools"];

/// Bytes sent at a time.
const PIECE: usize = 1 << 20;

/// Where the tables of the log are.
pub fn log() -> Vec<String> {
    LOG.map(|table| format!("public.{table}")).into()
}

/// Where those are that are made from it.
pub fn read_models(models: Models) -> Vec<String> {
    let schema = schema_of(models);
    models.iter().flat_map(|model| model.tables()).map(|table| format!("{schema}.{table}")).collect()
}

/// How long it takes to copy all rows of these tables into new ones with the same indexes. Reading is not counted.
pub async fn copied(url: &str, folder: &Path, tables: &[String]) -> Result<Duration, Failed> {
    let mut conn = PgConnection::connect(url).await?;
    conn.execute("DROP SCHEMA IF EXISTS raw CASCADE; CREATE SCHEMA raw").await?;
    let mut taken = Duration::ZERO;
    for live in tables {
        let (_, table) = live.split_once('.').ok_or("a table without a schema")?;
        conn.execute(&*format!("CREATE TABLE raw.{table} (LIKE {live} INCLUDING ALL)")).await?;
        let rows = folder.join("rows");
        copy_out(&mut conn, live, &rows).await?;
        taken += copy_in(&mut conn, &format!("raw.{table}"), &rows).await?;
    }
    conn.execute("DROP SCHEMA raw CASCADE").await?;
    conn.close().await?;
    Ok(taken)
}

/// Rows a second: the finished rows of `members` into an empty table, its indexes after.
pub async fn finished_members(url: &str, folder: &Path) -> Result<f64, Failed> {
    let mut conn = PgConnection::connect(url).await?;
    conn.execute("DROP SCHEMA IF EXISTS raw CASCADE; CREATE SCHEMA raw").await?;
    let members = format!("{}.members", schema_of(&MODELS));
    let like = format!("CREATE TABLE raw.members (LIKE {members} INCLUDING ALL EXCLUDING INDEXES)");
    conn.execute(&*like).await?;
    let sql = "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = $1::regclass";
    let indexes: Vec<String> = sqlx::query_scalar(sql).bind(&members).fetch_all(&mut conn).await?;
    let rows = folder.join("rows");
    copy_out(&mut conn, &members, &rows).await?;
    let count = format!("SELECT count(*) FROM {members}");
    let count: i64 = sqlx::query(&count).fetch_one(&mut conn).await?.try_get(0)?;
    let started = Instant::now();
    copy_in(&mut conn, "raw.members", &rows).await?;
    for index in indexes {
        conn.execute(&*index.replace(&format!(" ON {members}"), " ON raw.members")).await?;
    }
    let rate = raw::rate(usize::try_from(count)?, started);
    conn.execute("DROP SCHEMA raw CASCADE").await?;
    conn.close().await?;
    Ok(rate)
}

/// Events a second, copied out in order; nothing is decoded.
pub async fn read_all(url: &str) -> Result<f64, Failed> {
    let mut conn = PgConnection::connect(url).await?;
    let count: i64 = sqlx::query("SELECT count(*) FROM events").fetch_one(&mut conn).await?.try_get(0)?;
    let started = Instant::now();
    let mut out = conn.copy_out_raw("COPY (SELECT * FROM events ORDER BY position) TO STDOUT").await?;
    let mut bytes = 0;
    while let Some(piece) = out.try_next().await? {
        bytes += piece.len();
    }
    drop(out);
    std::hint::black_box(bytes);
    let rate = raw::rate(usize::try_from(count)?, started);
    conn.close().await?;
    Ok(rate)
}

async fn copy_out(conn: &mut PgConnection, table: &str, path: &Path) -> Result<(), Failed> {
    let mut file = std::io::BufWriter::new(File::create(path)?);
    let mut out = conn.copy_out_raw(&format!("COPY {table} TO STDOUT")).await?;
    while let Some(piece) = out.try_next().await? {
        file.write_all(&piece)?;
    }
    file.flush()?;
    Ok(())
}

async fn copy_in(conn: &mut PgConnection, table: &str, path: &Path) -> Result<Duration, Failed> {
    let mut file = File::open(path)?;
    let started = Instant::now();
    let mut copy = conn.copy_in_raw(&format!("COPY {table} FROM STDIN")).await?;
    let mut piece = vec![0; PIECE];
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            break;
        }
        copy.send(&piece[..read]).await?;
    }
    copy.finish().await?;
    Ok(started.elapsed())
}

/// What somebody does who knows nothing of all this: look up the stream, insert its next event, commit.
const PLAIN: &str = r"
\set n random(1, 200000)
BEGIN;
SELECT max(sequence) AS last FROM plain WHERE aggregate_type = 'membership' AND aggregate_id = 'stream-' || :n \gset
INSERT INTO plain VALUES ('membership', 'stream-' || :n, :last + 1, 'InviteAccepted', '1', '{}', '{}');
COMMIT;
";

/// Transactions a second of `pgbench` on the same server.
pub async fn plain_transactions(server: &Server, folder: &Path, clients: usize) -> Result<f64, Failed> {
    server.tell("postgres", "DROP DATABASE IF EXISTS plain").await;
    server.tell("postgres", "CREATE DATABASE plain").await;
    server
        .tell(
            "plain",
            "CREATE TABLE plain (aggregate_type text, aggregate_id text, sequence bigint, event_type text,
                event_version text, payload json, metadata json,
                PRIMARY KEY (aggregate_type, aggregate_id, sequence));
             INSERT INTO plain SELECT 'membership', 'stream-' || n, 1, 'UserInvited', '1', '{}', '{}'
                FROM generate_series(1, 200000) n",
        )
        .await;
    server.tell("plain", "VACUUM ANALYZE plain").await;
    let script = folder.join("plain.sql");
    std::fs::write(&script, PLAIN)?;
    let said = Command::new("pgbench")
        .args(["-n", "-M", "prepared", "-T", "5", "-j", "2", "-c", &clients.to_string(), "-f"])
        .arg(&script)
        .arg(server.url("plain"))
        .output()?;
    let said = String::from_utf8(said.stdout)?;
    let tps = said.lines().find_map(|line| line.strip_prefix("tps = "));
    let rate = tps.and_then(|line| line.split(' ').next()?.parse().ok());
    rate.ok_or_else(|| format!("pgbench: {said}").into())
}
