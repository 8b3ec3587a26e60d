//! `/licenses/{license_id}/add` and `/remove`: people by their addresses, pasted or typed, or from a CSV file.

mod preview;

use askama::Template;
use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    response::Response,
};
use commands::{
    import::ItemOutcome,
    jobs::{End, Given as Addressed},
};
use domain::{ImportMode, LicenseId};
use preview::{ADDRESS, Preview, read_as};
use sha2::{Digest, Sha256};

use super::{
    form::Form,
    frame::Frame,
    orders::{soon, submit, told},
    place::{Place, Tab},
    visit::{Order, Visit},
    words::{self, Badge},
};
use crate::{
    State,
    body::{OnLicense, PathOf},
    problem::Problem,
    upload::{Given, InForm, from_page},
};

/// What is done with the people.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Add,
    Remove,
}

impl Verb {
    const fn path(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
        }
    }

    /// Whoever asks everybody for their consent invites them.
    const fn mode(self, asks: bool) -> ImportMode {
        match self {
            Self::Add if asks => ImportMode::Invite,
            Self::Add => ImportMode::Add,
            Self::Remove => ImportMode::Remove,
        }
    }

    /// Nobody is removed by a list or file before what will happen was seen: whether that was of another one than this.
    fn is_of_another(self, seen: &str, this: &str) -> bool {
        self == Self::Remove && seen != this
    }

    const fn tab(self) -> Tab {
        match self {
            Self::Add => Tab::Add,
            Self::Remove => Tab::Users,
        }
    }
}

/// The box that asks everybody for their consent.
const ASK: &str = "ask";

/// The field that says about which list or file somebody is sure that its people are to be removed: its digest.
const SURE: &str = "sure";

#[derive(Template)]
#[template(path = "add.html")]
struct Page {
    frame: Frame,
    place: Place,
    verb: Verb,
    /// Whether the people come from a file.
    is_csv: bool,
    /// What was entered.
    text: String,
    /// Whether everybody is asked for their consent.
    asks: bool,
    preview: Option<Preview>,
    /// Whether somebody was sure, but of another list or file.
    is_another: bool,
    problem: Option<Problem>,
}

impl Page {
    async fn of(visit: &Visit, id: LicenseId, verb: Verb, is_csv: bool) -> Result<Self, Problem> {
        let place = visit.place(id, verb.tab()).await?;
        let title = if verb == Verb::Add { "Add Users" } else { "Remove Users" };
        let frame = visit.frame(format!("{title} · {}", place.name())).await?;
        let (text, asks) = (String::new(), false);
        let (preview, is_another, problem) = (None, false, None);
        Ok(Self { frame, place, verb, is_csv, text, asks, preview, is_another, problem })
    }

    /// Where people join at once whom this admin adds, in words; nothing where that is nowhere.
    fn at_once(&self) -> Option<String> {
        let domains: Vec<String> = self.place.domains.iter().map(|it| words::mail_domain(it)).collect();
        listed(&domains)
    }

    fn is_add(&self) -> bool {
        self.verb == Verb::Add
    }

    fn at(&self) -> String {
        format!("/licenses/{}/{}", self.place.id, self.verb.path())
    }

    fn badge(item: &ItemOutcome) -> Badge {
        Badge::of_outcome(item.code, words::would_be(item.code))
    }
}

pub(super) async fn show(visit: Visit, PathOf(id): OnLicense) -> Result<Response, Problem> {
    visit.page(&Page::of(&visit, id, Verb::Add, false).await?)
}

pub(super) async fn show_csv(visit: Visit, PathOf(id): OnLicense) -> Result<Response, Problem> {
    visit.page(&Page::of(&visit, id, Verb::Add, true).await?)
}

pub(super) async fn show_removal(visit: Visit, PathOf(id): OnLicense) -> Result<Response, Problem> {
    visit.page(&Page::of(&visit, id, Verb::Remove, false).await?)
}

pub(super) async fn show_removal_csv(visit: Visit, PathOf(id): OnLicense) -> Result<Response, Problem> {
    visit.page(&Page::of(&visit, id, Verb::Remove, true).await?)
}

/// Adds, or says what would happen.
pub(super) async fn add(order: Order, PathOf(id): OnLicense, form: Form) -> Result<Response, Problem> {
    pasted(order, id, Verb::Add, &form).await
}

/// Removes, or says what would happen.
pub(super) async fn remove(order: Order, PathOf(id): OnLicense, form: Form) -> Result<Response, Problem> {
    pasted(order, id, Verb::Remove, &form).await
}

