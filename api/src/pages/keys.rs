//! `/licenses/{license_id}/add/key`: people who come by the license key: it is shown, issued, revoked here.

use std::num::{IntErrorKind, ParseIntError};

use askama::Template;
use axum::response::Response;
use chrono::NaiveDate;
use commands::{Reply, issue_key::KeyTerms};
use domain::{KeyId, LicenseId, LicenseKey, license::KeyState, number::grouped};
use projections::{
    key_joins::{KeyJoinsPage, KeyJoinsQuery},
    licenses::LicenseKeyIssued,
};

use super::{
    asked::{Turned, Ways},
    form::{Form, Refused},
    frame::Frame,
    place::{Place, Tab},
    toast::{Kind, Toast},
    visit::{Order, Visit},
    words::{self, At, Marked},
};
use crate::{
    body::{OnLicense, Params, PathOf},
    key_joins,
    license_keys::{joins, shown_before},
    problem::Problem,
    reads::Shows,
    whole::Whole,
};

#[derive(Template)]
#[template(path = "keys.html")]
struct Page {
    frame: Frame,
    place: Place,
    /// A key whose text is shown, and its text.
    shown: Option<(KeyId, String)>,
    /// A key that was not issued, and in whose place it would have been.
    refused: Option<Refused<Option<KeyId>>>,
}

impl Page {
    async fn of(visit: &Visit, id: LicenseId) -> Result<Self, Problem> {
        let place = visit.place(id, Tab::Add).await?;
        let frame = visit.frame(format!("License key · {}", place.name())).await?;
        Ok(Self { frame, place, shown: None, refused: None })
    }

    /// The form that replaces a key, or that for one more, if it could not be done.
    fn refused(&self, replaces: Option<&LicenseKeyIssued>) -> Option<&Refused<Option<KeyId>>> {
        self.refused.as_ref().filter(|refused| refused.at == replaces.map(|key| key.key_id))
    }

    fn wrong(&self, replaces: Option<&LicenseKeyIssued>) -> Option<&Problem> {
        self.refused(replaces).map(|refused| &refused.problem)
    }

    /// What was entered into it.
    fn entered(&self, replaces: Option<&LicenseKeyIssued>, field: &str) -> &str {
        self.refused(replaces).map_or("", |refused| refused.form.text(field))
    }

    /// What marks a field of that form, if it is the one that is wrong.
    fn invalid(&self, replaces: Option<&LicenseKeyIssued>, field: &str) -> Marked {
        words::invalid(self.wrong(replaces), field, self.entered(replaces, field))
    }

    /// Whether it is one of its fields that is wrong.
    fn is_of_a_field(&self, replaces: Option<&LicenseKeyIssued>) -> bool {
        let fields = ["old_ends", "limit", "ends"].map(|field| (field, self.entered(replaces, field)));
        self.wrong(replaces).is_some_and(|problem| words::is_of_one(problem, &fields))
    }

    fn text_of(&self, key: &LicenseKeyIssued) -> Option<&str> {
        self.shown.as_ref().filter(|(id, _)| *id == key.key_id).map(|(_, text)| text.as_str())
    }

    fn state(key: &LicenseKeyIssued) -> String {
        match key.state {
            KeyState::Open => "Open".to_owned(),
            other => words::begun(&other.as_str().replace('_', " ")),
        }
    }

    fn joined(key: &LicenseKeyIssued) -> String {
        let joined = grouped(key.joined);
        key.limit.map_or(format!("{joined} joined"), |limit| format!("{joined} of {} joined", grouped(limit)))
    }

    fn end(key: &LicenseKeyIssued) -> String {
        key.ends.map_or("no end".to_owned(), |day| format!("until {}", words::day(day)))
    }
}

pub(super) async fn list(visit: Visit, PathOf(id): OnLicense) -> Result<Response, Problem> {
    visit.page(&Page::of(&visit, id).await?)
}

type OfLicense = PathOf<(LicenseId, KeyId)>;

/// The text of a key. It is an order, so that it stands in no history of a browser.
pub(super) async fn show(order: Order, PathOf((id, key)): OfLicense) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let about = caller.about().license(id).key(key);
    let shown = visit.state.commands.show_key(&caller.context([]), id, key).await;
    match visit.state.told(shown, &about) {
        Ok((text, _)) => {
            visit.page(&Page { shown: Some((key, text.reveal())), ..Page::of(&visit, id).await? })
        }
        Err(problem) => Ok(visit.tell(&Toast::bad(&problem), &at(id))),
    }
}

fn at(id: LicenseId) -> String {
    format!("/licenses/{id}/add/key")
}

/// A number that may be left out.
pub(super) fn number(form: &Form, name: &str) -> Result<Option<u64>, Problem> {
    let Some(text) = form.maybe(name) else { return Ok(None) };
    text.replace([',', ' '], "").parse().map(Some).map_err(|error: ParseIntError| {
        let is_negative = text.strip_prefix('-').is_some_and(|rest| rest.parse::<u64>().is_ok());
        let why = match error.kind() {
            IntErrorKind::PosOverflow => "is too large",
            _ if is_negative => "is below 0",
            _ => "is no whole number",
        };
        let what = format!("\"{}\" {why}", crate::visible::shortened(&text));
        Problem::invalid(words::label(name).unwrap_or(name), what, "Write it like 25.")
    })
}

