//! What a database is, and what a node lacks there. Changes nothing.

use sqlx::{PgConnection, Row};

use super::{OfNodes, rights::RIGHTS, schema, session::Wanted, unopened};
use crate::outcome::LogError;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// The server's version, as it says itself.
    pub server: String,
    /// The version of the tables; 0 where there are none, nothing where the user may not ask.
    pub version: Option<i32>,
    /// What keeps this program, with this user, from working there.
    pub missing: Vec<Missing>,
}

/// Something that a node lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// There are no tables.
    Tables,
    /// The tables are of an earlier version than [`newest`](schema::newest).
    Migrations,
    /// The user may not act as the service's role, or there are several.
    Role {
        /// Why not.
        what: String,
        /// What to do.
        hint: &'static str,
    },
    /// The user may not do this with these tables.
    Rights {
        /// Like `SELECT` and `INSERT`, each once.
        rights: Vec<String>,
        /// Which tables.
        tables: Vec<String>,
    },
    /// The user may not make tables and schemas, for uploads and read models.
    Create,
    /// The server can't find rows by three letters: searches in long lists are slow.
    Trigrams,
    /// It could, and lists that were made before have no index for it.
    TrigramIndex,
}

/// Looks at a database as the user of its URL. A server that can't be worked with at all is told as an error, and so are
/// tables that a newer program made.
pub async fn survey(url: &str, beside: &OfNodes) -> Result<Survey, LogError> {
    let wanted = Wanted::parse(url)?;
    // A user who can act as the service's role does; of others it is told what they lack.
    let (wanted, role) = match wanted.clone().in_the_service().await {
        Ok(service) => (service, None),
        Err(LogError::Unopened { what, hint, .. }) => (wanted, Some(Missing::Role { what, hint })),
        Err(error) => return Err(error),
    };
    let mut conn = wanted.connect(&wanted.for_readers()).await?;
    let failed = |error| unopened::of_sqlx(&wanted.name, &error);
    let asked = "SELECT coalesce(has_table_privilege(to_regclass('log_schema')::oid, 'SELECT'), true)";
    let may_ask: bool = sqlx::query_scalar(asked).fetch_one(&mut conn).await.map_err(failed)?;
    let version = if may_ask {
        schema::check(&mut conn, &wanted.name).await?;
        Some(schema::made_by(&mut conn).await.map_err(failed)?)
    } else {
        None
    };
    let mut found = look(&mut conn, version, beside).await.map_err(failed)?;
    found.missing.splice(0..0, role);
    Ok(found)
}

async fn look(conn: &mut PgConnection, version: Option<i32>, beside: &OfNodes) -> sqlx::Result<Survey> {
    let about = "SELECT current_setting('server_version'),
                        coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)
                            AND has_database_privilege(current_database(), 'CREATE'),
                        EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm'),
                        EXISTS (SELECT FROM pg_namespace n
                                WHERE n.nspname = $1
                                  AND EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid)
                                  AND NOT EXISTS (SELECT FROM pg_indexes i WHERE i.schemaname = n.nspname
                                                  AND i.indexdef LIKE '%gin_trgm_ops%'))";
    let about = sqlx::query(about).bind(&beside.schema).fetch_one(&mut *conn).await?;
    let mut missing = Vec::new();
    match version {
        Some(0) => missing.push(Missing::Tables),
        Some(version) if version < schema::newest() => missing.push(Missing::Migrations),
        Some(_) | None => {}
    }
    missing.extend(rights_lacked(conn, beside).await?);
    if !about.try_get::<bool, _>(1)? {
        missing.push(Missing::Create);
    }
    match (about.try_get(2)?, about.try_get(3)?) {
        (false, _) => missing.push(Missing::Trigrams),
        (true, true) => missing.push(Missing::TrigramIndex),
        (true, false) => {}
    }
    Ok(Survey { server: about.try_get(0)?, version, missing })
}

