//! What became of the people that were given, in words.

use domain::{Code, Effect, forecast::forecast, number::grouped};
use serde_json::Value;

use super::output::{count, list, number, sentence, table, text, visible};

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
    let counts = report.get("outcomes").and_then(Value::as_object);
    counts.into_iter().flatten().map(|(code, n)| (code.clone(), n.as_u64().unwrap_or_default())).collect()
}

/// The whole report.
pub(super) fn words(report: &Value) -> String {
    let preview = report.get("dry_run").and_then(Value::as_bool) == Some(true);
    let first = if preview { "Preview: nothing was changed. This would happen:\n\n" } else { "" };
    // Of an undoing, nobody gave the addresses; a row of a file may hold none.
    let rows = number(report, "rows");
    let all_rows =
        if is_file(report) { count(rows, "row", "rows") } else { count(rows, "address", "addresses") };
    let (refused, others): (Vec<_>, Vec<_>) =
        list(report, "items").iter().partition(|item| is_refused(text(item, "code")));
    let all = report.get("items_truncated").and_then(Value::as_bool) != Some(true);
    let people = if all && (1..=ONE_BY_ONE).contains(&others.len()) {
        let row = |item: &&Value| vec![text(item, "email").to_owned(), text(item, "code").to_owned()];
        format!("\n{}", table(&["E-MAIL", "OUTCOME"], &others.iter().map(row).collect::<Vec<_>>()))
    } else {
        String::new()
    };
    let (counts, seats, refusals) =
        (counts(report, preview), seats(report, preview), refusals(report, &refused, preview));
    let first = format!("{first}{}{}", repeated(report), stopped(report));
    format!("{first}{all_rows}:\n{counts}\n{seats}{}{people}{refusals}", read_as(report))
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
    let applied = count(outcomes(report).iter().map(|(_, n)| n).sum(), "row was", "rows were");
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

fn counts(report: &Value, preview: bool) -> String {
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

fn refusals(report: &Value, listed: &[&Value], preview: bool) -> String {
    let all = refused(report);
    if all == 0 {
        return String::new();
    }
    // As the history has it: of a file the line, of a paste the number of the item.
    let is_file = is_file(report);
    let (refused, be) = (
        if is_file { count(all, "row", "rows") } else { count(all, "item", "items") },
        if preview {
            "would be"
        } else if all == 1 {
            "was"
        } else {
            "were"
        },
    );
    let first = format!("\n{refused} {be} refused:\n");
    let place = |item: &Value| {
        if is_file {
            format!("Line {}", number(item, "line"))
        } else {
            format!("Item {}", number(item, "row"))
        }
    };
    let line = |item: &&Value| format!("  {}: {}\n", place(item), refusal(item));
    let lines: String = listed.iter().take(ONE_BY_ONE).map(line).collect();
    let left = all.saturating_sub(u64::try_from(listed.len().min(ONE_BY_ONE)).unwrap_or_default());
    if left == 0 {
        return first + &lines;
    }
    let all = "--report FILE keeps all of them, to be corrected and given again.";
    format!("{first}{lines}  ... and {} more. {all}\n", grouped(left))
}

/// With which value, why, and what to do.
fn refusal(item: &Value) -> String {
    let (email, reason) = (text(item, "email"), text(item, "reason"));
    let value = if email.is_empty() || reason.contains(email) { String::new() } else { format!("{email}: ") };
    let said = [sentence(reason), sentence(text(item, "hint")), format!("[{}]", text(item, "code"))];
    visible(&format!("{value}{}", said.join(" ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report() -> Value {
        json!({
            "rows": 3, "outcomes": { "accepted": 1, "invalid_email": 1, "seat_limit": 1 }, "dry_run": false,
            "seats": { "limit": 5, "held": 5 }, "seats_before": { "limit": 5, "held": 4 }, "items_truncated": false,
            "format": { "encoding": "UTF-8", "separator": "comma" },
            "items": [
                { "line": 1, "email": "ada@example.org", "code": "accepted" },
                { "line": 2, "email": "ada@", "code": "invalid_email", "reason": "\"ada@\" has no domain",
                  "hint": "Write it like ada@example.org." },
                { "line": 3, "email": "bob@example.org", "code": "seat_limit", "reason": "No seat is free.",
                  "hint": "Remove people." },
            ],
        })
    }

    #[test]
    fn a_report_counts_everybody_and_says_who_was_refused_and_why() {
        let said = words(&report());
        for part in [
            "3 rows:\n",
            "  1  accepted           The person joined",
            "Seats: 5 of 5 are held (4 before).",
            "ada@example.org  accepted",
            "2 rows were refused:\n  Line 2: \"ada@\" has no domain. Write it like ada@example.org. [invalid_email]\n",
            "  Line 3: bob@example.org: No seat is free. Remove people. [seat_limit]\n",
        ] {
            assert!(said.contains(part), "{part:?} in:\n{said}");
        }
        assert_eq!(refused(&report()), 2);
    }

    #[test]
    fn pasted_items_are_told_by_their_number() {
        let mut report = report();
        report.as_object_mut().unwrap().remove("format");
        for (row, item) in (1..).zip(report["items"].as_array_mut().unwrap()) {
            (item["row"], item["line"]) = (row.into(), 1.into());
        }
        let said = words(&report);
        assert!(said.contains("\n  Item 2: \"ada@\" has") && said.contains("\n  Item 3: bob@"), "{said}");
        assert!(said.starts_with("3 addresses:\n") && said.contains("\n2 items were refused:\n"), "{said}");
        assert!(!said.contains("was read as"), "{said}");
    }

    #[test]
    fn a_file_says_as_what_it_was_read() {
        let mut report = report();
        report["format"] =
            json!({ "encoding": "windows-1252", "separator": "semicolon", "note": "Check them." });
        let said = words(&report);
        assert!(
            said.contains("The file was read as windows-1252, separator: semicolon.\nCheck them.\n"),
            "{said}"
        );
    }

    #[test]
    fn a_preview_says_that_nothing_was_changed() {
        let mut preview = report();
        preview["dry_run"] = true.into();
        let said = words(&preview);
        assert!(said.starts_with("Preview: nothing was changed."), "{said}");
        assert!(said.contains("5 of 5 would be held (4 before)"), "{said}");
        assert!(said.contains("The person would join") && said.contains("2 rows would be refused"), "{said}");
        let done = ["joined", "was refused", "were refused", "are held"];
        assert!(done.iter().all(|done| !said.contains(done)), "{said}");
    }
}
