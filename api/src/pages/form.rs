//! What somebody has entered into a form.

use axum::extract::{FromRequest, MatchedPath, Request};
use uuid::Uuid;

use crate::{
    State, intake,
    media_type::{content_type, unsupported},
    problem::Problem,
};

/// Bytes of a form that anybody may send: five hundred people who are ticked, and more.
const LONGEST: usize = 128 << 10;

/// The forms that take a list of people.
const WITH_A_LIST: [&str; 2] = ["/licenses/{license_id}/add", "/licenses/{license_id}/remove"];

/// Fields of a form.
const MOST: usize = 1_000;

/// A form's fields, and its bytes: they tell a repeated request from another one. No `Debug`: holds addresses.
pub(crate) struct Form {
    fields: Vec<(String, String)>,
    pub bytes: Vec<u8>,
}

impl FromRequest<State> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &State) -> Result<Self, Problem> {
        let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let longest = if WITH_A_LIST.contains(&path) { state.limits.paste } else { LONGEST };
        Self::read(request, state, longest).await
    }
}

impl Form {
    /// As much as anybody may send, on whichever path.
    pub(super) async fn of_anybody(request: Request, state: &State) -> Result<Self, Problem> {
        Self::read(request, state, LONGEST).await
    }

    async fn read(request: Request, state: &State, longest: usize) -> Result<Self, Problem> {
        let kind = content_type(request.headers());
        if kind.as_deref() != Some("application/x-www-form-urlencoded") {
            return Err(unsupported(kind.as_deref(), "Send the form of the page."));
        }
        let bytes = intake::whole(request.into_body(), longest, state.limits.pace).await?;
        let fields: Vec<(String, String)> = form_urlencoded::parse(&bytes)
            .map(|(name, value)| (name.into(), value.into()))
            .take(MOST + 1)
            .collect();
        if fields.len() > MOST {
            let what = format!("the form has more than {MOST} fields");
            return Err(Problem::invalid("body", what, "Send the form of the page."));
        }
        Ok(Self { fields, bytes })
    }

    /// A field, or nothing entered.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(called, _)| called == name).map_or("", |(_, value)| value.trim())
    }

    /// A field, if something was entered.
    pub(crate) fn maybe(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Every field of a name, as of boxes that were ticked.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(called, _)| called == name).map(|(_, value)| value.as_str())
    }

    /// All of it.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Ids of what was ticked.
    pub(crate) fn ids(&self, name: &str) -> Result<Vec<Uuid>, Problem> {
        let id = |text: &str| {
            let what = format!("\"{}\" is not an id", crate::visible::shortened(text));
            text.parse().map_err(|_| Problem::invalid(name, what, "Load the page again."))
        };
        self.all(name).map(id).collect()
    }
}

/// A form that could not be done. It is shown again as it was filled in, with what is wrong.
pub(crate) struct Refused<At = ()> {
    /// Which of the page's forms.
    pub at: At,
    pub form: Form,
    pub problem: Problem,
}
