//! People's places on licenses. Who asks at the same time is answered together, by one statement, which sees one moment.

mod look_up;

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;
use sqlx::PgConnection;
use tokio::{
    sync::{Notify, oneshot},
    time::timeout,
};
use uuid::Uuid;

use super::{
    error::{Cure, cure, database_error},
    inspection::Inspection,
    lifeline::{Lifeline, silence},
    session::{PATIENCE, Wanted},
};
use crate::{
    contract::{CommandKey, PlaceAsked, PlaceFound, SeatPool},
    outcome::LogError,
};

use self::look_up::look_up;
pub(super) use self::look_up::{first_outcome, first_receipt, last_as_long};

/// As in [`PlaceAsked`], for somebody else to look up.
struct Asked {
    command: Option<CommandKey>,
    license: Uuid,
    license_after: Option<i64>,
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
            license_after: asked.license_after.map(|after| i64::try_from(after).unwrap_or(i64::MAX)),
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
pub(super) async fn answer(desk: Arc<Desk>, lifeline: Lifeline, wanted: Wanted, inspection: Inspection) {
    let options = wanted.for_the_writer();
    let mut conn: Option<PgConnection> = None;
    while let Some(batch) = desk.next().await {
        let until = tokio::time::Instant::now() + PATIENCE;
        if let Some(open) = &mut conn
            && !lifeline.holds(open).await
        {
            conn = None;
        }
        let found = loop {
            let ready = timeout(PATIENCE, connected(&mut conn, &wanted, &options, &inspection));
            let failed = match ready.await.unwrap_or_else(|_| Err(database_error(silence(PATIENCE)))) {
                Ok(ready) => match timeout(PATIENCE, look_up(ready, &batch)).await {
                    Ok(Ok(found)) => break Ok(found),
                    Ok(Err(error)) if cure(&error) == Cure::Separate => break Err(database_error(error)),
                    Ok(Err(error)) => database_error(error),
                    Err(_) => database_error(silence(PATIENCE)),
                },
                Err(error) => error,
            };
            conn = None;
            if matches!(failed, LogError::Diverged { .. } | LogError::Outgrown) {
                break Err(failed);
            }
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
    inspection: &Inspection,
) -> Result<&'a mut PgConnection, LogError> {
    match conn {
        Some(ready) => Ok(ready),
        none => {
            let mut new = wanted.connect(options).await?;
            inspection.of_a_single(&mut new).await?;
            Ok(none.insert(new))
        }
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
