//! How values stand in the columns of read models.

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Row, types::Type};
use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, IntoDeserializer, value},
};

/// A time, stored as microseconds since 1970.
pub(crate) fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<DateTime<Utc>> {
    Ok(maybe_time(row, column)?.unwrap_or_default())
}

/// A time, or none.
pub(crate) fn maybe_time(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<DateTime<Utc>>> {
    Ok(row.get::<_, Option<i64>>(column)?.and_then(DateTime::from_timestamp_micros))
}

/// A day, stored as `2026-12-31`, or none.
pub(crate) fn day(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<NaiveDate>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse().map_err(unreadable)).transpose()
}

/// One word of several, stored as it is written everywhere.
pub(crate) fn word<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    read_word(row.get(column)?)
}

/// One word of several, or none.
pub(crate) fn maybe_word<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<T>> {
    row.get::<_, Option<String>>(column)?.map(read_word).transpose()
}

fn read_word<T: DeserializeOwned>(text: String) -> rusqlite::Result<T> {
    T::deserialize(IntoDeserializer::<value::Error>::into_deserializer(text)).map_err(unreadable)
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
pub(crate) fn json<T: for<'de> Deserialize<'de>>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    serde_json::from_str(row.get_ref(column)?.as_str()?).map_err(unreadable)
}

/// JSON text, or none.
pub(crate) fn maybe_json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<T>> {
    let text = row.get_ref(column)?.as_str_or_null()?;
    text.map(|text| serde_json::from_str(text).map_err(unreadable)).transpose()
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
}
