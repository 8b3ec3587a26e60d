//! `seatbook audit`: everything that happened on a license; and the history as auditors verify it.

mod export;
mod history;
mod keys;
mod verify;

use std::{mem, time::Duration};

use axum::body::Body;
use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use domain::email::sentence;
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::time::sleep;

use super::{
    Exit, Failure, Session,
    call::Call,
    client::Answer,
    follow::Told,
    licenses::{more, resolve},
    output::{cell, list, number, table, text, time, visible},
    values::{Misread, as_shown, page_size, position},
};

use crate::{
    audit_lines::{COLUMNS, actor, row},
    sheet::{self, MARK},
    when::{Neither, When},
};

/// How long somebody who follows the history waits for a server that has ended before they ask again.
const AGAIN: Duration = Duration::from_secs(1);

/// Which part of the history.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Audit {
    #[command(subcommand)]
    history: Option<history::Command>,
    /// The license
    #[arg(required_unless_present = "installation")]
    license: Option<String>,
    /// What happened to the installation itself, and on no license: roles across all licenses, who read what there
    #[arg(long, conflicts_with = "license")]
    installation: bool,
    /// Only what is about this person; of whom no address is left, by the id that lists show
    #[arg(long, value_name = "EMAIL|ID")]
    member: Option<String>,
    /// Only what this person did, or `operator`, in whose name ever
    #[arg(long, value_name = "EMAIL|ID|operator")]
    actor: Option<String>,
    /// Only events of this type, like `UserAdded`
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// Only what belongs to this import
    #[arg(long, value_name = "IMPORT")]
    import: Option<String>,
    /// Only what came in this way
    #[arg(long, value_name = "SOURCE", ignore_case = true)]
    source: Option<Source>,
    /// Only from this day or instant on, UTC, like 2026-09-01 or 2026-09-01T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = from)]
    from: Option<When>,
    /// Only before this instant, UTC; a day is included, and so is a second as tables show it
    #[arg(long, value_name = "TIME", value_parser = to)]
    to: Option<When>,
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
    /// As `CloudEvents`, one a line: all of it, the oldest first
    #[arg(long, conflicts_with_all = ["csv", "json", "limit", "cursor", "order"])]
    ndjson: bool,
    /// Tell what there is, the oldest first, and go on telling what comes, until Ctrl-C; with --ndjson as `CloudEvents`
    #[arg(long, conflicts_with_all = ["csv", "json", "limit", "cursor", "order", "to"])]
    follow: bool,
    /// Only what stands behind this position, the oldest first; with --ndjson, --csv or --follow
    #[arg(long, value_name = "POSITION", value_parser = position, conflicts_with_all = ["limit", "cursor", "order"])]
    after: Option<u64>,
}

/// By which way something came in.
#[derive(Clone, Copy, ValueEnum)]
enum Source {
    /// Pasted or typed addresses
    Email,
    /// A CSV file
    Csv,
    /// Chosen on the user list
    List,
    /// The license key
    Key,
    /// Any other request over HTTP
    Api,
    /// Any other command
    Cli,
}

