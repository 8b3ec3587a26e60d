//! Where the read models are kept.

mod files;
mod postgres;

use std::{path::Path, sync::Arc, time::Duration};

use eventlog::{
    Database, EventLog, LogError, Postgres,
    untyped::{Untyped, typed, untyped},
};

use crate::{
    MODELS, ReadModel,
    sql::{Conn, Dialect, SqlError},
};

pub use postgres::SCHEMAS;

/// The schema on a server in which the tables of these read models are.
pub fn schema_of(models: &[&dyn ReadModel]) -> String {
    postgres::schema_of(models)
}

/// Where the read models are kept, and the log that they are made from. Clones share it.
#[derive(Clone)]
pub struct ReadStore {
    log: Arc<dyn EventLog>,
    models: Models,
    kept: Kept,
}

/// The read models of a program.
pub type Models = &'static [&'static dyn ReadModel];

type Read = Box<dyn FnOnce(&Conn<'_>) -> Result<Untyped, LogError> + Send>;

type Write = Box<dyn FnOnce(&Conn<'_>) -> Result<Untyped, Unwritten> + Send>;

/// Why nothing was written.
enum Unwritten {
    ByTheStore(LogError),
    /// Whoever wanted to write found an error of a type of their own.
    ByTheirs(Untyped),
}

impl From<LogError> for Unwritten {
    fn from(error: LogError) -> Self {
        Self::ByTheStore(error)
    }
}

impl Unwritten {
    fn typed<E: From<LogError> + 'static>(self) -> E {
        match self {
            Self::ByTheStore(error) => error.into(),
            Self::ByTheirs(error) => typed(error),
        }
    }
}

fn without_types<R: Send + 'static, E: Send + 'static>(
    write: impl FnOnce(&Conn<'_>) -> Result<R, E> + Send + 'static,
) -> Write {
    Box::new(move |conn| write(conn).map(untyped).map_err(|error| Unwritten::ByTheirs(untyped(error))))
}

/// As long as it is held, nobody else rebuilds a read model.
pub(crate) struct RebuildAlone {
    lock: Option<postgres::Alone>,
}

impl RebuildAlone {
    /// Lets others, at once.
    pub(crate) async fn release(self) {
        if let Some(lock) = self.lock {
            lock.release().await;
        }
    }
}

/// Within a change: waits until nobody else applies pages, and lets nobody begin before its end.
pub(crate) fn keep_others_out(conn: &Conn<'_>) -> Result<(), SqlError> {
    match conn.dialect() {
        Dialect::Sqlite => Ok(()),
        Dialect::Postgres { .. } => postgres::Tables::keep_others_out(conn),
    }
}

/// Within a change of the tables themselves: keeps others out, and does not wait for readers for long. Who waited while
/// holding what a reader waits for would make a circle.
pub(crate) fn restructure(conn: &Conn<'_>) -> Result<(), SqlError> {
    keep_others_out(conn)?;
    wait_shortly(conn)
}

/// The same, while others may restructure in this way at the same time.
pub(crate) fn restructure_together(conn: &Conn<'_>) -> Result<(), SqlError> {
    if let Dialect::Postgres { .. } = conn.dialect() {
        postgres::Tables::keep_appliers_out(conn)?;
    }
    wait_shortly(conn)
}

fn wait_shortly(conn: &Conn<'_>) -> Result<(), SqlError> {
    match conn.dialect() {
        Dialect::Sqlite => Ok(()),
        Dialect::Postgres { .. } => conn.batch("SET LOCAL lock_timeout = '100ms'"),
    }
}

/// Whether another process rebuilds a read model just now. If not, none begins before the end of this change.
pub(crate) fn somebody_rebuilds(conn: &Conn<'_>) -> Result<bool, SqlError> {
    match conn.dialect() {
        Dialect::Sqlite => Ok(false),
        Dialect::Postgres { .. } => postgres::Tables::somebody_rebuilds(conn),
    }
}

#[derive(Clone)]
enum Kept {
    Files(files::Files),
    Postgres(postgres::Tables),
}

impl ReadStore {
    /// Opens the file that belongs to a log in a file, and makes it if it is not there.
    pub fn open(log: Database) -> Result<Self, LogError> {
        Self::open_with(log, &MODELS)
    }

    /// The same, of a program that has these read models.
    pub fn open_with(log: Database, models: Models) -> Result<Self, LogError> {
        let kept = Kept::Files(files::Files::open(log.clone())?);
        Ok(Self { log: Arc::new(log), models, kept })
    }

    /// In the database of a log in PostgreSQL.
    pub async fn beside(log: Postgres) -> Result<Self, LogError> {
        Self::beside_with(log, &MODELS).await
    }

    /// The same, of a program that has these read models.
    pub async fn beside_with(log: Postgres, models: Models) -> Result<Self, LogError> {
        let kept = Kept::Postgres(postgres::Tables::of(&log, models).await?);
        Ok(Self { log: Arc::new(log), models, kept })
    }

    /// The read models that are kept.
    pub fn models(&self) -> Models {
        self.models
    }

    /// Sees to it that other nodes know of this one. Whether they may not have known for a while, in which they may have
    /// removed what it keeps.
    pub(crate) async fn be_present(&self) -> Result<bool, LogError> {
        match &self.kept {
            Kept::Files(_) => Ok(false),
            Kept::Postgres(tables) => tables.be_present().await,
        }
    }

    /// Removes what was kept for programs with read models of other versions, once no node of theirs is left. Of how many.
    pub async fn remove_left_behind(&self) -> Result<usize, LogError> {
        match &self.kept {
            Kept::Files(_) => Ok(0),
            Kept::Postgres(tables) => tables.remove_left_behind().await,
        }
    }

    /// The file, where there is one.
    pub fn path(&self) -> Option<&Path> {
        match &self.kept {
            Kept::Files(files) => Some(files.path()),
            Kept::Postgres(_) => None,
        }
    }

    /// The log that is read from.
    pub fn log(&self) -> &Arc<dyn EventLog> {
        &self.log
    }

    /// Which engine keeps them.
    pub fn dialect(&self) -> Dialect {
        match &self.kept {
            Kept::Files(_) => Dialect::Sqlite,
            Kept::Postgres(tables) => tables.dialect(),
        }
    }

    /// Reads at once: whoever asks waits for it on their thread.
    pub fn read_now<R: Send>(
        &self,
        read: impl FnOnce(&Conn<'_>) -> Result<R, LogError> + Send,
    ) -> Result<R, LogError> {
        match &self.kept {
            Kept::Files(files) => files.read_now(read),
            Kept::Postgres(tables) => tables.read_now(read),
        }
    }

    /// Reads on a thread that may block.
    pub async fn read<R: Send + 'static>(
        &self,
        read: impl FnOnce(&Conn<'_>) -> Result<R, LogError> + Send + 'static,
    ) -> Result<R, LogError> {
        let read = move |conn: &Conn<'_>| read(conn).map(untyped);
        self.read_untyped(Box::new(read)).await.map(typed)
    }

    async fn read_untyped(&self, read: Read) -> Result<Untyped, LogError> {
        match &self.kept {
            Kept::Files(files) => files.read(read).await,
            Kept::Postgres(tables) => tables.read(read).await,
        }
    }

    /// Changes the read models: all of it or nothing.
    pub async fn write<R: Send + 'static, E: From<LogError> + Send + 'static>(
        &self,
        write: impl FnOnce(&Conn<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E> {
        self.write_untyped(without_types(write)).await.map(typed).map_err(Unwritten::typed)
    }

    async fn write_untyped(&self, write: Write) -> Result<Untyped, Unwritten> {
        match &self.kept {
            Kept::Files(files) => files.write(write).await,
            Kept::Postgres(tables) => tables.write(write).await,
        }
    }

    /// Empties the write-ahead log of a file, in which bytes of older rows stand until it is written anew. Whether that
    /// was done within the time; nothing is to be done on a server.
    pub async fn empty_wal(&self, within: Duration) -> Result<bool, LogError> {
        match &self.kept {
            Kept::Files(files) => files.empty_wal(within).await,
            Kept::Postgres(_) => Ok(true),
        }
    }

    /// Keeps other processes from rebuilding a read model until it is dropped; `None` where one does.
    pub(crate) async fn rebuild_alone(&self) -> Result<Option<RebuildAlone>, LogError> {
        match &self.kept {
            Kept::Files(_) => Ok(Some(RebuildAlone { lock: None })),
            Kept::Postgres(tables) => {
                Ok(tables.rebuild_alone().await?.map(|lock| RebuildAlone { lock: Some(lock) }))
            }
        }
    }

    /// Applies a page, if nobody else does just now: `None` where another node has its hands on them.
    pub(crate) async fn write_alone<R: Send + 'static, E: From<LogError> + Send + 'static>(
        &self,
        write: impl FnOnce(&Conn<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<Option<R>, E> {
        let written = self.write_alone_untyped(without_types(write)).await;
        written.map(|done| done.map(typed)).map_err(Unwritten::typed)
    }

    async fn write_alone_untyped(&self, write: Write) -> Result<Option<Untyped>, Unwritten> {
        match &self.kept {
            // A lock file keeps other processes out.
            Kept::Files(files) => files.write(write).await.map(Some),
            Kept::Postgres(tables) => tables.write_alone(write).await,
        }
    }
}
