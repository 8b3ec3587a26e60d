//! `/licenses`: what was bought, one card each.

use askama::Template;
use axum::response::Response;
use chrono::{NaiveDate, TimeDelta, Utc};
use domain::{Plan, number::grouped};
use projections::licenses::{LicenseSummary, LicensesQuery, administered_by};
use serde::Deserialize;

use super::{
    asked::{self, Stands, Ways, maybe},
    frame::Frame,
    visit::Visit,
    words,
};
use crate::{body::Params, problem::Problem, reads::Shows};

#[derive(Template)]
#[template(path = "licenses.html")]
struct Page {
    frame: Frame,
    asked: Asked,
    cards: Vec<Card>,
    ways: Ways,
    /// Whether whoever looks sees the licenses of everybody.
    sees_all: bool,
    /// Why it can't be said whose licenses those are.
    problem: Option<Problem>,
}

/// How the list is asked for: what stands in the address.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Asked {
    /// Part of a name, or an id.
    #[serde(deserialize_with = "maybe")]
    q: Option<String>,
    /// An address: whose licenses, of those that one sees.
    #[serde(deserialize_with = "maybe")]
    admin: Option<String>,
    cursor: Option<String>,
    /// The pages before.
    trail: String,
}

impl Asked {
    fn ways(&self, next: Option<&str>) -> Ways {
        let first = format!("?{}", asked::query([("q", self.q.as_ref()), ("admin", self.admin.as_ref())]));
        let Self { cursor, trail, .. } = self;
        Stands { first, cursor: cursor.as_deref(), trail, before: None }.ways(next, 0, 0)
    }
}

/// As many are seen at a glance; more are searched.
const AT_A_GLANCE: usize = 6;

impl Page {
    fn is_narrowed(&self) -> bool {
        self.asked.q.is_some() || self.asked.admin.is_some()
    }

    fn is_long(&self) -> bool {
        let Ways { first, next, .. } = &self.ways;
        self.is_narrowed() || first.is_some() || next.is_some() || self.cards.len() > AT_A_GLANCE
    }
}

/// A license.
struct Card {
    license: LicenseSummary,
    /// What needs attention.
    attention: Vec<Attention>,
    today: NaiveDate,
    /// Whether whoever looks manages it.
    manages: bool,
}

/// Something that somebody should look at.
struct Attention {
    icon: &'static str,
    text: String,
}

impl Attention {
    fn new(icon: &'static str, text: impl Into<String>) -> Self {
        Self { icon, text: text.into() }
    }
}

/// A license that ends within so many days is spoken of.
const SOON: TimeDelta = TimeDelta::days(30);

impl Card {
    fn of(license: LicenseSummary, today: NaiveDate, manages: bool) -> Self {
        let attention = attention(&license, today);
        Self { license, attention, today, manages }
    }

    fn held(&self) -> String {
        grouped(self.license.seats.held)
    }

    fn limit(&self) -> String {
        grouped(self.license.seats.limit)
    }

    fn plan(&self) -> &'static str {
        match self.license.plan {
            Plan::Paid => "Paid plan",
            Plan::Free => "Free plan",
        }
    }

    fn end(&self) -> String {
        match self.license.ends {
            None => "No end date".to_owned(),
            Some(day) if day < self.today => format!("Ended {}", words::day(day)),
            Some(day) => format!("Until {}", words::day(day)),
        }
    }

    fn counts(&self) -> [(&'static str, &'static str, &'static str, String); 3] {
        let counts = self.license.counts;
        [
            ("accepted", "check", "Accepted", grouped(counts.accepted)),
            ("invited", "mail", "Invited", grouped(counts.invited)),
            ("rejected", "cross", "Rejected", grouped(counts.rejected)),
        ]
    }
}

fn attention(license: &LicenseSummary, today: NaiveDate) -> Vec<Attention> {
    let mut found = Vec::new();
    match license.ends {
        Some(day) if day < today => {
            found.push(Attention::new(
                "clock",
                "It has ended: nobody can join. Who is on it keeps their seat.",
            ));
        }
        Some(day) if day <= today + SOON => {
            let days = (day - today).num_days().unsigned_abs();
            found.push(match days {
                0 => Attention::new("clock", "It ends today."),
                _ => Attention::new("clock", format!("It ends in {}.", words::counted(days, "day"))),
            });
        }
        Some(_) | None => {}
    }
    if license.plan == Plan::Free {
        found.push(Attention::new("lock", "On the free plan nobody can be added."));
    }
    let free = license.seats.limit.saturating_sub(license.seats.held);
    if free == 0 {
        found.push(Attention::new("seat", "No seat is free: nobody more can be added."));
    } else if free <= license.seats.limit / 20 {
        found.push(Attention::new("seat", format!("Only {} left.", words::counted(free, "seat"))));
    }
    match license.counts.rejected {
        0 => {}
        n => {
            found.push(Attention::new("cross", format!("{} declined.", words::people(n))));
        }
    }
    found
}

pub(super) async fn show(visit: Visit, Params(asked): Params<Asked>) -> Result<Response, Problem> {
    visit.sees(&["licenses", "members"]).await;
    let (of, only) = (visit.viewer.of(), visit.viewer.only());
    let admin = match &asked.admin {
        Some(text) => match visit.viewer.subject(&visit.state, "E-mail", text).await {
            Ok(subject) => Some(subject),
            Err(problem) if problem.status < 500 => return asked_wrongly(&visit, asked, problem).await,
            Err(problem) => return Err(problem),
        },
        None => None,
    };
    let (sees_all, search, cursor) = (of.is_none(), asked.q.clone(), asked.cursor.clone());
    let query = LicensesQuery { admin, of, search, only, cursor, limit: 24 };
    // Auditors and support staff only look.
    let is_operator = visit.viewer.is_operator();
    let me = visit.viewer.myself().filter(|_| !is_operator);
    let (page, own) = visit
        .state
        .query(move |conn| {
            let own = me.map(|me| administered_by(conn, me)).transpose()?;
            Ok((query.run(conn)?, own.unwrap_or_default()))
        })
        .await?;
    let today = Utc::now().date_naive();
    let card = |license: LicenseSummary| {
        let manages = is_operator || own.contains(&license.license_id);
        Card::of(license, today, manages)
    };
    let shows = Shows::rows(page.items.len()).about(admin);
    let cards = page.items.into_iter().map(card).collect();
    let frame = visit.frame("Licenses").await?;
    let ways = asked.ways(page.next_cursor.as_deref());
    Ok(shows.beside(visit.page(&Page { frame, asked, cards, ways, sees_all, problem: None })?))
}

/// The form again, with what was entered and what is wrong with it.
async fn asked_wrongly(visit: &Visit, asked: Asked, problem: Problem) -> Result<Response, Problem> {
    let frame = visit.frame("Licenses").await?;
    let (sees_all, ways, status) = (visit.viewer.of().is_none(), asked.ways(None), problem.status);
    let page = Page { frame, asked, cards: Vec::new(), ways, sees_all, problem: Some(problem) };
    visit.page_with(status, &page)
}
