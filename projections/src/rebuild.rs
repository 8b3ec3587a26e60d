//! Rebuilds a read model beside the live tables, compares, and swaps.

use std::{fmt::Write, sync::Arc};

use eventlog::{EventLog, LogError, Position, sqlite::database_error};
use rusqlite::{Connection, types::ValueRef};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;

use crate::{
    Projector, QueryError, ReadModel,
    error::quoted,
    model::{self, Tables},
    status,
};

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
        let model = model::by_name(name).ok_or_else(|| {
            let names: Vec<_> = model::MODELS.iter().map(|model| model.name()).collect();
            let what = format!("There is no read model called {}", quoted(name));
            QueryError::not_offered(what, format!("Name one of these: {}.", names.join(", ")))
        })?;
        let one = Arc::clone(&self.rebuilding).lock_owned().await;
        let built = self.build_beside(model).await;
        let (position, live, rebuilt) = match built {
            Ok(compared) => compared,
            Err(error) => {
                self.write(move |conn| status::remove_beside(conn, model)).await?;
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
        let read = move |conn: &Connection| {
            status::indexes_of(conn, model, Tables::REPLACED).map_err(database_error)
        };
        for index in self.store.read(read).await? {
            self.write(move |conn| conn.execute_batch(&format!("DROP INDEX {index}"))).await?;
        }
        self.write(move |conn| status::drop_tables(conn, model, Tables::REPLACED)).await
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
        let checkpoints = self.store.read(|conn| status::checkpoints(conn).map_err(database_error)).await?;
        let name = model.name();
        match checkpoints.into_iter().find(|c| !c.is_live() && c.model.name() == name) {
            Some(status::Checkpoint { stopped: Some(why), .. }) => Err(QueryError::Stopped { name, why }),
            Some(beside) => Ok(beside),
            None => Err(QueryError::not_offered(
                "The rebuild was given up: the service has been restarted",
                "Begin it again.",
            )),
        }
    }

    /// Builds the indexes of what is built beside.
    async fn index(&self, model: &'static dyn ReadModel) -> Result<(), QueryError> {
        for index in model.indexes(self.beside(model).await?.tables) {
            self.write(move |conn| conn.execute_batch(&index)).await?;
        }
        Ok(())
    }

    /// Both digests, as of the same position.
    async fn compare(&self, model: &'static dyn ReadModel) -> Result<(Position, String, String), QueryError> {
        loop {
            // While this is held nobody applies a page: both snapshots begin where both stand now.
            let desk = self.desk.lock().await;
            let beside = self.beside(model).await?.position;
            if let Some(live) = self.live(model).await?
                && live != beside
            {
                drop(desk);
                self.feed().await?;
                continue;
            }
            let (live_begun, first) = oneshot::channel();
            let (beside_begun, second) = oneshot::channel();
            let live = self.digest_of(model, "", live_begun);
            let rebuilt = self.digest_of(model, Tables::BESIDE, beside_begun);
            // Whichever fails to begin says so as its result.
            let begun = async move {
                drop((first.await, second.await));
                drop(desk);
            };
            let (live, rebuilt, ()) = tokio::join!(live, rebuilt, begun);
            return Ok((beside, live?, rebuilt?));
        }
    }

    /// Where the live one stands; nothing if it has stopped, and so never gets anywhere.
    async fn live(&self, model: &'static dyn ReadModel) -> Result<Option<Position>, LogError> {
        let read = |conn: &Connection| status::checkpoints(conn).map_err(database_error);
        let checkpoints = self.store.read(read).await?;
        let live = checkpoints.iter().find(|c| c.is_live() && c.model.name() == model.name());
        Ok(live.filter(|live| live.stopped.is_none()).map(|live| live.position))
    }

    async fn digest_of(
        &self,
        model: &'static dyn ReadModel,
        suffix: &'static str,
        begun: oneshot::Sender<()>,
    ) -> Result<String, LogError> {
        let digest = move |conn: &Connection| {
            let snapshot = conn.unchecked_transaction()?;
            // The first read is what begins a snapshot.
            snapshot.query_row("SELECT count(*) FROM read_models", [], |_| Ok(()))?;
            let _ = begun.send(());
            digest(&snapshot, model, suffix)
        };
        self.store.read(move |conn| digest(conn).map_err(database_error)).await
    }

    async fn write<R: Send + 'static>(
        &self,
        write: impl FnOnce(&Connection) -> rusqlite::Result<R> + Send + 'static,
    ) -> Result<R, LogError> {
        self.store.write(move |conn| write(conn).map_err(database_error)).await
    }
}

/// SHA-256 over every row of a read model's tables, in the order of their keys.
pub(crate) fn digest(conn: &Connection, model: &dyn ReadModel, suffix: &str) -> rusqlite::Result<String> {
    let mut hash = Sha256::new();
    for table in model.tables() {
        let columns: Vec<String> = conn
            .prepare(&format!(
                "SELECT name FROM pragma_table_info('{table}{suffix}') ORDER BY pk = 0, pk, cid"
            ))?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let keys = conn.query_row(
            &format!("SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info('{table}{suffix}') WHERE pk > 0 ORDER BY pk)"),
            [],
            |row| row.get::<_, String>(0),
        )?;
        let mut statement =
            conn.prepare(&format!("SELECT {} FROM {table}{suffix} ORDER BY {keys}", columns.join(", ")))?;
        let mut rows = statement.query([])?;
        let mut bytes = Vec::new();
        while let Some(row) = rows.next()? {
            bytes.clear();
            for column in 0..columns.len() {
                put_value(&mut bytes, row.get_ref(column)?);
            }
            hash.update(&bytes);
        }
    }
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// Tagged and with its length, so that no two rows look alike.
fn put_value(row: &mut Vec<u8>, value: ValueRef<'_>) {
    let mut put = |tag: u8, bytes: &[u8]| {
        row.push(tag);
        row.extend(bytes.len().to_le_bytes());
        row.extend(bytes);
    };
    match value {
        ValueRef::Null => put(0, &[]),
        ValueRef::Integer(n) => put(1, &n.to_le_bytes()),
        ValueRef::Real(x) => put(2, &x.to_le_bytes()),
        ValueRef::Text(text) => put(3, text),
        ValueRef::Blob(blob) => put(4, blob),
    }
}

/// The rebuilt tables become the live ones, in one transaction: no reader sees anything between.
fn swap(conn: &Connection, model: &dyn ReadModel) -> rusqlite::Result<()> {
    let beside = Tables::BESIDE;
    let replaced = Tables::REPLACED;
    status::drop_tables(conn, model, replaced)?;
    for table in model.tables().iter().chain(model.searches()) {
        conn.execute_batch(&format!(
            "ALTER TABLE {table} RENAME TO {table}{replaced}; ALTER TABLE {table}{beside} RENAME TO {table};"
        ))?;
    }
    conn.execute("DELETE FROM read_models WHERE name = ? AND suffix = ''", [model.name()])?;
    conn.execute("UPDATE read_models SET suffix = '' WHERE name = ? AND suffix = ?", [model.name(), beside])?;
    Ok(())
}
