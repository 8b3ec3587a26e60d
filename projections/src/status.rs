//! Checkpoints: how far each read model is.

use domain::EventId;
use eventlog::{Position, Recorded};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    ApplyError, News,
    ahead::KnownPage,
    model::{self, MODELS, ReadModel, Tables},
};

/// A read model's state, as the health page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ModelStatus {
    /// The read model.
    pub name: String,
    /// The version of its tables.
    pub version: u32,
    /// The last event that is in it.
    pub position: Position,
    /// How many events it has yet to apply.
    pub lag: u64,
    /// Why it stopped, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// How far the rebuild is that runs beside it, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rebuild: Option<Position>,
}

/// Where a read model, or one that is built beside it, stands.
#[derive(Clone)]
pub(crate) struct Checkpoint {
    pub model: &'static dyn ReadModel,
    pub tables: Tables,
    pub position: Position,
    /// The last event applied: the log that goes on must hold the same.
    pub event_id: Option<EventId>,
    pub stopped: Option<String>,
}

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS read_models (
    name       TEXT    NOT NULL,
    suffix     TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    event_id   BLOB,
    stopped    TEXT,
    PRIMARY KEY (name, suffix)
) STRICT, WITHOUT ROWID";

/// How the reason begins why a read model of another history has stopped.
pub(crate) const DIVERGED: &str = "history_diverged";

/// Makes the tables of read models that are not there yet; what was being built beside starts anew.
pub(crate) fn prepare(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(SCHEMA)?;
    for model in MODELS {
        remove_beside(conn, model)?;
        drop_tables(conn, model, Tables::REPLACED)?;
        let version: Option<u32> = conn
            .query_row(
                "SELECT version FROM read_models WHERE name = ? AND suffix = ''",
                [model.name()],
                |r| r.get(0),
            )
            .optional()?;
        if version == Some(model.version()) {
            continue;
        }
        drop_tables(conn, model, "")?;
        conn.execute("DELETE FROM read_models WHERE name = ? AND suffix = ''", [model.name()])?;
        let tables = create(conn, model, "")?;
        for index in model.indexes(tables) {
            conn.execute_batch(&index)?;
        }
    }
    // This program may be able to apply what an earlier one could not; if not, it stops at the same event.
    conn.execute("UPDATE read_models SET stopped = NULL", [])?;
    verify_fingerprints(conn)
}

/// A checkpoint whose event the log does not hold is of another log.
fn verify_fingerprints(conn: &Connection) -> rusqlite::Result<()> {
    for checkpoint in checkpoints(conn)?.iter().filter(|c| c.position > 0) {
        let held: Option<Uuid> = conn
            .query_row("SELECT event_id FROM events WHERE position = ?", [checkpoint.position], |r| r.get(0))
            .optional()?;
        if held.map(EventId) != checkpoint.event_id {
            let at = checkpoint.position;
            let why = format!("{DIVERGED}: the log does not hold the event applied at {at}");
            checkpoint.stop(conn, why)?;
        }
    }
    Ok(())
}

/// Makes a read model's tables, empty, with a checkpoint at 0.
pub(crate) fn create(
    conn: &Connection,
    model: &dyn ReadModel,
    suffix: &'static str,
) -> rusqlite::Result<Tables> {
    let generation: u64 =
        conn.query_row("SELECT coalesce(max(generation), 0) + 1 FROM read_models", [], |row| row.get(0))?;
    let tables = Tables { suffix, generation };
    model.create(conn, tables)?;
    conn.execute(
        "INSERT INTO read_models VALUES (?, ?, ?, ?, 0, NULL, NULL)",
        params![model.name(), suffix, model.version(), generation],
    )?;
    Ok(tables)
}

/// Drops what was built beside a read model.
pub(crate) fn remove_beside(conn: &Connection, model: &dyn ReadModel) -> rusqlite::Result<()> {
    drop_tables(conn, model, Tables::BESIDE)?;
    conn.execute(
        "DELETE FROM read_models WHERE name = ? AND suffix = ?",
        params![model.name(), Tables::BESIDE],
    )?;
    Ok(())
}

pub(crate) fn drop_tables(conn: &Connection, model: &dyn ReadModel, suffix: &str) -> rusqlite::Result<()> {
    let mut all = model.tables().iter().chain(model.searches());
    all.try_for_each(|table| conn.execute_batch(&format!("DROP TABLE IF EXISTS {table}{suffix}")))
}

/// The indexes of a read model's tables.
pub(crate) fn indexes_of(
    conn: &Connection,
    model: &dyn ReadModel,
    suffix: &str,
) -> rusqlite::Result<Vec<String>> {
    let mut found = Vec::new();
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL";
    for table in model.tables() {
        let mut statement = conn.prepare_cached(sql)?;
        let names = statement.query_map([format!("{table}{suffix}")], |row| row.get(0))?;
        found.extend(names.collect::<Result<Vec<String>, _>>()?);
    }
    Ok(found)
}