/// The rights that a node needs, on the tables that are there, and this user has not. What nodes make they do everything
/// with.
async fn rights_lacked(conn: &mut PgConnection, beside: &OfNodes) -> sqlx::Result<Vec<Missing>> {
    let everything = ["SELECT", "INSERT", "UPDATE", "DELETE"];
    let made = beside
        .tables
        .iter()
        .flat_map(|table| everything.map(|right| (right.to_owned(), (*table).to_owned())));
    let (rights, tables): (Vec<String>, Vec<String>) = wanted().into_iter().chain(made).unzip();
    let sql =
        "SELECT w.right_, w.table_ FROM unnest($1::text[], $2::text[]) WITH ORDINALITY w(right_, table_, n)
               WHERE to_regclass(w.table_) IS NOT NULL
                 AND NOT has_table_privilege(to_regclass(w.table_)::oid, w.right_) ORDER BY w.n";
    let rows = sqlx::query(sql).bind(rights).bind(tables).fetch_all(conn).await?;
    let lacked: Vec<(String, String)> =
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<sqlx::Result<_>>()?;
    Ok(by_rights(lacked))
}

/// Tables of which the same rights are lacked stand together.
fn by_rights(lacked: Vec<(String, String)>) -> Vec<Missing> {
    let mut of_tables: Vec<(String, Vec<String>)> = Vec::new();
    for (right, table) in lacked {
        match of_tables.iter_mut().find(|(known, _)| *known == table) {
            Some((_, rights)) => rights.push(right),
            None => of_tables.push((table, vec![right])),
        }
    }
    let mut together: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for (table, rights) in of_tables {
        match together.iter_mut().find(|(known, _)| *known == rights) {
            Some((_, tables)) => tables.push(table),
            None => together.push((rights, vec![table])),
        }
    }
    together.into_iter().map(|(rights, tables)| Missing::Rights { rights, tables }).collect()
}

/// What is granted to a role of the service, one right on one table each.
fn wanted() -> Vec<(String, String)> {
    let mut wanted = Vec::new();
    for statement in RIGHTS.split(';') {
        let lines = statement.lines().map(str::trim).filter(|line| !line.starts_with("--"));
        let statement = lines.collect::<Vec<_>>().join(" ");
        let granted = statement.trim().strip_prefix("GRANT ").and_then(|granted| granted.split_once(" ON "));
        let Some((rights, on)) = granted else { continue };
        let tables = on.strip_suffix(" TO ROLE_OF_THE_SERVICE").unwrap_or(on);
        for right in rights.split(", ") {
            wanted.extend(tables.split(", ").map(|table| (right.to_owned(), table.to_owned())));
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_that_lack_the_same_are_told_together() {
        let lacked = [
            ("SELECT", "a"),
            ("SELECT", "b"),
            ("INSERT", "b"),
            ("SELECT", "c"),
            ("SELECT", "d"),
            ("INSERT", "d"),
        ];
        let told = by_rights(lacked.map(|(right, table)| (right.to_owned(), table.to_owned())).to_vec());
        let rights = |rights: &[&str], tables: &[&str]| {
            let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            Missing::Rights { rights: owned(rights), tables: owned(tables) }
        };
        assert_eq!(told, [rights(&["SELECT"], &["a", "c"]), rights(&["SELECT", "INSERT"], &["b", "d"])]);
    }

    #[test]
    fn what_a_node_needs_is_read_from_what_is_granted() {
        let wanted = wanted();
        let has = |right: &str, table: &str| wanted.iter().any(|(r, t)| r == right && t == table);
        for (right, table) in
            [("SELECT", "events"), ("INSERT", "key_texts"), ("DELETE", "directory"), ("UPDATE", "log_head")]
        {
            assert!(has(right, table), "{right} on {table} in {wanted:?}");
        }
        assert!(!has("UPDATE", "events") && !has("DELETE", "events"));
        assert!(
            wanted.iter().all(|(right, table)| !right.contains(' ') && !table.contains(' ')),
            "{wanted:?}"
        );
    }
}
