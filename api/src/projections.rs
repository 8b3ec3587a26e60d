//! `/api/v1/projections`: the read models' health, rebuild and verification.

use axum::{Json, extract::State as With};
use projections::{
    ModelStatus,
    rebuild::{Comparison, Then},
    status,
};
use serde::{Deserialize, Serialize};

use crate::{
    State,
    body::{Params, PathOf},
    operation::{Operation, operations},
    problem::Problem,
};

pub(crate) const OPERATIONS: &[Operation] = operations![list, rebuild, verify];

/// Every read model's state.
#[derive(Serialize, utoipa::ToSchema)]
struct Models {
    items: Vec<ModelStatus>,
    /// What keeps all of them from following the log just now. Once that has passed they go on by themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    held_up_by: Option<String>,
}

/// Every read model's state, in the order of their names: on one of the engines it is another one after each page.
pub(crate) async fn by_name(state: &State) -> Result<Vec<ModelStatus>, Problem> {
    let mut models = state.query(|conn| Ok(status::all(conn)?)).await?;
    models.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(models)
}

/// How far each read model is, and whether one has stopped.
#[utoipa::path(get, path = "/projections", tag = "projections", operation_id = "list_projections",
    responses((status = 200, body = Models)))]
async fn list(With(state): With<State>) -> Result<Json<Models>, Problem> {
    let items = by_name(&state).await?;
    Ok(Json(Models { items, held_up_by: state.projector.trouble() }))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RebuildParams {
    /// Swaps even where the rebuilt read model differs from the live one.
    #[serde(default)]
    force: bool,
}

/// Build a read model anew beside the live one, and swap.
#[utoipa::path(post, path = "/projections/{name}/rebuild", tag = "projections", operation_id = "rebuild_projection",
    params(("name" = String, Path,), RebuildParams),
    responses((status = 200, body = Comparison)))]
async fn rebuild(
    With(state): With<State>,
    PathOf(name): PathOf<String>,
    Params(params): Params<RebuildParams>,
) -> Result<Json<Comparison>, Problem> {
    let then = if params.force { Then::SwapAnyway } else { Then::Swap };
    Ok(Json(state.projector.rebuild(&name, then).await?))
}

/// Build a read model anew, compare it with the live one, and throw it away.
#[utoipa::path(post, path = "/projections/{name}/verify", tag = "projections", operation_id = "verify_projection",
    params(("name" = String, Path,)),
    responses((status = 200, body = Comparison)))]
async fn verify(With(state): With<State>, PathOf(name): PathOf<String>) -> Result<Json<Comparison>, Problem> {
    Ok(Json(state.projector.rebuild(&name, Then::Discard).await?))
}
