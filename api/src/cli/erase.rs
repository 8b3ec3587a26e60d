//! `seatbook erase`: the operator erases a person.

use std::io::{self, BufRead, IsTerminal, Write};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{
    Exit, Failure, Session,
    call::Call,
    output::{cell, list, table, text, visible},
};

/// Why somebody is erased.
#[derive(Clone, Copy, ValueEnum)]
enum Basis {
    /// They, or somebody on their behalf, asked for it
    Request,
    /// Their data was kept as long as it may be
    Retention,
    /// Anything else
    Other,
}

impl Basis {
    fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Retention => "retention",
            Self::Other => "other",
        }
    }
}

/// Whom to erase. No `Debug`: holds an address.
#[derive(Args)]
pub(crate) struct Erase {
    /// The person
    email: String,
    /// Why
    #[arg(long, value_name = "BASIS", default_value = "request")]
    basis: Basis,
    /// Only say what would happen
    #[arg(long)]
    dry_run: bool,
    /// Do not ask first
    #[arg(long)]
    yes: bool,
}

impl Erase {
    /// Says what will happen, asks whoever sits there, and does it.
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let asks = io::stdin().is_terminal() && !self.yes && !session.out.json;
        if self.dry_run || asks {
            let would = session.client.send(self.call(true)).await?;
            if self.dry_run {
                session.out.answer(&would, words)?;
                return Ok(Exit::Done);
            }
            session.out.note(&words(&would.value));
            if !agreed()? {
                session.out.note("Nobody was erased.");
                return Ok(Exit::Done);
            }
        }
        let done = session.client.send(self.call(false)).await?;
        session.out.answer(&done, words)?;
        Ok(Exit::Done)
    }

    fn call(&self, dry_run: bool) -> Call {
        let body = json!({ "email": self.email, "basis": self.basis.as_str(), "dry_run": dry_run });
        Call::post(&["erasures"]).json(&body)
    }
}

fn agreed() -> Result<bool, Failure> {
    eprint!("This can't be undone. Erase them? [y/N] ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn words(report: &Value) -> String {
    let mut said = format!("{}\n", visible(text(report, "detail")));
    let rows: Vec<Vec<String>> = list(report, "licenses")
        .iter()
        .map(|license| {
            let yes = |field: &str| if license[field] == true { "yes".to_owned() } else { String::new() };
            vec![cell(license, "name"), cell(license, "status"), yes("frees_seat"), yes("was_admin")]
        })
        .collect();
    if !rows.is_empty() {
        said += &table(&["LICENSE", "STATUS", "FREES A SEAT", "WAS ADMIN"], &rows);
    }
    for due in list(report, "due") {
        said.extend(["Still due: ", text(due, "place"), ", by: ", text(due, "by"), ".\n"]);
    }
    if !text(report, "warning").is_empty() {
        said.extend(["Warning: ", text(report, "warning"), "\n"]);
    }
    said
}
