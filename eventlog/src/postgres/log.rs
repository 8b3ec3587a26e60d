//! The contract, kept by `PostgreSQL`.

use std::{future::Future, io::ErrorKind, time::Duration};

use async_trait::async_trait;
use domain::{KeyId, LicenseId, MemberId, SubjectId};
use sqlx::{PgPool, Row};
use tokio::sync::{oneshot, watch};

use super::{
    Postgres, erase,
    error::{Cure, cure, database_error},
    find, place,
    read::{self, Read},
    seen::Seen,
    session::PATIENCE,
    whole,
};
use crate::{
    contract::{CommandKey, Commit, EventLog, KnownPerson, PlaceAsked, PlaceFound, SeatPool, Seats, Traces},
    outcome::{LogError, Outcome},
    queue::{Waiting, stopped},
    recorded::{Page, Position, Recorded, Revision, StreamId},
    stored::Stored,
};

/// So often a read is tried whose connection was lost: after a restart of the server, each of them is.
const TRIES: u32 = 24;

/// So often somebody waits in vain. Connections that fell silent are let go of meanwhile.
const IN_VAIN: u32 = 2;

impl Postgres {
    fn pool_now(&self) -> Result<&PgPool, LogError> {
        self.seen().goes_on()?;
        Ok(&self.inner.pool)
    }

    fn seen(&self) -> &Seen {
        &self.inner.seen
    }

    /// What was read stands in the log: whoever is told of it is told a position that includes it.
    fn has_read(&self, events: impl IntoIterator<Item = Position>) {
        if let Some(last) = events.into_iter().max() {
            self.seen().reached(last);
        }
    }

    async fn patiently<T, F: Future<Output = Read<T>>>(&self, read: impl Fn() -> F) -> Result<T, LogError> {
        let (mut tries, mut in_vain) = (0, 0);
        loop {
            let found = self.inner.lifeline.within(PATIENCE, read()).await;
            in_vain += u32::from(
                matches!(&found, Err(sqlx::Error::Io(error)) if error.kind() == ErrorKind::TimedOut),
            );
            match found {
                // A connection that was made for it may lead to another history.
                Ok(found) => return self.seen().stopped().and(found),
                Err(error) if tries < TRIES && in_vain < IN_VAIN && cure(&error) != Cure::Separate => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(u64::from(tries * tries))).await;
                }
                Err(error) if cure(&error) == Cure::Reconnect => {
                    return Err(LogError::Stopped(format!("{} does not answer: {error}", self.name())));
                }
                Err(error) => return Err(database_error(error)),
            }
        }
    }

    /// A look-up beside the log: what is found there can't be wrong by itself.
    async fn look_up<T, F: Future<Output = sqlx::Result<T>>>(
        &self,
        find: impl Fn() -> F,
    ) -> Result<T, LogError> {
        self.patiently(|| async { find().await.map(Ok) }).await
    }
}

#[async_trait]
impl EventLog for Postgres {
    async fn commit(&self, commit: Commit) -> Result<Outcome, LogError> {
        let (reply, answer) = oneshot::channel();
        self.inner.queue.comes(commit.lane);
        self.inner.queue.push_commit(Waiting { commit: Box::new(commit), reply })?;
        answer.await.map_err(|_| stopped())?
    }

    async fn first_result(&self, command: CommandKey) -> Result<Option<Outcome>, LogError> {
        let pool = self.pool_now()?;
        let find = || async {
            let sql = "SELECT fingerprint, position, result FROM commands WHERE id = $1";
            let Some(row) = sqlx::query(sql).bind(command.id).fetch_optional(pool).await? else {
                return Ok(None);
            };
            place::last_as_long(pool).await?;
            let receipt = place::first_receipt(find::number(&row, 1)?, row.try_get(2)?);
            Ok(Some(place::first_outcome(command, find::array(&row, 0)?, receipt)))
        };
        self.look_up(find).await
    }

    async fn read_stream(&self, stream: StreamId, after: Revision) -> Result<Vec<Recorded>, LogError> {
        let pool = self.pool_now()?;
        let found = if after == 0 {
            self.patiently(|| whole::stream(&self.inner.streams, stream)).await?
        } else {
            self.patiently(|| read::stream_after(pool, stream, after)).await?
        };
        self.has_read(found.iter().map(|event| event.position));
        Ok(found)
    }

    async fn read_streams(&self, streams: &[StreamId]) -> Result<Vec<Vec<Recorded>>, LogError> {
        let pool = self.pool_now()?;
        let found = self.patiently(|| read::streams(pool, streams)).await?;
        self.has_read(found.iter().flatten().map(|event| event.position));
        Ok(found)
    }

    async fn read_after(&self, position: Position, limit: usize) -> Result<Page, LogError> {
        let pool = self.pool_now()?;
        let page =
            self.patiently(|| read::after(pool, self.seen(), position, limit, |event| event.read())).await?;
        self.has_read(page.events.last().map(|event| event.position));
        Ok(page)
    }

    async fn read_stored(&self, position: Position, limit: usize) -> Result<Page<Stored<'static>>, LogError> {
        let pool = self.pool_now()?;
        let read = || read::after(pool, self.seen(), position, limit, |event| Ok(event.into_owned()));
        let page = self.patiently(read).await?;
        self.has_read(page.events.last().map(|event| event.position));
        Ok(page)
    }

    async fn settled(&self) -> Result<(), LogError> {
        let pool = self.pool_now()?;
        // A standby that is waited for has all that came before what it has.
        self.look_up(|| place::last_as_long(pool)).await
    }

    async fn held_up(&self) -> Option<String> {
        self.inner.waits.told().await
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.inner.head.clone()
    }

    async fn find_people(&self, normalised: &[&str]) -> Result<Vec<Option<KnownPerson>>, LogError> {
        let pool = self.pool_now()?;
        self.look_up(|| find::people(pool, normalised)).await
    }

    async fn find_addresses(&self, people: &[SubjectId]) -> Result<Vec<Option<String>>, LogError> {
        let pool = self.pool_now()?;
        self.look_up(|| find::addresses(pool, people)).await
    }

    async fn find_members(
        &self,
        license: LicenseId,
        people: &[SubjectId],
    ) -> Result<Vec<Option<MemberId>>, LogError> {
        let pool = self.pool_now()?;
        self.look_up(|| find::members(pool, license, people)).await
    }

    async fn find_traces(&self, subject: SubjectId) -> Result<Traces, LogError> {
        let pool = self.pool_now()?;
        self.look_up(|| erase::traces(pool, subject)).await
    }

    async fn find_place(&self, asked: PlaceAsked<'_>) -> Result<PlaceFound, LogError> {
        self.seen().goes_on()?;
        let found = self.inner.desk.ask(asked).await?;
        let member = found.member.iter().flat_map(|(_, history)| history);
        self.has_read(found.license.iter().chain(member).map(|event| event.position));
        Ok(found)
    }

    async fn find_key(&self, hash: [u8; 32]) -> Result<Option<(LicenseId, KeyId)>, LogError> {
        let pool = self.pool_now()?;
        self.look_up(|| find::key(pool, &hash)).await
    }

    async fn find_sealed_key(&self, key: KeyId) -> Result<Option<Vec<u8>>, LogError> {
        let pool = self.pool_now()?;
        self.look_up(|| find::sealed_key(pool, key)).await
    }

    async fn seats(&self, seat_pool: SeatPool) -> Result<Option<Seats>, LogError> {
        let pool = self.pool_now()?;
        self.look_up(|| find::pool_of(pool, seat_pool)).await
    }
}
