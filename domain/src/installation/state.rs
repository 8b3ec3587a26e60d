//! What the installation is now.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::event::InstallationEvent;
use crate::SubjectId;

/// What somebody may do across all licenses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstallationRole {
    /// Runs it: sets licenses up, and sets their seats, plan and term.
    Operator,
    /// Reads everything, changes nothing.
    Auditor,
    /// Reads who is on a license, and why.
    Support,
}

impl InstallationRole {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Operator, Self::Auditor, Self::Support];

    /// As it is written everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Auditor => "auditor",
            Self::Support => "support",
        }
    }
}

/// The installation, folded from its stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installation {
    /// Who has which roles.
    pub roles: BTreeMap<SubjectId, BTreeSet<InstallationRole>>,
}

impl Installation {
    /// Names its stream: there is one installation in a log.
    pub const ID: Uuid = Uuid::from_u128(0x5ea7_b00c_0000_8000_8000_0000_0000_0000);

    /// Whether somebody has a role.
    pub fn has(&self, subject: SubjectId, role: InstallationRole) -> bool {
        self.roles.get(&subject).is_some_and(|roles| roles.contains(&role))
    }

    /// Follows an event. What the state can't follow leaves it as it is; verification reports it.
    pub fn evolve(&mut self, event: &InstallationEvent) {
        match event {
            InstallationEvent::InstallationRoleGranted { role, subject_id, .. } => {
                self.roles.entry(*subject_id).or_default().insert(*role);
            }
            InstallationEvent::InstallationRoleRevoked { role, subject_id } => {
                if let Some(roles) = self.roles.get_mut(subject_id) {
                    roles.remove(role);
                    if roles.is_empty() {
                        self.roles.remove(subject_id);
                    }
                }
            }
        }
    }
}
