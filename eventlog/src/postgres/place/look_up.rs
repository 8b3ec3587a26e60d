//! One statement that finds everything that some people asked for.

use std::time::Duration;

use domain::{MemberId, Salt, SubjectId};
use sqlx::{PgConnection, Row, postgres::PgRow};

use super::{Asked, Found, Waiting};
use crate::{
    contract::{CommandKey, KnownPerson, PlaceFound, Seats},
    outcome::{LogError, Outcome, Receipt},
    postgres::{
        find::{array, number, unsigned},
        read::{dense, event_columns, recorded},
    },
    recorded::{Recorded, StreamKind},
};

/// All parts of all answers: an event's columns, whose it is, which part, then ids and numbers. Each look-up is LATERAL with
/// a limit: so it goes by its key for each who asks, whatever size the tables are thought to have.
const SQL: &str = concat!(
    "WITH asked AS MATERIALIZED (
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::uuid[], $7::uuid[])
        WITH ORDINALITY a(license_id, license, license_after, person, actor, key_id, command_id, n)),
    person AS MATERIALIZED (
        SELECT a.n, a.license_id, d.subject_id, d.salt FROM asked a
        CROSS JOIN LATERAL (SELECT * FROM directory d WHERE d.normalised = a.person LIMIT 1) d),
    member AS MATERIALIZED (
        SELECT p.n, m.member_id FROM person p
        CROSS JOIN LATERAL (SELECT m.member_id FROM memberships m
            WHERE m.license_id = p.license_id AND m.subject_id = p.subject_id LIMIT 1) m)
    SELECT ",
    event_columns!(),
    ", a.n, 0 AS part, NULL::uuid, NULL::bytea, NULL::bytea, NULL::bigint, NULL::bigint
        FROM asked a CROSS JOIN LATERAL (SELECT * FROM events e WHERE e.aggregate_type = 'license'
            AND e.aggregate_id = a.license AND e.sequence > a.license_after OFFSET 0) e
    UNION ALL SELECT ",
    event_columns!(),
    ", m.n, 1, NULL, NULL, NULL, NULL, NULL
        FROM member m CROSS JOIN LATERAL (SELECT * FROM events e WHERE e.aggregate_type = 'membership'
            AND e.aggregate_id = m.member_id::text OFFSET 0) e
    UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, x.* FROM (
        SELECT n, 2, member_id, NULL::bytea, NULL::bytea, NULL::bigint, NULL::bigint FROM member
        UNION ALL SELECT n, 3, subject_id, salt, NULL, NULL, NULL FROM person
        UNION ALL SELECT a.n, 4, d.subject_id, d.salt, NULL, NULL, NULL
            FROM asked a CROSS JOIN LATERAL (SELECT * FROM directory d WHERE d.normalised = a.actor LIMIT 1) d
        UNION ALL SELECT a.n, 5, NULL, NULL, NULL, s.taken, s.seat_limit
            FROM asked a CROSS JOIN LATERAL (SELECT * FROM seat_pools s WHERE s.id = a.license_id LIMIT 1) s
        UNION ALL SELECT a.n, 6, NULL, NULL, NULL, s.taken, s.seat_limit
            FROM asked a CROSS JOIN LATERAL (SELECT * FROM seat_pools s WHERE s.id = a.key_id LIMIT 1) s
        UNION ALL SELECT a.n, 7, NULL, c.fingerprint, c.result, c.position, NULL
            FROM asked a CROSS JOIN LATERAL (SELECT * FROM commands c WHERE c.id = a.command_id LIMIT 1) c) x"
);

