//! One statement that finds everything that some people asked for.

use std::time::Duration;

use domain::{MemberId, Salt, SubjectId};
use sqlx::{PgConnection, Row, ValueRef, postgres::PgRow};
use uuid::Uuid;

use super::{Asked, Found, Waiting};
use crate::{
    contract::{CommandKey, KnownPerson, PlaceFound, Seats},
    outcome::{LogError, Outcome, Receipt},
    postgres::{
        find::{array, maybe_number, number, unsigned},
        read::{dense, event_columns, recorded},
        statement::Statement,
    },
    recorded::Recorded,
};

// Each part of the statement answers one kind of question, and is there only if somebody asks it: to begin a part costs as
// much as a few rows of it. All have the same columns: an event's, whose it is, which part, then ids, bytes and numbers.
// Each look-up is LATERAL and kept apart by OFFSET: so it goes by its key for each who asks, whatever size the tables are
// thought to have.

/// For each who asks: the person, their membership, and its events.
const PEOPLE: &str = concat!(
    "SELECT ",
    event_columns!(),
    ", a.n, 0 AS part, d.subject_id, m.member_id, d.salt, NULL::bytea, NULL::bigint, NULL::bigint
     FROM unnest(?::uuid[], ?::text[]) WITH ORDINALITY a(license_id, person, n)
     CROSS JOIN LATERAL (SELECT subject_id, salt FROM directory WHERE normalised = a.person OFFSET 0) d
     LEFT JOIN LATERAL (SELECT member_id FROM memberships
         WHERE license_id = a.license_id AND subject_id = d.subject_id OFFSET 0) m ON true
     LEFT JOIN LATERAL (SELECT * FROM events
         WHERE aggregate_type = 'membership' AND aggregate_id = m.member_id::text OFFSET 0) e ON true"
);

/// For each license, whoever asks for it: its seats, and the events that came.
const LICENSES: &str = concat!(
    " UNION ALL SELECT ",
    event_columns!(),
    ", a.n, 1, NULL, NULL, NULL, NULL, s.taken, s.seat_limit
     FROM unnest(?::uuid[], ?::text[], ?::bigint[]) WITH ORDINALITY a(id, license, after, n)
     LEFT JOIN LATERAL (SELECT taken, seat_limit FROM seat_pools WHERE id = a.id OFFSET 0) s ON true
     LEFT JOIN LATERAL (SELECT * FROM events WHERE aggregate_type = 'license'
         AND aggregate_id = a.license AND sequence > a.after OFFSET 0) e ON true"
);

/// No event.
const NONE: &str =
    " UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, a.n, ";

const ACTORS: &str = "2, d.subject_id, NULL, d.salt, NULL, NULL, NULL
     FROM unnest(?::text[]) WITH ORDINALITY a(actor, n)
     CROSS JOIN LATERAL (SELECT subject_id, salt FROM directory WHERE normalised = a.actor OFFSET 0) d";

const KEYS: &str = "3, NULL, NULL, NULL, NULL, s.taken, s.seat_limit
     FROM unnest(?::uuid[]) WITH ORDINALITY a(id, n)
     CROSS JOIN LATERAL (SELECT taken, seat_limit FROM seat_pools WHERE id = a.id OFFSET 0) s";

const COMMANDS: &str = "4, NULL, NULL, c.fingerprint, c.result, c.position, NULL
     FROM unnest(?::uuid[]) WITH ORDINALITY a(id, n)
     CROSS JOIN LATERAL (SELECT fingerprint, result, position FROM commands WHERE id = a.id OFFSET 0) c";

pub(super) async fn look_up(conn: &mut PgConnection, batch: &[Waiting]) -> sqlx::Result<Found> {
    let asked: Vec<&Asked> = batch.iter().map(|waiting| &waiting.asked).collect();
    let licenses = licenses(&asked);
    let statement = statement(&asked, &licenses);
    if let Some(error) = statement.failed {
        return Err(sqlx::Error::Encode(error));
    }
    let rows = sqlx::query_with(&statement.sql, statement.arguments).fetch_all(&mut *conn).await?;
    let mut people: Vec<OfPerson> = asked.iter().map(|_| OfPerson::default()).collect();
    let mut of_licenses: Vec<OfLicense> = licenses.iter().map(|_| OfLicense::default()).collect();
    for row in &rows {
        let place = number::<usize>(row, 12)?.saturating_sub(1);
        match row.try_get::<i32, _>(13)? {
            1 => of_licenses.get_mut(place).map(|license| license.add(row)),
            part => people.get_mut(place).map(|person| person.add(part, row)),
        }
        .transpose()?;
    }
    if people.iter().any(|person| person.command.is_some()) {
        last_as_long(conn).await?;
    }
    let license = |asked: &Asked| {
        let at = licenses.iter().position(|(id, _)| *id == asked.license)?;
        of_licenses.get(at).zip(asked.license_after)
    };
    Ok(people
        .into_iter()
        .zip(asked)
        .map(|(person, asked)| person.put_together(asked, license(asked)))
        .collect())
}

/// The licenses that are asked for, each with the first revision that somebody knows.
fn licenses(asked: &[&Asked]) -> Vec<(Uuid, i64)> {
    let mut licenses: Vec<(Uuid, i64)> = Vec::new();
    for asked in asked {
        let Some(after) = asked.license_after else { continue };
        match licenses.iter_mut().find(|(id, _)| *id == asked.license) {
            Some((_, first)) => *first = after.min(*first),
            None => licenses.push((asked.license, after)),
        }
    }
    licenses
}

