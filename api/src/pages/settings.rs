//! `/licenses/{license_id}/settings`: what a license is called, who administers and reads it; its terms, which the
//! operator changes.

use std::borrow::Borrow;

use askama::Template;
use axum::{http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use commands::Reply;
use domain::{Code, EmailAddress, LicenseId, Plan, StaffRole};
use projections::licenses::license_names;

use super::{
    form::{Form, Refused},
    frame::Frame,
    place::{Place, Tab},
    toast::Toast,
    visit::{Order, Visit},
    words::{self, At},
};
use crate::{
    about::About,
    body::{OnLicense, PathOf, email},
    domain_proofs::{self, NOT_FOUND, ProofShown},
    licenses::{mail_domain, name},
    problem::Problem,
    reads::Shows,
};

#[derive(Template)]
#[template(path = "settings.html")]
struct Page {
    frame: Frame,
    place: Place,
    may: May,
    /// What could not be done, and in which form.
    refused: Option<Refused<&'static str>>,
    /// Records in DNS that show mail domains to be whose.
    proofs: Vec<ProofShown>,
}

/// What whoever looks may change.
#[expect(clippy::struct_excessive_bools, reason = "each stands for an operation of the table")]
struct May {
    rename: bool,
    grant_admin: bool,
    revoke_admin: bool,
    grant_domain: bool,
    revoke_domain: bool,
    prove_domain: bool,
    drop_proof: bool,
    staff: bool,
    terms: bool,
}

impl Page {
    async fn of(visit: &Visit, id: LicenseId) -> Result<Self, Problem> {
        let place = visit.place(id, Tab::Settings).await?;
        let frame = visit.frame(format!("Settings · {}", place.name())).await?;
        let may = |operation| visit.viewer.may(operation);
        let may = May {
            rename: may("rename_license"),
            grant_admin: may("grant_admin"),
            revoke_admin: may("revoke_admin"),
            grant_domain: may("grant_domain"),
            revoke_domain: may("revoke_domain"),
            prove_domain: may("ask_for_domain_proof"),
            drop_proof: may("drop_domain_proof"),
            staff: may("grant_staff"),
            terms: may("change_seat_limit"),
        };
        let proofs = domain_proofs::listed(&visit.state, id).await?;
        Ok(Self { frame, place, may, refused: None, proofs })
    }

    /// A form that could not be done.
    fn refused(&self, form: &str) -> Option<&Refused<&'static str>> {
        self.refused.as_ref().filter(|refused| refused.at == form)
    }

    /// What is wrong in a section of the page: in its own form, or in another one that stands there.
    fn wrong(&self, section: &str) -> Option<&Problem> {
        let stands_there = |refused: &&Refused<_>| section_of(refused.at) == section;
        self.refused.as_ref().filter(stands_there).map(|refused| &refused.problem)
    }

    /// What was entered into a field of a form that could not be done.
    fn entered(&self, form: &str, field: &str) -> &str {
        self.refused(form).map_or("", |refused| refused.form.text(field))
    }

    /// What somebody is sure of who gives a form again with the same in this field; nothing where they were not asked.
    fn sure(&self, form: &str, field: &str) -> Option<String> {
        let refused = self.refused(form)?;
        let asked = refused.problem.code == NOT_SURE && refused.form.pairs().any(|(name, _)| name == field);
        asked.then(|| format!("{field}={}", refused.form.text(field)))
    }

    /// The record by which a mail domain was shown to be an admin's.
    fn proof_of(&self, admin: &str, domain: &str) -> Option<&ProofShown> {
        let mut proved = self.proofs.iter().filter(|proof| proof.ends_at.is_none());
        proved.find(|proof| proof.domain == domain && proof.email.as_deref() == Some(admin))
    }

    /// Records that are awaited.
    fn awaited(&self) -> impl Iterator<Item = (&ProofShown, &DateTime<Utc>)> {
        self.proofs.iter().filter_map(|proof| Some((proof, proof.ends_at.as_ref()?)))
    }

    /// Whether a record is awaited from whoever looks: only they can let it be looked for.
    fn is_theirs(&self, proof: &ProofShown) -> bool {
        proof.email.as_deref() == Some(self.frame.person.as_str())
    }

    fn plan(&self) -> &'static str {
        match self.place.license.summary.plan {
            Plan::Paid => "Paid",
            Plan::Free => "Free: nobody can be added",
        }
    }

    fn ends(&self) -> String {
        self.place.license.summary.ends.map(|day| day.to_string()).unwrap_or_default()
    }

    fn role(role: impl Borrow<StaffRole>) -> &'static str {
        match role.borrow() {
            StaffRole::Auditor => "Auditor: reads everything",
            StaffRole::Support => "Support: reads who is on it, and why",
        }
    }
}

