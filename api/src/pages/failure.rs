//! What goes wrong, as a page: to whoever looks at pages, and not to programs.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{FromRequestParts, Request, State as With},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use domain::{Code, LicenseId};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    SIGN_IN,
    form::Form,
    frame::{Frame, Plain},
    visit::{Visit, html},
    words,
};
use crate::{State, asker::Asker, problem::Problem, rights, visible::shortened};

/// A page about what went wrong, to whom nobody knows.
#[derive(Template)]
#[template(path = "failure.html")]
struct Failure {
    plain: Plain,
    what: What,
}

/// The same to somebody who has signed in, in the frame of all pages.
#[derive(Template)]
#[template(path = "failure_framed.html")]
struct Framed {
    frame: Frame,
    what: What,
}

/// Makes pages of problems. A person who has to sign in first is asked to.
pub(crate) async fn shown(With(state): With<State>, request: Request, next: Next) -> Response {
    if !wants_a_page(request.uri(), request.headers()) {
        return next.run(request).await;
    }
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let headers = request.headers().clone();
    let mut answer = next.run(request).await;
    let Some(problem) = answer.extensions_mut().remove::<Problem>() else { return answer };
    if answer.status() == StatusCode::UNAUTHORIZED {
        let unheard = answer.extensions_mut().remove::<Arc<Unheard>>();
        let made = match unheard {
            Some(unheard) => signed_out(&state, &uri, &unheard),
            None => Redirect::to(&sign_in(&method, &uri)).into_response(),
        };
        let status = made.status();
        let mut answer = in_place_of(answer, made);
        *answer.status_mut() = status;
        return answer;
    }
    let asker = answer.extensions_mut().remove::<Asker>();
    let visit = match asker {
        // What fails here may fail for the frame, too.
        Some(asker) if !answer.status().is_server_error() => visit(&state, asker, &uri, headers).await,
        _ => None,
    };
    match page(&state, visit, &method, &uri, problem).await {
        Ok(page) => in_place_of(answer, page),
        Err(_) => answer,
    }
}

/// A page in place of an answer to programs, with what the door has put beside that: policies, and that nobody keeps it.
fn in_place_of(answer: Response, page: Response) -> Response {
    let (mut parts, _) = answer.into_parts();
    let (made, body) = page.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.extend(made.headers);
    Response::from_parts(parts, body)
}

/// As whom somebody looks at what went wrong: as on any page for everybody who has signed in.
async fn visit(state: &State, asker: Asker, uri: &Uri, headers: HeaderMap) -> Option<Visit> {
    asker.session()?;
    let (mut parts, ()) = axum::http::Request::new(()).into_parts();
    (parts.uri, parts.headers) = (uri.clone(), headers);
    parts.extensions.insert(asker);
    let let_in = rights::let_in_for(state, &mut parts, rights::of("who_am_i")?).await.ok()?;
    parts.extensions.insert(let_in.viewer);
    Visit::from_request_parts(&mut parts, state).await.ok()
}

async fn page(
    state: &State,
    visit: Option<Visit>,
    method: &Method,
    uri: &Uri,
    problem: Problem,
) -> Result<Response, Problem> {
    let person = visit.as_ref().map(|visit| visit.email.as_spelled());
    let what = What::of(problem, person, method, uri, state.front.contact.clone());
    let Some(visit) = visit else {
        return html(&Failure { plain: Plain::of(&state.front, what.title.clone()), what });
    };
    let frame = visit.frame(what.title.clone()).await?;
    visit.page(&Framed { frame, what })
}

/// What went wrong, for people.
struct What {
    title: String,
    detail: String,
    /// As whom they asked, where that is why.
    whose: Option<String>,
    hint: String,
    /// Where to go on: the first of them most likely.
    ways: Vec<(String, &'static str)>,
    code: String,
}

impl What {
    fn of(
        problem: Problem,
        person: Option<&str>,
        method: &Method,
        uri: &Uri,
        contact: Option<String>,
    ) -> Self {
        let Problem { title, detail, hint, code, .. } = problem;
        let ways = vec![("/".to_owned(), "To your licenses")];
        let what = match (problem.status, person) {
            (404, _) => Self::missing(detail, person, code, (method, uri)),
            (403, Some(person)) if code == Code::NotPermitted.as_str() => {
                Self::forbidden(detail, person, hint, method, uri)
            }
            (status, _) => {
                Self { title: in_words(status, method, title), detail, whose: None, hint, ways, code }
            }
        };
        let contact = contact.filter(|_| person.is_some()).map(|contact| (contact, "Contact"));
        Self { ways: what.ways.into_iter().chain(contact).collect(), ..what }
    }

