//! `/api/v1/licenses/{license_id}/domains/proofs`: an admin shows by a record in DNS that a mail domain is theirs.
//!
//! They ask, are told a record, put it into their zone, and let it be looked for. What was seen stands in the history, so
//! that it can be looked for again by anybody, at any time.

use axum::{Json, extract::State as With, http::StatusCode};
use chrono::{DateTime, Utc};
use commands::{Context, ProvedDomain};
use domain::{
    Code, EmailAddress, LicenseId, MailDomain,
    license::{DomainProof, proof::check_provable},
};
use serde::{Deserialize, Serialize};

use crate::{
    State,
    about::About,
    body::{Done, JsonBody, OnLicense, PathOf, email},
    caller::{Caller, Person, Seer, nobody_named},
    licenses::mail_domain,
    operation::{Operation, operations},
    problem::Problem,
    reads::{Shown, Shows},
};

pub(crate) const OPERATIONS: &[Operation] = operations![ask, list, check, drop_awaited];

/// A mail domain.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Domain {
    /// The mail domain, without its subdomains.
    domain: String,
}

/// A record that shows a mail domain to be an admin's.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ProofShown {
    /// The admin; missing where they were erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The mail domain, in ASCII.
    pub domain: String,
    /// `awaited`: it is to be put into DNS, and looked for. `proved`: it was seen, and the admin administers the domain.
    pub state: &'static str,
    /// The name of the TXT record.
    pub record: String,
    /// Its text.
    pub value: String,
    /// Until when it is looked for, if it was not seen yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
}

impl ProofShown {
    fn awaited(awaited: &identity::DomainProof) -> Self {
        let proof = DomainProof::dns_txt(&awaited.domain, &awaited.value);
        let email = Some(awaited.admin.as_spelled().to_owned());
        Self { state: "awaited", ends_at: Some(awaited.ends_at), ..Self::of(email, &awaited.domain, proof) }
    }

    fn of(email: Option<String>, domain: &MailDomain, proof: DomainProof) -> Self {
        let DomainProof::DnsTxt { record, value } = proof;
        Self { email, domain: domain.as_str().to_owned(), state: "proved", record, value, ends_at: None }
    }
}

/// Ask for a record that shows a mail domain to be yours. It is yours alone, on this license, for a week; asked again, it is
/// the same, unless it was dropped. Of a domain that you have proved already, it is the record that was seen.
#[utoipa::path(post, path = "/licenses/{license_id}/domains/proofs", tag = "licenses",
    operation_id = "ask_for_domain_proof", params(("license_id" = Uuid, Path,)),
    request_body = Domain, responses((status = 200, body = ProofShown)))]
async fn ask(
    With(state): With<State>,
    PathOf(id): OnLicense,
    caller: Caller,
    Person(person): Person,
    body: JsonBody<Domain>,
) -> Result<Json<ProofShown>, Problem> {
    let admin = person.ok_or_else(nobody_named)?;
    let domain = mail_domain(&body.value.domain)?;
    let about = caller.about().license(id);
    asked(&state, &about, id, &admin, &domain).await.map(Json)
}

/// The record that an admin is to put into DNS.
pub(crate) async fn asked(
    state: &State,
    about: &About,
    id: LicenseId,
    admin: &EmailAddress,
    domain: &MailDomain,
) -> Result<ProofShown, Problem> {
    state.told(state.commands.check_admin(id, admin).await, about)?;
    state.told(check_provable(domain).map_err(Into::into), about)?;
    if let Some(proof) = state.told(state.commands.domain_proof(id, admin, domain).await, about)? {
        // Another record would be looked for by nobody.
        return Ok(ProofShown::of(Some(admin.as_spelled().to_owned()), domain, proof));
    }
    let asked = state.accounts.ask_for_domain_proof(id, admin, domain, Utc::now()).await?;
    asked.as_ref().map(ProofShown::awaited).ok_or_else(too_many)
}

fn too_many() -> Problem {
    let detail = "There are twenty mail domains that you have asked to prove on this license and have not.";
    let hint = "Let those be looked for first, or drop one; what is not found within a week is forgotten.";
    Problem::new(StatusCode::CONFLICT, "too_many_proofs", detail, hint)
}

