//! What became of the people that were given, in words.

mod refusals;

use domain::{Code, Effect, forecast::forecast, number::grouped};
use serde_json::Value;

use super::output::{count, list, number, table, text};
use refusals::refusals;

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Add,
    Invite,
    Remove,
}

impl Mode {
    /// As the API calls it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Invite => "invite",
            Self::Remove => "remove",
        }
    }

    /// What is being done, for the progress line.
    pub(super) fn doing(self) -> &'static str {
        match self {
            Self::Add => "Adding people",
            Self::Invite => "Inviting people",
            Self::Remove => "Removing people",
        }
    }
}

/// So few are told one by one.
const ONE_BY_ONE: usize = 20;

/// How many rows were refused.
pub(super) fn refused(report: &Value) -> u64 {
    outcomes(report).iter().filter(|(code, _)| is_refused(code)).map(|(_, n)| n).sum()
}

fn is_refused(code: &str) -> bool {
    code.parse::<Code>().is_ok_and(|code| code.effect() == Effect::Refused)
}

fn outcomes(report: &Value) -> Vec<(String, u64)> {
    // Of an import that ended long ago, the history calls them so.
    let counts = report.get("outcomes").or_else(|| report.get("counts")).and_then(Value::as_object);
    counts.into_iter().flatten().map(|(code, n)| (code.clone(), n.as_u64().unwrap_or_default())).collect()
}

/// The whole report. `written`: the refused rows go to a file.
pub(super) fn words(report: &Value, written: bool) -> String {
    let preview = report.get("dry_run").and_then(Value::as_bool) == Some(true);
    let first = if preview { "Preview: nothing was changed. This would happen:\n\n" } else { "" };
    let all_rows = all_rows(report);
    let (refused, others): (Vec<_>, Vec<_>) =
        list(report, "items").iter().partition(|item| is_refused(text(item, "code")));
    let people = if !is_truncated(report) && (1..=ONE_BY_ONE).contains(&others.len()) {
        let row = |item: &&Value| vec![text(item, "email").to_owned(), text(item, "code").to_owned()];
        format!("\n{}", table(&["E-MAIL", "OUTCOME"], &others.iter().map(row).collect::<Vec<_>>()))
    } else {
        String::new()
    };
    let (counts, seats, refusals) =
        (counts(report, preview), seats(report, preview), refusals(report, &refused, preview, written));
    let first = format!("{first}{}{}", repeated(report), stopped(report));
    format!("{first}{all_rows}:\n{counts}\n{seats}{}{people}{refusals}", read_as(report))
}

/// How many rows the outcomes are of.
fn all_rows(report: &Value) -> String {
    let rows = number(report, "rows");
    // Of an undoing, nobody gave the addresses; a row of a file may hold none.
    let all = if is_file(report) { count(rows, "row", "rows") } else { count(rows, "address", "addresses") };
    let applied = applied(report);
    if text(report, "phase").is_empty() || applied >= rows {
        all
    } else {
        format!("{} of {all}", grouped(applied))
    }
}

fn applied(report: &Value) -> u64 {
    outcomes(report).iter().map(|(_, n)| n).sum()
}

/// Whether not all items are listed.
fn is_truncated(report: &Value) -> bool {
    report.get("items_truncated").and_then(Value::as_bool) == Some(true)
}

/// That it is the report of the time before.
fn repeated(report: &Value) -> &'static str {
    match report.get("repeated").and_then(Value::as_bool) {
        Some(true) => "This was done before, and nothing was done again. What came of it then:\n\n",
        _ => "",
    }
}

/// That not every row was applied, and what to do.
fn stopped(report: &Value) -> String {
    let applied = count(applied(report), "row was", "rows were");
    match text(report, "phase") {
        "" => String::new(),
        "cancelled" => format!("It was cancelled: {applied} applied before, and that stays.\n\n"),
        _ => {
            format!("It could not go on: {applied} applied before, and that stays. Give the file again.\n\n")
        }
    }
}

/// Whether the rows came in a file; otherwise they were pasted, or come from the import that is undone.
fn is_file(report: &Value) -> bool {
    report.get("format").is_some()
}

/// How a file was read, and what to check about it.
fn read_as(report: &Value) -> String {
    let Some(format) = report.get("format") else { return String::new() };
    let (encoding, separator) = (text(format, "encoding"), text(format, "separator"));
    let note = match text(format, "note") {
        "" => String::new(),
        note => format!("{note}\n"),
    };
    format!("The file was read as {encoding}, separator: {separator}.\n{note}")
}

pub(super) fn counts(report: &Value, preview: bool) -> String {
    let mut counts = outcomes(report);
    counts.sort_by_key(|(code, _)| is_refused(code));
    let width = counts.iter().map(|(_, n)| grouped(*n).len()).max().unwrap_or_default();
    let line = |(code, n): &(String, u64)| {
        let meaning = code.parse().map_or("", if preview { forecast } else { Code::meaning });
        format!("  {:>width$}  {code:<17}  {meaning}", grouped(*n)).trim_end().to_owned() + "\n"
    };
    counts.iter().map(line).collect()
}

fn seats(report: &Value, preview: bool) -> String {
    let of = |part| grouped(report.get("seats").map_or(0, |seats| number(seats, part)));
    let verb = if preview { "would be held" } else { "are held" };
    // Not known where somebody else took seats at the same time.
    let before =
        report.get("seats_before").map(|seats| format!(" ({} before)", grouped(number(seats, "held"))));
    format!("Seats: {} of {} {verb}{}.\n", of("held"), of("limit"), before.unwrap_or_default())
}

#[cfg(test)]
mod tests;
