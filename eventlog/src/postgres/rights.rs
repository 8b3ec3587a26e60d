//! What the service's own role may do: everything that a node does, and nothing that changes history.

use sqlx::{Connection, Executor};

use super::{error::database_error, session::Wanted, unopened::unopened};
use crate::outcome::LogError;

/// Lets a role work with the tables, as a node does. Their owner, whose URL this is, makes and changes the tables; the
/// role can neither change nor remove an event, nor switch off the triggers that refuse that.
pub async fn grant(owner_url: &str, role: &str) -> Result<(), LogError> {
    let wanted = Wanted::parse(owner_url)?;
    let mut conn = wanted.connect(&wanted.for_readers()).await?;
    let quoted = "SELECT quote_ident(rolname) FROM pg_roles WHERE rolname = $1";
    let quoted: Option<String> =
        sqlx::query_scalar(quoted).bind(role).fetch_optional(&mut conn).await.map_err(database_error)?;
    let quoted = quoted.ok_or_else(|| {
        unopened(&wanted.name, format!("it has no role {role}"), "Make it with CREATE ROLE … LOGIN.")
    })?;
    let rights = include_str!("schema/rights.sql").replace("ROLE_OF_THE_SERVICE", &quoted);
    conn.execute(rights.as_str()).await.map_err(database_error)?;
    // It has done its work; how it ends is no matter.
    let _ = conn.close().await;
    Ok(())
}
