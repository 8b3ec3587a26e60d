//! How values stand in the columns of read models.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, IntoDeserializer, value},
};

use crate::sql::{Row, SqlError};

/// A time, stored as microseconds since 1970.
pub(crate) fn time(row: &Row<'_>, column: &str) -> Result<DateTime<Utc>, SqlError> {
    Ok(maybe_time(row, column)?.unwrap_or_default())
}

/// A stored time.
pub(crate) fn instant(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

/// A time, or none.
pub(crate) fn maybe_time(row: &Row<'_>, column: &str) -> Result<Option<DateTime<Utc>>, SqlError> {
    Ok(row.get::<Option<i64>>(column)?.and_then(DateTime::from_timestamp_micros))
}

/// A day, stored as `2026-12-31`, or none.
pub(crate) fn day(row: &Row<'_>, column: &str) -> Result<Option<NaiveDate>, SqlError> {
    row.text(column)?.map(|text| text.parse().map_err(|e| SqlError::unreadable(column, &e))).transpose()
}

/// One word of several, stored as it is written everywhere.
pub(crate) fn word<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> Result<T, SqlError> {
    maybe_word(row, column)?.ok_or_else(|| SqlError::unreadable(column, "holds nothing"))
}

/// One word of several, or none.
pub(crate) fn maybe_word<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> Result<Option<T>, SqlError> {
    let read = |text: &str| {
        T::deserialize(IntoDeserializer::<value::Error>::into_deserializer(text.to_owned()))
            .map_err(|error| SqlError::unreadable(column, &error))
    };
    row.text(column)?.map(read).transpose()
}

/// The stored form of one word of several.
pub(crate) fn written<T: Serialize>(word: &T) -> String {
    match serde_json::to_value(word) {
        Ok(serde_json::Value::String(text)) => text,
        // Only called with enums of plain variants, which are written as text.
        Ok(_) | Err(_) => String::new(),
    }
}

/// JSON text.
pub(crate) fn json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> Result<T, SqlError> {
    maybe_json(row, column)?.ok_or_else(|| SqlError::unreadable(column, "holds nothing"))
}

/// JSON text, or none.
pub(crate) fn maybe_json<T: for<'de> Deserialize<'de>>(
    row: &Row<'_>,
    column: &str,
) -> Result<Option<T>, SqlError> {
    let read = |text| serde_json::from_str(text).map_err(|error| SqlError::unreadable(column, &error));
    row.text(column)?.map(read).transpose()
}
