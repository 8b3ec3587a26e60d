//! People's places on licenses. Who asks at the same time is answered together, by one statement, which sees one moment.

use std::{sync::Arc, time::Duration};

use domain::{MemberId, Salt, SubjectId};
use parking_lot::Mutex;
use sqlx::{PgConnection, Row, postgres::PgRow};
use tokio::sync::{Notify, oneshot};
use uuid::Uuid;

use super::{
    error::{Cure, cure, database_error},
    find::{array, number, unsigned},
    read::{dense, event_columns, recorded},
    session::{PATIENCE, Wanted},
};
use crate::{
    contract::{CommandKey, KnownPerson, PlaceAsked, PlaceFound, SeatPool, Seats},
    outcome::{LogError, Outcome, Receipt},
    recorded::{Recorded, StreamKind},
};

/// As in [`PlaceAsked`], for somebody else to look up.
struct Asked {
    command: Option<CommandKey>,
    license: Uuid,
    license_after: i64,
    person: String,
    actor: Option<String>,
    key: Option<Uuid>,
}

struct Waiting {
    asked: Asked,
    reply: oneshot::Sender<Result<PlaceFound, LogError>>,
}

/// Where people ask.
#[derive(Default)]
pub(super) struct Desk {
    line: Mutex<Line>,
    bell: Notify,
}

#[derive(Default)]
struct Line {
    waiting: Vec<Waiting>,
    closed: bool,
}

/// So many are answered at once.
const MOST: usize = 256;

impl Desk {
    pub(super) async fn ask(&self, asked: PlaceAsked<'_>) -> Result<PlaceFound, LogError> {
        let (reply, answer) = oneshot::channel();
        let asked = Asked {
            command: asked.command,
            license: asked.license.0,
            license_after: i64::try_from(asked.license_after).unwrap_or(i64::MAX),
            person: asked.person.to_owned(),
            actor: asked.actor.map(str::to_owned),
            key: asked.key.map(|key| SeatPool::Key(key).id()),
        };
        {
            let mut line = self.line.lock();
            if line.closed {
                return Err(crate::queue::stopped());
            }
            line.waiting.push(Waiting { asked, reply });
        }
        self.bell.notify_one();
        answer.await.map_err(|_| crate::queue::stopped())?
    }

    pub(super) fn close(&self) {
        self.line.lock().closed = true;
        self.bell.notify_waiters();
        self.bell.notify_one();
    }

    async fn next(&self) -> Option<Vec<Waiting>> {
        loop {
            {
                let mut line = self.line.lock();
                if !line.waiting.is_empty() {
                    let n = line.waiting.len().min(MOST);
                    let batch = line.waiting.drain(..n).collect();
                    if !line.waiting.is_empty() {
                        self.bell.notify_one();
                    }
                    return Some(batch);
                }
                if line.closed {
                    self.bell.notify_one();
                    return None;
                }
            }
            self.bell.notified().await;
        }
    }
}

/// Answers until the desk is closed, on a connection of its own.
pub(super) async fn answer(desk: Arc<Desk>, wanted: Wanted) {
    let options = wanted.for_the_writer();
    let mut conn: Option<PgConnection> = None;
    while let Some(batch) = desk.next().await {
        let until = tokio::time::Instant::now() + PATIENCE;
        let found = loop {
            let failed = match connected(&mut conn, &wanted, &options).await {
                Ok(ready) => match look_up(ready, &batch).await {
                    Ok(found) => break Ok(found),
                    Err(error) if cure(&error) == Cure::Separate => break Err(database_error(error)),
                    Err(error) => database_error(error),
                },
                Err(error) => error,
            };
            conn = None;
            if tokio::time::Instant::now() >= until {
                break Err(LogError::Stopped(failed.to_string()));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        tell(batch, found);
    }
}

async fn connected<'a>(
    conn: &'a mut Option<PgConnection>,
    wanted: &Wanted,
    options: &sqlx::postgres::PgConnectOptions,
) -> Result<&'a mut PgConnection, LogError> {
    match conn {
        Some(ready) => Ok(ready),
        none => Ok(none.insert(wanted.connect(options).await?)),
    }
}

type Found = Vec<Result<PlaceFound, LogError>>;

fn tell(batch: Vec<Waiting>, found: Result<Found, LogError>) {
    match found {
        Ok(found) => {
            for (waiting, found) in batch.into_iter().zip(found) {
                let _ = waiting.reply.send(found);
            }
        }
        Err(error) => {
            for waiting in batch {
                let _ = waiting.reply.send(Err(error.clone()));
            }
        }
    }
}

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

async fn look_up(conn: &mut PgConnection, batch: &[Waiting]) -> sqlx::Result<Found> {
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
pub(super) async fn last_as_long<'e>(conn: impl sqlx::PgExecutor<'e>) -> sqlx::Result<()> {
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
        let person = || Ok::<_, sqlx::Error>(KnownPerson { subject_id: SubjectId(row.try_get(14)?), salt: Salt(array(row, 15)?) });
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

pub(super) fn first_receipt(position: u64, result: Vec<u8>) -> Receipt {
    Receipt { position, result, held: Duration::ZERO, others_waited: false }
}

/// What a command came to first, if it is the same command.
pub(super) fn first_outcome(command: CommandKey, fingerprint: [u8; 32], receipt: Receipt) -> Outcome {
    if fingerprint == command.fingerprint { Outcome::AlreadyDone(receipt) } else { Outcome::CommandReused }
}
