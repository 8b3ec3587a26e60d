//! `/licenses/{license_id}/people`: an order about some people of the list, or about all that match.
//!
//! What takes something from people says first from how many, and is done once somebody is sure.

mod sure;
mod what;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use commands::{
    import::Report,
    jobs::{End, Given as Addressed},
    uploads::{Incoming, Kind},
};
use domain::{LicenseId, MemberId, Status};
use projections::members::{MembersQuery, member};

use self::{
    sure::{All, Meant, SHOWN, SURE, ask},
    what::What,
};
use super::{
    form::Form,
    orders::{soon, submit, told},
    toast::{self, Toast},
    users::Asked,
    visit::{Order, Visit},
};
use crate::{
    body::{OnLicense, PathOf},
    problem::Problem,
    sheet,
    upload::{Given, unspooled},
};

/// Who is meant.
enum Whom {
    Some(Chosen),
    AllThatMatch(Asked),
}

/// Those who were ticked.
#[derive(Default)]
struct Chosen {
    /// To whom the order does something.
    people: Vec<Person>,
    /// To how many it does nothing.
    spared: u64,
}

/// One of them. No `Debug`: holds an address.
#[derive(Clone)]
struct Person {
    email: String,
    status: Option<Status>,
}

/// What Enter on a tick box orders, which may not be the first thing that can be done with people: the page stays as it is.
const NOTHING: &str = "nothing";

pub(super) async fn act(order: Order, PathOf(id): OnLicense, form: Form) -> Result<Response, Problem> {
    if form.text("do") == NOTHING {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let what = What::of(&form)?;
    let back =
        super::visit::ours(form.text("here")).map_or_else(|| format!("/licenses/{id}/users"), str::to_owned);
    let whom = whom(&order.visit, id, what, &form).await?;
    if let Whom::Some(Chosen { people, spared }) = &whom
        && people.is_empty()
    {
        let hint = "Tick the boxes beside the people that you mean.";
        let nobody = || Toast::of(toast::Kind::Bad, "Nobody was chosen.", 0).with_hint(hint);
        let told = if *spared == 0 { nobody() } else { what.nobody() };
        return Ok(order.visit.tell(&told, &back));
    }
    match whom {
        Whom::Some(chosen) => {
            let meant = Meant::ticked(chosen, &form);
            if what.takes() && form.text("sure") != SURE {
                return ask(order, id, what, meant, &form, back).await;
            }
            import(order, id, what, meant.given, &back).await
        }
        Whom::AllThatMatch(asked) => {
            let asked = if what == What::Withdraw { asked.toward_the_invited() } else { asked };
            let all = file_of(&order.visit, id, what, &asked).await?;
            // Whoever is sure is so of those who were shown, and of nobody who has come or gone since.
            if form.text("sure") == all.fingerprint() {
                return import(order, id, what, all.given, &back).await;
            }
            ask(order, id, what, Meant::matching(&asked, all), &form, back).await
        }
    }
}

async fn whom(visit: &Visit, id: LicenseId, what: What, form: &Form) -> Result<Whom, Problem> {
    if form.text("all") == "1" {
        return Ok(Whom::AllThatMatch(Asked::of_form(form)));
    }
    let typed = form.all("email").filter(|text| !text.is_empty());
    let mut chosen = Chosen::default();
    chosen.people.extend(typed.map(|email| Person { email: email.to_owned(), status: None }));
    let ids = form.ids("person")?;
    let found = visit.state.query(move |conn| {
        ids.into_iter().map(|person| member(conn, id, MemberId(person))).collect::<Result<Vec<_>, _>>()
    });
    for person in found.await?.into_iter().flatten() {
        match person.email {
            Some(email) if what.affects(person.status) => {
                chosen.people.push(Person { email, status: person.status });
            }
            _ => chosen.spared += 1,
        }
    }
    Ok(Whom::Some(chosen))
}

fn report(end: &End) -> Option<&Report> {
    match end {
        End::Report(report) => Some(report),
        End::Error(_) | End::Paused => None,
    }
}

async fn import(
    order: Order,
    id: LicenseId,
    what: What,
    given: Given,
    back: &str,
) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    // Behind whom a later page begins may be gone with it.
    let back = if what.takes() { &first_page_of(back) } else { back };
    let done = async {
        let job = submit(&visit, caller, id, (what.mode(), false), given).await?;
        Ok::<_, Problem>((job.import_id, soon(&visit.state, &job).await?))
    };
    match done.await {
        Ok((import, end)) => {
            if let Some(report) = end.as_deref().and_then(report) {
                return Ok(visit.tell(&told(id, report), back));
            }
            let what = "It has begun, and goes on by itself, also if you leave this page.";
            Ok(visit.tell(&Toast::good(what, 0), &format!("/licenses/{id}/imports/{import}")))
        }
        Err(problem) => Ok(visit.tell(&Toast::bad(&problem), back)),
    }
}

