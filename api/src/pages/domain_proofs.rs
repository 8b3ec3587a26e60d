//! `/licenses/{license_id}/settings/domains/proofs`: an admin shows by a record in DNS that a mail domain is theirs.

use axum::response::Response;
use domain::{EmailAddress, MailDomain};

use super::{
    form::Form,
    place::Tab,
    settings,
    toast::Toast,
    visit::{Order, Visit},
};
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
        // The operator gave it to them.
        let domains = visit.place(id, Tab::Settings).await?.domains;
        let has = asked.ends_at.is_some() && domains.iter().any(|it| it == domain.as_str());
        let hint = if has { "You administer it already: the record shows that it is yours." } else { "" };
        Ok(Toast::good(what, 0).with_hint(hint))
    };
    let told = told.await;
    settings::answer(&visit, id, ("domains/prove", form), told).await
}

/// Whose record a form is about.
fn whose_of(visit: &Visit, form: &Form) -> Result<(EmailAddress, MailDomain), Problem> {
    let domain = mail_domain(form.text("domain"))?;
    let admin = match form.maybe("email") {
        Some(text) => email("E-mail", &text)?,
        None => visit.email.clone(),
    };
    Ok((admin, domain))
}

/// Looks for the record.
pub(super) async fn check(order: Order, PathOf(id): OnLicense, form: Form) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let told = async {
        let (admin, domain) = whose_of(&visit, &form)?;
        let whose = (Some(visit.email.clone()), admin, domain);
        let done = domain_proofs::checked(&visit.state, caller, &form.bytes, id, whose).await?;
        Ok(Toast::good(done.detail, done.position))
    };
    let told = told.await;
    settings::answer(&visit, id, ("domains/check", form), told).await
}

/// Looks for it no more.
pub(super) async fn drop_awaited(
    order: Order,
    PathOf(id): OnLicense,
    form: Form,
) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let told = async {
        let (admin, domain) = whose_of(&visit, &form)?;
        let about = caller.about().license(id);
        let ctx = caller.context(&form.bytes);
        domain_proofs::dropped(&visit.state, (&ctx, &about), id, (&admin, &domain)).await?;
        let what = format!("The record of {} is not looked for any more.", domain.to_unicode());
        Ok(Toast::good(what, 0))
    };
    let told = told.await;
    settings::answer(&visit, id, ("domains/drop", form), told).await
}
