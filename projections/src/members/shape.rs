//! What a query comes to in SQL.

use domain::LicenseId;
use rusqlite::{Connection, OptionalExtension, ToSql, types::Value};

use super::{found::Key, term::end_of};
use crate::{QueryError, cursor::ListName};

/// A list in one of its shapes. `conditions` are those that its index serves.
pub(super) struct Shape {
    pub name: ListName,
    pub by_added: bool,
    pub descending: bool,
    pub conditions: Vec<&'static str>,
    pub values: Vec<Box<dyn ToSql>>,
}

impl Shape {
    /// A license's list.
    pub(super) fn of(name: ListName, license: LicenseId, by_added: bool, descending: bool) -> Self {
        let conditions = vec!["license_id = ?", "status <> 0"];
        Self { name, by_added, descending, conditions, values: vec![Box::new(license.0)] }
    }

    pub(super) fn and(&mut self, condition: &'static str, value: impl ToSql + 'static) {
        self.conditions.push(condition);
        self.values.push(Box::new(value));
    }

    /// Only addresses that begin so.
    pub(super) fn beginning(mut self, beginning: &str) -> Self {
        self.and("normalised >= ?", beginning.to_owned());
        self.and("normalised < ?", end_of(beginning));
        self
    }

    pub(super) const fn key(&self) -> &'static str {
        if self.by_added { "added_position" } else { "normalised" }
    }

    /// The number that a cursor holds: the key itself, which stays when the person's changes; or the row's.
    pub(super) const fn cursor(&self) -> &'static str {
        if self.by_added { "added_position" } else { "id" }
    }

    /// Columns of the rows in their order; behind a key, if there is one.
    pub(super) fn select(&self, columns: &str, after: bool) -> String {
        let (compare, order) = if self.descending { ("<", "DESC") } else { (">", "ASC") };
        let (key, conditions) = (self.key(), self.conditions.join(" AND "));
        let after = if after { format!(" AND {key} {compare} ?") } else { String::new() };
        format!("SELECT {columns} FROM members WHERE {conditions}{after} ORDER BY {key} {order}")
    }

    /// The normalised address of every row, in an order that costs nothing.
    pub(super) fn emails(&self) -> String {
        format!("SELECT normalised FROM members WHERE {} ORDER BY normalised", self.conditions.join(" AND "))
    }

    /// The sort key that a cursor stands for. It holds no address, but names the row that does.
    pub(super) fn key_at(&self, conn: &Connection, cursor: u64) -> Result<Key, QueryError> {
        if self.by_added {
            return i64::try_from(cursor).map(Key::Added).map_err(|_| QueryError::StaleCursor);
        }
        let value = conn
            .prepare_cached("SELECT normalised FROM members WHERE id = ?")?
            .query_row([cursor], |row| row.get(0))
            .optional()?;
        match value {
            Some(Value::Text(email)) => Ok(Key::Email(email)),
            _ => Err(QueryError::StaleCursor),
        }
    }
}
