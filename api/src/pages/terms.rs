//! `/licenses/{license_id}/settings/seats`, `/plan` and `/term`: what was bought, which the operator changes.

use axum::response::Response;
use chrono::{NaiveDate, Utc};
use domain::Plan;

use super::{
    form::Form,
    keys,
    place::Tab,
    settings::{NOW, answer, is_sure, not_sure, toast},
    visit::Order,
    words,
};
use crate::{
    body::{OnLicense, PathOf},
    licenses::seats,
    problem::Problem,
};

/// What comes of a license that is over, or on the free plan.
const STANDS_STILL: &str = "nobody can be added, join or accept an invite; who has joined stays";

/// What a new last day does that somebody may not have meant.
fn seldom_meant(before: Option<NaiveDate>, ends: Option<NaiveDate>, today: NaiveDate) -> Option<String> {
    match (before, ends) {
        (Some(before), None) => Some(format!(
            "The field for the last day is empty: the license would have no end any more, instead of {}.",
            words::day(before)
        )),
        (before, Some(day)) if day < today && before != ends => {
            Some(format!("The license would be over since {}: {STANDS_STILL}.", words::day(day)))
        }
        _ => None,
    }
}

/// What a term comes to, before "now".
fn termed(ends: Option<NaiveDate>, today: NaiveDate) -> String {
    match ends {
        None => "The license has no end".to_owned(),
        Some(day) if day < today => format!("The license, whose last day was {}, is over", words::day(day)),
        Some(day) => format!("The last day of the license is {}", words::day(day)),
    }
}

pub(super) async fn change_seats(
    order: Order,
    PathOf(id): OnLicense,
    form: Form,
) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let told = async {
        let limit = seats("seats", keys::number(&form, "seats")?.unwrap_or(0))?;
        let about = caller.about().license(id);
        let done = visit.state.commands.change_seat_limit(&caller.context(&form.bytes), id, limit).await;
        toast(&visit, &about, done, (format!("The license has {}", words::counted(limit, "seat")), NOW))
    };
    let told = told.await;
    answer(&visit, id, ("terms", form), told).await
}

pub(super) async fn change_plan(
    order: Order,
    PathOf(id): OnLicense,
    form: Form,
) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let plan = if form.text("plan") == "free" { Plan::Free } else { Plan::Paid };
    let told = async {
        let before = visit.place(id, Tab::Settings).await?.license.summary.plan;
        if plan == Plan::Free && before != plan && !is_sure(&form, "plan") {
            return Err(not_sure(format!("On the free plan {STANDS_STILL}.")));
        }
        let about = caller.about().license(id);
        let done = visit.state.commands.change_plan(&caller.context(&form.bytes), id, plan).await;
        toast(&visit, &about, done, (format!("The license is on the {} plan", plan.as_str()), NOW))
    };
    let told = told.await;
    answer(&visit, id, ("terms", form), told).await
}

pub(super) async fn change_term(
    order: Order,
    PathOf(id): OnLicense,
    form: Form,
) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let told = async {
        let ends = keys::day(&form, "ends")?;
        let before = visit.place(id, Tab::Settings).await?.license.summary.ends;
        if let Some(what) =
            seldom_meant(before, ends, Utc::now().date_naive()).filter(|_| !is_sure(&form, "ends"))
        {
            return Err(not_sure(what));
        }
        let about = caller.about().license(id);
        let done = visit.state.commands.change_term(&caller.context(&form.bytes), id, ends).await;
        toast(&visit, &about, done, (termed(ends, Utc::now().date_naive()), NOW))
    };
    let told = told.await;
    answer(&visit, id, ("terms", form), told).await
}
