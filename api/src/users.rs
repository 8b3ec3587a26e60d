//! `/api/v1/licenses/{license_id}/users`: the user list, and `AddUsers`, `InviteUser`, `RemoveUsers`.

use std::io::Write;

use axum::{
    Json,
    body::Body,
    extract::{Request, State as With},
    http::{HeaderMap, StatusCode, header},
};
use commands::import::{ImportRequest, Input, Report};
use domain::{Code, ImportMode, LicenseId, MemberId, Status, membership::Admission};
use http_body_util::BodyExt;
use projections::members::{Member, MembersPage, MembersQuery, Sort, member};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    State,
    body::{Done, JsonBody, OnLicense, Params, PathOf, email},
    caller::Caller,
    license_access::Person,
    problem::Problem,
};

pub(crate) fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(invite))
        .routes(routes!(remove))
        .routes(routes!(withdraw))
        .routes(routes!(show))
}

/// How the user list is asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
struct ListParams {
    /// Only `accepted`, `invited` or `rejected`.
    #[param(value_type = Option<String>)]
    status: Option<Status>,
    /// Only who came in by `domain_admin`, `invite` or `license_key`. With `sort=added`, and alone.
    #[param(value_type = Option<String>)]
    admission: Option<Admission>,
    /// Only whom this person added: an address. With `sort=added`, and alone.
    added_by: Option<String>,
    /// A beginning of the address, or any three or more letters of it.
    search: Option<String>,
    /// `email`, `email_desc`, `added` or `added_desc`.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    sort: Option<Sort>,
    /// How many at most, up to 500; 50 unless said otherwise.
    limit: Option<usize>,
    /// From the page before.
    cursor: Option<String>,
    /// Waits, for a bounded time, until the list includes this position.
    min_position: Option<u64>,
}

/// The user list.
#[utoipa::path(get, path = "/licenses/{license_id}/users", tag = "users", operation_id = "list_users",
    params(("license_id" = Uuid, Path,), ListParams),
    responses((status = 200, body = MembersPage), (status = "4XX", body = Problem)))]
async fn list(
    With(state): With<State>,
    PathOf(license): OnLicense,
    Params(params): Params<ListParams>,
) -> Result<Json<MembersPage>, Problem> {
    let added_by = match params.added_by {
        Some(text) => Some(state.subject("added_by", &text).await?),
        None => None,
    };
    let by_adder = added_by.is_some() || params.admission.is_some();
    let query = MembersQuery {
        status: params.status,
        admission: params.admission,
        added_by,
        search: params.search,
        sort: params.sort.unwrap_or(if by_adder { Sort::Added } else { Sort::Email }),
        cursor: params.cursor,
        limit: params.limit.unwrap_or(50),
    };
    state.reached(&["members"], params.min_position).await?;
    state.known_license(license).await?;
    Ok(Json(state.query(move |conn| query.run(conn, license)).await?))
}

/// One person of a license.
#[utoipa::path(get, path = "/licenses/{license_id}/users/{member_id}", tag = "users", operation_id = "show_user",
    params(("license_id" = Uuid, Path,), ("member_id" = Uuid, Path,)),
    responses((status = 200, body = Member), (status = "4XX", body = Problem)))]
async fn show(
    With(state): With<State>,
    PathOf((license, id)): PathOf<(LicenseId, MemberId)>,
) -> Result<Json<Member>, Problem> {
    let found = state.query(move |conn| member(conn, license, id)).await?;
    found.map(Json).ok_or_else(|| Problem::not_found(Code::UnknownPerson))
}

/// How an import is asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
struct ImportParams {
    /// Only says what would happen.
    #[serde(default)]
    dry_run: bool,
}

/// Addresses in JSON: one text, separated as people do, or a list.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Addresses {
    /// A text with addresses on lines or between commas, or a list of addresses.
    emails: OneOrMany,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
enum OneOrMany {
    Text(String),
    List(Vec<String>),
}

/// Add people (AddUsers): pasted text, a CSV file, or JSON.
#[utoipa::path(post, path = "/licenses/{license_id}/users", tag = "users", operation_id = "add_users",
    params(("license_id" = Uuid, Path,), ImportParams),
    request_body(content((String = "text/plain"), (String = "text/csv"), (Addresses = "application/json"))),
    responses((status = 200, body = Report), (status = "4XX", body = Problem)))]
async fn add(
    state: With<State>,
    license: OnLicense,
    params: Params<ImportParams>,
    caller: Caller,
    request: Request,
) -> Result<Json<Report>, Problem> {
    import(state, license, params, caller, request, ImportMode::Add).await
}

/// Invite people, even within the admin's domain (InviteUser): their consent is asked for.
#[utoipa::path(post, path = "/licenses/{license_id}/users/invite", tag = "users", operation_id = "invite_users",
    params(("license_id" = Uuid, Path,), ImportParams),
    request_body(content((String = "text/plain"), (String = "text/csv"), (Addresses = "application/json"))),
    responses((status = 200, body = Report), (status = "4XX", body = Problem)))]
async fn invite(
    state: With<State>,
    license: OnLicense,
    params: Params<ImportParams>,
    caller: Caller,
    request: Request,
) -> Result<Json<Report>, Problem> {
    import(state, license, params, caller, request, ImportMode::Invite).await
}

