//! `/licenses/{license_id}/audit/difference`: who came, who left and who changed between two moments.

use std::borrow::Borrow;

use askama::Template;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Status, number::grouped};
use projections::spans::{Change, ChangesPage, ChangesQuery, SeatsThen};
use serde::Deserialize;

use super::{
    asked::{self, Stands, Ways, maybe},
    frame::Frame,
    place::{Place, Tab, View},
    then::{moment_of, when},
    visit::Visit,
    words::{self, At, Badge, When},
};
use crate::{
    body::{OnLicense, Params, PathOf},
    problem::Problem,
    reads::Shows,
};

#[derive(Template)]
#[template(path = "difference.html")]
struct Page {
    frame: Frame,
    place: Place,
    asked: Asked,
    /// Since when, where nobody said so.
    since: Option<DateTime<Utc>>,
    /// What was found, or why it can't be.
    found: Result<(ChangesPage, [When; 2]), Problem>,
}

/// People on a page.
const ON_A_PAGE: usize = 50;

/// How far back is looked unless somebody says so.
const A_WEEK: TimeDelta = TimeDelta::days(7);

/// How the difference is asked for: what stands in the address.
#[derive(Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Asked {
    /// The first moment; a week ago, unless it is given.
    #[serde(deserialize_with = "maybe")]
    from: Option<String>,
    /// The second one; now, unless it is given.
    #[serde(deserialize_with = "maybe")]
    to: Option<String>,
    #[serde(deserialize_with = "maybe")]
    change: Option<Change>,
    #[serde(deserialize_with = "maybe")]
    cursor: Option<String>,
    /// The pages before.
    trail: String,
}

const CHANGES: [(Change, &str); 3] =
    [(Change::Came, "Came"), (Change::Left, "Went"), (Change::Changed, "Changed")];

impl Asked {
    fn from(&self) -> &str {
        self.from.as_deref().unwrap_or_default()
    }

    fn to(&self) -> &str {
        self.to.as_deref().unwrap_or_default()
    }

    fn is_change(&self, change: impl Borrow<Change>) -> bool {
        self.change == Some(*change.borrow())
    }
}

impl Page {
    /// The first page of the very same moments, whatever has happened since.
    fn first_page(&self, found: &ChangesPage) -> String {
        let change = self.asked.change.map(|change| change.as_str().to_owned());
        let moment = |seats: &SeatsThen| Some(seats.as_of.position.to_string());
        let fields = [("from", moment(&found.from)), ("to", moment(&found.to)), ("change", change)];
        format!("?{}", asked::query(fields))
    }

    fn ways(&self, found: &ChangesPage) -> Ways {
        let Asked { cursor, trail, .. } = &self.asked;
        let stands = Stands { first: self.first_page(found), cursor: cursor.as_deref(), trail, before: None };
        stands.ways(found.next_cursor.as_deref(), found.items.len(), ON_A_PAGE)
    }

    /// What is counted at both moments, and by how much it differs.
    fn counts(found: &ChangesPage) -> Vec<(&'static str, String, String, String)> {
        let of = |what, count: &dyn Fn(&SeatsThen) -> u64| {
            let (before, after) = (count(&found.from), count(&found.to));
            let sign = if after < before { "−" } else { "+" };
            let by = match after.abs_diff(before) {
                0 => "–".to_owned(),
                by => format!("{sign}{}", grouped(by)),
            };
            (what, grouped(before), grouped(after), by)
        };
        let by_status = Status::ALL.map(Some);
        let mut counts: Vec<_> = by_status
            .into_iter()
            .map(|status| of(words::status(status), &|then| then.counts.of(status)))
            .collect();
        counts.push(of("Seats held", &|then| then.held));
        counts.push(of("Seats", &|then| then.limit.unwrap_or(0)));
        counts
    }

    fn word(change: impl Borrow<Change>) -> &'static str {
        let found = CHANGES.iter().find(|(it, _)| it == change.borrow());
        found.map_or("", |(_, word)| word)
    }
}

pub(super) async fn show(
    visit: Visit,
    PathOf(id): OnLicense,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let place = visit.place(id, Tab::Audit).await?;
    let since = asked.from.is_none().then(|| Utc::now() - A_WEEK);
    let found = async {
        let to = moment_of(&visit, "to", asked.to.as_deref()).await?;
        let a_week_ago = since.map(|since| since.to_rfc3339());
        let from = moment_of(&visit, "from", asked.from.as_deref().or(a_week_ago.as_deref())).await?;
        let (change, cursor) = (asked.change, asked.cursor.clone());
        if from.position > to.position {
            return Err(Problem::invalid("From", "it is later than To", "Exchange the two."));
        }
        let query = ChangesQuery { from, to, change, cursor, limit: ON_A_PAGE };
        let page = visit.state.query(move |conn| query.run(conn, id)).await?;
        Ok((page, [when(&visit, id, from).await?, when(&visit, id, to).await?]))
    };
    let found = found.await;
    let frame = visit.frame(format!("What changed · {}", place.name())).await?;
    let status = found.as_ref().map_or_else(|problem| problem.status, |_| 200);
    let shows = Shows::rows(found.as_ref().map_or(0, |(found, _)| found.items.len()));
    Ok(shows.beside(visit.page_with(status, &Page { frame, place, asked, since, found })?))
}
