//! `/api/v1/licenses/{license_id}/imports`: what was pasted and uploaded, and what became of it.

use axum::{Json, extract::State as With};
use commands::jobs::End;
use domain::{Counts, ImportId, LicenseId};
use projections::imports::{ImportDetail, ImportsQuery, import, refused_counts};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    State,
    all_imports::{ListedImports, listed},
    body::{OnLicense, Params, PathOf},
    jobs::JobShown,
    operation::{Operation, operations},
    problem::Problem,
    reads::{self, Shows},
    refused::{file_of, refused_rows_at},
    whole::Whole,
};

pub(crate) const OPERATIONS: &[Operation] = operations![list, show];

/// How imports are asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListParams {
    /// How many at most, up to 500; 50 unless said otherwise.
    #[param(value_type = Option<u64>)]
    limit: Option<Whole>,
    /// From the page before.
    cursor: Option<String>,
    /// Waits, for a bounded time, until the list includes this position.
    #[param(value_type = Option<u64>)]
    min_position: Option<Whole>,
}

/// A license's imports, the newest first.
#[utoipa::path(get, path = "/licenses/{license_id}/imports", tag = "imports", operation_id = "list_imports",
    params(("license_id" = Uuid, Path,), ListParams),
    responses((status = 200, body = ListedImports)))]
async fn list(
    With(state): With<State>,
    PathOf(license): OnLicense,
    Params(params): Params<ListParams>,
) -> Result<reads::Shown<ListedImports>, Problem> {
    state.reached(&["imports", "licenses"], params.min_position).await?;
    state.known_license(license).await?;
    let limit = crate::page::limit(params.limit, 50)?;
    let query = ImportsQuery { license: Some(license), running: None, cursor: params.cursor, limit };
    let page = listed(&state, query).await?;
    Ok(Shows::rows(page.len()).in_json(page))
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
    file_of(&state, license, id).await?;
    let refused = state.query(move |conn| refused_counts(conn, id)).await?;
    match job {
        Some(preview) if refused.total() == 0 || !preview.is_over() => {
            return Ok(Json(Shown::Job(Box::new(preview))));
        }
        None if refused.total() == 0 => return Err(Problem::unknown_import(id)),
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
        Some(found) if found.summary.license_id != license => Err(Problem::unknown_import(id)),
        found => Ok(found),
    }
}