/// A day that may be left out.
pub(super) fn day(form: &Form, name: &str) -> Result<Option<NaiveDate>, Problem> {
    let Some(text) = form.maybe(name) else { return Ok(None) };
    let what = format!("\"{}\" is no day", crate::visible::shortened(&text));
    let day = text.parse().map(Some);
    day.map_err(|_| Problem::invalid(words::label(name).unwrap_or(name), what, "Write it like 2027-07-31."))
}

/// Issues one more key, and shows it.
pub(super) async fn issue(order: Order, PathOf(id): OnLicense, form: Form) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let about = caller.about().license(id);
    let caller = caller.once(form.maybe("once"));
    let made = async {
        let KeyTerms { limit, ends } = terms(&form)?;
        let made = visit.state.commands.issue_key(&caller.context(&form.bytes), id, limit, ends).await;
        visit.state.told(made, &about)
    };
    let made = made.await;
    issued(&visit, id, made, (None, form)).await
}

/// Issues a key in place of another one, and shows it.
pub(super) async fn rotate(
    order: Order,
    PathOf((id, old)): OfLicense,
    form: Form,
) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let about = caller.about().license(id).key(old);
    let caller = caller.once(form.maybe("once"));
    let made = async {
        let missing =
            || Problem::invalid("old_ends", "it is missing", "Say until when the old key still opens.");
        let old_ends = day(&form, "old_ends")?.ok_or_else(missing)?;
        let ctx = caller.context(&form.bytes);
        visit
            .state
            .told(visit.state.commands.rotate_key(&ctx, id, old, old_ends, terms(&form)?).await, &about)
    };
    let made = made.await.map_err(|problem| of_old_key(problem, form.text("old_ends")));
    issued(&visit, id, made, (Some(old), form)).await
}

/// The old key has to end some day.
fn of_old_key(problem: Problem, ends: &str) -> Problem {
    if !problem.is_end_in_past() || !problem.detail.contains(ends) {
        return problem;
    }
    Problem { hint: "Give today or a later day.".to_owned(), ..problem }
}

fn terms(form: &Form) -> Result<KeyTerms, Problem> {
    let limit = number(form, "limit")?.map(Whole).map(joins).transpose()?;
    Ok(KeyTerms { limit, ends: day(form, "ends")? })
}

/// The page with the new key on it, or with why there is none.
async fn issued(
    visit: &Visit,
    id: LicenseId,
    made: Result<(Reply, Option<LicenseKey>), Problem>,
    (replaces, form): (Option<KeyId>, Form),
) -> Result<Response, Problem> {
    match made {
        Ok((reply, Some(key))) => {
            drop(visit.state.reached(&["licenses"], Some(reply.position)).await);
            let shown = Some((KeyId(reply.id.unwrap_or_default()), key.reveal()));
            let mut page = Page { shown, ..Page::of(visit, id).await? };
            let opens = page.place.hindrances().is_empty();
            page.frame.told = Some(told_issued(replaces.is_some(), opens, reply.position));
            visit.page(&page)
        }
        Ok((reply, None)) => {
            let kept = shown_before(visit.state.commands.keeps_keys());
            let told = Toast::good("The key was issued before.", reply.position).with_hint(kept);
            Ok(visit.tell(&told, &at(id)))
        }
        Err(problem) => {
            let status = problem.status;
            let refused = Some(Refused { at: replaces, form, problem });
            visit.page_with(status, &Page { refused, ..Page::of(visit, id).await? })
        }
    }
}

/// What is told of a new key, beside which it stands.
fn told_issued(replaces: bool, opens: bool, position: u64) -> Toast {
    let told = if opens {
        Toast::good("The key was issued. Copy it, and hand it out.", position)
    } else {
        let what = "The key was issued. Just now nobody can join with it: why stands on this page.";
        Toast::of(Kind::Warn, what, position)
    };
    if replaces { told.with_hint("The old one opens the license until its last day as well.") } else { told }
}

pub(super) async fn revoke(
    order: Order,
    PathOf((id, key)): OfLicense,
    form: Form,
) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let about = caller.about().license(id).key(key);
    let done = visit.state.commands.revoke_key(&caller.context(&form.bytes), id, key).await;
    let told = Toast::of_told(visit.state.told(done, &about), || {
        "The key is revoked: nobody can join with it any more. Who joined with it stays.".to_owned()
    });
    Ok(visit.tell(&told, &at(id)))
}

#[derive(Template)]
#[template(path = "joined.html")]
struct Joined {
    frame: Frame,
    place: Place,
    key: KeyId,
    page: KeyJoinsPage,
    ways: Ways,
}

/// Who joined by a key.
pub(super) async fn joined(
    visit: Visit,
    PathOf((id, key)): OfLicense,
    Params(asked): Params<Turned>,
) -> Result<Response, Problem> {
    visit.sees(&["key_joins"]).await;
    let place = visit.place(id, Tab::Add).await?;
    let cursor = asked.cursor.clone();
    let page = key_joins::page_of(&visit.state, id, KeyJoinsQuery { key, cursor, limit: 50 }).await?;
    let frame = visit.frame(format!("Joined by license key · {}", place.name())).await?;
    let shows = Shows::rows(page.items.len());
    let ways = asked.ways(page.next_cursor.as_deref());
    Ok(shows.beside(visit.page(&Joined { frame, place, key, page, ways })?))
}

/// The same as a file.
pub(super) async fn joined_file(visit: Visit, PathOf((id, key)): OfLicense) -> Result<Response, Problem> {
    key_joins::as_file(visit.state, id, key).await
}
