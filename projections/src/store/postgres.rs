//! In the log's own database, for as many nodes as there are.
//!
//! Any node applies a page, one at a time: whoever gets the lock, which their transaction holds. When a node dies, its
//! connection does, and the next one to ask gets it.

use std::sync::Arc;

use eventlog::{LogError, Postgres, postgres::database_error};
use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::spawn_blocking,
};

use crate::{
    sql::{Conn, Dialect, Session, SqlError},
    values,
};

/// Whoever holds it applies pages: "Seatbook" and a number, for no other lock to be the same.
const APPLYING: u64 = 0x5365_6174_0000_0001;

/// Whoever holds it rebuilds a read model.
const REBUILDING: u64 = 0x5365_6174_0000_0002;

/// Connections of a node, at most.
const CONNECTIONS: u32 = 16;

/// The tables, over connections of their own: who waits for a page does not keep commands from reading.
#[derive(Clone)]
pub(super) struct Tables {
    pool: PgPool,
    trigrams: bool,
    runtime: Arc<Driver>,
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
    pub(super) async fn of(log: &Postgres) -> Result<Self, LogError> {
        let options = (*log.pool().connect_options()).clone();
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
            PgPoolOptions::new().max_connections(CONNECTIONS).connect_lazy_with(options)
        };
        let mut tables = Self { pool, trigrams: false, runtime };
        tables.trigrams = tables.read(|conn| Ok(has_trigrams(conn)?)).await?;
        Ok(tables)
    }

    pub(super) const fn dialect(&self) -> Dialect {
        Dialect::Postgres { trigrams: self.trigrams }
    }

    /// A connection, waited for on this thread.
    fn session(&self) -> Result<Session, LogError> {
        let runtime = self.runtime.handle()?;
        let conn = runtime.block_on(self.pool.acquire()).map_err(database_error)?;
        Ok(Session::new(conn, runtime.clone(), self.trigrams))
    }

    fn with_session<R, E: From<LogError>>(
        &self,
        work: impl FnOnce(&Session) -> Result<R, E>,
    ) -> Result<R, E> {
        // Connections are given back by tasks of this runtime.
        let _within = self.runtime.handle()?.enter();
        work(&self.session()?)
    }

    async fn on_a_thread<R: Send + 'static, E: From<LogError> + Send + 'static>(
        &self,
        work: impl FnOnce(&Session) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E> {
        let tables = self.clone();
        let task = spawn_blocking(move || tables.with_session(work));
        task.await.map_err(|e| LogError::Stopped(e.to_string()))?
    }

    pub(super) fn read_now<R: Send>(
        &self,
        read: impl FnOnce(&Conn<'_>) -> Result<R, LogError> + Send,
    ) -> Result<R, LogError> {
        // A thread of a runtime must not wait for another one.
        let work = || self.with_session(|session| read(&Conn::from(session)));
        std::thread::scope(|scope| scope.spawn(work).join())
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    pub(super) async fn read<R: Send + 'static>(
        &self,
        read: impl FnOnce(&Conn<'_>) -> Result<R, LogError> + Send + 'static,
    ) -> Result<R, LogError> {
        self.on_a_thread(|session| read(&Conn::from(session))).await
    }

    pub(super) async fn write<R: Send + 'static, E: From<LogError> + Send + 'static>(
        &self,
        write: impl FnOnce(&Conn<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E> {
        self.on_a_thread(|session| session.in_transaction(write)).await
    }

    pub(super) async fn write_alone<R: Send + 'static, E: From<LogError> + Send + 'static>(
        &self,
        write: impl FnOnce(&Conn<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<Option<R>, E> {
        let write = |conn: &Conn<'_>| {
            let sql = "SELECT pg_try_advisory_xact_lock(?)";
            let ours: Option<bool> = conn.value(sql, values![APPLYING]).map_err(LogError::from)?;
            (ours == Some(true)).then(|| write(conn)).transpose()
        };
        self.on_a_thread(|session| session.in_transaction(write)).await
    }

    /// Waits until nobody applies pages. For as long as the transaction of this connection lasts, nobody does then.
    pub(super) fn keep_others_out(conn: &Conn<'_>) -> Result<(), SqlError> {
        conn.exists("SELECT pg_advisory_xact_lock(?)", values![APPLYING]).map(drop)
    }

    /// Whether a node rebuilds a read model just now. If not, none begins before this transaction ends.
    pub(super) fn somebody_rebuilds(conn: &Conn<'_>) -> Result<bool, SqlError> {
        let free: Option<bool> = conn.value("SELECT pg_try_advisory_xact_lock(?)", values![REBUILDING])?;
        Ok(free != Some(true))
    }

    /// Keeps other nodes from rebuilding until it is dropped; `None` where one does.
    pub(super) async fn rebuild_alone(&self) -> Result<Option<Alone>, LogError> {
        let tables = self.clone();
        let lock = spawn_blocking(move || {
            let session = tables.session()?;
            // The lock is the connection's, and goes when that is closed.
            session.close_when_dropped();
            let sql = "SELECT pg_try_advisory_lock(?)";
            let ours: Option<bool> = Conn::from(&session).value(sql, values![REBUILDING])?;
            Ok::<_, LogError>((ours == Some(true)).then(|| Alone { session }))
        });
        lock.await.map_err(|e| LogError::Stopped(e.to_string()))?
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
            drop(Conn::from(&self.session).exists("SELECT pg_advisory_unlock(?)", values![REBUILDING]));
        };
        drop(spawn_blocking(unlock).await);
    }
}

/// Whether the server has `pg_trgm`, or can be given it.
fn has_trigrams(conn: &Conn<'_>) -> Result<bool, SqlError> {
    let there = "SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'";
    if conn.exists(there, &[])? {
        return Ok(true);
    }
    if let Err(error) = conn.batch("CREATE EXTENSION IF NOT EXISTS pg_trgm") {
        tracing::warn!(
            %error,
            "this server has no pg_trgm: searching a long list for rare letters takes its time. Install the extension \
             and rebuild `members`"
        );
    }
    conn.exists(there, &[])
}
