//! Rebuilds a read model beside the live tables, compares, and swaps.

mod compare;

use std::{collections::VecDeque, fmt::Write, ops::ControlFlow, sync::Arc, time::Duration};

use eventlog::{LogError, Position};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use crate::{
    Projector, QueryError, ReadModel,
    error::quoted,
    model::{self, Tables},
    sql::{Cell, Conn, Dialect, SqlError},
    status,
    store::{restructure, restructure_together},
    values,
};

/// So often a change of tables is tried, each time after a moment: about half a minute.
const ATTEMPTS: usize = 200;

const A_MOMENT: Duration = Duration::from_millis(50);

/// Memory in which a server builds an index; two at a time at most.
const ROOM_FOR_AN_INDEX: &str = "SET LOCAL maintenance_work_mem = '256MB'";

/// Why tables were not changed.
enum NotWritten {
    /// Somebody reads them.
    Locked,
    Log(LogError),
}

impl From<LogError> for NotWritten {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

impl From<SqlError> for NotWritten {
    fn from(error: SqlError) -> Self {
        if error.is_locked() { Self::Locked } else { Self::Log(error.into()) }
    }
}

/// How a rebuilt read model compares with the live one, both at the same position.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Comparison {
    /// The read model.
    pub name: String,
    /// Where both stood.
    pub position: Position,
    /// Whether they were the same, row by row.
    pub equal: bool,
    /// SHA-256 over every row of the live tables.
    pub live: String,
    /// The same over what was rebuilt.
    pub rebuilt: String,
    /// Whether the rebuilt tables took the place of the live ones.
    pub swapped: bool,
}

/// What to do with the rebuilt tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// They take the place of the live ones if they are the same, or if the live ones have stopped.
    Swap,
    /// They take the place of the live ones, whatever the difference.
    SwapAnyway,
    /// They are thrown away: only the comparison was wanted.
    Discard,
}

impl Projector {
    /// Builds a read model anew, from the first event on, beside the live tables, which keep answering.
    pub async fn rebuild(&self, name: &str, then: Then) -> Result<Comparison, QueryError> {
        let models = self.store.models();
        let model = model::by_name(models, name).ok_or_else(|| {
            let names: Vec<_> = models.iter().map(|model| model.name()).collect();
            let what = format!("There is no read model called {}", quoted(name));
            QueryError::not_offered(what, format!("Name one of these: {}.", names.join(", ")))
        })?;
        let one = Arc::clone(&self.rebuilding).lock_owned().await;
        let Some(alone) = self.store.rebuild_alone().await? else {
            let what = "Another node rebuilds a read model just now";
            return Err(QueryError::not_offered(what, "Try again when it is done."));
        };
        let built = self.build_beside(model).await;
        let (position, live, rebuilt) = match built {
            Ok(compared) => compared,
            Err(error) => {
                self.write(move |conn| status::remove_beside(conn, model)).await?;
                alone.release().await;
                return Err(error);
            }
        };
        let equal = live == rebuilt;
        // A live model that has stopped is what a rebuild mends. Any other difference is for people to judge.
        let swapped = match then {
            Then::Swap => equal || self.has_stopped(model),
            Then::SwapAnyway => true,
            Then::Discard => false,
        };
        self.write(move |conn| if swapped { swap(conn, model) } else { status::remove_beside(conn, model) })
            .await?;
        self.refresh().await?;
        let projector = self.clone();
        // Nobody waits for what nobody reads any more. If the process ends meanwhile, the next start does it.
        tokio::spawn(async move {
            if let Err(error) = projector.remove_replaced(model).await {
                tracing::warn!(%error, "replaced tables are left over; the next start removes them");
            }
            alone.release().await;
            drop(one);
        });
        Ok(Comparison { name: name.to_owned(), position, equal, live, rebuilt, swapped })
    }

    /// Waits until the last rebuild has removed the tables that it replaced.
    pub async fn tidied(&self) {
        drop(self.rebuilding.lock().await);
    }

