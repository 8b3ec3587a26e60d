//! `/api/v1/sessions`: in which browsers somebody is signed in. `/api/v1/me`: who asks.

use std::collections::BTreeSet;

use axum::{Json, extract::State as With, http::StatusCode};
use chrono::{DateTime, Utc};
use domain::{EmailAddress, InstallationRole};
use identity::{Session, SignInMethod};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    State,
    asker::Asker,
    body::{JsonBody, PathOf, email},
    caller::{Own, Person},
    license_access,
    operation::{Operation, operations},
    problem::Problem,
    tokens::TokenShown,
};

pub(crate) const OPERATIONS: &[Operation] = operations![me, list, end, end_all_of];

/// Who asks. No `Debug`: holds an address.
#[derive(Serialize, utoipa::ToSchema)]
struct Me {
    /// Who; nothing: whoever can open the database.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// What they may do on all licenses: `operator`, `auditor`, `support`.
    #[schema(value_type = Vec<String>)]
    roles: BTreeSet<InstallationRole>,
    /// The session by which they ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<SessionShown>,
    /// The token by which they ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<TokenShown>,
}

/// Who you are to the service, and by what it knows you.
#[utoipa::path(get, path = "/me", tag = "sign-in", operation_id = "who_am_i",
    responses((status = 200, body = Me)))]
async fn me(With(state): With<State>, asker: Asker, Person(person): Person) -> Result<Json<Me>, Problem> {
    let Some(person) = person else {
        let roles = BTreeSet::from([InstallationRole::Operator]);
        return Ok(Json(Me { email: None, roles, session: None, token: None }));
    };
    Ok(Json(Me {
        roles: state.commands.standing(&person, None).await?.installation,
        email: Some(person.as_spelled().to_owned()),
        session: asker.session().map(|session| SessionShown::of(session, &asker)),
        token: asker.token().map(TokenShown::of),
    }))
}

/// A session.
#[derive(Serialize, utoipa::ToSchema)]
struct SessionShown {
    session_id: Uuid,
    /// Whether it is the one by which this was asked.
    current: bool,
    /// How they signed in: `link`, or `oidc` for an account at a provider.
    method: SignInMethod,
    /// In which browser they did, as far as it says: `Firefox on Windows`.
    #[serde(skip_serializing_if = "Option::is_none")]
    browser: Option<String>,
    created_at: DateTime<Utc>,
    /// When it was last used, to about a minute.
    seen_at: DateTime<Utc>,
    /// When it ends at the latest; earlier, if it is not used.
    ends_at: DateTime<Utc>,
}

impl SessionShown {
    fn of(session: &Session, asker: &Asker) -> Self {
        let Session { session_id, method, browser, created_at, seen_at, ends_at, .. } = session.clone();
        let current = asker.session().is_some_and(|session| session.session_id == session_id);
        Self { session_id, current, method, browser, created_at, seen_at, ends_at }
    }
}

/// The sessions of a person.
#[derive(Serialize, utoipa::ToSchema)]
struct Sessions {
    items: Vec<SessionShown>,
}

/// In which browsers you are signed in, the newest first.
#[utoipa::path(get, path = "/sessions", tag = "sign-in", operation_id = "list_sessions",
    responses((status = 200, body = Sessions)))]
async fn list(With(state): With<State>, asker: Asker, Own(person): Own) -> Result<Json<Sessions>, Problem> {
    let found = state.accounts.sessions_of(&person, state.front.sessions, Utc::now()).await?;
    Ok(Json(Sessions { items: found.iter().map(|session| SessionShown::of(session, &asker)).collect() }))
}

/// End one of your sessions.
#[utoipa::path(post, path = "/sessions/{session_id}/end", tag = "sign-in", operation_id = "end_session",
    params(("session_id" = Uuid, Path,)),
    responses((status = 204, description = "It has ended.")))]
async fn end(
    With(state): With<State>,
    PathOf(id): PathOf<Uuid>,
    Own(person): Own,
) -> Result<StatusCode, Problem> {
    ended(&state, &person, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a session of somebody's, if they have it.
pub(crate) async fn ended(state: &State, person: &EmailAddress, id: Uuid) -> Result<(), Problem> {
    if state.accounts.end_session(person, id).await? {
        return Ok(());
    }
    let hint = "Your sessions are listed at /api/v1/sessions.";
    Err(Problem::new(StatusCode::NOT_FOUND, "unknown_session", format!("You have no session {id}."), hint))
}

/// How many sessions ended.
#[derive(Serialize, utoipa::ToSchema)]
struct Ended {
    ended: usize,
}

/// End every session of a person. Their tokens stay.
#[utoipa::path(post, path = "/sessions/end", tag = "sign-in", operation_id = "end_sessions_of",
    request_body = license_access::Person, responses((status = 200, body = Ended)))]
async fn end_all_of(
    With(state): With<State>,
    asker: Asker,
    body: JsonBody<license_access::Person>,
) -> Result<Json<Ended>, Problem> {
    let person = email("email", &body.value.email)?;
    // Whoever is shut out does not come back by a link that they asked for before.
    state.accounts.take_back_links_of(&person).await?;
    let ended = state.accounts.end_sessions_of(&person).await?;
    tracing::info!("all sessions of somebody were ended: {ended} by={}", asker.id());
    Ok(Json(Ended { ended }))
}