/// The section of a form: `admins` of `admins/revoke`.
fn section_of(form: &str) -> &str {
    form.split_once('/').map_or(form, |(section, _)| section)
}

pub(super) async fn show(visit: Visit, PathOf(id): OnLicense) -> Result<Response, Problem> {
    let page = Page::of(&visit, id).await?;
    let shows = Shows::rows(page.place.license.admins.len() + page.place.license.staff.len());
    Ok(shows.beside(visit.page(&page)?))
}

/// To the settings with what came of an order; or the form again, with what is wrong in it.
pub(super) async fn answer(
    visit: &Visit,
    id: LicenseId,
    (at, form): (&'static str, Form),
    told: Result<Toast, Problem>,
) -> Result<Response, Problem> {
    match told {
        Ok(toast) => Ok(visit.tell(&toast, &format!("/licenses/{id}/settings#{}", section_of(at)))),
        Err(problem) => {
            let status = problem.status;
            let refused = Some(Refused { at, form, problem });
            let page = Page { refused, ..Page::of(visit, id).await? };
            visit.page_with(status, &page)
        }
    }
}

/// The code of what is done once somebody presses again.
const NOT_SURE: &str = "not_sure";

/// Whether somebody was told what it will do, and asks for the very same again.
pub(super) fn is_sure(form: &Form, field: &str) -> bool {
    form.maybe("sure").is_some_and(|sure| sure == format!("{field}={}", form.text(field)))
}

/// Says before what something will do that is meant seldom.
pub(super) fn not_sure(what: String) -> Problem {
    let hint = "Nothing was changed. Press the button again if you mean it.";
    Problem::new(StatusCode::CONFLICT, NOT_SURE, what, hint)
}

/// What is so since an order, in words of the page: "Ada is an admin" and "now".
pub(super) type Since = (String, &'static str);

/// Of what an order began.
pub(super) const NOW: &str = "now";

/// Of what an order ended.
const ANY_MORE: &str = "any more";

/// What came of an order, in words of the page: also of what it found so already.
pub(super) fn toast(
    visit: &Visit,
    about: &About,
    done: Result<Reply, commands::CommandError>,
    (what, since): Since,
) -> Result<Toast, Problem> {
    let reply = visit.state.told(done, about)?;
    if reply.code == Code::Unchanged {
        return Ok(Toast::neutral(format!("Nothing has changed. {what}."), reply.position));
    }
    Ok(Toast::of_reply(&reply, || format!("{what} {since}.")))
}

pub(super) async fn rename(order: Order, PathOf(id): OnLicense, form: Form) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let told = async {
        let name = name(form.text("name"))?;
        let about = caller.about().license(id);
        let what = (format!("The license is called \"{}\"", name.as_str()), NOW);
        let done = visit.state.commands.rename_license(&caller.context(&form.bytes), id, name).await;
        toast(&visit, &about, done, what)
    };
    let told = told.await;
    answer(&visit, id, ("name", form), told).await
}

/// What a license is called.
async fn name_of(visit: &Visit, id: LicenseId) -> Result<String, Problem> {
    let names = visit.state.query(move |conn| license_names(conn, [id])).await?;
    names.into_values().next().ok_or_else(|| Problem::unknown_license(id))
}

fn person(form: &Form) -> Result<EmailAddress, Problem> {
    email("E-mail", form.text("email"))
}

pub(super) async fn grant_admin(
    order: Order,
    PathOf(id): OnLicense,
    form: Form,
) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let told = async {
        let person = person(&form)?;
        let about = caller.about().license(id).person(&person);
        let done = visit.state.commands.grant_admin(&caller.context(&form.bytes), id, &person).await;
        toast(&visit, &about, done, (format!("{} is an admin", person.as_spelled()), NOW))
    };
    let told = told.await;
    answer(&visit, id, ("admins", form), told).await
}

