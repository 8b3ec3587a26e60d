//! `seatbook imports`: what was pasted and uploaded; follow, cancel and undo it.

use clap::{Args, Subcommand, ValueEnum};
use domain::number::grouped;
use serde_json::Value;

use super::{
    Exit, Failure, Session,
    call::Call,
    follow::{follow, to_its_end},
    licenses::resolve,
    output::{counted, list, person, table, text, time},
    refused,
    under_way::Begun,
    upload::Progress,
    values::page_size,
};

/// What to do with imports.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// List a license's imports, or those of all licenses, the newest first
    List(List),
    /// Follow an import that is under way to its end; without a server, go on with it
    Watch(Watch),
    /// Stop an import; what it has applied stays
    Cancel(Order),
    /// Undo an import: remove whom it brought in, or add back whom it removed
    Undo(Undo),
}

#[derive(Args)]
pub(crate) struct List {
    /// The license; without one, the imports of all licenses
    license: Option<String>,
    /// Of all licenses, only imports that run, or that have ended
    #[arg(long, value_name = "STATE", conflicts_with = "license")]
    state: Option<State>,
    /// How many at most
    #[arg(long, value_name = "N", value_parser = page_size, allow_negative_numbers = true)]
    limit: Option<u64>,
    /// Go on where the page before ended
    #[arg(long)]
    cursor: Option<String>,
}

/// Whether an import runs.
#[derive(Clone, Copy, ValueEnum)]
enum State {
    /// Under way, or waiting for its turn
    Running,
    /// Completed, cancelled or failed
    Ended,
}

#[derive(Args)]
pub(crate) struct One {
    /// The license
    license: String,
    /// The import's id, as `seatbook imports list` shows it
    #[arg(value_name = "IMPORT_ID")]
    import: String,
}

#[derive(Args)]
pub(crate) struct Watch {
    #[command(flatten)]
    one: One,
    #[command(flatten)]
    report: refused::Wanted,
}

#[derive(Args)]
pub(crate) struct Order {
    #[command(flatten)]
    one: One,
    /// The admin who does it; without it the operator
    #[arg(long = "as", value_name = "ADMIN")]
    admin: Option<String>,
}

#[derive(Args)]
pub(crate) struct Undo {
    #[command(flatten)]
    one: One,
    /// The admin who does it: by their rights people join or are invited again
    #[arg(long = "as", value_name = "ADMIN")]
    admin: String,
    /// Say what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    report: refused::Wanted,
}

impl Command {
    /// Does it.
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        match self {
            Self::List(list) => list.run(session).await,
            Self::Watch(watch) => watch.run(session).await,
            Self::Cancel(order) => order.cancel(session).await,
            Self::Undo(undo) => undo.run(session).await,
        }
    }
}

impl List {
    async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let call = match &self.license {
            Some(license) => {
                let id = resolve(&session.client, license).await?;
                Call::get(&["licenses", &id, "imports"])
            }
            None => Call::get(&["imports"]).query(
                "state",
                self.state.map(|state| match state {
                    State::Running => "running",
                    State::Ended => "ended",
                }),
            ),
        };
        let call = call.query("limit", self.limit).query("cursor", self.cursor);
        let of_all = self.license.is_none();
        let answer = session.client.send(call).await?;
        session.out.answer(&answer, |page| summary(page, of_all))?;
        Ok(Exit::Done)
    }
}

const INTERRUPTED: &str = "
Nobody works on what waits or is interrupted: a server goes on with it in its turn; where none runs, `seatbook serve` goes on with
it, or `seatbook imports watch` with its license and id.
";

fn summary(page: &Value, of_all: bool) -> String {
    let items = list(page, "items");
    if items.is_empty() {
        return if of_all { "No imports." } else { "No imports yet." }.to_owned();
    }
    let is_interrupted = |item: &Value| item["worked_on"] == false;
    let row = |item: &Value| {
        let does = if text(item, "undoes").is_empty() { text(item, "mode") } else { "undo" };
        let job = item.get("job").filter(|_| text(item, "phase") == "running");
        let held_up = job.map_or("", |job| text(job, "held_up_by"));
        let phase = match (held_up, job.map_or("", |job| text(job, "state"))) {
            ("", "waiting") => "running (waits for others)".to_owned(),
            ("", _) if is_interrupted(item) => "waits or interrupted".to_owned(),
            ("", _) => text(item, "phase").to_owned(),
            (why, _) => format!("held up: {why}"),
        };
        let rows = match job.and_then(|job| job.get("rows").and_then(Value::as_u64)) {
            Some(all) => format!("{} of {}", counted(item, "rows"), grouped(all)),
            None => counted(item, "rows"),
        };
        let mut row = [
            text(item, "import_id"),
            does,
            &phase,
            &rows,
            &time(item, "started_at"),
            person(item, "started_by"),
            item.get("file").map_or("", |file| text(file, "name")),
        ]
        .map(str::to_owned)
        .to_vec();
        if of_all {
            row.extend(["license_name", "license_id"].map(|field| text(item, field).to_owned()));
        }
        row
    };
    let rows: Vec<_> = items.iter().map(row).collect();
    let more = match text(page, "next_cursor") {
        "" => String::new(),
        cursor => format!("\nMore: --cursor {cursor}\n"),
    };
    let header = ["IMPORT", "DOES", "PHASE", "ROWS", "STARTED (UTC)", "BY", "FILE", "LICENSE", "LICENSE ID"];
    let columns = if of_all { &header[..] } else { &header[..header.len() - 2] };
    let interrupted = if items.iter().any(is_interrupted) { INTERRUPTED } else { "" };
    table(columns, &rows) + interrupted + &more
}

impl Watch {
    async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let One { license, import } = &self.one;
        let file = self.report.open(None, session.out)?;
        let id = resolve(&session.client, license).await?;
        session.client.resume().await?;
        let progress = Progress::new(session.out, "Importing");
        let answer = progress.during(follow(&session.client, &id, import, &progress)).await?;
        refused::told(session, &id, &answer, file).await
    }
}

impl Order {
    async fn cancel(self, session: &Session) -> Result<Exit, Failure> {
        let id = resolve(&session.client, &self.one.license).await?;
        let call = Call::post(&["licenses", &id, "imports", &self.one.import, "cancel"]);
        let call = match &self.admin {
            Some(admin) => call.by(admin),
            None => call,
        };
        session.out.answer(&session.client.send(call).await?, |done| {
            let said = match text(done, "code") {
                "unchanged" => {
                    "Nothing was to be done: it was cancelled already, or is a preview that has ended."
                }
                _ => "Cancelled. What it has applied stays; `seatbook imports undo` takes it back.",
            };
            said.to_owned()
        })?;
        Ok(Exit::Done)
    }
}

impl Undo {
    async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let file = self.report.open(None, session.out)?;
        let id = resolve(&session.client, &self.one.license).await?;
        let call = Call::post(&["licenses", &id, "imports", &self.one.import, "undo"])
            .long()
            .told_at_once()
            .query("dry_run", self.dry_run.then_some(true))
            .by(&self.admin);
        let progress = Progress::new(session.out, "Undoing");
        if self.dry_run {
            let _ = session.begun.set(Begun::now(&id, true));
        }
        let done = async {
            let first = session.client.send(call).await?;
            session.begun_as(&first.value);
            to_its_end(&session.client, first, &progress).await
        };
        let answer = progress.during(done).await?;
        refused::told(session, &id, &answer, file).await
    }
}
