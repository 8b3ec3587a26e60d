//! An event as it is stored, and how it is read: the same for every engine.

use std::borrow::Cow;

use chrono::DateTime;
use domain::{Digest, Entry, Event, EventId, LicenseId, Metadata};
use uuid::Uuid;

use crate::{
    outcome::LogError,
    recorded::{Position, Recorded, Revision, StreamId, StreamKind},
};

/// An event's columns. The texts are as they were written, byte by byte; where the engine decodes them at once, they
/// stay where the database handed them over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<'a> {
    /// Its number in the log.
    pub position: Position,
    /// The type of its stream.
    pub aggregate_type: Cow<'a, str>,
    /// Its stream.
    pub aggregate_id: Uuid,
    /// Its number in its stream (`sequence`).
    pub revision: Revision,
    /// Its type.
    pub event_type: Cow<'a, str>,
    /// The version of its payload.
    pub event_version: Cow<'a, str>,
    /// What happened: canonical JSON.
    pub payload: Cow<'a, str>,
    /// Who did it, and how: canonical JSON.
    pub metadata: Cow<'a, str>,
    /// Its id for the world outside.
    pub event_id: Uuid,
    /// The license that it belongs to, if any.
    pub license_id: Option<Uuid>,
    /// Its number within that license.
    pub license_sequence: Option<u64>,
    /// Microseconds since 1970, UTC.
    pub recorded_at: i64,
}

impl Stored<'_> {
    /// The same, with texts of its own.
    pub fn into_owned(self) -> Stored<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Stored {
            aggregate_type: owned(self.aggregate_type),
            event_type: owned(self.event_type),
            event_version: owned(self.event_version),
            payload: owned(self.payload),
            metadata: owned(self.metadata),
            ..self
        }
    }

    /// The leaf that stands for it in the verifiable history.
    pub fn entry(&self) -> Entry<'_> {
        Entry {
            aggregate_id: self.aggregate_id,
            aggregate_type: Cow::Borrowed(&self.aggregate_type),
            event_id: self.event_id,
            event_type: Cow::Borrowed(&self.event_type),
            event_version: Cow::Borrowed(&self.event_version),
            license_id: self.license_id,
            license_sequence: self.license_sequence,
            metadata: Digest::of(self.metadata.as_bytes()),
            payload: Digest::of(self.payload.as_bytes()),
            position: self.position,
            recorded_at: self.recorded_at,
            sequence: self.revision,
        }
    }

    /// What the columns say; [`LogError::Damaged`] where they can't be.
    pub fn read(&self) -> Result<Recorded, LogError> {
        self.decode().map_err(|what| LogError::Damaged { position: self.position, what })
    }

    /// What the columns say, or why they can't be.
    fn decode(&self) -> Result<Recorded, String> {
        let kind = &*self.aggregate_type;
        let stream = StreamId {
            kind: StreamKind::parse(kind).ok_or_else(|| format!("no stream type '{kind}'"))?,
            id: self.aggregate_id,
        };
        let event = Event::decode(kind, &self.event_type, &self.event_version, &self.payload)
            .map_err(|e| e.to_string())?;
        let metadata: Metadata =
            serde_json::from_str(&self.metadata).map_err(|e| format!("metadata: {e}"))?;
        Ok(Recorded {
            position: self.position,
            stream,
            revision: self.revision,
            license: self.license_id.map(LicenseId).zip(self.license_sequence),
            event_id: EventId(self.event_id),
            recorded_at: DateTime::from_timestamp_micros(self.recorded_at).ok_or("recorded_at is no time")?,
            event,
            metadata,
        })
    }
}
