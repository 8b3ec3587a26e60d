//! `/licenses/{license_id}/users/{member_id}` and `/why`: one person: what they are now, why, and what can be done next.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use domain::{LicenseId, MemberId, Source};
use projections::why::{Why, WhyStatus, WhyStep};
use serde::Deserialize;

use super::{
    frame::Frame,
    place::{Place, Tab},
    visit::Visit,
    went::Went,
    words::{self, At, Badge},
};
use crate::{
    body::{OnLicense, Params, PathOf},
    problem::Problem,
    reads::Shows,
    why::{by_member, by_text, say_who_may},
};

#[derive(Template)]
#[template(path = "person.html")]
struct Page {
    frame: Frame,
    place: Place,
    why: Why,
    /// The list, as it was when they were chosen from it.
    list: String,
}

impl Page {
    fn badge(&self) -> Badge {
        match self.why.status {
            WhyStatus::Accepted => Badge::of(domain::Status::Accepted),
            WhyStatus::Invited => Badge::of(domain::Status::Invited),
            WhyStatus::Rejected => Badge::of(domain::Status::Rejected),
            WhyStatus::Removed => Went::last(&self.why.chain).map_or(Badge::of_maybe(None), Went::badge),
            WhyStatus::NeverAdded | WhyStatus::NotOnLicense => Badge::of_maybe(None),
            WhyStatus::Erased => Badge::new("off", "minus", "Erased"),
        }
    }

    fn called(&self) -> &str {
        self.why.email.as_deref().unwrap_or("Erased person")
    }

    /// The order that a step comes to, if whoever looks may give it: what to do, what the button says, whether it takes
    /// something away.
    fn order(&self, step: &WhyStep) -> Option<(&'static str, &'static str, bool)> {
        if !step.you_may || self.why.email.is_none() {
            return None;
        }
        match step.action {
            "add" => Some(("add", "Add", false)),
            "add_again" => Some(("add", "Add again", false)),
            "add_at_once" => Some(("add", "Add at once", false)),
            "invite" => Some(("invite", "Invite", false)),
            "withdraw" => Some(("withdraw", "Withdraw the invite", true)),
            "remove" => Some(("remove", "Remove", true)),
            _ => None,
        }
    }

    /// Whether nothing but a seat keeps them from being added.
    fn waits_for_a_seat(&self) -> bool {
        let is_on_it = matches!(self.why.status, WhyStatus::Accepted | WhyStatus::Invited);
        let offered = |action: &str| self.why.next_steps.iter().any(|step| step.action == action);
        !is_on_it && offered("free_seat") && !offered("renew_license") && !offered("move_to_paid_plan")
    }

    /// The page where a step is taken that is not about this person, if whoever looks may take it.
    fn way(&self, step: &WhyStep) -> Option<(String, &'static str)> {
        if !step.you_may {
            return None;
        }
        match step.action {
            "free_seat" if self.place.license.summary.counts.invited > 0 => {
                Some((self.place.open_invites(), "See the open invites"))
            }
            "free_seat" => Some((format!("/licenses/{}/users", self.place.id), "See the users")),
            "make_admin" => Some((format!("/licenses/{}/settings#admins", self.place.id), "Make an admin")),
            "more_seats" => Some((self.place.terms(), "Change the seats")),
            "renew_license" => Some((self.place.terms(), "Change the end")),
            "move_to_paid_plan" => Some((self.place.terms(), "Change the plan")),
            _ => None,
        }
    }
}

async fn page(visit: Visit, id: LicenseId, mut why: Why) -> Result<Response, Problem> {
    say_who_may(&visit.state, &visit.viewer, Some(visit.email.clone()), id, &mut why).await?;
    let place = visit.place(id, Tab::Users).await?;
    let called = why.email.clone().unwrap_or_else(|| "Erased person".to_owned());
    let frame = visit.frame(format!("{called} · {}", place.name())).await?;
    let shows = Shows::person(why.member_id);
    let whole = format!("/licenses/{id}/users");
    let is_list = |from: &&String| from.strip_prefix(&whole).is_some_and(|rest| rest.starts_with('?'));
    let list = visit.from.as_ref().filter(is_list).cloned().unwrap_or(whole);
    Ok(shows.beside(visit.page(&Page { frame, place, why, list })?))
}

pub(super) async fn show(
    visit: Visit,
    PathOf((id, member)): PathOf<(LicenseId, MemberId)>,
) -> Result<Response, Problem> {
    let found = by_member(&visit.state, id, member).await?;
    page(visit, id, found).await
}

/// About whom.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    email: String,
}

/// Why somebody is, or is not, on the license, by their address.
pub(super) async fn ask(
    visit: Visit,
    PathOf(id): OnLicense,
    Params(Asked { email: text }): Params<Asked>,
) -> Result<Response, Problem> {
    let found = by_text(&visit.state, &visit.viewer, id, &text).await?;
    if let (true, Some(member)) = (found.known, found.member_id) {
        let there = format!("/licenses/{id}/users/{member}");
        return Ok(Shows::person(Some(member)).beside(Redirect::to(&there).into_response()));
    }
    page(visit, id, found).await
}
