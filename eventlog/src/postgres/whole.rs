//! A whole stream, loaded by postgres-es.

use cqrs_es::persist::{PersistedEventRepository, PersistenceError, SerializedEvent};
use domain::{
    Event, EventId, Import, Installation, License, LicenseId, Membership, Metadata, Reading, Subject,
};
use postgres_es::PostgresEventRepository;
use serde::Deserialize;
use uuid::Uuid;

use super::read::{Read, damaged, dense};
use crate::{
    outcome::LogError,
    recorded::{Position, Recorded, Revision, StreamId, StreamKind},
};

/// A whole stream, loaded as postgres-es loads it.
pub(super) async fn stream(repository: &PostgresEventRepository, stream: StreamId) -> Read<Vec<Recorded>> {
    let id = stream.id.to_string();
    let loaded = match stream.kind {
        StreamKind::License => repository.get_events::<License>(&id).await,
        StreamKind::Membership => repository.get_events::<Membership>(&id).await,
        StreamKind::Import => repository.get_events::<Import>(&id).await,
        StreamKind::Installation => repository.get_events::<Installation>(&id).await,
        StreamKind::Subject => repository.get_events::<Subject>(&id).await,
        StreamKind::Reading => repository.get_events::<Reading>(&id).await,
    };
    let events: Result<Vec<_>, _> =
        loaded.map_err(unwrapped)?.into_iter().map(|event| opened(stream, event)).collect();
    Ok(events.and_then(|events| dense(&events, 0).map(|()| events)))
}

/// What stands beside the metadata, in the view that postgres-es reads.
#[derive(Deserialize)]
struct Envelope {
    position: Position,
    event_id: Uuid,
    license_id: Option<Uuid>,
    license_sequence: Option<u64>,
    recorded_at: i64,
    metadata: Metadata,
}

fn opened(stream: StreamId, event: SerializedEvent) -> Result<Recorded, LogError> {
    let envelope: Envelope = serde_json::from_value(event.metadata).map_err(|e| {
        LogError::Database(format!("an envelope in {} can't be read: {e}", event.aggregate_id))
    })?;
    let failed = |what: String| damaged(envelope.position, what);
    let payload = event.payload.to_string();
    let decoded = Event::decode(&event.aggregate_type, &event.event_type, &event.event_version, &payload);
    let at = chrono::DateTime::from_timestamp_micros(envelope.recorded_at);
    Ok(Recorded {
        position: envelope.position,
        stream,
        revision: Revision::try_from(event.sequence).map_err(|e| failed(e.to_string()))?,
        license: envelope.license_id.map(LicenseId).zip(envelope.license_sequence),
        event_id: EventId(envelope.event_id),
        recorded_at: at.ok_or_else(|| failed("recorded_at is no time".to_owned()))?,
        event: decoded.map_err(|e| failed(e.to_string()))?,
        metadata: envelope.metadata,
    })
}

/// The driver's error, where postgres-es wrapped one.
fn unwrapped(error: PersistenceError) -> sqlx::Error {
    match error {
        PersistenceError::ConnectionError(cause) | PersistenceError::UnknownError(cause) => {
            cause.downcast::<sqlx::Error>().map_or_else(sqlx::Error::Decode, |cause| *cause)
        }
        other => sqlx::Error::Decode(other.into()),
    }
}