pub(super) async fn look_up(conn: &mut PgConnection, batch: &[Waiting]) -> sqlx::Result<Found> {
    let asked = || batch.iter().map(|waiting| &waiting.asked);
    let rows = sqlx::query(SQL)
        .bind(asked().map(|a| a.license).collect::<Vec<_>>())
        .bind(asked().map(|a| a.license.to_string()).collect::<Vec<_>>())
        .bind(asked().map(|a| a.license_after).collect::<Vec<_>>())
        .bind(asked().map(|a| a.person.as_str()).collect::<Vec<_>>())
        .bind(asked().map(|a| a.actor.as_deref()).collect::<Vec<_>>())
        .bind(asked().map(|a| a.key).collect::<Vec<_>>())
        .bind(asked().map(|a| a.command.map(|command| command.id)).collect::<Vec<_>>())
        .fetch_all(&mut *conn)
        .await?;
    let mut parts: Vec<Parts> = batch.iter().map(|_| Parts::default()).collect();
    for row in &rows {
        let n: usize = number(row, 12)?;
        if let Some(parts) = n.checked_sub(1).and_then(|n| parts.get_mut(n)) {
            parts.add(row)?;
        }
    }
    if parts.iter().any(|parts| parts.command.is_some()) {
        last_as_long(conn).await?;
    }
    Ok(parts.into_iter().zip(asked()).map(|(parts, asked)| parts.put_together(asked)).collect())
}

/// What was committed is told again only once that is as durable as a commit of our own: this is one, of nothing.
pub(in crate::postgres) async fn last_as_long<'e>(conn: impl sqlx::PgExecutor<'e>) -> sqlx::Result<()> {
    sqlx::query("SELECT pg_logical_emit_message(true, 'seatbook', '')").fetch_all(conn).await.map(drop)
}

/// What was found for one who asked.
#[derive(Default)]
struct Parts {
    license: Vec<Recorded>,
    history: Vec<Recorded>,
    damaged: Option<LogError>,
    member: Option<MemberId>,
    person: Option<KnownPerson>,
    actor: Option<KnownPerson>,
    seats: Option<Seats>,
    joins: Option<Seats>,
    command: Option<([u8; 32], Receipt)>,
}

impl Parts {
    fn add(&mut self, row: &PgRow) -> sqlx::Result<()> {
        let person = || {
            Ok::<_, sqlx::Error>(KnownPerson {
                subject_id: SubjectId(row.try_get(14)?),
                salt: Salt(array(row, 15)?),
            })
        };
        let seats = || {
            let limit = row.try_get::<Option<i64>, _>(18)?.map(unsigned).transpose()?;
            Ok::<_, sqlx::Error>(Seats { taken: number(row, 17)?, limit })
        };
        match row.try_get::<i32, _>(13)? {
            0 | 1 => match recorded(row, 0)? {
                Ok(event) if event.stream.kind == StreamKind::License => self.license.push(event),
                Ok(event) => self.history.push(event),
                Err(error) => self.damaged = Some(error),
            },
            2 => self.member = Some(MemberId(row.try_get(14)?)),
            3 => self.person = Some(person()?),
            4 => self.actor = Some(person()?),
            5 => self.seats = Some(seats()?),
            6 => self.joins = Some(seats()?),
            _ => self.command = Some((array(row, 15)?, first_receipt(number(row, 17)?, row.try_get(16)?))),
        }
        Ok(())
    }

    fn put_together(mut self, asked: &Asked) -> Result<PlaceFound, LogError> {
        if let (Some(command), Some((fingerprint, receipt))) = (asked.command, self.command) {
            let first_result = Some(first_outcome(command, fingerprint, receipt));
            return Ok(PlaceFound { first_result, ..PlaceFound::default() });
        }
        if let Some(error) = self.damaged {
            return Err(error);
        }
        self.license.sort_unstable_by_key(|event| event.revision);
        self.history.sort_unstable_by_key(|event| event.revision);
        dense(&self.license, unsigned(asked.license_after).unwrap_or_default())?;
        dense(&self.history, 0)?;
        Ok(PlaceFound {
            first_result: None,
            license: self.license,
            actor: self.actor,
            person: self.person,
            member: self.member.map(|member| (member, self.history)),
            seats: self.seats,
            joins: self.joins,
        })
    }
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
