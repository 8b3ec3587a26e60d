//! `/api/v1/licenses`: what was bought: set up, list, show.

use axum::{Json, extract::State as With, http::StatusCode};
use chrono::{NaiveDate, Utc};
use commands::create_license::NewLicense;
use domain::{LicenseName, MailDomain, Plan, number::grouped};
use projections::licenses::{LicenseDetail, LicensesPage, LicensesQuery};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    State,
    body::{JsonBody, OnLicense, Params, PathOf, email},
    caller::Caller,
    license_access::public,
    license_keys::shown_before,
    operation::{Operation, operations},
    page,
    problem::Problem,
    reads::{Shown, Shows},
    rights::Viewer,
    whole::Whole,
};

pub(crate) const OPERATIONS: &[Operation] = operations![list, create, show];

/// A license to be set up.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// What its owner calls it: 1 to 200 characters.
    name: String,
    /// How many seats can be held.
    #[schema(value_type = u64)]
    seats: Whole,
    /// The first admin's address.
    admin: String,
    /// The mail domains that the first admin administers: whom they add in them joins at once.
    #[serde(default)]
    domains: Vec<String>,
    /// `paid` unless said otherwise.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    plan: Option<Plan>,
    /// The last day, UTC; nothing: no end.
    #[serde(default)]
    term: Option<NaiveDate>,
}

/// A license that was set up.
#[derive(Serialize, utoipa::ToSchema)]
struct Created {
    license_id: Uuid,
    /// Nothing where the same request came before.
    license_key: Option<String>,
    /// Whether the key is kept, so that it can be shown again; otherwise it is shown only now.
    kept: bool,
    /// Why there is no key, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'static str>,
    /// What may not be meant so, although it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<String>,
    position: u64,
}

/// More seats than people on Earth are a typing mistake.
pub(crate) const MOST_SEATS: u64 = 10_000_000_000;

/// How many seats a license has.
pub(crate) fn seats(field: &str, seats: u64) -> Result<u64, Problem> {
    if (1..=MOST_SEATS).contains(&seats) {
        return Ok(seats);
    }
    let hint = format!("Give a number from 1 to {}", grouped(MOST_SEATS));
    Err(match seats {
        0 => {
            let so = "so that nobody can be added, move the license to the free plan, or let it end";
            Problem::invalid(field, "a license has at least one seat, and not 0", format!("{hint}; {so}."))
        }
        _ => {
            Problem::invalid(field, format!("{} seats are more than there are people", grouped(seats)), hint)
        }
    })
}

/// What a license is called.
pub(crate) fn name(text: &str) -> Result<LicenseName, Problem> {
    LicenseName::parse(text).map_err(|e| Problem::invalid("name", &e, e.hint()))
}

pub(crate) fn mail_domain(text: &str) -> Result<MailDomain, Problem> {
    MailDomain::parse(text).map_err(|e| Problem::invalid("domain", &e, e.hint()))
}

/// Set a license up.
#[utoipa::path(post, path = "/licenses", tag = "licenses", operation_id = "create_license",
    request_body = Create, responses((status = 201, body = Created)))]
async fn create(
    With(state): With<State>,
    caller: Caller,
    body: JsonBody<Create>,
) -> Result<(StatusCode, Json<Created>), Problem> {
    let asked = body.value;
    let new = NewLicense {
        name: name(&asked.name)?,
        plan: asked.plan.unwrap_or(Plan::Paid),
        seats: seats("seats", asked.seats.0)?,
        ends: asked.term,
        admin: email("admin", &asked.admin)?,
        domains: asked.domains.iter().map(|text| mail_domain(text)).collect::<Result<_, _>>()?,
    };
    let about = caller.about();
    let made = state.commands.create_license(&caller.context(body.bytes), &new).await;
    let (reply, key) = state.told(made, &about)?;
    let license_id = reply.id.unwrap_or_default();
    let kept = state.commands.keeps_keys();
    let hint = key.is_none().then_some(shown_before(kept));
    let license_key = key.map(|key| key.reveal());
    let warning = public(&new.domains);
    let created = Created { license_id, license_key, kept, hint, warning, position: reply.position };
    Ok((StatusCode::CREATED, Json(created)))
}

/// How a list is asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListParams {
    /// Only those that this person administers: an address. Of somebody else, without a role on the installation: only those
    /// that you administer, too.
    admin: Option<String>,
    /// Only those whose name has this in it, however it is capitalised, or whose id it is.
    search: Option<String>,
    /// How many at most, up to 500.
    #[param(value_type = Option<u64>)]
    limit: Option<Whole>,
    /// From the page before.
    cursor: Option<String>,
    /// Waits, for a bounded time, until the list includes this position.
    #[param(value_type = Option<u64>)]
    min_position: Option<Whole>,
}

/// All licenses that are yours to see, or those of them that somebody administers, or that are called so. Yours are those
/// on which you have a role; with a role on the installation, all.
#[utoipa::path(get, path = "/licenses", tag = "licenses", operation_id = "list_licenses",
    params(ListParams), responses((status = 200, body = LicensesPage)))]
async fn list(
    With(state): With<State>,
    viewer: Viewer,
    Params(params): Params<ListParams>,
) -> Result<Shown<LicensesPage>, Problem> {
    let admin = match params.admin {
        Some(text) => Some(viewer.subject(&state, "admin", &text).await?),
        None => None,
    };
    let (of, only) = (viewer.of(), viewer.only());
    let (search, cursor, limit) = (params.search, params.cursor, page::limit(params.limit, 100)?);
    let query = LicensesQuery { admin, of, search, only, cursor, limit };
    state.reached(&["licenses", "members"], params.min_position).await?;
    let page = state.query(move |conn| query.run(conn)).await?;
    Ok(Shows::rows(page.items.len()).about(admin).in_json(page))
}

/// One license. Support staff see its terms and its admins, and neither its keys nor who else may read it.
#[utoipa::path(get, path = "/licenses/{license_id}", tag = "licenses", operation_id = "show_license",
    params(("license_id" = Uuid, Path,), ("min_position" = Option<u64>, Query,)),
    responses((status = 200, body = LicenseDetail)))]
async fn show(
    With(state): With<State>,
    viewer: Viewer,
    PathOf(id): OnLicense,
    Params(params): Params<MinPosition>,
) -> Result<Shown<LicenseDetail>, Problem> {
    state.reached(&["licenses", "members"], params.min_position).await?;
    let today = Utc::now().date_naive();
    let found = state.query(move |conn| projections::licenses::license(conn, id, today)).await?;
    let mut shown = found.ok_or_else(|| Problem::unknown_license(id))?;
    if !viewer.sees_settings() {
        (shown.staff, shown.keys) = (Vec::new(), Vec::new());
    }
    Ok(Shows::rows(shown.admins.len() + shown.staff.len()).in_json(shown))
}

/// Waits until what is read includes a position.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MinPosition {
    pub min_position: Option<Whole>,
}