    /// Drops the tables that a rebuild has replaced, in steps: each page is overwritten (`secure_delete`), and
    /// whoever wants to write goes between.
    async fn remove_replaced(&self, model: &'static dyn ReadModel) -> Result<(), LogError> {
        let read = move |conn: &Conn<'_>| Ok(status::indexes_of(conn, model, Tables::REPLACED)?);
        for index in self.store.read(read).await? {
            self.write(move |conn| conn.batch(&format!("DROP INDEX {index}"))).await?;
        }
        self.write(move |conn| status::drop_tables(conn, model, Tables::REPLACED)).await?;
        self.store.write(move |conn| Ok::<_, LogError>(status::learn(conn, model)?)).await
    }

    async fn build_beside(
        &self,
        model: &'static dyn ReadModel,
    ) -> Result<(Position, String, String), QueryError> {
        self.write(move |conn| {
            status::remove_beside(conn, model)?;
            status::create(conn, model, Tables::BESIDE)
        })
        .await?;
        self.follow_beside(model).await?;
        // The rows are there: what they come to does not depend on the indexes, which are built meanwhile.
        let (compared, indexed) = tokio::join!(self.compare(model), self.index(model));
        indexed?;
        compared
    }

    /// Waits until what is built beside has applied what there is now.
    async fn follow_beside(&self, model: &'static dyn ReadModel) -> Result<(), QueryError> {
        let goal = *self.store.log().head().borrow();
        while self.beside(model).await?.position < goal {
            self.feed().await?;
        }
        Ok(())
    }

    /// Where the one that is built stands; an error if it has stopped.
    async fn beside(&self, model: &'static dyn ReadModel) -> Result<status::Checkpoint, QueryError> {
        let models = self.store.models();
        let read = move |conn: &Conn<'_>| Ok(status::checkpoint_of(conn, models, model, Tables::BESIDE)?);
        match self.store.read(read).await? {
            Some(status::Checkpoint { stopped: Some(why), .. }) => {
                Err(QueryError::Stopped { name: model.name(), why })
            }
            Some(beside) => Ok(beside),
            None => Err(QueryError::not_offered(
                "The rebuild was given up: the service has been restarted",
                "Begin it again.",
            )),
        }
    }

    /// Builds the indexes of what is built beside. A server builds the last one, which takes as long as the others
    /// together, beside those.
    async fn index(&self, model: &'static dyn ReadModel) -> Result<(), QueryError> {
        let tables = self.beside(model).await?.tables;
        let engine = self.store.dialect();
        let indexes = Mutex::new(VecDeque::from(model.indexes(engine, tables)));
        match engine {
            Dialect::Sqlite => self.build(|| indexes.lock().pop_front()).await?,
            Dialect::Postgres { .. } => {
                let last = self.build(|| indexes.lock().pop_back());
                let (last, first) = tokio::join!(last, self.build(|| indexes.lock().pop_front()));
                last.and(first)?;
            }
        }
        Ok(())
    }

    /// Builds one index after the other.
    async fn build(&self, next: impl Fn() -> Option<String>) -> Result<(), LogError> {
        while let Some(index) = next() {
            self.write_with(restructure_together, move |conn| {
                if let Dialect::Postgres { .. } = conn.dialect() {
                    conn.batch(ROOM_FOR_AN_INDEX)?;
                }
                conn.batch(&index)
            })
            .await?;
        }
        Ok(())
    }

    /// Changes tables themselves, while nobody applies a page. Again where somebody reads them for long.
    async fn write<R: Send + 'static>(
        &self,
        write: impl Fn(&Conn<'_>) -> Result<R, SqlError> + Clone + Send + 'static,
    ) -> Result<R, LogError> {
        self.write_with(restructure, write).await
    }

