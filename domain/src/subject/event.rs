//! The events of a subject's stream, whose id is the subject id.

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use crate::{
    catalogue::{EventDescription, field},
    event::VERSION,
};

/// Why somebody was erased. Codes only: free text about people never enters the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasureBasis {
    /// They, or somebody on their behalf, asked for it.
    Request,
    /// Their data had been kept as long as it may be.
    Retention,
    /// Anything else.
    Other,
}

impl ErasureBasis {
    /// Every basis.
    pub const ALL: [Self; 3] = [Self::Request, Self::Retention, Self::Other];

    /// As it is written everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Retention => "retention",
            Self::Other => "other",
        }
    }
}

/// What happened to a subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "described once, in the catalogue below")]
pub enum SubjectEvent {
    SubjectErased { basis: ErasureBasis },
}

impl SubjectEvent {
    /// The type of a subject's stream.
    pub const STREAM: &'static str = "subject";

    /// What the catalogue says about it.
    pub fn description(&self) -> &'static EventDescription {
        match self {
            Self::SubjectErased { .. } => &ERASED,
        }
    }
}

impl DomainEvent for SubjectEvent {
    fn event_type(&self) -> String {
        self.description().name.to_owned()
    }

    fn event_version(&self) -> String {
        VERSION.to_owned()
    }
}

pub(crate) static ALL: [&EventDescription; 1] = [&ERASED];

static ERASED: EventDescription = EventDescription {
    name: "SubjectErased",
    stream: SubjectEvent::STREAM,
    since: "0.1.0",
    meaning: "A person was erased: their directory row is deleted, and their pseudonyms stand for nobody any more. \
              In the same commit their memberships and roles ended.",
    fields: &[field("basis", "`request`, `retention` or `other`", "why")],
    written_by: "EraseSubject",
    read_by: "erasures",
};
