//! `/api/v1/join`: a person enters the license key.

use axum::{Json, extract::State as With};
use domain::Code;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    State,
    body::JsonBody,
    caller::Caller,
    operation::{Operation, operations},
    problem::Problem,
};

pub(crate) const OPERATIONS: &[Operation] = operations![join];

/// A key, as typed.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Join {
    /// Five groups of five; any case, dashes and spaces as you like.
    license_key: String,
}

/// Somebody joined.
#[derive(Serialize, utoipa::ToSchema)]
struct Joined {
    code: String,
    /// What came of it, in a sentence.
    detail: String,
    position: u64,
    license_id: Uuid,
}

/// Enter the license key and join at once.
#[utoipa::path(post, path = "/join", tag = "invites", operation_id = "join_with_key",
    request_body = Join, responses((status = 200, body = Joined)))]
async fn join(
    With(state): With<State>,
    caller: Caller,
    body: JsonBody<Join>,
) -> Result<Json<Joined>, Problem> {
    // Without the key: whatever was typed is not repeated.
    let about = caller.about();
    let ctx = caller.named()?.context(body.bytes);
    let joined = state.commands.join_with_key(&ctx, &body.value.license_key).await;
    let (license, reply) = state.told(joined, &about).map_err(to_whoever_has_a_key)?;
    let code = reply.code.as_str().to_owned();
    let detail = reply.code.meaning().to_owned();
    Ok(Json(Joined { code, detail, position: reply.position, license_id: license.0 }))
}

/// What is said to somebody who has a key and is on no license: not how many seats there are, and nothing to do that only admins
/// can.
pub(crate) fn to_whoever_has_a_key(problem: Problem) -> Problem {
    let is = |code: Code| problem.code == code.as_str();
    if is(Code::SeatLimit) {
        let detail = "No seat of the license is free.".to_owned();
        let hint = "Ask whoever gave you the key: an admin of the license can free a seat.".to_owned();
        return Problem { detail, hint, ..problem };
    }
    if is(Code::LicenseExpired) || is(Code::PlanRequired) {
        let hint = "Ask whoever gave you the key.".to_owned();
        return Problem { hint, ..problem };
    }
    problem
}
