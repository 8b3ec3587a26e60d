//! `/api/v1/licenses/{license_id}/audit/export` and `/api/v1/installation/audit/export`: the history as a file, in the order of
//! the log.

use std::io;

use axum::{
    body::Body,
    extract::State as With,
    http::{HeaderMap, HeaderName, header},
    response::{IntoResponse, Response},
};
use domain::{ImportId, LicenseId, Source};
use futures_util::Stream;
use projections::audit::{AuditEntry, AuditPage, AuditQuery};

use crate::{
    State,
    audit::Filters,
    audit_lines::{COLUMNS, lines, rows},
    body::{OnLicense, Params, PathOf},
    csv_answer,
    operation::{Operation, operations},
    problem::Problem,
    reads::Shows,
    rights::Viewer,
    sheet,
    when::When,
    whole::Whole,
};

pub(crate) const OPERATIONS: &[Operation] = operations![export, export_of_installation];

/// What an export is told that goes on behind another one.
const POSITION: HeaderName = HeaderName::from_static("seatbook-position");

/// Which part of the history.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ExportParams {
    /// Only what happened to this person: an address, a `subject_id` of the history, or a `member_id`.
    member: Option<String>,
    /// Only what this person did: an address, a `subject_id`, a `member_id`, or `operator`, in whose name ever.
    actor: Option<String>,
    /// Only this type of event, as `UserAdded`.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    event_type: Option<String>,
    /// Only what belongs to this import.
    #[param(value_type = Option<uuid::Uuid>)]
    import: Option<ImportId>,
    /// Only what came in by `email`, `csv`, `list`, `key`, `api` or `cli`.
    #[param(value_type = Option<String>)]
    source: Option<Source>,
    /// From this day (UTC) or instant (RFC 3339) on.
    #[param(value_type = Option<String>)]
    from: Option<When>,
    /// Up to the end of this day (UTC), or before this instant (RFC 3339).
    #[param(value_type = Option<String>)]
    to: Option<When>,
    /// Only what stands behind this position: where an earlier export ended, or broke off.
    #[param(value_type = Option<u64>)]
    after: Option<Whole>,
    /// Waits, for a bounded time, until the history includes this position.
    #[param(value_type = Option<u64>)]
    min_position: Option<Whole>,
}

/// The history as a file, the oldest event first, all of it that fits: one `CloudEvent` (1.0, JSON) a line; or as CSV
/// (`Accept: text/csv`). `Seatbook-Position` says up to which position it goes: give that as `after` for what comes later.
/// An answer that breaks off is gone on with from the position in its last line.
#[utoipa::path(get, path = "/licenses/{license_id}/audit/export", tag = "audit", operation_id = "export_audit",
    params(("license_id" = Uuid, Path,), ExportParams),
    responses((status = 200, content((String = "application/x-ndjson"), (String = "text/csv")),
        headers(("Seatbook-Position" = u64, description = "Up to which position it goes.")))))]
async fn export(
    With(state): With<State>,
    viewer: Viewer,
    PathOf(license): OnLicense,
    Params(params): Params<ExportParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    params.file(state, &viewer, Some(license), &headers).await
}

/// The same of what happened to the installation itself.
#[utoipa::path(get, path = "/installation/audit/export", tag = "installation",
    operation_id = "export_installation_audit", params(ExportParams),
    responses((status = 200, content((String = "application/x-ndjson"), (String = "text/csv")),
        headers(("Seatbook-Position" = u64, description = "Up to which position it goes.")))))]
async fn export_of_installation(
    With(state): With<State>,
    viewer: Viewer,
    Params(params): Params<ExportParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    params.file(state, &viewer, None, &headers).await
}

impl ExportParams {
    async fn file(
        self,
        state: State,
        viewer: &Viewer,
        license: Option<LicenseId>,
        headers: &HeaderMap,
    ) -> Result<Response, Problem> {
        let Self { member, actor, event_type, import, source, from, to, after, min_position } = self;
        let filters = Filters { member, actor, event_type, import, source, from, to };
        let query = filters.query(&state, viewer, license).await?;
        let query = AuditQuery { after: after.map(u64::from), ..query };
        state.reaches("after", query.after).await?;
        state.reached(&["audit"], min_position).await?;
        state.known_license(license).await?;
        let format = if csv_answer::is_wanted(headers) { Format::Csv } else { Format::Ndjson };
        file(state, query, format, &format!("audit.{}", format.extension())).await
    }
}

/// How a history is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    Ndjson,
}

impl Format {
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }
}

/// All that fits a query, as a file of this name.
pub(crate) async fn file(
    state: State,
    query: AuditQuery,
    format: Format,
    name: &str,
) -> Result<Response, Problem> {
    let query = AuditQuery { limit: AuditQuery::MOST, newest_first: false, cursor: None, ..query };
    let first = page_of(&state, query.clone()).await?;
    let end = [(POSITION, first.position.to_string())];
    let shows = Shows::rows(first.items.len()).and_more();
    if format == Format::Csv {
        let header = sheet::begin(COLUMNS.map(str::to_owned));
        let file = csv_answer::of(name, header, pages(state, query, first, rows, shows.clone()));
        return Ok(shows.beside((end, file).into_response()));
    }
    let name = format!("attachment; filename=\"{name}\"");
    let kind =
        [(header::CONTENT_TYPE, "application/x-ndjson".to_owned()), (header::CONTENT_DISPOSITION, name)];
    let file = Body::from_stream(pages(state, query, first, lines, shows.clone()));
    Ok(shows.beside((end, kind, file).into_response()))
}

async fn page_of(state: &State, query: AuditQuery) -> Result<AuditPage, Problem> {
    state.query(move |conn| query.run(conn)).await
}

/// Page by page, as the caller takes them; what is recorded after the first page was read is left to the next export.
fn pages(
    state: State,
    query: AuditQuery,
    first: AuditPage,
    write: fn(&[AuditEntry]) -> Vec<u8>,
    shows: Shows,
) -> impl Stream<Item = io::Result<Vec<u8>>> + Send + 'static {
    let end = first.position;
    let behind = move |page: &AuditPage| {
        let query = AuditQuery { cursor: Some(page.next_cursor.clone()?), ..query.clone() };
        let (state, shows) = (state.clone(), shows.clone());
        Some(async move {
            let mut next = page_of(&state, query).await?;
            if next.items.last().is_some_and(|entry| entry.position >= end) {
                next.next_cursor = None;
            }
            next.items.retain(|entry| entry.position <= end);
            shows.add(next.items.len());
            Ok(next)
        })
    };
    csv_answer::pages(first, behind, move |page| write(&page.items))
}
