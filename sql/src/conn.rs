//! A connection.

use std::ops::{ControlFlow, Deref};

use rusqlite::{CachedStatement, Connection};

use crate::{FromCell, Row, Session, SqlError, ToValue};

/// Which engine runs the statements, where that makes a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The embedded one.
    Sqlite,
    /// PostgreSQL.
    Postgres {
        /// Whether rows can be found by three letters that stand together (`pg_trgm`).
        trigrams: bool,
    },
}

/// A connection to the tables of the log and of the read models.
pub struct Conn<'c>(Engine<'c>);

#[derive(Clone, Copy)]
pub(crate) enum Engine<'c> {
    Sqlite(&'c Connection),
    Postgres(&'c Session),
}

/// A moment of the database: all that is read from it is of that moment. Ends when dropped.
pub struct Snapshot<'c> {
    conn: Conn<'c>,
    _ends: Ends<'c>,
}

enum Ends<'c> {
    Sqlite { _transaction: rusqlite::Transaction<'c> },
    Postgres { session: &'c Session },
}

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        if let Self::Postgres { session } = self {
            session.abandon();
        }
    }
}

impl<'c> Deref for Snapshot<'c> {
    type Target = Conn<'c>;

    fn deref(&self) -> &Conn<'c> {
        &self.conn
    }
}

impl<'c> From<&'c Connection> for Conn<'c> {
    fn from(conn: &'c Connection) -> Self {
        Self(Engine::Sqlite(conn))
    }
}

impl<'c> From<&'c Session> for Conn<'c> {
    fn from(session: &'c Session) -> Self {
        Self(Engine::Postgres(session))
    }
}

