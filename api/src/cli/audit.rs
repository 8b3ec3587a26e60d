//! `seatbook audit`: everything that happened on a license; and the history as auditors verify it.

mod export;
mod history;
mod keys;
mod verify;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::{Args, ValueEnum};
use serde_json::Value;

use super::{
    Exit, Failure, Session,
    call::Call,
    client::Answer,
    licenses::{more, resolve},
    output::{cell, list, table, text, time},
    values::{Misread, page_size},
};

use crate::sheet;

/// Which part of the history.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Audit {
    #[command(subcommand)]
    history: Option<history::Command>,
    /// The license
    #[arg(required = true)]
    license: Option<String>,
    /// Only what is about this person
    #[arg(long, value_name = "EMAIL")]
    member: Option<String>,
    /// Only what this person did
    #[arg(long, value_name = "EMAIL|operator")]
    actor: Option<String>,
    /// Only events of this type, like `UserAdded`
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// Only from this day or instant on, UTC, like 2026-09-01 or 2026-09-01T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = from)]
    from: Option<Typed>,
    /// Only before this instant, UTC; a day is included
    #[arg(long, value_name = "TIME", value_parser = to)]
    to: Option<Typed>,
    /// Which come first
    #[arg(long, value_name = "ORDER", default_value = "newest")]
    order: Order,
    /// How many at most
    #[arg(long, value_name = "N", value_parser = page_size, allow_negative_numbers = true)]
    limit: Option<u64>,
    /// Go on where the page before ended
    #[arg(long)]
    cursor: Option<String>,
    /// As CSV; all of it, unless --limit is given
    #[arg(long)]
    csv: bool,
}

/// Which come first.
#[derive(Clone, Copy, ValueEnum)]
enum Order {
    /// The newest
    Newest,
    /// The oldest
    Oldest,
}

/// The columns of the CSV.
const COLUMNS: [&str; 12] = [
    "position",
    "license_sequence",
    "recorded_at",
    "event_type",
    "actor",
    "role",
    "person",
    "source",
    "import_id",
    "line",
    "row",
    "text",
];

impl Audit {
    /// What needs no database, to be done without one; otherwise the same again.
    pub(super) fn offline(self) -> Result<history::Offline, Box<Self>> {
        match self.history {
            Some(history::Command::Verify(verify)) if verify.is_of_a_file() => {
                Ok(history::Offline::Verify(verify))
            }
            Some(history::Command::NewKey(new)) => Ok(history::Offline::NewKey(new)),
            _ => Err(Box::new(self)),
        }
    }

    /// Tells it.
    pub(super) async fn run(mut self, session: &Session) -> Result<Exit, Failure> {
        if let Some(command) = self.history.take() {
            return command.run(session).await;
        }
        if self.csv && session.out.json {
            return Err(Failure::usage("--csv and --json are two formats.", "Give one of them."));
        }
        if let (Some(from), Some(to)) = (&self.from, &self.to)
            && from.at >= to.at
        {
            let what = format!("--from {} is not before --to {}.", from.text, to.text);
            return Err(Failure::usage(what, "Give a --from that is before --to."));
        }
        let id = resolve(&session.client, self.license.as_deref().unwrap_or_default()).await?;
        if !self.csv {
            session.out.answer(&self.first_with_items(session, &id).await?, words)?;
            return Ok(Exit::Done);
        }
        session.out.data(&sheet::text(b',', [COLUMNS.map(str::to_owned)]))?;
        let write = |items: &[Value]| {
            let rows = items.iter().map(|entry| COLUMNS.map(|name| column(entry, name)));
            session.out.data(&sheet::text(b',', rows))
        };
        if self.limit.is_some() {
            let page = session.client.send(self.page(&id, self.limit, self.cursor.as_deref())).await?;
            write(list(&page.value, "items"))?;
        } else {
            let first = self.cursor.clone();
            session.client.pages(|next| self.page(&id, Some(500), next.or(first.as_deref())), write).await?;
        }
        Ok(Exit::Done)
    }

