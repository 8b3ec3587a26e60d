//! The tables, on whichever engine the log is.

use eventlog::{Database, LogError, Postgres, postgres::database_error};
use sql::{Conn, Session, SqlError};
use tokio::{runtime::Handle, task::spawn_blocking};

use crate::schema;

/// Where accounts are kept. Clones share it.
#[derive(Clone)]
pub struct Accounts(Kept);

#[derive(Clone)]
enum Kept {
    File(Database),
    Server(Postgres),
}

impl Accounts {
    /// In a log's file. The tables are made if they are not there.
    pub async fn in_file(log: Database) -> Result<Self, LogError> {
        Self(Kept::File(log)).with_tables().await
    }

    /// In the database of a log on a server. The tables are made if they are not there.
    pub async fn on_server(log: Postgres) -> Result<Self, LogError> {
        Self(Kept::Server(log)).with_tables().await
    }

    async fn with_tables(self) -> Result<Self, LogError> {
        if !self.read(schema::is_current).await? {
            self.write(schema::bring_up_to_date).await?;
        }
        Ok(self)
    }

    /// Reads on a thread that may block.
    pub(crate) async fn read<R: Send + 'static>(
        &self,
        read: impl FnOnce(&Conn<'_>) -> Result<R, SqlError> + Send + 'static,
    ) -> Result<R, LogError> {
        match &self.0 {
            Kept::File(file) => file.read(move |conn| Ok(read(&Conn::from(conn))?)).await,
            Kept::Server(server) => on_a_thread(server, move |session| Ok(read(&Conn::from(session))?)).await,
        }
    }

    /// Changes the tables: all of it or nothing.
    pub(crate) async fn write<R: Send + 'static>(
        &self,
        write: impl FnOnce(&Conn<'_>) -> Result<R, SqlError> + Send + 'static,
    ) -> Result<R, LogError> {
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

async fn on_a_thread<R: Send + 'static>(
    server: &Postgres,
    work: impl FnOnce(&Session) -> Result<R, LogError> + Send + 'static,
) -> Result<R, LogError> {
    let conn = server.pool().acquire().await.map_err(database_error)?;
    let runtime = Handle::current();
    let task = spawn_blocking(move || {
        // The connection is given back by a task of this runtime.
        let _within = runtime.enter();
        work(&Session::new(conn, runtime.clone(), false))
    });
    task.await.map_err(|e| LogError::Stopped(e.to_string()))?
}
