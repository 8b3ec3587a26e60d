//! Asks whether somebody is sure, and says before what will become of whom.

use askama::Template;
use axum::response::Response;
use commands::jobs::Given as Addressed;
use domain::{LicenseId, number::grouped};
use sha2::{Digest, Sha256};

use super::{Chosen, Person, of_the_list, report, what::What};
use crate::{
    caller::Caller,
    pages::{
        form::Form,
        frame::Frame,
        orders::{Outcome, outcomes, soon, submit},
        place::{Place, Tab},
        users::Asked,
        visit::{Order, Visit},
        words::{self, Badge},
    },
    problem::Problem,
    upload::Given,
};

/// Said by whoever is sure of an order about those who were ticked.
pub(super) const SURE: &str = "1";

/// So many addresses are shown before somebody is sure.
pub(super) const SHOWN: usize = 20;

/// Of so many people it is said before what will become of them; of more, only how many they are.
const FORESEEN: u64 = 20_000;

/// All that match, as they did when the list was read.
pub(super) struct All {
    pub given: Given,
    pub people: u64,
    /// The first [`SHOWN`] of them.
    pub first: Vec<Person>,
}

impl All {
    /// Tells these people from any others.
    pub(super) fn fingerprint(&self) -> String {
        domain::Digest(self.given.digest).to_string()
    }
}

/// About whom somebody is asked whether they are sure.
pub(super) struct Meant {
    pub given: Given,
    people: u64,
    called: String,
    matching: Option<String>,
    some: Vec<Person>,
    spared: u64,
    sure: String,
}

impl Meant {
    pub(super) fn ticked(Chosen { people: some, spared }: Chosen, form: &Form) -> Self {
        let people: Vec<_> = some.iter().map(|person| person.email.clone()).collect();
        let n = u64::try_from(people.len()).unwrap_or(u64::MAX);
        let called = if let [one] = people.as_slice() { one.clone() } else { words::people(n) };
        let given =
            Given { what: of_the_list(Addressed::List(people)), digest: Sha256::digest(&form.bytes).into() };
        // One person is named by the order itself.
        let some = if n == 1 { Vec::new() } else { some };
        Self { given, people: n, called, matching: None, some, spared, sure: SURE.to_owned() }
    }

    pub(super) fn matching(asked: &Asked, all: All) -> Self {
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

/// Says what will happen to how many.
pub(super) async fn ask(
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
