//! `/api/v1/licenses/{license_id}/imports/{import_id}/refused`: refused rows, as JSON or as a file that can be
//! corrected and given again.

use std::io;

use axum::{
    extract::State as With,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use domain::{ImportId, LicenseId, ReadKind};
use futures_util::stream;
use projections::imports::{RefusedFile, RefusedItem, refused_counts, refused_file, refused_rows};
use serde::{Deserialize, Serialize};

use crate::{
    State,
    body::{Params, PathOf},
    csv_answer,
    imports::known_import,
    operation::{Operation, operations},
    problem::Problem,
    reads::Shows,
    sheet::Sheet,
    whole::Whole,
};

pub(crate) const OPERATIONS: &[Operation] = operations![refused];

/// Where the refused rows of an import or a preview can be had.
pub(crate) fn refused_rows_at(license: LicenseId, import: ImportId) -> String {
    format!("/api/v1/licenses/{license}/imports/{import}/refused")
}

/// How refused rows are asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RefusedParams {
    /// After this row.
    #[param(value_type = Option<u64>)]
    after: Option<Whole>,
    /// How many at most, up to 1,000.
    #[param(value_type = Option<u64>)]
    limit: Option<Whole>,
}

/// A page of refused rows.
#[derive(Serialize, utoipa::ToSchema)]
struct RefusedPage {
    /// The names in the header row of the file, for the cells of the rows; of pasted addresses, nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    columns: Option<Vec<String>>,
    items: Vec<RefusedItem>,
    /// Give it as `after` for the next page; nothing on the last.
    next_after: Option<u64>,
}

/// Refused rows on a page, at most.
const MOST: usize = 1_000;

/// The refused rows of an import or a preview: a page as JSON, or all of them as CSV (`Accept: text/csv`). The CSV has
/// the columns of the file, then `Seatbook line`, `Seatbook code`, `Seatbook reason` and `Seatbook what to do`; it can
/// be corrected and given again as it is.
#[utoipa::path(get, path = "/licenses/{license_id}/imports/{import_id}/refused", tag = "imports",
    operation_id = "list_refused_rows",
    params(("license_id" = Uuid, Path,), ("import_id" = Uuid, Path,), RefusedParams),
    responses((status = 200, content((RefusedPage = "application/json"), (String = "text/csv")))))]
async fn refused(
    With(state): With<State>,
    PathOf((license, id)): PathOf<(LicenseId, ImportId)>,
    Params(params): Params<RefusedParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let file = known_file(&state, license, id).await?;
    if csv_answer::is_wanted(&headers) {
        return Ok(all_as_csv(state, id, file));
    }
    let limit = crate::page::limit(params.limit, MOST)?.min(MOST);
    let after = params.after.map_or(0, |Whole(after)| after);
    let items = state.query(move |conn| refused_rows(conn, id, after, limit)).await?;
    let next_after = items.last().filter(|_| items.len() == limit).map(|item| item.row);
    let columns = file.and_then(|file| file.columns);
    let shows = Shows::rows(items.len());
    Ok(shows.in_json(RefusedPage { columns, items, next_after }).into_response())
}

/// All refused rows as a file.
pub(crate) async fn as_file(state: &State, license: LicenseId, id: ImportId) -> Result<Response, Problem> {
    let file = known_file(state, license, id).await?;
    Ok(all_as_csv(state.clone(), id, file))
}

/// How the file is written, of an import or a preview that there is.
async fn known_file(state: &State, license: LicenseId, id: ImportId) -> Result<Option<RefusedFile>, Problem> {
    let known = known_import(state, license, id).await?.is_some();
    let file = file_of(state, license, id).await?;
    // Of a preview, only its job and its rows are known.
    if !known
        && state.jobs.find(id).is_none()
        && state.query(move |conn| refused_counts(conn, id)).await?.total() == 0
    {
        return Err(Problem::unknown_import(id));
    }
    Ok(file)
}

/// How the file is written. A preview has rows and is no import, so the rows say themselves whose they are.
pub(crate) async fn file_of(
    state: &State,
    license: LicenseId,
    id: ImportId,
) -> Result<Option<RefusedFile>, Problem> {
    match state.query(move |conn| refused_file(conn, id)).await? {
        Some(file) if file.license != license => Err(Problem::unknown_import(id)),
        file => Ok(file),
    }
}

/// All rows, page by page.
fn all_as_csv(state: State, id: ImportId, file: Option<RefusedFile>) -> Response {
    let sheet = Sheet::of(file);
    let header = sheet.header();
    let shows = Shows::rows(0).or_as(Some(ReadKind::RefusedRowsFile)).and_more();
    let counted = shows.clone();
    let pages = stream::try_unfold((Some(0), sheet), move |(after, sheet)| {
        let (state, counted) = (state.clone(), counted.clone());
        async move {
            let Some(after) = after else { return Ok(None) };
            let items = state.query(move |conn| refused_rows(conn, id, after, MOST)).await;
            let items = items.map_err(|problem| io::Error::other(problem.detail))?;
            counted.add(items.len());
            let next = items.last().map(|item| item.row);
            let rows = sheet.rows(items);
            Ok::<_, io::Error>(Some((rows, (next, sheet))))
        }
    });
    shows.beside(csv_answer::of("refused.csv", header, pages))
}