pub(super) async fn revoke_admin(
    order: Order,
    PathOf(id): OnLicense,
    form: Form,
) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let told = async {
        let person = person(&form)?;
        let about = caller.about().license(id).person(&person);
        let done = visit.state.commands.revoke_admin(&caller.context(&form.bytes), id, &person).await;
        let what = format!("{} is no admin", person.as_spelled());
        let told = toast(&visit, &about, done, (what, ANY_MORE))?;
        Ok((told, person == visit.email))
    };
    match told.await {
        // The license may not be theirs to see any more.
        Ok((told, true)) => {
            let what = format!("You are no admin of {} any more.", name_of(&visit, id).await?);
            Ok(visit.tell(&Toast { what, ..told }, "/licenses"))
        }
        told => answer(&visit, id, ("admins/revoke", form), told.map(|(told, _)| told)).await,
    }
}

pub(super) async fn grant_domain(
    order: Order,
    PathOf(id): OnLicense,
    form: Form,
) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let told = async {
        let (person, domain) = (person(&form)?, mail_domain(form.text("domain"))?);
        let about = caller.about().license(id).person(&person);
        let warning = crate::license_access::public([&domain]);
        if let Some(warning) = warning.as_ref().filter(|_| !is_sure(&form, "domain")) {
            return Err(not_sure(warning.clone()));
        }
        let what = (format!("{} administers {}", person.as_spelled(), domain.to_unicode()), NOW);
        let done = visit.state.commands.grant_domain(&caller.context(&form.bytes), id, &person, domain).await;
        Ok(toast(&visit, &about, done, what)?.with_hint(warning.unwrap_or_default()))
    };
    let told = told.await;
    answer(&visit, id, ("domains", form), told).await
}

pub(super) async fn revoke_domain(
    order: Order,
    PathOf(id): OnLicense,
    form: Form,
) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let told = async {
        let (person, domain) = (person(&form)?, mail_domain(form.text("domain"))?);
        let about = caller.about().license(id).person(&person);
        let what = format!("{} does not administer {}", person.as_spelled(), domain.to_unicode());
        let done =
            visit.state.commands.revoke_domain(&caller.context(&form.bytes), id, &person, domain).await;
        toast(&visit, &about, done, (what, ANY_MORE))
    };
    let told = told.await;
    answer(&visit, id, ("domains/revoke", form), told).await
}

fn role(form: &Form) -> Result<StaffRole, Problem> {
    match form.text("role") {
        "auditor" => Ok(StaffRole::Auditor),
        "support" => Ok(StaffRole::Support),
        other => {
            let what = format!("\"{}\" is no role", crate::visible::shortened(other));
            Err(Problem::invalid("role", what, "Choose auditor or support."))
        }
    }
}

pub(super) async fn grant_staff(
    order: Order,
    PathOf(id): OnLicense,
    form: Form,
) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let told = async {
        let (person, role) = (person(&form)?, role(&form)?);
        let about = caller.about().license(id).person(&person);
        let done = visit.state.commands.grant_staff(&caller.context(&form.bytes), id, &person, role).await;
        toast(&visit, &about, done, (format!("{} has the role {}", person.as_spelled(), role.as_str()), NOW))
    };
    let told = told.await;
    answer(&visit, id, ("staff", form), told).await
}

pub(super) async fn revoke_staff(
    order: Order,
    PathOf(id): OnLicense,
    form: Form,
) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let told = async {
        let (person, role) = (person(&form)?, role(&form)?);
        let about = caller.about().license(id).person(&person);
        let done = visit.state.commands.revoke_staff(&caller.context(&form.bytes), id, &person, role).await;
        let what = format!("{} does not have the role {}", person.as_spelled(), role.as_str());
        toast(&visit, &about, done, (what, ANY_MORE))
    };
    let told = told.await;
    answer(&visit, id, ("staff/revoke", form), told).await
}
