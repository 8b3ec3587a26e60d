//! Somebody who looks at a page, and the answer that they get.

use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, StatusCode, Uri, header, request::Parts},
    response::{Html, IntoResponse, Response},
};
use domain::EmailAddress;
use projections::invites::InvitesQuery;

use super::{frame::Frame, toast::Toast};
use crate::{State, asker::Asker, caller::Caller, problem::Problem, rights::Viewer};

/// Where people sign in.
pub(crate) const SIGN_IN: &str = "/sign-in";

/// The header of a script that goes to the address in the answer by itself.
const LEADS: &str = "seatbook-leads";

/// The cookie that says whether somebody wants the pages light or dark, whatever their system says.
pub(super) const THEME: &str = "seatbook-theme";

/// Somebody who has signed in and looks at a page. No `Debug`: holds an address.
pub(crate) struct Visit {
    pub state: State,
    pub viewer: Viewer,
    pub email: EmailAddress,
    /// What came of what they did before.
    told: Option<Toast>,
    theme: &'static str,
    /// Whether a script of ours leads them on: one that follows by itself would be told what the page is to tell.
    by_script: bool,
    /// Where they are: the address of the page.
    pub here: String,
    /// The page of ours that they come from.
    pub from: Option<String>,
    /// Whether they gave an order: its address shows no page by itself.
    is_order: bool,
}

impl FromRequestParts<State> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let viewer = Viewer::from_request_parts(parts, state).await?;
        let asker = Asker::from_request_parts(parts, state).await?;
        // Whoever can open the database asks on the command line; a page is somebody's.
        let here = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        let person = asker.signed_in().ok_or_else(crate::caller::nobody_named)?;
        Ok(Self {
            state: state.clone(),
            viewer,
            email: person.email.clone(),
            told: Toast::waiting(&parts.headers, &state.front),
            theme: theme(&parts.headers),
            by_script: parts.headers.contains_key(LEADS),
            here,
            from: page_before(&parts.headers),
            is_order: parts.method != Method::GET,
        })
    }
}

/// Only its path is taken, whoever told it: that leads nowhere else.
fn page_before(headers: &HeaderMap) -> Option<String> {
    let told: Uri = headers.get(header::REFERER)?.to_str().ok()?.parse().ok()?;
    ours(told.path_and_query()?.as_str()).map(str::to_owned)
}

fn theme(headers: &HeaderMap) -> &'static str {
    let said = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let said = said.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    match said.filter(|(name, _)| *name == THEME).map(|(_, value)| value).next() {
        Some("light") => "light",
        Some("dark") => "dark",
        _ => "auto",
    }
}

impl Visit {
    /// Waits, for a bounded time, until these lists show what was done before this page. Later than that, the page says
    /// what it knows.
    pub(crate) async fn sees(&self, models: &[&'static str]) {
        let position = self.told.as_ref().map(|told| told.position);
        drop(self.state.reached(models, position).await);
    }

    /// What stands around a page.
    pub(crate) async fn frame(&self, title: impl Into<String>) -> Result<Frame, Problem> {
        self.sees(&["invites"]).await;
        let invites = match self.viewer.myself() {
            Some(subject) => self.state.query(move |conn| InvitesQuery { subject }.run(conn)).await?.items,
            None => Vec::new(),
        };
        Ok(Frame {
            title: title.into(),
            person: self.email.as_spelled().to_owned(),
            theme: self.theme,
            here: self.here.clone(),
            instead: self.from.clone().filter(|_| self.is_order),
            may_see_installation: self.viewer.may_across("list_installation_audit"),
            waiting: invites.len(),
            notices: invites.into_iter().filter(|invite| !invite.notification_closed).collect(),
            told: self.told.clone(),
            help: self.state.front.help.clone(),
            contact: self.state.front.contact.clone(),
        })
    }

    /// The page.
    pub(crate) fn page(&self, page: &impl Template) -> Result<Response, Problem> {
        let mut answer = html(page)?;
        if self.told.is_some() {
            Toast::forget(&self.state.front, &mut answer);
        }
        Ok(answer)
    }

    /// The page, where something could not be done.
    pub(crate) fn page_with(&self, status: u16, page: &impl Template) -> Result<Response, Problem> {
        let mut answer = self.page(page)?;
        *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Ok(answer)
    }

    /// Another page, where it is told what came of an order.
    pub(crate) fn tell(&self, toast: &Toast, page: &str) -> Response {
        let mut answer = toast.on(&self.state.front, page);
        if self.by_script {
            *answer.status_mut() = StatusCode::NO_CONTENT;
        }
        answer
    }
}

/// An address of ours, and nobody else's. Browsers leave tabs and line breaks out before they look where one leads; as we write
/// addresses, they are of visible ASCII.
pub(crate) fn ours(to: &str) -> Option<&str> {
    let plain = |to: &&str| to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    Some(to).filter(|to| to.starts_with('/') && !to.starts_with("//")).filter(plain)
}

/// A page as an answer.
pub(crate) fn html(page: &impl Template) -> Result<Response, Problem> {
    let text = page.render().map_err(|error| Problem::internal(&error))?;
    Ok(Html(text).into_response())
}

/// Somebody who gives an order from a page.
pub(crate) struct Order {
    pub visit: Visit,
    pub caller: Caller,
}

impl FromRequestParts<State> for Order {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let visit = Visit::from_request_parts(parts, state).await?;
        let caller = Caller::from_request_parts(parts, state).await?;
        Ok(Self { visit, caller })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        assert_eq!(ours("/licenses?q=1"), Some("/licenses?q=1"));
        let skipped =
            ["/\t/evil.example", "/\n/evil.example", "/\r\n/evil.example", "/ /evil.example", "/\u{b}/e"];
        let plain = ["", "//evil.example", "https://evil.example", "licenses", "/\\evil.example", "/\u{fc}"];
        for foreign in skipped.into_iter().chain(plain) {
            assert_eq!(ours(foreign), None, "{foreign}");
        }
    }
}
