//! Errors as RFC 9457 problems, with the same codes as everywhere.

mod of_errors;

use axum::{
    Extension, Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{Code, EmailError, ImportId, LicenseId, email::sentence};
use eventlog::Position;
use serde::Serialize;
use uuid::Uuid;

use crate::{sentence::begun, visible::shortened};

/// An error, as it is answered.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// An address that names the kind of error: `/problems/` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the kind of error is.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened.
    pub detail: String,
    /// The stable code.
    pub code: String,
    /// What to do.
    pub hint: String,
    /// The log's position where the refusal stands in the history, if it was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// What happened, for those who come over the network, where the detail is for whoever runs the service: in which
    /// folder, say.
    #[serde(skip)]
    pub(crate) to_others: Option<&'static str>,
}

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        code: &str,
        detail: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            kind: format!("/problems/{code}"),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: begun(&detail.into()),
            code: code.to_owned(),
            hint: hint.into(),
            position: None,
            to_others: None,
        }
    }

    /// With what those are told who come over the network.
    pub(crate) fn telling_others(self, detail: &'static str) -> Self {
        Self { to_others: Some(detail), ..self }
    }

    /// What those are told who come over the network, where it is something else.
    pub(crate) fn for_others(&self) -> Option<Self> {
        let detail = self.to_others?.to_owned();
        Some(Self { detail, to_others: None, ..self.clone() })
    }

    /// Something in the request that can't be read: where, which value, what to do.
    pub(crate) fn invalid(field: &str, what: impl std::fmt::Display, hint: impl Into<String>) -> Self {
        Self::unreadable(&format!("{field}: {what}"), hint)
    }

    /// The same, where the place is named already.
    pub(crate) fn unreadable(what: &str, hint: impl Into<String>) -> Self {
        let (detail, hint) = (sentence(what), sentence(hint));
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", detail, hint)
    }

    /// A license that is not there.
    pub(crate) fn unknown_license(id: LicenseId) -> Self {
        Self::not_found(Code::UnknownLicense, format!("There is no license {id}."))
    }

    /// An import that is not there.
    pub(crate) fn unknown_import(id: ImportId) -> Self {
        Self::not_found(Code::UnknownImport, format!("There is no import {id}."))
    }

    /// Nobody by this address, or member id.
    pub(crate) fn unknown_person(name: &str) -> Self {
        Self::not_found(Code::UnknownPerson, format!("Nobody is known as {}.", shortened(name)))
    }

    /// Whether it says that nobody is known by an address.
    pub(crate) fn is_unknown_person(&self) -> bool {
        self.code == Code::UnknownPerson.as_str()
    }

    pub(crate) fn is_end_in_past(&self) -> bool {
        self.code == Code::EndInPast.as_str()
    }

    fn not_found(code: Code, detail: String) -> Self {
        Self::new(StatusCode::NOT_FOUND, code.as_str(), detail, domain::refusal::hint(code))
    }

    /// What was asked for is not there yet.
    pub(crate) fn behind(what: &str, at: Position, wanted: Position) -> Self {
        let detail = format!("The {what} is at position {at} and did not reach {wanted} in time.");
        let hint = "Try again in a moment, or leave min_position out.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "behind", detail, hint)
    }

    pub(crate) fn invalid_email(field: &str, error: &EmailError) -> Self {
        let detail = sentence(format!("{field}: {error}"));
        let hint = sentence(error.hint());
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, Code::InvalidEmail.as_str(), detail, hint)
    }

    /// A fault of ours: the log gets the detail, the caller a number to ask for.
    pub(crate) fn internal(error: &dyn std::fmt::Display) -> Self {
        let report = Uuid::now_v7();
        tracing::error!(%report, %error, "a request failed");
        let hint = format!("Try again. If it stays, tell support the report number {report}.");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side.", hint)
    }
}

impl Problem {
    /// A handler panicked: a fault of ours, and the connection goes on.
    pub(crate) fn panicked() -> Self {
        Self::internal(&"a handler panicked")
    }
}

/// The code of the problem that an answer is: for whoever notes what was answered.
#[derive(Clone)]
pub(crate) struct ProblemCode(pub String);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let code = self.code.clone();
        let is_for_good = ["history_diverged", "outgrown"].contains(&code.as_str());
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // Also for whoever makes a page of it.
        let mut response = (status, Extension(self.clone()), Json(self)).into_response();
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response.extensions_mut().insert(ProblemCode(code));
        let more = match status {
            // It never passes by itself.
            StatusCode::SERVICE_UNAVAILABLE if is_for_good => None,
            StatusCode::SERVICE_UNAVAILABLE => Some((header::RETRY_AFTER, "1")),
            StatusCode::TOO_MANY_REQUESTS => Some((header::RETRY_AFTER, "60")),
            StatusCode::UNAUTHORIZED => Some((header::WWW_AUTHENTICATE, "Bearer")),
            // The rest of the body may still be on its way, and is no next request.
            StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE => {
                Some((header::CONNECTION, "close"))
            }
            _ => None,
        };
        if let Some((name, value)) = more {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// What to do about a request that does not fit what is described.
pub(crate) const AS_DESCRIBED: &str = "Compare the request with the API description at /api/openapi.json.";
