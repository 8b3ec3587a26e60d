//! `seatbook users list`.

use clap::{Args, ValueEnum};
use domain::number::grouped;
use serde_json::Value;

use super::{
    Exit, Failure, Session,
    call::Call,
    licenses::more,
    output::{count, list, number, person, table, text, time},
    paged::{Columns, Paged},
    values::{moment, page_size},
};

/// Which people.
#[derive(Args)]
pub(crate) struct List {
    /// The license
    license: String,
    /// Only people with this status
    #[arg(long, value_name = "STATUS", ignore_case = true)]
    status: Option<Status>,
    /// Only addresses that begin with this, or hold these three or more letters anywhere
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only who came in this way; sorts by when they were added
    #[arg(long, value_name = "ADMISSION", conflicts_with_all = ["status", "search", "added_by"])]
    admission: Option<Admission>,
    /// Only whom this person added; sorts by when they were added
    #[arg(long, value_name = "EMAIL", conflicts_with = "search")]
    added_by: Option<String>,
    /// In which order
    #[arg(long, value_name = "ORDER")]
    sort: Option<Sort>,
    /// As of when: a position of the log, a day (to its end, UTC), or an instant like 2026-09-01T08:00:00Z; in the order of being added
    #[arg(long, value_name = "MOMENT", value_parser = moment, conflicts_with_all = ["search", "admission", "added_by", "sort"])]
    at: Option<String>,
    /// How many at most
    #[arg(long, value_name = "N", value_parser = page_size, allow_negative_numbers = true)]
    limit: Option<u64>,
    /// Go on where the page before ended
    #[arg(long)]
    cursor: Option<String>,
    /// As CSV; everybody, unless --limit is given
    #[arg(long)]
    csv: bool,
}

/// A status.
#[derive(Clone, Copy, ValueEnum)]
enum Status {
    /// Joined: no further action is required
    Accepted,
    /// Not accepted or declined yet
    Invited,
    /// Declined: they are added again, or enter the license key
    Rejected,
}

/// How somebody came in.
#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Admission {
    /// Added by an admin of their mail domain
    DomainAdmin,
    /// Accepted an invite
    Invite,
    /// Entered the license key
    LicenseKey,
}

/// An order.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Sort {
    /// By address
    Email,
    /// By address, the last first
    EmailDesc,
    /// As they were added
    Added,
    /// As they were added, the newest first
    AddedDesc,
}

/// The columns of the CSV as of a moment.
const THEN: [(&str, &str); 7] = [
    ("Email", "email"),
    ("Status", "status"),
    ("Admission", "admission"),
    ("Added at", "added_at"),
    ("Since", "since"),
    ("Decline reason", "decline_reason"),
    ("Member id", "member_id"),
];

/// The columns of the CSV. With `Email` first, the file can be given back to `users add --csv`.
const COLUMNS: [(&str, &str); 11] = [
    ("Email", "email"),
    ("Status", "status"),
    ("Admission", "admission"),
    ("Added by", "added_by"),
    ("Added at", "added_at"),
    ("Source", "source"),
    ("Invites", "attempts"),
    ("Notification closed", "notification_closed"),
    ("Decline reason", "decline_reason"),
    ("Changed at", "changed_at"),
    ("Member id", "member_id"),
];

impl List {
    /// Lists them.
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let paged = Paged {
            license: &self.license,
            limit: self.limit,
            cursor: self.cursor.as_deref(),
            csv: self.csv,
        };
        let page = |id: &str, limit, cursor: Option<&str>| self.page(id, limit, cursor);
        if self.at.is_some() {
            return paged.show(session, page, words_then, Columns::of(THEN)).await;
        }
        paged.show(session, page, words, Columns::of(COLUMNS)).await
    }

    fn page(&self, license: &str, limit: Option<u64>, cursor: Option<&str>) -> Call {
        let name =
            |value: Option<clap::builder::PossibleValue>| value.map(|value| value.get_name().to_owned());
        // These filters have an index in this order only.
        let alone = self.admission.is_some() || self.added_by.is_some();
        let sort = self.sort.or(alone.then_some(Sort::Added));
        Call::get(&["licenses", license, "users"])
            .query("status", name(self.status.and_then(|status| status.to_possible_value())))
            .query("admission", name(self.admission.and_then(|admission| admission.to_possible_value())))
            .query("added_by", self.added_by.as_ref())
            .query("search", self.search.as_ref())
            .query("sort", name(sort.and_then(|sort| sort.to_possible_value())))
            .query("at", self.at.as_ref())
            .query("limit", limit)
            .query("cursor", cursor)
    }
}

