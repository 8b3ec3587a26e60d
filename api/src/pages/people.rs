//! `/licenses/{license_id}/people`: an order about some people of the list, or about all that match.
//!
//! What takes something from people says first from how many, and is done once somebody is sure.

use askama::Template;
use axum::response::Response;
use commands::{
    import::Report,
    jobs::{End, Given as Addressed},
    uploads::{Incoming, Kind},
};
use domain::{ImportMode, LicenseId, MemberId, Status, number::grouped};
use projections::members::{MembersQuery, member};
use sha2::{Digest, Sha256};

use super::{
    form::Form,
    frame::Frame,
    orders::{Outcome, outcomes, soon, submit, told},
    place::{Place, Tab},
    toast::Toast,
    users::Asked,
    visit::{Order, Visit},
    words::{self, Badge},
};
use crate::{
    body::{OnLicense, PathOf},
    caller::Caller,
    problem::Problem,
    sheet,
    upload::{Given, unspooled},
};

/// What is done with them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    AddAgain,
    Invite,
    Withdraw,
    Remove,
}

impl What {
    fn of(form: &Form) -> Result<Self, Problem> {
        match form.text("do") {
            "add" => Ok(Self::AddAgain),
            "invite" => Ok(Self::Invite),
            "withdraw" => Ok(Self::Withdraw),
            "remove" => Ok(Self::Remove),
            other => {
                let what =
                    format!("\"{}\" is nothing that is done with people", crate::visible::shortened(other));
                Err(Problem::invalid("do", what, "Give add, invite, withdraw or remove."))
            }
        }
    }

    const fn takes(self) -> bool {
        matches!(self, Self::Withdraw | Self::Remove)
    }

    const fn mode(self) -> ImportMode {
        match self {
            Self::AddAgain => ImportMode::Add,
            Self::Invite => ImportMode::Invite,
            Self::Withdraw => ImportMode::Withdraw,
            Self::Remove => ImportMode::Remove,
        }
    }

    /// Whether it does something to somebody of this status.
    fn affects(self, status: Option<Status>) -> bool {
        match self {
            Self::AddAgain | Self::Invite => true,
            Self::Withdraw => status == Some(Status::Invited),
            Self::Remove => status.is_some(),
        }
    }

    /// The order in words, about so many people, who are called so.
    fn said(self, n: u64, people: &str) -> String {
        let word = match self {
            Self::AddAgain => "Add",
            Self::Invite => "Invite",
            Self::Withdraw if n == 1 => "Withdraw the invite of",
            Self::Withdraw => "Withdraw the invites of",
            Self::Remove => "Remove",
        };
        format!("{word} {people}")
    }

    /// Nobody whom it would do anything to is meant.
    fn nobody(self) -> Toast {
        let what = match self {
            Self::Withdraw => "Nothing changed: none of them has an open invite.",
            Self::Remove => "Nothing changed: none of them is on the license.",
            Self::AddAgain | Self::Invite => "Nothing changed: nobody matches.",
        };
        Toast::neutral(what, 0)
    }

    /// Of how many who are ticked, too, nothing changes, and why.
    fn spares(self, n: u64) -> Option<String> {
        let why = match self {
            Self::Withdraw => "no invite is open",
            Self::Remove => "not on the license any more",
            Self::AddAgain | Self::Invite => return None,
        };
        match n {
            0 => None,
            1 => Some(format!("1 other who is ticked stays as they are: {why}.")),
            n => Some(format!("{} others who are ticked stay as they are: {why}.", grouped(n))),
        }
    }
}

#[derive(Template)]
#[template(path = "sure.html")]
struct Sure {
    frame: Frame,
    place: Place,
    what: What,
    /// The order, in words.
    order: String,
    /// Whether it is about one person.
    is_one: bool,
    /// By what they were found, where all that match are meant.
    matching: Option<String>,
    /// How the list has changed since it was asked before.
    changed: Option<String>,
    /// Some of them, where they are several.
    some: Vec<Person>,
    /// How many more.
    more: Option<String>,
    /// Of how many who were ticked nothing changes.
    spared: Option<String>,
    /// What would become of them; nothing where they are very many.
    outcomes: Vec<Outcome>,
    /// By what the order is known to be about those who were shown.
    those: String,
    /// The order, to be given again.
    fields: Vec<(String, String)>,
    back: String,
}

/// Who is meant.
enum Whom {
    Some(Chosen),
    AllThatMatch(Asked),
}

/// All that match, as they did when the list was read.
struct All {
    given: Given,
    people: u64,
    /// The first [`SHOWN`] of them.
    first: Vec<Person>,
}

impl All {
    /// Tells these people from any others.
    fn fingerprint(&self) -> String {
        domain::Digest(self.given.digest).to_string()
    }
}

/// About whom somebody is asked whether they are sure.
struct Meant {
    given: Given,
    people: u64,
    called: String,
    matching: Option<String>,
    some: Vec<Person>,
    spared: u64,
    sure: String,
}