/// The first page of a list, of which an address names any.
fn first_page_of(list: &str) -> String {
    let Some((path, query)) = list.split_once('?') else { return list.to_owned() };
    let of_a_page =
        |field: &&str| ["cursor=", "trail=", "before="].iter().any(|name| field.starts_with(name));
    let rest: Vec<&str> = query.split('&').filter(|field| !of_a_page(field)).collect();
    if rest.is_empty() { path.to_owned() } else { format!("{path}?{}", rest.join("&")) }
}

/// The history says that they were chosen here, and not that somebody pasted or uploaded them.
fn of_the_list(written: Addressed) -> Addressed {
    Addressed::Chosen(Box::new(written))
}

/// All that match, as a file: it is read page by page, so memory does not grow with it.
async fn file_of(visit: &Visit, id: LicenseId, what: What, asked: &Asked) -> Result<All, Problem> {
    let only = (what == What::Withdraw).then_some(Status::Invited);
    let incoming = Incoming::begin(visit.state.jobs.uploads(), Kind::Csv, None).await;
    let mut incoming = incoming.map_err(|error| unspooled(&error))?;
    incoming.write(&sheet::begin(["Email".to_owned()])).await.map_err(|error| unspooled(&error))?;
    let mut query = asked.query_of(visit, MembersQuery::MOST).await?;
    let (mut people, mut first) = (0, Vec::new());
    loop {
        let page = query.clone();
        let page = visit.state.query(move |conn| page.run(conn, id)).await?;
        let meant = page.items.into_iter().filter(|person| only.is_none() || person.status == only);
        let meant: Vec<_> =
            meant.filter_map(|person| Some(Person { email: person.email?, status: person.status })).collect();
        people += u64::try_from(meant.len()).unwrap_or(0);
        first.extend(meant.iter().take(SHOWN.saturating_sub(first.len())).cloned());
        let rows: Vec<_> = meant.into_iter().map(|person| [person.email]).collect();
        incoming.write(&sheet::text(b',', rows)).await.map_err(|error| unspooled(&error))?;
        match page.next_cursor {
            Some(next) => query.cursor = Some(next),
            None => break,
        }
    }
    let digest = incoming.digest();
    let given = Given { what: of_the_list(Addressed::Upload(Kind::Csv, incoming)), digest };
    Ok(All { given, people, first })
}

#[cfg(test)]
mod tests {
    use super::first_page_of;

    #[test]
    fn the_first_page_of_a_list_is_the_same_list() {
        for (list, first) in [
            ("/licenses/1/users?q=pupil02&cursor=abc&trail=7.9&before=50", "/licenses/1/users?q=pupil02"),
            ("/licenses/1/users?cursor=abc&sort=added", "/licenses/1/users?sort=added"),
            ("/licenses/1/users?before=50", "/licenses/1/users"),
            ("/licenses/1/users", "/licenses/1/users"),
        ] {
            assert_eq!(first_page_of(list), first);
        }
    }
}
