//! `/api/v1/licenses/{license_id}/why`: why somebody is, or is not, on a license.

use axum::extract::State as With;
use chrono::Utc;
use domain::{EmailAddress, LicenseId, MemberId, email::trim};
use projections::why::{Why, WhyStep, Within, why, why_member, why_text};
use serde::Deserialize;

use crate::{
    State,
    body::{OnLicense, Params, PathOf},
    caller::Person,
    operation::{Operation, operations},
    problem::Problem,
    reads::{Shown, Shows},
    rights::Viewer,
    whole::Whole,
};

pub(crate) const OPERATIONS: &[Operation] = operations![ask];

/// About whom.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WhyParams {
    /// The person's address, or what somebody took for one; or else `member_id`.
    email: Option<String>,
    /// The membership.
    #[param(value_type = Option<uuid::Uuid>)]
    member_id: Option<MemberId>,
    /// Waits, for a bounded time, until the log includes this position.
    #[param(value_type = Option<u64>)]
    min_position: Option<Whole>,
}

const ONE: &str = "Give one of them: email=ada@example.org, or member_id.";

/// Why somebody is, or is not, on a license: in one sentence, the events behind it, and what can be done next.
#[utoipa::path(get, path = "/licenses/{license_id}/why", tag = "audit", operation_id = "why",
    params(("license_id" = Uuid, Path,), WhyParams),
    responses((status = 200, body = Why)))]
async fn ask(
    With(state): With<State>,
    viewer: Viewer,
    Person(person): Person,
    PathOf(license): OnLicense,
    Params(params): Params<WhyParams>,
) -> Result<Shown<Why>, Problem> {
    state.known_license(license).await?;
    // The answer rests on the log itself: it is given while a read model is behind or has stopped.
    state.happened(params.min_position).await?;
    let mut told = match (params.email, params.member_id) {
        (Some(text), None) => by_text(&state, &viewer, license, &text).await?,
        (None, Some(member)) => by_member(&state, license, member).await?,
        (None, None) => {
            let what = "it is missing, and so is member_id: about whom?";
            return Err(Problem::invalid("email", what, ONE));
        }
        (Some(_), Some(member)) => {
            let what = format!("{member} is given beside an email, which may be somebody else's");
            return Err(Problem::invalid("member_id", what, ONE));
        }
    };
    say_who_may(&state, &viewer, person, license, &mut told).await?;
    Ok(Shows::person(told.member_id).in_json(told))
}

/// By a membership.
pub(crate) async fn by_member(state: &State, license: LicenseId, member: MemberId) -> Result<Why, Problem> {
    let today = Utc::now().date_naive();
    let found = state.query(move |conn| why_member(conn, license, member, today)).await?;
    found.ok_or_else(|| Problem::unknown_person(&member.to_string()))
}

/// Less than so many letters stand in too many rows.
const SHORTEST: usize = 3;

/// By an address; or by what somebody took for one, which a refused row may hold.
pub(crate) async fn by_text(
    state: &State,
    viewer: &Viewer,
    license: LicenseId,
    text: &str,
) -> Result<Why, Problem> {
    let today = Utc::now().date_naive();
    match EmailAddress::parse(text) {
        Ok(email) => Ok(state.query(move |conn| why(conn, license, email.normalised(), today)).await?),
        Err(fault) => {
            let typed = trim(text).to_owned();
            if typed.chars().count() < SHORTEST {
                let problem = Problem::invalid_email("email", &fault);
                let hint =
                    format!("{} Of three letters on, refused rows are searched for them.", problem.hint);
                return Err(Problem { hint, ..problem });
            }
            let fault = format!("{fault}. {}", fault.hint());
            let may_read_them = viewer.may("list_refused_rows");
            let within = if may_read_them { Within::WholeRow } else { Within::Address };
            state.query(move |conn| why_text(conn, license, (&typed, within), &fault, today)).await
        }
    }
}

/// As what somebody who asks could take a step.
#[derive(PartialEq, Eq)]
enum Capacity {
    Operator,
    Admin,
    /// Administers the mail domain of the person who is asked about.
    DomainAdmin,
    /// Is that person.
    Themselves,
}

/// Says of each next step whether whoever asks may take it.
pub(crate) async fn say_who_may(
    state: &State,
    viewer: &Viewer,
    person: Option<EmailAddress>,
    license: LicenseId,
    told: &mut Why,
) -> Result<(), Problem> {
    let held = capacities(state, viewer, person, license, told.email.as_deref()).await?;
    for step in &mut told.next_steps {
        step.you_may = held.contains(&takes(step));
    }
    Ok(())
}

async fn capacities(
    state: &State,
    viewer: &Viewer,
    person: Option<EmailAddress>,
    license: LicenseId,
    about: Option<&str>,
) -> Result<Vec<Capacity>, Problem> {
    let mut held = Vec::new();
    held.extend(viewer.is_operator().then_some(Capacity::Operator));
    let Some(person) = person else { return Ok(held) };
    let standing = state.commands.standing(&person, Some(license)).await?.license.unwrap_or_default();
    held.extend(standing.admin.then_some(Capacity::Admin));
    if let Some(about) = about.and_then(|about| EmailAddress::parse(about).ok()) {
        held.extend(standing.domains.contains(&about.domain()).then_some(Capacity::DomainAdmin));
        held.extend((about.normalised() == person.normalised()).then_some(Capacity::Themselves));
    }
    Ok(held)
}

/// As what a step is taken.
fn takes(step: &WhyStep) -> Capacity {
    match (step.who, step.action) {
        ("admin", "add_at_once") => Capacity::DomainAdmin,
        ("admin", _) => Capacity::Admin,
        ("operator", _) => Capacity::Operator,
        (_, _) => Capacity::Themselves,
    }
}
