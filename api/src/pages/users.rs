//! `/licenses/{license_id}/users`: who is on a license.

use askama::Template;
use axum::response::Response;
use chrono::Utc;
use domain::{ReadKind, Source, Status, membership::Admission, number::grouped, outcome::in_short};
use projections::members::{Member, MembersPage, MembersQuery, Sort};
use serde::{Deserialize, de::value::StringDeserializer};

use super::{
    asked::{self, Stands, Ways, maybe},
    form::Form,
    frame::Frame,
    place::{Place, Tab},
    visit::Visit,
    words::{self, At, Badge},
};
use crate::{
    body::{OnLicense, Params, PathOf},
    csv_answer,
    problem::Problem,
    reads::Shows,
};

#[derive(Template)]
#[template(path = "users.html")]
struct Page {
    frame: Frame,
    place: Place,
    asked: Asked,
    people: Vec<Member>,
    total: String,
    /// Whether that is how many match, or at least so many do.
    is_exact: bool,
    next: Option<String>,
    /// What of it can't be asked for.
    problem: Option<Problem>,
}

/// People on a page.
const ON_A_PAGE: usize = 50;

/// How the list is asked for: what stands in the address.
#[derive(Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Asked {
    /// Part of an address.
    #[serde(deserialize_with = "maybe")]
    q: Option<String>,
    #[serde(deserialize_with = "maybe")]
    status: Option<Status>,
    #[serde(deserialize_with = "maybe")]
    sort: Option<Sort>,
    /// How they came in: a list of its own.
    #[serde(deserialize_with = "maybe")]
    admission: Option<Admission>,
    /// Who added them: a list of its own.
    #[serde(deserialize_with = "maybe")]
    added_by: Option<String>,
    #[serde(deserialize_with = "maybe")]
    cursor: Option<String>,
    /// The pages before.
    trail: String,
    /// How many are on the pages before.
    #[serde(deserialize_with = "asked::before")]
    before: u64,
}

impl Asked {
    /// Of a form that holds the list's filters; as a list that is read through, not as it is shown.
    pub(super) fn of_form(form: &Form) -> Self {
        let word = |name| form.maybe(name).map(StringDeserializer::<serde::de::value::Error>::new);
        Self {
            q: form.maybe("q"),
            status: word("status").and_then(|text| Status::deserialize(text).ok()),
            admission: word("admission").and_then(|text| Admission::deserialize(text).ok()),
            added_by: form.maybe("added_by"),
            ..Self::default()
        }
    }

    /// The same list, narrowed to those whose invites can be withdrawn; who came in some way has none.
    pub(super) fn toward_the_invited(self) -> Self {
        if self.admission.is_some() { self } else { Self { status: Some(Status::Invited), ..self } }
    }

    /// The same list, as it is read.
    pub(super) async fn query_of(&self, visit: &Visit, limit: usize) -> Result<MembersQuery, Problem> {
        let added_by = match &self.added_by {
            Some(text) => Some(visit.viewer.subject(&visit.state, "added_by", text).await?),
            None => None,
        };
        Ok(MembersQuery {
            status: self.status,
            admission: self.admission,
            added_by,
            search: self.q.clone(),
            sort: self.order(),
            cursor: self.cursor.clone(),
            limit,
        })
    }

    /// In the order in which the list is shown.
    fn order(&self) -> Sort {
        match self.sort {
            Some(Sort::AddedDesc) => Sort::AddedDesc,
            _ if self.is_of_one_kind() => Sort::Added,
            sort => sort.unwrap_or_default(),
        }
    }

    /// Lists by how or by whom people were added are in the order of being added: each has an index of its own.
    fn is_of_one_kind(&self) -> bool {
        self.admission.is_some() || self.added_by.is_some()
    }

    fn is_narrowed(&self) -> bool {
        self.is_of_one_kind() || self.status.is_some() || self.q.is_some()
    }