fn statement(asked: &[&Asked], licenses: &[(Uuid, i64)]) -> Statement {
    let mut s = Statement::default();
    s.add(PEOPLE);
    s.bind(asked.iter().map(|a| a.license).collect::<Vec<_>>())
        .bind(asked.iter().map(|a| a.person.as_str()).collect::<Vec<_>>());
    if !licenses.is_empty() {
        s.add(LICENSES);
        s.bind(licenses.iter().map(|(id, _)| *id).collect::<Vec<_>>())
            .bind(licenses.iter().map(|(id, _)| id.to_string()).collect::<Vec<_>>())
            .bind(licenses.iter().map(|(_, after)| *after).collect::<Vec<_>>());
    }
    if asked.iter().any(|a| a.actor.is_some()) {
        s.add(NONE);
        s.add(ACTORS);
        s.bind(asked.iter().map(|a| a.actor.as_deref()).collect::<Vec<_>>());
    }
    if asked.iter().any(|a| a.key.is_some()) {
        s.add(NONE);
        s.add(KEYS);
        s.bind(asked.iter().map(|a| a.key).collect::<Vec<_>>());
    }
    if asked.iter().any(|a| a.command.is_some()) {
        s.add(NONE);
        s.add(COMMANDS);
        s.bind(asked.iter().map(|a| a.command.map(|command| command.id)).collect::<Vec<_>>());
    }
    s
}

/// What was committed is told again only once that is as durable as a commit of our own: this is one, of nothing.
pub(in crate::postgres) async fn last_as_long<'e>(conn: impl sqlx::PgExecutor<'e>) -> sqlx::Result<()> {
    sqlx::query("SELECT pg_logical_emit_message(true, 'seatbook', '')").fetch_all(conn).await.map(drop)
}

/// Events of a stream, as they come.
#[derive(Default)]
struct Events {
    events: Vec<Recorded>,
    damaged: Option<LogError>,
}

impl Events {
    fn add(&mut self, row: &PgRow) -> sqlx::Result<()> {
        if row.try_get_raw(0)?.is_null() {
            return Ok(());
        }
        match recorded(row, 0)? {
            Ok(event) => self.events.push(event),
            Err(error) => self.damaged = Some(error),
        }
        Ok(())
    }

    fn in_order(mut self, after: u64) -> Result<Vec<Recorded>, LogError> {
        if let Some(error) = self.damaged {
            return Err(error);
        }
        self.events.sort_unstable_by_key(|event| event.revision);
        dense(&self.events, after)?;
        Ok(self.events)
    }
}

/// What was found of a license.
#[derive(Default)]
struct OfLicense {
    news: Events,
    seats: Option<Seats>,
}

impl OfLicense {
    fn add(&mut self, row: &PgRow) -> sqlx::Result<()> {
        self.seats = seats(row)?;
        self.news.add(row)
    }

    fn after(&self, after: u64) -> Result<Vec<Recorded>, LogError> {
        let events = self.news.events.iter().filter(|event| event.revision > after).cloned().collect();
        Events { events, damaged: self.news.damaged.clone() }.in_order(after)
    }
}

/// What was found for one who asked.
#[derive(Default)]
struct OfPerson {
    history: Events,
    member: Option<MemberId>,
    person: Option<KnownPerson>,
    actor: Option<KnownPerson>,
    joins: Option<Seats>,
    command: Option<([u8; 32], Receipt)>,
}

impl OfPerson {
    fn add(&mut self, part: i32, row: &PgRow) -> sqlx::Result<()> {
        let person = || {
            Ok::<_, sqlx::Error>(KnownPerson {
                subject_id: SubjectId(row.try_get(14)?),
                salt: Salt(array(row, 16)?),
            })
        };
        match part {
            0 => {
                self.person = Some(person()?);
                self.member = row.try_get::<Option<Uuid>, _>(15)?.map(MemberId);
                self.history.add(row)?;
            }
            2 => self.actor = Some(person()?),
            3 => self.joins = seats(row)?,
            _ => self.command = Some((array(row, 16)?, first_receipt(number(row, 18)?, row.try_get(17)?))),
        }
        Ok(())
    }

    fn put_together(self, asked: &Asked, license: Option<(&OfLicense, i64)>) -> Result<PlaceFound, LogError> {
        if let (Some(command), Some((fingerprint, receipt))) = (asked.command, self.command) {
            let first_result = Some(first_outcome(command, fingerprint, receipt));
            return Ok(PlaceFound { first_result, ..PlaceFound::default() });
        }
        let history = self.history.in_order(0)?;
        let (license, seats) = match license {
            Some((license, after)) => (license.after(unsigned(after).unwrap_or_default())?, license.seats),
            None => (Vec::new(), None),
        };
        Ok(PlaceFound {
            first_result: None,
            license,
            actor: self.actor,
            person: self.person,
            member: self.member.map(|member| (member, history)),
            seats,
            joins: self.joins,
        })
    }
}

/// A pool, where there is one.
fn seats(row: &PgRow) -> sqlx::Result<Option<Seats>> {
    let limit = maybe_number(row, 19)?;
    Ok(maybe_number(row, 18)?.map(|taken| Seats { taken, limit }))
}

pub(in crate::postgres) fn first_receipt(position: u64, result: Vec<u8>) -> Receipt {
    Receipt { position, result, held: Duration::ZERO, others_waited: false }
}

/// What a command came to first, if it is the same command.
pub(in crate::postgres) fn first_outcome(
    command: CommandKey,
    fingerprint: [u8; 32],
    receipt: Receipt,
) -> Outcome {
    if fingerprint == command.fingerprint { Outcome::AlreadyDone(receipt) } else { Outcome::CommandReused }
}
