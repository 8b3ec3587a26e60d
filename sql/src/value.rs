//! Values on their way into a statement.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use uuid::Uuid;

use crate::SqlError;

/// A value, as every engine has it. No `Debug`: may be an address.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// A number; also a yes (1) or no (0).
    Number(i64),
    /// Text.
    Text(&'a str),
    /// An id.
    Id(Uuid),
    /// The id of a stream, which some engines hold as text.
    Stream(Uuid),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// What can be given to a statement.
pub trait ToValue {
    /// The value.
    fn to_value(&self) -> Result<Value<'_>, SqlError>;
}

/// The id of a stream in the log's own tables.
#[derive(Debug, Clone, Copy)]
pub struct Stream(pub Uuid);

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Number(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Id(id) | Self::Stream(id) => ValueRef::Blob(id.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl ToValue for u64 {
    fn to_value(&self) -> Result<Value<'_>, SqlError> {
        i64::try_from(*self).map(Value::Number).map_err(|_| SqlError::TooLarge(*self))
    }
}

impl ToValue for usize {
    fn to_value(&self) -> Result<Value<'_>, SqlError> {
        Ok(Value::Number(i64::try_from(*self).unwrap_or(i64::MAX)))
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {
        $(impl ToValue for $number {
            fn to_value(&self) -> Result<Value<'_>, SqlError> {
                Ok(Value::Number(i64::from(*self)))
            }
        })*
    };
}

numbers!(i64, u32, u8, bool);

impl ToValue for str {
    fn to_value(&self) -> Result<Value<'_>, SqlError> {
        Ok(Value::Text(self))
    }
}

impl ToValue for String {
    fn to_value(&self) -> Result<Value<'_>, SqlError> {
        Ok(Value::Text(self))
    }
}

impl ToValue for [u8] {
    fn to_value(&self) -> Result<Value<'_>, SqlError> {
        Ok(Value::Bytes(self))
    }
}

impl ToValue for Uuid {
    fn to_value(&self) -> Result<Value<'_>, SqlError> {
        Ok(Value::Id(*self))
    }
}

impl ToValue for Stream {
    fn to_value(&self) -> Result<Value<'_>, SqlError> {
        Ok(Value::Stream(self.0))
    }
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Result<Value<'_>, SqlError> {
        (**self).to_value()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Result<Value<'_>, SqlError> {
        self.as_ref().map_or(Ok(Value::Null), ToValue::to_value)
    }
}