/// People in a table, as of a moment.
fn words_then(page: &Value) -> String {
    let as_of = as_of_when(page.get("as_of").unwrap_or(&Value::Null));
    let items = list(page, "items");
    if items.is_empty() {
        return format!("{as_of}: nobody.");
    }
    let row = |who: &Value| {
        let reason = text(who, "decline_reason");
        vec![
            who_then(who),
            text(who, "status").to_owned(),
            text(who, "admission").to_owned(),
            time(who, "added_at"),
            time(who, "since"),
            if reason.is_empty() { String::new() } else { format!("declined: {reason}") },
        ]
    };
    let header = ["E-MAIL", "STATUS", "ADMISSION", "ADDED (UTC)", "SINCE (UTC)", "NOTE"];
    let rows: Vec<_> = items.iter().map(row).collect();
    format!("{as_of}:\n{}{}{}", table(&header, &rows), shown_of(page), more(page))
}

/// Somebody's address; who was erased has none any more.
pub(super) fn who_then(who: &Value) -> String {
    person(who, "email").to_owned()
}

/// Who put somebody on the list; nobody, where they came by themselves.
pub(super) fn added_by(who: &Value) -> String {
    match text(who, "source") {
        "" | "key" => String::new(),
        _ => person(who, "added_by").to_owned(),
    }
}

/// As of which position, and when that was.
pub(super) fn as_of_when(as_of: &Value) -> String {
    let (position, at) = (grouped(number(as_of, "position")), time(as_of, "recorded_at"));
    if at.is_empty() {
        format!("As of position {position}, before the first event")
    } else {
        format!("As of position {position} ({at} UTC)")
    }
}

/// People in a table.
pub(crate) fn words(page: &Value) -> String {
    let items = list(page, "items");
    if items.is_empty() {
        return "Nobody.".to_owned();
    }
    let rows: Vec<_> = items.iter().map(row).collect();
    let header = ["E-MAIL", "STATUS", "ADMISSION", "ADDED (UTC)", "ADDED BY", "NOTE"];
    table(&header, &rows) + &shown_of(page) + &more(page)
}

/// How many of how many are shown.
fn shown_of(page: &Value) -> String {
    let items = list(page, "items");
    let total = page.get("total").unwrap_or(&Value::Null);
    let or_more = if total.get("exact") == Some(&Value::Bool(false)) { " or more" } else { "" };
    match number(total, "count") {
        0 => String::new(),
        all if all == u64::try_from(items.len()).unwrap_or(u64::MAX) => {
            format!("\n{}\n", count(all, "person", "people"))
        }
        all => {
            let shown = grouped(u64::try_from(items.len()).unwrap_or(u64::MAX));
            format!("\n{shown} of {}{or_more}\n", count(all, "person", "people"))
        }
    }
}

fn row(who: &Value) -> Vec<String> {
    let email = person(who, "email");
    let closed = who.get("notification_closed") == Some(&Value::Bool(true));
    let note = match (text(who, "decline_reason"), closed, number(who, "attempts")) {
        (reason, _, _) if !reason.is_empty() => format!("declined: {reason}"),
        (_, true, _) => "notification closed".to_owned(),
        (_, _, attempts) if attempts > 1 => format!("invited {} times", grouped(attempts)),
        _ => String::new(),
    };
    vec![
        email.to_owned(),
        text(who, "status").to_owned(),
        text(who, "admission").to_owned(),
        time(who, "added_at"),
        added_by(who),
        note,
    ]
}
