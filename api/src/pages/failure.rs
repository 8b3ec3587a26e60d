//! What goes wrong, as a page: to whoever looks at pages, and not to programs.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::Request,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{SIGN_IN, form::Form, frame::Plain, visit::html};
use crate::problem::Problem;

/// A page about what went wrong.
#[derive(Template)]
#[template(path = "failure.html")]
struct Failure {
    plain: Plain,
    problem: Problem,
    /// Whether it is not there, or not for whoever looks.
    is_missing: bool,
}

/// Makes pages of problems. A person who has to sign in first is asked to.
pub(crate) async fn shown(request: Request, next: Next) -> Response {
    if !wants_a_page(request.uri(), request.headers()) {
        return next.run(request).await;
    }
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let mut answer = next.run(request).await;
    let Some(problem) = answer.extensions_mut().remove::<Problem>() else { return answer };
    if answer.status() == StatusCode::UNAUTHORIZED {
        let unheard = answer.extensions_mut().remove::<Arc<Unheard>>();
        return match unheard {
            Some(unheard) => signed_out(&uri, &unheard),
            None => Redirect::to(&sign_in(&method, &uri)).into_response(),
        };
    }
    let is_missing = matches!(answer.status(), StatusCode::NOT_FOUND);
    let title = if is_missing { "Not found" } else { &problem.title }.to_owned();
    let page = Failure { plain: Plain { title, help: None, contact: None }, problem, is_missing };
    let Ok(page) = html(&page) else { return answer };
    let (mut parts, _) = answer.into_parts();
    let (made, body) = page.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(made.headers);
    Response::from_parts(parts, body)
}

/// An order that nobody was signed in for.
pub(super) struct Unheard {
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
    form: Option<&'a Form>,
    to: String,
    sign_in: String,
}

fn signed_out(uri: &Uri, unheard: &Unheard) -> Response {
    let plain = Plain { title: "You were signed out".to_owned(), help: None, contact: None };
    let to = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let page = SignedOut { plain, form: unheard.form.as_ref(), to, sign_in: back_to(&unheard.page) };
    let mut answer = html(&page).unwrap_or_else(IntoResponse::into_response);
    *answer.status_mut() = StatusCode::UNAUTHORIZED;
    answer
}

/// A browser that looks at a page; what scripts and programs ask for is read by them.
fn wants_a_page(uri: &Uri, headers: &HeaderMap) -> bool {
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    !uri.path().starts_with("/api/") && accepts.is_some_and(|accept| accept.contains("text/html"))
}

/// Where to sign in, to come back afterwards. An order is not repeated.
fn sign_in(method: &Method, uri: &Uri) -> String {
    let here = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    if *method != Method::GET || here == "/" {
        return SIGN_IN.to_owned();
    }
    back_to(&here)
}

fn back_to(here: &str) -> String {
    format!("{SIGN_IN}?to={}", utf8_percent_encode(here, NON_ALPHANUMERIC))
}
