//! What the engines call the types of columns.

use crate::{Conn, Dialect};

impl Dialect {
    /// Joins tables where each row of the first is looked up in the second: not the other way round.
    pub const fn looks_up_in(self) -> &'static str {
        match self {
            Self::Sqlite => "CROSS JOIN",
            // The planner knows by its statistics.
            Self::Postgres { .. } => "JOIN",
        }
    }
}

/// Words for `CREATE TABLE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Types {
    /// A number that is the key of its table.
    pub key: &'static str,
    /// A number.
    pub number: &'static str,
    /// An id.
    pub id: &'static str,
    /// Text, compared byte by byte.
    pub text: &'static str,
    /// Bytes.
    pub bytes: &'static str,
    /// Stands behind a table whose key is a number.
    pub end: &'static str,
    /// Stands behind a table whose key is made of several columns.
    pub end_of_keyed: &'static str,
}

impl Conn<'_> {
    /// The words of this engine.
    pub fn types(&self) -> Types {
        match self.dialect() {
            Dialect::Sqlite => Types {
                key: "INTEGER PRIMARY KEY",
                number: "INTEGER",
                id: "BLOB",
                text: "TEXT",
                bytes: "BLOB",
                end: " STRICT",
                end_of_keyed: " STRICT, WITHOUT ROWID",
            },
            Dialect::Postgres { .. } => Types {
                key: "bigint PRIMARY KEY",
                number: "bigint",
                id: "uuid",
                text: "text COLLATE \"C\"",
                bytes: "bytea",
                end: "",
                end_of_keyed: "",
            },
        }
    }
}