/// Remove people (`RemoveUsers`).
#[utoipa::path(post, path = "/licenses/{license_id}/users/remove", tag = "users", operation_id = "remove_users",
    params(("license_id" = Uuid, Path,), ImportParams),
    request_body(content((String = "text/plain"), (String = "text/csv"), (Addresses = "application/json"))),
    responses((status = 200, body = Report), (status = "4XX", body = Problem)))]
async fn remove(
    state: With<State>,
    license: OnLicense,
    params: Params<ImportParams>,
    caller: Caller,
    request: Request,
) -> Result<Json<Report>, Problem> {
    import(state, license, params, caller, request, ImportMode::Remove).await
}

async fn import(
    With(state): With<State>,
    PathOf(license_id): OnLicense,
    Params(ImportParams { dry_run }): Params<ImportParams>,
    caller: Caller,
    request: Request,
    mode: ImportMode,
) -> Result<Json<Report>, Problem> {
    let kind = content_type(request.headers());
    let (input, digest, spooled) = match kind.as_deref() {
        Some("text/csv") => {
            let (file, digest) = spool(request.into_body()).await?;
            (Input::Csv(file.path().to_owned()), digest, Some(file))
        }
        Some("text/plain" | "application/json") | None => {
            let bytes = read_whole(request.into_body()).await?;
            let digest = Sha256::digest(&bytes).into();
            (Input::Pasted(pasted(kind.as_deref(), bytes)?), digest, None)
        }
        Some(other) => {
            let detail = format!("The body is {other}.");
            let hint = "Send text/plain (pasted addresses), text/csv (a file), or application/json.";
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                detail,
                hint,
            ));
        }
    };
    let ctx = caller.context(digest);
    let request = ImportRequest { license_id, mode, input, dry_run };
    // A task of its own: an import does not end half-way because its caller hung up.
    let import = tokio::spawn(async move {
        let report = state.commands.import(&ctx, request).await;
        // The file stands on disk until its import has ended; then it goes.
        drop(spooled);
        report
    });
    Ok(Json(import.await.map_err(|_| Problem::panicked())??))
}

fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

fn pasted(kind: Option<&str>, bytes: Vec<u8>) -> Result<String, Problem> {
    if kind == Some("application/json") {
        let asked: Addresses = serde_json::from_slice(&bytes).map_err(|e| {
            Problem::invalid(
                "emails",
                e,
                "Send {\"emails\": \"a@x.org, b@x.org\"} or {\"emails\": [\"a@x.org\"]}.",
            )
        })?;
        return Ok(match asked.emails {
            OneOrMany::Text(text) => text,
            OneOrMany::List(list) => list.join("\n"),
        });
    }
    String::from_utf8(bytes)
        .map_err(|_| Problem::invalid("body", "the text is not UTF-8", "Send the text in UTF-8."))
}

/// Pasted text is held in memory, so there is not much of it; a file is the way for more.
const LONGEST_PASTE: usize = 8 << 20;

/// A file beyond this is refused; about five million rows.
const LONGEST_FILE: usize = 256 << 20;

async fn read_whole(body: Body) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    each_frame(body, LONGEST_PASTE, |data| {
        bytes.extend_from_slice(data);
        Ok(())
    })
    .await?;
    Ok(bytes)
}

/// Puts an upload on disk as it comes: memory does not grow with the file. Only its owner may read it.
async fn spool(body: Body) -> Result<(NamedTempFile, [u8; 32]), Problem> {
    let mut file = NamedTempFile::new().map_err(|e| unspooled(&e))?;
    let mut digest = Sha256::new();
    each_frame(body, LONGEST_FILE, |data| {
        digest.update(data);
        file.write_all(data).map_err(|e| unspooled(&e))
    })
    .await?;
    Ok((file, digest.finalize().into()))
}

async fn each_frame(
    mut body: Body,
    longest: usize,
    mut each: impl FnMut(&[u8]) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|e| {
            let hint = "Check the connection and send it again.";
            Problem::new(
                StatusCode::BAD_REQUEST,
                "body_unreadable",
                format!("The body broke off: {e}."),
                hint,
            )
        })?;
        let Some(data) = frame.data_ref() else { continue };
        length += data.len();
        if length > longest {
            let detail = format!("The body is longer than {} MiB.", longest >> 20);
            let hint = "Split it; upload long lists as CSV files.";
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail, hint));
        }
        each(data)?;
    }
    Ok(())
}

fn unspooled(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "an upload can't be put on disk");
    let detail = "There is no room to take the file in; nothing was changed.";
    Problem::new(
        StatusCode::INSUFFICIENT_STORAGE,
        "disk_full",
        detail,
        "Try again later, or tell the operator.",
    )
}

/// Take an open invite back.
#[utoipa::path(post, path = "/licenses/{license_id}/users/withdraw", tag = "users", operation_id = "withdraw_invite",
    params(("license_id" = Uuid, Path,)),
    request_body = Person, responses((status = 200, body = Done), (status = "4XX", body = Problem)))]
async fn withdraw(
    With(state): With<State>,
    PathOf(license): OnLicense,
    caller: Caller,
    body: JsonBody<Person>,
) -> Result<Json<Done>, Problem> {
    let person = email("email", &body.value.email)?;
    Ok(Json(state.commands.withdraw_invite(&caller.context(body.bytes), license, &person).await?.into()))
}
