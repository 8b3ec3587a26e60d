//! `/api/v1/licenses/{license_id}/name|seats|plan|term`: what was bought, changed.

use axum::{Json, extract::State as With};
use chrono::NaiveDate;
use domain::Plan;
use serde::{Deserialize, Serialize};

use crate::{
    State,
    body::{Done, JsonBody, OnLicense, PathOf},
    caller::Caller,
    licenses::{name, seats},
    operation::{Operation, operations},
    problem::Problem,
    whole::Whole,
};

pub(crate) const OPERATIONS: &[Operation] = operations![rename, change_seats, change_plan, change_term];

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Rename {
    /// 1 to 200 characters.
    name: String,
}

/// Give a license another name.
#[utoipa::path(put, path = "/licenses/{license_id}/name", tag = "licenses", operation_id = "rename_license",
    params(("license_id" = Uuid, Path,)),
    request_body = Rename, responses((status = 200, body = Done)))]
async fn rename(
    With(state): With<State>,
    PathOf(id): OnLicense,
    caller: Caller,
    body: JsonBody<Rename>,
) -> Result<Json<Done>, Problem> {
    let name = name(&body.value.name)?;
    let about = caller.about().license(id);
    let done = state.commands.rename_license(&caller.context(body.bytes), id, name).await;
    Ok(Json(state.told(done, &about)?.into()))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeSeats {
    /// How many seats can be held.
    #[schema(value_type = u64)]
    limit: Whole,
}

/// Add seats to a license, or take free ones from it.
#[utoipa::path(put, path = "/licenses/{license_id}/seats", tag = "licenses", operation_id = "change_seat_limit",
    params(("license_id" = Uuid, Path,)),
    request_body = ChangeSeats, responses((status = 200, body = Done)))]
async fn change_seats(
    With(state): With<State>,
    PathOf(id): OnLicense,
    caller: Caller,
    body: JsonBody<ChangeSeats>,
) -> Result<Json<Done>, Problem> {
    let limit = seats("limit", body.value.limit.0)?;
    let about = caller.about().license(id);
    let done = state.commands.change_seat_limit(&caller.context(body.bytes), id, limit).await;
    Ok(Json(state.told(done, &about)?.into()))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangePlan {
    #[schema(value_type = String)]
    plan: Plan,
}

/// Move a license to another plan.
#[utoipa::path(put, path = "/licenses/{license_id}/plan", tag = "licenses", operation_id = "change_plan",
    params(("license_id" = Uuid, Path,)),
    request_body = ChangePlan, responses((status = 200, body = Done)))]
async fn change_plan(
    With(state): With<State>,
    PathOf(id): OnLicense,
    caller: Caller,
    body: JsonBody<ChangePlan>,
) -> Result<Json<Done>, Problem> {
    let plan = body.value.plan;
    let about = caller.about().license(id);
    let done = state.commands.change_plan(&caller.context(body.bytes), id, plan).await;
    Ok(Json(state.told(done, &about)?.into()))
}

/// A term that was changed.
#[derive(Serialize, utoipa::ToSchema)]
struct TermChanged {
    /// The outcome code.
    code: String,
    /// What came of it, in a sentence.
    detail: String,
    /// The log's position that includes it.
    position: u64,
    /// Whether the license has ended with it, so that it admits nobody.
    ended: bool,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeTerm {
    /// The last day, UTC; `null`: no end. It must be there: a license does not lose its end by an oversight.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true)]
    ends: Option<NaiveDate>,
}

/// Let a license end on another day, or never. On a day that is past, it ends at once.
#[utoipa::path(put, path = "/licenses/{license_id}/term", tag = "licenses", operation_id = "change_term",
    params(("license_id" = Uuid, Path,)),
    request_body = ChangeTerm, responses((status = 200, body = TermChanged)))]
async fn change_term(
    With(state): With<State>,
    PathOf(id): OnLicense,
    caller: Caller,
    body: JsonBody<ChangeTerm>,
) -> Result<Json<TermChanged>, Problem> {
    let (ends, about, ctx) = (body.value.ends, caller.about().license(id), caller.context(body.bytes));
    let done = state.commands.change_term(&ctx, id, ends).await;
    let Done { code, detail, position, .. } = state.told(done, &about)?.into();
    Ok(Json(TermChanged {
        code,
        detail,
        position,
        ended: ends.is_some_and(|day| day < ctx.now.date_naive()),
    }))
}
