//! Who asks over the network: by a cookie, or by a token; never by both.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use chrono::{TimeDelta, Utc};
use identity::{Secret, sign_in_attempts, sign_in_links};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::{
    State,
    asker::{Asker, By, SignedIn},
    caller::{AS, VIA},
    front::Front,
    problem::Problem,
};

/// The cookie's name over TLS, where browsers let nobody else set it; and on this machine without.
pub(crate) const COOKIE_NAMES: [&str; 2] = ["__Host-seatbook", "seatbook-session"];

/// The same of the cookie of somebody who went to a provider and is to come back.
const AWAITED_NAMES: [&str; 2] = ["__Host-seatbook-sign-in", "seatbook-sign-in"];

/// The same of the cookie that says where a link was sent: the page says so once more.
const LINK_ASKED_NAMES: [&str; 2] = ["__Host-seatbook-link", "seatbook-link"];

/// The code of a token that nobody knows.
pub(super) const UNKNOWN_TOKEN: &str = "token_unknown";

/// Finds out who asks.
pub(super) async fn asker(state: &State, headers: &HeaderMap) -> Result<Asker, Problem> {
    if let Some(name) = [AS, VIA].into_iter().find(|name| headers.contains_key(*name)) {
        let detail = format!("The header {name} is for whoever can open the database.");
        let hint = "Leave it out: over the network, people ask for themselves.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "not_permitted", detail, hint));
    }
    let cookie = given_cookie(headers, name(&state.front, COOKIE_NAMES));
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
            let (cookie, limits, now) = (Secret::given(cookie), state.front.sessions, Utc::now());
            // What is over is as if it had never been: whoever asks may sign in again.
            let found = if is_by_itself(headers) {
                state.accounts.session_unused(&cookie, limits, now).await?
            } else {
                state.accounts.session(&cookie, limits, now).await?
            };
            Ok(found.map_or(Asker::Nobody, |session| {
                Asker::Person(Arc::new(SignedIn { email: session.person.clone(), by: By::Session(session) }))
            }))
        }
    }
}

/// By which a page says that it asks by itself, and nobody has done anything.
const BY_ITSELF: HeaderName = HeaderName::from_static("seatbook-by-itself");

/// Whether a page keeps up with what goes on: a browser that nobody sits at would be signed in for as long as it stands open.
/// What a browser follows can't say so by a header of ours.
fn is_by_itself(headers: &HeaderMap) -> bool {
    let follows = |accept: &HeaderValue| accept.as_bytes().starts_with(b"text/event-stream");
    headers.contains_key(BY_ITSELF) || headers.get(header::ACCEPT).is_some_and(follows)
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

fn name(front: &Front, names: [&'static str; 2]) -> &'static str {
    names[usize::from(!front.is_secure())]
}

fn given_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(called, _)| *called == name).map(|(_, value)| value)
}

/// Says to a browser by what it is known from now on.
pub(crate) fn cookie(front: &Front, secret: &Secret) -> Option<HeaderValue> {
    written(front, COOKIE_NAMES, secret.reveal(), front.sessions.whole)
}

/// Says to a browser to forget it.
pub(crate) fn no_cookie(front: &Front) -> Option<HeaderValue> {
    written(front, COOKIE_NAMES, "", TimeDelta::zero())
}

/// What a browser keeps of somebody who went to a provider.
pub(crate) fn awaited(front: &Front, headers: &HeaderMap) -> Option<(Secret, String)> {
    let given = given_cookie(headers, name(front, AWAITED_NAMES))?;
    let (secret, to) = given.split_once('.').unwrap_or((given, ""));
    let to = percent_decode_str(to).decode_utf8_lossy().into_owned();
    Some((Secret::given(secret), to))
}

/// Says to a browser what to keep until somebody comes back from a provider.
pub(crate) fn awaited_cookie(front: &Front, secret: &Secret, to: &str) -> Option<HeaderValue> {
    // A longer one no browser would keep.
    let to = if to.len() < 1_000 { to } else { "" };
    let value = format!("{}.{}", secret.reveal(), utf8_percent_encode(to, NON_ALPHANUMERIC));
    written(front, AWAITED_NAMES, &value, sign_in_attempts::LASTS)
}

/// Says to a browser that nobody is awaited any more.
pub(crate) fn no_awaited_cookie(front: &Front) -> Option<HeaderValue> {
    written(front, AWAITED_NAMES, "", TimeDelta::zero())
}

/// Where a link was sent, as it was entered.
pub(crate) fn link_asked(front: &Front, headers: &HeaderMap) -> Option<String> {
    let given = given_cookie(headers, name(front, LINK_ASKED_NAMES))?;
    Some(percent_decode_str(given).decode_utf8().ok()?.into_owned())
}

/// Says to a browser where a link was sent, for as long as it is good.
pub(crate) fn link_asked_cookie(front: &Front, email: &str) -> Option<HeaderValue> {
    let email = utf8_percent_encode(email, NON_ALPHANUMERIC).to_string();
    written(front, LINK_ASKED_NAMES, &email, sign_in_links::LASTS)
}

/// Says to a browser that no link is awaited any more.
pub(crate) fn no_link_asked_cookie(front: &Front) -> Option<HeaderValue> {
    written(front, LINK_ASKED_NAMES, "", TimeDelta::zero())
}

fn written(front: &Front, names: [&'static str; 2], value: &str, lasts: TimeDelta) -> Option<HeaderValue> {
    let secure = if front.is_secure() { "; Secure" } else { "" };
    let (name, seconds) = (name(front, names), lasts.num_seconds());
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{front::public_url, mail::Mail};

    #[test]
    fn what_a_page_asks_by_itself_is_told_from_what_somebody_does() {
        let of = |name: &'static str, value: &'static str| {
            is_by_itself(&HeaderMap::from_iter([(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )]))
        };
        assert!(of("accept", "text/event-stream") && of("seatbook-by-itself", "1"));
        assert!(!of("accept", "text/html,*/*"));
    }

    #[test]
    fn over_tls_cookies_are_this_hosts_alone() {
        let mut front = Front::local(Mail::terminal());
        front.public = Some(public_url("https://seats.example.org").unwrap());
        let secret = Secret::new();
        for (set, name) in [
            (cookie(&front, &secret), "__Host-seatbook="),
            (awaited_cookie(&front, &secret, "/"), "__Host-seatbook-sign-in="),
            (link_asked_cookie(&front, "ada@school.example"), "__Host-seatbook-link="),
            (no_cookie(&front), "__Host-seatbook=;"),
            (no_awaited_cookie(&front), "__Host-seatbook-sign-in=;"),
        ] {
            let set = set.unwrap();
            let set = set.to_str().unwrap();
            assert!(set.starts_with(name) && set.ends_with("; Secure") && set.contains("; Path=/;"), "{set}");
            assert!(set.contains("; HttpOnly") && set.contains("; SameSite=Lax") && !set.contains("Domain"));
        }
        let kept = awaited_cookie(&front, &secret, "/licenses?q=a;b").unwrap();
        let (pair, _) = kept.to_str().unwrap().split_once(';').unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(pair).unwrap());
        let (back, to) = awaited(&front, &headers).unwrap();
        assert_eq!((back.reveal(), to.as_str()), (secret.reveal(), "/licenses?q=a;b"));
        // What anybody on the way could have set without TLS is not looked at.
        let plain = pair.replace("__Host-", "");
        headers.insert(header::COOKIE, HeaderValue::from_str(&plain).unwrap());
        assert!(awaited(&front, &headers).is_none());
    }
}
