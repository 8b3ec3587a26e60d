//! In the log's own database, for as many nodes as there are.
//!
//! Any node applies a page, one at a time: whoever gets the lock, which their transaction holds. When a node dies, its
//! connection does, and the next one to ask gets it.
//!
//! A program whose read models are of other versions has its tables in a schema of its own, and builds them there while
//! nodes of the version before go on with theirs. All locks are those of a schema. When no node of a version is left, any
//! other one removes its schema.

use std::{sync::Arc, time::Duration};

use eventlog::{LogError, Postgres, postgres::database_error, untyped::Untyped};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgPool};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::spawn_blocking,
};

use super::{Unwritten, Write};
use crate::{
    ReadModel,
    sql::{Conn, Dialect, Session, SqlError},
    values,
};

/// How the names of the schemas begin in which read models are, on a server.
pub const SCHEMAS: &str = "seatbook_views_";

/// Whoever holds it applies pages.
const APPLYING: &str = "hashtextextended(current_schema()::text, 1)";

/// Said with it: whoever holds it and falls silent is let go of, for everybody waits for them. Nothing that is done in between
/// takes that long.
const LET_GO: &str = "set_config('idle_in_transaction_session_timeout', '10s', true)";

/// A statement that reads or applies a page takes less than this, whatever the server does beside it.
const PATIENCE: Option<Duration> = Some(Duration::from_mins(1));

/// Making an index, or a list anew, may take hours.
const AS_LONG_AS_IT_TAKES: Option<Duration> = None;

/// Whoever holds it rebuilds a read model.
const REBUILDING: &str = "hashtextextended(current_schema()::text, 2)";

/// Whoever shares it is a node that uses the schema of this name.
const PRESENT: &str = "hashtextextended(?, 3)";

/// Whoever holds it makes a schema: "Seatbook" and a number, for no other lock to be the same.
const MAKING: u64 = 0x5365_6174_0000_0004;

/// Connections of a node, at most.
const CONNECTIONS: u32 = 16;

/// The tables, over connections of their own: who waits for a page does not keep commands from reading.
#[derive(Clone)]
pub(super) struct Tables {
    log: Postgres,
    pool: PgPool,
    trigrams: bool,
    schema: Arc<str>,
    /// As long as it is open, nobody removes our schema.
    present: Arc<Mutex<Option<Presence>>>,
    runtime: Arc<Driver>,
}

/// The schema of a program with these read models.
pub(super) fn schema_of(models: &[&dyn ReadModel]) -> String {
    let versions = models.iter().map(|model| format!("{} {}\n", model.name(), model.version()));
    let digest = Sha256::digest(versions.collect::<String>());
    let beginning: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("{SCHEMAS}{beginning}")
}

/// Drives the connections, which are waited for on threads that may block: whatever the threads of the caller's own
/// runtime do meanwhile.
struct Driver(Option<Runtime>);

impl Driver {
    fn start() -> Result<Self, LogError> {
        let runtime =
            Builder::new_multi_thread().worker_threads(1).thread_name("read-models").enable_all().build();
        runtime.map(Some).map(Self).map_err(|e| LogError::Stopped(e.to_string()))
    }

