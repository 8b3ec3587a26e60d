//! The tables, and how they come to be as this version needs them.
//!
//! Each migration runs once, in a transaction, while an advisory lock keeps other nodes waiting. Beside its number it
//! leaves the oldest program that may go on with what it made: a migration that only adds keeps nodes of the version
//! before working (expand); one that takes away what only they used comes a version later (contract).
//!
//! Those nodes go on meanwhile, and lock the same tables in an order of their own. So a migration waits for a lock only
//! so long, as everybody who comes after it waits as well, and begins again where it was in the way.

use std::time::Duration;

use sqlx::{Connection, Executor, PgConnection, Row};

use super::{
    error::{Cure, code, cure},
    session::Wanted,
    unopened,
};
use crate::outcome::LogError;

struct Migration {
    number: i32,
    /// Programs that know migrations up to this one may still use what it made.
    works_with: i32,
    sql: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, works_with: 1, sql: include_str!("schema/0001_log.sql") },
    Migration { number: 2, works_with: 1, sql: include_str!("schema/0002_key_texts.sql") },
    Migration { number: 3, works_with: 1, sql: include_str!("schema/0003_import_files.sql") },
    Migration { number: 4, works_with: 1, sql: include_str!("schema/0004_plain_writers.sql") },
    Migration { number: 5, works_with: 1, sql: include_str!("schema/0005_known_events.sql") },
    Migration { number: 6, works_with: 1, sql: include_str!("schema/0006_keys_shown.sql") },
];

/// "Seatbook", so that nobody else waits for this lock.
const LOCK: i64 = 0x5365_6174_626f_6f6b;

/// How often a migration begins again, and after which rest: that takes a minute where each try waits for a lock as long as
/// it may.
const TRIES: u32 = 60;
const REST: Duration = Duration::from_millis(500);

/// What the tables are, in numbers of migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    made_by: i32,
    works_with: i32,
}

/// Brings the tables of a database up to date. Done by [`connect`](super::Postgres::connect) as well, where the user
/// of the URL may do that; where the service's own may not, their owner does it before with this.
pub async fn migrate(url: &str) -> Result<(), LogError> {
    let wanted = Wanted::parse(url)?;
    bring_up_to_date(&wanted).await?;
    let mut conn = wanted.connect(&wanted.for_readers()).await?;
    // What searches in long lists are quick by. Where it can't be had they are slow, and a survey says so.
    let _ = conn.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm").await;
    let _ = conn.close().await;
    Ok(())
}

pub(super) async fn bring_up_to_date(wanted: &Wanted) -> Result<(), LogError> {
    let name = &wanted.name;
    let mut conn = wanted.connect(&wanted.for_readers()).await?;
    let current = newest();
    let version = version(&mut conn).await.map_err(|e| unopened::of_sqlx(name, &e))?;
    if version.made_by < current {
        run(&mut conn, current).await.map_err(|error| match code(&error).as_deref() {
            Some("42501") if version.made_by > 0 => unopened::not_ours(name),
            _ => unopened::of_sqlx(name, &error),
        })?;
    }
    check(&mut conn, name).await?;
    // Its lock goes with it, however it ends.
    let _ = conn.close().await;
    Ok(())
}

/// That this program can work with the tables that are there.
pub(super) async fn check(conn: &mut PgConnection, name: &str) -> Result<(), LogError> {
    let is_newer = is_newer(conn).await.map_err(|e| unopened::of_sqlx(name, &e))?;
    if is_newer { Err(unopened::newer(name)) } else { Ok(()) }
}

/// Whether only a newer program than this one can work with the tables.
pub(super) async fn is_newer(conn: &mut PgConnection) -> sqlx::Result<bool> {
    Ok(version(conn).await?.works_with > newest())
}

/// The version of the tables that this program makes.
pub fn newest() -> i32 {
    MIGRATIONS.last().map_or(0, |last| last.number)
}

/// The version of the tables that are there; 0 where there are none.
pub(super) async fn made_by(conn: &mut PgConnection) -> sqlx::Result<i32> {
    Ok(version(conn).await?.made_by)
}

async fn version(conn: &mut PgConnection) -> sqlx::Result<Version> {
    let there: bool =
        sqlx::query_scalar("SELECT to_regclass('log_schema') IS NOT NULL").fetch_one(&mut *conn).await?;
    if !there {
        return Ok(Version { made_by: 0, works_with: 0 });
    }
    let sql = "SELECT coalesce(max(number), 0), coalesce(max(works_with), 0) FROM log_schema";
    let row = sqlx::query(sql).fetch_one(conn).await?;
    Ok(Version { made_by: row.try_get(0)?, works_with: row.try_get(1)? })
}

async fn run(conn: &mut PgConnection, current: i32) -> sqlx::Result<()> {
    // Before the transaction begins: one that has begun may not see what others did while it waited. It is held until the
    // connection ends, soon after.
    sqlx::query("SELECT pg_advisory_lock($1)").bind(LOCK).execute(&mut *conn).await?;
    for _ in 1..TRIES {
        match attempt(conn, current).await {
            Err(error) if cure(&error) == Cure::Again => tokio::time::sleep(REST).await,
            ended => return ended,
        }
    }
    attempt(conn, current).await
}

/// All that is missing, or nothing of it.
async fn attempt(conn: &mut PgConnection, current: i32) -> sqlx::Result<()> {
    let mut transaction = conn.begin().await?;
    // Less than it takes the server to look for a deadlock: it could end what an older node does.
    transaction.execute("SET LOCAL lock_timeout = '500ms'").await?;
    let table = "CREATE TABLE IF NOT EXISTS log_schema (
                     number     integer PRIMARY KEY,
                     works_with integer NOT NULL,
                     applied_at timestamptz NOT NULL DEFAULT now())";
    let version = version(&mut transaction).await?;
    if version.made_by == 0 {
        transaction.execute(table).await?;
    }
    let missing = MIGRATIONS.iter().filter(|m| m.number > version.made_by && m.number <= current);
    for Migration { number, works_with, sql } in missing {
        transaction.execute(*sql).await?;
        let done = "INSERT INTO log_schema (number, works_with) VALUES ($1, $2)";
        sqlx::query(done).bind(number).bind(works_with).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}
