//! What an installation allows.

use super::{
    command::InstallationCommand as C,
    event::InstallationEvent as E,
    state::{Installation, InstallationRole},
};
use crate::{Refusal, SubjectId};

/// Decides an order. No events: it is so already. Nothing is refused: whoever can open the database is the operator
/// whatever stands here, so nobody can be shut out.
pub fn decide(installation: &Installation, command: C) -> Result<Vec<E>, Refusal> {
    let has = |subject: SubjectId, role: InstallationRole| installation.has(subject, role);
    Ok(match command {
        C::GrantRole { subject, role, .. } if has(subject, role) => Vec::new(),
        C::GrantRole { subject, role, commitment } => {
            vec![E::InstallationRoleGranted { commitment, role, subject_id: subject }]
        }
        C::RevokeRole { subject, role } if has(subject, role) => {
            vec![E::InstallationRoleRevoked { role, subject_id: subject }]
        }
        C::RevokeRole { .. } => Vec::new(),
    })
}

crate::aggregate::aggregate!(Installation, C, E);
