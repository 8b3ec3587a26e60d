//! Who asks over the network: by a cookie, or by a token; never by both.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use chrono::Utc;
use identity::Secret;

use crate::{
    State,
    asker::{Asker, By, SignedIn},
    caller::{AS, VIA},
    front::Front,
    problem::Problem,
};

/// The cookie's name over TLS, where browsers let nobody else set it; and on this machine without.
pub(crate) const COOKIE_NAMES: [&str; 2] = ["__Host-seatbook", "seatbook-session"];

/// The code of a token that nobody knows.
pub(super) const UNKNOWN_TOKEN: &str = "token_unknown";

/// Finds out who asks.
pub(super) async fn asker(state: &State, headers: &HeaderMap) -> Result<Asker, Problem> {
    if let Some(name) = [AS, VIA].into_iter().find(|name| headers.contains_key(*name)) {
        let detail = format!("The header {name} is for whoever can open the database.");
        let hint = "Leave it out: over the network, people ask for themselves.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "not_permitted", detail, hint));
    }
    let cookie = given_cookie(headers, &state.front);
    match (bearer(headers)?, cookie) {
        (None, None) => Ok(Asker::Nobody),
        (Some(_), Some(_)) => {
            let hint = "Programs send the token and no cookies.";
            let detail = "There is a token and a cookie: whose request is it?";
            Err(Problem::new(StatusCode::BAD_REQUEST, "two_credentials", detail, hint))
        }
        (Some(token), None) => {
            let found = state.accounts.token(token, Utc::now()).await?.ok_or_else(unknown_token)?;
            let email = found.of.person.clone();
            Ok(Asker::Person(Arc::new(SignedIn { email, by: By::Token(found) })))
        }
        (None, Some(cookie)) => {
            let limits = state.front.sessions;
            // What is over is as if it had never been: whoever asks may sign in again.
            let found = state.accounts.session(&Secret::given(cookie), limits, Utc::now()).await?;
            Ok(found.map_or(Asker::Nobody, |session| {
                Asker::Person(Arc::new(SignedIn { email: session.person.clone(), by: By::Session(session) }))
            }))
        }
    }
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(given) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token = given.to_str().ok().and_then(|text| text.split_once(' '));
    match token {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(unknown_token()),
    }
}

fn unknown_token() -> Problem {
    let hint = "Send Authorization: Bearer sbk_…, with a token that was made here and has not ended.";
    Problem::new(StatusCode::UNAUTHORIZED, UNKNOWN_TOKEN, "Nobody knows this token.", hint)
}

fn name(front: &Front) -> &'static str {
    COOKIE_NAMES[usize::from(!front.is_secure())]
}

fn given_cookie<'a>(headers: &'a HeaderMap, front: &Front) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(called, _)| *called == name(front)).map(|(_, value)| value)
}

/// Says to a browser by what it is known from now on.
pub(crate) fn cookie(front: &Front, secret: &Secret) -> Option<HeaderValue> {
    written(front, secret.reveal(), front.sessions.whole.num_seconds())
}

/// Says to a browser to forget it.
pub(crate) fn no_cookie(front: &Front) -> Option<HeaderValue> {
    written(front, "", 0)
}

fn written(front: &Front, value: &str, seconds: i64) -> Option<HeaderValue> {
    let secure = if front.is_secure() { "; Secure" } else { "" };
    let name = name(front);
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).ok()
}
