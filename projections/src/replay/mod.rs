//! Replays the log into a database of its own, and compares what comes of it with the read models, row by row.
//!
//! The tables by which commands are decided, which every commit changes with the log, are compared in the same way.
//!
//! Nothing of the read models' own upkeep has a part in it: no checkpoint, no table beside the live ones, no index; and
//! nothing is written but to a temporary file that has no name. Of one license only its own events are replayed.

mod claims;
mod compare;
mod fresh;

use domain::LicenseId;
use eventlog::{Position, Recorded, Stored};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    Known, News, QueryError, ReadModel, number,
    sql::{Conn, Row, SqlError},
    status,
    store::Models,
    values,
};
use compare::{Scope, compare};
use fresh::Fresh;

/// What a replay came to.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Replayed {
    /// Of which license; nothing: of everything.
    #[schema(value_type = Option<Uuid>)]
    pub license_id: Option<LicenseId>,
    /// Up to which position.
    pub position: Position,
    /// How many events were replayed.
    pub events: u64,
    /// Whether every read model holds what the log says, and nothing else.
    pub equal: bool,
    /// Each read model; and `claims`, the tables by which commands are decided: what seats are taken, and who is which member.
    pub models: Vec<ReplayedModel>,
}

/// A read model beside what the log says.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ReplayedModel {
    /// The read model.
    pub name: String,
    /// The last event that is in it, and up to which it was replayed.
    pub position: Position,
    /// Whether both are the same, row by row.
    pub equal: bool,
    /// How many rows the read model has.
    pub rows: u64,
    /// How many rows the log calls for.
    pub replayed_rows: u64,
    /// SHA-256 over the rows of the read model, in the order of their keys.
    pub live: String,
    /// The same over the rows that the log calls for.
    pub replayed: String,
    /// Why the log could not be replayed to its end, or why the read model has stopped before it; what stands here then is
    /// compared with what came before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// How many rows differ.
    pub different: u64,
    /// The first of them.
    pub differences: Vec<Difference>,
}

/// A row that is not what the log says. No `Debug`: may hold an address.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Difference {
    /// The table.
    pub table: String,
    /// Its key there.
    pub key: String,
    /// What is wrong with it, in a sentence.
    pub text: String,
    /// Each column that differs; of a row that is missing, or too many, all of them.
    pub columns: Vec<DifferentColumn>,
}

/// A column that is not what the log says. No `Debug`: may hold an address.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DifferentColumn {
    /// The column.
    pub column: String,
    /// What stands there; nothing where it is empty, or where there is no row.
    pub live: Option<String>,
    /// What the log says.
    pub replayed: Option<String>,
}

/// Events in a page.
const PAGE: u64 = 5_000;

/// A read model that is replayed.
struct Replaying {
    model: &'static dyn ReadModel,
    position: Position,
    stopped: Option<String>,
    /// Why the read model itself has stopped there, if it has.
    waits: Option<String>,
}

/// Replays the log, of a license or all of it, up to where each read model stands, and compares. In one snapshot: what
/// happens meanwhile has no part in it.
pub fn replay(conn: &Conn<'_>, models: Models, license: Option<LicenseId>) -> Result<Replayed, QueryError> {
    let snapshot = conn.snapshot()?;
    let number = match license {
        Some(license) => Some(number::of_license(&snapshot, license)?.unwrap_or_default()),
        None => None,
    };
    let scope = license.zip(number).map(|(license, number)| Scope { license, number });
    let checkpoints = status::checkpoints(&snapshot, models)?;
    let live = checkpoints.into_iter().filter(status::Checkpoint::is_live);
    let mut replaying: Vec<Replaying> = live
        .filter(|checkpoint| {
            scope.is_none() || checkpoint.model.tables().iter().all(|table| Scope::has(table))
        })
        .map(|checkpoint| Replaying {
            model: checkpoint.model,
            position: checkpoint.position,
            stopped: None,
            waits: checkpoint.stopped,
        })
        .collect();
    let head = status::head(&snapshot)?;
    replaying.push(Replaying { model: &claims::Claims, position: head, stopped: None, waits: None });
    let fresh = Fresh::of(replaying.iter().map(|replaying| replaying.model))?;
    let events = feed(&snapshot, &fresh, &mut replaying, license)?;
    let position = replaying.iter().map(|replaying| replaying.position).max().unwrap_or_default();
    let models = replaying.into_iter().map(|replaying| compare(&snapshot, &fresh, replaying, scope.as_ref()));
    let mut models: Vec<ReplayedModel> = models.collect::<Result<_, QueryError>>()?;
    if let Some(claims) = models.last_mut() {
        claims::add_wrong_heads(&snapshot, license, claims)?;
    }
    let equal = models.iter().all(|model| model.equal);
    Ok(Replayed { license_id: license, position, events, equal, models })
}

/// Replays page by page. How many events.
fn feed(
    conn: &Conn<'_>,
    fresh: &Fresh,
    replaying: &mut [Replaying],
    license: Option<LicenseId>,
) -> Result<u64, QueryError> {
    let last = replaying.iter().map(|replaying| replaying.position).max().unwrap_or_default();
    let hashes = replaying.iter().any(|replaying| replaying.model.needs_leaves());
    let (mut after, mut count) = (0, 0);
    loop {
        let stored = page(conn, after, last, license)?;
        let Some(end) = stored.last().map(|event| event.position) else { return Ok(count) };
        let events: Vec<Recorded> = stored.iter().map(Stored::read).collect::<Result<_, _>>()?;
        let leaf = |event: &Stored<'_>| hashes.then(|| event.entry().leaf());
        let leaves: Vec<_> = stored.iter().map(leaf).collect();
        let known = Known::of(conn, &events)?;
        fresh.in_transaction(|fresh| {
            for replaying in replaying.iter_mut().filter(|replaying| replaying.stopped.is_none()) {
                let until = events.partition_point(|event| event.position <= replaying.position);
                let news = News { events: &events[..until], leaves: &leaves[..until], known: &known };
                if !news.events.is_empty()
                    && let Err(error) = replaying.model.apply(fresh, Fresh::TABLES, news)
                {
                    replaying.stopped = Some(error.to_string());
                }
            }
            Ok(())
        })?;
        count += u64::try_from(stored.len()).unwrap_or_default();
        after = end;
    }
}

/// Events behind a position, of a license or all, as they are stored: from the log's own table.
fn page(
    conn: &Conn<'_>,
    after: Position,
    to: Position,
    license: Option<LicenseId>,
) -> Result<Vec<Stored<'static>>, SqlError> {
    let of_license = if license.is_some() { "AND license_id = ?3" } else { "" };
    let sql = format!(
        "SELECT position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
             event_id, license_id, license_sequence, recorded_at
         FROM events WHERE position > ?1 AND position <= ?2 {of_license} ORDER BY position LIMIT {PAGE}"
    );
    match license {
        Some(license) => conn.all(&sql, values![after, to, license.0], read),
        None => conn.all(&sql, values![after, to], read),
    }
}

fn read(row: &Row<'_>) -> Result<Stored<'static>, SqlError> {
    let text = |column: usize| row.get::<String>(column).map(Into::into);
    Ok(Stored {
        position: row.get(0)?,
        aggregate_type: text(1)?,
        aggregate_id: row.get(2)?,
        revision: row.get(3)?,
        event_type: text(4)?,
        event_version: text(5)?,
        payload: text(6)?,
        metadata: text(7)?,
        event_id: row.get(8)?,
        license_id: row.get::<Option<Uuid>>(9)?,
        license_sequence: row.get(10)?,
        recorded_at: row.get(11)?,
    })
}
