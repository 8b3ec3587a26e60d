//! `/api/v1/replay` and `/api/v1/licenses/{license_id}/replay`: the log replayed, beside what the read models hold.

use std::time::Duration;

use axum::{Json, extract::State as With, http::StatusCode};
use domain::LicenseId;
use projections::replay::{Replayed, replay};
use serde::Deserialize;

use crate::{
    State,
    body::{OnLicense, Params, PathOf},
    operation::{Operation, operations},
    problem::Problem,
    whole::Whole,
};

pub(crate) const OPERATIONS: &[Operation] = operations![everything, of_license];

/// How a replay is asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ReplayParams {
    /// Waits, for a bounded time, until the read models include this position.
    #[param(value_type = Option<u64>)]
    min_position: Option<Whole>,
}

/// Replay the whole log into tables of its own, and compare them with the read models, row by row. Nothing is changed. It
/// takes about as long as building them.
#[utoipa::path(get, path = "/replay", tag = "projections", operation_id = "replay",
    params(ReplayParams), responses((status = 200, body = Replayed)))]
async fn everything(
    With(state): With<State>,
    Params(params): Params<ReplayParams>,
) -> Result<Json<Replayed>, Problem> {
    replayed(&state, None, params).await
}

/// Replay a license's events, and compare what comes of them with what the read models hold of it, row by row.
#[utoipa::path(get, path = "/licenses/{license_id}/replay", tag = "audit", operation_id = "replay_license",
    params(("license_id" = Uuid, Path,), ReplayParams), responses((status = 200, body = Replayed)))]
async fn of_license(
    With(state): With<State>,
    PathOf(license): OnLicense,
    Params(params): Params<ReplayParams>,
) -> Result<Json<Replayed>, Problem> {
    state.known_license(license).await?;
    replayed(&state, Some(license), params).await
}

/// So long a replay waits for another one's end.
const IN_LINE: Duration = Duration::from_secs(20);

/// One at a time: each fills a temporary file, and reads as fast as it can.
async fn replayed(
    state: &State,
    license: Option<LicenseId>,
    params: ReplayParams,
) -> Result<Json<Replayed>, Problem> {
    state.happened(params.min_position).await?;
    let Ok(alone) = tokio::time::timeout(IN_LINE, state.replaying.acquire()).await else {
        let hint = "Try again in a minute.";
        let detail =
            "Another replay is under way: one runs at a time, and that of a large license takes a while.";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail, hint));
    };
    let alone = alone.map_err(|error| Problem::internal(&error))?;
    if params.min_position.is_some() {
        // Those that have stopped are compared where they stand.
        let head = *state.log.head().borrow();
        state.projector.caught_up(head).await;
    }
    let models = state.read_store().models();
    let answer = state.query(move |conn| replay(conn, models, license)).await;
    drop(alone);
    Ok(Json(answer?))
}
