//! `/livez` and `/readyz`: whether the process runs, and whether it should get requests.

use std::time::Duration;

use axum::{Json, extract::State as With, http::StatusCode, routing::get};
use eventlog::LogError;
use projections::ModelStatus;
use serde::Serialize;

use crate::{State, asker::Asker, problem::Problem, projections::by_name};

pub(crate) fn router() -> axum::Router<State> {
    axum::Router::new().route("/livez", get(live)).route("/readyz", get(ready))
}

/// Whoever balances requests waits no longer than some seconds for an answer.
const SOON: Duration = Duration::from_secs(2);

async fn live() -> &'static str {
    "ok\n"
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    /// What keeps the read models from following the log, if anything does.
    #[serde(skip_serializing_if = "Option::is_none")]
    held_up_by: Option<String>,
    /// What commits wait for, if they wait for longer than usual: they do on every node, so none is better than another.
    #[serde(skip_serializing_if = "Option::is_none")]
    commits_wait: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    projections: Vec<ModelStatus>,
}

/// Ready means: the log answers and is the one that this node has seen so far, and every read model goes on and is not far behind.
async fn ready(With(state): With<State>, asker: Asker) -> Result<(StatusCode, Json<Readiness>), Problem> {
    // What the log itself says comes first: a node that has stopped for good says why.
    let head = *state.log.head().borrow();
    let answers = async {
        state.log.read_after(head, 1).await?;
        by_name(&state).await
    };
    let silent = |_| LogError::Stopped(format!("the database did not answer within {} s", SOON.as_secs()));
    let projections = tokio::time::timeout(SOON, answers).await.map_err(silent)??;
    let held_up_by = state.projector.trouble();
    let ready =
        held_up_by.is_none() && projections.iter().all(|model| model.stopped.is_none() && !model.building);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    if !matches!(asker, Asker::Owner) {
        // How far the log goes, who holds it, and which file has no room, is for those who may ask.
        let told = Readiness { ready, held_up_by: None, commits_wait: None, projections: Vec::new() };
        return Ok((status, Json(told)));
    }
    let commits_wait = state.log.held_up().await;
    Ok((status, Json(Readiness { ready, held_up_by, commits_wait, projections })))
}
