//! Connecting, and finding out what became of a transaction whose answer was lost.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::{
    batch::Settled,
    error::database_error,
    find, schema,
    session::PATIENCE,
    unopened,
    unsure::{self, Resolved},
    write::Head,
    writer::Writer,
};
use crate::outcome::LogError;

/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(50);

impl Writer {
    /// Connects to the primary, and sees to it that it holds the log that this node knows.
    pub(super) async fn connect(&mut self) -> Result<(), LogError> {
        (self.conn, self.holds) = (None, false);
        let mut conn = self.wanted.connect(&self.options).await?;
        schema::check(&mut conn, &self.wanted.name).await?;
        compare_clocks(&mut conn, &self.wanted.name).await?;
        let (before, mark) = (self.seen.position(), self.seen.mark());
        let sql = "SELECT version, position, recorded_at,
                          (SELECT event_id FROM events WHERE position = $1),
                          (SELECT event_id FROM events e WHERE e.position = h.position), pg_backend_pid()
                   FROM log_head h";
        let marked = mark.and_then(|(position, _)| i64::try_from(position).ok());
        let row = sqlx::query(sql).bind(marked).fetch_one(&mut conn).await.map_err(database_error)?;
        let (head, now, then) = read_head(&row).map_err(database_error)?;
        let position = find::unsigned(head.position).map_err(database_error)?;
        self.seen.compare(before, position)?;
        self.seen.compare_mark(mark, then)?;
        if let Some(event) = now {
            self.seen.stands(position, event);
        }
        (self.head, self.conn) = (head, Some(conn));
        self.waits.are_of(row.try_get(5).map_err(database_error)?);
        self.seen.is_back();
        Ok(())
    }

    /// Connects again, and finds out what became of the transaction that was in doubt.
    pub(super) async fn recover(&mut self, until: Instant) -> Result<Option<Settled>, Unsettled> {
        loop {
            let failed = match self.connect().await {
                Ok(()) => match tokio::time::timeout(PATIENCE, self.resolve()).await {
                    Ok(Ok(settled)) => return settled,
                    Ok(Err(error)) => database_error(error),
                    Err(_) => LogError::Stopped("somebody holds the log and does not let go".to_owned()),
                },
                Err(error) => error,
            };
            self.conn = None;
            let stopped = self.seen.stopped().err();
            if Instant::now() >= until || stopped.is_some() {
                let failed = stopped.unwrap_or(failed);
                // Nobody will ask again for this one: whoever gave a command id can.
                let doubted = self.doubt.take().is_some();
                return Err(if doubted {
                    Unsettled::Unknown
                } else {
                    Unsettled::Nothing(unreachable(failed))
                });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn resolve(&mut self) -> sqlx::Result<Result<Option<Settled>, Unsettled>> {
        let (Some(doubt), Some(conn)) = (&self.doubt, &mut self.conn) else { return Ok(Ok(None)) };
        let resolved = unsure::resolve(conn, doubt).await?;
        // The version has moved: the next transaction looks where the log stands.
        self.careful = 1;
        let doubt = self.doubt.take();
        Ok(match (resolved, doubt) {
            (Resolved::Committed, Some(doubt)) => Ok(Some(self.settled(doubt))),
            (Resolved::Unknown, Some(_)) => Err(Unsettled::Unknown),
            _ => Ok(None),
        })
    }
}

/// Events have the time of the node that writes them, and none goes before the one in front of it: one clock that is ahead would
/// be everybody's, until its time has come.
const APART: TimeDelta = TimeDelta::minutes(1);

async fn compare_clocks(conn: &mut PgConnection, name: &str) -> Result<(), LogError> {
    let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
    let asked = sqlx::query_scalar(sql).persistent(false).fetch_one(conn);
    let ours = Utc::now();
    let theirs = DateTime::from_timestamp_micros(asked.await.map_err(database_error)?).unwrap_or(ours);
    if (ours - theirs).abs() > APART { Err(unopened::of_clocks(name, ours, theirs)) } else { Ok(()) }
}

pub(super) enum Unsettled {
    /// It may be written or not.
    Unknown,
    /// Nothing was written.
    Nothing(LogError),
}

fn unreachable(error: LogError) -> LogError {
    match error {
        LogError::Unopened { .. } => LogError::Stopped(error.to_string()),
        other => other,
    }
}

fn read_head(row: &sqlx::postgres::PgRow) -> sqlx::Result<(Head, Option<Uuid>, Option<Uuid>)> {
    let head = Head { version: row.try_get(0)?, position: row.try_get(1)?, recorded_at: row.try_get(2)? };
    Ok((head, row.try_get(4)?, row.try_get(3)?))
}
