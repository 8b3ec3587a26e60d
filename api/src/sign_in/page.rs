//! The page where people sign in. It needs no script: without one, the code is entered by hand.

use askama::Template;
use axum::{
    extract::State as With,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use chrono::TimeDelta;
use serde::Deserialize;

use super::{SENT, ask, begin, with_cookie, with_provider};
use crate::{
    State,
    asker::Asker,
    body::{Params, email},
    browser::Browser,
    front::Front,
    network::{cookie, link_asked, link_asked_cookie, no_link_asked_cookie},
    oidc::Settings,
    pages::{Form, Plain, counted, html, ours},
    problem::Problem,
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    plain: Plain,
    /// Where to go once signed in.
    to: String,
    /// What was entered.
    email: String,
    /// Whether a link was asked for.
    is_sent: bool,
    /// Whether somebody has signed out just now.
    is_out: bool,
    /// Who is signed in already.
    signed_in: Option<String>,
    /// How long a session lasts, and how long without use, in words.
    lasts: [String; 2],
    /// At which providers people can show who they are.
    providers: Vec<Button>,
    problem: Option<Problem>,
    /// In which field.
    wrong: Wrong,
}

/// The field that a problem is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Neither,
    Email,
    Code,
}

/// The button of a provider.
struct Button {
    name: String,
    label: String,
}

pub(crate) fn router() -> axum::Router<State> {
    axum::Router::new()
        .route(super::PAGE, get(show).post(press))
        .route(super::LINK, post(send))
        .merge(with_provider::router())
}

/// The page once more, with what went wrong.
pub(super) fn again(state: &State, problem: Problem) -> Response {
    Page::new(&state.front, AFTER).with(problem, Wrong::Neither).unwrap_or_else(IntoResponse::into_response)
}

/// How the page is asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    to: Option<String>,
    sent: Option<String>,
    out: Option<String>,
}

/// Where people find what is theirs.
pub(super) const AFTER: &str = "/";

impl Page {
    fn new(front: &Front, to: &str) -> Self {
        let plain = Plain::of(front, "Sign in");
        let (to, email) = (ours(to).unwrap_or(AFTER).to_owned(), String::new());
        let button = |provider: &Settings| Button {
            name: provider.name.as_str().to_owned(),
            label: provider.label.clone(),
        };
        let providers = front.providers.iter().map(button).collect();
        let lasts = [front.sessions.whole, front.sessions.idle].map(span);
        let (is_sent, is_out, signed_in) = (false, false, None);
        let (problem, wrong) = (None, Wrong::Neither);
        Self { plain, to, email, is_sent, is_out, signed_in, lasts, providers, problem, wrong }
    }

    /// As who asks by a program is told it; the address is what was entered, whoever that is.
    fn sent(&self) -> String {
        if self.email.is_empty() { SENT.to_owned() } else { SENT.replace("this address", &self.email) }
    }

    fn with(self, problem: Problem, wrong: Wrong) -> Result<Response, Problem> {
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let page = html(&Self { problem: Some(problem), wrong, ..self })?;
        Ok((status, page).into_response())
    }
}

/// A time that an operator gave in minutes or hours.
fn span(time: TimeDelta) -> String {
    let minutes = u64::try_from(time.num_minutes()).unwrap_or(0);
    if minutes.is_multiple_of(60) { counted(minutes / 60, "hour") } else { counted(minutes, "minute") }
}

/// Looking uses nothing up.
async fn show(
    With(state): With<State>,
    asker: Asker,
    headers: HeaderMap,
    Params(way): Params<Asked>,
) -> Result<Response, Problem> {
    let page = Page::new(&state.front, way.to.as_deref().unwrap_or(AFTER));
    let (is_sent, is_out) = (way.sent.is_some(), way.out.is_some());
    let email = if is_sent { link_asked(&state.front, &headers).unwrap_or_default() } else { page.email };
    let signed_in = asker.session().map(|session| session.person.as_spelled().to_owned());
    html(&Page { email, is_sent, is_out, signed_in, ..page })
}

/// Asks for a link.
async fn send(With(state): With<State>, form: Form) -> Result<Response, Problem> {
    let page = Page::new(&state.front, form.text("to"));
    match email("E-mail", form.text("email")) {
        Ok(person) => {
            ask(&state, person);
            let to = percent_encoding::utf8_percent_encode(&page.to, percent_encoding::NON_ALPHANUMERIC);
            let answer = Redirect::to(&format!("/sign-in?sent=1&to={to}"));
            // Not in the address of the page, which stands in histories and logs.
            Ok(with_cookie(answer, link_asked_cookie(&state.front, form.text("email"))))
        }
        Err(problem) => Page { email: form.text("email").to_owned(), ..page }.with(problem, Wrong::Email),
    }
}

/// The button.
async fn press(
    With(state): With<State>,
    asker: Asker,
    Browser(browser): Browser,
    form: Form,
) -> Result<Response, Problem> {
    let page = Page::new(&state.front, form.text("to"));
    let code = form.maybe("code").ok_or_else(|| {
        Problem::invalid("code", "the form does not hold it", "Enter the code in the e-mail.")
    });
    let signed_in = match code {
        Ok(code) => begin(&state, &asker, browser, &code).await,
        Err(problem) => Err(problem),
    };
    match signed_in {
        Ok((secret, _)) => {
            let answer = with_cookie(Redirect::to(&page.to), cookie(&state.front, &secret));
            Ok(with_cookie(answer, no_link_asked_cookie(&state.front)))
        }
        Err(problem) => page.with(problem, Wrong::Code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_one_stays_is_told_as_it_is_set() {
        assert_eq!(span(TimeDelta::hours(12)), "12 hours");
        assert_eq!(
            [1, 30, 60, 90].map(|n| span(TimeDelta::minutes(n))),
            ["1 minute", "30 minutes", "1 hour", "90 minutes"]
        );
    }
}
