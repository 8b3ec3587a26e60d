//! `/api/v1/licenses/{license_id}/users`: the user list, and `AddUsers`, `InviteUser`, `RemoveUsers`.

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Request, State as With},
    response::Response,
};
use commands::jobs::JobOrder;
use domain::{ImportMode, LicenseId, MemberId, ReadKind, Status, membership::Admission};
use projections::{
    members::{Member, MembersPage, MembersQuery, Sort, member, member_then},
    spans::{AsOf, MembersThen, MembersThenQuery},
};
use serde::{Deserialize, Serialize};

use crate::{
    State,
    as_of::{moment, moment_on},
    body::{Done, JsonBody, OnLicense, Params, PathOf, email},
    caller::Caller,
    jobs::{ImportAnswer, answer_of},
    license_access::Person,
    operation::{Operation, operations},
    problem::Problem,
    reads::{Shown, Shows},
    rights::Viewer,
    upload::{Addresses, Given, taken_in},
    whole::Whole,
};

pub(crate) const OPERATIONS: &[Operation] = operations![list, add, invite, remove, withdraw, show];

/// How the user list is asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
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
    /// As of when: a position of the log, a day (UTC), or an instant (RFC 3339). In the order of being added; with `status` only.
    at: Option<String>,
    /// `email`, `email_desc`, `added` or `added_desc`.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    sort: Option<Sort>,
    /// How many at most, up to 500; 50 unless said otherwise.
    #[param(value_type = Option<u64>)]
    limit: Option<Whole>,
    /// From the page before.
    cursor: Option<String>,
    /// Waits, for a bounded time, until the list includes this position.
    #[param(value_type = Option<u64>)]
    min_position: Option<Whole>,
}

/// The user list of now, or as of a moment.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(untagged)]
enum Listed {
    Now(MembersPage),
    Then(MembersThen),
}

/// The user list; with `at`, as of a moment.
#[utoipa::path(get, path = "/licenses/{license_id}/users", tag = "users", operation_id = "list_users",
    params(("license_id" = Uuid, Path,), ListParams),
    responses((status = 200, body = Listed)))]
async fn list(
    With(state): With<State>,
    viewer: Viewer,
    PathOf(license): OnLicense,
    Params(params): Params<ListParams>,
) -> Result<Shown<Listed>, Problem> {
    if params.at.is_some() {
        return list_then(&state, license, params).await;
    }
    let added_by = match params.added_by {
        Some(text) => Some(viewer.subject(&state, "added_by", &text).await?),
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
        limit: crate::page::limit(params.limit, 50)?,
    };
    state.reached(&["members"], params.min_position).await?;
    state.known_license(license).await?;
    let searched = query.search.is_some().then_some(ReadKind::Search);
    let page = state.query(move |conn| query.run(conn, license)).await?;
    Ok(Shows::rows(page.items.len()).or_as(searched).in_json(Listed::Now(page)))
}

async fn list_then(state: &State, license: LicenseId, params: ListParams) -> Result<Shown<Listed>, Problem> {
    let others = [params.admission.is_some(), params.added_by.is_some(), params.search.is_some()];
    if others.contains(&true) || !matches!(params.sort, None | Some(Sort::Added)) {
        let what = "a list as of a moment is in the order of being added, and filtered by status only";
        return Err(Problem::invalid("at", what, "Leave out search, admission, added_by and sort."));
    }
    let limit = crate::page::limit(params.limit, 50)?;
    state.happened(params.min_position).await?;
    state.known_license(license).await?;
    let as_of = moment_on(state, "at", &params.at.unwrap_or_default(), params.cursor.clone()).await?;
    let query = MembersThenQuery { as_of, status: params.status, cursor: params.cursor, limit };
    let page = state.query(move |conn| query.run(conn, license)).await?;
    Ok(Shows::rows(page.items.len()).in_json(Listed::Then(page)))
}

/// As of when.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ShowParams {
    /// As of when: a position of the log, a day (UTC), or an instant (RFC 3339).
    at: Option<String>,
}

/// A person as they are, or as they were at a moment.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(untagged)]
enum ShownMember {
    Now(Box<Member>),
    Then(Box<MemberAsOf>),
}

/// A person as they were at a moment.
#[derive(Serialize, utoipa::ToSchema)]
struct MemberAsOf {
    /// As of when.
    as_of: AsOf,
    /// The person; nothing where the history of the license did not know them by then.
    member: Option<Member>,
}

/// One person of a license; with `at`, as of a moment.
#[utoipa::path(get, path = "/licenses/{license_id}/users/{member_id}", tag = "users", operation_id = "show_user",
    params(("license_id" = Uuid, Path,), ("member_id" = Uuid, Path,), ShowParams),
    responses((status = 200, body = ShownMember)))]
