//! Whole lists as CSV, for whoever asks for that (`Accept: text/csv`).

use std::io;

use axum::{
    body::Body,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use futures_util::{Stream, StreamExt, stream};

/// Whether CSV is asked for.
pub(crate) fn is_wanted(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/csv"))
}

/// A file of this name: its header row, then its pages as the caller takes them, so that memory does not grow with them.
/// Where a page can't be had, the answer breaks off: one that ends well is whole.
pub(crate) fn of(
    name: &str,
    header: Vec<u8>,
    pages: impl Stream<Item = io::Result<Vec<u8>>> + Send + 'static,
) -> Response {
    let whole = stream::once(async { Ok(header) }).chain(pages);
    let name = format!("attachment; filename=\"{name}\"");
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    (headers, Body::from_stream(whole)).into_response()
}
