//! `/api/v1/licenses/{license_id}/admins`, `/domains`: who administers a license.

use axum::{Json, extract::State as With};
use domain::{EmailAddress, LicenseId, MailDomain};
use serde::Deserialize;

use crate::{
    State,
    body::{Done, JsonBody, OnLicense, PathOf, email},
    caller::Caller,
    licenses::mail_domain,
    operation::{Operation, operations},
    problem::Problem,
};

pub(crate) const OPERATIONS: &[Operation] =
    operations![grant_admin, revoke_admin, grant_domain, revoke_domain];

/// A person.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Person {
    /// Their address.
    pub email: String,
}

/// Make somebody an admin of a license.
#[utoipa::path(post, path = "/licenses/{license_id}/admins", tag = "licenses", operation_id = "grant_admin",
    params(("license_id" = Uuid, Path,)),
    request_body = Person, responses((status = 200, body = Done)))]
async fn grant_admin(
    With(state): With<State>,
    PathOf(id): OnLicense,
    caller: Caller,
    body: JsonBody<Person>,
) -> Result<Json<Done>, Problem> {
    let person = email("email", &body.value.email)?;
    let about = caller.about().license(id).person(&person);
    let done = state.commands.grant_admin(&caller.context(body.bytes), id, &person).await;
    let done = Done::from(state.told(done, &about)?);
    Ok(Json(done.or_so_already(|| {
        format!("{} is an admin of the license {} already", person.as_spelled(), state.called(id))
    })))
}

/// Take the admin's role, and their domains, from somebody.
#[utoipa::path(post, path = "/licenses/{license_id}/admins/revoke", tag = "licenses", operation_id = "revoke_admin",
    params(("license_id" = Uuid, Path,)),
    request_body = Person, responses((status = 200, body = Done)))]
async fn revoke_admin(
    With(state): With<State>,
    PathOf(id): OnLicense,
    caller: Caller,
    body: JsonBody<Person>,
) -> Result<Json<Done>, Problem> {
    let person = email("email", &body.value.email)?;
    let about = caller.about().license(id).person(&person);
    let done = state.commands.revoke_admin(&caller.context(body.bytes), id, &person).await;
    let done = Done::from(state.told(done, &about)?);
    Ok(Json(done.or_so_already(|| {
        format!("{} is not an admin of the license {}", person.as_spelled(), state.called(id))
    })))
}

/// An admin and a mail domain.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct DomainOfAdmin {
    /// The admin's address.
    email: String,
    /// The mail domain.
    #[schema(format = "hostname")]
    domain: String,
}

/// Let an admin administer a mail domain: whom they add in it joins at once.
#[utoipa::path(post, path = "/licenses/{license_id}/domains", tag = "licenses", operation_id = "grant_domain",
    params(("license_id" = Uuid, Path,)),
    request_body = DomainOfAdmin, responses((status = 200, body = Done)))]
async fn grant_domain(
    With(state): With<State>,
    PathOf(id): OnLicense,
    caller: Caller,
    body: JsonBody<DomainOfAdmin>,
) -> Result<Json<Done>, Problem> {
    let (admin, domain) = (email("email", &body.value.email)?, mail_domain(&body.value.domain)?);
    let about = caller.about().license(id).person(&admin);
    let done = state.commands.grant_domain(&caller.context(body.bytes), id, &admin, domain.clone()).await;
    let done = Done { warning: public([&domain]), ..state.told(done, &about)?.into() };
    Ok(Json(done.or_so_already(|| administers(&state, &admin, "administers", &domain, id) + " already")))
}

/// Take a mail domain from an admin.
#[utoipa::path(post, path = "/licenses/{license_id}/domains/revoke", tag = "licenses", operation_id = "revoke_domain",
    params(("license_id" = Uuid, Path,)),
    request_body = DomainOfAdmin, responses((status = 200, body = Done)))]
async fn revoke_domain(
    With(state): With<State>,
    PathOf(id): OnLicense,
    caller: Caller,
    body: JsonBody<DomainOfAdmin>,
) -> Result<Json<Done>, Problem> {
    let (admin, domain) = (email("email", &body.value.email)?, mail_domain(&body.value.domain)?);
    let about = caller.about().license(id).person(&admin);
    let done = state.commands.revoke_domain(&caller.context(body.bytes), id, &admin, domain.clone()).await;
    let done = Done::from(state.told(done, &about)?);
    Ok(Json(done.or_so_already(|| administers(&state, &admin, "does not administer", &domain, id))))
}

fn administers(
    state: &State,
    admin: &EmailAddress,
    verb: &str,
    domain: &MailDomain,
    id: LicenseId,
) -> String {
    format!("{} {verb} {} on the license {}", admin.as_spelled(), domain.to_unicode(), state.called(id))
}

/// Warns of domains where anybody can have an address.
pub(crate) fn public<'a>(domains: impl IntoIterator<Item = &'a MailDomain>) -> Option<String> {
    let public: Vec<_> =
        domains.into_iter().filter(|domain| domain.is_public()).map(MailDomain::as_str).collect();
    let domains = public.join(", ");
    (!public.is_empty()).then(|| {
        format!(
            "Anybody can have an address at {domains}: whom the admin adds there joins at once, without being asked. \
             Administer only domains whose people are all yours."
        )
    })
}
