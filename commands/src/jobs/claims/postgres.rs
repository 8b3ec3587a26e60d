//! Claims as advisory locks of `PostgreSQL`, each on a connection of its own: when a node dies, so do its connections, and
//! what it worked on is free at once.

use std::io;

use async_trait::async_trait;
use domain::ImportId;
use eventlog::Postgres;
use sha2::{Digest, Sha256};
use sqlx::PgPool;

use super::{Claim, Claims};
use crate::uploads::{told_by_the_database, told_by_the_log};

/// So many are asked for at a time.
const AT_ONCE: u32 = 4;

/// A machine that is gone without a word is noticed by the server after about half a minute.
const ALIVE: [(&str, &str); 3] =
    [("tcp_keepalives_idle", "15"), ("tcp_keepalives_interval", "5"), ("tcp_keepalives_count", "3")];

/// Among the nodes of one database.
pub struct PostgresClaims {
    server: Postgres,
    /// For its patience with a server that has no connection left: each leaves it at once.
    pool: PgPool,
}

impl PostgresClaims {
    /// In the database of a log, whose own connections only look.
    pub fn among(server: Postgres) -> Self {
        let (pool, options) = server.another_pool();
        let pool = pool.max_connections(AT_ONCE).connect_lazy_with(options.options(ALIVE));
        Self { server, pool }
    }

    /// Whether somebody holds it: looking costs no connection.
    async fn is_held(&self, key: i64) -> io::Result<bool> {
        // A key of 64 bits stands there in two halves.
        let sql =
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                   AND (classid::bigint << 32 | objid::bigint) = $1)";
        let mut conn = self.server.connection().await.map_err(told_by_the_log)?;
        sqlx::query_scalar(sql).bind(key).fetch_one(&mut *conn).await.map_err(told_by_the_database)
    }
}

#[async_trait]
impl Claims for PostgresClaims {
    async fn claim(&self, import: ImportId) -> io::Result<Option<Claim>> {
        let key = key_of(import);
        if self.is_held(key).await? {
            return Ok(None);
        }
        // Before it is asked: whoever waits no more lets it go, and given back to the pool it would hold the lock.
        let mut conn = self.server.connection_of(&self.pool).await.map_err(told_by_the_log)?.detach();
        let locked = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(key).fetch_one(&mut conn);
        let ours: bool = locked.await.map_err(told_by_the_database)?;
        Ok(ours.then_some(Claim { _held_by: Some(conn) }))
    }

    async fn is_claimed(&self, import: ImportId) -> io::Result<bool> {
        self.is_held(key_of(import)).await
    }

    fn are_shared(&self) -> bool {
        true
    }
}

/// The lock of an import. Should two imports ever have the same, one waits for the other.
fn key_of(import: ImportId) -> i64 {
    let digest = Sha256::new().chain_update("seatbook import").chain_update(import.0.as_bytes()).finalize();
    let mut key = [0; 8];
    key.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(key)
}
