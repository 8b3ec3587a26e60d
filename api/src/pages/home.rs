//! `/`: where everybody begins; and what is everybody's: light or dark, signing out.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};

use super::{
    form::Form,
    visit::{Order, SIGN_IN, THEME, Visit, ours},
};
use projections::licenses::LicensesQuery;

use crate::{asker::Asker, network::no_cookie, problem::Problem, sign_in::out};

/// To the licenses; whoever has none to look after, to what is their own.
pub(super) async fn begin(visit: Visit) -> Result<Redirect, Problem> {
    let (of, only) = (visit.viewer.of(), visit.viewer.only());
    let sees_all = of.is_none();
    let query = LicensesQuery { of, only, limit: 1, ..LicensesQuery::default() };
    let page = visit.state.query(move |conn| query.run(conn)).await?;
    Ok(Redirect::to(if sees_all || !page.items.is_empty() { "/licenses" } else { "/account" }))
}

/// Light, dark, or as the system says; then back to where one was.
pub(super) async fn set_theme(visit: Visit, form: Form) -> Response {
    let theme = match form.text("theme") {
        theme @ ("light" | "dark") => theme,
        _ => "auto",
    };
    let secure = if visit.state.front.is_secure() { "; Secure" } else { "" };
    let cookie = format!("{THEME}={theme}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}");
    let mut answer = Redirect::to(ours(form.text("here")).unwrap_or("/")).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    answer
}

/// Ends the session. The page that follows tells those that stand open in other tabs.
pub(super) async fn sign_out(order: Order, asker: Asker) -> Result<Response, Problem> {
    let state = &order.visit.state;
    out(state, &asker).await?;
    let mut answer = Redirect::to(&format!("{SIGN_IN}?out=1")).into_response();
    if let Some(cookie) = no_cookie(&state.front) {
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(answer)
}
