//! Canonical JSON (RFC 8785).
//!
//! Payloads and metadata are written once in this form and hashed as they stand. Our structs declare their
//! fields in the order of their names, and hold whole numbers only, which the doors keep below 2^53; then
//! `serde_json` already writes the canonical form, at full speed. `tests/model` compares it with an
//! independent canonicaliser.

use std::io;

use serde::Serialize;

/// The canonical JSON text of an event's payload or metadata.
///
/// # Panics
/// Never for this crate's types: they have string keys only and no fallible `Serialize`.
pub fn to_text<T: Serialize>(value: &T) -> String {
    #[expect(clippy::expect_used, reason = "our types serialise without fail; see above")]
    serde_json::to_string(value).expect("events serialise")
}

/// Whether a text is the canonical one of a value.
pub fn is_text_of<T: Serialize>(value: &T, text: &[u8]) -> bool {
    let mut same = Same(text);
    serde_json::to_writer(&mut same, value).is_ok() && same.0.is_empty()
}

/// What is left of a text that something is written beside: it fails as soon as that is another one.
struct Same<'a>(&'a [u8]);

impl io::Write for Same<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.strip_prefix(bytes) {
            Some(rest) => {
                self.0 = rest;
                Ok(bytes.len())
            }
            None => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
