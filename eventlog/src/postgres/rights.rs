//! What the service's own role may do: everything that a node does, and nothing that changes history.

use sqlx::{Connection, Executor, PgConnection};

use super::{
    error::{code, database_error},
    schema,
    session::Wanted,
    unopened::unopened,
};
use crate::outcome::LogError;

/// What a node needs, table by table.
pub(super) const RIGHTS: &str = include_str!("schema/rights.sql");

/// What a node makes beside the log's tables, and owns.
#[derive(Debug, Clone, Default)]
pub struct OfNodes {
    /// Tables among those of the log.
    pub tables: Vec<&'static str>,
    /// How the names of schemas begin; nothing where there are none.
    pub schemas: &'static str,
    /// The one that this program has.
    pub schema: String,
}

/// Lets a role work with the tables, as a node does, and make further ones beside them. Their owner, whose URL this is,
/// makes and changes the log's tables; the role can neither change nor remove an event, nor switch off the triggers that
/// refuse that. What the owner made itself of what a node makes `beside` becomes the role's own.
pub async fn grant(owner_url: &str, role: &str, beside: &OfNodes) -> Result<(), LogError> {
    let wanted = Wanted::parse(owner_url)?;
    let mut conn = wanted.connect(&wanted.for_readers()).await?;
    // Rights that a newer program gave would be taken back.
    schema::check(&mut conn, &wanted.name).await?;
    let quoted = "SELECT quote_ident(rolname) FROM pg_roles WHERE rolname = $1";
    let quoted: Option<String> =
        sqlx::query_scalar(quoted).bind(role).fetch_optional(&mut conn).await.map_err(database_error)?;
    let quoted = quoted.ok_or_else(|| {
        unopened(&wanted.name, format!("it has no role {role}"), "Make it with CREATE ROLE … LOGIN.")
    })?;
    // Whoever may not grant something is only warned by the server.
    let owns = "SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = to_regclass('events')";
    let owns: Option<bool> =
        sqlx::query_scalar(owns).fetch_optional(&mut conn).await.map_err(database_error)?;
    if owns == Some(false) {
        let hint = "Name the owner of the tables in the URL.";
        return Err(unopened(&wanted.name, "the user may not grant rights on its tables", hint));
    }
    give(&mut conn, &quoted, beside).await.map_err(|error| match code(&error).as_deref() {
        Some("42501") => unopened(
            &wanted.name,
            "the user may not grant these rights",
            "Name the owner of the tables in the URL. To hand tables over that it has made itself for a node, the owner \
             has to be a member of the role: GRANT role TO owner.",
        ),
        Some("42P01") => {
            unopened(&wanted.name, "its tables are not there, or not up to date", "Bring them up to date first.")
        }
        _ => database_error(error),
    })?;
    // It has done its work; how it ends is no matter.
    let _ = conn.close().await;
    Ok(())
}

/// All of it, or nothing.
async fn give(conn: &mut PgConnection, role: &str, beside: &OfNodes) -> sqlx::Result<()> {
    let mut transaction = conn.begin().await?;
    transaction.execute(RIGHTS.replace("ROLE_OF_THE_SERVICE", role).as_str()).await?;
    let places = "SELECT quote_ident(current_database()), quote_ident(current_schema())";
    let (database, schema): (String, String) = sqlx::query_as(places).fetch_one(&mut *transaction).await?;
    let make = format!(
        "GRANT CREATE ON DATABASE {database} TO {role}; GRANT CREATE, USAGE ON SCHEMA {schema} TO {role}"
    );
    transaction.execute(make.as_str()).await?;
    let ours = "WITH me AS (SELECT oid FROM pg_roles WHERE rolname = current_user)
                SELECT format('SCHEMA %I', nspname) FROM pg_namespace, me
                WHERE nspowner = me.oid AND $2 <> '' AND starts_with(nspname, $2)
                UNION ALL
                SELECT format('TABLE %I.%I', n.nspname, c.relname)
                FROM me, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relowner = me.oid AND c.relkind = 'r'
                  AND (n.nspname = current_schema() AND c.relname = ANY($1)
                       OR $2 <> '' AND starts_with(n.nspname, $2))";
    let ours = sqlx::query_scalar::<_, String>(ours).bind(&beside.tables).bind(beside.schemas);
    for made in ours.fetch_all(&mut *transaction).await? {
        transaction.execute(format!("ALTER {made} OWNER TO {role}").as_str()).await?;
    }
    transaction.commit().await
}
