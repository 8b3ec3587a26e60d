//! `/api/v1/licenses/{license_id}/imports`: uploads as jobs of their own: begin, cancel.

use std::time::Duration;

use axum::{
    Json,
    extract::{FromRequestParts, Request, State as With},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use commands::{
    CommandError,
    import::{Report, intake::FileFormat},
    jobs::{End, Job, JobOrder, Progress},
};
use domain::{ImportId, ImportMode, LicenseId, number::grouped};
use eventlog::LogError;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    State,
    body::{Done, OnLicense, Params, PathOf},
    caller::Caller,
    operation::{Operation, operations},
    prefer::Wait,
    problem::Problem,
    refused::refused_rows_at,
    upload::{Addresses, Given, taken_in},
};

pub(crate) const OPERATIONS: &[Operation] = operations![begin, cancel, undo];

/// As long as the first answer waits: small files are done by then.
const FIRST_ANSWER: Duration = Duration::from_secs(2);

/// What became of the people. No `Debug`: holds addresses.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportAnswer<'a> {
    #[serde(flatten)]
    report: &'a Report,
    /// Where every refused row can be had, with the reason and what to do, for a limited time.
    refused_rows: String,
}

impl<'a> ImportAnswer<'a> {
    pub(crate) fn of(job: &Job, report: &'a Report) -> Self {
        // A job may turn out to be another one that came before: the report knows.
        Self { report, refused_rows: refused_rows_at(job.license_id, report.import_id) }
    }
}

/// A job under way, or lately ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct JobShown {
    /// The import; of a preview, under which its refused rows are kept.
    import_id: Uuid,
    /// Into which license.
    license_id: Uuid,
    /// What it does with the people: `add`, `invite`, `remove` or `withdraw`.
    mode: &'static str,
    /// Whether nothing is changed.
    dry_run: bool,
    /// The import that it undoes, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    undoes: Option<Uuid>,
    #[serde(flatten)]
    progress: Progress,
    /// How the file is read; of pasted addresses, nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<FileFormat>,
    /// What the file is called, if that was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_name: Option<String>,
    /// How many bytes were uploaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    /// The SHA-256 of what was uploaded, in hexadecimal digits, while the job is under way; afterwards the import has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    /// Where its progress is told as it goes on, as server-sent events.
    events: String,
}

impl JobShown {
    pub(crate) fn is_over(&self) -> bool {
        self.progress.state.is_over()
    }

    pub(crate) fn of(job: &Job) -> Self {
        let progress = job.progress().borrow().clone();
        let note = job.note.as_ref();
        Self {
            import_id: job.import_id.0,
            license_id: job.license_id.0,
            mode: job.mode.as_str(),
            dry_run: job.dry_run,
            undoes: job.undoes.map(|import| import.0),
            sha256: note.filter(|_| !progress.state.is_over()).map(|note| note.sha256.clone()),
            progress,
            format: job.format.clone(),
            file_name: note.and_then(|note| note.name.clone()),
            bytes: note.map(|note| note.bytes),
            events: format!("{}/events", import_at(job.license_id, job.import_id)),
        }
    }
}

fn import_at(license: LicenseId, import: ImportId) -> String {
    format!("/api/v1/licenses/{license}/imports/{import}")
}

/// The answer to whoever waited for a job.
pub(crate) fn answer_of(state: &State, job: &Job, end: &End) -> Result<Response, Problem> {
    match end {
        End::Report(report) => Ok(Json(ImportAnswer::of(job, report)).into_response()),
        End::Error(error) => Err(problem_of(state, job, error)),
        End::Paused => Err(LogError::Stopped("the service is stopping".to_owned()).into()),
    }
}

/// Why a job does not go on, and what becomes of it.
pub(crate) fn problem_of(state: &State, job: &Job, error: &CommandError) -> Problem {
    let mut problem = state.problem_of_import(job.license_id, job.import_id, error);
    if job.goes_on {
        let (rows, applied) = {
            let progress = job.progress();
            let progress = progress.borrow();
            (grouped(progress.rows), grouped(progress.rows_applied))
        };
        let detail = problem.detail;
        problem.detail = format!("{detail} Of the import's {rows} rows {applied} were applied, and stay.");
        problem.hint += " The import goes on by itself once it can.";
    }
    problem
}

/// How a job is asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct JobParams {
    /// What happens to the people: `add`, `invite`, `remove` or `withdraw`; `add` unless said otherwise.
    #[serde(default = "add")]
    #[param(value_type = Option<String>)]
    mode: ImportMode,
    /// Only says what would happen.
    #[serde(default)]
    dry_run: bool,
}