impl Meant {
    fn ticked(Chosen { people: some, spared }: Chosen) -> Self {
        let people: Vec<_> = some.iter().map(|person| person.email.clone()).collect();
        let n = u64::try_from(people.len()).unwrap_or(u64::MAX);
        let called = if let [one] = people.as_slice() { one.clone() } else { words::people(n) };
        let given = Given { what: of_the_list(Addressed::List(people)), digest: [0; 32] };
        // One person is named by the order itself.
        let some = if n == 1 { Vec::new() } else { some };
        Self { given, people: n, called, matching: None, some, spared, sure: SURE.to_owned() }
    }

    fn matching(asked: &Asked, all: All) -> Self {
        let (sure, matching) = (all.fingerprint(), asked.said());
        let called = match (all.people, &matching) {
            (1, _) => "the 1 person that matches".to_owned(),
            (n, Some(_)) => format!("all {} that match", words::people(n)),
            (n, None) => format!("everybody on the list, {}", words::people(n)),
        };
        let All { given, people, first: some } = all;
        Self { given, people, called, matching, some, spared: 0, sure }
    }
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

impl Chosen {
    fn addresses(self) -> Vec<String> {
        self.people.into_iter().map(|person| person.email).collect()
    }
}

/// Said by whoever is sure of an order about those who were ticked.
const SURE: &str = "1";

/// So many addresses are shown before somebody is sure.
const SHOWN: usize = 20;

/// Of so many people it is said before what will become of them; of more, only how many they are.
const FORESEEN: u64 = 20_000;

pub(super) async fn act(order: Order, PathOf(id): OnLicense, form: Form) -> Result<Response, Problem> {
    let what = What::of(&form)?;
    let back =
        super::visit::ours(form.text("here")).map_or_else(|| format!("/licenses/{id}/users"), str::to_owned);
    let whom = whom(&order.visit, id, what, &form).await?;
    if let Whom::Some(Chosen { people, spared }) = &whom
        && people.is_empty()
    {
        let hint = "Tick the boxes beside the people that you mean.";
        let nobody = Problem::invalid("people", "nobody was chosen", hint);
        let told = if *spared == 0 { Toast::bad(&nobody) } else { what.nobody() };
        return Ok(order.visit.tell(&told, &back));
    }
    match whom {
        Whom::Some(chosen) if what.takes() && form.text("sure") != SURE => {
            ask(order, id, what, Meant::ticked(chosen), &form, back).await
        }
        Whom::Some(chosen) => {
            let people = of_the_list(Addressed::List(chosen.addresses()));
            let given = Given { what: people, digest: Sha256::digest(&form.bytes).into() };
            import(order, id, what, given, &back).await
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

/// Says what will happen to how many.
async fn ask(
    order: Order,
    id: LicenseId,
    what: What,
    meant: Meant,
    form: &Form,
    back: String,
) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let Meant { given, people: n, called, matching, mut some, spared, sure } = meant;
    if n == 0 {
        return Ok(visit.tell(&what.nobody(), &back));
    }
    let outcomes = if n <= FORESEEN { foreseen(&visit, caller, id, what, given).await? } else { Vec::new() };
    let order = what.said(n, &called);
    let place = visit.place(id, Tab::Users).await?;
    let frame = visit.frame(format!("{order}? · {}", place.name())).await?;
    let more = n.saturating_sub(u64::try_from(SHOWN).unwrap_or(0));
    let more = Some(more).filter(|more| *more > 0 && !some.is_empty()).map(grouped);
    some.truncate(SHOWN);
    let changed = form.maybe("sure").map(|_| changed(form.text("of"), n));
    let fields = form.pairs().filter(|(name, _)| !["sure", "of"].contains(name));
    let mut fields: Vec<_> = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    fields.push(("of".to_owned(), n.to_string()));
    let (is_one, spared) = (n == 1, what.spares(spared));
    visit.page(&Sure {
        frame,
        place,
        what,
        order,
        is_one,
        matching,
        changed,
        some,
        more,
        spared,
        outcomes,
        those: sure,
        fields,
        back,
    })
}

/// The list is not the one about which somebody was sure.
fn changed(before: &str, n: u64) -> String {
    let before = before.parse().unwrap_or(n);
    let now = if before == n {
        "as many people match as before, and not the same ones".to_owned()
    } else {
        format!("{} now, and {} when you were asked", matched(n), grouped(before))
    };
    format!("The list has changed meanwhile: {now}. Nothing was done yet.")
}

fn matched(n: u64) -> String {
    format!("{} {}", words::people(n), if n == 1 { "matches" } else { "match" })
}

/// What would become of them.
async fn foreseen(
    visit: &Visit,
    caller: Caller,
    id: LicenseId,
    what: What,
    given: Given,
) -> Result<Vec<Outcome>, Problem> {
    let job = submit(visit, caller, id, (what.mode(), true), given).await?;
    let end = soon(&visit.state, &job).await?;
    Ok(end.as_deref().and_then(report).map(|report| outcomes(&report.outcomes)).unwrap_or_default())
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