/// The records of a license.
#[derive(Serialize, utoipa::ToSchema)]
struct Proofs {
    items: Vec<ProofShown>,
}

/// Which records show mail domains to be whose, and which are awaited. Whoever wants to know looks into DNS.
#[utoipa::path(get, path = "/licenses/{license_id}/domains/proofs", tag = "licenses",
    operation_id = "list_domain_proofs", params(("license_id" = Uuid, Path,)),
    responses((status = 200, body = Proofs)))]
async fn list(With(state): With<State>, PathOf(id): OnLicense) -> Result<Shown<Proofs>, Problem> {
    state.known_license(id).await?;
    let items = listed(&state, id).await?;
    Ok(Shows::rows(items.len()).in_json(Proofs { items }))
}

/// The records of a license: those that were seen, and those that are awaited.
pub(crate) async fn listed(state: &State, id: LicenseId) -> Result<Vec<ProofShown>, Problem> {
    let proved = state.commands.proved_domains(id).await?;
    let admins: Vec<_> = proved.iter().map(|proved| proved.admin).collect();
    let names = state.log.find_addresses(&admins).await?;
    let awaited = state.accounts.domain_proofs_on(id, Utc::now()).await?;
    let proved = proved.into_iter().zip(names);
    let proved =
        proved.map(|(ProvedDomain { domain, proof, .. }, name)| ProofShown::of(name, &domain, proof));
    Ok(proved.chain(awaited.iter().map(ProofShown::awaited)).collect())
}

/// Which record is meant.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct DomainProofOf {
    /// The mail domain.
    #[schema(format = "hostname")]
    domain: String,
    /// The admin whose record it is; without it, you are.
    email: Option<String>,
}

impl DomainProofOf {
    /// The admin and the domain, asked by somebody.
    fn read(&self, person: Option<&EmailAddress>) -> Result<(EmailAddress, MailDomain), Problem> {
        let domain = mail_domain(&self.domain)?;
        let named = self.email.as_deref().map(|text| email("email", text)).transpose()?;
        Ok((named.or_else(|| person.cloned()).ok_or_else(nobody_named)?, domain))
    }
}

/// Look into DNS for a record. Where it is seen for the first time, the admin administers the domain from now on; a proof that
/// was given is looked at again, and nothing changes whatever comes of it. Another admin's is only looked at.
#[utoipa::path(post, path = "/licenses/{license_id}/domains/proofs/check", tag = "licenses",
    operation_id = "check_domain_proof", params(("license_id" = Uuid, Path,)),
    request_body = DomainProofOf, responses((status = 200, body = Done)))]
async fn check(
    With(state): With<State>,
    PathOf(id): OnLicense,
    caller: Caller,
    Person(person): Person,
    body: JsonBody<DomainProofOf>,
) -> Result<Json<Done>, Problem> {
    let (admin, domain) = body.value.read(person.as_ref())?;
    checked(&state, caller, &body.bytes, id, (person, admin, domain)).await.map(Json)
}

/// Looks for the record of an admin, for somebody.
pub(crate) async fn checked(
    state: &State,
    caller: Caller,
    bytes: &[u8],
    id: LicenseId,
    (person, admin, domain): (Option<EmailAddress>, EmailAddress, MailDomain),
) -> Result<Done, Problem> {
    let about = caller.about().license(id).person(&admin);
    let ctx = caller.context(bytes);
    if let Some(reply) = state.told(state.commands.given_before(&ctx).await, &about)? {
        return Ok(reply.into());
    }
    if let Some(proof) = state.told(state.commands.domain_proof(id, &admin, &domain).await, &about)? {
        return look_again(state, &domain, &proof).await;
    }
    let own = person.is_some_and(|person| person.normalised() == admin.normalised());
    let awaited = state.accounts.domain_proof(id, &admin, &domain, Utc::now()).await?;
    let awaited = awaited.filter(|_| own).ok_or_else(|| none_awaited(&domain))?;
    let proof = DomainProof::dns_txt(&domain, &awaited.value);
    seen(state, &proof).await?;
    // Name servers take their time: it may have been dropped meanwhile.
    let still = state.accounts.domain_proof(id, &admin, &domain, Utc::now()).await?;
    still.filter(|still| still.value == awaited.value).ok_or_else(|| none_awaited(&domain))?;
    let proved = state.commands.prove_domain(&ctx, id, &admin, domain.clone(), proof).await;
    let done = Done::from(state.told(proved, &about)?);
    state.accounts.end_domain_proof(id, &admin, &domain, Utc::now()).await?;
    let already = || format!("{} administers {} already", admin.as_spelled(), domain.to_unicode());
    Ok(done.or_so_already(already))
}

