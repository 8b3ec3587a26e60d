//! `/licenses/{license_id}/audit/then`: the user list as it was at a moment.

use askama::Template;
use axum::response::Response;
use chrono::NaiveDateTime;
use domain::{LicenseId, ReadKind, Status, SubjectId, number::grouped};
use projections::{
    QueryError,
    audit::number_at,
    members::Total,
    spans::{AsOf, MemberThen, MembersThen, MembersThenQuery, SeatsThen, listed_then, seats_at},
    sql::Conn,
};
use serde::Deserialize;

use super::{
    asked::{self, Stands, Ways, maybe},
    frame::Frame,
    place::{Place, Tab, View},
    visit::Visit,
    words::{self, At, Badge, When},
};
use crate::{
    as_of::moment,
    body::{OnLicense, Params, PathOf},
    csv_answer,
    problem::Problem,
    reads::Shows,
};

#[derive(Template)]
#[template(path = "then.html")]
struct Page {
    frame: Frame,
    place: Place,
    asked: Asked,
    /// What was found, or why it can't be.
    found: Result<Found, Problem>,
}

/// The list, and the seats beside it.
struct Found {
    list: MembersThen,
    seats: SeatsThen,
    /// As of when.
    when: When,
}

/// People on a page.
const ON_A_PAGE: usize = 50;

/// How the list is asked for: what stands in the address.
#[derive(Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Asked {
    /// A position of the log, or an instant; as a field for a day and a time gives it, that is UTC.
    #[serde(deserialize_with = "maybe")]
    at: Option<String>,
    /// The position that a field for a day and a time stood for, and what stood in it: its second may hold others.
    #[serde(deserialize_with = "maybe")]
    exact: Option<String>,
    #[serde(deserialize_with = "maybe")]
    status: Option<Status>,
    /// An address: only this person.
    #[serde(deserialize_with = "maybe")]
    member: Option<String>,
    #[serde(deserialize_with = "maybe")]
    cursor: Option<String>,
    /// The pages before.
    trail: String,
    /// How many are on the pages before.
    #[serde(deserialize_with = "asked::before")]
    before: u64,
}

/// A moment as a request gives it, of one that may be without a zone: then it is UTC.
pub(super) fn in_utc(text: &str) -> String {
    let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    let local = forms.into_iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    local.map_or_else(|| text.to_owned(), |local| local.and_utc().to_rfc3339())
}

/// What a moment came to: now, unless one was asked for.
pub(super) async fn moment_of(
    visit: &Visit,
    field: &'static str,
    text: Option<&str>,
) -> Result<AsOf, Problem> {
    let now = || visit.state.log.head().borrow().to_string();
    moment(&visit.state, field, &text.map_or_else(now, in_utc)).await
}

/// A moment of a license, as it is said.
pub(super) async fn when(visit: &Visit, id: LicenseId, as_of: AsOf) -> Result<When, Problem> {
    Ok(When::of(as_of, number_of(visit, id, as_of).await?))
}

/// Which number of the license's own its last event had then.
async fn number_of(visit: &Visit, id: LicenseId, as_of: AsOf) -> Result<Option<u64>, Problem> {
    drop(visit.state.reached(&["audit"], Some(as_of.position)).await);
    visit.state.query(move |conn| number_at(conn, id, as_of.position)).await
}

impl Asked {
    /// The very position that was shown, where its day and time were left as they stood.
    fn exactly(mut self) -> Self {
        let exact = self.exact.take();
        if let Some((position, stood)) = exact.as_deref().and_then(|exact| exact.split_once('@'))
            && self.at.as_deref().is_some_and(|at| in_utc(at) == in_utc(stood))
        {
            self.at = Some(position.to_owned());
        }
        self
    }

    /// For a field for a day and a time: positions have none.
    fn at(&self) -> &str {
        self.at.as_deref().filter(|text| in_utc(text) != *text).unwrap_or_default()
    }

    fn member(&self) -> &str {
        self.member.as_deref().unwrap_or_default()
    }

    /// The first page of the same list.
    fn first_page(&self) -> String {
        self.with_status(self.status)
    }

    /// The same list of a status; its first page.
    fn with_status(&self, status: Option<Status>) -> String {
        let fields = [("at", self.at.as_deref()), ("status", status.map(Status::as_str))];
        format!("?{}", asked::query(fields))
    }
}

impl Page {
    /// For a field for a day and a time: what was asked for, or where a position stands.
    fn at(&self) -> String {
        match (self.asked.at(), &self.found) {
            ("", Ok(found)) if self.asked.at.is_some() => {
                let at = found.list.as_of.recorded_at.map(|at| at.format("%Y-%m-%dT%H:%M:%S").to_string());
                at.unwrap_or_default()
            }
            (asked, _) => asked.to_owned(),
        }
    }

    /// Which position its day and time stand for, if for one.
    fn exact(&self) -> Option<String> {
        let position = self.asked.at.as_deref().filter(|_| self.asked.at().is_empty())?;
        let position: u64 = position.parse().ok()?;
        Some(self.at()).filter(|at| !at.is_empty()).map(|at| format!("{position}@{at}"))
    }

