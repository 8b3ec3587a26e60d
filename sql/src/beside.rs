//! Tables of somebody's own beside a log, on whichever engine it is.

use eventlog::{
    Database, LogError, Postgres,
    untyped::{Untyped, typed, untyped},
};
use tokio::{runtime::Handle, task::spawn_blocking};

use crate::{Conn, Session, SqlError};

/// The database of a log, for tables that are no part of it. Clones share it.
#[derive(Clone)]
pub struct Beside(Kept);

#[derive(Clone)]
enum Kept {
    File(Database),
    Server(Postgres),
}

type Work = Box<dyn FnOnce(&Conn<'_>) -> Result<Untyped, SqlError> + Send>;

impl From<Database> for Beside {
    fn from(log: Database) -> Self {
        Self(Kept::File(log))
    }
}

impl From<Postgres> for Beside {
    fn from(log: Postgres) -> Self {
        Self(Kept::Server(log))
    }
}

impl Beside {
    /// Reads on a thread that may block.
    pub async fn read<R: Send + 'static>(
        &self,
        read: impl FnOnce(&Conn<'_>) -> Result<R, SqlError> + Send + 'static,
    ) -> Result<R, LogError> {
        let read = move |conn: &Conn<'_>| read(conn).map(untyped);
        self.read_untyped(Box::new(read)).await.map(typed)
    }

    async fn read_untyped(&self, read: Work) -> Result<Untyped, LogError> {
        match &self.0 {
            Kept::File(file) => file.read(move |conn| Ok(read(&Conn::from(conn))?)).await,
            Kept::Server(server) => on_a_thread(server, move |session| Ok(read(&Conn::from(session))?)).await,
        }
    }

    /// Changes tables: all of it or nothing.
    pub async fn write<R: Send + 'static>(
        &self,
        write: impl FnOnce(&Conn<'_>) -> Result<R, SqlError> + Send + 'static,
    ) -> Result<R, LogError> {
        let write = move |conn: &Conn<'_>| write(conn).map(untyped);
        self.write_untyped(Box::new(write)).await.map(typed)
    }

    async fn write_untyped(&self, write: Work) -> Result<Untyped, LogError> {
        match &self.0 {
            Kept::File(file) => file.write(1, move |conn| Ok(write(&Conn::from(conn))?)).await,
            Kept::Server(server) => {
                let work =
                    move |session: &Session| session.in_transaction(|conn| Ok::<_, LogError>(write(conn)?));
                on_a_thread(server, work).await
            }
        }
    }
}

async fn on_a_thread(
    server: &Postgres,
    work: impl FnOnce(&Session) -> Result<Untyped, LogError> + Send + 'static,
) -> Result<Untyped, LogError> {
    let conn = server.connection().await?;
    let runtime = Handle::current();
    let task = spawn_blocking(move || {
        // The connection is given back by a task of this runtime.
        let _within = runtime.enter();
        work(&Session::new(conn, runtime.clone(), false))
    });
    task.await.map_err(|e| LogError::Stopped(e.to_string()))?
}
