//! A license as of a moment, and the difference between two: `/api/v1/licenses/{license_id}/seats` and
//! `/api/v1/licenses/{license_id}/users/changes`. The list as of a moment is that of [`users`](crate::users).

use axum::{Json, extract::State as With};
use chrono::Utc;
use projections::{
    Cursor,
    spans::{AsOf, Change, ChangesPage, ChangesQuery, Moment, NoMoment, SeatsThen, seats_at},
};
use serde::Deserialize;

use crate::{
    State,
    body::{OnLicense, Params, PathOf},
    operation::{Operation, operations},
    page,
    problem::Problem,
    reads::{Shown, Shows},
    visible::shortened,
    whole::Whole,
};

pub(crate) const OPERATIONS: &[Operation] = operations![seats, changes];

/// What a moment in a request comes to, once the read models reach so far.
pub(crate) async fn moment(state: &State, field: &'static str, text: &str) -> Result<AsOf, Problem> {
    moment_on(state, field, text, None).await
}

/// The same for whoever goes on from a page, with its cursor: whatever has happened since, it is the same moment.
pub(crate) async fn moment_on(
    state: &State,
    field: &'static str,
    text: &str,
    cursor: Option<String>,
) -> Result<AsOf, Problem> {
    let asked = text.parse::<Moment>().map_err(|error| {
        Problem::invalid(field, format!("\"{}\": {error}", shortened(text)), NoMoment::HINT)
    })?;
    if asked.begins().is_some_and(|begins| begins > Utc::now()) {
        let what = format!("{asked} has not come yet");
        return Err(Problem::invalid(field, what, "Give a day or a time that has begun."));
    }
    let as_of = state.query(move |conn| asked.resume(conn, field, cursor.as_deref())).await?;
    state.reached(&["spans", "members"], Some(as_of.position)).await?;
    Ok(as_of)
}

/// As of when.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SeatsParams {
    /// As of when: a position of the log, a day (UTC), or an instant (RFC 3339); now, unless it is given.
    at: Option<String>,
    /// Waits, for a bounded time, until the log includes this position.
    #[param(value_type = Option<u64>)]
    min_position: Option<Whole>,
}

/// How many seats a license had at a moment, how many of them were held, and how many people had which status.
#[utoipa::path(get, path = "/licenses/{license_id}/seats", tag = "users", operation_id = "show_seats",
    params(("license_id" = Uuid, Path,), SeatsParams), responses((status = 200, body = SeatsThen)))]
async fn seats(
    With(state): With<State>,
    PathOf(license): OnLicense,
    Params(params): Params<SeatsParams>,
) -> Result<Json<SeatsThen>, Problem> {
    state.happened(params.min_position).await?;
    state.known_license(license).await?;
    let at = params.at.unwrap_or_else(|| state.log.head().borrow().to_string());
    let as_of = moment(&state, "at", &at).await?;
    Ok(Json(state.query(move |conn| seats_at(conn, license, as_of)).await?))
}

/// Between which moments.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ChangesParams {
    /// The first moment: a position of the log, a day (UTC), or an instant (RFC 3339).
    from: String,
    /// The second moment; now, unless it is given. A cursor goes on to the same moments, whatever has happened since.
    to: Option<String>,
    /// Only who `came`, `left` or `changed`.
    #[param(value_type = Option<String>)]
    change: Option<Change>,
    /// How many at most, up to 500; 100 unless said otherwise.
    #[param(value_type = Option<u64>)]
    limit: Option<Whole>,
    /// From the page before.
    cursor: Option<String>,
    /// Waits, for a bounded time, until the log includes this position.
    #[param(value_type = Option<u64>)]
    min_position: Option<Whole>,
}

/// The difference between two moments: who came, who left, whose status changed.
#[utoipa::path(get, path = "/licenses/{license_id}/users/changes", tag = "users", operation_id = "list_user_changes",
    params(("license_id" = Uuid, Path,), ChangesParams), responses((status = 200, body = ChangesPage)))]
async fn changes(
    With(state): With<State>,
    PathOf(license): OnLicense,
    Params(params): Params<ChangesParams>,
) -> Result<Shown<ChangesPage>, Problem> {
    let limit = page::limit(params.limit, 100)?;
    state.happened(params.min_position).await?;
    state.known_license(license).await?;
    let cursor = params.cursor.clone();
    // Now is the moment of the first page.
    let before = || cursor.as_deref().and_then(|cursor| Cursor::filter(cursor, "to"));
    let now = || before().unwrap_or_else(|| *state.log.head().borrow()).to_string();
    let to = params.to.unwrap_or_else(now);
    let to = moment_on(&state, "to", &to, cursor.clone()).await?;
    let from = moment_on(&state, "from", &params.from, cursor).await?;
    let query = ChangesQuery { from, to, change: params.change, cursor: params.cursor, limit };
    let page = state.query(move |conn| query.run(conn, license)).await?;
    Ok(Shows::rows(page.items.len()).in_json(page))
}
