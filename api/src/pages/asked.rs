//! What stands in the address of a page: as it is read, and as it is written.

use std::fmt::Display;

use domain::number::grouped;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Deserializer, de::value::StringDeserializer};

/// What stands in an address as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Which page of a list that has no filters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Turned {
    pub cursor: Option<String>,
}

/// A form sends its empty fields, too.
pub(super) fn maybe<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let text = String::deserialize(from)?;
    if text.trim().is_empty() {
        return Ok(None);
    }
    T::deserialize(StringDeserializer::new(text)).map(Some)
}

/// How many are on the pages before: only said, so that what is no number says nothing.
pub(super) fn before<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    Ok(String::deserialize(from)?.parse().unwrap_or(0))
}

/// Which of all are on a page, in words.
pub(super) fn shown(before: u64, here: usize, more: bool, total: &str) -> String {
    let here = u64::try_from(here).unwrap_or(0);
    match here {
        0 => "Nobody".to_owned(),
        _ if before == 0 && !more => total.to_owned(),
        _ => format!("{}–{} of {total}", grouped(before + 1), grouped(before + here)),
    }
}

/// The way to the page behind one, which begins like the way to the first.
pub(super) fn next_page(first: &str, cursor: &str, before: u64, here: usize) -> String {
    let before = before + u64::try_from(here).unwrap_or(0);
    format!("{first}&cursor={cursor}&before={before}")
}

/// What stands behind the `?`: the fields that have a value.
pub(super) fn query<T: Display>(fields: impl IntoIterator<Item = (&'static str, Option<T>)>) -> String {
    let said = fields.into_iter().filter_map(|(name, value)| {
        let value = value?.to_string();
        Some(format!("{name}={}", utf8_percent_encode(&value, PLAIN)))
    });
    said.collect::<Vec<_>>().join("&")
}
