//! Many rows at a time.

use rusqlite::CachedStatement;

use crate::{
    Conn, Session, SqlError, ToValue,
    conn::{Engine, bind, prepared},
    copy::put_row,
};

/// New rows for a table. They are in it when [`Inserts::end`] returns.
pub struct Inserts<'c>(Writes<'c>);

enum Writes<'c> {
    /// Prepared once; each row goes in at once.
    Sqlite(CachedStatement<'c>),
    /// All of them are copied at the end.
    Postgres { session: &'c Session, into: String, rows: Vec<u8> },
}

impl<'c> Inserts<'c> {
    /// Begins, with values for these columns in their order.
    pub fn into(conn: &Conn<'c>, table: &str, columns: &[&str]) -> Result<Self, SqlError> {
        match conn.engine() {
            Engine::Sqlite(conn) => prepared(conn, &insert(table, columns)).map(Writes::Sqlite).map(Self),
            Engine::Postgres(session) => {
                let into = format!("{table} ({})", columns.join(", "));
                Ok(Self(Writes::Postgres { session, into, rows: Vec::new() }))
            }
        }
    }

    /// One more row.
    pub fn add(&mut self, values: &[&dyn ToValue]) -> Result<(), SqlError> {
        match &mut self.0 {
            Writes::Sqlite(statement) => execute(statement, values),
            Writes::Postgres { rows, .. } => put_row(rows, values),
        }
    }

    /// They are all in the table.
    pub fn end(self) -> Result<(), SqlError> {
        match self.0 {
            Writes::Postgres { session, into, rows } if !rows.is_empty() => session.copy(&into, rows),
            Writes::Sqlite(_) | Writes::Postgres { .. } => Ok(()),
        }
    }
}

/// Rows for a table that may hold older ones with the same keys. They are in it when [`Rows::end`] returns.
pub struct Rows<'c> {
    inserts: Inserts<'c>,
    updates: Updates<'c>,
}

enum Updates<'c> {
    Sqlite(CachedStatement<'c>),
    /// The older rows go before the new ones are copied.
    Postgres {
        session: &'c Session,
        statement: String,
        older: Vec<i64>,
    },
}

impl<'c> Rows<'c> {
    /// Begins, with values for these columns in their order. The first of those that `last` is the key, a number; the
    /// others of them never change.
    pub fn of(conn: &Conn<'c>, table: &str, last: &[&str], change: &[&str]) -> Result<Self, SqlError> {
        let columns: Vec<&str> = last.iter().chain(change).copied().collect();
        let inserts = Inserts::into(conn, table, &columns)?;
        let key = last.first().copied().unwrap_or_default();
        let updates = match conn.engine() {
            Engine::Sqlite(conn) => {
                let numbered = change.iter().zip(last.len() + 1..);
                let set: Vec<String> =
                    numbered.map(|(column, number)| format!("{column} = ?{number}")).collect();
                let sql = format!("UPDATE {table} SET {} WHERE {key} = ?1", set.join(", "));
                Updates::Sqlite(prepared(conn, &sql)?)
            }
            Engine::Postgres(session) => {
                let statement = format!("DELETE FROM {table} WHERE {key}");
                Updates::Postgres { session, statement, older: Vec::new() }
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
            Updates::Sqlite(statement) => execute(statement, values),
            Updates::Postgres { older, .. } => {
                if let Some(super::Value::Number(key)) = values.first().map(ToValue::to_value).transpose()? {
                    older.push(key);
                }
                self.inserts.add(values)
            }
        }
    }

    /// They are all in the table.
    pub fn end(self) -> Result<(), SqlError> {
        if let Updates::Postgres { session, statement, older } = self.updates {
            Conn::from(session).run_each(&statement, &older)?;
        }
        self.inserts.end()
    }
}

impl Conn<'_> {
    /// Rows of numbers, each with a key of its own, of which the table may hold older ones: `conflict` says what happens to
    /// those.
    pub fn merge<const N: usize>(
        &self,
        into: &str,
        rows: &[[i64; N]],
        conflict: &str,
    ) -> Result<(), SqlError> {
        if rows.is_empty() {
            return Ok(());
        }
        match self.engine() {
            Engine::Sqlite(conn) => {
                let marks = ["?"; N].join(", ");
                let mut statement =
                    prepared(conn, &format!("INSERT INTO {into} VALUES ({marks}) {conflict}"))?;
                for row in rows {
                    let values: [&dyn ToValue; N] = std::array::from_fn(|at| &row[at] as &dyn ToValue);
                    execute(&mut statement, &values)?;
                }
                Ok(())
            }
            Engine::Postgres(session) => session.merge(into, rows, conflict),
        }
    }
}

fn execute(statement: &mut CachedStatement<'_>, values: &[&dyn ToValue]) -> Result<(), SqlError> {
    bind(statement, values)?;
    statement.raw_execute()?;
    Ok(())
}

fn insert(table: &str, columns: &[&str]) -> String {
    let marks = vec!["?"; columns.len()].join(", ");
    format!("INSERT INTO {table} ({}) VALUES ({marks})", columns.join(", "))
}
