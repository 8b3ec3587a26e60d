//! What must hold whatever bytes come: one function for each door at which strangers hand something in.
//!
//! Each takes any bytes and panics where a promise is broken. They are run over a corpus and changes of it by
//! `tests/tests/fuzz/`, and guided by coverage by libFuzzer (`tests/fuzz/`).

mod csv;
mod cursor;
mod email;
mod license_key;
mod paste;
mod token;

/// A door, and what must hold there.
pub struct Target {
    /// Its corpus is in `tests/fuzz/corpus/` under this name.
    pub name: &'static str,
    /// Panics where a promise is broken.
    pub check: fn(&[u8]),
}

/// All of them.
pub const TARGETS: [Target; 6] = [
    Target { name: "csv", check: csv::check },
    Target { name: "cursor", check: cursor::check },
    Target { name: "email", check: email::check },
    Target { name: "license_key", check: license_key::check },
    Target { name: "paste", check: paste::check },
    Target { name: "token", check: token::check },
];

/// A number that follows from the bytes: for choices that are no part of them, so that a corpus holds plain files.
fn choice(bytes: &[u8], of: usize) -> usize {
    bytes.iter().fold(bytes.len(), |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte))) % of
}

/// Somebody who is refused is told why, and what to do.
#[track_caller]
fn is_told(why: &str, what_to_do: &str) {
    assert!(!why.is_empty() && !what_to_do.is_empty(), "refused without a word: {why:?}, {what_to_do:?}");
}
