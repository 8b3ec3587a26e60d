//! Exports for auditors: a file of JSON lines, which is verified offline.
//!
//! First a head, then the events in the order of their positions, then the people, where they were asked for, and last an
//! end, so that a file that is cut off is known as such. `docs/auditing.md` describes it for readers; the independent verifier
//! reads the same.

use std::{borrow::Cow, fmt};

use domain::{Commitment, Digest};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{IgnoredAny, MapAccess, Visitor},
};
use uuid::Uuid;

/// What the first line says the file is.
pub const FORMAT: &str = "seatbook-audit-export/1";

/// A line of an export; its event with the texts, or with what a reader makes of them. No `Debug`: may hold an address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line<'a, E = EventLine<Cow<'a, str>>> {
    /// The first.
    #[serde(borrow)]
    Head(Head<'a>),
    /// An event.
    Event(E),
    /// Somebody whom events speak of.
    #[serde(borrow)]
    Person(PersonLine<'a>),
    /// The last.
    End(End),
}

/// What the file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head<'a> {
    /// The signed checkpoint that all of it is shown against.
    #[serde(borrow)]
    pub checkpoint: Cow<'a, str>,
    /// Shows that an earlier checkpoint is the beginning of this one; only where one was asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consistency: Option<Consistency>,
    /// [`FORMAT`].
    #[serde(borrow)]
    pub format: Cow<'a, str>,
    /// The only license whose events it holds; nothing: all events are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license_id: Option<Uuid>,
}

/// Shows that the tree grew from an earlier one (RFC 6962, 2.1.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consistency {
    /// The size of the earlier one.
    pub from: u64,
    /// The hashes.
    pub proof: Vec<Digest>,
}

/// An event, byte by byte as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventLine<E, M = E, P = E> {
    /// The bytes of its leaf: the envelope with the digests of the two below ([`domain::Entry`]).
    pub entry: E,
    /// The hash of the leaf, as the tree has kept it since the event was recorded.
    pub leaf: Digest,
    /// The metadata, as written.
    pub metadata: M,
    /// The payload, as written.
    pub payload: P,
    /// Shows that it is in the tree (RFC 6962, 2.1.1), where not all events are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Vec<Digest>>,
}

/// Somebody, and what ties them to the events. No `Debug`: holds an address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonLine<'a> {
    /// The address as first spelled.
    #[serde(borrow)]
    pub email: Cow<'a, str>,
    /// Its normalised form.
    #[serde(borrow)]
    pub normalised: Cow<'a, str>,
    /// 32 random bytes, in hexadecimal digits like a digest.
    pub salt: Digest,
    /// Stands for them in events.
    pub subject_id: Uuid,
}

/// How much the file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// Events.
    pub events: u64,
    /// People.
    pub people: u64,
}

impl Line<'_> {
    /// The line, with its end.
    ///
    /// # Panics
    /// Never: there are string keys only, and nothing that fails to be written.
    pub fn to_text(&self) -> String {
        #[expect(clippy::expect_used, reason = "these types serialise without fail; see above")]
        let mut text = serde_json::to_string(self).expect("lines serialise");
        text.push('\n');
        text
    }
}

/// Whom an event brings in, with the commitment to their address: mostly one person or none, for whom nothing is allocated.
#[derive(Debug, Default)]
pub struct BroughtIn {
    first: Option<(Uuid, Commitment)>,
    further: Vec<(Uuid, Commitment)>,
}

impl BroughtIn {
    /// By the payload of the event.
    pub fn by(payload: &str) -> Self {
        // Most events commit to nothing: what they hold need not be read.
        if !payload.contains("\"commitment\"") {
            return Self::default();
        }
        serde_json::from_str(payload).unwrap_or_default()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &(Uuid, Commitment)> {
        self.first.iter().chain(&self.further)
    }

    fn add(&mut self, person: (Uuid, Commitment)) {
        if self.first.is_none() {
            self.first = Some(person);
        } else {
            self.further.push(person);
        }
    }
}

/// What of an event ties a person to an address.
#[derive(Deserialize)]
struct Tie {
    commitment: Option<Commitment>,
    subject_id: Option<Uuid>,
}

/// Of an event, whose name stands before its fields.
impl<'de> Deserialize<'de> for BroughtIn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EachEvent)
    }
}

struct EachEvent;

impl<'de> Visitor<'de> for EachEvent {
    type Value = BroughtIn;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut events: A) -> Result<BroughtIn, A::Error> {
        let mut brought = BroughtIn::default();
        while let Some((IgnoredAny, Tie { subject_id, commitment })) = events.next_entry()? {
            if let (Some(subject), Some(commitment)) = (subject_id, commitment) {
                brought.add((subject, commitment));
            }
        }
        Ok(brought)
    }
}