/// Every checkpoint, live and beside.
pub(crate) fn checkpoints(conn: &Connection) -> rusqlite::Result<Vec<Checkpoint>> {
    conn.prepare_cached("SELECT name, suffix, generation, position, event_id, stopped FROM read_models")?
        .query_map([], read)?
        .filter_map(Result::transpose)
        .collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Option<Checkpoint>> {
    let name: String = row.get(0)?;
    let suffix: String = row.get(1)?;
    let suffix = if suffix.is_empty() { "" } else { Tables::BESIDE };
    let tables = Tables { suffix, generation: row.get(2)? };
    let (position, stopped) = (row.get(3)?, row.get(5)?);
    let event_id = row.get::<_, Option<Uuid>>(4)?.map(EventId);
    // A read model that this version does not have is left alone.
    Ok(model::by_name(&name).map(|model| Checkpoint { model, tables, position, event_id, stopped }))
}

impl Checkpoint {
    pub(crate) fn is_live(&self) -> bool {
        self.tables.suffix.is_empty()
    }

    /// What of a page it has yet to apply, if it stands within the page and goes on.
    pub(crate) fn news<'a>(&self, KnownPage { events, known }: &'a KnownPage) -> Option<News<'a>> {
        let (first, last) = events.first().zip(events.last())?;
        let within = self.position + 1 >= first.position && self.position < last.position;
        let applied = events.partition_point(|event| event.position <= self.position);
        (within && self.stopped.is_none()).then(|| News { events: &events[applied..], known })
    }

    /// Applies events and moves on. After an error all of the transaction has to be rolled back.
    pub(crate) fn follow(&self, conn: &Connection, news: News<'_>) -> Result<Self, ApplyError> {
        let Some(last) = news.events.last() else { return Ok(self.clone()) };
        if !self.advance(conn, last)? {
            // Somebody else did this page, or swapped the tables: theirs counts.
            return Ok(self.clone());
        }
        self.model.apply(conn, self.tables, news)?;
        Ok(Self { position: last.position, event_id: Some(last.event_id), ..self.clone() })
    }

    /// Applies events and moves on; or stops right before the one that can't be applied.
    pub(crate) fn follow_carefully(&self, conn: &Connection, news: News<'_>) -> rusqlite::Result<Self> {
        if let Ok(moved) = self.try_follow(conn, news)? {
            return Ok(moved);
        }
        // Once more, one by one: what stands before the event counts.
        let mut at = self.clone();
        for event in news.events {
            at = match at.try_follow(conn, News { events: std::slice::from_ref(event), ..news })? {
                Ok(moved) => moved,
                Err(ApplyError::Sqlite(error)) => {
                    return at.stop(conn, ApplyError::event(event.position, error.to_string()).to_string());
                }
                Err(error @ ApplyError::Event { .. }) => return at.stop(conn, error.to_string()),
            };
        }
        Ok(at)
    }

    /// Applies all of the events, or none of them. The outer error is the database's: nobody stops for it.
    fn try_follow(&self, conn: &Connection, news: News<'_>) -> rusqlite::Result<Result<Self, ApplyError>> {
        conn.execute_batch("SAVEPOINT read_model")?;
        let moved = match self.follow(conn, news) {
            Err(ApplyError::Sqlite(error)) if conn.is_autocommit() || is_trouble(&error) => {
                return Err(error);
            }
            moved => moved,
        };
        conn.execute_batch(if moved.is_err() {
            "ROLLBACK TO read_model; RELEASE read_model"
        } else {
            "RELEASE read_model"
        })?;
        Ok(moved)
    }

    /// Compare-and-set, before anything is applied: whether the page is ours.
    fn advance(&self, conn: &Connection, last: &Recorded) -> rusqlite::Result<bool> {
        let moved = conn
            .prepare_cached(
                "UPDATE read_models SET position = ?, event_id = ?
                 WHERE name = ? AND suffix = ? AND generation = ? AND position = ? AND stopped IS NULL",
            )?
            .execute(params![
                last.position,
                last.event_id.0,
                self.model.name(),
                self.tables.suffix,
                self.tables.generation,
                self.position
            ])?;
        Ok(moved == 1)
    }

    /// Stops here, for everybody to see; unless somebody else moved it on meanwhile.
    pub(crate) fn stop(&self, conn: &Connection, why: String) -> rusqlite::Result<Self> {
        tracing::error!(model = self.model.name(), position = self.position, %why, "a read model has stopped");
        conn.execute(
            "UPDATE read_models SET stopped = ? WHERE name = ? AND suffix = ? AND generation = ? AND position = ?",
            params![why, self.model.name(), self.tables.suffix, self.tables.generation, self.position],
        )?;
        Ok(Self { stopped: Some(why), ..self.clone() })
    }
}

/// Trouble of the machine, which says nothing about the event: it is tried again.
fn is_trouble(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode as E;
    matches!(
        error.sqlite_error_code(),
        Some(
            E::DiskFull
                | E::SystemIoFailure
                | E::OutOfMemory
                | E::DatabaseBusy
                | E::DatabaseLocked
                | E::OperationInterrupted
                | E::ReadOnly
                | E::CannotOpen
        )
    )
}

/// How far a read model is, read in the same snapshot as its rows.
pub(crate) fn position(conn: &Connection, name: &str) -> rusqlite::Result<Position> {
    conn.prepare_cached("SELECT position FROM read_models WHERE name = ? AND suffix = ''")?
        .query_row([name], |row| row.get(0))
}

/// Where the log ends, in this snapshot.
pub(crate) fn head(conn: &Connection) -> rusqlite::Result<Position> {
    conn.prepare_cached("SELECT coalesce(max(position), 0) FROM events")?.query_row([], |row| row.get(0))
}

/// Every read model's state.
pub fn all(conn: &Connection) -> rusqlite::Result<Vec<ModelStatus>> {
    let checkpoints = checkpoints(conn)?;
    let head = head(conn)?;
    let live = checkpoints.iter().filter(|c| c.is_live());
    Ok(live
        .map(|c| ModelStatus {
            name: c.model.name().to_owned(),
            version: c.model.version(),
            position: c.position,
            lag: head.saturating_sub(c.position),
            stopped: c.stopped.clone(),
            rebuild: checkpoints
                .iter()
                .find(|b| !b.is_live() && b.model.name() == c.model.name())
                .map(|b| b.position),
        })
        .collect())
}
