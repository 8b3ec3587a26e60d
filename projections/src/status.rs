//! Checkpoints: how far each read model is.

use domain::EventId;
use eventlog::{Position, Recorded};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    ApplyError, News,
    ahead::KnownPage,
    model::{self, MODELS, ReadModel, Tables},
    sql::{Conn, Dialect, Row, SqlError, Types},
    store::{Models, keep_others_out, somebody_rebuilds},
    values,
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
    /// Whether its tables are new and yet to catch up with the log: it is shown after that.
    pub building: bool,
    /// How far the rebuild is that runs beside it, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rebuild: Option<Position>,
}

impl ModelStatus {
    /// The event that it stopped before, and why; nothing of one that was made from another history.
    pub fn stopped_before(&self) -> Option<(Position, &str)> {
        let why = self.stopped.as_deref().filter(|why| !why.starts_with(DIVERGED))?;
        Some((self.position + 1, why))
    }
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
    /// Whether the live tables have caught up with the log once.
    pub built: bool,
}

fn schema(conn: &Conn<'_>) -> String {
    let Types { number, id, text, end_of_keyed, .. } = conn.types();
    format!(
        "CREATE TABLE IF NOT EXISTS read_models (
            name       {text}   NOT NULL,
            suffix     {text}   NOT NULL,
            version    {number} NOT NULL,
            generation {number} NOT NULL,
            position   {number} NOT NULL,
            event_id   {id},
            stopped    {text},
            PRIMARY KEY (name, suffix)
        ){end_of_keyed};
        -- Those that have caught up with the log once: nobody is shown half of a list.
        CREATE TABLE IF NOT EXISTS built_models (name {text} NOT NULL PRIMARY KEY){end_of_keyed}"
    )
}

/// How the reason begins why a read model of another history has stopped.
pub(crate) const DIVERGED: &str = "history_diverged";

/// Makes the tables of read models that are not there yet; what was being built beside starts anew.
pub(crate) fn prepare(conn: &Conn<'_>, models: Models) -> Result<(), SqlError> {
    keep_others_out(conn)?;
    conn.batch(&schema(conn))?;
    let being_rebuilt = somebody_rebuilds(conn)?;
    for &model in models {
        if !being_rebuilt {
            remove_beside(conn, model)?;
            drop_tables(conn, model, Tables::REPLACED)?;
        }
        let version = "SELECT version FROM read_models WHERE name = ? AND suffix = ''";
        let version: Option<u32> = conn.value(version, values![model.name()])?;
        if version == Some(model.version()) {
            continue;
        }
        drop_tables(conn, model, "")?;
        conn.run("DELETE FROM read_models WHERE name = ? AND suffix = ''", values![model.name()])?;
        conn.run("DELETE FROM built_models WHERE name = ?", values![model.name()])?;
        let tables = create(conn, model, "")?;
        for index in model.indexes(conn.dialect(), tables) {
            conn.batch(&index)?;
        }
    }
    // This program may be able to apply what an earlier one could not; if not, it stops at the same event.
    conn.run("UPDATE read_models SET stopped = NULL", &[])?;
    verify_fingerprints(conn, models)
}

/// A checkpoint whose event the log does not hold is of another log.
fn verify_fingerprints(conn: &Conn<'_>, models: Models) -> Result<(), SqlError> {
    for checkpoint in checkpoints(conn, models)?.iter().filter(|c| c.position > 0) {
        let held = "SELECT event_id FROM events WHERE position = ?";
        let held: Option<Uuid> = conn.value(held, values![checkpoint.position])?;
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
    conn: &Conn<'_>,
    model: &dyn ReadModel,
    suffix: &'static str,
) -> Result<Tables, SqlError> {
    let generation = "SELECT coalesce(max(generation), 0) + 1 FROM read_models";
    let generation: u64 = conn.value(generation, &[])?.unwrap_or(1);
    let tables = Tables { suffix, generation };
    model.create(conn, tables)?;
    conn.run(
        "INSERT INTO read_models VALUES (?, ?, ?, ?, 0, NULL, NULL)",
        values![model.name(), suffix, model.version(), generation],
    )?;
    Ok(tables)
}

/// Drops what was built beside a read model.
pub(crate) fn remove_beside(conn: &Conn<'_>, model: &dyn ReadModel) -> Result<(), SqlError> {
    drop_tables(conn, model, Tables::BESIDE)?;
    conn.run("DELETE FROM read_models WHERE name = ? AND suffix = ?", values![model.name(), Tables::BESIDE])?;
    Ok(())
}

pub(crate) fn drop_tables(conn: &Conn<'_>, model: &dyn ReadModel, suffix: &str) -> Result<(), SqlError> {
    let mut all = model.tables().iter().chain(model.searches(conn.dialect()));
    all.try_for_each(|table| conn.batch(&format!("DROP TABLE IF EXISTS {table}{suffix}")))
}

/// Lets the engine know what is in new tables, for its plans.
pub(crate) fn learn(conn: &Conn<'_>, model: &dyn ReadModel) -> Result<(), SqlError> {
    match conn.dialect() {
        // It plans without.
        Dialect::Sqlite => Ok(()),
        Dialect::Postgres { .. } => {
            model.tables().iter().try_for_each(|table| conn.batch(&format!("ANALYZE {table}")))
        }
    }
}

/// The indexes of a read model's tables.
pub(crate) fn indexes_of(
    conn: &Conn<'_>,
    model: &dyn ReadModel,
    suffix: &str,
) -> Result<Vec<String>, SqlError> {
    let mut found = Vec::new();
    let sql = match conn.dialect() {
        Dialect::Sqlite => {
            "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
        }
        // Those of keys go with their tables.
        Dialect::Postgres { .. } => {
            "SELECT indexname::text FROM pg_indexes WHERE schemaname = current_schema() AND tablename = ?
             AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE contype = 'p')"
        }
    };
    for table in model.tables() {
        found.extend(conn.all(sql, values![format!("{table}{suffix}")], |row| row.get::<String>(0))?);
    }
    Ok(found)
}

