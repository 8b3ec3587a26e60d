//! Where the next page of a list begins.

use std::fmt::{Display, Write};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::QueryError;

/// Opaque to callers. Holds ids and numbers only: a cursor stands in addresses, where no e-mail belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The version of this form.
    v: u8,
    /// Which list, with which sort and filters.
    list: String,
    /// The last row of the page before.
    after: u64,
}

const VERSION: u8 = 1;

/// The name of a list, as it stands in cursors: what is listed, and each filter and sort that was asked for. Its
/// words are those of the API, so that no name in the code can change it.
#[derive(Debug, Clone)]
pub(crate) struct ListName(String);

impl ListName {
    /// A list without filters.
    pub(crate) fn of(what: &str) -> Self {
        Self(what.to_owned())
    }

    /// With a filter, if there is one.
    pub(crate) fn with(mut self, filter: &str, value: Option<impl Display>) -> Self {
        if let Some(value) = value {
            // Writing to a string can't fail.
            let _ = write!(self.0, " {filter}={value}");
        }
        self
    }

    /// As text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Cursor {
    /// The cursor behind a row of a list.
    pub fn after(list: &str, row: u64) -> String {
        let cursor = Self { v: VERSION, list: list.to_owned(), after: row };
        // A struct of three plain fields always serialises.
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).unwrap_or_default())
    }

    /// Behind which row a cursor is, of whatever list: for whoever goes back the way that they came.
    pub fn row(text: &str) -> Option<u64> {
        Self::decode(text).ok().map(|cursor| cursor.after)
    }

    /// The same cursor behind another row that one of the list stood behind before.
    pub fn moved(text: &str, row: u64) -> Option<String> {
        Some(Self::after(&Self::decode(text).ok()?.list, row))
    }

    /// The number that a filter of its list was, as the name of the list says: of the position of a moment, say.
    pub fn filter(text: &str, filter: &str) -> Option<u64> {
        let list = Self::decode(text).ok()?.list;
        let mut filters = list.split(' ').filter_map(|word| word.split_once('='));
        filters.find(|(name, _)| *name == filter)?.1.parse().ok()
    }

    fn decode(text: &str) -> Result<Self, QueryError> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| QueryError::StaleCursor)?;
        serde_json::from_slice(&bytes).map_err(|_| QueryError::StaleCursor)
    }

    /// Reads a cursor of this very list.
    pub fn read(text: &str, list: &str) -> Result<u64, QueryError> {
        let cursor = Self::decode(text)?;
        if cursor.v == VERSION && cursor.list == list {
            Ok(cursor.after)
        } else {
            Err(QueryError::StaleCursor)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_only_for_its_own_list() {
        let cursor = Cursor::after("members email", 7);
        assert_eq!(Cursor::read(&cursor, "members email").unwrap(), 7);
        assert!(matches!(Cursor::read(&cursor, "members added"), Err(QueryError::StaleCursor)));
        assert!(matches!(Cursor::read("nonsense", "members email"), Err(QueryError::StaleCursor)));
        let moved = Cursor::moved(&cursor, 3).unwrap();
        assert_eq!((Cursor::row(&cursor), Cursor::read(&moved, "members email").unwrap()), (Some(7), 3));
    }

    #[test]
    fn a_list_is_named_by_what_was_asked_for() {
        let list = ListName::of("licenses").with("admin", Some(7)).with("status", None::<u8>);
        assert_eq!(list.as_str(), "licenses admin=7");
        let cursor = Cursor::after(list.as_str(), 3);
        assert_eq!((Cursor::filter(&cursor, "admin"), Cursor::filter(&cursor, "status")), (Some(7), None));
    }

    /// What stands in addresses that people have kept.
    #[test]
    fn a_cursor_holds_just_this() {
        let cursor = Cursor::after("members sort=email", 7);
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), r#"{"v":1,"list":"members sort=email","after":7}"#);
    }
}
