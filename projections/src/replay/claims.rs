//! The tables beside the log by which commands are decided, as a replay makes them: who is which member, and the seats; and the
//! numbers of licenses, which are those of events. They are no read model, and nothing rebuilds them: each commit changes
//! them with the log. Somebody who changes them alone changes what is decided, and here it shows.

use domain::{Event, LicenseEvent, LicenseId, MembershipEvent};
use eventlog::Recorded;
use uuid::Uuid;

use super::{Difference, DifferentColumn, ReplayedModel};
use crate::{
    ApplyError, News, ReadModel,
    model::Tables,
    sql::{Conn, Dialect, SqlError},
    values,
};

pub(super) struct Claims;

/// Numbers of licenses that are not those of their last events up to the positions beside them. They need not be the last
/// ones of all: in a file those of several licenses are written down now and then, as of where the log is.
const WRONG_HEADS: &str = "SELECT h.license_id, h.sequence,
                               (SELECT max(license_sequence) FROM events
                                WHERE license_id = h.license_id AND position <= h.position)
                           FROM license_heads h
                           LEFT JOIN events e ON e.license_id = h.license_id AND e.license_sequence = h.sequence
                           LEFT JOIN events n ON n.license_id = h.license_id AND n.license_sequence = h.sequence + 1
                           WHERE e.position IS NULL OR e.position > h.position OR n.position <= h.position
                           ORDER BY h.license_id";

/// Adds the numbers of licenses that no event has to what differs.
pub(super) fn add_wrong_heads(
    conn: &Conn<'_>,
    license: Option<LicenseId>,
    claims: &mut ReplayedModel,
) -> Result<(), SqlError> {
    let wrong: Vec<(Uuid, i64, Option<i64>)> =
        conn.all(WRONG_HEADS, &[], |row| Ok::<_, SqlError>((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    for (id, sequence, event) in wrong.into_iter().filter(|(id, ..)| license.is_none_or(|of| of.0 == *id)) {
        let key = id.to_string();
        let should = match event {
            Some(event) => format!("sequence is {sequence} and should be {event}"),
            None => "nothing in the log calls for this row".to_owned(),
        };
        claims.equal = false;
        claims.different += 1;
        claims.differences.push(Difference {
            table: "license_heads".to_owned(),
            text: format!("license_heads, license_id {key}: {should}."),
            key,
            columns: vec![DifferentColumn {
                column: "sequence".to_owned(),
                live: Some(sequence.to_string()),
                replayed: event.map(|event| event.to_string()),
            }],
        });
    }
    Ok(())
}

impl ReadModel for Claims {
    fn name(&self) -> &'static str {
        "claims"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [&'static str] {
        &["memberships", "seat_pools"]
    }

    fn create(&self, conn: &Conn<'_>, _: Tables) -> Result<(), SqlError> {
        conn.batch(
            "CREATE TABLE memberships (license_id BLOB, subject_id BLOB, member_id BLOB,
                 PRIMARY KEY (license_id, subject_id)) WITHOUT ROWID;
             CREATE TABLE seat_pools (id BLOB PRIMARY KEY, taken INTEGER, seat_limit INTEGER) WITHOUT ROWID;
             -- Who holds a seat: compared with nothing.
             CREATE TABLE seat_holders (member_id BLOB PRIMARY KEY) WITHOUT ROWID;",
        )
    }

    fn indexes(&self, _: Dialect, _: Tables) -> Vec<String> {
        Vec::new()
    }

    fn apply(&self, conn: &Conn<'_>, _: Tables, news: News<'_>) -> Result<(), ApplyError> {
        news.events.iter().try_for_each(|event| Ok(follow(conn, event)?))
    }
}

fn follow(conn: &Conn<'_>, recorded: &Recorded) -> Result<(), SqlError> {
    let Some((license, _)) = recorded.license else { return Ok(()) };
    match &recorded.event {
        Event::License(LicenseEvent::LicenseCreated { seat_limit, .. }) => {
            open(conn, license.0, Some(*seat_limit))
        }
        Event::License(LicenseEvent::SeatLimitChanged { seat_limit }) => {
            let sql = "UPDATE seat_pools SET seat_limit = ? WHERE id = ?";
            conn.run(sql, values![seat_limit, license.0]).map(drop)
        }
        Event::License(LicenseEvent::LicenseKeyIssued { key_id, limit, .. }) => open(conn, key_id.0, *limit),
        Event::Membership(event) => follow_member(conn, (license.0, recorded.stream.id), event),
        _ => Ok(()),
    }
}

fn open(conn: &Conn<'_>, pool: Uuid, limit: Option<u64>) -> Result<(), SqlError> {
    conn.run("INSERT INTO seat_pools VALUES (?, 0, ?)", values![pool, limit]).map(drop)
}

fn take(conn: &Conn<'_>, pool: Uuid, seats: i64) -> Result<(), SqlError> {
    conn.run("UPDATE seat_pools SET taken = taken + ? WHERE id = ?", values![seats, pool]).map(drop)
}

fn follow_member(
    conn: &Conn<'_>,
    (license, member): (Uuid, Uuid),
    event: &MembershipEvent,
) -> Result<(), SqlError> {
    if let Some(subject) = event.subject_id() {
        let sql = "INSERT INTO memberships VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
        conn.run(sql, values![license, subject.0, member])?;
    }
    if let MembershipEvent::JoinedWithLicenseKey { key_id, .. } = event {
        take(conn, key_id.0, 1)?;
    }
    let (sql, seats) = match event.holds_seat() {
        Some(true) => ("INSERT INTO seat_holders VALUES (?) ON CONFLICT DO NOTHING", 1),
        Some(false) => ("DELETE FROM seat_holders WHERE member_id = ?", -1),
        None => return Ok(()),
    };
    if conn.run(sql, values![member])? == 1 { take(conn, license, seats) } else { Ok(()) }
}
