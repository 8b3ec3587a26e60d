//! What came of an order, told on the page that comes after it.
//!
//! It waits in a cookie of the browser for that page, so no node has to keep it and no address holds it.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use commands::Reply;
use domain::Effect;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::visit::ours;
use crate::{front::Front, problem::Problem};

/// What came of an order, at a glance.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// All of it was done.
    Good,
    /// Nothing changed, and nothing was wrong.
    Neutral,
    /// Some of it was refused.
    Warn,
    /// It was refused.
    Bad,
}

impl Kind {
    /// Its look, and its drawing.
    pub(crate) const fn look(self) -> (&'static str, &'static str) {
        match self {
            Self::Good => ("good", "check"),
            Self::Neutral => ("neutral", "info"),
            Self::Warn => ("warn", "warn"),
            Self::Bad => ("bad", "warn"),
        }
    }
}

/// What is told. No `Debug`: may hold an address.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Toast {
    pub kind: Kind,
    /// What happened.
    pub what: String,
    /// What to do, or what else to know.
    pub hint: String,
    /// The log's position that includes it: what is shown next should, too.
    pub position: u64,
    /// Where to go on: an address of ours and what it is called.
    pub link: Option<(String, String)>,
}

/// Over TLS, browsers let nobody else set it.
const NAMES: [&str; 2] = ["__Host-seatbook-told", "seatbook-told"];

/// Longer ones no browser keeps.
const LONGEST: usize = 3_500;

impl Toast {
    pub(crate) fn good(what: impl Into<String>, position: u64) -> Self {
        Self::of(Kind::Good, what, position)
    }

    /// Nothing changed.
    pub(crate) fn neutral(what: impl Into<String>, position: u64) -> Self {
        Self::of(Kind::Neutral, what, position)
    }

    pub(super) fn of(kind: Kind, what: impl Into<String>, position: u64) -> Self {
        Self { kind, what: what.into(), hint: String::new(), position, link: None }
    }

    pub(crate) fn bad(problem: &Problem) -> Self {
        let told = Self::of(Kind::Bad, problem.detail.clone(), problem.position.unwrap_or(0));
        told.with_hint(problem.hint.clone())
    }

    /// What came of an order, in words of the page where it changed something.
    pub(crate) fn of_told(told: Result<Reply, Problem>, done: impl FnOnce() -> String) -> Self {
        told.map_or_else(|problem| Self::bad(&problem), |reply| Self::of_reply(&reply, done))
    }

    /// The same of an order that was not refused.
    pub(crate) fn of_reply(reply: &Reply, done: impl FnOnce() -> String) -> Self {
        let (kind, what) = match reply.code.effect() {
            Effect::Changed => (Kind::Good, done()),
            Effect::Unchanged => (Kind::Neutral, reply.code.meaning().to_owned()),
            Effect::Refused => (Kind::Bad, reply.code.meaning().to_owned()),
        };
        Self::of(kind, what, reply.position)
    }

    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    pub(crate) fn with_link(self, to: impl Into<String>, called: &str) -> Self {
        Self { link: Some((to.into(), called.to_owned())), ..self }
    }

    /// The page where it is told.
    pub(crate) fn on(&self, front: &Front, page: &str) -> Response {
        let mut answer = Redirect::to(page).into_response();
        let text = serde_json::to_string(self).unwrap_or_default();
        let text = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
        if text.len() <= LONGEST
            && let Some(cookie) = cookie(front, &text, 60)
        {
            answer.headers_mut().append(header::SET_COOKIE, cookie);
        }
        answer
    }

    /// What is to be told on the page that is asked for.
    pub(super) fn waiting(headers: &HeaderMap, front: &Front) -> Option<Self> {
        let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, text) = pairs.find(|(called, _)| *called == name(front))?;
        let text = percent_decode_str(text).decode_utf8().ok()?;
        let told: Self = serde_json::from_str(&text).ok()?;
        // Another site on this machine may have set it: it leads nowhere else.
        let link = told.link.clone().filter(|(to, _)| ours(to).is_some());
        Some(Self { link, ..told })
    }

    /// It was told.
    pub(super) fn forget(front: &Front, answer: &mut Response) {
        if let Some(cookie) = cookie(front, "", 0) {
            answer.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
}

fn name(front: &Front) -> &'static str {
    NAMES[usize::from(!front.is_secure())]
}

fn cookie(front: &Front, value: &str, seconds: u32) -> Option<HeaderValue> {
    let secure = if front.is_secure() { "; Secure" } else { "" };
    let name = name(front);
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Mail;

    #[test]
    fn what_was_told_comes_back_from_the_cookie_and_leads_nowhere_else() {
        let front = Front::local(Mail::terminal());
        let told = |link: &str| {
            let toast = Toast::good("Zoë; \"was\" added, 100%.", 7).with_link(link, "the list");
            let answer = toast.on(&front, "/licenses");
            let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
            let pair = cookie.split_once(';').unwrap().0.to_owned();
            let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&pair).unwrap())]);
            Toast::waiting(&headers, &front).unwrap()
        };
        let toast = told("/licenses");
        assert_eq!((toast.what.as_str(), toast.position), ("Zoë; \"was\" added, 100%.", 7));
        assert_eq!(toast.link.unwrap().0, "/licenses");
        assert!(told("//evil.example").link.is_none() && told("https://evil.example").link.is_none());
    }
}
