//! What stands in the address of a page: as it is read, and as it is written.

use std::fmt::Display;

use domain::number::grouped;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use projections::Cursor;
use serde::{Deserialize, Deserializer, de::value::StringDeserializer};

/// What stands in an address as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Which page of a list that has no filters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Turned {
    pub cursor: Option<String>,
    /// The pages before.
    #[serde(default)]
    pub trail: String,
}

impl Turned {
    /// The ways from a page of such a list.
    pub(super) fn ways(&self, next: Option<&str>) -> Ways {
        let Self { cursor, trail } = self;
        Stands { first: "?".to_owned(), cursor: cursor.as_deref(), trail, before: None }.ways(next, 0, 0)
    }
}

/// The ways from a page of a list to others of it.
pub(super) struct Ways {
    pub first: Option<String>,
    pub previous: Option<String>,
    pub next: Option<String>,
}

/// Where a page of a list stands among the others.
pub(super) struct Stands<'a> {
    /// The way to the first page.
    pub first: String,
    pub cursor: Option<&'a str>,
    /// Behind which rows the pages before this one begin, but for the first of all: lists are read forwards, so whoever goes
    /// back goes the way that they came.
    pub trail: &'a str,
    /// How many are on the pages before, where that is said.
    pub before: Option<u64>,
}

/// So many pages somebody goes back, one by one.
const LONGEST_TRAIL: usize = 200;

impl Stands<'_> {
    /// The ways from here, with so many on this page, and on a whole one.
    pub(super) fn ways(self, next: Option<&str>, here: usize, on_a_page: usize) -> Ways {
        let rows: Vec<u64> = self.trail.split('.').filter_map(|row| row.parse().ok()).collect();
        let [here, on_a_page] = [here, on_a_page].map(|n| u64::try_from(n).unwrap_or(0));
        let next = next.map(|next| {
            let mut rows = rows.clone();
            rows.extend(self.cursor.and_then(Cursor::row));
            let rows = &rows[rows.len().saturating_sub(LONGEST_TRAIL)..];
            self.at(next, rows, self.before.map(|before| before + here))
        });
        let previous = self.cursor.and_then(|cursor| match rows.split_last() {
            None => Some(self.first.clone()),
            Some((last, rows)) => {
                let before = self.before.map(|before| before.saturating_sub(on_a_page));
                Some(self.at(&Cursor::moved(cursor, *last)?, rows, before))
            }
        });
        let first = self.cursor.is_some().then_some(self.first);
        Ways { first, previous, next }
    }

    fn at(&self, cursor: &str, trail: &[u64], before: Option<u64>) -> String {
        let mut at = format!("{}&cursor={cursor}", self.first);
        if !trail.is_empty() {
            at += "&trail=";
            at += &trail.iter().map(u64::to_string).collect::<Vec<_>>().join(".");
        }
        before.map_or_else(|| at.clone(), |before| format!("{at}&before={before}"))
    }
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

/// What stands behind the `?`: the fields that have a value.
pub(super) fn query<T: Display>(fields: impl IntoIterator<Item = (&'static str, Option<T>)>) -> String {
    let said = fields.into_iter().filter_map(|(name, value)| {
        let value = value?.to_string();
        Some(format!("{name}={}", utf8_percent_encode(&value, PLAIN)))
    });
    said.collect::<Vec<_>>().join("&")
}
