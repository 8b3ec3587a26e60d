//! A database on a `PostgreSQL` server, opened as a node of its own.

use std::time::Duration;

use eventlog::{LogError, postgres::display_url};
use sqlx::{ConnectOptions, Connection, postgres::PgConnectOptions};
use tokio::time::timeout;

use super::Failure;
use crate::{State, mail::Mail, state::connect_with};

/// So long it is asked whether it is new.
const PATIENCE: Duration = Duration::from_secs(10);

/// Opens it. Where it is new, its tables are made if that is wanted: a mistyped name must not look like a database
/// without licenses.
pub(super) async fn open(url: &str, makes: bool, mail: Option<Mail>) -> Result<State, Failure> {
    // What can't be asked is told when it is opened.
    let new = matches!(timeout(PATIENCE, is_new(url)).await, Ok(Ok(true)));
    let name = display_url(url);
    if new && !makes {
        let hint = "Check the URL. `seatbook database migrate`, `license create`, `serve` and `demo` make the tables of a new \
                    database; no other command does.";
        return Err(Failure::broken("no_database", format!("There is nothing of Seatbook at {name}."), hint));
    }
    let state = connect_with(url, mail).await.map_err(|error| unopened(&name, &error))?;
    if new {
        eprintln!("Made the tables of a new database: {name}");
    }
    Ok(state)
}

async fn is_new(url: &str) -> sqlx::Result<bool> {
    let mut conn = url.parse::<PgConnectOptions>()?.disable_statement_logging().connect().await?;
    let new = sqlx::query_scalar("SELECT to_regclass('log_schema') IS NULL").fetch_one(&mut conn).await?;
    conn.close().await?;
    Ok(new)
}

fn unopened(name: &str, error: &LogError) -> Failure {
    let (what, hint) = match error {
        LogError::Unopened { hint, .. } => (format!("{error}."), *hint),
        error => (format!("{name} can't be opened: {error}."), "Check the URL, and the server's own log."),
    };
    Failure::broken("database_unopened", what, hint)
}
