//! Proofs: that an event is in the log, that one checkpoint goes on from another.

use axum::{Json, extract::State as With, http::StatusCode, response::Response};
use domain::{LicenseId, entry::leaf_of};
use eventlog::Stored;
use projections::tree::{self, TilesOnce};
use serde::{Deserialize, Serialize};
use transparency::InclusionProof;

use super::text;
use crate::{
    State,
    body::{Params, PathOf},
    operation::{Operation, operations},
    problem::Problem,
    whole::Whole,
};

pub(crate) const OPERATIONS: &[Operation] =
    operations![prove_event, prove_event_of_license, prove_consistency];

/// Shows that the event at a position is in the log (C2SP tlog-proof): to be kept as a file, `.tlog-proof`.
#[utoipa::path(get, path = "/log/proof/{position}", tag = "log", operation_id = "prove_event",
    params(("position" = u64, Path,)), responses((status = 200, body = String, content_type = "text/plain")))]
async fn prove_event(
    With(state): With<State>,
    PathOf(position): PathOf<String>,
) -> Result<Response, Problem> {
    let position = number(&position)?;
    let head = *state.log.head().borrow();
    if position == 0 || position > head {
        return Err(no_event(position));
    }
    // Of one that can't be read there is the proof alone.
    let page = state.log.read_stored(position - 1, 1).await.ok();
    Ok(text(state.prove(position, page.iter().flat_map(|page| &page.events).next()).await?))
}

/// The same, for an event of a license.
#[utoipa::path(get, path = "/licenses/{license_id}/log/proof/{position}", tag = "log",
    operation_id = "prove_event_of_license",
    params(("license_id" = Uuid, Path,), ("position" = u64, Path,)),
    responses((status = 200, body = String, content_type = "text/plain")))]
async fn prove_event_of_license(
    With(state): With<State>,
    PathOf((license, position)): PathOf<(LicenseId, String)>,
) -> Result<Response, Problem> {
    let position = number(&position)?;
    let head = *state.log.head().borrow();
    let events = match position {
        1.. if position <= head => state.log.read_stored(position - 1, 1).await?.events,
        _ => Vec::new(),
    };
    // Whether another license has an event there is nobody's business.
    match events.first() {
        Some(event) if event.license_id == Some(license.0) => {
            Ok(text(state.prove(position, Some(event)).await?))
        }
        _ => Err(no_event(position)),
    }
}

impl State {
    /// That an event stands at its position, with its entry if it is given.
    async fn prove(&self, position: u64, event: Option<&Stored<'_>>) -> Result<String, Problem> {
        let signed = self.checkpoint(Some(position)).await?;
        let size = signed.checkpoint.size;
        let hashes = self.query(move |conn| tree::inclusion(conn, position, size)).await?;
        let entry = event.map(|event| event.entry().to_bytes());
        if let Some(own) = entry.as_ref().map(leaf_of) {
            let kept = self.query(move |conn| Ok(TilesOnce::of(conn).leaf(position)?)).await?;
            if kept.is_some_and(|kept| kept != own) {
                let detail = format!(
                    "The event at position {position} is not the one that was recorded: nothing proves it."
                );
                let hint = "See what was changed: `seatbook audit verify`.";
                return Err(Problem::new(StatusCode::CONFLICT, "history_diverged", detail, hint));
            }
        }
        Ok(InclusionProof { entry, leaf: position - 1, hashes, checkpoint: signed.note }.to_text())
    }
}

/// From which checkpoint.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Since {
    /// The size of an earlier checkpoint.
    #[param(value_type = u64)]
    from: Whole,
}

/// Shows that one checkpoint goes on from another (RFC 6962, 2.1.2).
#[derive(Serialize, utoipa::ToSchema)]
struct ConsistencyProof {
    /// The size of the earlier one.
    from: u64,
    /// The last one, as it was signed.
    checkpoint: String,
    /// The hashes, in hexadecimal digits.
    proof: Vec<String>,
}

/// Shows that the last checkpoint goes on from an earlier one.
#[utoipa::path(get, path = "/log/consistency", tag = "log", operation_id = "prove_consistency",
    params(Since), responses((status = 200, body = ConsistencyProof)))]
async fn prove_consistency(
    With(state): With<State>,
    Params(Since { from: Whole(from) }): Params<Since>,
) -> Result<Json<ConsistencyProof>, Problem> {
    let signed = state.checkpoint(None).await?;
    let size = signed.checkpoint.size;
    let proof = state.query(move |conn| tree::consistency(conn, from, size)).await?;
    let proof = proof.iter().map(ToString::to_string).collect();
    Ok(Json(ConsistencyProof { from, checkpoint: signed.note, proof }))
}

fn number(text: &str) -> Result<u64, Problem> {
    text.parse().map_err(|_| {
        let hint = "Give the position of an event: a whole number from 1 on.";
        Problem::invalid("position", format!("\"{}\" is no position", crate::visible::shortened(text)), hint)
    })
}

fn no_event(position: u64) -> Problem {
    let detail = format!("There is no event at position {position} here.");
    let hint = "`seatbook audit LICENSE` shows the positions of a license's events.";
    Problem::new(StatusCode::NOT_FOUND, "unknown_event", detail, hint)
}
