//! The contract, kept by `SQLite`.

use std::{sync::atomic::Ordering, time::Instant};

use async_trait::async_trait;
use domain::{KeyId, LicenseId, MemberId, SubjectId};
use rusqlite::Connection;
use tokio::sync::{
    oneshot::{self, error::TryRecvError},
    watch,
};

use super::{
    Database, commit,
    error::database_error,
    place,
    queue::{AWAKE, Queue, Waiting},
    read, stopped,
};
use crate::{
    contract::{CommandKey, Commit, EventLog, KnownPerson, PlaceAsked, PlaceFound, SeatPool, Seats},
    outcome::{LogError, Outcome},
    recorded::{Page, Position, Recorded, Revision, StreamId},
};

/// Up to so many point reads are done at once: a hop to another thread would cost more than they do.
const FEW: usize = 32;

impl Database {
    async fn read_each<T: Clone + Send + 'static, R: Send + 'static>(
        &self,
        items: &[T],
        read: impl Fn(&Connection, &T) -> Result<R, LogError> + Send + 'static,
    ) -> Result<Vec<R>, LogError> {
        // One snapshot for all: nobody sees half of a commit. And one lock instead of one each.
        let read_all = move |conn: &Connection, items: &[T]| {
            let snapshot = conn.unchecked_transaction().map_err(database_error)?;
            items.iter().map(|item| read(&snapshot, item)).collect()
        };
        if items.len() <= FEW {
            return self.read_now(|conn| read_all(conn, items));
        }
        let items = items.to_vec();
        self.read(move |conn| read_all(conn, &items)).await
    }
}

/// Somebody whose commit is on its way.
struct Caller<'a>(&'a Queue);

impl<'a> Caller<'a> {
    fn count(queue: &'a Queue) -> Self {
        queue.callers.fetch_add(1, Ordering::Relaxed);
        Self(queue)
    }

    /// A caller who is alone stays awake for about the time of an fsync: being woken would take as long again.
    /// With more callers there is other work to do meanwhile.
    async fn wait(&self, mut answer: oneshot::Receiver<Answer>) -> Answer {
        let begun = Instant::now();
        while self.0.callers.load(Ordering::Relaxed) == 1 && begun.elapsed() < AWAKE {
            match answer.try_recv() {
                Ok(answer) => return answer,
                Err(TryRecvError::Empty) => std::thread::yield_now(),
                Err(TryRecvError::Closed) => return Err(stopped()),
            }
        }
        answer.await.map_err(|_| stopped())?
    }
}

type Answer = Result<Outcome, LogError>;

impl Drop for Caller<'_> {
    fn drop(&mut self) {
        self.0.callers.fetch_sub(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl EventLog for Database {
    async fn commit(&self, commit: Commit) -> Result<Outcome, LogError> {
        let (reply, answer) = oneshot::channel();
        let caller = Caller::count(&self.inner.queue);
        self.inner.queue.push_commit(Waiting { commit: Box::new(commit), reply })?;
        caller.wait(answer).await
    }

    async fn first_result(&self, command: CommandKey) -> Result<Option<Outcome>, LogError> {
        self.read_now(|conn| commit::first_result(conn, command).map_err(database_error))
    }

    async fn read_stream(&self, stream: StreamId, after: Revision) -> Result<Vec<Recorded>, LogError> {
        self.read_now(|conn| read::stream(conn, stream, after))
    }

    async fn read_streams(&self, streams: &[StreamId]) -> Result<Vec<Vec<Recorded>>, LogError> {
        self.read_each(streams, |conn, stream| read::stream(conn, *stream, 0)).await
    }

    async fn read_after(&self, position: Position, limit: usize) -> Result<Page, LogError> {
        if limit <= FEW {
            return self.read_now(|conn| read::after(conn, position, limit));
        }
        self.read(move |conn| read::after(conn, position, limit)).await
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.inner.head.clone()
    }

    async fn find_people(&self, normalised: &[&str]) -> Result<Vec<Option<KnownPerson>>, LogError> {
        let find = |conn: &Connection, address: &str| read::person(conn, address).map_err(database_error);
        if normalised.len() <= FEW {
            return self.read_now(|conn| normalised.iter().map(|address| find(conn, address)).collect());
        }
        let owned: Vec<String> = normalised.iter().map(|&address| address.to_owned()).collect();
        self.read_each(&owned, move |conn, address| find(conn, address)).await
    }

    async fn find_members(
        &self,
        license: LicenseId,
        people: &[SubjectId],
    ) -> Result<Vec<Option<MemberId>>, LogError> {
        self.read_each(people, move |conn, subject| {
            read::member(conn, license, *subject).map_err(database_error)
        })
        .await
    }

    async fn find_place(&self, asked: PlaceAsked<'_>) -> Result<PlaceFound, LogError> {
        self.read_now(|conn| {
            let snapshot = conn.unchecked_transaction().map_err(database_error)?;
            place::find(&snapshot, &asked)
        })
    }

    async fn find_key(&self, hash: [u8; 32]) -> Result<Option<(LicenseId, KeyId)>, LogError> {
        self.read_now(|conn| read::key(conn, hash).map_err(database_error))
    }

    async fn seats(&self, pool: SeatPool) -> Result<Option<Seats>, LogError> {
        self.read_now(|conn| read::seats(conn, pool).map_err(database_error))
    }
}
