//! Signing in with an account at a provider: there, and back.
//!
//! The browser keeps the secret of the attempt in a cookie of its own. Whoever comes back with somebody else's answer has
//! not got it: nobody is signed in as another one by a link that they were sent (login CSRF).

use askama::Template;
use axum::{
    extract::{Path, Query, State as With},
    http::{HeaderMap, Uri},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use chrono::Utc;
use domain::EmailAddress;
use identity::{Secret, SignInMethod, linked_identities::SignsIn};
use serde::Deserialize;

use super::{
    page::{AFTER, again},
    session, with_cookie,
};
use crate::{
    State,
    asker::Asker,
    browser::Browser,
    network::{awaited, awaited_cookie, cookie, no_awaited_cookie},
    oidc::{Back, Fault, Provider},
    pages::{Plain, html, ours},
    problem::Problem,
};

/// The page that sends somebody on. No redirection: browsers hold a form's redirections to the page's own policy, which
/// names no other site.
#[derive(Template)]
#[template(path = "going.html")]
struct Going<'a> {
    plain: Plain,
    way: String,
    label: &'a str,
}

pub(super) fn router() -> axum::Router<State> {
    axum::Router::new()
        .route(super::WITH_PROVIDER, post(go))
        .route("/sign-in/with/{provider}/back", get(come_back))
}

/// Where a provider sends people back to: an address of its own for each, so that one can't pass for another.
fn here(state: &State, provider: &Provider) -> String {
    format!("{}/sign-in/with/{}/back", state.front.base(), provider.settings.name.as_str())
}

/// Where somebody wants to go once they are signed in.
#[derive(Deserialize)]
struct Wanted {
    to: Option<String>,
}

/// The button.
async fn go(With(state): With<State>, Path(name): Path<String>, Query(wanted): Query<Wanted>) -> Response {
    let to = wanted.to.as_deref().and_then(ours).unwrap_or(AFTER);
    let Some(provider) = state.front.providers.named(&name) else { return unknown(&state) };
    match way_there(&state, provider).await {
        Ok((way, secret)) => {
            let plain = Plain::of(&state.front, "Sign in");
            let page = html(&Going { plain, way, label: &provider.settings.label });
            page.map_or_else(IntoResponse::into_response, |page| {
                with_cookie(page, awaited_cookie(&state.front, &secret, to))
            })
        }
        Err(no) => told(&state, provider, no),
    }
}

async fn way_there(state: &State, provider: &Provider) -> Result<(String, Secret), No> {
    let name = provider.settings.name.as_str();
    let secret = state.accounts.begin_sign_in_attempt(name, Utc::now()).await.map_err(Problem::from)?;
    Ok((provider.way_there(&secret, here(state, provider)).await?, secret))
}

/// With what a provider sends somebody back: `OpenID` Connect Core 1.0 §3.1.2.5, RFC 9207 §2.
#[derive(Deserialize)]
struct Given {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// Why somebody was not signed in: by the provider's doing, or by ours.
enum No {
    Fault(Fault),
    Ours(Problem),
}

impl From<Fault> for No {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Problem> for No {
    fn from(problem: Problem) -> Self {
        Self::Ours(problem)
    }
}

/// Somebody comes back.
async fn come_back(
    With(state): With<State>,
    Path(name): Path<String>,
    asker: Asker,
    Browser(browser): Browser,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let Some(provider) = state.front.providers.named(&name) else { return unknown(&state) };
    let (secret, to) = awaited(&state.front, &headers).unzip();
    let to = to.as_deref().and_then(ours).unwrap_or(AFTER);
    let signed_in = async {
        let person = person(&state, provider, secret, &uri).await?;
        Ok::<_, No>(session(&state, &asker, &person, SignInMethod::Oidc, browser).await?)
    };
    match signed_in.await {
        Ok((secret, _)) => {
            let answer = with_cookie(Redirect::to(to), cookie(&state.front, &secret));
            with_cookie(answer, no_awaited_cookie(&state.front))
        }
        Err(no) => told(&state, provider, no),
    }
}

/// Who comes back.
async fn person(
    state: &State,
    provider: &Provider,
    secret: Option<Secret>,
    uri: &Uri,
) -> Result<EmailAddress, No> {
    let Query(given) = Query::<Given>::try_from_uri(uri).map_err(|_| Fault::NotAwaited)?;
    let secret = secret.ok_or(Fault::NotAwaited)?;
    // First: what was not sent from this browser uses up nothing of it.
    if !given.state.is_some_and(|said| Back::is_of(&secret, &said)) {
        return Err(Fault::NotAwaited.into());
    }
    let name = provider.settings.name.as_str();
    let now = Utc::now();
    if !state.accounts.use_sign_in_attempt(&secret, name, now).await.map_err(Problem::from)? {
        return Err(Fault::NotAwaited.into());
    }
    let code = match (given.code, given.error) {
        (Some(code), None) => code,
        (_, Some(error)) if error != "access_denied" => return Err(Fault::Away(said(&error)).into()),
        _ => return Err(Fault::Declined.into()),
    };
    let back = Back { secret: &secret, here: here(state, provider), code, issuer: given.iss.as_deref() };
    let word = provider.word(back).await?;
    let signs_in = state.accounts.signs_in(&word.shown, word.address.as_ref().ok(), now).await;
    match (signs_in.map_err(Problem::from)?, word.address) {
        (SignsIn::Person(person), _) if provider.settings.speaks_for(&person) => Ok(person),
        (SignsIn::Person(_), _) => Err(Fault::OtherDomain.into()),
        (SignsIn::Taken, _) => Err(Fault::Taken.into()),
        (SignsIn::Nobody, address) => Err(address.err().unwrap_or(Fault::NoAddress).into()),
    }
}

/// The code of an error, for the log: letters that anybody can have put there.
fn said(error: &str) -> String {
    error.chars().filter(|c| c.is_ascii_lowercase() || *c == '_').take(60).collect()
}

fn unknown(state: &State) -> Response {
    again(state, Fault::Unknown.told(""))
}

fn told(state: &State, provider: &Provider, no: No) -> Response {
    let fault = match no {
        No::Ours(problem) => return again(state, problem),
        No::Fault(fault) => fault,
    };
    fault.log(provider.settings.name.as_str());
    let answer = again(state, fault.told(&provider.settings.label));
    match fault {
        // Whatever came, an attempt of this browser's own goes on.
        Fault::NotAwaited => answer,
        _ => with_cookie(answer, no_awaited_cookie(&state.front)),
    }
}
