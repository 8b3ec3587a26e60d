//! Folds a page of events in memory, then writes each row once.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{Event, MembershipEvent};
use eventlog::{Position, Recorded};
use uuid::Uuid;

use super::{
    row::{self, MemberRow},
    search::{self, Entries},
};
use crate::{
    ApplyError, Known, News,
    sql::{Conn, SqlError},
    values,
};

pub(super) fn apply(
    conn: &Conn<'_>,
    suffix: &str,
    News { events, known, .. }: News<'_>,
) -> Result<(), ApplyError> {
    let mut stored = stored(conn, suffix, events, known)?;
    let mut rows: Vec<MemberRow> = Vec::new();
    let mut places: HashMap<Uuid, usize> = HashMap::new();
    for recorded in events {
        let Event::Membership(event) = &recorded.event else { continue };
        let begun = places.get(&recorded.stream.id).copied();
        let place = begun.unwrap_or(rows.len());
        if begun.is_none() {
            rows.push(match stored.remove(&recorded.stream.id) {
                Some(row) => row,
                None => begin(known, recorded, event)?,
            });
            places.insert(recorded.stream.id, place);
        }
        rows[place].follow(recorded, event).ok_or_else(|| {
            let name = event.description().name;
            ApplyError::event(
                recorded.position,
                format!("the event {name} can't follow the membership's standing"),
            )
        })?;
    }
    store(conn, suffix, &rows)?;
    Ok(())
}

/// The rows that the table has of memberships that began before these events.
fn stored(
    conn: &Conn<'_>,
    suffix: &str,
    events: &[Recorded],
    known: &Known,
) -> Result<HashMap<Uuid, MemberRow>, ApplyError> {
    let (mut numbers, mut seen) = (Vec::new(), HashSet::new());
    for recorded in events {
        let of_member = matches!(recorded.event, Event::Membership(_));
        if of_member && seen.insert(recorded.stream.id) && recorded.revision > 1 {
            numbers.push(known.number(recorded, recorded.stream.id)?);
        }
    }
    let rows = MemberRow::load(conn, suffix, &numbers)?;
    Ok(rows.into_iter().map(|row| (row.member_id, row)).collect())
}

fn begin(known: &Known, recorded: &Recorded, event: &MembershipEvent) -> Result<MemberRow, ApplyError> {
    let broken = |what: &str| ApplyError::event(recorded.position, what);
    if recorded.revision > 1 {
        return Err(broken("the membership's earlier events are not in the list"));
    }
    let (license, _) = recorded.license.ok_or_else(|| broken("the event names no license"))?;
    MemberRow::begin(recorded, event, known.number(recorded, license.0)?, |subject| known.person(subject))
        .ok_or_else(|| broken("no membership can begin with this event"))
}

fn store(conn: &Conn<'_>, suffix: &str, rows: &[MemberRow]) -> Result<(), SqlError> {
    let mut counts: BTreeMap<(Position, u8), i64> = BTreeMap::new();
    let mut writes = row::writes(conn, suffix)?;
    let mut entries = Entries::to(conn, suffix)?;
    for row in rows {
        row.store(&mut writes)?;
        match (&row.searched_as, &row.email) {
            (None, _) if !row.stored => entries.add(row)?,
            (Some(address), None) => search::remove(conn, suffix, row, address)?,
            (None | Some(_), _) => {}
        }
        if row.counted != row.status() {
            *counts.entry((row.license, row.counted)).or_default() -= 1;
            *counts.entry((row.license, row.status())).or_default() += 1;
        }
    }
    writes.end()?;
    entries.end()?;
    count(conn, suffix, &counts)
}

fn count(conn: &Conn<'_>, suffix: &str, counts: &BTreeMap<(Position, u8), i64>) -> Result<(), SqlError> {
    let change = format!(
        "INSERT INTO member_counts{suffix} AS c VALUES (?1, ?2, ?3)
         ON CONFLICT (license, status) DO UPDATE SET n = c.n + excluded.n"
    );
    // Whether there ever was one must not show: pages of another size would not tell.
    let tidy = format!("DELETE FROM member_counts{suffix} WHERE license = ? AND status = ? AND n = 0");
    for ((license, status), n) in counts.iter().filter(|((_, status), n)| *status > 0 && **n != 0) {
        conn.run(&change, values![license, status, n])?;
        if *n < 0 {
            conn.run(&tidy, values![license, status])?;
        }
    }
    Ok(())
}
