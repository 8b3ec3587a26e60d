//! Many rows at a time.

use rusqlite::CachedStatement;

use super::{
    Conn, SqlError, ToValue,
    conn::{Engine, bind, prepared},
};

/// New rows for a table.
pub struct Inserts<'c>(Writes<'c>);

enum Writes<'c> {
    /// Prepared once; each row goes in at once.
    Sqlite(CachedStatement<'c>),
}

impl<'c> Inserts<'c> {
    /// Begins, with values for these columns in their order.
    pub fn into(conn: &Conn<'c>, table: &str, columns: &[&str]) -> Result<Self, SqlError> {
        match conn.engine() {
            Engine::Sqlite(conn) => prepared(conn, &insert(table, columns)).map(Writes::Sqlite).map(Self),
        }
    }

    /// One more row.
    pub fn add(&mut self, values: &[&dyn ToValue]) -> Result<(), SqlError> {
        match &mut self.0 {
            Writes::Sqlite(statement) => {
                bind(statement, values)?;
                statement.raw_execute()?;
                Ok(())
            }
        }
    }

    /// They are all in the table.
    pub fn end(self) -> Result<(), SqlError> {
        match self.0 {
            Writes::Sqlite(_) => Ok(()),
        }
    }
}

/// Rows for a table that may hold older ones with the same keys.
pub struct Rows<'c> {
    inserts: Inserts<'c>,
    updates: Writes<'c>,
}

impl<'c> Rows<'c> {
    /// Begins, with values for these columns in their order. The first of those that `last` is the key; the others of
    /// them never change, and neither do their indexes cost anything then.
    pub fn of(conn: &Conn<'c>, table: &str, last: &[&str], change: &[&str]) -> Result<Self, SqlError> {
        let columns: Vec<&str> = last.iter().chain(change).copied().collect();
        let inserts = Inserts::into(conn, table, &columns)?;
        let updates = match conn.engine() {
            Engine::Sqlite(conn) => {
                let number = |at: usize| last.len() + 1 + at;
                let set = change.iter().enumerate().map(|(at, column)| format!("{column} = ?{}", number(at)));
                let set = set.collect::<Vec<_>>().join(", ");
                let key = last.first().copied().unwrap_or("rowid");
                Writes::Sqlite(prepared(conn, &format!("UPDATE {table} SET {set} WHERE {key} = ?1"))?)
            }
        };
        Ok(Self { inserts, updates })
    }

    /// A row that the table does not have.
    pub fn insert(&mut self, values: &[&dyn ToValue]) -> Result<(), SqlError> {
        self.inserts.add(values)
    }

    /// A row that the table has in an older form.
    pub fn update(&mut self, values: &[&dyn ToValue]) -> Result<(), SqlError> {
        match &mut self.updates {
            Writes::Sqlite(statement) => {
                bind(statement, values)?;
                statement.raw_execute()?;
                Ok(())
            }
        }
    }

    /// They are all in the table.
    pub fn end(self) -> Result<(), SqlError> {
        self.inserts.end()
    }
}

fn insert(table: &str, columns: &[&str]) -> String {
    let marks = vec!["?"; columns.len()].join(", ");
    format!("INSERT INTO {table} ({}) VALUES ({marks})", columns.join(", "))
}
