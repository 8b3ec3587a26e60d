//! Exports for auditors: of everything, or of one license.

use axum::{
    body::Body,
    extract::State as With,
    http::header,
    response::{IntoResponse, Response},
};
use domain::{LicenseId, ReadKind};
use futures_util::{StreamExt, stream};
use serde::Deserialize;

use super::{FINDINGS, NOTES, as_said, with_said};
use crate::{
    State,
    asker::Asker,
    body::{OnLicense, Params, PathOf},
    history::Wanted,
    operation::{Operation, operations},
    problem::Problem,
    reads::Shows,
    whole::Whole,
};

pub(crate) const OPERATIONS: &[Operation] = operations![export_log, export_log_of_license];

/// What is in it.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Contents {
    /// Whether the addresses of people are in it, each with the salt that ties it to the events.
    #[serde(default)]
    people: bool,
    /// The size of an earlier checkpoint: it is shown that this one goes on from it.
    #[param(value_type = Option<u64>)]
    since: Option<Whole>,
}

/// Everything that happened, as JSON lines, with a signed checkpoint: to be verified offline. An answer that breaks off lacks
/// its last line.
#[utoipa::path(get, path = "/log/export", tag = "log", operation_id = "export_log",
    params(Contents),
    responses((status = 200, body = String, content_type = "application/jsonl",
        headers(("Seatbook-Findings" = String, description = "What does not hold beside the events, once for each."),
            ("Seatbook-Notes" = String, description = "What whoever keeps it should know, once for each.")))))]
async fn export_log(
    With(state): With<State>,
    asker: Asker,
    Params(contents): Params<Contents>,
) -> Result<Response, Problem> {
    export(&state, &asker, None, &contents).await
}

/// The events of a license, each with its proof, as JSON lines: to be verified offline.
#[utoipa::path(get, path = "/licenses/{license_id}/log/export", tag = "log", operation_id = "export_log_of_license",
    params(("license_id" = Uuid, Path,), Contents),
    responses((status = 200, body = String, content_type = "application/jsonl",
        headers(("Seatbook-Findings" = String, description = "What does not hold beside the events, once for each."),
            ("Seatbook-Notes" = String, description = "What whoever keeps it should know, once for each.")))))]
async fn export_log_of_license(
    With(state): With<State>,
    asker: Asker,
    PathOf(license): OnLicense,
    Params(contents): Params<Contents>,
) -> Result<Response, Problem> {
    state.known_license(license).await?;
    export(&state, &asker, Some(license), &contents).await
}

async fn export(
    state: &State,
    asker: &Asker,
    license: Option<LicenseId>,
    contents: &Contents,
) -> Result<Response, Problem> {
    let wanted = Wanted { license, people: contents.people, since: contents.since.map(u64::from) };
    let (checkpoint, first, lines) = state.export(wanted).await?;
    let with_people = contents.people.then_some(ReadKind::HistoryFileWithPeople);
    let shows = Shows::rows(0).or_as(with_people).and_more();
    let counted = shows.clone();
    let lines = lines.inspect(move |lines| {
        counted.add(lines.as_ref().map_or(0, |lines| lines.lines().count()));
    });
    let body = Body::from_stream(stream::once(async { Ok(first) }).chain(lines));
    let headers = [
        (header::CONTENT_TYPE, "application/jsonl"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"history.jsonl\""),
    ];
    let found = state.findings_beside(&checkpoint, asker).await;
    let found: Vec<_> = found.iter().map(as_said).collect();
    let response = with_said((headers, body).into_response(), &FINDINGS, found);
    let response = with_said(response, &NOTES, state.history.none_kept());
    Ok(shows.beside(response))
}
