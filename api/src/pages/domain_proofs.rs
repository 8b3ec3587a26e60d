//! `/licenses/{license_id}/settings/domains/proofs`: an admin shows by a record in DNS that a mail domain is theirs.

use axum::response::Response;

use super::{form::Form, settings, toast::Toast, visit::Order};
use crate::{
    body::{OnLicense, PathOf, email},
    domain_proofs,
    licenses::mail_domain,
    problem::Problem,
};

/// The record to be put into DNS: it stands on the page from then on.
pub(super) async fn ask(order: Order, PathOf(id): OnLicense, form: Form) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let told = async {
        let domain = mail_domain(form.text("domain"))?;
        let about = caller.about().license(id);
        let asked = domain_proofs::asked(&visit.state, &about, id, &visit.email, &domain).await?;
        let named = domain.to_unicode();
        let what = match asked.ends_at {
            Some(_) => format!("Put the record into the DNS of {named}, then let it be looked for."),
            None => format!("You have proved {named} already. Nothing is left to do."),
        };
        Ok(Toast::good(what, 0))
    };
    let told = told.await;
    settings::answer(&visit, id, ("domains/prove", form), told).await
}

/// Looks for the record.
pub(super) async fn check(order: Order, PathOf(id): OnLicense, form: Form) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let told = async {
        let domain = mail_domain(form.text("domain"))?;
        let admin = match form.maybe("email") {
            Some(text) => email("E-mail", &text)?,
            None => visit.email.clone(),
        };
        let whose = (Some(visit.email.clone()), admin, domain);
        let done = domain_proofs::checked(&visit.state, caller, &form.bytes, id, whose).await?;
        Ok(Toast::good(done.detail, done.position))
    };
    let told = told.await;
    settings::answer(&visit, id, ("domains/check", form), told).await
}
