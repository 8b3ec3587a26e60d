//! The tables, on whichever engine the log is.

use chrono::{DateTime, Utc};
use eventlog::{Database, LogError, Postgres};
use sql::{Beside, Conn, SqlError, values};
use uuid::Uuid;

use crate::schema;

/// Where accounts are kept. Clones share it.
#[derive(Clone)]
pub struct Accounts(Beside);

impl Accounts {
    /// In a log's file. The tables are made if they are not there.
    pub async fn in_file(log: Database) -> Result<Self, LogError> {
        Self(log.into()).with_tables().await
    }

    /// In the database of a log on a server. The tables are made if they are not there.
    pub async fn on_server(log: Postgres) -> Result<Self, LogError> {
        Self(log.into()).with_tables().await
    }

    async fn with_tables(self) -> Result<Self, LogError> {
        if !self.read(schema::is_current).await? {
            self.write(schema::bring_up_to_date).await?;
        }
        Ok(self)
    }

    /// Whether a query by an id and a time finds something.
    pub(crate) async fn lasts(
        &self,
        sql: &'static str,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> Result<bool, LogError> {
        self.read(move |conn| conn.exists(sql, values![id, now.timestamp_micros()])).await
    }

    /// Reads on a thread that may block.
    pub(crate) async fn read<R: Send + 'static>(
        &self,
        read: impl FnOnce(&Conn<'_>) -> Result<R, SqlError> + Send + 'static,
    ) -> Result<R, LogError> {
        self.0.read(read).await
    }

    /// Changes the tables: all of it or nothing.
    pub(crate) async fn write<R: Send + 'static>(
        &self,
        write: impl FnOnce(&Conn<'_>) -> Result<R, SqlError> + Send + 'static,
    ) -> Result<R, LogError> {
        self.0.write(write).await
    }
}
