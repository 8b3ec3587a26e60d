//! Who was refused: where, with which value, why, and what to do.

use domain::number::grouped;
use serde_json::Value;

use super::{ONE_BY_ONE, is_file, is_truncated, refused};
use crate::cli::output::{count, number, sentence, text, visible};

/// Those that are listed, and how many more there are. `written`: all of them are written to a file.
pub(super) fn refusals(report: &Value, listed: &[&Value], preview: bool, written: bool) -> String {
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
    if listed.is_empty() {
        // What was done before says no more than how many.
        return format!("\n{refused} {be} refused. {}\n", where_all_are(written));
    }
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
        return format!("\n{refused} {be} refused:\n{lines}");
    }
    // Of an import that went on, those of its earlier rows may be missing, and not only the last ones.
    let among = if is_truncated(report) { ", among them" } else { "" };
    let first = format!("\n{refused} {be} refused{among}:\n");
    format!("{first}{lines}  ... and {} more. {}\n", grouped(left), where_all_are(written))
}

fn where_all_are(written: bool) -> &'static str {
    if written {
        "The report has all of them, to be corrected and given again."
    } else {
        "--report FILE writes all of them down, to be corrected and given again."
    }
}

/// With which value, why, and what to do.
fn refusal(item: &Value) -> String {
    let (email, reason) = (text(item, "email"), text(item, "reason"));
    // A reason that is about the value itself begins with it, as far as it can be seen.
    let is_named = reason.starts_with('"') || reason.contains(email);
    let value = if email.is_empty() || is_named { String::new() } else { format!("{email}: ") };
    let said = [sentence(reason), sentence(text(item, "hint")), format!("[{}]", text(item, "code"))];
    visible(&format!("{value}{}", said.join(" ")))
}
