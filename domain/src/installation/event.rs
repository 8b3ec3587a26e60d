//! The events of the installation's stream.

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use super::state::InstallationRole;
use crate::{
    Commitment, SubjectId,
    catalogue::{COMMITMENT, EventDescription, Field, SUBJECT, field},
    event::VERSION,
};

/// What happened to the installation. Fields stand in the order of their names (canonical JSON).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "described once, in the catalogue below")]
pub enum InstallationEvent {
    InstallationRoleGranted { commitment: Commitment, role: InstallationRole, subject_id: SubjectId },
    InstallationRoleRevoked { role: InstallationRole, subject_id: SubjectId },
}

impl InstallationEvent {
    /// The type of the installation's stream.
    pub const STREAM: &'static str = "installation";

    /// The person whom it is about.
    pub const fn subject_id(&self) -> SubjectId {
        match self {
            Self::InstallationRoleGranted { subject_id, .. }
            | Self::InstallationRoleRevoked { subject_id, .. } => *subject_id,
        }
    }

    /// What the catalogue says about it.
    pub fn description(&self) -> &'static EventDescription {
        match self {
            Self::InstallationRoleGranted { .. } => &GRANTED,
            Self::InstallationRoleRevoked { .. } => &REVOKED,
        }
    }
}

impl DomainEvent for InstallationEvent {
    fn event_type(&self) -> String {
        self.description().name.to_owned()
    }

    fn event_version(&self) -> String {
        VERSION.to_owned()
    }
}

pub(crate) static ALL: [&EventDescription; 2] = [&GRANTED, &REVOKED];

const ROLE: Field = field(
    "role",
    "`operator`, `auditor` or `support`",
    "what they may do on every license: run the installation; read everything; read who is on a license and why",
);

static GRANTED: EventDescription = EventDescription {
    name: "InstallationRoleGranted",
    stream: InstallationEvent::STREAM,
    since: "0.1.0",
    meaning: "Somebody got a role across all licenses.",
    fields: &[COMMITMENT, ROLE, SUBJECT],
    written_by: "GrantInstallationRole",
    read_by: "who may do what",
};
static REVOKED: EventDescription = EventDescription {
    name: "InstallationRoleRevoked",
    stream: InstallationEvent::STREAM,
    since: "0.1.0",
    meaning: "Somebody no longer has a role across all licenses.",
    fields: &[ROLE, SUBJECT],
    written_by: "RevokeInstallationRole",
    read_by: "who may do what",
};
