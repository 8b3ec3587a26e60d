//! Folds a page of events in memory, then writes each row once.

use std::collections::{BTreeMap, HashMap};

use domain::{Event, MembershipEvent};
use eventlog::{Position, Recorded};
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::{
    row::{MemberRow, Writes},
    search::Entries,
};
use crate::{ApplyError, Known, News};

pub(super) fn apply(
    conn: &Connection,
    suffix: &str,
    News { events, known }: News<'_>,
) -> Result<(), ApplyError> {
    let mut rows: Vec<MemberRow> = Vec::new();
    let mut places: HashMap<Uuid, usize> = HashMap::new();
    for recorded in events {
        let Event::Membership(event) = &recorded.event else { continue };
        let begun = places.get(&recorded.stream.id).copied();
        let place = begun.unwrap_or(rows.len());
        if begun.is_none() {
            rows.push(begin_or_load(conn, suffix, known, recorded, event)?);
            places.insert(recorded.stream.id, place);
        }
        rows[place].follow(recorded, event).ok_or_else(|| {
            let name = event.description().name;
            ApplyError::event(recorded.position, format!("a {name} can't follow the membership's standing"))
        })?;
    }
    let mut counts: BTreeMap<(Position, u8), i64> = BTreeMap::new();
    let mut writes = Writes::to(conn, suffix)?;
    let mut entries = Entries::to(conn, suffix)?;
    for row in &rows {
        row.store(&mut writes)?;
        if !row.stored {
            entries.add(row)?;
        }
        if row.counted != row.status() {
            *counts.entry((row.license, row.counted)).or_default() -= 1;
            *counts.entry((row.license, row.status())).or_default() += 1;
        }
    }
    count(conn, suffix, &counts)?;
    Ok(())
}

fn begin_or_load(
    conn: &Connection,
    suffix: &str,
    known: &Known,
    recorded: &Recorded,
    event: &MembershipEvent,
) -> Result<MemberRow, ApplyError> {
    let broken = |what: &str| ApplyError::event(recorded.position, what);
    if recorded.revision > 1 {
        let row = MemberRow::load(conn, suffix, known.number(recorded, recorded.stream.id)?)?;
        return row.ok_or_else(|| broken("the membership's earlier events are not in the list"));
    }
    let (license, _) = recorded.license.ok_or_else(|| broken("the event names no license"))?;
    MemberRow::begin(recorded, event, known.number(recorded, license.0)?, |subject| known.person(subject))
        .ok_or_else(|| broken("no membership can begin with this event"))
}

fn count(conn: &Connection, suffix: &str, counts: &BTreeMap<(Position, u8), i64>) -> rusqlite::Result<()> {
    let mut change = conn.prepare_cached(&format!(
        "INSERT INTO member_counts{suffix} VALUES (?1, ?2, ?3)
         ON CONFLICT (license, status) DO UPDATE SET n = n + excluded.n"
    ))?;
    // Whether there ever was one must not show: pages of another size would not tell.
    let mut tidy = conn.prepare_cached(&format!(
        "DELETE FROM member_counts{suffix} WHERE license = ? AND status = ? AND n = 0"
    ))?;
    for ((license, status), n) in counts.iter().filter(|((_, status), n)| *status > 0 && **n != 0) {
        change.execute(params![license, status, n])?;
        if *n < 0 {
            tidy.execute(params![license, status])?;
        }
    }
    Ok(())
}
