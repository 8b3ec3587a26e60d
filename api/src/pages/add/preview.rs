//! What would happen to the people of a list or a file.

use commands::import::{ItemOutcome, Report, intake::FileFormat};
use domain::{Code, Effect, LicenseId, number::grouped};

use crate::pages::orders::{Outcome, outcomes};

/// What would happen.
pub(super) struct Preview {
    pub outcomes: Vec<Outcome>,
    /// The refused ones first.
    pub items: Vec<ItemOutcome>,
    /// Which of them are not listed.
    pub unlisted: Option<String>,
    /// How many were given, in words.
    pub given: String,
    /// How many people would be removed.
    pub removed: u64,
    pub seats: String,
    /// How the file was read.
    pub format: Option<String>,
    /// Where all refused rows are.
    pub refused: Option<String>,
    /// Said by whoever is sure that these are to be removed.
    pub sure: String,
}

/// So many are listed at most.
const LISTED: usize = 200;

impl Preview {
    pub(super) fn of(id: LicenseId, report: &Report, called: &str, sure: String) -> Self {
        let before = report.seats_before.map_or(report.seats.held, |seats| seats.held);
        let (held, limit) = (report.seats.held, report.seats.limit);
        let seats =
            format!("{} of {} seats are held (now {})", grouped(held), grouped(limit), grouped(before));
        let refused = report.outcomes.refused() > 0;
        let refused = refused.then(|| format!("/licenses/{id}/imports/{}/refused.csv", report.import_id));
        let mut items: Vec<_> = report.items.iter().collect();
        items.sort_by_key(|item| item.code.effect() != Effect::Refused);
        Self {
            outcomes: outcomes(&report.outcomes),
            items: items.into_iter().take(LISTED).cloned().collect(),
            unlisted: unlisted(report),
            given: counted(report.rows, called),
            removed: report.outcomes.of(Code::Removed),
            seats,
            format: None,
            refused,
            sure,
        }
    }

    /// The same as the badges say, in one sentence.
    pub(super) fn in_words(&self) -> String {
        self.outcomes.iter().map(Outcome::would_be_in_words).collect::<Vec<_>>().join(", ")
    }
}

/// How many were given.
fn counted(n: u64, called: &str) -> String {
    let ending = if called == ADDRESS { "es" } else { "s" };
    format!("{} {called}{}", grouped(n), if n == 1 { "" } else { ending })
}

/// What is counted of what was pasted.
pub(super) const ADDRESS: &str = "address";

/// Which are not listed, if not all are.
fn unlisted(report: &Report) -> Option<String> {
    let (refused, most) = (report.outcomes.refused(), u64::try_from(LISTED).unwrap_or(u64::MAX));
    if !report.items_truncated && report.items.len() <= LISTED {
        return None;
    }
    Some(match (refused, report.items_truncated) {
        (0, true) => "So many are not listed one by one. None of them is refused.".to_owned(),
        (0, false) => format!("Only the first {most} are listed. None of them is refused."),
        (n, _) if n > most => {
            format!("Only the first {most} of {} that are refused are listed.", grouped(n))
        }
        (_, true) => "Only those that are refused are listed.".to_owned(),
        (_, false) => "All that are refused are listed, and some of the others.".to_owned(),
    })
}

/// How a file was read, in a sentence.
pub(super) fn read_as(format: &FileFormat) -> String {
    let column = format.columns.get(format.email_column - 1).map_or("Email", String::as_str);
    let note = format.note.as_ref().map(|note| format!(" {note}")).unwrap_or_default();
    format!(
        "Read as {} with the header in line {}; addresses stand in column {}, “{column}”.{note}",
        serde_word(&format.encoding),
        format.header_line,
        format.email_column,
    )
}

/// A word as the API writes it.
fn serde_word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
