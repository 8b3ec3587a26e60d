//! `/api/v1/licenses/{license_id}/keys`: what opens a license.

use axum::{Json, extract::State as With, http::StatusCode};
use chrono::NaiveDate;
use commands::{CommandError, Reply, issue_key::KeyTerms};
use domain::{KeyId, LicenseId, LicenseKey, number::grouped};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    State,
    about::About,
    body::{Done, JsonBody, MaybeBody, OnLicense, PathOf},
    caller::{Caller, Seer},
    licenses::MOST_SEATS,
    operation::{Operation, operations},
    problem::Problem,
    whole::Whole,
};

pub(crate) const OPERATIONS: &[Operation] = operations![issue, rotate, show, revoke];

/// A key of a license.
type OfLicense = PathOf<(LicenseId, KeyId)>;

/// A key to be issued.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewKey {
    /// How many people can join with it; nothing: as many as there are seats.
    #[serde(default)]
    #[schema(value_type = Option<u64>)]
    limit: Option<Whole>,
    /// The last day, UTC; nothing: no end of its own.
    #[serde(default)]
    ends: Option<NaiveDate>,
}

/// A key to be issued in place of another one.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NextKey {
    /// The last day of the key that it replaces, UTC: until then both open the license.
    old_ends: NaiveDate,
    /// How many people can join with the new one; nothing: as many as there are seats.
    #[serde(default)]
    #[schema(value_type = Option<u64>)]
    limit: Option<Whole>,
    /// The last day of the new one, UTC; nothing: no end of its own.
    #[serde(default)]
    ends: Option<NaiveDate>,
}

/// A key that was issued.
#[derive(Serialize, utoipa::ToSchema)]
struct IssuedKey {
    key_id: Uuid,
    /// Nothing where the same request came before.
    license_key: Option<String>,
    /// Whether it is kept, so that it can be shown again; otherwise it is shown only now.
    kept: bool,
    /// Why there is no key, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'static str>,
    position: u64,
}

/// What to do when a request for a key is repeated.
pub(crate) const fn shown_before(kept: bool) -> &'static str {
    if kept {
        "The key was shown when this request came first. GET /api/v1/licenses/{license_id} lists the license's keys by \
         their ids, and POST /api/v1/licenses/{license_id}/keys/{key_id}/show shows one again."
    } else {
        "The key was shown when this request came first, and can't be shown again: only its digest is kept. If it is \
         lost, revoke it and issue another, with POST /api/v1/licenses/{license_id}/keys."
    }
}

fn issued(
    state: &State,
    made: Result<(Reply, Option<LicenseKey>), CommandError>,
    about: &About,
) -> Result<(StatusCode, Json<IssuedKey>), Problem> {
    let (reply, key) = state.told(made, about)?;
    let kept = state.commands.keeps_keys();
    let hint = key.is_none().then_some(shown_before(kept));
    let license_key = key.map(|key| key.reveal());
    let key_id = reply.id.unwrap_or_default();
    let issued = IssuedKey { key_id, license_key, kept, hint, position: reply.position };
    Ok((StatusCode::CREATED, Json(issued)))
}

/// Issue one more key.
#[utoipa::path(post, path = "/licenses/{license_id}/keys", tag = "licenses", operation_id = "issue_key",
    params(("license_id" = Uuid, Path,)),
    request_body = NewKey, responses((status = 201, body = IssuedKey)))]
async fn issue(
    With(state): With<State>,
    PathOf(id): OnLicense,
    caller: Caller,
    body: MaybeBody<NewKey>,
) -> Result<(StatusCode, Json<IssuedKey>), Problem> {
    let NewKey { limit, ends } = body.value;
    let limit = limit.map(joins).transpose()?;
    let about = caller.about().license(id);
    let made = state.commands.issue_key(&caller.context(body.bytes), id, limit, ends).await;
    issued(&state, made, &about)
}

/// Issue a key in place of another one, which goes on until a day.
#[utoipa::path(post, path = "/licenses/{license_id}/keys/{key_id}/rotate", tag = "licenses",
    operation_id = "rotate_key", params(("license_id" = Uuid, Path,), ("key_id" = Uuid, Path,)),
    request_body = NextKey, responses((status = 201, body = IssuedKey)))]
async fn rotate(
    With(state): With<State>,
    PathOf((id, old)): OfLicense,
    caller: Caller,
    body: JsonBody<NextKey>,
) -> Result<(StatusCode, Json<IssuedKey>), Problem> {
    let NextKey { old_ends, limit, ends } = body.value;
    let terms = KeyTerms { limit: limit.map(joins).transpose()?, ends };
    let about = caller.about().license(id).key(old);
    let made = state.commands.rotate_key(&caller.context(body.bytes), id, old, old_ends, terms).await;
    issued(&state, made, &about)
}

/// A key's text.
#[derive(Serialize, utoipa::ToSchema)]
struct KeyText {
    key_id: Uuid,
    license_key: String,
    /// The log's position that includes that it was shown.
    position: u64,
}

/// The text of a key, to be handed to somebody: for the operator and the license's admins, where keys are kept. Each time
/// stands in the history, as `LicenseKeyShown`: so it is an order, which no other site's page can give.
#[utoipa::path(post, path = "/licenses/{license_id}/keys/{key_id}/show", tag = "licenses",
    operation_id = "show_key", params(("license_id" = Uuid, Path,), ("key_id" = Uuid, Path,)),
    responses((status = 200, body = KeyText)))]
async fn show(
    With(state): With<State>,
    PathOf((id, key)): OfLicense,
    seer: Seer,
) -> Result<Json<KeyText>, Problem> {
    let about = seer.about().license(id).key(key);
    let shown = state.commands.show_key(&seer.context(), id, key).await;
    let (text, position) = state.told(shown, &about)?;
    Ok(Json(KeyText { key_id: key.0, license_key: text.reveal(), position }))
}

/// Revoke a key, and forget its text. Who joined with it stays.
#[utoipa::path(post, path = "/licenses/{license_id}/keys/{key_id}/revoke", tag = "licenses",
    operation_id = "revoke_key", params(("license_id" = Uuid, Path,), ("key_id" = Uuid, Path,)),
    responses((status = 200, body = Done)))]
async fn revoke(
    With(state): With<State>,
    PathOf((id, key)): OfLicense,
    caller: Caller,
) -> Result<Json<Done>, Problem> {
    let about = caller.about().license(id).key(key);
    let done = state.commands.revoke_key(&caller.context([]), id, key).await;
    Ok(Json(state.told(done, &about)?.into()))
}

/// How many people may join with a key.
pub(crate) fn joins(Whole(limit): Whole) -> Result<u64, Problem> {
    if (1..=MOST_SEATS).contains(&limit) {
        return Ok(limit);
    }
    let number = if limit == 0 { "1 or more".to_owned() } else { format!("at most {}", grouped(MOST_SEATS)) };
    let hint = format!("Give {number}, or nothing: then as many can join as there are seats.");
    Err(Problem::invalid("limit", format!("{} people could join with the key", grouped(limit)), hint))
}
