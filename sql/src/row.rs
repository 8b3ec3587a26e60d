//! Values on their way out of a row.

use rusqlite::types::ValueRef;
use sqlx::{Column as _, Row as _, TypeInfo, ValueRef as _, postgres::PgRow};
use uuid::Uuid;

use crate::SqlError;

/// A row that a query has found.
pub struct Row<'r>(Of<'r>);

enum Of<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r PgRow),
}

/// What a column of a row holds. No `Debug`: may be an address.
#[derive(Clone, Copy)]
pub enum Cell<'r> {
    /// Nothing.
    Null,
    /// A number; also a yes (1) or no (0).
    Number(i64),
    /// Text.
    Text(&'r str),
    /// Bytes: an id where they are sixteen.
    Bytes(&'r [u8]),
}

/// Names a column: by its number, from 0, or by its name.
pub trait Column: Copy + ToString {
    /// The number in a row.
    fn number(self, row: &Row<'_>) -> Result<usize, SqlError>;
}

impl Column for usize {
    fn number(self, _: &Row<'_>) -> Result<usize, SqlError> {
        Ok(self)
    }
}

impl Column for &str {
    fn number(self, row: &Row<'_>) -> Result<usize, SqlError> {
        match row.0 {
            Of::Sqlite(row) => Ok(row.as_ref().column_index(self)?),
            Of::Postgres(row) => Ok(row.try_column(self)?.ordinal()),
        }
    }
}

impl<'r> Row<'r> {
    pub(crate) fn sqlite(row: &'r rusqlite::Row<'r>) -> Self {
        Self(Of::Sqlite(row))
    }

    pub(crate) fn postgres(row: &'r PgRow) -> Self {
        Self(Of::Postgres(row))
    }

    /// What a column holds.
    pub fn get<T: FromCell>(&self, column: impl Column) -> Result<T, SqlError> {
        let cell = self.cell(column)?;
        T::of(cell).ok_or_else(|| SqlError::unreadable(&column, &format!("holds {} instead", cell.kind())))
    }

    /// What a column holds, as it stands there.
    pub fn cell(&self, column: impl Column) -> Result<Cell<'_>, SqlError> {
        let number = column.number(self)?;
        match self.0 {
            Of::Sqlite(row) => match row.get_ref(number)? {
                ValueRef::Null => Ok(Cell::Null),
                ValueRef::Integer(number) => Ok(Cell::Number(number)),
                ValueRef::Blob(bytes) => Ok(Cell::Bytes(bytes)),
                ValueRef::Text(bytes) => std::str::from_utf8(bytes)
                    .map(Cell::Text)
                    .map_err(|error| SqlError::unreadable(&column, &error)),
                ValueRef::Real(_) => Err(SqlError::unreadable(&column, "holds a fraction")),
            },
            Of::Postgres(row) => cell_of_postgres(row, number),
        }
    }

    /// The text of a column, if there is any.
    pub fn text(&self, column: impl Column) -> Result<Option<&str>, SqlError> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            Cell::Text(text) => Ok(Some(text)),
            cell => Err(SqlError::unreadable(&column, &format!("holds {} instead of text", cell.kind()))),
        }
    }
}

fn cell_of_postgres(row: &PgRow, column: usize) -> Result<Cell<'_>, SqlError> {
    let value = row.try_get_raw(column)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let info = value.type_info().into_owned();
    let kind = info.name();
    let bytes = value.as_bytes().map_err(sqlx::Error::Decode)?;
    let odd = || SqlError::unreadable(&column, &format!("holds {} bytes of type {kind}", bytes.len()));
    Ok(match (kind, bytes) {
        ("INT8", bytes) => Cell::Number(i64::from_be_bytes(bytes.try_into().map_err(|_| odd())?)),
        ("INT4", bytes) => Cell::Number(i32::from_be_bytes(bytes.try_into().map_err(|_| odd())?).into()),
        ("BOOL", [yes]) => Cell::Number((*yes).into()),
        ("TEXT" | "VARCHAR" | "JSON", bytes) => Cell::Text(std::str::from_utf8(bytes).map_err(|_| odd())?),
        ("UUID" | "BYTEA", bytes) => Cell::Bytes(bytes),
        _ => return Err(odd()),
    })
}

impl Cell<'_> {
    const fn kind(self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
        }
    }
}

/// What can be read from a column.
pub trait FromCell: Sized {
    /// The value; `None` where the cell holds something else.
    fn of(cell: Cell<'_>) -> Option<Self>;
}

macro_rules! numbers {
    ($($number:ty),*) => {
        $(impl FromCell for $number {
            fn of(cell: Cell<'_>) -> Option<Self> {
                let Cell::Number(number) = cell else { return None };
                Self::try_from(number).ok()
            }
        })*
    };
}

numbers!(i64, u64, u32, u8, usize);

impl FromCell for bool {
    fn of(cell: Cell<'_>) -> Option<Self> {
        let Cell::Number(number) = cell else { return None };
        Some(number != 0)
    }
}

impl FromCell for String {
    fn of(cell: Cell<'_>) -> Option<Self> {
        let Cell::Text(text) = cell else { return None };
        Some(text.to_owned())
    }
}

impl FromCell for Vec<u8> {
    fn of(cell: Cell<'_>) -> Option<Self> {
        let Cell::Bytes(bytes) = cell else { return None };
        Some(bytes.to_vec())
    }
}

impl FromCell for Uuid {
    fn of(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Bytes(bytes) => Self::from_slice(bytes).ok(),
            // The id of a stream.
            Cell::Text(text) => text.parse().ok(),
            Cell::Null | Cell::Number(_) => None,
        }
    }
}

impl<T: FromCell> FromCell for Option<T> {
    fn of(cell: Cell<'_>) -> Option<Self> {
        if matches!(cell, Cell::Null) { Some(None) } else { T::of(cell).map(Some) }
    }
}
