//! Reading requests, with our own errors instead of the framework's.

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::request::Parts,
};
use domain::{EmailAddress, LicenseId};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::problem::Problem;

/// A JSON body, with its bytes: they tell a repeated request from another one.
pub(crate) struct JsonBody<T> {
    pub value: T,
    pub bytes: Bytes,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), state).await;
        let bytes = bytes
            .map_err(|e| Problem::new(e.status(), "body_unreadable", e.body_text(), "Send it again."))?;
        let again = Request::from_parts(parts, axum::body::Body::from(bytes.clone()));
        let Json(value) = Json::<T>::from_request(again, state).await?;
        Ok(Self { value, bytes })
    }
}

/// The query string.
pub(crate) struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(value) = Query::from_request_parts(parts, state).await?;
        Ok(Self(value))
    }
}

/// The path's parts.
pub(crate) struct PathOf<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for PathOf<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(value) = Path::from_request_parts(parts, state).await?;
        Ok(Self(value))
    }
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
    /// The log's position that includes it.
    pub position: u64,
    /// The thing that it was about, if it has an id of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
}

impl From<commands::Reply> for Done {
    fn from(reply: commands::Reply) -> Self {
        Self { code: reply.code.as_str().to_owned(), position: reply.position, id: reply.id }
    }
}
