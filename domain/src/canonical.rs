//! Canonical JSON (RFC 8785).
//!
//! Payloads and metadata are written once in this form and hashed as they stand. Our structs declare their
//! fields in the order of their names, and hold whole numbers only, which the doors keep below 2^53; then
//! `serde_json` already writes the canonical form, at full speed. `tests/model` compares it with an
//! independent canonicaliser.

use serde::Serialize;

/// The canonical JSON text of an event's payload or metadata.
///
/// # Panics
/// Never for this crate's types: they have string keys only and no fallible `Serialize`.
pub fn to_text<T: Serialize>(value: &T) -> String {
    #[expect(clippy::expect_used, reason = "our types serialise without fail; see above")]
    serde_json::to_string(value).expect("events serialise")
}