    async fn write_with<R: Send + 'static>(
        &self,
        prepare: fn(&Conn<'_>) -> Result<(), SqlError>,
        write: impl Fn(&Conn<'_>) -> Result<R, SqlError> + Clone + Send + 'static,
    ) -> Result<R, LogError> {
        for _ in 0..ATTEMPTS {
            let write = write.clone();
            let written = self.store.write(move |conn| {
                prepare(conn)?;
                Ok::<_, NotWritten>(write(conn)?)
            });
            match written.await {
                Ok(written) => return Ok(written),
                Err(NotWritten::Locked) => tokio::time::sleep(A_MOMENT).await,
                Err(NotWritten::Log(error)) => return Err(error),
            }
        }
        Err(LogError::Database("the tables of the read model are being read all the time".to_owned()))
    }
}

/// SHA-256 over every row of a read model's tables, in the order of their keys.
pub(crate) fn digest(conn: &Conn<'_>, model: &dyn ReadModel, suffix: &str) -> Result<String, SqlError> {
    let mut hash = Sha256::new();
    for table in model.tables() {
        let table = format!("{table}{suffix}");
        let columns = columns_of(conn, &table)?;
        let keys: Vec<&str> = columns.iter().filter(|(_, key)| *key).map(|(name, _)| name.as_str()).collect();
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let sql = format!("SELECT {} FROM {table} ORDER BY {}", names.join(", "), keys.join(", "));
        if let Dialect::Postgres { .. } = conn.dialect() {
            hash.update(digest_on_server(conn, &table, &keys)?);
            continue;
        }
        let mut bytes = Vec::new();
        conn.walk(&sql, &[], |row| {
            bytes.clear();
            for column in 0..columns.len() {
                put_value(&mut bytes, row.cell(column)?);
            }
            hash.update(&bytes);
            Ok::<_, SqlError>(ControlFlow::Continue(()))
        })?;
    }
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// SHA-256 over the SHA-256 of each row, in the order of their keys: a server that is asked to send all of its rows takes
/// several times as long.
fn digest_on_server(conn: &Conn<'_>, table: &str, keys: &[&str]) -> Result<String, SqlError> {
    let sql = format!(
        "SELECT encode(sha256(coalesce(string_agg(sha256(convert_to(t::text, 'UTF8')), '' ORDER BY {}), '')), 'hex')
         FROM {table} t",
        keys.join(", ")
    );
    conn.value(&sql, &[])?.ok_or_else(|| SqlError::unreadable("digest", "none was told"))
}

/// The columns of a table, and whether they are of its key: those come first, in the order of the key.
pub(crate) fn columns_of(conn: &Conn<'_>, table: &str) -> Result<Vec<(String, bool)>, SqlError> {
    let sql = match conn.dialect() {
        Dialect::Sqlite => "SELECT name, pk > 0 FROM pragma_table_info(?) ORDER BY pk = 0, pk, cid",
        Dialect::Postgres { .. } => {
            "SELECT a.attname::text, k.attnum IS NOT NULL
             FROM pg_attribute a
             LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
             LEFT JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place) ON k.attnum = a.attnum
             WHERE a.attrelid = to_regclass(?) AND a.attnum > 0 AND NOT a.attisdropped
             ORDER BY k.place NULLS LAST, a.attnum"
        }
    };
    conn.all(sql, values![table], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Tagged and with its length, so that no two rows look alike.
pub(crate) fn put_value(row: &mut Vec<u8>, value: Cell<'_>) {
    let mut put = |tag: u8, bytes: &[u8]| {
        row.push(tag);
        row.extend(bytes.len().to_le_bytes());
        row.extend(bytes);
    };
    match value {
        Cell::Null => put(0, &[]),
        Cell::Number(n) => put(1, &n.to_le_bytes()),
        Cell::Text(text) => put(3, text.as_bytes()),
        Cell::Bytes(bytes) => put(4, bytes),
    }
}

/// The rebuilt tables become the live ones, in one transaction: no reader sees anything between.
fn swap(conn: &Conn<'_>, model: &dyn ReadModel) -> Result<(), SqlError> {
    let beside = Tables::BESIDE;
    let replaced = Tables::REPLACED;
    status::drop_tables(conn, model, replaced)?;
    for table in model.tables().iter().chain(model.searches(conn.dialect())) {
        conn.batch(&format!(
            "ALTER TABLE {table} RENAME TO {table}{replaced}; ALTER TABLE {table}{beside} RENAME TO {table};"
        ))?;
    }
    conn.run("DELETE FROM read_models WHERE name = ? AND suffix = ''", values![model.name()])?;
    let named = "UPDATE read_models SET suffix = '' WHERE name = ? AND suffix = ?";
    conn.run(named, values![model.name(), beside])?;
    status::show(conn, model.name())
}
