//! Which licenses there are: list, show, and finding one by its name.

use std::collections::BTreeSet;

use chrono::{NaiveDate, Utc};
use clap::Args;
use domain::{MailDomain, number::grouped};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Exit, Failure, Session,
    call::Call,
    client::Client,
    output::{cell, count, counted, list, number, person, table, text, time, visible},
    values::page_size,
};

/// Which page of the list.
#[derive(Args)]
pub(crate) struct List {
    /// Only those that this person administers
    #[arg(long, value_name = "EMAIL")]
    admin: Option<String>,
    /// Only those whose name has this in it, or whose id it is
    #[arg(long, value_name = "NAME")]
    search: Option<String>,
    /// How many at most
    #[arg(long, value_name = "N", value_parser = page_size, allow_negative_numbers = true)]
    limit: Option<u64>,
    /// Go on where the page before ended
    #[arg(long)]
    cursor: Option<String>,
}

/// Which license.
#[derive(Args)]
pub(crate) struct Show {
    /// The license
    license: String,
}

impl List {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let call = Call::get(&["licenses"]).query("admin", self.admin.as_ref());
        let call = call.query("search", self.search.as_ref());
        let call = call.query("limit", self.limit).query("cursor", self.cursor);
        let none = none_of(self.admin.as_deref(), self.search.as_deref());
        session.out.answer(&session.client.send(call).await?, |page| match none {
            Some(none) if list(page, "items").is_empty() => none,
            _ => summary(page),
        })?;
        Ok(Exit::Done)
    }
}

/// What is said where no license is one of those that were asked for.
fn none_of(admin: Option<&str>, search: Option<&str>) -> Option<String> {
    let called = search.map(|search| format!("called \"{}\" or something with it", visible(search.trim())));
    match (admin.map(|admin| visible(admin.trim())), called) {
        (None, None) => None,
        (Some(admin), None) => Some(format!("{admin} administers no license.")),
        (None, Some(called)) => Some(format!("No license is {called}.")),
        (Some(admin), Some(called)) => Some(format!("{admin} administers no license that is {called}.")),
    }
}

/// Licenses with their seats and people, in a table.
pub(crate) fn summary(page: &Value) -> String {
    let items = list(page, "items");
    if items.is_empty() {
        return "No licenses yet. `seatbook license create NAME --seats N --admin EMAIL` makes one."
            .to_owned();
    }
    let today = Utc::now().date_naive();
    let rows: Vec<_> = items
        .iter()
        .map(|license| {
            let counts = license.get("counts").unwrap_or(&Value::Null);
            let count = |status| counted(counts, status);
            vec![
                text(license, "name").to_owned(),
                seats(license),
                count("accepted"),
                count("invited"),
                count("rejected"),
                cell(license, "plan"),
                ends(license, today),
                text(license, "license_id").to_owned(),
            ]
        })
        .collect();
    let header = ["NAME", "SEATS HELD", "ACCEPTED", "INVITED", "REJECTED", "PLAN", "ENDS", "LICENSE"];
    table(&header, &rows) + &more(page)
}

/// How to get the next page, if there is one.
pub(super) fn more(page: &Value) -> String {
    match text(page, "next_cursor") {
        "" => String::new(),
        cursor => format!("\nThere are more: --cursor {cursor}\n"),
    }
}

fn seats(license: &Value) -> String {
    let seats = license.get("seats").unwrap_or(&Value::Null);
    format!("{} of {}", grouped(number(seats, "held")), grouped(number(seats, "limit")))
}

impl Show {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let id = resolve(&session.client, &self.license).await?;
        session.out.answer(&session.client.send(Call::get(&["licenses", &id])).await?, detail)?;
        Ok(Exit::Done)
    }
}

/// The last day of a license or a key.
fn ends(of: &Value, today: NaiveDate) -> String {
    match text(of, "ends") {
        "" => "never".to_owned(),
        day if has_ended(of, today) => format!("{day} (ended)"),
        day => day.to_owned(),
    }
}

fn has_ended(of: &Value, today: NaiveDate) -> bool {
    text(of, "ends").parse().is_ok_and(|last: NaiveDate| last < today)
}

