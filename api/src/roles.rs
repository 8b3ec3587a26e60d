//! `/api/v1/installation/roles`: who runs the installation, and who checks and helps across all licenses.
//! `/api/v1/licenses/{license_id}/staff`: who checks and helps on one.

use axum::{Json, extract::State as With};
use domain::{EmailAddress, InstallationRole, StaffRole};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    State,
    body::{Done, JsonBody, OnLicense, PathOf, email},
    caller::Caller,
    operation::{Operation, operations},
    problem::Problem,
    reads::{Shown, Shows},
};

pub(crate) const OPERATIONS: &[Operation] = operations![list, grant, revoke, grant_staff, revoke_staff];

/// Somebody with roles across all licenses. No `Debug`: holds an address.
#[derive(Serialize, utoipa::ToSchema)]
struct WithRoles {
    subject_id: Uuid,
    /// The address as first spelled; nothing once erased.
    email: Option<String>,
    /// `operator`, `auditor`, `support`.
    #[schema(value_type = Vec<String>)]
    roles: Vec<InstallationRole>,
}

/// Everybody with such roles.
#[derive(Serialize, utoipa::ToSchema)]
struct Everybody {
    items: Vec<WithRoles>,
}

/// Who has a role across all licenses. Whoever can open the database is the operator beside them.
#[utoipa::path(get, path = "/installation/roles", tag = "installation", operation_id = "list_installation_roles",
    responses((status = 200, body = Everybody)))]
async fn list(With(state): With<State>) -> Result<Shown<Everybody>, Problem> {
    let found = state.commands.installation_roles().await?.into_iter();
    let items = found.map(|(subject, email, roles)| WithRoles { subject_id: subject.0, email, roles });
    let items: Vec<_> = items.collect();
    Ok(Shows::rows(items.len()).in_json(Everybody { items }))
}

/// A person and a role across all licenses.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RoleOf {
    /// Their address.
    email: String,
    /// `operator`, `auditor` or `support`.
    #[schema(value_type = String)]
    role: InstallationRole,
}

/// Give somebody a role across all licenses.
#[utoipa::path(post, path = "/installation/roles", tag = "installation", operation_id = "grant_installation_role",
    request_body = RoleOf, responses((status = 200, body = Done)))]
async fn grant(
    With(state): With<State>,
    caller: Caller,
    body: JsonBody<RoleOf>,
) -> Result<Json<Done>, Problem> {
    let (person, role) = (email("email", &body.value.email)?, body.value.role);
    let about = caller.about().person(&person);
    let done = state.commands.grant_installation_role(&caller.context(body.bytes), &person, role).await;
    let done = Done::from(state.told(done, &about)?);
    Ok(Json(done.or_so_already(|| format!("{} has the role {} already", person.as_spelled(), role.as_str()))))
}

/// Take a role across all licenses from somebody.
#[utoipa::path(post, path = "/installation/roles/revoke", tag = "installation",
    operation_id = "revoke_installation_role", request_body = RoleOf, responses((status = 200, body = Done)))]
async fn revoke(
    With(state): With<State>,
    caller: Caller,
    body: JsonBody<RoleOf>,
) -> Result<Json<Done>, Problem> {
    let (person, role) = (email("email", &body.value.email)?, body.value.role);
    let about = caller.about().person(&person);
    let done = state.commands.revoke_installation_role(&caller.context(body.bytes), &person, role).await;
    let done = Done::from(state.told(done, &about)?);
    Ok(Json(done.or_so_already(|| has_not(&person, role.as_str()))))
}

/// A person and a role on a license.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct StaffOf {
    /// Their address.
    email: String,
    /// `auditor`, who reads everything, or `support`, who reads who is on the license and why.
    #[schema(value_type = String)]
    role: StaffRole,
}

/// Let somebody read a license who does not administer it.
#[utoipa::path(post, path = "/licenses/{license_id}/staff", tag = "licenses", operation_id = "grant_staff",
    params(("license_id" = Uuid, Path,)),
    request_body = StaffOf, responses((status = 200, body = Done)))]
async fn grant_staff(
    With(state): With<State>,
    PathOf(id): OnLicense,
    caller: Caller,
    body: JsonBody<StaffOf>,
) -> Result<Json<Done>, Problem> {
    let (person, role) = (email("email", &body.value.email)?, body.value.role);
    let about = caller.about().license(id).person(&person);
    let done = state.commands.grant_staff(&caller.context(body.bytes), id, &person, role).await;
    let done = Done::from(state.told(done, &about)?);
    Ok(Json(done.or_so_already(|| format!("{} has the role {} already", person.as_spelled(), role.as_str()))))
}

/// Let somebody no longer read a license in a role.
#[utoipa::path(post, path = "/licenses/{license_id}/staff/revoke", tag = "licenses", operation_id = "revoke_staff",
    params(("license_id" = Uuid, Path,)),
    request_body = StaffOf, responses((status = 200, body = Done)))]
async fn revoke_staff(
    With(state): With<State>,
    PathOf(id): OnLicense,
    caller: Caller,
    body: JsonBody<StaffOf>,
) -> Result<Json<Done>, Problem> {
    let (person, role) = (email("email", &body.value.email)?, body.value.role);
    let about = caller.about().license(id).person(&person);
    let done = state.commands.revoke_staff(&caller.context(body.bytes), id, &person, role).await;
    let done = Done::from(state.told(done, &about)?);
    Ok(Json(done.or_so_already(|| has_not(&person, role.as_str()))))
}

fn has_not(person: &EmailAddress, role: &str) -> String {
    format!("{} does not have the role {role}", person.as_spelled())
}
