//! `/api/v1/log`: the history as auditors verify it.

pub(crate) mod anew;
pub(crate) mod export;
pub(crate) mod proofs;
pub(crate) mod tiles;

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use transparency::Finding;

/// In the head of an answer: what does not hold beside what is in the answer, each in a value of its own.
pub(crate) const FINDINGS: HeaderName = HeaderName::from_static("seatbook-findings");

/// In the head of an answer: what whoever keeps it should know, and is no finding.
pub(crate) const NOTES: HeaderName = HeaderName::from_static("seatbook-notes");

/// A finding as it stands there.
pub(crate) fn as_said(finding: &Finding) -> String {
    match finding.position {
        Some(position) => format!("event {position}: {}", finding.what),
        None => finding.what.clone(),
    }
}

/// A finding that stands there.
pub(crate) fn as_found(said: String) -> Finding {
    let event = said.strip_prefix("event ").and_then(|rest| rest.split_once(": "));
    match event.and_then(|(position, what)| Some((position.parse().ok()?, what))) {
        Some((position, what)) => Finding { position: Some(position), what: what.to_owned() },
        None => Finding { position: None, what: said },
    }
}

/// An answer with sentences in its head.
fn with_said(
    mut response: Response,
    name: &HeaderName,
    sentences: impl IntoIterator<Item = impl AsRef<[u8]>>,
) -> Response {
    let values = sentences.into_iter().filter_map(|said| HeaderValue::from_bytes(said.as_ref()).ok());
    for value in values {
        response.headers_mut().append(name, value);
    }
    response
}

/// Text, as the specifications want it.
fn text(text: String) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// Bytes that never change: whoever was allowed to see them may keep them.
fn for_ever(bytes: Vec<u8>) -> Response {
    const FOR_EVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");
    const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
    let headers: [(HeaderName, HeaderValue); 2] =
        [(header::CONTENT_TYPE, BYTES), (header::CACHE_CONTROL, FOR_EVER)];
    (headers, bytes).into_response()
}
