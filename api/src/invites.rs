//! `/api/v1/invites`: what an invited person sees and does. `/leave`: what a member does.

use axum::{Json, extract::State as With};
use domain::{DeclineReason, SubjectId};
use projections::invites::{InvitesPage, InvitesQuery};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    State,
    body::{Done, MaybeBody, OnLicense, Params, PathOf},
    caller::{Caller, Person, nobody_named},
    licenses::MinPosition,
    operation::{Operation, operations},
    problem::Problem,
};

pub(crate) const OPERATIONS: &[Operation] = operations![list, accept, decline, close, reopen, leave];

/// The open invites of the person who asks.
#[utoipa::path(get, path = "/invites", tag = "invites", operation_id = "list_invites",
    params(("min_position" = Option<u64>, Query,)),
    responses((status = 200, body = InvitesPage)))]
async fn list(
    With(state): With<State>,
    Person(person): Person,
    Params(params): Params<MinPosition>,
) -> Result<Json<InvitesPage>, Problem> {
    let email = person.ok_or_else(nobody_named)?;
    state.reached(&["invites", "licenses"], params.min_position).await?;
    // Somebody whom nobody ever invited has none.
    let subject =
        state.commands.known(&email).await?.map_or(SubjectId(Uuid::nil()), |known| known.subject_id);
    Ok(Json(state.query(move |conn| InvitesQuery { subject }.run(conn)).await?))
}

/// Accept an invite and join.
#[utoipa::path(post, path = "/invites/{license_id}/accept", tag = "invites", operation_id = "accept_invite",
    params(("license_id" = Uuid, Path,)),
    responses((status = 200, body = Done)))]
async fn accept(
    With(state): With<State>,
    PathOf(id): OnLicense,
    caller: Caller,
) -> Result<Json<Done>, Problem> {
    let about = caller.about().license(id);
    let done = state.commands.accept_invite(&caller.named()?.context([]), id).await;
    Ok(Json(state.told(done, &about)?.into()))
}

/// Why somebody declines.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Decline {
    /// `unspecified`, `unknown_sender`, `not_needed`, `wrong_person`, `already_licensed` or `privacy_concern`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    reason: Option<DeclineReason>,
}

/// Decline an invite.
#[utoipa::path(post, path = "/invites/{license_id}/decline", tag = "invites", operation_id = "decline_invite",
    params(("license_id" = Uuid, Path,)),
    request_body = Decline, responses((status = 200, body = Done)))]
async fn decline(
    With(state): With<State>,
    PathOf(id): OnLicense,
    caller: Caller,
    body: MaybeBody<Decline>,
) -> Result<Json<Done>, Problem> {
    let reason = body.value.reason.unwrap_or(DeclineReason::Unspecified);
    let about = caller.about().license(id);
    let done = state.commands.decline_invite(&caller.named()?.context(body.bytes), id, reason).await;
    Ok(Json(state.told(done, &about)?.into()))
}

/// Close the notification of an invite, which stays open.
#[utoipa::path(post, path = "/invites/{license_id}/close", tag = "invites", operation_id = "close_notification",
    params(("license_id" = Uuid, Path,)),
    responses((status = 200, body = Done)))]
async fn close(
    With(state): With<State>,
    PathOf(id): OnLicense,
    caller: Caller,
) -> Result<Json<Done>, Problem> {
    let about = caller.about().license(id);
    let done = state.commands.close_notification(&caller.named()?.context([]), id).await;
    Ok(Json(state.told(done, &about)?.into()))
}

/// Open the notification of an invite again.
#[utoipa::path(post, path = "/invites/{license_id}/reopen", tag = "invites", operation_id = "reopen_notification",
    params(("license_id" = Uuid, Path,)),
    responses((status = 200, body = Done)))]
async fn reopen(
    With(state): With<State>,
    PathOf(id): OnLicense,
    caller: Caller,
) -> Result<Json<Done>, Problem> {
    let about = caller.about().license(id);
    let done = state.commands.reopen_notification(&caller.named()?.context([]), id).await;
    Ok(Json(state.told(done, &about)?.into()))
}

/// Leave a license.
#[utoipa::path(post, path = "/licenses/{license_id}/leave", tag = "invites", operation_id = "leave_license",
    params(("license_id" = Uuid, Path,)),
    responses((status = 200, body = Done)))]
async fn leave(
    With(state): With<State>,
    PathOf(id): OnLicense,
    caller: Caller,
) -> Result<Json<Done>, Problem> {
    let about = caller.about().license(id);
    let done = state.commands.leave_license(&caller.named()?.context([]), id).await;
    Ok(Json(state.told(done, &about)?.into()))
}