    fn handle(&self) -> Result<&Handle, LogError> {
        self.0.as_ref().map(Runtime::handle).ok_or_else(|| LogError::Stopped("it has ended".to_owned()))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Tables {
    pub(super) async fn of(log: &Postgres, models: &[&dyn ReadModel]) -> Result<Self, LogError> {
        let schema: Arc<str> = schema_of(models).into();
        let (pool_options, options) = log.another_pool();
        // What a statement is asked for decides how it is answered: how common a term is, for one.
        let options = options.options([
            ("plan_cache_mode", "force_custom_plan"),
            ("cursor_tuple_fraction", "0.01"),
            // Everything is found by an index, also while the statistics have not heard of an import yet.
            ("enable_seqscan", "off"),
        ]);
        let runtime = Arc::new(Driver::start()?);
        let pool = {
            let _within = runtime.handle()?.enter();
            let (first, inspection) = (Arc::clone(&schema), log.inspection());
            let pool = pool_options.max_connections(CONNECTIONS).after_connect(move |conn, _| {
                let (first, inspection) = (Arc::clone(&first), inspection.clone());
                Box::pin(async move {
                    inspection.of(conn).await?;
                    look_first_in(conn, &first).await
                })
            });
            pool.connect_lazy_with(options)
        };
        let beside = "SELECT current_schema()::text";
        let mut conn = log.connection().await?;
        let beside: String =
            sqlx::query_scalar(beside).fetch_one(&mut *conn).await.map_err(database_error)?;
        drop(conn);
        let log = log.clone();
        let mut tables = Self { log, pool, trigrams: false, schema, present: Arc::default(), runtime };
        tables.trigrams = tables.read(move |conn| Ok(has_trigrams(conn, &beside)?)).await?;
        tables.be_present().await?;
        Ok(tables)
    }

    /// Sees to it that other nodes know of this one, and that its schema is there. Whether they may not have known for a
    /// while, in which the schema may have been removed.
    pub(super) async fn be_present(&self) -> Result<bool, LogError> {
        self.on_a_thread_with(|tables| {
            let mut present = tables.present.lock();
            if present.as_ref().is_some_and(Presence::lasts) {
                return Ok(false);
            }
            *present = None;
            let session = tables.session()?;
            // The lock is the connection's, and goes when that is closed.
            session.close_when_dropped();
            let conn = Conn::from(&session);
            let share = format!("SELECT pg_advisory_lock_shared({PRESENT})");
            conn.exists(&share, values![&*tables.schema]).map_err(LogError::from)?;
            tables.make_schema()?;
            *present = Some(Presence { session: Some(session), runtime: Arc::clone(&tables.runtime) });
            Ok(true)
        })
        .await
    }

    /// Who only works in a schema need not be allowed to make any.
    fn make_schema(&self) -> Result<(), LogError> {
        let schema = &*self.schema;
        self.with_session(AS_LONG_AS_IT_TAKES, |session| {
            session.in_transaction(|conn| {
                conn.exists("SELECT pg_advisory_xact_lock(?)", values![MAKING])?;
                if !conn.exists("SELECT 1 FROM pg_namespace WHERE nspname = ?", values![schema])? {
                    conn.batch(&format!("CREATE SCHEMA {schema}"))
                        .map_err(|error| not_made(schema, &error))?;
                }
                // The server passes over a schema that the user may not use, and makes tables in the next one.
                let ours = "SELECT 1 FROM pg_namespace WHERE nspname = ?
                            AND has_schema_privilege(oid, 'USAGE') AND has_schema_privilege(oid, 'CREATE')";
                if !conn.exists(ours, values![schema])? {
                    return Err(anothers(schema));
                }
                Ok::<_, LogError>(())
            })
        })
    }

    /// Removes the schemas that no node uses any more. How many there were.
    pub(super) async fn remove_left_behind(&self) -> Result<usize, LogError> {
        self.on_a_thread_with(|tables| {
            let others = "SELECT nspname::text FROM pg_namespace
                          WHERE starts_with(nspname, ?) AND nspname <> ? AND pg_has_role(nspowner, 'USAGE')";
            let others: Vec<String> = tables.with_session(AS_LONG_AS_IT_TAKES, |session| {
                let found =
                    Conn::from(session).all(others, values![SCHEMAS, &*tables.schema], |row| row.get(0));
                found.map_err(|error: SqlError| LogError::from(error))
            })?;
            let mut removed = 0;
            for schema in others {
                removed += usize::from(tables.with_session(AS_LONG_AS_IT_TAKES, |session| {
                    session.in_transaction(|conn| remove_if_left(conn, &schema).map_err(LogError::from))
                })?);
            }
            Ok(removed)
        })
        .await
    }

    pub(super) const fn dialect(&self) -> Dialect {
        Dialect::Postgres { trigrams: self.trigrams }
    }

    /// A connection, waited for on this thread.
    fn session(&self) -> Result<Session, LogError> {
        let runtime = self.runtime.handle()?;
        let conn = runtime.block_on(self.log.connection_of(&self.pool))?;
        Ok(Session::new(conn, runtime.clone(), self.trigrams))
    }

    fn with_session<R, E: From<LogError>>(
        &self,
        patience: Option<Duration>,
        work: impl FnOnce(&Session) -> Result<R, E>,
    ) -> Result<R, E> {
        // Connections are given back by tasks of this runtime.
        let _within = self.runtime.handle()?.enter();
        work(&self.session()?.patient_for(patience))
    }

    async fn on_a_thread_with<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<R, LogError> + Send + 'static,
    ) -> Result<R, LogError> {
        let tables = self.clone();
        let task = spawn_blocking(move || {
            let _within = tables.runtime.handle()?.enter();
            work(&tables)
        });
        task.await.map_err(|e| LogError::Stopped(e.to_string()))?
    }

    async fn on_a_thread<R: Send + 'static, E: From<LogError> + Send + 'static>(
        &self,
        patience: Option<Duration>,
        work: impl FnOnce(&Session) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E> {
        let tables = self.clone();
        let task = spawn_blocking(move || tables.with_session(patience, work));
        task.await.map_err(|e| LogError::Stopped(e.to_string()))?
    }

    pub(super) fn read_now<R: Send>(
        &self,
        read: impl FnOnce(&Conn<'_>) -> Result<R, LogError> + Send,
    ) -> Result<R, LogError> {
        // A thread of a runtime must not wait for another one.
        let work = || self.with_session(PATIENCE, |session| read(&Conn::from(session)));
        std::thread::scope(|scope| scope.spawn(work).join())
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    pub(super) async fn read<R: Send + 'static>(
        &self,
        read: impl FnOnce(&Conn<'_>) -> Result<R, LogError> + Send + 'static,
    ) -> Result<R, LogError> {
        self.on_a_thread(PATIENCE, |session| read(&Conn::from(session))).await
    }

    pub(super) async fn write(&self, write: Write) -> Result<Untyped, Unwritten> {
        self.on_a_thread(AS_LONG_AS_IT_TAKES, |session| session.in_transaction(write)).await
    }

    pub(super) async fn write_alone(&self, write: Write) -> Result<Option<Untyped>, Unwritten> {
        let write = move |conn: &Conn<'_>| {
            let sql = format!("SELECT pg_try_advisory_xact_lock({APPLYING}), {LET_GO}");
            let ours: Option<bool> = conn.value(&sql, &[]).map_err(LogError::from)?;
            (ours == Some(true)).then(|| write(conn)).transpose()
        };
        self.on_a_thread(PATIENCE, |session| session.in_transaction(write)).await
    }

    /// Waits until nobody applies pages. For as long as the transaction of this connection lasts, nobody does then.
    pub(super) fn keep_others_out(conn: &Conn<'_>) -> Result<(), SqlError> {
        conn.exists(&format!("SELECT pg_advisory_xact_lock({APPLYING}), {LET_GO}"), &[]).map(drop)
    }

    /// The same, but for others who ask for no more than this.
    pub(super) fn keep_appliers_out(conn: &Conn<'_>) -> Result<(), SqlError> {
        conn.exists(&format!("SELECT pg_advisory_xact_lock_shared({APPLYING})"), &[]).map(drop)
    }

    /// Whether a node rebuilds a read model just now. If not, none begins before this transaction ends.
    pub(super) fn somebody_rebuilds(conn: &Conn<'_>) -> Result<bool, SqlError> {
        let free: Option<bool> =
            conn.value(&format!("SELECT pg_try_advisory_xact_lock({REBUILDING})"), &[])?;
        Ok(free != Some(true))
    }

    /// Keeps other nodes from rebuilding until it is dropped; `None` where one does.
    pub(super) async fn rebuild_alone(&self) -> Result<Option<Alone>, LogError> {
        let tables = self.clone();
        let lock = spawn_blocking(move || {
            let session = tables.session()?;
            // The lock is the connection's, and goes when that is closed.
            session.close_when_dropped();
            let sql = format!("SELECT pg_try_advisory_lock({REBUILDING})");
            let ours: Option<bool> = Conn::from(&session).value(&sql, &[])?;
            Ok::<_, LogError>((ours == Some(true)).then(|| Alone { session }))
        });
        lock.await.map_err(|e| LogError::Stopped(e.to_string()))?
    }
}

fn not_made(schema: &str, error: &SqlError) -> LogError {
    LogError::Unopened {
        path: schema.into(),
        what: format!("this schema, for the read models, can't be made: {error}"),
        hint: "The owner of the database lets the user make it with `seatbook database grant ROLE`.",
    }
}

fn anothers(schema: &str) -> LogError {
    LogError::Unopened {
        path: schema.into(),
        what: "this schema, of the read models, is another role's".to_owned(),
        hint: "Name in the URL the role that the nodes have. What the owner of the tables made there is handed over by \
               `seatbook database grant ROLE`.",
    }
}

/// A connection that says to other nodes that there is one of this version.
struct Presence {
    session: Option<Session>,
    runtime: Arc<Driver>,
}

impl Presence {
    fn lasts(&self) -> bool {
        self.session.as_ref().is_some_and(|session| Conn::from(session).exists("SELECT 1", &[]).is_ok())
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        // Connections are closed by tasks of this runtime.
        let _within = self.runtime.handle().map(Handle::enter);
        self.session = None;
    }
}

/// As long as it is held, nobody else rebuilds a read model.
pub(super) struct Alone {
    session: Session,
}

impl Alone {
    /// Lets others, at once.
    pub(super) async fn release(self) {
        // A lock that is not given back goes with its connection.
        let unlock = move || {
            let unlock = format!("SELECT pg_advisory_unlock({REBUILDING})");
            drop(Conn::from(&self.session).exists(&unlock, &[]));
        };
        drop(spawn_blocking(unlock).await);
    }
}

/// Tables are looked for in a schema before all others.
async fn look_first_in(conn: &mut PgConnection, schema: &str) -> sqlx::Result<()> {
    let sql = "SELECT set_config('search_path', $1 || ', ' || current_setting('search_path'), false)";
    sqlx::query(sql).bind(schema).execute(conn).await.map(drop)
}

/// Removes a schema, unless a node uses it or somebody reads in it just now.
fn remove_if_left(conn: &Conn<'_>, schema: &str) -> Result<bool, SqlError> {
    let free = format!("SELECT pg_try_advisory_xact_lock({PRESENT})");
    if conn.value::<bool>(&free, values![schema])? != Some(true) {
        return Ok(false);
    }
    conn.batch(&format!("SET LOCAL lock_timeout = '1s'; DROP SCHEMA IF EXISTS {schema} CASCADE"))?;
    Ok(true)
}

/// Whether the server has `pg_trgm`, or can be given it, in the schema of the log's tables.
fn has_trigrams(conn: &Conn<'_>, schema: &str) -> Result<bool, SqlError> {
    let there = "SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'";
    if conn.exists(there, &[])? {
        return Ok(true);
    }
    let made = conn.batch(&format!("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA \"{schema}\""));
    // Another node may have made it at the same moment.
    let is_there = conn.exists(there, &[])?;
    if let (Err(error), false) = (made, is_there) {
        tracing::warn!(
            %error,
            "this server has no pg_trgm: searching a long list for rare letters takes its time. Install the extension, \
             start all nodes anew, and rebuild `members`"
        );
    }
    Ok(is_there)
}
