//! `/licenses/{license_id}/audit`: everything that happened, to be read and filtered; `/installation`: what belongs to no license.

use std::borrow::Borrow;

use askama::Template;
use axum::response::Response;
use chrono::{NaiveDate, Utc};
use domain::{
    ImportId, InstallationEvent, LicenseId, ReadingEvent, Source, SubjectEvent, SubjectId, catalogue,
};
use projections::audit::{AuditEntry, AuditQuery};
use serde::Deserialize;

use super::{
    asked::{self, Stands, Ways, maybe},
    frame::Frame,
    installation::{WAYS, Way},
    place::{Place, Tab, View},
    visit::Visit,
    words::{self, At, Icon, Marked},
};
use crate::{
    audit::Filters,
    audit_export::{self, Format},
    body::{OnLicense, Params, PathOf},
    problem::Problem,
    reads::Shows,
    when::When,
};

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    frame: Frame,
    place: Place,
    timeline: Timeline,
}

#[derive(Template)]
#[template(path = "installation.html")]
struct OfInstallation {
    frame: Frame,
    /// What is done on the command line, for whoever may do it.
    ways: &'static [Way],
    timeline: Timeline,
}

/// A history: what it is filtered by, and a page of events. No `Debug`: holds addresses.
#[derive(Template)]
#[template(path = "timeline.html")]
struct Timeline {
    /// The license that it is of; nothing: what belongs to none.
    license: Option<LicenseId>,
    /// The address of its first page.
    at: String,
    asked: Asked,
    entries: Vec<AuditEntry>,
    next: Option<String>,
    /// What can't be found so.
    problem: Option<Problem>,
}

/// Events on a page: each is there in its raw form as well, so that a page has some 50 kB.
const ON_A_PAGE: usize = 30;

/// How the history is asked for: what stands in the address.
#[derive(Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Asked {
    #[serde(deserialize_with = "maybe")]
    member: Option<String>,
    #[serde(deserialize_with = "maybe")]
    actor: Option<String>,
    #[serde(rename = "type", deserialize_with = "maybe")]
    event_type: Option<String>,
    #[serde(deserialize_with = "maybe")]
    import: Option<ImportId>,
    #[serde(deserialize_with = "maybe")]
    source: Option<Source>,
    #[serde(deserialize_with = "maybe")]
    from: Option<NaiveDate>,
    #[serde(deserialize_with = "maybe")]
    to: Option<NaiveDate>,
    #[serde(deserialize_with = "maybe")]
    order: Option<String>,
    #[serde(deserialize_with = "maybe")]
    cursor: Option<String>,
    /// The pages before.
    trail: String,
}

impl Asked {
    fn is_narrowed(&self) -> bool {
        !self.query().is_empty()
    }

    fn oldest_first(&self) -> bool {
        self.order.as_deref() == Some("oldest")
    }

    /// What stands behind the `?` for the same list; of its first page.
    fn query(&self) -> String {
        let fields = [
            ("member", self.member.clone()),
            ("actor", self.actor.clone()),
            ("type", self.event_type.clone()),
            ("import", self.import.map(|import| import.to_string())),
            ("source", self.source.map(|source| source.as_str().to_owned())),
            ("from", self.from.map(|day| day.to_string())),
            ("to", self.to.map(|day| day.to_string())),
            ("order", self.order.clone()),
        ];
        asked::query(fields)
    }

    fn member(&self) -> &str {
        self.member.as_deref().unwrap_or_default()
    }

    fn actor(&self) -> &str {
        self.actor.as_deref().unwrap_or_default()
    }

    fn from(&self) -> String {
        self.from.map(|day| day.to_string()).unwrap_or_default()
    }

    fn to(&self) -> String {
        self.to.map(|day| day.to_string()).unwrap_or_default()
    }

    fn is_type(&self, name: &str) -> bool {
        self.event_type.as_deref() == Some(name)
    }

    fn is_source(&self, source: impl Borrow<Source>) -> bool {
        self.source == Some(*source.borrow())
    }

    /// The same part of the history, the oldest event first.
    async fn part(&self, visit: &Visit, license: Option<LicenseId>) -> Result<AuditQuery, Problem> {
        let filters = Filters {
            member: self.member.clone(),
            actor: self.actor.clone(),
            event_type: self.event_type.clone(),
            import: self.import,
            source: self.source,
            from: self.from.map(When::Day),
            to: self.to.map(When::Day),
        };
        filters.query(&visit.state, &visit.viewer, license).await
    }
}

