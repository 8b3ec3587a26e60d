//! `/api/v1/licenses/{license_id}/imports`: what was pasted and uploaded, and what became of it.

use axum::{
    Json,
    body::Body,
    extract::State as With,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use domain::{Code, ImportId, LicenseId};
use projections::imports::{ImportDetail, ImportsPage, ImportsQuery, RefusedItem, import, refused_rows};
use serde::{Deserialize, Serialize};
use tokio_util::io::ReaderStream;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    State,
    body::{OnLicense, Params, PathOf},
    problem::Problem,
};

pub(crate) fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show)).routes(routes!(refused))
}

/// How imports are asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListParams {
    /// How many at most, up to 500; 50 unless said otherwise.
    limit: Option<usize>,
    /// From the page before.
    cursor: Option<String>,
    /// Waits, for a bounded time, until the list includes this position.
    min_position: Option<u64>,
}

/// A license's imports, the newest first.
#[utoipa::path(get, path = "/licenses/{license_id}/imports", tag = "imports", operation_id = "list_imports",
    params(("license_id" = Uuid, Path,), ListParams),
    responses((status = 200, body = ImportsPage), (status = "4XX", body = Problem)))]
async fn list(
    With(state): With<State>,
    PathOf(license): OnLicense,
    Params(params): Params<ListParams>,
) -> Result<Json<ImportsPage>, Problem> {
    state.reached(&["imports"], params.min_position).await?;
    state.known_license(license).await?;
    let query = ImportsQuery { license, cursor: params.cursor, limit: crate::page::limit(params.limit, 50)? };
    Ok(Json(state.query(move |conn| query.run(conn)).await?))
}

/// One import.
#[utoipa::path(get, path = "/licenses/{license_id}/imports/{import_id}", tag = "imports",
    operation_id = "show_import", params(("license_id" = Uuid, Path,), ("import_id" = Uuid, Path,)),
    responses((status = 200, body = ImportDetail), (status = "4XX", body = Problem)))]
async fn show(
    With(state): With<State>,
    PathOf((license, id)): PathOf<(LicenseId, ImportId)>,
) -> Result<Json<ImportDetail>, Problem> {
    let found = state.query(move |conn| import(conn, id)).await?;
    let found = found.filter(|found| found.summary.license_id == license);
    found.map(Json).ok_or_else(|| Problem::not_found(Code::UnknownImport))
}

/// How refused rows are asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RefusedParams {
    /// After this row.
    after: Option<u64>,
    /// How many at most, up to 1,000.
    limit: Option<usize>,
}

/// A page of refused rows.
#[derive(Serialize, utoipa::ToSchema)]
struct RefusedPage {
    items: Vec<RefusedItem>,
    /// Give it as `after` for the next page; nothing on the last.
    next_after: Option<u64>,
}

/// Refused rows on a page, at most.
const MOST: usize = 1_000;

/// The refused rows of an import or a preview: a page as JSON, or all of them as CSV (`Accept: text/csv`).
#[utoipa::path(get, path = "/licenses/{license_id}/imports/{import_id}/refused", tag = "imports",
    operation_id = "list_refused_rows",
    params(("license_id" = Uuid, Path,), ("import_id" = Uuid, Path,), RefusedParams),
    responses((status = 200, content((RefusedPage = "application/json"), (String = "text/csv"))),
        (status = "4XX", body = Problem)))]
async fn refused(
    With(state): With<State>,
    PathOf((_, id)): PathOf<(LicenseId, ImportId)>,
    Params(params): Params<RefusedParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/csv")) {
        return Ok(all_as_csv(state, id).into_response());
    }
    let limit = crate::page::limit(params.limit, MOST)?.min(MOST);
    let after = params.after.unwrap_or(0);
    let items = state.query(move |conn| refused_rows(conn, id, after, limit)).await?;
    let next_after = items.last().filter(|_| items.len() == limit).map(|item| item.row);
    Ok(Json(RefusedPage { items, next_after }).into_response())
}

/// Bytes on their way to the caller.
const ON_THE_WAY: usize = 64 << 10;

/// All rows, page by page as the caller takes them: memory does not grow with them.
fn all_as_csv(state: State, id: ImportId) -> impl IntoResponse {
    let (read, mut write) = tokio::io::duplex(ON_THE_WAY);
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        let mut after = 0;
        let mut text =
            csv_text(std::iter::once(["line", "email", "code", "reason", "what_to_do"].map(str::to_owned)));
        loop {
            if write.write_all(&text).await.is_err() {
                // The caller has gone.
                return;
            }
            let Ok(items) = state.query(move |conn| refused_rows(conn, id, after, MOST)).await else {
                return;
            };
            let Some(last) = items.last() else { return };
            after = last.row;
            text = csv_text(items.into_iter().map(|item| {
                [item.line.to_string(), item.value, item.code.to_string(), item.reason, item.hint]
            }));
        }
    });
    ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], Body::from_stream(ReaderStream::new(read)))
}

fn csv_text(rows: impl Iterator<Item = [String; 5]>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        // Memory takes everything.
        let _ = writer.write_record(row);
    }
    writer.into_inner().unwrap_or_default()
}
