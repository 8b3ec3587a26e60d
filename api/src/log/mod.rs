//! `/api/v1/log`: the history as auditors verify it.

mod anew;
mod export;
mod proofs;
mod tiles;

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use utoipa_axum::router::OpenApiRouter;

use crate::State;

pub(crate) fn router() -> OpenApiRouter<State> {
    tiles::router().merge(proofs::router()).merge(export::router()).merge(anew::router())
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