impl Timeline {
    async fn of(visit: &Visit, license: Option<LicenseId>, asked: Asked) -> Self {
        visit.sees(&["audit"]).await;
        let found = async {
            let query = asked.part(visit, license).await?;
            let (newest_first, cursor) = (!asked.oldest_first(), asked.cursor.clone());
            let query = AuditQuery { newest_first, cursor, limit: ON_A_PAGE, ..query };
            visit.state.query(move |conn| query.run(conn)).await
        };
        let (entries, next, problem) = match found.await {
            Ok(page) => (page.items, page.next_cursor, None),
            Err(problem) => (Vec::new(), None, Some(problem)),
        };
        let at = match license {
            Some(license) => format!("/licenses/{license}/audit"),
            None => "/installation".to_owned(),
        };
        Self { license, at, asked, entries, next, problem }
    }

    fn invalid(&self, field: &str, entered: &str) -> Marked {
        words::invalid(self.problem.as_ref(), field, entered)
    }

    /// What the answer says of itself.
    fn status(&self) -> (u16, Shows) {
        (self.problem.as_ref().map_or(200, |problem| problem.status), Shows::rows(self.entries.len()))
    }

    fn ways(&self) -> Ways {
        let Asked { cursor, trail, .. } = &self.asked;
        let first = format!("?{}", self.asked.query());
        let stands = Stands { first, cursor: cursor.as_deref(), trail, before: None };
        stands.ways(self.next.as_deref(), self.entries.len(), ON_A_PAGE)
    }

    /// The events that there can be here, and the one that is asked for.
    fn types(&self) -> Vec<&'static str> {
        // What is no license's stands in the history of the installation; what was read, in that of where it was.
        let is_here = |stream: &str| match stream {
            ReadingEvent::STREAM => true,
            InstallationEvent::STREAM | SubjectEvent::STREAM => self.license.is_none(),
            _ => self.license.is_some(),
        };
        let known = catalogue::all().filter(|known| is_here(known.stream) || self.asked.is_type(known.name));
        known.map(|known| known.name).collect()
    }

    fn actor(entry: &AuditEntry) -> &str {
        match &entry.actor.email {
            Some(email) => email,
            None if entry.actor.subject_id == SubjectId::OPERATOR => "The operator",
            None => "Erased person",
        }
    }
}

pub(super) async fn show(
    visit: Visit,
    PathOf(id): OnLicense,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let timeline = Timeline::of(&visit, Some(id), asked).await;
    let place = visit.place(id, Tab::Audit).await?;
    let frame = visit.frame(format!("Audit · {}", place.name())).await?;
    let (status, shows) = timeline.status();
    Ok(shows.beside(visit.page_with(status, &Page { frame, place, timeline })?))
}

pub(super) async fn show_of_installation(
    visit: Visit,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let timeline = Timeline::of(&visit, None, asked).await;
    let frame = visit.frame("Installation").await?;
    let ways: &[Way] = if visit.viewer.is_operator() { &WAYS } else { &[] };
    let (status, shows) = timeline.status();
    Ok(shows.beside(visit.page_with(status, &OfInstallation { frame, ways, timeline })?))
}

/// All that fits, for spreadsheets.
pub(super) async fn as_csv(
    visit: Visit,
    PathOf(id): OnLicense,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    export(visit, Some(id), &asked, Format::Csv).await
}

/// All that fits, for programs.
pub(super) async fn as_lines(
    visit: Visit,
    PathOf(id): OnLicense,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    export(visit, Some(id), &asked, Format::Ndjson).await
}

/// What fits of the installation's history, for spreadsheets.
pub(super) async fn as_csv_of_installation(
    visit: Visit,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    export(visit, None, &asked, Format::Csv).await
}

/// The same, for programs.
pub(super) async fn as_lines_of_installation(
    visit: Visit,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    export(visit, None, &asked, Format::Ndjson).await
}

async fn export(
    visit: Visit,
    license: Option<LicenseId>,
    asked: &Asked,
    format: Format,
) -> Result<Response, Problem> {
    let query = asked.part(&visit, license).await?;
    let what = format!("history-{}.{}", Utc::now().date_naive(), format.extension());
    let name = match license {
        Some(id) => words::file_name(visit.place(id, Tab::Audit).await?.name(), &what),
        None => words::file_name("installation", &what),
    };
    audit_export::file(visit.state, query, format, &name).await
}
