//! As which role a node works with the tables.

use sqlx::Row;

use super::{error::database_error, session::Wanted, unopened::unopened};
use crate::outcome::LogError;

impl Wanted {
    /// The same, as the role that has been let do what a node does ([`grant`](super::grant)), where the user of the URL is
    /// not that one. What nodes make beside the log's tables is that role's own, whoever comes first: also where the owner
    /// of the tables gives a command.
    pub(super) async fn in_the_service(self) -> Result<Self, LogError> {
        let mut conn = self.connect(&self.for_readers()).await?;
        // Of all programs that may write events, only ours remember commands. From version 16 on a member need not be one who
        // may act as the role.
        let let_in = "SELECT r.rolname::text, r.rolname = current_user,
                             pg_has_role(current_user, r.oid,
                                 CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END)
                      FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
                      WHERE c.oid = to_regclass('commands') AND a.privilege_type = 'INSERT' AND a.grantee <> c.relowner
                      ORDER BY 1";
        let rows = sqlx::query(let_in).fetch_all(&mut conn).await.map_err(database_error)?;
        let read = |row: &sqlx::postgres::PgRow| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
        let roles: Vec<(String, bool, bool)> =
            rows.iter().map(read).collect::<sqlx::Result<_>>().map_err(database_error)?;
        let says = |what: String, hint| Err(unopened(&self.name, what, hint));
        match roles.as_slice() {
            [] => Ok(self),
            roles if roles.iter().any(|(_, is_ours, _)| *is_ours) => Ok(self),
            [(role, _, true)] => self.acting_as(role).await,
            [(role, _, false)] => says(
                format!("the service works there as {role}, and the user may not act as that role"),
                "Name that role in the URL, or let the user act as it: GRANT role TO user.",
            ),
            roles => {
                let names: Vec<&str> = roles.iter().map(|(role, ..)| role.as_str()).collect();
                says(
                    format!("several roles work there as the service: {}", names.join(", ")),
                    "Name one of them in the URL.",
                )
            }
        }
    }

    /// A pool between us and the server may leave out what a connection is to begin with.
    async fn acting_as(self, role: &str) -> Result<Self, LogError> {
        let service = self.in_the_role(role);
        let mut conn = service.connect(&service.for_readers()).await?;
        let is_it: bool = sqlx::query_scalar("SELECT current_user = $1")
            .bind(role)
            .fetch_one(&mut conn)
            .await
            .map_err(database_error)?;
        if is_it {
            return Ok(service);
        }
        let hint = "Name that role in the URL, or the server itself and not a pool before it.";
        Err(unopened(
            &service.name,
            format!("the service works there as {role}, and connections do not"),
            hint,
        ))
    }
}
