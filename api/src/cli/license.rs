//! `seatbook license`: what the operator does with licenses.

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};
use domain::number::grouped;
use serde_json::{Value, json};

use super::{
    Exit, Failure, Session,
    call::Call,
    grants,
    keys::{KeyCommand, keep},
    licenses::{self, resolve},
    output::{text, visible},
    roles,
    values::{Misread, day, how_many},
};

/// What to do with a license.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Set up a license, with its first admin and its first key
    Create(Create),
    /// List all licenses
    List(licenses::List),
    /// Show one license: seats, admins and their domains, keys
    Show(licenses::Show),
    /// Give a license another name
    Rename(Rename),
    /// Change how many seats a license has; not below those held
    Seats(Seats),
    /// Move a license to another plan
    Plan(ChangePlan),
    /// Change the last day of a license; a day that is past ends it at once
    Term(Term),
    /// Issue, replace, show or revoke a license key; who joined by one
    #[command(subcommand)]
    Key(KeyCommand),
    /// Make somebody an admin, or take that from them
    #[command(subcommand)]
    Admin(grants::AdminCommand),
    /// Let an admin administer a mail domain, or take that from them
    #[command(subcommand)]
    Domain(grants::DomainCommand),
    /// Let somebody read a license who does not administer it, or take that from them
    #[command(subcommand)]
    Staff(roles::StaffCommand),
}

/// What was bought.
#[derive(Clone, Copy, ValueEnum)]
enum Plan {
    /// People can be added
    Paid,
    /// Nobody can be added
    Free,
}

impl Plan {
    fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Free => "free",
        }
    }
}

/// A new license.
#[derive(Args)]
pub(crate) struct Create {
    /// What its owner calls it
    #[arg(value_name = "NAME")]
    name: String,
    /// How many seats it has
    #[arg(long, value_name = "N", value_parser = how_many, allow_negative_numbers = true)]
    seats: u64,
    /// The first admin
    #[arg(long, value_name = "EMAIL")]
    admin: String,
    /// A mail domain that the admin administers: whom they add in it joins at once. May be given again
    #[arg(long = "domain", value_name = "DOMAIN")]
    domains: Vec<String>,
    /// What was bought
    #[arg(long, value_name = "PLAN", default_value = "paid")]
    plan: Plan,
    /// The last day, UTC; without it the license does not end
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    term: Option<NaiveDate>,
}

#[derive(Args)]
pub(crate) struct Rename {
    /// The license
    license: String,
    /// The new name
    name: String,
}

#[derive(Args)]
pub(crate) struct Seats {
    /// The license
    license: String,
    /// The new number of seats
    #[arg(value_name = "SEATS", value_parser = how_many, allow_negative_numbers = true)]
    limit: u64,
}

#[derive(Args)]
pub(crate) struct ChangePlan {
    /// The license
    license: String,
    /// The new plan
    plan: Plan,
}

#[derive(Args)]
pub(crate) struct Term {
    /// The license
    license: String,
    /// The last day, UTC, or `never`
    #[arg(value_name = "YYYY-MM-DD|never", value_parser = ends)]
    ends: Ends,
}

/// A last day, or none.
#[derive(Clone, Copy)]
struct Ends(Option<NaiveDate>);

fn ends(text: &str) -> Result<Ends, Misread> {
    if text.eq_ignore_ascii_case("never") {
        return Ok(Ends(None));
    }
    let or_never = |misread| Misread { hint: "Write a day like 2027-07-31, or never.".to_owned(), ..misread };
    day(text).map(|day| Ends(Some(day))).map_err(or_never)
}

impl Command {
    /// Does it.
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        match self {
            Self::Create(create) => create.run(session).await,
            Self::List(list) => list.run(session).await,
            Self::Show(show) => show.run(session).await,
            Self::Rename(Rename { license, name }) => {
                change(session, &license, "name", json!({ "name": name })).await
            }
            Self::Seats(Seats { license, limit }) => {
                change(session, &license, "seats", json!({ "limit": limit })).await
            }
            Self::Plan(ChangePlan { license, plan }) => {
                change(session, &license, "plan", json!({ "plan": plan.as_str() })).await
            }
            Self::Term(term) => term.run(session).await,
            Self::Key(command) => command.run(session).await,
            Self::Admin(command) => command.run(session).await,
            Self::Domain(command) => command.run(session).await,
            Self::Staff(command) => command.run(session).await,
        }
    }
}

impl Create {
    async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let body = json!({
            "name": self.name, "seats": self.seats, "admin": self.admin, "domains": self.domains,
            "plan": self.plan.as_str(), "term": self.term,
        });
        let answer = session.client.send(Call::post(&["licenses"]).json(&body)).await?;
        session.out.answer(&answer, |made| self.words(made))?;
        warn(session, &answer.value);
        // The key is out already: whatever goes wrong from here on must not look as if nothing had been made.
        let name = self.name.trim();
        let same = licenses::called(&session.client, name).await.map_or(0, |found| found.so.len());
        if same > 1 {
            session.out.note(&format!(
                "Note: another license is called \"{}\", too. Commands then need the license's id in place of its name.",
                visible(name)
            ));
        }
        Ok(Exit::Done)
    }

    /// What was set up.
    fn words(&self, made: &Value) -> String {
        let mut lines = vec![
            ("License", text(made, "license_id").to_owned()),
            ("Name", self.name.trim().to_owned()),
            ("Seats", grouped(self.seats)),
            ("Plan", self.plan.as_str().to_owned()),
            ("Ends", self.term.map_or_else(|| "never".to_owned(), |day| day.to_string())),
            ("Admin", self.admin.trim().to_owned()),
        ];
        if !self.domains.is_empty() {
            let domains = self.domains.iter().map(String::as_str);
            lines.push(("Administers", licenses::mail_domains(domains)));
        }
        lines.push(("License key", text(made, "license_key").to_owned()));
        let line =
            |(what, value): &(&str, String)| format!("{:<13} {}\n", format!("{what}:"), visible(value));
        lines.iter().map(line).collect::<String>() + keep(made)
    }
}

impl Term {
    async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let id = resolve(&session.client, &self.license).await?;
        let call = Call::put(&["licenses", &id, "term"]).json(&json!({ "ends": self.ends.0 }));
        session.out.answer(&session.client.send(call).await?, |done| {
            let ended = done.get("ended").and_then(Value::as_bool) == Some(true);
            let note = "\nThat day is past: the license has ended and admits nobody. Whoever is in stays.";
            meaning(done).to_owned() + if ended { note } else { "" }
        })?;
        Ok(Exit::Done)
    }
}

async fn change(session: &Session, license: &str, what: &str, body: Value) -> Result<Exit, Failure> {
    let id = resolve(&session.client, license).await?;
    order(session, Call::put(&["licenses", &id, what]).json(&body)).await
}

/// Orders something that is answered by a code, and says what the code means.
pub(super) async fn order(session: &Session, call: Call) -> Result<Exit, Failure> {
    let answer = session.client.send(call).await?;
    session.out.answer(&answer, |done| visible(meaning(done)))?;
    warn(session, &answer.value);
    Ok(Exit::Done)
}

fn meaning(done: &Value) -> &str {
    text(done, "detail")
}

/// Passes a warning on. Programs find it in the answer.
fn warn(session: &Session, answer: &Value) {
    let warning = text(answer, "warning");
    if !warning.is_empty() && !session.out.json {
        session.out.note(&format!("Warning: {}", visible(warning)));
    }
}