    /// Whom it is narrowed to, in words; nothing where everybody is on it.
    pub(super) fn said(&self) -> Option<String> {
        let came = |how: Admission| words::admission(how.as_str()).to_lowercase();
        let said = [
            self.q.as_ref().map(|q| format!("\u{201c}{q}\u{201d} in their address")),
            self.status.map(|status| format!("status {}", words::status(Some(status)))),
            self.admission.map(|how| format!("came in {}", came(how))),
            self.added_by.as_ref().map(|by| format!("added by {by}")),
        ];
        let said: Vec<_> = said.into_iter().flatten().collect();
        (!said.is_empty()).then(|| said.join(", and "))
    }

    /// As what it is recorded that staff read it, if not as the list.
    fn read_as(&self) -> Option<ReadKind> {
        self.q.is_some().then_some(ReadKind::Search)
    }

    fn q(&self) -> &str {
        self.q.as_deref().unwrap_or_default()
    }

    /// Whether only those are shown who came in this way.
    fn came_by(&self, admission: &str) -> bool {
        self.admission.is_some_and(|asked| asked.as_str() == admission)
    }

    /// Whether only those are shown whom this admin added.
    fn were_added_by(&self, admin: &str) -> bool {
        self.added_by.as_deref() == Some(admin)
    }

    /// What stands behind the `?` for the same list; of its first page.
    fn query(&self) -> String {
        let fields = [
            ("q", self.q.clone()),
            ("status", self.status.map(|status| status.as_str().to_owned())),
            ("sort", self.sort.map(|sort| sort.as_str().to_owned())),
            ("admission", self.admission.map(|admission| admission.as_str().to_owned())),
            ("added_by", self.added_by.clone()),
        ];
        asked::query(fields)
    }

    fn first_page(&self) -> String {
        format!("?{}", self.query())
    }

    /// The same list, of another status.
    fn with_status(&self, status: Option<Status>) -> String {
        Self { status, admission: None, ..self.clone() }.first_page()
    }

    /// The same list, sorted by a column; once more, the other way round. Those by how or by whom are in the order of being
    /// added only.
    fn sorted_by(&self, up: Sort, down: Sort) -> String {
        let sort = Some(if self.order() == up { down } else { up });
        let sorted = Self { sort, ..self.clone() };
        if up == Sort::Email { Self { admission: None, added_by: None, ..sorted } } else { sorted }
            .first_page()
    }
}

impl Page {
    /// The tabs above the list: each status with its number, and everybody.
    fn statuses(&self) -> Vec<(String, &'static str, Option<String>, bool)> {
        let counts = self.place.license.summary.counts;
        let of = |status: Option<Status>| {
            let is_here = self.asked.status == status && self.asked.admission.is_none();
            // Of all whom somebody added it is not known how many have which.
            let n = self.asked.added_by.is_none().then(|| grouped(counts.of(status)));
            (self.asked.with_status(status), words::status(status), n, is_here)
        };
        words::STATUSES.map(of).into()
    }

