//! The page behind a link. It needs no script: without one, the code is entered by hand.

use axum::{
    body::Body,
    extract::{Query, State as With},
    http::{StatusCode, Uri, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use super::{begin, with_cookie};
use crate::{State, asker::Asker, intake, network::cookie, problem::Problem};

const PAGE: &str = include_str!("page.html");
const SCRIPT: &str = include_str!("page.js");
/// Where to go once signed in: who one is.
const AFTER: &str = "/api/v1/me";

const STYLE: &str = include_str!("page.css");

pub(crate) fn router() -> axum::Router<State> {
    let script = || async { ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT) };
    let style = || async { ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE) };
    axum::Router::new()
        .route("/sign-in", get(show).post(press))
        .route("/sign-in/page.js", get(script))
        .route("/sign-in/page.css", get(style))
}

/// Looking uses nothing up.
async fn show() -> Html<String> {
    Html(PAGE.replace("<!-- note -->", ""))
}

#[derive(Deserialize)]
struct Pressed {
    code: String,
}

/// The button.
async fn press(With(state): With<State>, asker: Asker, body: Body) -> Response {
    let signed_in = async {
        let form = intake::whole(body, state.limits.order, state.limits.pace).await?;
        begin(&state, &asker, &code_in(&form)?).await
    };
    match signed_in.await {
        Ok((secret, _)) => with_cookie(Redirect::to(AFTER), cookie(&state.front, &secret)),
        Err(problem) => {
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            // Both are sentences of ours, and hold nothing that somebody sent.
            let note = format!("<p role=\"alert\">{} {}</p>", problem.detail, problem.hint);
            (status, Html(PAGE.replace("<!-- note -->", &note))).into_response()
        }
    }
}

/// A form is written like the query of an address.
fn code_in(form: &[u8]) -> Result<String, Problem> {
    let text = String::from_utf8_lossy(form);
    let read = Uri::try_from(format!("/?{text}")).ok().and_then(|uri| Query::try_from_uri(&uri).ok());
    let missing = || Problem::invalid("code", "the form does not hold it", "Enter the code of the letter.");
    read.map(|Query(Pressed { code })| code).ok_or_else(missing)
}
