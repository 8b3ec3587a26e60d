//! A cursor that came back in an address: that of its own list, or refused.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use projections::Cursor;

/// As the API names it.
const LIST: &str = "members sort=email";

pub(super) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    is_ours_or_refused(&text);
    // What only somebody writes who knows how they are made.
    is_ours_or_refused(&BASE64_URL_SAFE_NO_PAD.encode(bytes));
    let row = bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let cursor = Cursor::after(&text, row);
    assert_eq!(Cursor::read(&cursor, &text).ok(), Some(row), "it does not read back");
    assert_eq!(Cursor::read(&cursor, LIST).is_ok(), text == LIST, "it passes for another list");
    assert!(
        cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')),
        "{cursor}"
    );
}

fn is_ours_or_refused(text: &str) {
    if let Ok(row) = Cursor::read(text, LIST) {
        assert_eq!(
            Cursor::read(&Cursor::after(LIST, row), LIST).ok(),
            Some(row),
            "row {row} does not read back"
        );
    }
}