/// A form with one file and no other field, as browsers send it.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it is only described")]
struct FileForm {
    /// The CSV file, with its name.
    #[schema(value_type = String, format = Binary)]
    file: String,
}

fn add() -> ImportMode {
    ImportMode::Add
}

/// Begin an import as a job of its own. It survives the end of the process from the moment of a 202 on (but for a
/// preview), and goes on by itself. The same file again from the same person, without an Idempotency-Key and while the
/// first is under way, is the same job.
#[utoipa::path(post, path = "/licenses/{license_id}/imports", tag = "imports", operation_id = "begin_import",
    params(("license_id" = Uuid, Path,), JobParams, Wait),
    request_body(content((String = "text/plain"), (String = "text/csv"), (String = "text/tab-separated-values"),
        (String = "application/octet-stream"), (Addresses = "application/json"), (FileForm = "multipart/form-data"))),
    responses(
        (status = 200, description = "It was done within two seconds.", body = ImportAnswer),
        (status = 202, description = "It goes on; Location says where to look.", body = JobShown,
            headers(("Location" = String, description = "The import.")))))]
async fn begin(With(state): With<State>, request: Request) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let PathOf(license_id) = OnLicense::from_request_parts(&mut parts, &state).await?;
    let Params(JobParams { mode, dry_run }) = Params::from_request_parts(&mut parts, &state).await?;
    let caller = Caller::from_request_parts(&mut parts, &state).await?;
    let wait = Wait::of(&parts.headers);
    let Given { what: given, digest } = taken_in(Request::from_parts(parts, body), &state).await?;
    let order = JobOrder { license_id, mode, dry_run, given };
    let about = caller.about().license(license_id);
    let job = state.told(state.jobs.submit(&caller.context(digest), order).await, &about)?;
    first_answer(&state, &job, wait).await
}

/// The report, if it is there soon; otherwise where to look.
async fn first_answer(state: &State, job: &Job, Wait(wanted): Wait) -> Result<Response, Problem> {
    let longest = wanted.map_or(FIRST_ANSWER, |wanted| wanted.min(FIRST_ANSWER));
    // What is not kept is not promised: it is all of it or nothing, and takes no longer than a commit.
    let patience = if job.goes_on || job.dry_run { longest } else { Duration::MAX };
    if let Ok(end) = timeout(patience, job.ended()).await {
        return answer_of(state, job, &end);
    }
    let at = import_at(job.license_id, job.import_id);
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, at)], Json(JobShown::of(job))).into_response())
}

/// How an undoing is asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct UndoParams {
    /// Only says what would happen.
    #[serde(default)]
    dry_run: bool,
}

/// Undo an import that has ended: remove whom it brought in, or add back whom it removed. That is an import of its own,
/// with an outcome for everybody; who was changed since stays as they are (`changed_since`). Asked again it is the same
/// one.
#[utoipa::path(post, path = "/licenses/{license_id}/imports/{import_id}/undo", tag = "imports",
    operation_id = "undo_import",
    params(("license_id" = Uuid, Path,), ("import_id" = Uuid, Path,), UndoParams, Wait),
    responses(
        (status = 200, description = "It was done within two seconds.", body = ImportAnswer),
        (status = 202, description = "It goes on; Location says where to look.", body = JobShown,
            headers(("Location" = String, description = "The import.")))))]
async fn undo(
    With(state): With<State>,
    PathOf((license, id)): PathOf<(LicenseId, ImportId)>,
    Params(UndoParams { dry_run }): Params<UndoParams>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let about = caller.about().license(license).import(id);
    let job = state.jobs.undo(&caller.context([]), license, id, dry_run).await;
    first_answer(&state, &*state.told(job, &about)?, Wait::of(&headers)).await
}

/// Stop an import before its next rows: by an admin of the license, or the operator. What it has applied stays.
#[utoipa::path(post, path = "/licenses/{license_id}/imports/{import_id}/cancel", tag = "imports",
    operation_id = "cancel_import", params(("license_id" = Uuid, Path,), ("import_id" = Uuid, Path,)),
    responses((status = 200, body = Done)))]
async fn cancel(
    With(state): With<State>,
    PathOf((license, id)): PathOf<(LicenseId, ImportId)>,
    caller: Caller,
) -> Result<Json<Done>, Problem> {
    let about = caller.about().license(license).import(id);
    let done = state.jobs.cancel(&caller.context([]), license, id).await;
    Ok(Json(state.told(done, &about)?.into()))
}
