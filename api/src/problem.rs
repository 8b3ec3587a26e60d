//! Errors as RFC 9457 problems, with the same codes as everywhere.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use commands::{CommandError, import::InputError, uploads::DISK_FULL};
use domain::{Code, EmailError, ImportId, LicenseId, Refusal, email::sentence};
use eventlog::{LogError, Position};
use projections::QueryError;
use serde::Serialize;
use uuid::Uuid;

use crate::misfit::shortened;

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
            detail: detail.into(),
            code: code.to_owned(),
            hint: hint.into(),
            position: None,
        }
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

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        let more = match status {
            StatusCode::SERVICE_UNAVAILABLE => Some((header::RETRY_AFTER, "1")),
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

/// With a capital letter, as a sentence begins: for a message that does not begin with a value.
fn capital(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next();
    first.into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.code() {
            Code::NotPermitted => StatusCode::FORBIDDEN,
            Code::UnknownLicense | Code::UnknownImport | Code::KeyUnknown => StatusCode::NOT_FOUND,
            Code::KeyMistyped => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::CONFLICT,
        };
        Self::new(status, refusal.code().as_str(), refusal.to_string(), refusal.hint())
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        Self::from(&error)
    }
}

impl From<&CommandError> for Problem {
    fn from(error: &CommandError) -> Self {
        match error {
            CommandError::Refused { refusal, position } => {
                Self { position: *position, ..refusal.clone().into() }
            }
            CommandError::InvalidEmail(error) => Self::invalid_email("email", error),
            CommandError::Input(error) => {
                let status = match error {
                    InputError::NoRoom => StatusCode::INSUFFICIENT_STORAGE,
                    _ => StatusCode::UNPROCESSABLE_ENTITY,
                };
                Self::new(status, error.code(), sentence(capital(&error.to_string())), error.hint())
            }
            CommandError::CommandReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                sentence(error.to_string()),
                "Use a new key for a new request, and this one only to repeat the first just as it was.",
            ),
            CommandError::Busy => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                sentence(error.to_string()),
                "Try again in a moment; with the same Idempotency-Key nothing happens twice.",
            ),
            CommandError::Log(error) => error.clone().into(),
        }
    }
}

impl From<LogError> for Problem {
    fn from(error: LogError) -> Self {
        match error {
            LogError::DiskFull => Self::new(
                StatusCode::INSUFFICIENT_STORAGE,
                DISK_FULL,
                "The disk that holds the database is full; this was not written.",
                "Free some space, or ask the operator to, and try again.",
            ),
            LogError::Stopped(_) | LogError::InUse { .. } | LogError::Diverged { .. } => {
                tracing::error!(%error, "the log does not answer");
                let detail = "The service is stopping, or can't reach its database.";
                let hint = "Try again in a moment; with the same Idempotency-Key nothing happens twice.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail, hint)
            }
            LogError::Damaged { .. } | LogError::Unopened { .. } | LogError::Database(_) => {
                Self::internal(&error)
            }
        }
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::StaleCursor => Self::new(
                StatusCode::BAD_REQUEST,
                "stale_cursor",
                sentence(error.to_string()),
                "Begin again without a cursor.",
            ),
            QueryError::NotOffered { what, instead } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "not_offered", sentence(what), instead)
            }
            QueryError::Behind { at, wanted, why: None } => Self::behind("list", at, wanted),
            QueryError::Behind { at, wanted, why: Some(why) } => {
                let behind = Self::behind("list", at, wanted);
                let detail = format!("{} It is held up: {}", behind.detail, sentence(why));
                let hint = "It goes on by itself once it can. The operator sees it under /readyz.";
                Self { detail, hint: hint.to_owned(), ..behind }
            }
            QueryError::Stopped { name, .. } => {
                tracing::error!(%error, "a read model does not answer");
                let detail = format!("The list \"{name}\" has stopped and waits for the operator.");
                let hint = "The operator sees why under `seatbook projections status`.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "read_model_stopped", detail, hint)
            }
            QueryError::Diverged { name } => {
                tracing::error!(%error, "a read model does not answer");
                let detail = format!(
                    "The list \"{name}\" was made from another history than the database holds now, \
                     as after a backup was restored."
                );
                let hint = "The operator makes it anew from the database: `seatbook projections rebuild`.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "history_diverged", detail, hint)
            }
            QueryError::Log(error) => error.into(),
        }
    }
}

/// What to do about a request that does not fit what is described.
pub(crate) const AS_DESCRIBED: &str = "Compare the request with the API description at /api/openapi.json.";