    /// It is not there, or not for whoever looks. What programs are told to do about it, people do on pages.
    fn missing(detail: String, person: Option<&str>, code: String, (method, uri): (&Method, &Uri)) -> Self {
        let detail = match code.as_str() {
            "not_found" => format!("There is nothing at {}.", shortened(uri.path())),
            _ => detail,
        };
        let mut ways = vec![("/".to_owned(), "To your licenses")];
        let looks = *method == Method::GET;
        let (title, hint) = if looks {
            ("There is nothing here", "Look at the address again, or begin at your licenses.")
        } else {
            ("This could not be done", "Nothing was changed.")
        };
        let mut hint = hint.to_owned();
        if person.is_some() {
            hint.push_str(
                " What is of a license is shown to those who have a role on it, and changed by them.",
            );
            if let Some(license) = license_above(uri).filter(|_| code != Code::UnknownLicense.as_str()) {
                ways.insert(0, (license, "To the license"));
            }
            ways.push((back_to(&here(uri)), "Use another account"));
        }
        let whose = person.map(|person| format!("You are signed in as {person}."));
        Self { title: title.to_owned(), detail, whose, hint, ways, code }
    }

    /// It is there, and for others.
    fn forbidden(detail: String, person: &str, hint: String, method: &Method, uri: &Uri) -> Self {
        let looks = *method == Method::GET;
        let (title, what) =
            if looks { ("You may not see this", "see") } else { ("You may not do this", "do") };
        // Who has no place on a license is told that there is none.
        let license = license_above(uri).map(|license| (license, "To the license"));
        let others = [
            ("/account".to_owned(), "Account & Settings"),
            (if looks { back_to(&here(uri)) } else { SIGN_IN.to_owned() }, "Use another account"),
        ];
        let ways = license.into_iter().chain(others).collect();
        let whose = Some(format!("You are signed in as {person}, who may not {what} this."));
        let code = Code::NotPermitted.as_str().to_owned();
        Self { title: title.to_owned(), detail, whose, hint, ways, code }
    }
}

/// A title that says what is the matter, in place of the protocol's own word for it.
fn in_words(status: u16, method: &Method, title: String) -> String {
    match status {
        400 | 422 if *method == Method::GET => "This can't be shown".to_owned(),
        400 | 409 | 422 => "This could not be done".to_owned(),
        413 => "This is too much at once".to_owned(),
        500.. => "Something went wrong".to_owned(),
        _ => title,
    }
}

/// The license that a page is of.
fn license_above(uri: &Uri) -> Option<String> {
    let (id, _) = uri.path().strip_prefix("/licenses/")?.split_once('/')?;
    let id: LicenseId = id.parse().ok()?;
    Some(format!("/licenses/{id}"))
}

/// An order that nobody was signed in for.
pub(super) struct Unheard {
    /// The pattern of its address.
    pub order: String,
    /// As the page's form sent it; files are not taken in.
    pub form: Option<Form>,
    /// The page where it was given.
    pub page: String,
}

/// Says that an order was not heard, and has the form with all that was entered, to be sent again.
#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOut<'a> {
    plain: Plain,
    /// What the button says on the page.
    order: Option<&'static str>,
    form: Option<&'a Form>,
    /// What was entered where people see it, by the fields' labels.
    entered: Vec<(&'static str, String)>,
    to: String,
    sign_in: String,
}

fn signed_out(state: &State, uri: &Uri, unheard: &Unheard) -> Response {
    let plain = Plain::of(&state.front, "You were signed out");
    let form = unheard.form.as_ref();
    let order = words::order(&unheard.order, form.map_or("", |form| form.text("do")));
    let labelled = |(name, value): (&str, &str)| {
        let lines: Vec<&str> = value.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        Some((words::label(name)?, shortened(&lines.join(", "))))
    };
    let entered = form.into_iter().flat_map(Form::pairs).filter(|(_, value)| !value.trim().is_empty());
    let entered = entered.filter_map(labelled).collect();
    let page = SignedOut { plain, order, form, entered, to: here(uri), sign_in: back_to(&unheard.page) };
    let mut answer = html(&page).unwrap_or_else(IntoResponse::into_response);
    *answer.status_mut() = StatusCode::UNAUTHORIZED;
    answer
}

/// A browser that looks at a page; what scripts and programs ask for is read by them.
pub(super) fn wants_a_page(uri: &Uri, headers: &HeaderMap) -> bool {
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    !uri.path().starts_with("/api/") && accepts.is_some_and(|accept| accept.contains("text/html"))
}

/// Where to sign in, to come back afterwards. An order is not repeated.
fn sign_in(method: &Method, uri: &Uri) -> String {
    let here = here(uri);
    if *method != Method::GET || here == "/" {
        return SIGN_IN.to_owned();
    }
    back_to(&here)
}

fn here(uri: &Uri) -> String {
    uri.path_and_query().map(ToString::to_string).unwrap_or_default()
}

fn back_to(here: &str) -> String {
    format!("{SIGN_IN}?to={}", utf8_percent_encode(here, NON_ALPHANUMERIC))
}
