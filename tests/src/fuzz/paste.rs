//! A pasted list: taken apart into pieces of it, in their order.

use commands::paste::split;

pub(super) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut place = (0, 0);
    let mut rest = text.as_ref();
    for item in split(&text) {
        assert!(!item.text.trim().is_empty(), "an item that says nothing");
        assert!((item.line, item.column) > place, "an item stands before another");
        place = (item.line, item.column);
        // Nothing is made up, and nothing is given twice.
        let at = rest.find(item.text);
        assert!(at.is_some(), "{:?} does not stand there", item.text);
        rest = &rest[at.unwrap_or_default() + item.text.len()..];
    }
    let holds_letters = text.chars().any(|c| c.is_ascii_alphabetic());
    assert!(!holds_letters || place != (0, 0), "words were given, and nothing came of them");
}