    /// A page of few matches may come empty with a next one behind it: people want to see what there is.
    async fn first_with_items(&self, session: &Session, license: &str) -> Result<Answer, Failure> {
        let mut cursor = self.cursor.clone();
        loop {
            let page = session.client.send(self.page(license, self.limit, cursor.as_deref())).await?;
            let next = text(&page.value, "next_cursor");
            if next.is_empty() || !list(&page.value, "items").is_empty() {
                return Ok(page);
            }
            cursor = Some(next.to_owned());
        }
    }

    fn page(&self, license: &str, limit: Option<u64>, cursor: Option<&str>) -> Call {
        let order = match self.order {
            Order::Newest => "newest",
            Order::Oldest => "oldest",
        };
        Call::get(&["licenses", license, "audit"])
            .query("member", self.member.as_ref())
            .query("actor", self.actor.as_ref())
            .query("type", self.event_type.as_ref())
            .query("from", self.from.as_ref().map(|from| from.at.to_rfc3339()))
            .query("to", self.to.as_ref().map(|to| to.at.to_rfc3339()))
            .query("order", Some(order))
            .query("limit", limit)
            .query("cursor", cursor)
    }
}

/// An instant, and how it was typed: nobody is told of a day that they did not name.
#[derive(Clone)]
struct Typed {
    at: DateTime<Utc>,
    text: String,
}

fn from(text: &str) -> Result<Typed, Misread> {
    Ok(Typed { at: beginning(text)?, text: text.to_owned() })
}

fn to(text: &str) -> Result<Typed, Misread> {
    Ok(Typed { at: end(text)?, text: text.to_owned() })
}

fn beginning(text: &str) -> Result<DateTime<Utc>, Misread> {
    match text.parse::<NaiveDate>() {
        Ok(day) => Ok(day.and_time(NaiveTime::MIN).and_utc()),
        Err(_) => instant(text),
    }
}

/// The end is exclusive: a day lasts until the next one begins.
fn end(text: &str) -> Result<DateTime<Utc>, Misread> {
    match text.parse::<NaiveDate>() {
        Ok(day) => Ok(day.succ_opt().unwrap_or(NaiveDate::MAX).and_time(NaiveTime::MIN).and_utc()),
        Err(_) => instant(text),
    }
}

fn instant(text: &str) -> Result<DateTime<Utc>, Misread> {
    let instant = DateTime::parse_from_rfc3339(text).map(|instant| instant.to_utc());
    let hint = "Write a day like 2026-09-01, or an instant like 2026-09-01T08:00:00Z.";
    instant.map_err(|_| Misread::new("is neither a day nor an instant", hint))
}

fn column(entry: &Value, column: &str) -> String {
    match column {
        "actor" => actor(entry),
        "role" => entry.get("actor").map(|actor| cell(actor, "role")).unwrap_or_default(),
        "person" => entry.get("person").map(|person| cell(person, "email")).unwrap_or_default(),
        _ => cell(entry, column),
    }
}

fn actor(entry: &Value) -> String {
    let actor = entry.get("actor").unwrap_or(&Value::Null);
    match (text(actor, "email"), text(actor, "role")) {
        ("", "operator") => "operator".to_owned(),
        ("", _) => "erased person".to_owned(),
        (email, _) => email.to_owned(),
    }
}

fn words(page: &Value) -> String {
    let items = list(page, "items");
    if items.is_empty() {
        return "Nothing happened that fits.".to_owned();
    }
    let row = |entry: &Value| {
        vec![cell(entry, "position"), time(entry, "recorded_at"), actor(entry), cell(entry, "text")]
    };
    table(&["POSITION", "WHEN (UTC)", "WHO", "WHAT"], &items.iter().map(row).collect::<Vec<_>>())
        + &more(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_included_at_both_ends() {
        assert_eq!(
            beginning("2026-09-01").map(|t| t.to_rfc3339()),
            Ok("2026-09-01T00:00:00+00:00".to_owned())
        );
        assert_eq!(end("2026-09-30").map(|t| t.to_rfc3339()), Ok("2026-10-01T00:00:00+00:00".to_owned()));
        assert_eq!(
            end("2026-09-30T10:00:00+02:00").map(|t| t.to_rfc3339()),
            Ok("2026-09-30T08:00:00+00:00".to_owned())
        );
        assert!(beginning("yesterday").is_err_and(|said| said.hint.contains("2026-09-01")));
    }
}
