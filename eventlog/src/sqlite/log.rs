//! The contract, kept by `SQLite`.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use domain::{KeyId, LicenseId, MemberId, SubjectId};
use parking_lot::MutexGuard;
use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use super::{
    Database, Inner, commit, erase,
    error::database_error,
    place, read,
    write::Queue,
    writer::{self, Writer},
};
use crate::{
    contract::{CommandKey, Commit, EventLog, KnownPerson, PlaceAsked, PlaceFound, SeatPool, Seats, Traces},
    outcome::{LogError, Outcome},
    queue::{Waiting, stopped},
    recorded::{Page, Position, Recorded, Revision, StreamId},
    stored::Stored,
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

/// Commits up to this size may be done on the thread of their caller.
const SMALL: usize = 16;

impl Database {
    /// The writer, if nobody needs it: nobody waits, and no commits are under way but the caller's own.
    fn idle_writer(&self, own: usize) -> Option<MutexGuard<'_, Writer>> {
        let Inner { queue, writer, .. } = &*self.inner;
        let idle = queue.callers.load(Ordering::Relaxed) == own && queue.is_empty();
        idle.then(|| writer.try_lock()).flatten()
    }

    /// Who is alone commits by themselves: to wake the writer's thread and be woken by it takes as long as
    /// the commit. Gives back what has to go to the queue.
    fn commit_alone(&self, waiting: Waiting) -> Option<Waiting> {
        let small = waiting.commit.rows() <= SMALL;
        let Some(mut writer) = self.idle_writer(1).filter(|_| small) else { return Some(waiting) };
        writer::serve_alone(&mut writer, &self.inner.queue, waiting);
        None
    }
}

/// Somebody whose commit is under way.
struct Caller<'a>(&'a Queue);

impl<'a> Caller<'a> {
    fn count(queue: &'a Queue) -> Self {
        queue.callers.fetch_add(1, Ordering::Relaxed);
        Self(queue)
    }
}

impl Drop for Caller<'_> {
    fn drop(&mut self) {
        self.0.callers.fetch_sub(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl EventLog for Database {
    async fn commit(&self, commit: Commit) -> Result<Outcome, LogError> {
        let (reply, answer) = oneshot::channel();
        let _caller = Caller::count(&self.inner.queue);
        self.inner.queue.comes(commit.lane);
        if let Some(waiting) = self.commit_alone(Waiting { commit: Box::new(commit), reply }) {
            self.inner.queue.push_commit(waiting)?;
        }
        answer.await.map_err(|_| stopped())?
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
        let read = |event: Stored<'_>| event.read();
        if limit <= FEW {
            return self.read_now(|conn| read::after(conn, position, limit, read));
        }
        self.read(move |conn| read::after(conn, position, limit, read)).await
    }

    async fn read_stored(&self, position: Position, limit: usize) -> Result<Page<Stored<'static>>, LogError> {
        self.read(move |conn| read::after(conn, position, limit, |event| Ok(event.into_owned()))).await
    }

    async fn settled(&self) -> Result<(), LogError> {
        // A commit is seen once it is on the disk (`synchronous=FULL`).
        Ok(())
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

    async fn find_addresses(&self, people: &[SubjectId]) -> Result<Vec<Option<String>>, LogError> {
        self.read_each(people, |conn, subject| read::address(conn, *subject).map_err(database_error)).await
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

    async fn find_traces(&self, subject: SubjectId) -> Result<Traces, LogError> {
        self.read(move |conn| erase::traces(conn, subject).map_err(database_error)).await
    }

    async fn find_place(&self, asked: PlaceAsked<'_>) -> Result<PlaceFound, LogError> {
        let find = |conn: &Connection| place::find(conn, &asked);
        // After each commit a reader fetches all its pages anew; the writer has them at hand.
        match self.idle_writer(0) {
            Some(writer) => find(&writer.conn),
            None => self.read_now(find),
        }
    }

    async fn find_key(&self, hash: [u8; 32]) -> Result<Option<(LicenseId, KeyId)>, LogError> {
        self.read_now(|conn| read::key(conn, hash).map_err(database_error))
    }

    async fn find_sealed_key(&self, key: KeyId) -> Result<Option<Vec<u8>>, LogError> {
        self.read_now(|conn| read::sealed_key(conn, key).map_err(database_error))
    }

    async fn seats(&self, pool: SeatPool) -> Result<Option<Seats>, LogError> {
        self.read_now(|conn| read::seats(conn, pool).map_err(database_error))
    }
}
