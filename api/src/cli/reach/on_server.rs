//! A database on a `PostgreSQL` server, opened as a node of its own.

use std::time::Duration;

use eventlog::{LogError, postgres::display_url};
use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tokio::time::timeout;

use super::Failure;
use crate::State;

/// So long it is asked whether it is new.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whoever holds it makes the tables of a new database: "Seatbook" and a number, for no other lock to be the same.
const MAKING: i64 = 0x5365_6174_0000_0004;

/// Opens it. Where it is new, its tables are made if that is wanted: a mistyped name must not look like a database
/// without licenses.
pub(super) async fn open(url: &str, makes: bool) -> Result<State, Failure> {
    // What can't be asked is told when it is opened.
    let new = timeout(PATIENCE, new(url)).await.ok().and_then(Result::ok).flatten();
    let name = display_url(url);
    if new.is_some() && !makes {
        let hint = "Check the URL. `seatbook license create` and `seatbook serve` make the tables of a new database; no \
                    other command does.";
        return Err(Failure::broken("no_database", format!("There is nothing of Seatbook at {name}."), hint));
    }
    let state = crate::connect(url).await.map_err(|error| unopened(&name, &error))?;
    if let Some(alone) = new {
        eprintln!("Made the tables of a new database: {name}");
        // How it ends is no matter: the lock goes with it.
        drop(alone.close().await);
    }
    Ok(state)
}

/// Where the database is new: a connection which keeps others waiting that begin with it in the same moment, so that one
/// of them makes the tables.
async fn new(url: &str) -> sqlx::Result<Option<PgConnection>> {
    let mut conn = url.parse::<PgConnectOptions>()?.disable_statement_logging().connect().await?;
    if !is_new(&mut conn).await? {
        conn.close().await?;
        return Ok(None);
    }
    sqlx::query("SELECT pg_advisory_lock($1)").bind(MAKING).execute(&mut conn).await?;
    Ok(Some(conn))
}

async fn is_new(conn: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar("SELECT to_regclass('log_schema') IS NULL").fetch_one(conn).await
}

fn unopened(name: &str, error: &LogError) -> Failure {
    let (what, hint) = match error {
        LogError::Unopened { hint, .. } => (format!("{error}."), *hint),
        error => (format!("{name} can't be opened: {error}."), "Check the URL, and the server's own log."),
    };
    Failure::broken("database_unopened", what, hint)
}
