//! `/api/v1/identities`: which accounts at providers sign somebody in.

use axum::{Json, extract::State as With, http::StatusCode};
use chrono::{DateTime, Utc};
use domain::EmailAddress;
use identity::LinkedIdentity;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    State,
    body::PathOf,
    caller::Own,
    front::Front,
    operation::{Operation, operations},
    problem::Problem,
};

pub(crate) const OPERATIONS: &[Operation] = operations![list, unlink];

/// An account at a provider that signs you in.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct IdentityShown {
    pub identity_id: Uuid,
    /// The provider, as it names itself.
    pub issuer: String,
    /// What stands on its button; missing where the provider is none of the service any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Since when.
    pub linked_at: DateTime<Utc>,
    /// When it last signed you in, to about an hour.
    pub used_at: DateTime<Utc>,
}

impl IdentityShown {
    fn of(identity: LinkedIdentity, front: &Front) -> Self {
        let LinkedIdentity { identity_id, issuer, linked_at, used_at } = identity;
        let provider = front.providers.iter().find(|provider| provider.issuer.as_str() == issuer);
        let label = provider.map(|provider| provider.label.clone());
        Self { identity_id, issuer, label, linked_at, used_at }
    }
}

/// The accounts that sign a person in.
#[derive(Serialize, utoipa::ToSchema)]
struct Identities {
    items: Vec<IdentityShown>,
}

/// Which accounts at providers sign you in, the newest first.
#[utoipa::path(get, path = "/identities", tag = "sign-in", operation_id = "list_identities",
    responses((status = 200, body = Identities)))]
async fn list(With(state): With<State>, Own(person): Own) -> Result<Json<Identities>, Problem> {
    let items = listed(&state, &person).await?;
    Ok(Json(Identities { items }))
}

/// The accounts that sign a person in, the newest first.
pub(crate) async fn listed(state: &State, person: &EmailAddress) -> Result<Vec<IdentityShown>, Problem> {
    let found = state.accounts.identities_of(person).await?;
    Ok(found.into_iter().map(|identity| IdentityShown::of(identity, &state.front)).collect())
}

/// Let an account at a provider sign you in no more. Sessions that it began go on; end them under `/sessions`.
#[utoipa::path(post, path = "/identities/{identity_id}/unlink", tag = "sign-in", operation_id = "unlink_identity",
    params(("identity_id" = Uuid, Path,)),
    responses((status = 204, description = "It signs nobody in any more.")))]
async fn unlink(
    With(state): With<State>,
    PathOf(id): PathOf<Uuid>,
    Own(person): Own,
) -> Result<StatusCode, Problem> {
    unlinked(&state, &person, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// That an account signs a person in no more.
pub(crate) async fn unlinked(state: &State, person: &EmailAddress, id: Uuid) -> Result<(), Problem> {
    if state.accounts.unlink_identity(person, id).await? {
        return Ok(());
    }
    let detail = format!("No account {id} signs you in.");
    let hint = "Those that do are listed at /api/v1/identities.";
    Err(Problem::new(StatusCode::NOT_FOUND, "unknown_identity", detail, hint))
}
