//! `/licenses/{license_id}/audit`: everything that happened, to be read and filtered.

use askama::Template;
use axum::response::Response;
use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::{ImportId, SubjectId, catalogue};
use percent_encoding::utf8_percent_encode;
use projections::audit::{AuditEntry, AuditQuery};
use serde::Deserialize;

use super::{
    frame::Frame,
    place::{Place, Tab},
    users::{PLAIN, maybe},
    visit::Visit,
    words::At,
};
use crate::{
    body::{OnLicense, Params, PathOf},
    problem::Problem,
};

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    frame: Frame,
    place: Place,
    asked: Asked,
    entries: Vec<AuditEntry>,
    next: Option<String>,
    /// What can't be found so.
    problem: Option<Problem>,
}

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
    from: Option<NaiveDate>,
    #[serde(deserialize_with = "maybe")]
    to: Option<NaiveDate>,
    #[serde(deserialize_with = "maybe")]
    order: Option<String>,
    #[serde(deserialize_with = "maybe")]
    cursor: Option<String>,
}

/// The beginning of a day, UTC.
fn begin(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
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
            ("from", self.from.map(|day| day.to_string())),
            ("to", self.to.map(|day| day.to_string())),
            ("order", self.order.clone()),
        ];
        let said = fields.into_iter().filter_map(|(name, value)| {
            value.map(|value| format!("{name}={}", utf8_percent_encode(&value, PLAIN)))
        });
        said.collect::<Vec<_>>().join("&")
    }

    fn next_page(&self, cursor: &str) -> String {
        format!("?{}&cursor={cursor}", self.query())
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
}

impl Page {
    fn types() -> Vec<&'static str> {
        catalogue::all().map(|known| known.name).collect()
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
    visit.sees(&["audit"]).await;
    let viewer = &visit.viewer;
    let subject = async |field: &str, text: &Option<String>| match text.as_deref() {
        None => Ok(None),
        Some("operator") => Ok(Some(SubjectId::OPERATOR)),
        Some(text) => viewer.subject(&visit.state, field, text).await.map(Some),
    };
    let found = async {
        let (member, actor) = (subject("Whom", &asked.member).await?, subject("Who", &asked.actor).await?);
        let query = AuditQuery {
            license: Some(id),
            member,
            actor,
            event_type: asked.event_type.clone(),
            import: asked.import,
            from: asked.from.map(begin),
            to: asked.to.and_then(|day| day.checked_add_days(Days::new(1))).map(begin),
            newest_first: !asked.oldest_first(),
            cursor: asked.cursor.clone(),
            limit: 100,
            ..AuditQuery::default()
        };
        visit.state.query(move |conn| query.run(conn)).await
    };
    let (entries, next, problem) = match found.await {
        Ok(page) => (page.items, page.next_cursor, None),
        Err(problem) => (Vec::new(), None, Some(problem)),
    };
    let place = visit.place(id, Tab::Audit).await?;
    let frame = visit.frame(format!("Audit · {}", place.name())).await?;
    let status = problem.as_ref().map_or(200, |problem| problem.status);
    visit.page_with(status, &Page { frame, place, asked, entries, next, problem })
}
