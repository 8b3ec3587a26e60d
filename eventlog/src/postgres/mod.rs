//! The engine for many nodes: `PostgreSQL` 15 or later.
//!
//! One row, `log_head`, says where the log stands. Every commit changes it first and holds it to its end, so that
//! position order is commit order and no two commits can wait for each other. Each node has one writer, a task with a
//! connection of its own, which lets all commits that wait travel in one transaction (`batch.rs`). Reading goes to the
//! primary, over a pool; a listener hears from other nodes how far the log goes (`head.rs`).

mod batch;
mod bulk;
mod erase;
mod error;
mod facts;
mod find;
mod head;
mod inspection;
mod lifeline;
mod log;
mod names;
mod parameters;
mod place;
mod plan;
mod pools;
mod read;
mod recover;
mod refused;
mod rights;
mod rows;
mod schema;
mod seen;
mod service;
mod session;
mod statement;
mod survey;
mod tidings;
mod unopened;
mod unsure;
mod view;
mod waits;
mod whole;
mod write;
mod writer;

use std::sync::Arc;

use chrono::Utc;
use parking_lot::Mutex;
use sqlx::{
    PgPool,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::{sync::watch, task::JoinHandle};

use crate::{
    clock::Clock,
    outcome::LogError,
    queue::{Queue, Weigh},
    recorded::Position,
};

pub use error::database_error;
pub use inspection::Inspection;
pub use lifeline::silence;
pub use names::{display_url, is_postgres};
pub use rights::{OfNodes, grant};
pub use schema::{migrate, newest};
pub use survey::{Missing, Survey, survey};

/// How a node opens its database.
#[derive(Clone)]
pub struct Options {
    /// What it asks for the time.
    pub clock: Clock,
    /// So many connections read at most, besides the one that writes and the one that listens.
    pub readers: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { clock: Arc::new(Utc::now), readers: 16 }
    }
}

/// A node's way to the database. Clones share it; the last one to go lets the connections go.
#[derive(Clone)]
pub struct Postgres {
    inner: Arc<Inner>,
}

struct Inner {
    /// The URL without its password.
    name: String,
    pool: PgPool,
    lifeline: lifeline::Lifeline,
    queue: Arc<Queue<Beside>>,
    head: watch::Receiver<Position>,
    seen: Arc<seen::Seen>,
    waits: Arc<waits::Waits>,
    streams: postgres_es::PostgresEventRepository,
    writer: Mutex<Option<JoinHandle<()>>>,
    listener: JoinHandle<()>,
    desk: Arc<place::Desk>,
}

/// Tables beside the log are changed over the pool: nothing but commits waits for the writer.
enum Beside {}

impl Weigh for Beside {
    fn weight(&self) -> usize {
        match *self {}
    }
}

impl Postgres {
    /// Opens a database by its URL, `postgres://user:password@host:5432/name`, and brings its tables up to date.
    pub async fn connect(url: &str) -> Result<Self, LogError> {
        Self::connect_with(url, Options::default()).await
    }

    /// Opens a database with a clock and a number of connections of the caller's.
    pub async fn connect_with(url: &str, options: Options) -> Result<Self, LogError> {
        let wanted = session::Wanted::parse(url)?;
        schema::bring_up_to_date(&wanted).await?;
        let wanted = wanted.in_the_service().await?;
        let lifeline = lifeline::Lifeline::default();
        let seen = Arc::new(seen::Seen::default());
        let inspection = Inspection::by(Arc::clone(&seen));
        // A connection that died is found out when it is used; asking first would be a round trip for each read.
        let pool = inspection
            .clone()
            .of_all(lifeline.pool(false))
            .max_connections(options.readers.max(1))
            .acquire_timeout(session::FOR_A_CONNECTION)
            .connect_lazy_with(wanted.for_readers());
        let name = wanted.name.clone();
        let waits = Arc::new(waits::Waits::over(pool.clone()));
        let writer = writer::Writer::open(
            wanted.clone(),
            lifeline.clone(),
            Arc::clone(&seen),
            Arc::clone(&waits),
            Arc::clone(&options.clock),
        )
        .await?;
        let head = seen.positions();
        let queue = Arc::new(Queue::default());
        let task = tokio::spawn(writer::run(writer, Arc::clone(&queue)));

        let listener = head::listen(
            pool.clone(),
            lifeline.clone(),
            wanted.clone(),
            Arc::clone(&seen),
            Arc::clone(&waits),
        );
        let listener = tokio::spawn(listener);
        let desk = Arc::new(place::Desk::default());
        tokio::spawn(place::answer(Arc::clone(&desk), lifeline.clone(), wanted.clone(), inspection));
        let streams = find::streams(&pool);
        let writer = Mutex::new(Some(task));
        let inner = Inner { name, pool, lifeline, queue, head, seen, waits, streams, writer, listener, desk };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The URL, without the password.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// An error where this node has stopped for good, or the server has been away for long: who asks need not wait for it.
    pub fn answers(&self) -> Result<(), LogError> {
        self.inner.seen.goes_on()
    }

    /// A connection for tables beside the log. An error, at once, where this node [does not answer](Self::answers); and where
    /// the connection that was made for it leads to another history, before anything is read over it.
    pub async fn connection(&self) -> Result<PoolConnection<sqlx::Postgres>, LogError> {
        self.connection_of(&self.inner.pool).await
    }

    /// The same, of [another pool](Self::another_pool).
    pub async fn connection_of(&self, pool: &PgPool) -> Result<PoolConnection<sqlx::Postgres>, LogError> {
        self.answers()?;
        let conn = pool.acquire().await.map_err(database_error)?;
        self.inner.seen.stopped()?;
        Ok(conn)
    }

    /// The connections over which this log reads, all of them to the primary. What changes its tables goes through
    /// [`commit`](crate::EventLog::commit) alone; tables beside it are reached over a [`connection`](Self::connection).
    pub fn pool(&self) -> &PgPool {
        &self.inner.pool
    }

    /// For another pool of connections to the primary, each of which is looked at when it is new and tried before it is
    /// used: whoever uses one need not try again where it was lost.
    pub fn another_pool(&self) -> (PgPoolOptions, PgConnectOptions) {
        let options = self.inner.lifeline.pool(true).acquire_timeout(session::PATIENCE);
        (self.inspection().of_all(options), (*self.inner.pool.connect_options()).clone())
    }

    /// What a pool's new connections are looked at for, where there is more to do with them.
    pub fn inspection(&self) -> Inspection {
        Inspection::by(Arc::clone(&self.inner.seen))
    }

    /// Serves everybody who waits, then lets all connections go.
    pub async fn close(&self) {
        self.inner.queue.close();
        let writer = self.inner.writer.lock().take();
        if let Some(writer) = writer {
            // A panicked writer has nothing left to close.
            let _ = writer.await;
        }
        self.inner.desk.close();
        self.inner.listener.abort();
        self.inner.pool.close().await;
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queue.close();
        self.desk.close();
        self.listener.abort();
    }
}
