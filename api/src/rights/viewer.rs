//! What somebody is shown of lists that hold more than is theirs.

use std::collections::BTreeSet;

use axum::{extract::FromRequestParts, http::request::Parts};
use domain::{LicenseId, SubjectId};
use uuid::Uuid;

use super::Role;
use crate::{State, problem::Problem};

/// As what somebody was let in.
#[derive(Debug, Clone)]
pub(crate) enum Viewer {
    /// Whoever can open the database.
    Owner,
    /// Whoever asks over the network.
    Of(Granted),
}

/// What was found out when somebody was let in.
#[derive(Debug, Clone)]
pub(crate) struct Granted {
    /// Who they are; nothing for an address that nobody has met yet.
    pub subject: Option<SubjectId>,
    /// As what they ask, on the license of the address if there is one.
    pub roles: BTreeSet<Role>,
    /// The only license that their token is good for.
    pub only: Option<LicenseId>,
    /// Those of the roles that they have across all licenses.
    pub across: BTreeSet<Role>,
}

/// Whom nobody is: what is asked about somebody unknown is found to be empty.
pub(crate) const NOBODY: SubjectId = SubjectId(Uuid::max());

/// Whether an operation of the table is for one of these roles.
fn is_for(operation: &str, roles: &BTreeSet<Role>) -> bool {
    super::of(operation).is_some_and(|right| right.roles.iter().any(|role| roles.contains(role)))
}

impl<S: Sync> FromRequestParts<S> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get().cloned().ok_or_else(|| Problem::internal(&"nobody asked who may see it"))
    }
}

impl Viewer {
    /// Whether an operation of the table is theirs, on the license of the address if there is one: what they may not do,
    /// no page offers.
    pub(crate) fn may(&self, operation: &str) -> bool {
        match self {
            Self::Owner => true,
            Self::Of(granted) => is_for(operation, &granted.roles),
        }
    }

    /// Whether an operation is theirs by a role across all licenses, whatever they are on the license of the address.
    pub(crate) fn may_across(&self, operation: &str) -> bool {
        match self {
            Self::Owner => true,
            Self::Of(granted) => is_for(operation, &granted.across),
        }
    }

    /// Who they are, if anything ever happened to or by them.
    pub(crate) fn myself(&self) -> Option<SubjectId> {
        match self {
            Self::Owner => None,
            Self::Of(granted) => granted.subject,
        }
    }

    /// The person whose licenses alone are shown; nothing where all are.
    pub(crate) fn of(&self) -> Option<SubjectId> {
        match self {
            Self::Owner => None,
            Self::Of(granted) if !granted.across.is_empty() => None,
            Self::Of(granted) => Some(granted.subject.unwrap_or(NOBODY)),
        }
    }

    /// Whether they may do what the operator may.
    pub(crate) fn is_operator(&self) -> bool {
        match self {
            Self::Owner => true,
            Self::Of(granted) => granted.roles.contains(&Role::Operator),
        }
    }

    /// The only license that is shown.
    pub(crate) fn only(&self) -> Option<LicenseId> {
        match self {
            Self::Owner => None,
            Self::Of(granted) => granted.only,
        }
    }

    /// Whether keys and settings are shown, and not only who is on the license.
    pub(crate) fn sees_settings(&self) -> bool {
        match self {
            Self::Owner => true,
            Self::Of(granted) => {
                granted.roles.iter().any(|role| matches!(role, Role::Admin | Role::Auditor | Role::Operator))
            }
        }
    }

    /// Who is behind an address in a request. Who sees only their own licenses is not told whether somebody is known on
    /// others: nothing is found about either.
    pub(crate) async fn subject(
        &self,
        state: &State,
        field: &str,
        address: &str,
    ) -> Result<SubjectId, Problem> {
        match (state.subject(field, address).await, self) {
            (Err(problem), Self::Of(_)) if problem.is_unknown_person() => Ok(NOBODY),
            (found, _) => found,
        }
    }
}
