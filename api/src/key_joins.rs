//! `/api/v1/licenses/{license_id}/keys/{key_id}/joined`: who joined by a key, as JSON or as a file for spreadsheets.

use std::io;

use axum::{
    Json,
    body::Body,
    extract::State as With,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use commands::CommandError;
use domain::{KeyId, LicenseId, Refusal};
use futures_util::{StreamExt, stream};
use projections::key_joins::{KeyJoinsPage, KeyJoinsQuery};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    State,
    about::About,
    body::{Params, PathOf},
    page,
    problem::Problem,
    sheet,
};

pub(crate) fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(joined))
}

/// How the joins by a key are asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct JoinedParams {
    /// How many at most, up to 500; 100 unless said otherwise.
    limit: Option<usize>,
    /// From the page before.
    cursor: Option<String>,
    /// Waits, for a bounded time, until the list includes this position.
    min_position: Option<u64>,
}

/// The columns of the CSV. With `Email` first, the file can be given back to add these people.
pub(crate) const COLUMNS: [&str; 3] = ["Email", "Joined at", "Member id"];

/// Who joined by a key, in the order in which they did: a page as JSON, or all of them as CSV (`Accept: text/csv`).
#[utoipa::path(get, path = "/licenses/{license_id}/keys/{key_id}/joined", tag = "licenses",
    operation_id = "list_joined_by_key",
    params(("license_id" = Uuid, Path,), ("key_id" = Uuid, Path,), JoinedParams),
    responses((status = 200, content((KeyJoinsPage = "application/json"), (String = "text/csv")))))]
async fn joined(
    With(state): With<State>,
    PathOf((license, key)): PathOf<(LicenseId, KeyId)>,
    Params(params): Params<JoinedParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    state.reached(&["key_joins", "licenses"], params.min_position).await?;
    state.known_license(license).await?;
    let limit = page::limit(params.limit, 100)?;
    let query = KeyJoinsQuery { key, cursor: params.cursor, limit };
    if headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/csv")) {
        let query = KeyJoinsQuery { limit: KeyJoinsQuery::MOST, ..query };
        let first = page_of(&state, license, query.clone()).await?;
        return Ok(all_as_csv(state, license, query, first).into_response());
    }
    Ok(Json(page_of(&state, license, query).await?).into_response())
}

async fn page_of(state: &State, license: LicenseId, query: KeyJoinsQuery) -> Result<KeyJoinsPage, Problem> {
    let about = About::default().license(license).key(query.key);
    let found = state.query(move |conn| query.run(conn, license)).await?;
    found.ok_or_else(|| state.problem(&CommandError::from(Refusal::KeyUnknown), &about))
}

/// All joins, page by page as the caller takes them. Where a page can't be read, the answer breaks off: one that ends
/// well is whole.
fn all_as_csv(
    state: State,
    license: LicenseId,
    query: KeyJoinsQuery,
    first: KeyJoinsPage,
) -> impl IntoResponse {
    let pages = stream::try_unfold(Some(first), move |page| {
        let (state, query) = (state.clone(), query.clone());
        async move {
            let Some(page) = page else { return Ok(None) };
            let next = match page.next_cursor.clone() {
                None => None,
                cursor => {
                    let next = page_of(&state, license, KeyJoinsQuery { cursor, ..query }).await;
                    Some(next.map_err(|problem| io::Error::other(problem.detail))?)
                }
            };
            Ok::<_, io::Error>(Some((rows(&page), next)))
        }
    });
    let header = sheet::begin(COLUMNS.map(str::to_owned));
    let whole = stream::once(async { Ok(header) }).chain(pages);
    let name = "attachment; filename=\"joined.csv\"";
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, name)];
    (headers, Body::from_stream(whole))
}

fn rows(page: &KeyJoinsPage) -> Vec<u8> {
    sheet::text(
        b',',
        page.items.iter().map(|join| {
            let email = join.email.clone().unwrap_or_default();
            [email, join.joined_at.to_rfc3339(), join.member_id.to_string()]
        }),
    )
}
