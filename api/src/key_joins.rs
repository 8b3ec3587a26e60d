//! `/api/v1/licenses/{license_id}/keys/{key_id}/joined`: who joined by a key, as JSON or as a file for spreadsheets.

use axum::{
    extract::State as With,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use commands::CommandError;
use domain::{KeyId, LicenseId, ReadKind, Refusal};
use projections::key_joins::{KeyJoinsPage, KeyJoinsQuery};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    State,
    about::About,
    body::{Params, PathOf},
    csv_answer, page,
    problem::Problem,
    reads::Shows,
    sheet,
    whole::Whole,
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
    #[param(value_type = Option<u64>)]
    limit: Option<Whole>,
    /// From the page before.
    cursor: Option<String>,
    /// Waits, for a bounded time, until the list includes this position.
    #[param(value_type = Option<u64>)]
    min_position: Option<Whole>,
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
    if csv_answer::is_wanted(&headers) {
        return as_file(state, license, key).await;
    }
    let page = page_of(&state, license, query).await?;
    Ok(Shows::rows(page.items.len()).in_json(page).into_response())
}

/// All who joined by a key, as a file.
pub(crate) async fn as_file(state: State, license: LicenseId, key: KeyId) -> Result<Response, Problem> {
    let query = KeyJoinsQuery { key, cursor: None, limit: KeyJoinsQuery::MOST };
    let first = page_of(&state, license, query.clone()).await?;
    Ok(all_as_csv(state, license, query, first))
}

/// A page of those who joined by a key of a license.
pub(crate) async fn page_of(
    state: &State,
    license: LicenseId,
    query: KeyJoinsQuery,
) -> Result<KeyJoinsPage, Problem> {
    let about = About::default().license(license).key(query.key);
    let found = state.query(move |conn| query.run(conn, license)).await?;
    found.ok_or_else(|| state.problem(&CommandError::from(Refusal::KeyUnknown), &about))
}

/// All joins, page by page.
fn all_as_csv(state: State, license: LicenseId, query: KeyJoinsQuery, first: KeyJoinsPage) -> Response {
    let shows = Shows::rows(first.items.len()).or_as(Some(ReadKind::KeyJoinsFile)).and_more();
    let counted = shows.clone();
    let behind = move |page: &KeyJoinsPage| {
        let query = KeyJoinsQuery { cursor: Some(page.next_cursor.clone()?), ..query.clone() };
        let (state, counted) = (state.clone(), counted.clone());
        Some(async move {
            let next = page_of(&state, license, query).await?;
            counted.add(next.items.len());
            Ok(next)
        })
    };
    let pages = csv_answer::pages(first, behind, |page| rows(&page));
    let header = sheet::begin(COLUMNS.map(str::to_owned));
    shows.beside(csv_answer::of("joined.csv", header, pages))
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