async fn pasted(order: Order, id: LicenseId, verb: Verb, form: &Form) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let (text, asks) = (form.text("emails").to_owned(), form.maybe(ASK).is_some());
    let mode = verb.mode(asks);
    let ordered = form.text("do") == verb.path();
    let sure = domain::Digest(Sha256::digest(&text).into()).to_string();
    let is_another = ordered && verb.is_of_another(form.text(SURE), &sure);
    let only_says = !ordered || is_another;
    let digest = Sha256::digest(&form.bytes).into();
    let given = Given { what: Addressed::Text(text.clone()), digest };
    let done = async {
        let job = submit(&visit, caller, id, (mode, only_says), given).await?;
        Ok::<_, Problem>((job.import_id, soon(&visit.state, &job).await?))
    };
    let page = |preview, problem| async {
        let page = Page::of(&visit, id, verb, false).await?;
        Ok::<_, Problem>(Page { text, asks, preview, is_another, problem, ..page })
    };
    match done.await {
        Ok((import, None)) => Ok(visit.tell(&begun(), &format!("/licenses/{id}/imports/{import}"))),
        Ok((_, Some(end))) => {
            let End::Report(report) = &*end else { return Err(Problem::internal(&"no report")) };
            if only_says {
                return visit.page(&page(Some(Preview::of(id, report, ADDRESS, sure)), None).await?);
            }
            // Whoever came in stands at the top; who went stands nowhere.
            let back = if verb == Verb::Add { "users?sort=added_desc" } else { "users" };
            Ok(visit.tell(&told(id, report), &format!("/licenses/{id}/{back}")))
        }
        Err(problem) => {
            let status = problem.status;
            visit.page_with(status, &page(None, Some(problem)).await?)
        }
    }
}

fn begun() -> super::toast::Toast {
    super::toast::Toast::good("The import has begun. It goes on by itself, also if you leave this page.", 0)
}

/// A file from a form, and what is to be done with it.
pub(super) struct Upload {
    order: Order,
    license: LicenseId,
    given: Result<InForm, Problem>,
}

impl FromRequest<State> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &State) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let PathOf(license) = OnLicense::from_request_parts(&mut parts, state).await?;
        let order = Order::from_request_parts(&mut parts, state).await?;
        let given = from_page(Request::from_parts(parts, body), state, &[ASK, SURE]).await;
        Ok(Self { order, license, given })
    }
}

pub(super) async fn check_csv(upload: Upload) -> Result<Response, Problem> {
    uploaded(upload, Verb::Add, false).await
}

pub(super) async fn add_csv(upload: Upload) -> Result<Response, Problem> {
    uploaded(upload, Verb::Add, true).await
}

pub(super) async fn check_removal_csv(upload: Upload) -> Result<Response, Problem> {
    uploaded(upload, Verb::Remove, false).await
}

pub(super) async fn remove_csv(upload: Upload) -> Result<Response, Problem> {
    uploaded(upload, Verb::Remove, true).await
}

async fn uploaded(upload: Upload, verb: Verb, ordered: bool) -> Result<Response, Problem> {
    let Upload { order: Order { visit, caller }, license: id, given } = upload;
    let asks = given.as_ref().is_ok_and(|form| form.is_ticked(ASK));
    let sure =
        given.as_ref().map_or_else(|_| String::new(), |form| domain::Digest(form.given.digest).to_string());
    let seen = given.as_ref().ok().and_then(|form| form.value(SURE)).unwrap_or_default();
    let is_another = ordered && verb.is_of_another(seen, &sure);
    let only_says = !ordered || is_another;
    let page = |preview, problem| async {
        let page = Page::of(&visit, id, verb, true).await?;
        Ok::<_, Problem>(Page { asks, preview, is_another, problem, ..page })
    };
    let done = async {
        let job = submit(&visit, caller, id, (verb.mode(asks), only_says), given?.given).await?;
        let end = soon(&visit.state, &job).await?;
        Ok::<_, Problem>((job, end))
    };
    match done.await {
        Ok((job, end)) => {
            if let (true, Some(end)) = (only_says, &end)
                && let End::Report(report) = &**end
            {
                let format = report.format.as_ref().map(read_as);
                let preview = Preview { format, ..Preview::of(id, report, "row", sure) };
                return visit.page(&page(Some(preview), None).await?);
            }
            let here = format!("/licenses/{id}/imports/{}", job.import_id);
            let toast = match end.as_deref() {
                Some(End::Report(report)) if report.outcomes.refused() > 0 => {
                    told(id, report).with_link(format!("{here}#refused"), "See them")
                }
                Some(End::Report(report)) => super::toast::Toast { link: None, ..told(id, report) },
                _ => begun(),
            };
            Ok(visit.tell(&toast, &here))
        }
        Err(problem) => {
            let status = problem.status;
            visit.page_with(status, &page(None, Some(problem)).await?)
        }
    }
}

/// "a.example, b.example and c.example"; of very many, the first.
fn listed(domains: &[String]) -> Option<String> {
    const NAMED: usize = 5;
    match domains {
        [] => None,
        [one] => Some(one.clone()),
        [some @ .., last] if domains.len() <= NAMED => Some(format!("{} and {last}", some.join(", "))),
        many => Some(format!("{} and {} more domains", many[..NAMED].join(", "), many.len() - NAMED)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_named_as_long_as_they_are_few() {
        let of = |n: u8| {
            let domains: Vec<_> = (b'a'..).take(n.into()).map(|it| char::from(it).to_string()).collect();
            listed(&domains).unwrap_or_default()
        };
        let said = [of(0), of(1), of(2), of(5), of(7)];
        assert_eq!(said, ["", "a", "a and b", "a, b, c, d and e", "a, b, c, d, e and 2 more domains"]);
    }
}
