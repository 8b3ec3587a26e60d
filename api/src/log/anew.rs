//! Going on after a restore: the history that was signed ends, and another one begins.

use axum::{Json, extract::State as With};
use serde::Serialize;

use crate::{
    State,
    operation::{Operation, operations},
    problem::Problem,
};

pub(crate) const OPERATIONS: &[Operation] = operations![begin_anew];

/// A history that was begun anew.
#[derive(Serialize, utoipa::ToSchema)]
struct BegunAnew {
    /// The name of the log from now on.
    origin: String,
    /// The public key to pin from now on.
    key: String,
    /// Its first checkpoint.
    checkpoint: String,
    /// Files that were put aside: the last checkpoint and the key of before. Keep them: earlier exports are verified with
    /// them.
    put_aside: Vec<String>,
}

/// Ends the history that was signed, after it was found to be another one, and signs what is there now under another name.
#[utoipa::path(post, path = "/log/go-on", tag = "log", operation_id = "begin_history_anew",
    responses((status = 200, body = BegunAnew)))]
async fn begin_anew(With(state): With<State>) -> Result<Json<BegunAnew>, Problem> {
    let (signed, aside) = state.begin_history_anew().await?;
    let key = state.history.notary().public().await?.first().map(ToString::to_string).unwrap_or_default();
    let put_aside = aside.iter().map(|path| path.display().to_string()).collect();
    Ok(Json(BegunAnew { origin: signed.checkpoint.origin, key, checkpoint: signed.note, put_aside }))
}
