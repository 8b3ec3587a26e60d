//! Any event of any stream, and how a stored one is read.

use serde::de::Error;

use crate::{
    catalogue::EventDescription, import::ImportEvent, installation::InstallationEvent, license::LicenseEvent,
    membership::MembershipEvent, reading::ReadingEvent, subject::SubjectEvent,
};

/// An event of one of the streams.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each variant names its stream")]
pub enum Event {
    License(LicenseEvent),
    Membership(MembershipEvent),
    Import(ImportEvent),
    Installation(InstallationEvent),
    Subject(SubjectEvent),
    Reading(ReadingEvent),
}

/// A stored event that this version of Seatbook can't read. Never skipped.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// A stream of a type that nobody here writes.
    #[error("no stream type '{0}'")]
    UnknownStream(String),
    /// The version is newer than this program, or never existed.
    #[error("no version {version} of event {event_type}; a newer Seatbook may have written it")]
    UnknownVersion {
        /// As stored.
        event_type: String,
        /// As stored.
        version: String,
    },
    /// The payload does not fit.
    #[error("the payload of a stored {event_type} can't be read: {cause}")]
    Payload {
        /// As stored.
        event_type: String,
        /// What did not fit.
        cause: serde_json::Error,
    },
}

/// The one version that exists of every event so far.
pub const VERSION: &str = "1";

impl Event {
    /// Reads a stored event. Does not judge again what was once accepted.
    pub fn decode(
        aggregate_type: &str,
        event_type: &str,
        version: &str,
        payload: &str,
    ) -> Result<Self, DecodeError> {
        if version != VERSION {
            return Err(DecodeError::UnknownVersion {
                event_type: event_type.into(),
                version: version.into(),
            });
        }
        let cause = |cause| DecodeError::Payload { event_type: event_type.into(), cause };
        let event = match aggregate_type {
            MembershipEvent::STREAM => serde_json::from_str(payload).map(Self::Membership),
            LicenseEvent::STREAM => serde_json::from_str(payload).map(Self::License),
            ImportEvent::STREAM => serde_json::from_str(payload).map(Self::Import),
            InstallationEvent::STREAM => serde_json::from_str(payload).map(Self::Installation),
            SubjectEvent::STREAM => serde_json::from_str(payload).map(Self::Subject),
            ReadingEvent::STREAM => serde_json::from_str(payload).map(Self::Reading),
            other => return Err(DecodeError::UnknownStream(other.into())),
        };
        let event = event.map_err(cause)?;
        match event.description().name {
            name if name == event_type => Ok(event),
            other => Err(cause(serde_json::Error::custom(format_args!("it holds {other}")))),
        }
    }

    /// What the catalogue says about it.
    pub fn description(&self) -> &'static EventDescription {
        match self {
            Self::License(event) => event.description(),
            Self::Membership(event) => event.description(),
            Self::Import(event) => event.description(),
            Self::Installation(event) => event.description(),
            Self::Subject(event) => event.description(),
            Self::Reading(event) => event.description(),
        }
    }

    /// Canonical JSON of the payload.
    pub fn payload(&self) -> String {
        match self {
            Self::License(event) => crate::canonical::to_text(event),
            Self::Membership(event) => crate::canonical::to_text(event),
            Self::Import(event) => crate::canonical::to_text(event),
            Self::Installation(event) => crate::canonical::to_text(event),
            Self::Subject(event) => crate::canonical::to_text(event),
            Self::Reading(event) => crate::canonical::to_text(event),
        }
    }

    /// The type of the stream that it stands in.
    pub fn stream_type(&self) -> &'static str {
        match self {
            Self::License(_) => LicenseEvent::STREAM,
            Self::Membership(_) => MembershipEvent::STREAM,
            Self::Import(_) => ImportEvent::STREAM,
            Self::Installation(_) => InstallationEvent::STREAM,
            Self::Subject(_) => SubjectEvent::STREAM,
            Self::Reading(_) => ReadingEvent::STREAM,
        }
    }
}

impl From<LicenseEvent> for Event {
    fn from(event: LicenseEvent) -> Self {
        Self::License(event)
    }
}

impl From<MembershipEvent> for Event {
    fn from(event: MembershipEvent) -> Self {
        Self::Membership(event)
    }
}

impl From<ImportEvent> for Event {
    fn from(event: ImportEvent) -> Self {
        Self::Import(event)
    }
}

impl From<InstallationEvent> for Event {
    fn from(event: InstallationEvent) -> Self {
        Self::Installation(event)
    }
}

impl From<SubjectEvent> for Event {
    fn from(event: SubjectEvent) -> Self {
        Self::Subject(event)
    }
}

impl From<ReadingEvent> for Event {
    fn from(event: ReadingEvent) -> Self {
        Self::Reading(event)
    }
}
