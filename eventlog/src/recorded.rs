//! Events as they stand in the log.

use chrono::{DateTime, Utc};
use domain::{
    Event, EventId, ImportEvent, ImportId, Installation, InstallationEvent, LicenseEvent, LicenseId,
    MemberId, MembershipEvent, Metadata, ReadingEvent, ReadingId, SubjectEvent, SubjectId,
};
use uuid::Uuid;

/// The number of an event in the log: 1, 2, 3 ... without a gap, in the order of commits.
pub type Position = u64;

/// The number of an event in its stream: 1, 2, 3 ...; 0 for a stream that does not exist.
pub type Revision = u64;

/// What a stream is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names of the aggregates")]
pub enum StreamKind {
    License,
    Membership,
    Import,
    Installation,
    Subject,
    Reading,
}

impl StreamKind {
    /// As stored (`aggregate_type`).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::License => LicenseEvent::STREAM,
            Self::Membership => MembershipEvent::STREAM,
            Self::Import => ImportEvent::STREAM,
            Self::Installation => InstallationEvent::STREAM,
            Self::Subject => SubjectEvent::STREAM,
            Self::Reading => ReadingEvent::STREAM,
        }
    }

    /// Reads the stored form; `None` for a type that this version does not know.
    pub fn parse(text: &str) -> Option<Self> {
        let of_licenses = [Self::License, Self::Membership, Self::Import];
        let mut all = of_licenses.into_iter().chain([Self::Installation, Self::Subject, Self::Reading]);
        all.find(|kind| kind.as_str() == text)
    }
}

/// Names a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StreamId {
    /// What it is about.
    pub kind: StreamKind,
    /// Which one (`aggregate_id`).
    pub id: Uuid,
}

impl StreamId {
    /// That of the installation: there is one in a log.
    pub const INSTALLATION: Self = Self { kind: StreamKind::Installation, id: Installation::ID };
}

impl From<LicenseId> for StreamId {
    fn from(id: LicenseId) -> Self {
        Self { kind: StreamKind::License, id: id.0 }
    }
}

impl From<MemberId> for StreamId {
    fn from(id: MemberId) -> Self {
        Self { kind: StreamKind::Membership, id: id.0 }
    }
}

impl From<SubjectId> for StreamId {
    fn from(id: SubjectId) -> Self {
        Self { kind: StreamKind::Subject, id: id.0 }
    }
}

impl From<ReadingId> for StreamId {
    fn from(id: ReadingId) -> Self {
        Self { kind: StreamKind::Reading, id: id.0 }
    }
}

impl From<ImportId> for StreamId {
    fn from(id: ImportId) -> Self {
        Self { kind: StreamKind::Import, id: id.0 }
    }
}

/// An event with everything that stands around it.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its number in the log.
    pub position: Position,
    /// Its stream.
    pub stream: StreamId,
    /// Its number in its stream.
    pub revision: Revision,
    /// The license that it belongs to, with its number within that license.
    pub license: Option<(LicenseId, u64)>,
    /// Its id for the world outside.
    pub event_id: EventId,
    /// When the log took it, UTC; never goes backwards. Nothing is ordered by it.
    pub recorded_at: DateTime<Utc>,
    /// What happened.
    pub event: Event,
    /// Who did it, and by which way.
    pub metadata: Metadata,
}

/// A page of the log.
#[derive(Debug)]
pub struct Page<E = Recorded> {
    /// In the order of positions, without a gap.
    pub events: Vec<E>,
    /// Whether the page ends at the log's head. A page that is short for any other reason is an error instead.
    pub caught_up: bool,
}
