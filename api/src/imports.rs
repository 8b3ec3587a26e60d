//! `/api/v1/licenses/{license_id}/imports`: what was pasted and uploaded, and what became of it.

use std::io;

use axum::{
    Json,
    body::Body,
    extract::State as With,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use commands::jobs::End;
use domain::{Code, Counts, ImportId, LicenseId};
use futures_util::{StreamExt, stream};
use projections::imports::{
    ImportDetail, ImportsPage, ImportsQuery, RefusedItem, import, refused_counts, refused_rows,
};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    State,
    body::{OnLicense, Params, PathOf},
    jobs::JobShown,
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
    responses((status = 200, body = ImportsPage)))]
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

/// An import; or what is kept of a preview.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(untagged)]
enum Shown {
    Import(Box<ShownImport>),
    Preview(KeptOfPreview),
    Job(Box<JobShown>),
}

/// An import as the history has it; and while it is worked on, how far it is.
#[derive(Serialize, utoipa::ToSchema)]
struct ShownImport {
    #[serde(flatten)]
    import: ImportDetail,
    /// While it is under way, and for a while after.
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<JobShown>,
}

/// A preview changed nothing, and is no part of the history. Only the rows that it refused are kept, for a limited
/// time; of one that refused none, nothing is.
#[derive(Serialize, utoipa::ToSchema)]
struct KeptOfPreview {
    import_id: Uuid,
    /// `preview`.
    phase: &'static str,
    /// How many rows it refused for which reason.
    #[schema(value_type = std::collections::HashMap<String, u64>)]
    refused: Counts,
    /// Where they can be had.
    refused_rows: String,
}

/// One import, or what is kept of a preview.
#[utoipa::path(get, path = "/licenses/{license_id}/imports/{import_id}", tag = "imports",
    operation_id = "show_import", params(("license_id" = Uuid, Path,), ("import_id" = Uuid, Path,)),
    responses((status = 200, body = Shown)))]
async fn show(
    With(state): With<State>,
    PathOf((license, id)): PathOf<(LicenseId, ImportId)>,
) -> Result<Json<Shown>, Problem> {
    let job = state.jobs.find(id).filter(|job| job.license_id == license);
    if let Some(End::Report(report)) = job.as_ref().and_then(|job| job.end()).as_deref() {
        // What ended just now should not look as if it went on. In time or not: the answer says where it is.
        drop(state.reached(&["imports"], Some(report.position)).await);
    }
    let job = job.map(|job| JobShown::of(&job));
    if let Some(import) = known_import(&state, license, id).await? {
        return Ok(Json(Shown::Import(Box::new(ShownImport { import, job }))));
    }
    let refused = state.query(move |conn| refused_counts(conn, id)).await?;
    match job {
        Some(preview) if refused.total() == 0 || !preview.is_over() => {
            return Ok(Json(Shown::Job(Box::new(preview))));
        }
        None if refused.total() == 0 => return Err(Problem::not_found(Code::UnknownImport)),
        Some(_) | None => {}
    }
    let refused_rows = refused_rows_at(license, id);
    Ok(Json(Shown::Preview(KeptOfPreview { import_id: id.0, phase: "preview", refused, refused_rows })))
}

/// An import of this license. Nothing: it is a preview, or was never heard of.
pub(crate) async fn known_import(
    state: &State,
    license: LicenseId,
    id: ImportId,
) -> Result<Option<ImportDetail>, Problem> {
    let mut found = state.query(move |conn| import(conn, id)).await?;
    if found.is_none() {
        state.known_license(license).await?;
        // It may have begun just now: only the whole history says that there is no such import.
        let head = *state.log.head().borrow();
        state.reached(&["imports"], Some(head)).await?;
        found = state.query(move |conn| import(conn, id)).await?;
    }
    match found {
        Some(found) if found.summary.license_id != license => Err(Problem::not_found(Code::UnknownImport)),
        found => Ok(found),
    }
}

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
    responses((status = 200, content((RefusedPage = "application/json"), (String = "text/csv")))))]
async fn refused(
    With(state): With<State>,
    PathOf((license, id)): PathOf<(LicenseId, ImportId)>,
    Params(params): Params<RefusedParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // A preview has rows and is no import; an import has a license, which must be this one.
    known_import(&state, license, id).await?;
    if headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/csv")) {
        return Ok(all_as_csv(state, id).into_response());
    }
    let limit = crate::page::limit(params.limit, MOST)?.min(MOST);
    // No row is beyond what the database can count.
    let after = params.after.unwrap_or(0).min(i64::MAX.unsigned_abs());
    let items = state.query(move |conn| refused_rows(conn, id, after, limit)).await?;
    let next_after = items.last().filter(|_| items.len() == limit).map(|item| item.row);
    Ok(Json(RefusedPage { items, next_after }).into_response())
}

/// All rows, page by page as the caller takes them: memory does not grow with them. Where a page can't be read,
/// the answer breaks off: one that ends well is whole.
fn all_as_csv(state: State, id: ImportId) -> impl IntoResponse {
    let pages = stream::try_unfold(Some(0), move |after| {
        let state = state.clone();
        async move {
            let Some(after) = after else { return Ok(None) };
            let items = state.query(move |conn| refused_rows(conn, id, after, MOST)).await;
            let items = items.map_err(|problem| io::Error::other(problem.detail))?;
            let next = items.last().map(|item| item.row);
            let rows = items.into_iter().map(|item| {
                [item.line.to_string(), item.value, item.code.to_string(), item.reason, item.hint]
            });
            Ok::<_, io::Error>(Some((csv_text(rows), next)))
        }
    });
    let header =
        csv_text(std::iter::once(["line", "email", "code", "reason", "what_to_do"].map(str::to_owned)));
    let whole = stream::once(async { Ok(header) }).chain(pages);
    ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], Body::from_stream(whole))
}

fn csv_text(rows: impl Iterator<Item = [String; 5]>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        // Memory takes everything.
        let _ = writer.write_record(row);
    }
    writer.into_inner().unwrap_or_default()
}
