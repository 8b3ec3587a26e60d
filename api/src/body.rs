//! Reading requests, with our own errors instead of the framework's.

use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts, Path, Query, RawPathParams, Request},
    http::{StatusCode, request::Parts},
};
use domain::{Code, EmailAddress, LicenseId};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    State, intake, json,
    media_type::{check_charset, content_type, unsupported},
    misfit::{Given, misfit},
    problem::{AS_DESCRIBED, Problem},
    visible::shortened,
};

/// A JSON body, with its bytes: they tell a repeated request from another one.
pub(crate) struct JsonBody<T> {
    pub value: T,
    pub bytes: Vec<u8>,
}

impl<T: DeserializeOwned> FromRequest<State> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &State) -> Result<Self, Problem> {
        let kind = content_type(request.headers());
        // A page of another site can send other types without being asked, but not this one.
        if kind.as_deref() != Some("application/json") {
            return Err(unsupported(kind.as_deref(), "Send application/json."));
        }
        check_charset(request.headers())?;
        let bytes = intake::whole(request.into_body(), state.limits.order, state.limits.pace).await?;
        Ok(Self { value: json::parse(&bytes)?, bytes })
    }
}

/// A JSON body in which nothing has to stand: no body at all says the same as an empty object.
pub(crate) struct MaybeBody<T> {
    pub value: T,
    pub bytes: Vec<u8>,
}

impl<T: DeserializeOwned + Default> FromRequest<State> for MaybeBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &State) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let is_json = content_type(&parts.headers).is_none_or(|kind| kind == "application/json");
        let mut bytes = Vec::new();
        if is_json {
            bytes = intake::whole(body, state.limits.order, state.limits.pace).await?;
            if bytes.is_empty() {
                return Ok(Self { value: T::default(), bytes });
            }
        }
        let JsonBody { value, bytes } =
            JsonBody::from_request(Request::from_parts(parts, Body::from(bytes)), state).await?;
        Ok(Self { value, bytes })
    }
}

/// The query string.
pub(crate) struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if let Ok(Query(value)) = Query::try_from_uri(&parts.uri) {
            return Ok(Self(value));
        }
        let pairs = Query::try_from_uri(&parts.uri).map(|Query(pairs)| pairs).unwrap_or_default();
        Err(match misfit::<T>(&Given::query(pairs)) {
            Some(misfit) => Problem::unreadable(&misfit.to_string(), misfit.hint),
            None => Problem::unreadable("The query string does not fit", AS_DESCRIBED),
        })
    }
}

/// The path's parts.
pub(crate) struct PathOf<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for PathOf<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if let Ok(Path(value)) = Path::from_request_parts(parts, state).await {
            return Ok(Self(value));
        }
        // What is not text, or no id where there should be one.
        let given = RawPathParams::from_request_parts(parts, state).await;
        let odd = given.as_ref().ok().and_then(|given| given.iter().find(|(_, id)| !is_id(id)));
        Err(match odd {
            Some((name, text)) => not_an_id(name, text),
            None => not_found("The address holds something that is not UTF-8 text."),
        })
    }
}

/// A part of the path that is no id where there should be one.
pub(crate) fn not_an_id(name: &str, text: &str) -> Problem {
    not_found(format!("{name}: \"{}\" is not an id.", shortened(text)))
}

fn not_found(detail: impl Into<String>) -> Problem {
    let hint = "Ids look like 01920000-0000-7000-8000-000000000000; lists and answers hold them.";
    Problem::new(StatusCode::NOT_FOUND, "not_found", detail, hint)
}

fn is_id(text: &str) -> bool {
    Uuid::try_parse(text).is_ok()
}

/// The license in the path.
pub(crate) type OnLicense = PathOf<LicenseId>;

/// An address in a request.
pub(crate) fn email(field: &str, text: &str) -> Result<EmailAddress, Problem> {
    EmailAddress::parse(text).map_err(|error| Problem::invalid_email(field, &error))
}

/// What a command did.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Done {
    /// The outcome code.
    pub code: String,
    /// What came of it, in a sentence.
    pub detail: String,
    /// What may not be meant so, although it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// The log's position that includes it.
    pub position: u64,
    /// The thing that it was about, if it has an id of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
}

impl From<commands::Reply> for Done {
    fn from(reply: commands::Reply) -> Self {
        let (code, detail) = (reply.code.as_str().to_owned(), reply.code.meaning().to_owned());
        Self { code, detail, warning: None, position: reply.position, id: reply.id }
    }
}

impl Done {
    /// Says what was so already, where nothing has changed.
    pub(crate) fn or_so_already(self, so: impl FnOnce() -> String) -> Self {
        if self.code != Code::Unchanged.as_str() {
            return self;
        }
        Self { detail: format!("Nothing has changed: {}.", so()), ..self }
    }
}