    /// The tabs above the list: each status with its number, and everybody.
    fn statuses(&self, found: &Found) -> Vec<(String, &'static str, String, bool)> {
        let counts = found.seats.counts;
        let of = |status: Option<Status>| {
            let (to, is_here) =
                (self.asked.with_status(status), self.asked.status == status && self.asked.member.is_none());
            (to, words::status(status), grouped(counts.of(status)), is_here)
        };
        words::STATUSES.map(of).into()
    }

    /// Which of them are on the page, in words.
    fn shown(&self, found: &Found) -> String {
        let (here, more) = (found.list.items.len(), found.list.next_cursor.is_some());
        asked::shown(self.asked.before, here, more, &words::people(found.list.total.count))
    }

    /// Other pages are of the very same moment, whatever has happened since.
    fn ways(&self, found: &Found) -> Ways {
        let at = Some(found.list.as_of.position.to_string());
        let first = Asked { at, ..self.asked.clone() }.first_page();
        let Asked { cursor, trail, before, .. } = &self.asked;
        let stands = Stands { first, cursor: cursor.as_deref(), trail, before: Some(*before) };
        stands.ways(found.list.next_cursor.as_deref(), found.list.items.len(), ON_A_PAGE)
    }

    fn seats(found: &Found) -> String {
        let held = grouped(found.seats.held);
        match found.seats.limit {
            Some(limit) => format!("{held} of {} seats held", grouped(limit)),
            None => "The license was not set up yet".to_owned(),
        }
    }
}

pub(super) async fn show(
    visit: Visit,
    PathOf(id): OnLicense,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let (place, asked) = (visit.place(id, Tab::Audit).await?, asked.exactly());
    let found = async {
        let as_of = moment_of(&visit, "at", asked.at.as_deref()).await?;
        let list = match asked.member.as_deref() {
            None => {
                let (status, cursor) = (asked.status, asked.cursor.clone());
                let query = MembersThenQuery { as_of, status, cursor, limit: ON_A_PAGE };
                visit.state.query(move |conn| query.run(conn, id)).await?
            }
            Some(address) => {
                let person = visit.viewer.subject(&visit.state, "member", address).await?;
                visit.state.query(move |conn| only(conn, id, person, as_of)).await?
            }
        };
        let seats = visit.state.query(move |conn| seats_at(conn, id, as_of)).await?;
        let when = when(&visit, id, as_of).await?;
        Ok(Found { list, seats, when })
    };
    let found: Result<_, Problem> = found.await;
    let frame = visit.frame(format!("The list as it was · {}", place.name())).await?;
    let status = found.as_ref().map_or_else(|problem| problem.status, |_| 200);
    let shows = Shows::rows(found.as_ref().map_or(0, |found| found.list.items.len()))
        .or_as(asked.member.is_some().then_some(ReadKind::Search));
    Ok(shows.beside(visit.page_with(status, &Page { frame, place, asked, found })?))
}

/// A list with nobody on it but one person, if they were on it.
fn only(conn: &Conn<'_>, id: LicenseId, person: SubjectId, as_of: AsOf) -> Result<MembersThen, QueryError> {
    let items = Vec::from_iter(listed_then(conn, id, person, as_of)?);
    let total = Total { count: items.len() as u64, exact: true };
    let counts = seats_at(conn, id, as_of)?.counts;
    Ok(MembersThen { as_of, counts, items, next_cursor: None, total })
}

/// The columns of the file.
const COLUMNS: [&str; 6] =
    ["Email", "Status", "Admission", "Added at (UTC)", "Since (UTC)", "Decline reason"];

/// All of the list as it was, as a file.
pub(super) async fn as_csv(
    visit: Visit,
    PathOf(id): OnLicense,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let place = visit.place(id, Tab::Audit).await?;
    let as_of = moment_of(&visit, "at", asked.at.as_deref()).await?;
    // The moment as the page says it: whoever takes two lists along tells them apart.
    let number = number_of(&visit, id, as_of).await?.unwrap_or(0);
    let name = words::file_name(place.name(), &format!("users-at-no-{number}.csv"));
    let query = MembersThenQuery { as_of, status: asked.status, cursor: None, limit: MembersThenQuery::MOST };
    let state = visit.state;
    let read = move |cursor| {
        let (state, query) = (state.clone(), MembersThenQuery { cursor, ..query.clone() });
        async move { state.query(move |conn| query.run(conn, id)).await }
    };
    let parts = |page: MembersThen| (page.items.into_iter().map(row).collect(), page.next_cursor);
    csv_answer::whole((&name, COLUMNS), None, read, parts).await
}

fn row(person: MemberThen) -> [String; 6] {
    [
        person.email.unwrap_or_default(),
        person.status.as_str().to_owned(),
        person.admission.unwrap_or_default().to_owned(),
        words::in_cell(&person.added_at),
        words::in_cell(&person.since),
        person.decline_reason.unwrap_or_default().to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_and_a_time_without_a_zone_are_utc_and_all_else_stays() {
        assert_eq!(in_utc("2026-09-01T08:00"), "2026-09-01T08:00:00+00:00");
        assert_eq!(in_utc("2026-09-01T08:00:30"), "2026-09-01T08:00:30+00:00");
        for text in ["1200", "2026-09-01T08:00:00Z", "2026-09-01T08:00:00+02:00", "yesterday"] {
            assert_eq!(in_utc(text), text);
        }
    }
}