fn detail(license: &Value) -> String {
    let today = Utc::now().date_naive();
    let counts = license.get("counts").unwrap_or(&Value::Null);
    let people =
        ["accepted", "invited", "rejected"].map(|s| format!("{} {s}", grouped(number(counts, s)))).join(", ");
    let term = ends(license, today);
    let admins = list(license, "admins").iter().map(|admin| {
        let domains = mail_domains(list(admin, "domains").iter().filter_map(Value::as_str));
        let email = person(admin, "email");
        vec![email.to_owned(), domains]
    });
    let keys = list(license, "keys").iter().map(|key| {
        let limit =
            Some(counted(key, "limit")).filter(|n| !n.is_empty()).unwrap_or_else(|| "no limit".to_owned());
        vec![
            text(key, "key_id").to_owned(),
            text(key, "state").replace('_', " "),
            counted(key, "joined"),
            limit,
            ends(key, today),
            time(key, "issued_at"),
        ]
    });
    format!(
        "{}\n  License:  {}\n  Seats:    {} held\n  People:   {people}\n  Plan:     {}\n  Ends:     {term}\n\n{}\n{}",
        visible(text(license, "name")),
        text(license, "license_id"),
        seats(license),
        text(license, "plan"),
        table(&["ADMIN", "ADMINISTERS"], &admins.collect::<Vec<_>>()),
        table(
            &["KEY ID", "STATE", "JOINED BY IT", "LIMIT", "ENDS", "ISSUED (UTC)"],
            &keys.collect::<Vec<_>>()
        ),
    )
}

/// Mail domains as they are recorded, each once and in order, in the letters that people write them with.
pub(super) fn mail_domains<'a>(written: impl Iterator<Item = &'a str>) -> String {
    let recorded: BTreeSet<_> = written.filter_map(|text| MailDomain::parse(text).ok()).collect();
    recorded.iter().map(MailDomain::to_unicode).collect::<Vec<_>>().join(", ")
}

/// The id of a license that was named by its id, or by its exact name where only one has it.
pub(crate) async fn resolve(client: &Client, license: &str) -> Result<String, Failure> {
    if let Ok(id) = Uuid::try_parse(license) {
        return Ok(id.to_string());
    }
    let name = license.trim();
    let Called { so, like_that } = called(client, name).await?;
    match so.as_slice() {
        [id] => Ok(id.clone()),
        [] => {
            let mut hint =
                "Give the license's id, or its name just as `seatbook license list` shows it.".to_owned();
            if !like_that.is_empty() {
                let names: Vec<_> = like_that.iter().map(|name| format!("\"{}\"", visible(name))).collect();
                hint += &[" Called something like it: ", &names.join(", "), "."].concat();
            }
            Err(Failure::broken("unknown_license", format!("No license is called \"{name}\"."), hint))
        }
        several => {
            let number = u64::try_from(several.len()).unwrap_or(u64::MAX);
            let what = format!("{} are called \"{name}\".", count(number, "license", "licenses"));
            let hint = format!("Give the id of the one that you mean: {}.", several.join(", "));
            Err(Failure::broken("ambiguous_license", what, hint))
        }
    }
}

/// The licenses that a name leads to.
pub(super) struct Called {
    /// The ids of those that have this name: names need not be unique.
    pub so: Vec<String>,
    /// The names of some others that have it within theirs, or in other capitals.
    pub like_that: Vec<String>,
}

/// So many names help somebody who mistyped one.
const LIKE_THAT: usize = 5;

/// Which licenses are called so.
pub(super) async fn called(client: &Client, name: &str) -> Result<Called, Failure> {
    let mut found = Called { so: Vec::new(), like_that: Vec::new() };
    let page = |cursor: Option<&str>| {
        Call::get(&["licenses"]).query("search", Some(name)).query("limit", Some(500)).query("cursor", cursor)
    };
    let mut keep = |items: &[Value]| {
        for item in items {
            if text(item, "name") == name {
                found.so.push(text(item, "license_id").to_owned());
            } else if found.like_that.len() < LIKE_THAT {
                found.like_that.push(text(item, "name").to_owned());
            }
        }
        Ok(())
    };
    client.pages(page, &mut keep).await?;
    Ok(found)
}
