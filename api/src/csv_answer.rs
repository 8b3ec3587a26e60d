//! Whole lists as CSV, for whoever asks for that (`Accept: text/csv`).

use std::io;

use axum::{
    body::Body,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use domain::ReadKind;
use futures_util::{Stream, StreamExt, stream};

use crate::{problem::Problem, reads::Shows, sheet};

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

/// Page by page, as the caller takes them: the first one, and what `behind` reads after each, until there is none.
pub(crate) fn pages<P, F>(
    first: P,
    behind: impl FnMut(&P) -> Option<F> + Send + 'static,
    write: impl Fn(P) -> Vec<u8> + Send + 'static,
) -> impl Stream<Item = io::Result<Vec<u8>>> + Send + 'static
where
    P: Send + 'static,
    F: Future<Output = Result<P, Problem>> + Send + 'static,
{
    stream::try_unfold((Some(first), behind, write), |(page, mut behind, write)| async move {
        let Some(page) = page else { return Ok(None) };
        let more = behind(&page);
        let next = match more {
            None => None,
            Some(next) => Some(next.await.map_err(|problem| io::Error::other(problem.detail))?),
        };
        Ok(Some((write(page), (next, behind, write))))
    })
}

/// The rows of a page, and the cursor behind it.
type Rows<const N: usize> = (Vec<[String; N]>, Option<String>);

/// All of a list that is read page by page, from cursor to cursor, as a file; what it shows is counted as it goes out.
pub(crate) async fn whole<P, F, const N: usize>(
    (name, columns): (&str, [&str; N]),
    kind: Option<ReadKind>,
    read: impl Fn(Option<String>) -> F + Send + 'static,
    parts: fn(P) -> Rows<N>,
) -> Result<Response, Problem>
where
    P: Send + 'static,
    F: Future<Output = Result<P, Problem>> + Send + 'static,
{
    let first = parts(read(None).await?);
    let shows = Shows::rows(first.0.len()).or_as(kind).and_more();
    let counted = shows.clone();
    let behind = move |(_, cursor): &Rows<N>| {
        let (next, counted) = (read(Some(cursor.clone()?)), counted.clone());
        Some(async move {
            let page = parts(next.await?);
            counted.add(page.0.len());
            Ok(page)
        })
    };
    let pages = pages(first, behind, |(rows, _)| sheet::text(b',', rows));
    Ok(shows.beside(of(name, sheet::begin(columns.map(str::to_owned)), pages)))
}
