//! `/api/v1/licenses/{license_id}/why`: why somebody is, or is not, on a license.

use axum::{Json, extract::State as With};
use chrono::Utc;
use domain::MemberId;
use projections::why::{Why, why, why_member};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    State,
    body::{OnLicense, Params, PathOf, email},
    problem::Problem,
    whole::Whole,
};

pub(crate) fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(ask))
}

/// About whom.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WhyParams {
    /// The person's address; or else `member_id`.
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
    PathOf(license): OnLicense,
    Params(params): Params<WhyParams>,
) -> Result<Json<Why>, Problem> {
    let today = Utc::now().date_naive();
    state.known_license(license).await?;
    // The answer rests on the log itself: it is given while a read model is behind or has stopped.
    state.happened(params.min_position).await?;
    let asked_member = params.member_id.map(|member| member.to_string()).unwrap_or_default();
    let asked = match (params.email, params.member_id) {
        (Some(text), None) => Ok(email("email", &text)?),
        (None, Some(member)) => Err(member),
        (None, None) => {
            let what = "it is missing, and so is member_id: about whom?";
            return Err(Problem::invalid("email", what, ONE));
        }
        (Some(_), Some(member)) => {
            let what = format!("{member} is given beside an email, which may be somebody else's");
            return Err(Problem::invalid("member_id", what, ONE));
        }
    };
    let answer = state.query(move |conn| match asked {
        Ok(email) => why(conn, license, email.normalised(), today).map(Some),
        Err(member) => why_member(conn, license, member, today),
    });
    // By address, there is always an answer.
    answer.await?.map(Json).ok_or_else(|| Problem::unknown_person(&asked_member))
}
