//! Which rows of the history are walked: through which index, between which positions.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Event, ImportEvent, ImportId, MemberId, Source, SubjectId};
use eventlog::Position;

use super::entry::ends_of_import;
use crate::{
    QueryError,
    sql::{Conn, Dialect, Stream, ToValue},
    status, values,
};

/// Behind every position.
pub(super) const END: Position = u64::MAX >> 1;

/// The positions in question, without both ends.
#[derive(Clone, Copy)]
pub(super) struct Between {
    pub(super) after: Position,
    pub(super) before: Position,
}

/// The rows that are walked, in the order of an index: of a license (`?1`), between two positions (`?2`, `?3`), and
/// what else is asked for.
pub(super) struct Walk {
    /// Each in the order of its index.
    stretches: Vec<String>,
    values: Vec<Box<dyn ToValue>>,
}

const ROWS: &str = "SELECT a.position AS at, a.event_type, a.actor, a.source, a.acted_by FROM audit a
                    WHERE a.license = ?1 AND a.position > ?2 AND a.position < ?3";

impl Walk {
    pub(super) fn everything() -> Self {
        Self { stretches: vec![ROWS.to_owned()], values: Vec::new() }
    }

    /// What somebody did, in their own name or in that of another: two indexes, merged.
    pub(super) fn actor(engine: Dialect, actor: SubjectId) -> Self {
        let [own, anothers] = ["a.actor = ?4", "a.acted_by = ?4"].map(|by| engine.met_by_few(by));
        let stretches = vec![format!("{ROWS} AND {own}"), format!("{ROWS} AND {anothers} AND a.actor <> ?4")];
        Self { stretches, values: vec![Box::new(actor.0)] }
    }

    pub(super) fn event_type(engine: Dialect, name: &str) -> Self {
        let rows = format!("{ROWS} AND {}", engine.met_by_few("a.event_type = ?4"));
        Self { stretches: vec![rows], values: vec![Box::new(name.to_owned())] }
    }

    /// What came in another way than by files, which have no index of their own.
    pub(super) fn source(engine: Dialect, from: Source) -> Option<Self> {
        let rows = format!("{ROWS} AND a.source <> 'csv' AND {}", engine.met_by_few("a.source = ?4"));
        let values: Vec<Box<dyn ToValue>> = vec![Box::new(from.as_str().to_owned())];
        (from != Source::Csv).then(|| Self { stretches: vec![rows], values })
    }

    /// The stream of a membership, and what happened to the person's roles on the license itself.
    pub(super) fn member(engine: Dialect, member: Option<MemberId>, subject: SubjectId) -> Self {
        let rows = format!(
            "SELECT a.position AS at, a.event_type, a.actor, a.source, a.acted_by FROM (
                 SELECT position FROM events WHERE aggregate_id = ?4
                 UNION ALL
                 SELECT position FROM audit WHERE license = ?1 AND subject_id = ?5
             ) AS p {} audit a ON a.license = ?1 AND a.position = p.position
             WHERE p.position > ?2 AND p.position < ?3",
            engine.looks_up_in()
        );
        let values: Vec<Box<dyn ToValue>> =
            vec![Box::new(member.map(|member| Stream(member.0))), Box::new(subject.0)];
        Self { stretches: vec![rows], values }
    }

    /// The first rows of the walk, at most so many: oldest or newest first.
    pub(super) fn sql(&self, engine: Dialect, newest_first: bool, most: u64) -> String {
        let order = if newest_first { "at DESC" } else { "at" };
        engine.merged(&self.stretches, order, &format!("LIMIT {most}"))
    }

    /// What to bind.
    pub(super) fn values<'a>(&'a self, license: &'a Position, between: &'a Between) -> Vec<&'a dyn ToValue> {
        let mut values: Vec<&dyn ToValue> = vec![license, &between.after, &between.before];
        values.extend(self.values.iter().map(AsRef::as_ref));
        values
    }
}

impl Between {
    pub(super) fn and(self, other: Self) -> Self {
        Self { after: self.after.max(other.after), before: self.before.min(other.before) }
    }
}

/// The first position at a time or later; behind the head if there is none. Positions are dense, and the time
/// of recording never goes back: no index on time is needed.
pub(crate) fn first_since(conn: &Conn<'_>, time: DateTime<Utc>) -> Result<Position, QueryError> {
    let mut low: Position = 1;
    let mut high = status::head(conn)? + 1;
    while low < high {
        let middle = low.midpoint(high);
        let at: Option<i64> =
            conn.value("SELECT recorded_at FROM events WHERE position = ?", values![middle])?;
        if at.and_then(DateTime::from_timestamp_micros).is_some_and(|at| at < time) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// Between which positions an import's events are. It begins with its first event; once it has ended, all of
/// its last commit was recorded at the moment of its last event.
pub(super) fn of_import(conn: &Conn<'_>, import: ImportId) -> Result<Between, QueryError> {
    let Some([first, last]) = ends_of_import(conn, import)? else {
        return Ok(Between { after: 0, before: 0 });
    };
    let ended = matches!(
        &last.event,
        Event::Import(
            ImportEvent::ImportCompleted { .. }
                | ImportEvent::ImportCancelled { .. }
                | ImportEvent::ImportFailed { .. }
        )
    );
    let after = first.position - 1;
    let next_moment = last.recorded_at + TimeDelta::microseconds(1);
    Ok(Between { after, before: if ended { first_since(conn, next_moment)? } else { END } })
}