    /// `aria-sort` of a column.
    fn sort_of(&self, up: Sort, down: Sort) -> &'static str {
        match self.asked.order() {
            order if order == up => "ascending",
            order if order == down => "descending",
            _ => "none",
        }
    }

    fn sort_by_email(&self) -> (String, &'static str) {
        let (up, down) = (Sort::Email, Sort::EmailDesc);
        (self.asked.sorted_by(up, down), self.sort_of(up, down))
    }

    fn sort_by_added(&self) -> (String, &'static str) {
        let (up, down) = (Sort::AddedDesc, Sort::Added);
        // The newest first is what people look for first.
        let order = if self.sort_of(Sort::Added, Sort::AddedDesc) == "none" {
            "none"
        } else {
            self.sort_of(down, up)
        };
        (self.asked.sorted_by(up, down), order)
    }

    /// Which of them are on the page, in words.
    fn shown(&self) -> String {
        asked::shown(self.asked.before, self.people.len(), self.next.is_some(), &self.total)
    }

    /// All who match, in words, to be chosen at once.
    fn everybody(&self) -> String {
        if self.is_exact && self.people.len() == 1 && self.next.is_none() && self.asked.before == 0 {
            return "the only person here".to_owned();
        }
        if self.is_exact { format!("all {}", self.total) } else { format!("all that match: {}", self.total) }
    }

    fn ways(&self) -> Ways {
        let Asked { cursor, trail, before, .. } = &self.asked;
        let first = self.asked.first_page();
        let stands = Stands { first, cursor: cursor.as_deref(), trail, before: Some(*before) };
        stands.ways(self.next.as_deref(), self.people.len(), ON_A_PAGE)
    }

    /// Whether what was searched for is a whole address: then it can be asked why they are not here.
    fn searched_address(&self) -> Option<&str> {
        self.asked.q.as_deref().filter(|q| domain::EmailAddress::parse(q).is_ok())
    }

    /// Whether somebody put them on the list, who may have been erased since.
    fn was_added(person: &Member) -> bool {
        person.source.as_deref().is_some_and(|source| source != Source::Key.as_str())
    }

    /// What else there is to say of somebody.
    fn notes(person: &Member) -> Vec<String> {
        let mut notes = Vec::new();
        if person.attempts > 1 {
            notes.push(format!("invited {} times", person.attempts));
        }
        if person.notification_closed {
            notes.push("closed the notification".to_owned());
        }
        if let Some(reason) = &person.decline_reason {
            notes.push(words::declined(reason).to_owned());
        }
        if let Some(code) = &person.refused {
            let why = code.parse().map_or(code.as_str(), |code| in_short(code));
            notes.push(format!("turned away: {why}"));
        }
        notes
    }
}

pub(super) async fn show(
    visit: Visit,
    PathOf(id): OnLicense,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    visit.sees(&["members"]).await;
    let place = visit.place(id, Tab::Users).await?;
    let frame = visit.frame(format!("Users · {}", place.name())).await?;
    let query = match asked.query_of(&visit, ON_A_PAGE).await {
        Ok(query) => query,
        Err(problem) if problem.status < 500 => {
            let (total, status) = (words::people(0), problem.status);
            let (people, next, problem) = (Vec::new(), None, Some(problem));
            let page = Page { frame, place, asked, people, total, is_exact: true, next, problem };
            return visit.page_with(status, &page);
        }
        Err(problem) => return Err(problem),
    };
    let MembersPage { items: people, next_cursor: next, total, .. } =
        visit.state.query(move |conn| query.run(conn, id)).await?;
    let is_exact = total.exact;
    let total = words::people(total.count) + if is_exact { "" } else { " or more" };
    let shows = Shows::rows(people.len()).or_as(asked.read_as());
    let page = Page { frame, place, asked, people, total, is_exact, next, problem: None };
    Ok(shows.beside(visit.page(&page)?))
}

/// The columns of the file. With `Email` first, it can be given back to add these people.
const COLUMNS: [&str; 8] =
    ["Email", "Status", "Admission", "Added by", "Added at (UTC)", "Source", "Invites", "Decline reason"];

/// All who match, as a file: it is read as it is taken.
pub(super) async fn export(
    visit: Visit,
    PathOf(id): OnLicense,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let read_as = asked.read_as();
    let place = visit.place(id, Tab::Users).await?;
    let name = words::file_name(place.name(), &format!("users-{}.csv", Utc::now().date_naive()));
    let query = Asked { cursor: None, ..asked }.query_of(&visit, MembersQuery::MOST).await?;
    let state = visit.state;
    let read = move |cursor| {
        let (state, query) = (state.clone(), MembersQuery { cursor, ..query.clone() });
        async move { state.query(move |conn| query.run(conn, id)).await }
    };
    let parts = |page: MembersPage| (page.items.into_iter().map(row).collect(), page.next_cursor);
    csv_answer::whole((&name, COLUMNS), read_as, read, parts).await
}

fn row(person: Member) -> [String; 8] {
    [
        person.email.unwrap_or_default(),
        person.status.map_or("", Status::as_str).to_owned(),
        person.admission.unwrap_or_default(),
        person.added_by.unwrap_or_default(),
        person.added_at.as_ref().map(words::in_cell).unwrap_or_default(),
        person.source.unwrap_or_default(),
        person.attempts.to_string(),
        person.decline_reason.unwrap_or_default(),
    ]
}
