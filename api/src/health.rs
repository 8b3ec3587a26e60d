//! `/livez` and `/readyz`: whether the process runs, and whether it should get requests.

use axum::{Json, extract::State as With, http::StatusCode, routing::get};
use projections::{ModelStatus, status};
use serde::Serialize;

use crate::{State, problem::Problem};

pub(crate) fn router() -> axum::Router<State> {
    axum::Router::new().route("/livez", get(live)).route("/readyz", get(ready))
}

async fn live() -> &'static str {
    "ok\n"
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    projections: Vec<ModelStatus>,
}

/// Ready means: the database answers, and every read model goes on and is not far behind.
async fn ready(With(state): With<State>) -> Result<(StatusCode, Json<Readiness>), Problem> {
    let projections = state.query(|conn| Ok(status::all(conn)?)).await?;
    let ready = projections.iter().all(|model| model.stopped.is_none());
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok((status, Json(Readiness { ready, projections })))
}
