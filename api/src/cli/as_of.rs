//! `seatbook users show|count|changes`: people and seats as of any moment, and the difference between two.

use clap::{Args, ValueEnum};
use domain::number::grouped;
use serde_json::Value;

use super::{
    Exit, Failure, Session,
    call::Call,
    licenses::{more, resolve},
    output::{list, number, table, text, time, visible},
    paged::{Columns, Paged},
    users_list::{added_by, as_of_when, who_then},
    values::{moment, page_size},
    why::asked,
};

/// Who, as of when.
#[derive(Args)]
pub(crate) struct Show {
    /// The license
    license: String,
    /// Who: an address, or of whom none is left, the member id that lists show
    #[arg(value_name = "EMAIL|ID")]
    who: String,
    /// As of when: a position of the log, a day (to its end, UTC), or an instant like 2026-09-01T08:00:00Z
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    at: Option<String>,
}

/// As of when.
#[derive(Args)]
pub(crate) struct Count {
    /// The license
    license: String,
    /// As of when: a position of the log, a day (to its end, UTC), or an instant like 2026-09-01T08:00:00Z
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    at: Option<String>,
}

/// Between which moments.
#[derive(Args)]
pub(crate) struct Changes {
    /// The license
    license: String,
    /// The first moment: a position of the log, a day (to its end, UTC), or an instant like 2026-09-01T08:00:00Z
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    from: String,
    /// The second moment; now, unless it is given
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    to: Option<String>,
    /// Only this kind of change
    #[arg(long, value_name = "CHANGE", ignore_case = true)]
    change: Option<Change>,
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

/// What became of somebody.
#[derive(Clone, Copy, ValueEnum)]
enum Change {
    /// Was not on the list before
    Came,
    /// Is not on the list any more
    Left,
    /// Has another status
    Changed,
}

impl Change {
    /// What nobody did, where there is none of it.
    const fn said(self) -> &'static str {
        match self {
            Self::Came => "came",
            Self::Left => "left",
            Self::Changed => "who was on the list at both moments changed",
        }
    }
}

/// The columns of the CSV.
const COLUMNS: [(&str, &str); 8] = [
    ("Email", "email"),
    ("Change", "change"),
    ("Before", "before"),
    ("After", "after"),
    ("Admission", "admission"),
    ("Decline reason", "decline_reason"),
    ("At", "at"),
    ("Member id", "member_id"),
];

impl Show {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let id = resolve(&session.client, &self.license).await?;
        // Whoever is known by an address has a membership; of all others `why` says what there is.
        let why = session.client.send(asked(&id, &self.who)).await?.value;
        let member = text(&why, "member_id");
        if member.is_empty() {
            let hint = "Check the address; `seatbook why` tells what is known of them.";
            return Err(Failure::broken("unknown_person", text(&why, "sentence"), hint));
        }
        let call = Call::get(&["licenses", &id, "users", member]).query("at", self.at.as_ref());
        session.out.answer(&session.client.send(call).await?, person)?;
        Ok(Exit::Done)
    }
}

/// A person, line by line.
fn person(answer: &Value) -> String {
    let (when, who) = match answer.get("as_of") {
        Some(as_of) => (format!("{}:\n", as_of_when(as_of)), answer.get("member").unwrap_or(&Value::Null)),
        None => (String::new(), answer),
    };
    if who.is_null() {
        return format!("{when}Nothing had happened to them on this license yet.");
    }
    let status =
        Some(text(who, "status")).filter(|status| !status.is_empty()).unwrap_or("not on the license");
    let closed = if who["notification_closed"] == true { "closed" } else { "" };
    let lines = [
        ("Status", status.to_owned()),
        ("Notification", closed.to_owned()),
        ("Admission", text(who, "admission").to_owned()),
        ("Declined", text(who, "decline_reason").to_owned()),
        ("Added (UTC)", time(who, "added_at")),
        ("Added by", visible(&added_by(who))),
        ("Came by", text(who, "source").to_owned()),
        ("Refused", text(who, "refused").to_owned()),
        ("Changed (UTC)", time(who, "changed_at")),
    ];
    let lines = lines.iter().filter(|(_, value)| !value.is_empty());
    let lines: String = lines.map(|(name, value)| format!("  {name}: {value}\n")).collect();
    format!("{when}{}\n{lines}", visible(&who_then(who)))
}

impl Count {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let id = resolve(&session.client, &self.license).await?;
        let call = Call::get(&["licenses", &id, "seats"]).query("at", self.at);
        session.out.answer(&session.client.send(call).await?, seats)?;
        Ok(Exit::Done)
    }
}

fn seats(then: &Value) -> String {
    let counts = then.get("counts").unwrap_or(&Value::Null);
    let n = |field| grouped(number(counts, field));
    let held = match then.get("limit").and_then(Value::as_u64) {
        Some(limit) => format!("{} of {} seats are held", grouped(number(then, "held")), grouped(limit)),
        None => "the license was not set up yet".to_owned(),
    };
    format!(
        "{}: {held}; {} accepted, {} invited, {} rejected.",
        as_of_when(then.get("as_of").unwrap_or(&Value::Null)),
        n("accepted"),
        n("invited"),
        n("rejected")
    )
}

impl Changes {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let paged = Paged {
            license: &self.license,
            limit: self.limit,
            cursor: self.cursor.as_deref(),
            csv: self.csv,
        };
        let page = |id: &str, limit, cursor: Option<&str>| self.page(id, limit, cursor);
        paged.show(session, page, |page| words(page, self.change), Columns::of(COLUMNS)).await
    }

    fn page(&self, license: &str, limit: Option<u64>, cursor: Option<&str>) -> Call {
        let change = self.change.and_then(|change| change.to_possible_value());
        Call::get(&["licenses", license, "users", "changes"])
            .query("from", Some(&self.from))
            .query("to", self.to.as_ref())
            .query("change", change.map(|change| change.get_name().to_owned()))
            .query("limit", limit)
            .query("cursor", cursor)
    }
}

fn words(page: &Value, kind: Option<Change>) -> String {
    let moments: String =
        ["from", "to"].map(|field| seats(page.get(field).unwrap_or(&Value::Null)) + "\n").concat();
    let items = list(page, "items");
    if items.is_empty() {
        let what = kind.map_or("came, left or changed", Change::said);
        return format!("{moments}Nobody {what}.\n{}", more(page));
    }
    let row = |who: &Value| {
        let status = |field| Some(text(who, field)).filter(|word| !word.is_empty()).unwrap_or("-").to_owned();
        vec![
            who_then(who),
            text(who, "change").to_owned(),
            status("before"),
            status("after"),
            time(who, "at"),
        ]
    };
    let rows: Vec<_> = items.iter().map(row).collect();
    moments + &table(&["E-MAIL", "CHANGE", "BEFORE", "AFTER", "WHEN (UTC)"], &rows) + &more(page)
}
