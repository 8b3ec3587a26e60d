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

    /// Stands at the end of a table in `FROM`, and keeps a condition outside of it from choosing another way to its rows.
    pub const fn fence(self) -> &'static str {
        match self {
            // It goes the way of the table's order.
            Self::Sqlite => "",
            Self::Postgres { .. } => "OFFSET 0",
        }
    }

    /// A condition that few rows meet, for whose index another one with bounds at both ends is left.
    pub fn met_by_few(self, condition: &str) -> String {
        match self {
            // It takes two bounds for more than one value, and has no statistics that say otherwise.
            Self::Sqlite => format!("likelihood({condition}, 0.01)"),
            Self::Postgres { .. } => condition.to_owned(),
        }
    }

    /// Stretches of an index, each in its order, merged as they are read. `order`: a column of theirs, with `DESC` where it
    /// falls; `bound`: `LIMIT` with how many are wanted.
    ///
    /// A file merges what `UNION ALL` puts together by itself. A server would read all of it and sort it, but merges what is
    /// ordered and bounded already.
    pub fn merged(self, stretches: &[String], order: &str, bound: &str) -> String {
        let together = match (self, stretches) {
            (Self::Postgres { .. }, [_, _, ..]) => {
                let ordered = |stretch: &String| {
                    format!("SELECT * FROM ({stretch} ORDER BY {order} {bound}) AS stretch")
                };
                stretches.iter().map(ordered).collect::<Vec<_>>().join(" UNION ALL ")
            }
            _ => stretches.join(" UNION ALL "),
        };
        format!("{together} ORDER BY {order} {bound}")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_given_stretches_that_are_ordered_and_bounded() {
        let stretches = ["SELECT a FROM x".to_owned(), "SELECT a FROM y".to_owned()];
        let file = Dialect::Sqlite.merged(&stretches, "a DESC", "LIMIT 3");
        assert_eq!(file, "SELECT a FROM x UNION ALL SELECT a FROM y ORDER BY a DESC LIMIT 3");
        let engine = Dialect::Postgres { trigrams: false };
        let server = engine.merged(&stretches, "a DESC", "LIMIT 3");
        let stretch = |of| format!("SELECT * FROM (SELECT a FROM {of} ORDER BY a DESC LIMIT 3) AS stretch");
        assert_eq!(server, format!("{} UNION ALL {} ORDER BY a DESC LIMIT 3", stretch("x"), stretch("y")));
        let one = engine.merged(&stretches[..1], "a", "LIMIT 3");
        assert_eq!(one, "SELECT a FROM x ORDER BY a LIMIT 3");
    }
}
