//! An event as the verifiable history holds it: a leaf of the Merkle tree.
//!
//! The leaf is the envelope in canonical JSON (RFC 8785) with the digests of payload and metadata in their places: it says
//! everything of the event but what it holds, and whoever has the event can check that it is the one. It leads to a
//! person only by ids, which lead to nobody once the directory's row is gone.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{Digest, canonical};

/// An event's envelope, with the digests of its texts. Fields stand in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry<'a> {
    /// The stream.
    pub aggregate_id: Uuid,
    /// What the stream is about.
    #[serde(borrow)]
    pub aggregate_type: Cow<'a, str>,
    /// Names the event to other systems.
    pub event_id: Uuid,
    /// Its type.
    #[serde(borrow)]
    pub event_type: Cow<'a, str>,
    /// The version of its payload.
    #[serde(borrow)]
    pub event_version: Cow<'a, str>,
    /// The license that it belongs to, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license_id: Option<Uuid>,
    /// Its number among the events of that license.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license_sequence: Option<u64>,
    /// SHA-256 of the metadata, as written.
    pub metadata: Digest,
    /// SHA-256 of the payload, as written.
    pub payload: Digest,
    /// Its number in the log, counted from 1: the leaf before it stands at one less.
    pub position: u64,
    /// When the log took it: microseconds since 1970, UTC.
    pub recorded_at: i64,
    /// Its number in its stream.
    pub sequence: u64,
}

/// Before the bytes of a leaf, so that none is taken for an inner node (RFC 6962, 2.1).
const LEAF: [u8; 1] = [0];

impl Entry<'_> {
    /// The bytes that are hashed.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::to_text(self).into_bytes()
    }

    /// Whether these are the bytes that are hashed.
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        canonical::is_text_of(self, bytes)
    }

    /// The hash of the leaf (RFC 6962, 2.1).
    pub fn leaf(&self) -> Digest {
        leaf_of(self.to_bytes())
    }
}

/// The hash of a leaf with these bytes (RFC 6962, 2.1).
pub fn leaf_of(bytes: impl AsRef<[u8]>) -> Digest {
    Digest(Sha256::new().chain_update(LEAF).chain_update(bytes).finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry<'static> {
        Entry {
            aggregate_id: Uuid::from_u128(1),
            aggregate_type: "membership".into(),
            event_id: Uuid::from_u128(2),
            event_type: "InviteAccepted".into(),
            event_version: "1".into(),
            license_id: Some(Uuid::from_u128(3)),
            license_sequence: Some(7),
            metadata: Digest::of("{}"),
            payload: Digest::of(r#"{"InviteAccepted":{}}"#),
            position: 8,
            recorded_at: 1_750_000_000_000_000,
            sequence: 2,
        }
    }

    #[test]
    fn an_entry_is_canonical_json() {
        for entry in [entry(), Entry { license_id: None, license_sequence: None, ..entry() }] {
            let bytes = entry.to_bytes();
            let value: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
            assert_eq!(bytes, serde_json_canonicalizer::to_vec(&value).expect("canonical JSON"));
            assert_eq!(serde_json::from_slice::<Entry<'_>>(&bytes).expect("an entry"), entry);
            assert!(entry.is_of(&bytes));
            for other in [&bytes[..bytes.len() - 1], &[&bytes[..], b" "].concat(), b""] {
                assert!(!entry.is_of(other));
            }
        }
    }

    #[test]
    fn a_leaf_is_not_the_digest_of_its_bytes() {
        let entry = entry();
        assert_ne!(entry.leaf(), Digest::of(entry.to_bytes()));
        assert_eq!(
            leaf_of("").to_string(),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
    }

    #[test]
    fn whatever_is_changed_is_another_leaf() {
        let leaves = [
            entry(),
            Entry { aggregate_id: Uuid::from_u128(9), ..entry() },
            Entry { aggregate_type: "license".into(), ..entry() },
            Entry { event_id: Uuid::from_u128(9), ..entry() },
            Entry { event_type: "UserLeft".into(), ..entry() },
            Entry { event_version: "2".into(), ..entry() },
            Entry { license_id: None, ..entry() },
            Entry { license_sequence: Some(8), ..entry() },
            Entry { metadata: Digest::of("x"), ..entry() },
            Entry { payload: Digest::of("x"), ..entry() },
            Entry { position: 9, ..entry() },
            Entry { recorded_at: 1, ..entry() },
            Entry { sequence: 3, ..entry() },
        ];
        let different: std::collections::HashSet<_> = leaves.iter().map(Entry::leaf).collect();
        assert_eq!(different.len(), leaves.len());
    }
}
