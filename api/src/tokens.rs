//! `/api/v1/tokens`: by which machines ask in one's name.

use std::collections::BTreeSet;

use axum::{Json, extract::State as With, http::StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{EmailAddress, LicenseId};
use identity::{ApiToken, NewToken, Scope, Secret, api_tokens};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    State,
    asker::Asker,
    body::{JsonBody, PathOf, email},
    caller::{Own, Person, nobody_named},
    license_access,
    operation::{Operation, operations},
    problem::Problem,
    whole::Whole,
};

pub(crate) const OPERATIONS: &[Operation] = operations![list, make, revoke, revoke_all_of];

/// A token, without its secret.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TokenShown {
    token_id: Uuid,
    /// What it is for.
    name: String,
    /// What it may be used for: `read`, `write`, `operator`.
    scopes: BTreeSet<Scope>,
    /// The only license that it is good for.
    #[serde(skip_serializing_if = "Option::is_none")]
    license_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    /// When it was last used, to about an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    used_at: Option<DateTime<Utc>>,
}

impl TokenShown {
    pub(crate) fn of(token: &ApiToken) -> Self {
        let NewToken { name, scopes, license, ends_at, .. } = token.of.clone();
        let license_id = license.map(|license| license.0);
        let ApiToken { token_id, created_at, used_at, .. } = *token;
        Self { token_id, name, scopes, license_id, created_at, ends_at, used_at }
    }
}

/// The tokens of a person.
#[derive(Serialize, utoipa::ToSchema)]
struct Tokens {
    items: Vec<TokenShown>,
}

/// Your tokens that can still be used, the newest first.
#[utoipa::path(get, path = "/tokens", tag = "tokens", operation_id = "list_tokens",
    responses((status = 200, body = Tokens)))]
async fn list(With(state): With<State>, Own(person): Own) -> Result<Json<Tokens>, Problem> {
    let found = state.accounts.tokens_of(&person, Utc::now()).await?;
    Ok(Json(Tokens { items: found.iter().map(TokenShown::of).collect() }))
}

/// A token to be made.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// What it is for: up to 100 characters. Two of the same name at a time, so that one can take the other's place.
    name: String,
    /// What it may be used for, of what you may do: `read`, `write`, `operator`.
    #[schema(value_type = Vec<Scope>)]
    scopes: BTreeSet<Scope>,
    /// The only license that it is to be good for.
    #[serde(default)]
    license_id: Option<Uuid>,
    /// For how many days, up to 366; 90 unless said otherwise.
    #[serde(default = "usual_days")]
    #[schema(value_type = u64)]
    days: Whole,
}

fn usual_days() -> Whole {
    Whole(90)
}

/// A token that was made.
#[derive(Serialize, utoipa::ToSchema)]
struct MadeToken {
    /// Shown once: only its digest is kept.
    token: String,
    #[serde(flatten)]
    shown: TokenShown,
}

/// Make a token. It asks in your name, for no more than you may do at that time.
#[utoipa::path(post, path = "/tokens", tag = "tokens", operation_id = "make_token",
    request_body = Wanted, responses((status = 201, body = MadeToken)))]
async fn make(
    With(state): With<State>,
    Person(person): Person,
    body: JsonBody<Wanted>,
) -> Result<(StatusCode, Json<MadeToken>), Problem> {
    let Wanted { name, scopes, license_id, days } = body.value;
    let person = person.ok_or_else(nobody_named)?;
    let (secret, token) = made(&state, person, &name, scopes, license_id.map(LicenseId), days).await?;
    let made = MadeToken { token: secret.reveal().to_owned(), shown: TokenShown::of(&token) };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Makes a token, if it is one that can be made.
pub(crate) async fn made(
    state: &State,
    person: EmailAddress,
    name: &str,
    scopes: BTreeSet<Scope>,
    license: Option<LicenseId>,
    days: Whole,
) -> Result<(Secret, ApiToken), Problem> {
    let now = Utc::now();
    let ends_at = now + TimeDelta::days(days_of(days)?.into());
    if scopes.is_empty() {
        return Err(Problem::invalid("scopes", "there are none", "Give some of read, write, operator."));
    }
    let new = NewToken { person, name: name_of(name)?, scopes, license, ends_at };
    let made = state.accounts.make_token(new, now).await?.map_err(too_many)?;
    tracing::info!("a token was made: {}", made.1.token_id);
    Ok(made)
}

fn days_of(Whole(days): Whole) -> Result<u16, Problem> {
    if let Some(days) = u16::try_from(days).ok().filter(|days| (1..=366).contains(days)) {
        return Ok(days);
    }
    Err(Problem::invalid(
        "days",
        format!("a token is good for 1 to 366 days, and not for {days}"),
        "Give a number from 1 to 366.",
    ))
}

fn name_of(text: &str) -> Result<String, Problem> {
    let name = text.trim();
    let hint = "Say what the token is for, in 1 to 100 characters that can be seen.";
    if name.is_empty() || name.chars().count() > 100 || crate::visible::visible(name) != name {
        return Err(Problem::invalid("name", "it is empty, too long, or holds what can't be seen", hint));
    }
    if domain::email::stands_in(name) {
        // It would outlive that person's erasure.
        return Err(Problem::invalid(
            "name",
            "it holds an e-mail address",
            "Say what the token is for, and not whom.",
        ));
    }
    Ok(name.to_owned())
}

fn too_many(which: api_tokens::TooMany) -> Problem {
    let (detail, hint) = match which {
        api_tokens::TooMany::OfOneName => (
            "There are two tokens of this name already: the one in use, and the one that takes its place.",
            "Revoke the older one, or give another name.",
        ),
        api_tokens::TooMany::OfOnePerson => {
            ("You have as many tokens as one person can have.", "Revoke those that nobody uses any more.")
        }
    };
    Problem::new(StatusCode::CONFLICT, "too_many_tokens", detail, hint)
}

/// Revoke one of your tokens.
#[utoipa::path(post, path = "/tokens/{token_id}/revoke", tag = "tokens", operation_id = "revoke_token",
    params(("token_id" = Uuid, Path,)),
    responses((status = 204, description = "It opens nothing any more.")))]
async fn revoke(
    With(state): With<State>,
    PathOf(id): PathOf<Uuid>,
    Own(person): Own,
) -> Result<StatusCode, Problem> {
    revoked(&state, &person, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Revokes a token of somebody's, if they have it.
pub(crate) async fn revoked(state: &State, person: &EmailAddress, id: Uuid) -> Result<(), Problem> {
    if state.accounts.revoke_token(person, id).await? {
        tracing::info!("a token was revoked: {id}");
        return Ok(());
    }
    let hint = "Your tokens are listed at /api/v1/tokens.";
    Err(Problem::new(StatusCode::NOT_FOUND, "unknown_token", format!("You have no token {id}."), hint))
}

/// How many tokens were revoked.
#[derive(Serialize, utoipa::ToSchema)]
struct Revoked {
    revoked: usize,
}

/// Revoke every token of a person. Their sessions stay.
#[utoipa::path(post, path = "/tokens/revoke", tag = "tokens", operation_id = "revoke_tokens_of",
    request_body = license_access::Person, responses((status = 200, body = Revoked)))]
async fn revoke_all_of(
    With(state): With<State>,
    asker: Asker,
    body: JsonBody<license_access::Person>,
) -> Result<Json<Revoked>, Problem> {
    let person = email("email", &body.value.email)?;
    let revoked = state.accounts.revoke_tokens_of(&person).await?;
    tracing::info!("all tokens of somebody were revoked: {revoked} by={}", asker.id());
    Ok(Json(Revoked { revoked }))
}