/// Every checkpoint, live and beside.
pub(crate) fn checkpoints(conn: &Conn<'_>, models: Models) -> Result<Vec<Checkpoint>, SqlError> {
    let sql = "SELECT name, suffix, generation, position, event_id, stopped,
                   EXISTS (SELECT 1 FROM built_models b WHERE b.name = m.name) AS built
               FROM read_models m ORDER BY name, suffix";
    Ok(conn.all(sql, &[], |row| read(row, models))?.into_iter().flatten().collect())
}

/// Where one stands, live (no suffix) or beside.
pub(crate) fn checkpoint_of(
    conn: &Conn<'_>,
    models: Models,
    model: &dyn ReadModel,
    suffix: &str,
) -> Result<Option<Checkpoint>, SqlError> {
    let of_model = |c: &Checkpoint| c.model.name() == model.name() && c.tables.suffix == suffix;
    Ok(checkpoints(conn, models)?.into_iter().find(of_model))
}

fn read(row: &Row<'_>, models: Models) -> Result<Option<Checkpoint>, SqlError> {
    let name: String = row.get(0)?;
    let suffix: String = row.get(1)?;
    let suffix = if suffix.is_empty() { "" } else { Tables::BESIDE };
    let tables = Tables { suffix, generation: row.get(2)? };
    let (position, stopped) = (row.get(3)?, row.get(5)?);
    let event_id = row.get::<Option<Uuid>>(4)?.map(EventId);
    // A read model that this version does not have is left alone.
    let built = row.get(6)?;
    let model = model::by_name(models, &name);
    Ok(model.map(|model| Checkpoint { model, tables, position, event_id, stopped, built }))
}

/// Behind which position these need the leaves of events.
pub(crate) fn hashed_behind(going: &[Checkpoint]) -> Position {
    let hashing = going.iter().filter(|checkpoint| checkpoint.model.needs_leaves());
    hashing.map(|checkpoint| checkpoint.position).min().unwrap_or(Position::MAX)
}

impl Checkpoint {
    pub(crate) fn is_live(&self) -> bool {
        self.tables.suffix.is_empty()
    }

    /// Whether it may be shown from now on, standing where it does.
    pub(crate) fn is_to_be_shown(&self, head: Position, page: usize) -> bool {
        let near = self.position.saturating_add(Position::try_from(page).unwrap_or(Position::MAX));
        self.is_live() && !self.built && self.stopped.is_none() && near >= head
    }