impl<'c> Conn<'c> {
    pub(crate) fn engine(&self) -> Engine<'c> {
        self.0
    }

    /// Which engine it is.
    pub fn dialect(&self) -> Dialect {
        match self.0 {
            Engine::Sqlite(_) => Dialect::Sqlite,
            Engine::Postgres(session) => Dialect::Postgres { trigrams: session.trigrams },
        }
    }

    /// Holds on to this moment.
    pub fn snapshot(&self) -> Result<Snapshot<'c>, SqlError> {
        let ends = match self.0 {
            Engine::Sqlite(conn) => Ends::Sqlite { _transaction: conn.unchecked_transaction()? },
            Engine::Postgres(session) => {
                session.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
                Ends::Postgres { session }
            }
        };
        Ok(Snapshot { conn: Self(self.0), _ends: ends })
    }

    /// Every row that is found.
    pub fn all<T, E: From<SqlError>>(
        &self,
        sql: &str,
        values: &[&dyn ToValue],
        mut read: impl FnMut(&Row<'_>) -> Result<T, E>,
    ) -> Result<Vec<T>, E> {
        if let Engine::Postgres(session) = self.0 {
            return session.fetch(sql, values)?.iter().map(|row| read(&Row::postgres(row))).collect();
        }
        let mut found = Vec::new();
        self.walk(sql, values, |row| {
            found.push(read(row)?);
            Ok::<_, E>(ControlFlow::Continue(()))
        })?;
        Ok(found)
    }

    /// The first row that is found, if there is one.
    pub fn first<T, E: From<SqlError>>(
        &self,
        sql: &str,
        values: &[&dyn ToValue],
        mut read: impl FnMut(&Row<'_>) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        if let Engine::Postgres(session) = self.0 {
            return session.fetch(sql, values)?.first().map(|row| read(&Row::postgres(row))).transpose();
        }
        let mut found = None;
        self.walk(sql, values, |row| {
            found = Some(read(row)?);
            Ok::<_, E>(ControlFlow::Break(()))
        })?;
        Ok(found)
    }

    /// The only column of the first row that is found, if there is one.
    pub fn value<T: FromCell>(&self, sql: &str, values: &[&dyn ToValue]) -> Result<Option<T>, SqlError> {
        self.first(sql, values, |row| row.get(0))
    }

    /// Row by row, as long as more are wanted: the others cost little.
    pub fn walk<E: From<SqlError>>(
        &self,
        sql: &str,
        values: &[&dyn ToValue],
        mut each: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        match self.0 {
            Engine::Sqlite(conn) => {
                let mut statement = prepared(conn, sql)?;
                bind(&mut statement, values)?;
                let mut rows = statement.raw_query();
                while let Some(row) = rows.next().map_err(SqlError::from)? {
                    if each(&Row::sqlite(row))?.is_break() {
                        break;
                    }
                }
                Ok(())
            }
            Engine::Postgres(session) => session.walk(sql, values, |row| each(&Row::postgres(row))),
        }
    }

    /// For each key, the row whose column at the end of `select` is that key, if there is one: in any order.
    pub fn each_of<K: ToValue, T, E: From<SqlError>>(
        &self,
        select: &str,
        keys: &[K],
        mut read: impl FnMut(&Row<'_>) -> Result<T, E>,
    ) -> Result<Vec<T>, E> {
        let mut found = Vec::new();
        match self.0 {
            Engine::Sqlite(conn) => {
                let mut statement = prepared(conn, &format!("{select} = ?"))?;
                for key in keys {
                    bind(&mut statement, &[key])?;
                    let mut rows = statement.raw_query();
                    while let Some(row) = rows.next().map_err(SqlError::from)? {
                        found.push(read(&Row::sqlite(row))?);
                    }
                }
            }
            Engine::Postgres(session) => {
                for row in session.fetch_each(select, keys)? {
                    found.push(read(&Row::postgres(&row))?);
                }
            }
        }
        Ok(found)
    }

    /// For each key, runs a statement on the row whose column at its end is that key.
    pub fn run_each<K: ToValue>(&self, statement: &str, keys: &[K]) -> Result<(), SqlError> {
        self.each_of(statement, keys, |_| Ok::<_, SqlError>(())).map(drop)
    }

    /// Whether a row is found.
    pub fn exists(&self, sql: &str, values: &[&dyn ToValue]) -> Result<bool, SqlError> {
        Ok(self.first(sql, values, |_| Ok::<_, SqlError>(()))?.is_some())
    }

    /// Runs a statement; how many rows it changed.
    pub fn run(&self, sql: &str, values: &[&dyn ToValue]) -> Result<usize, SqlError> {
        match self.0 {
            Engine::Sqlite(conn) => {
                let mut statement = prepared(conn, sql)?;
                bind(&mut statement, values)?;
                Ok(statement.raw_execute()?)
            }
            Engine::Postgres(session) => session.run(sql, values),
        }
    }

    /// Runs statements that take no values.
    pub fn batch(&self, sql: &str) -> Result<(), SqlError> {
        match self.0 {
            Engine::Sqlite(conn) => Ok(conn.execute_batch(sql)?),
            Engine::Postgres(session) => session.batch(sql),
        }
    }

    /// Whether a transaction that was begun is over, because what failed in it ended it.
    pub fn has_lost_its_transaction(&self) -> bool {
        match self.0 {
            Engine::Sqlite(conn) => conn.is_autocommit(),
            // A savepoint outlives whatever fails behind it, but for the connection, which is trouble anyway.
            Engine::Postgres(_) => false,
        }
    }
}

pub(crate) fn prepared<'c>(conn: &'c Connection, sql: &str) -> Result<CachedStatement<'c>, SqlError> {
    Ok(conn.prepare_cached(sql)?)
}

pub(crate) fn bind(statement: &mut CachedStatement<'_>, values: &[&dyn ToValue]) -> Result<(), SqlError> {
    let wanted = statement.parameter_count();
    if wanted != values.len() {
        return Err(rusqlite::Error::InvalidParameterCount(values.len(), wanted).into());
    }
    for (number, value) in (1..).zip(values) {
        statement.raw_bind_parameter(number, value.to_value()?)?;
    }
    Ok(())
}
