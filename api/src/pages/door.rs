//! Asks the table of rights before any page is made.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State as With},
    http::{Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    DOORS,
    failure::{self, Unheard},
    form::Form,
};
use crate::{
    State,
    asker::Asker,
    problem::Problem,
    rights::{self, Right},
};

/// Lets through who may, with as what they come; says to the others why not.
pub(super) async fn let_in(With(state): With<State>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let let_in = match (parts.extensions.get::<Asker>().and_then(Asker::token), behind(&parts.method, path)) {
        (Some(_), _) => Err(for_browsers()),
        (None, Some(right)) => rights::let_in_for(&state, &mut parts, right).await,
        (None, None) => return not_a_page(&parts.method, path, parts.uri.path()),
    };
    match let_in {
        Ok(let_in) => {
            // What staff reads on a page is recorded as what they read by a program.
            let_in.hand_on(&state, Request::from_parts(parts, body), next).await
        }
        Err(problem) => {
            let answer = problem.into_response();
            if answer.status() != StatusCode::UNAUTHORIZED {
                return answer;
            }
            not_heard(answer, &state, Request::from_parts(parts, body)).await
        }
    }
}

/// Keeps the form of an order for which somebody has to sign in first: a list is not typed twice. To sign out once more is no
/// such order.
async fn not_heard(mut answer: Response, state: &State, request: Request) -> Response {
    let pattern = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    if *request.method() != Method::POST
        || pattern == "/sign-out"
        || !failure::wants_a_page(request.uri(), request.headers())
    {
        return answer;
    }
    let page = page_above(pattern, request.uri().path());
    let order = pattern.to_owned();
    // It comes from whoever likes to send one, and goes back to them, written out.
    let form = Form::of_anybody(request, state).await.ok();
    answer.extensions_mut().insert(Arc::new(Unheard { order, form, page }));
    answer
}

/// The row of the table for a page.
fn behind(method: &Method, path: &str) -> Option<&'static Right> {
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    let door = DOORS.iter().find(|(by, at, _)| *by == method.as_str() && *at == path);
    door.and_then(|(_, _, operation)| rights::of(operation))
}

/// An address that only orders go to: somebody who looks at what came of one, and loads that again or comes back to it, is led
/// to the page above it.
fn not_a_page(method: &Method, path: &str, here: &str) -> Response {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    Redirect::to(&page_above(path, here)).into_response()
}

/// The nearest page above an address, whose pattern is given.
fn page_above(path: &str, here: &str) -> String {
    let (mut above, mut length) = (path, path.matches('/').count());
    while behind(&Method::GET, above).is_none() {
        let Some((shorter, _)) = above.rsplit_once('/').filter(|(shorter, _)| !shorter.is_empty()) else {
            return "/".to_owned();
        };
        (above, length) = (shorter, length - 1);
    }
    here.split('/').take(length + 1).collect::<Vec<_>>().join("/")
}

fn for_browsers() -> Problem {
    let hint = "Ask the API, which is described at /api/openapi.json.";
    Problem::new(StatusCode::FORBIDDEN, "token_scope", "Pages are for people who have signed in.", hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn above_every_order_stands_a_page() {
        for (method, path, _) in DOORS {
            if *method == "POST" && behind(&Method::GET, path).is_none() {
                let above = page_above(path, path);
                assert!(behind(&Method::GET, &above).is_some(), "{path}: {above}");
            }
        }
        let (path, here) = ("/licenses/{license_id}/add/csv/check", "/licenses/7/add/csv/check");
        assert_eq!(page_above(path, here), "/licenses/7/add/csv");
        assert_eq!(page_above("/account/join", "/account/join"), "/account");
    }

    #[test]
    fn behind_every_page_stands_an_operation_of_the_table() {
        for (method, path, operation) in DOORS {
            assert!(rights::of(operation).is_some(), "{method} {path}: {operation}");
        }
    }
}