/// Look for a record no more that was asked for and not seen yet: your own, or another admin's. Asked for again, it has
/// another text. Nothing changes of what was proved.
#[utoipa::path(post, path = "/licenses/{license_id}/domains/proofs/drop", tag = "licenses",
    operation_id = "drop_domain_proof", params(("license_id" = Uuid, Path,)),
    request_body = DomainProofOf, responses((status = 204, description = "Nobody looks for it any more.")))]
async fn drop_awaited(
    With(state): With<State>,
    PathOf(id): OnLicense,
    seer: Seer,
    Person(person): Person,
    body: JsonBody<DomainProofOf>,
) -> Result<StatusCode, Problem> {
    let (admin, domain) = body.value.read(person.as_ref())?;
    let about = seer.about().license(id);
    dropped(&state, (&seer.context(), &about), id, (&admin, &domain)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// That nobody looks for an admin's record any more.
pub(crate) async fn dropped(
    state: &State,
    (ctx, about): (&Context, &About),
    id: LicenseId,
    (admin, domain): (&EmailAddress, &MailDomain),
) -> Result<(), Problem> {
    state.told(state.commands.check_may_change(ctx, id).await, about)?;
    let was_awaited = state.accounts.end_domain_proof(id, admin, domain, Utc::now()).await?;
    if was_awaited { Ok(()) } else { Err(none_awaited(domain)) }
}

pub(crate) const NOT_FOUND: &str = "proof_not_found";

/// That a record stands there.
async fn seen(state: &State, proof: &DomainProof) -> Result<(), Problem> {
    let DomainProof::DnsTxt { record, value } = proof;
    let (there, others) = state.front.dns.holds(proof).await.map_err(|error| away(record, &error))?;
    if there {
        return Ok(());
    }
    let others = match others {
        0 => "there is none by that name".to_owned(),
        1 => "there is one with another text".to_owned(),
        n => format!("there are {n} with other texts"),
    };
    let detail = format!("The TXT record {record} with the text {value} was not found: {others}.");
    let hint = "Put it there, and look again. Servers may take some minutes to show it, and as long as records that are \
                there already last (TTL).";
    Err(Problem::new(StatusCode::CONFLICT, NOT_FOUND, detail, hint))
}

fn away(record: &str, error: &crate::dns::Away) -> Problem {
    tracing::warn!(%error, record, "the domain name system can't be asked");
    let detail = format!("Nobody knows right now whether the TXT record {record} is there.");
    let hint = "Look again in some minutes. If it goes on, check the name servers of the domain; the operator, those of \
                this service.";
    Problem::new(StatusCode::BAD_GATEWAY, "dns_away", detail, hint)
}

fn none_awaited(domain: &MailDomain) -> Problem {
    let detail = format!(
        "No record of {} is awaited: nobody asked for one, or its week is over.",
        domain.to_unicode()
    );
    let hint = "The admin asks for one, puts it into DNS, and lets it be looked for.";
    Problem::new(StatusCode::CONFLICT, "no_proof_awaited", detail, hint)
}

/// What was proved, looked at again.
async fn look_again(state: &State, domain: &MailDomain, proof: &DomainProof) -> Result<Done, Problem> {
    seen(state, proof).await.map_err(|problem| {
        if problem.code != NOT_FOUND {
            return problem;
        }
        let hint = format!(
            "{} is administered all the same, until somebody takes it back: `seatbook license domain revoke`.",
            domain.to_unicode()
        );
        Problem::new(StatusCode::CONFLICT, "proof_gone", problem.detail, hint)
    })?;
    let position = *state.log.head().borrow();
    let detail = "The record is still there. Nothing has changed.".to_owned();
    Ok(Done { code: Code::Unchanged.as_str().to_owned(), detail, warning: None, position, id: None })
}