/// Which come first.
#[derive(Clone, Copy, ValueEnum)]
enum Order {
    /// The newest
    Newest,
    /// The oldest
    Oldest,
}

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
            && from.begins() >= to.ends()
        {
            let what = format!("--from {from} is not before --to {to}.");
            return Err(Failure::usage(what, "Give a --from that is before --to."));
        }
        if self.after.is_some() && !self.ndjson && !self.csv && !self.follow {
            let hint = "Give one of them with it, or --cursor for the next page of a list.";
            return Err(Failure::usage("--after goes with --ndjson, --csv or --follow.", hint));
        }
        let of = self.whose(session).await?;
        if self.follow {
            return self.follow(session, &of).await;
        }
        if self.ndjson {
            return self.export(session, of.asked("export")).await;
        }
        if self.csv && self.after.is_some() {
            return self.export(session, of.asked("export").csv()).await;
        }
        if !self.csv {
            session.out.answer(&self.first_with_items(session, &of).await?, words)?;
            return Ok(Exit::Done);
        }
        session.out.data(&sheet::text(b',', [COLUMNS.map(str::to_owned)]))?;
        let write = |items: &[Value]| session.out.data(&sheet::text(b',', items.iter().map(row)));
        if self.limit.is_some() {
            let page = session.client.send(self.page(&of, self.limit, self.cursor.as_deref())).await?;
            write(list(&page.value, "items"))?;
        } else {
            let first = self.cursor.clone();
            session.client.pages(|next| self.page(&of, Some(500), next.or(first.as_deref())), write).await?;
        }
        Ok(Exit::Done)
    }

    /// Whose history: a license's, or the installation's.
    async fn whose(&self, session: &Session) -> Result<Whose, Failure> {
        match &self.license {
            Some(license) => Ok(Whose::License(resolve(&session.client, license).await?)),
            None => Ok(Whose::Installation),
        }
    }

    /// A page of few matches may come empty with a next one behind it: people want to see what there is.
    async fn first_with_items(&self, session: &Session, of: &Whose) -> Result<Answer, Failure> {
        let mut cursor = self.cursor.clone();
        loop {
            let page = session.client.send(self.page(of, self.limit, cursor.as_deref())).await?;
            let next = text(&page.value, "next_cursor");
            if next.is_empty() || !list(&page.value, "items").is_empty() {
                return Ok(page);
            }
            cursor = Some(next.to_owned());
        }
    }

    /// With what it is filtered by, but for its end.
    fn filtered(&self, call: Call) -> Call {
        let source = self.source.and_then(|source| source.to_possible_value());
        call.query("member", self.member.as_ref())
            .query("actor", self.actor.as_ref())
            .query("type", self.event_type.as_ref())
            .query("import", self.import.as_ref())
            .query("source", source.map(|source| source.get_name().to_owned()))
            .query("from", self.from)
    }

    /// All of it as it comes: memory does not grow with it.
    async fn export(&self, session: &Session, call: Call) -> Result<Exit, Failure> {
        let call = self.filtered(call);
        let call = call.query("to", self.to).query("after", self.after);
        let mut body = session.client.stream(call.long()).await?.into_body();
        let mut begins = self.csv;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| {
                let hint = "Go on with --after and the position in the last whole line.";
                Failure::broken("answer_broken_off", sentence(format!("The answer broke off: {error}")), hint)
            })?;
            if let Some(bytes) = frame.data_ref() {
                // As every table that a command prints, it begins with its first column.
                let mark = if mem::take(&mut begins) { MARK } else { "" };
                let bytes = bytes.strip_prefix(mark.as_bytes()).unwrap_or(bytes);
                session.out.bytes(bytes)?;
            }
        }
        Ok(Exit::Done)
    }

    /// Until Ctrl-C. A feed ends now and then, and a server is started anew: then it is gone on with.
    async fn follow(&self, session: &Session, of: &Whose) -> Result<Exit, Failure> {
        let goes_on = session.client.hears_others().await?;
        let (mut after, mut heard, mut waits) = (self.after, false, false);
        loop {
            let call = self.filtered(of.asked("feed")).query("after", after);
            let call = call.query("follow", (!goes_on).then_some(false));
            let told = match session.client.stream(call.long()).await {
                Ok(response) => {
                    (heard, waits) = (true, false);
                    self.tell(session, response.into_body(), &mut after).await
                }
                Err(failure) => Err(failure),
            };
            match told {
                Ok(()) => {}
                Err(failure) if heard && failure.may_pass() => {
                    if !waits {
                        session.out.note(
                            "Nobody answers any more. Waiting until somebody does again; Ctrl-C ends this.",
                        );
                    }
                    waits = true;
                    sleep(AGAIN).await;
                    continue;
                }
                Err(failure) => return Err(failure),
            }
            if !goes_on {
                session.out.note(
                    "That is all: nobody else can do anything while this command has the database open. Start \
                     `seatbook serve`, and follow what comes.",
                );
                return Ok(Exit::Done);
            }
        }
    }

    /// Tells what a feed brings, until it ends, and notes up to where it went.
    async fn tell(&self, session: &Session, mut feed: Body, after: &mut Option<u64>) -> Result<(), Failure> {
        let mut told = Told::default();
        while let Some(Ok(frame)) = feed.frame().await {
            let Some(bytes) = frame.data_ref() else { continue };
            for (name, data) in told.events(bytes) {
                let value: Value = serde_json::from_str(&data).unwrap_or_default();
                match name.as_str() {
                    "event" => {
                        let entry = value.get("data").unwrap_or(&Value::Null);
                        *after = Some(number(entry, "position"));
                        let line = if self.ndjson { data } else { one_line(entry) };
                        session.out.data(line.as_bytes())?;
                    }
                    "caught_up" => *after = Some(number(&value, "position")),
                    _ => return Err(Failure::Problem(value)),
                }
            }
        }
        Ok(())
    }

    fn page(&self, of: &Whose, limit: Option<u64>, cursor: Option<&str>) -> Call {
        let order = match self.order {
            Order::Newest => "newest",
            Order::Oldest => "oldest",
        };
        self.filtered(of.asked(""))
            .query("to", self.to)
            .query("order", Some(order))
            .query("limit", limit)
            .query("cursor", cursor)
    }
}

/// Whose history is asked for.
enum Whose {
    /// That of a license, by its id.
    License(String),
    /// What belongs to no license.
    Installation,
}

impl Whose {
    /// To ask for it, or for a part of what is below it.
    fn asked(&self, below: &str) -> Call {
        let mut path = match self {
            Self::License(id) => vec!["licenses", id, "audit"],
            Self::Installation => vec!["installation", "audit"],
        };
        path.extend(Some(below).filter(|below| !below.is_empty()));
        Call::get(&path)
    }
}

/// A day or an instant, from which on; also one as our tables show it.
fn from(text: &str) -> Result<When, Misread> {
    when(text, TimeDelta::zero())
}

/// The same up to which. What a table shows lasts a second: whoever gives its last line means that, too.
fn to(text: &str) -> Result<When, Misread> {
    when(text, TimeDelta::seconds(1))
}

fn when(text: &str, shown_for: TimeDelta) -> Result<When, Misread> {
    let read = as_shown(text).map_or_else(|| text.parse(), |at| Ok(When::Instant(at + shown_for)));
    let hint = "Write a day like 2026-09-01, or an instant like 2026-09-01T08:00:00Z; events behind a position are told by --after.";
    read.map_err(|Neither| Misread::new("is neither a day nor an instant", hint))
}

fn one_line(entry: &Value) -> String {
    let (at, text) = (time(entry, "recorded_at"), visible(text(entry, "text")));
    format!("{}  {at}  {}  {text}", cell(entry, "position"), actor(entry))
}

fn words(page: &Value) -> String {
    let items = list(page, "items");
    if items.is_empty() {
        return "Nothing happened that fits.".to_owned();
    }
    let line = |entry: &Value| {
        vec![cell(entry, "position"), time(entry, "recorded_at"), actor(entry), cell(entry, "text")]
    };
    table(&["POSITION", "WHEN (UTC)", "WHO", "WHAT"], &items.iter().map(line).collect::<Vec<_>>())
        + &more(page)
}