async fn show(
    With(state): With<State>,
    PathOf((license, id)): PathOf<(LicenseId, MemberId)>,
    Params(ShowParams { at }): Params<ShowParams>,
) -> Result<Shown<ShownMember>, Problem> {
    let found = state.query(move |conn| member(conn, license, id)).await?;
    let now = found.ok_or_else(|| Problem::unknown_person(&id.to_string()))?;
    let shows = Shows::person(Some(id));
    let Some(at) = at else { return Ok(shows.in_json(ShownMember::Now(Box::new(now)))) };
    let as_of = moment(&state, "at", &at).await?;
    let member = state.query(move |conn| member_then(conn, license, id, as_of.position)).await?;
    Ok(shows.in_json(ShownMember::Then(Box::new(MemberAsOf { as_of, member }))))
}

/// How an import is asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ImportParams {
    /// Only says what would happen.
    #[serde(default)]
    dry_run: bool,
}

/// An order about any number of people; what happens to them is the address's.
struct ImportOrder {
    state: State,
    license_id: LicenseId,
    dry_run: bool,
    caller: Caller,
    given: Given,
}

impl FromRequest<State> for ImportOrder {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &State) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let PathOf(license_id) = OnLicense::from_request_parts(&mut parts, state).await?;
        let Params(ImportParams { dry_run }) = Params::from_request_parts(&mut parts, state).await?;
        let caller = Caller::from_request_parts(&mut parts, state).await?.named()?;
        let given = taken_in(Request::from_parts(parts, body), state).await?;
        Ok(Self { state: state.clone(), license_id, dry_run, caller, given })
    }
}

impl ImportOrder {
    /// A job like any other, waited for to its end. It goes on when its caller hangs up.
    async fn run(self, mode: ImportMode) -> Result<Response, Problem> {
        let Self { state, license_id, dry_run, caller, given: Given { what: given, digest } } = self;
        let order = JobOrder { license_id, mode, dry_run, given };
        let about = caller.about().license(license_id);
        let job = state.told(state.jobs.submit(&caller.context(digest), order).await, &about)?;
        answer_of(&state, &job, &*job.ended().await)
    }
}

/// Add people (AddUsers): pasted text, a CSV file, or JSON.
#[utoipa::path(post, path = "/licenses/{license_id}/users", tag = "users", operation_id = "add_users",
    params(("license_id" = Uuid, Path,), ImportParams),
    request_body(content((String = "text/plain"), (String = "text/csv"), (String = "text/tab-separated-values"),
        (String = "application/octet-stream"), (Addresses = "application/json"))),
    responses((status = 200, body = ImportAnswer)))]
async fn add(order: ImportOrder) -> Result<Response, Problem> {
    order.run(ImportMode::Add).await
}

/// Invite people, even within the admin's domain (InviteUser): their consent is asked for.
#[utoipa::path(post, path = "/licenses/{license_id}/users/invite", tag = "users", operation_id = "invite_users",
    params(("license_id" = Uuid, Path,), ImportParams),
    request_body(content((String = "text/plain"), (String = "text/csv"), (String = "text/tab-separated-values"),
        (String = "application/octet-stream"), (Addresses = "application/json"))),
    responses((status = 200, body = ImportAnswer)))]
async fn invite(order: ImportOrder) -> Result<Response, Problem> {
    order.run(ImportMode::Invite).await
}

/// Remove people (`RemoveUsers`).
#[utoipa::path(post, path = "/licenses/{license_id}/users/remove", tag = "users", operation_id = "remove_users",
    params(("license_id" = Uuid, Path,), ImportParams),
    request_body(content((String = "text/plain"), (String = "text/csv"), (String = "text/tab-separated-values"),
        (String = "application/octet-stream"), (Addresses = "application/json"))),
    responses((status = 200, body = ImportAnswer)))]
async fn remove(order: ImportOrder) -> Result<Response, Problem> {
    order.run(ImportMode::Remove).await
}

/// Take an open invite back.
#[utoipa::path(post, path = "/licenses/{license_id}/users/withdraw", tag = "users", operation_id = "withdraw_invite",
    params(("license_id" = Uuid, Path,)),
    request_body = Person, responses((status = 200, body = Done)))]
async fn withdraw(
    With(state): With<State>,
    PathOf(license): OnLicense,
    caller: Caller,
    body: JsonBody<Person>,
) -> Result<Json<Done>, Problem> {
    let person = email("email", &body.value.email)?;
    let about = caller.about().license(license).person(&person);
    let done = state.commands.withdraw_invite(&caller.named()?.context(body.bytes), license, &person).await;
    Ok(Json(state.told(done, &about)?.into()))
}
