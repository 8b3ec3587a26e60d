//! Empty tables that a replay fills: in a temporary file without a name, which goes with the process at the latest.

use parking_lot::{Mutex, MutexGuard};
use rusqlite::Connection;

use crate::{
    QueryError, ReadModel,
    model::Tables,
    sql::{Conn, SqlError},
};

/// Tables that nobody else sees.
pub(super) struct Fresh(Mutex<Connection>);

impl Fresh {
    /// There are no others here.
    pub(super) const TABLES: Tables = Tables { suffix: "", generation: 0 };

    pub(super) fn of(models: impl Iterator<Item = &'static dyn ReadModel>) -> Result<Self, QueryError> {
        // SQLite makes a file for a database without a name, and unlinks it at once.
        let conn = Connection::open("").map_err(SqlError::from)?;
        // It is thrown away: nothing has to survive.
        conn.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536")
            .map_err(SqlError::from)?;
        conn.set_prepared_statement_cache_capacity(256);
        for (model, generation) in models.zip(1..) {
            model.create(&Conn::from(&conn), Tables { generation, ..Self::TABLES })?;
        }
        Ok(Self(Mutex::new(conn)))
    }

    /// Fills them. What fails is not used any more, and so nothing is rolled back.
    pub(super) fn in_transaction(
        &self,
        work: impl FnOnce(&Conn<'_>) -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        let conn = self.0.lock();
        conn.execute_batch("BEGIN")?;
        work(&Conn::from(&*conn))?;
        Ok(conn.execute_batch("COMMIT")?)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Connection> {
        self.0.lock()
    }
}
