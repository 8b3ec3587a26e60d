//! Reads an event as it is stored: the same for every engine.

use chrono::DateTime;
use domain::{Event, EventId, LicenseId, Metadata};
use uuid::Uuid;

use crate::recorded::{Position, Recorded, Revision, StreamId, StreamKind};

/// An event's columns. The texts are as the database handed them over, and are decoded where they lie.
pub(crate) struct Stored<'a> {
    pub position: Position,
    pub aggregate_type: &'a str,
    pub aggregate_id: Uuid,
    pub revision: Revision,
    pub event_type: &'a str,
    pub event_version: &'a str,
    pub payload: &'a str,
    pub metadata: &'a str,
    pub event_id: Uuid,
    pub license_id: Option<Uuid>,
    pub license_sequence: Option<u64>,
    /// Microseconds since 1970, UTC.
    pub recorded_at: i64,
}

impl Stored<'_> {
    /// What the columns say, or why they can't be.
    pub(crate) fn decode(&self) -> Result<Recorded, String> {
        let kind = self.aggregate_type;
        let stream = StreamId {
            kind: StreamKind::parse(kind).ok_or_else(|| format!("no stream type '{kind}'"))?,
            id: self.aggregate_id,
        };
        let event = Event::decode(kind, self.event_type, self.event_version, self.payload)
            .map_err(|e| e.to_string())?;
        let metadata: Metadata = serde_json::from_str(self.metadata).map_err(|e| format!("metadata: {e}"))?;
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
