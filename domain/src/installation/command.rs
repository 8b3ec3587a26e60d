//! What can be asked of an installation.

use super::state::InstallationRole;
use crate::{Commitment, SubjectId};

/// An order to the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant and field is its own name")]
pub enum InstallationCommand {
    GrantRole { subject: SubjectId, role: InstallationRole, commitment: Commitment },
    RevokeRole { subject: SubjectId, role: InstallationRole },
}
