//! `/api/v1/licenses/{license_id}/keys/{key_id}/joined`: who joined by a key, as JSON or as a file for spreadsheets.

use axum::{
    extract::State as With,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use commands::CommandError;
use domain::{KeyId, LicenseId, ReadKind, Refusal};
use projections::key_joins::{KeyJoin, KeyJoinsPage, KeyJoinsQuery};
use serde::Deserialize;

use crate::{
    State,
    about::About,
    body::{Params, PathOf},
    csv_answer,
    operation::{Operation, operations},
    page,
    problem::Problem,
    reads::Shows,
    whole::Whole,
};

pub(crate) const OPERATIONS: &[Operation] = operations![joined];

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
    let read = move |cursor| {
        let (state, query) = (state.clone(), KeyJoinsQuery { key, cursor, limit: KeyJoinsQuery::MOST });
        async move { page_of(&state, license, query).await }
    };
    let parts = |page: KeyJoinsPage| (page.items.into_iter().map(row).collect(), page.next_cursor);
    csv_answer::whole(("joined.csv", COLUMNS), Some(ReadKind::KeyJoinsFile), read, parts).await
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

fn row(join: KeyJoin) -> [String; 3] {
    [join.email.unwrap_or_default(), join.joined_at.to_rfc3339(), join.member_id.to_string()]
}