    /// What of a page it has yet to apply, if it stands within the page and goes on.
    pub(crate) fn news<'a>(&self, KnownPage { events, leaves, known }: &'a KnownPage) -> Option<News<'a>> {
        let (first, last) = events.first().zip(events.last())?;
        let within = self.position + 1 >= first.position && self.position < last.position;
        let applied = events.partition_point(|event| event.position <= self.position);
        (within && self.stopped.is_none()).then(|| News {
            events: &events[applied..],
            leaves: &leaves[applied..],
            known,
        })
    }

    /// Applies events and moves on. After an error all of the transaction has to be rolled back.
    pub(crate) fn follow(&self, conn: &Conn<'_>, news: News<'_>) -> Result<Self, ApplyError> {
        let Some(last) = news.events.last() else { return Ok(self.clone()) };
        if !self.advance(conn, last)? {
            // Somebody else did this page, or swapped the tables: theirs counts.
            return Ok(self.clone());
        }
        self.model.apply(conn, self.tables, news)?;
        Ok(Self { position: last.position, event_id: Some(last.event_id), ..self.clone() })
    }

    /// Applies events and moves on; or stops right before the one that can't be applied.
    pub(crate) fn follow_carefully(&self, conn: &Conn<'_>, news: News<'_>) -> Result<Self, SqlError> {
        if let Ok(moved) = self.try_follow(conn, news)? {
            return Ok(moved);
        }
        // Once more, one by one: what stands before the event counts.
        let mut at = self.clone();
        for (event, leaf) in news.events.iter().zip(news.leaves) {
            let one =
                News { events: std::slice::from_ref(event), leaves: std::slice::from_ref(leaf), ..news };
            at = match at.try_follow(conn, one)? {
                Ok(moved) => moved,
                Err(ApplyError::Database(error)) => {
                    return at.stop(conn, ApplyError::event(event.position, error.to_string()).to_string());
                }
                Err(error @ ApplyError::Event { .. }) => return at.stop(conn, error.to_string()),
            };
        }
        Ok(at)
    }

    /// Applies all of the events, or none of them. The outer error is the database's: nobody stops for it.
    fn try_follow(&self, conn: &Conn<'_>, news: News<'_>) -> Result<Result<Self, ApplyError>, SqlError> {
        conn.batch("SAVEPOINT read_model")?;
        let moved = match self.follow(conn, news) {
            Err(ApplyError::Database(error)) if conn.has_lost_its_transaction() || error.is_trouble() => {
                return Err(error);
            }
            moved => moved,
        };
        conn.batch(if moved.is_err() {
            "ROLLBACK TO read_model; RELEASE read_model"
        } else {
            "RELEASE read_model"
        })?;
        Ok(moved)
    }

    /// Compare-and-set, before anything is applied: whether the page is ours.
    fn advance(&self, conn: &Conn<'_>, last: &Recorded) -> Result<bool, SqlError> {
        let moved = conn.run(
            "UPDATE read_models SET position = ?, event_id = ?
             WHERE name = ? AND suffix = ? AND generation = ? AND position = ? AND stopped IS NULL",
            values![
                last.position,
                last.event_id.0,
                self.model.name(),
                self.tables.suffix,
                self.tables.generation,
                self.position
            ],
        )?;
        Ok(moved == 1)
    }

    /// Stops here, for everybody to see; unless somebody else moved it on meanwhile.
    pub(crate) fn stop(&self, conn: &Conn<'_>, why: String) -> Result<Self, SqlError> {
        tracing::error!(model = self.model.name(), position = self.position, %why, "a read model has stopped");
        conn.run(
            "UPDATE read_models SET stopped = ? WHERE name = ? AND suffix = ? AND generation = ? AND position = ?",
            values![why, self.model.name(), self.tables.suffix, self.tables.generation, self.position],
        )?;
        Ok(Self { stopped: Some(why), ..self.clone() })
    }
}

/// The live tables of a read model have caught up with the log: they are shown from now on.
pub(crate) fn show(conn: &Conn<'_>, name: &str) -> Result<(), SqlError> {
    conn.run("INSERT INTO built_models VALUES (?) ON CONFLICT DO NOTHING", values![name]).map(drop)
}

/// How far a read model is, read in the same snapshot as its rows.
pub(crate) fn position(conn: &Conn<'_>, name: &str) -> Result<Position, SqlError> {
    let sql = "SELECT position FROM read_models WHERE name = ? AND suffix = ''";
    conn.value(sql, values![name])?.ok_or_else(|| SqlError::unreadable("position", "no such read model"))
}

/// Where the log ends, in this snapshot.
pub fn head(conn: &Conn<'_>) -> Result<Position, SqlError> {
    Ok(conn.value("SELECT coalesce(max(position), 0) FROM events", &[])?.unwrap_or_default())
}

/// Whether an event stands at a position, whatever is in it.
pub fn has_event(conn: &Conn<'_>, position: Position) -> Result<bool, SqlError> {
    Ok(conn.value::<i64>("SELECT 1 FROM events WHERE position = ?", values![position])?.is_some())
}

/// That the log ends before a position, for whoever gave it.
pub fn none_at(position: Position, head: Position) -> String {
    format!("the log has {head} events, and none at {position}")
}

/// Every read model's state.
pub fn all(conn: &Conn<'_>) -> Result<Vec<ModelStatus>, SqlError> {
    let checkpoints = checkpoints(conn, &MODELS)?;
    let head = head(conn)?;
    let live = checkpoints.iter().filter(|c| c.is_live());
    Ok(live
        .map(|c| ModelStatus {
            name: c.model.name().to_owned(),
            version: c.model.version(),
            position: c.position,
            lag: head.saturating_sub(c.position),
            stopped: c.stopped.clone(),
            building: !c.built,
            rebuild: checkpoints
                .iter()
                .find(|b| !b.is_live() && b.model.name() == c.model.name())
                .map(|b| b.position),
        })
        .collect())
}
