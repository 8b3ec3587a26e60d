//! What became of each item, and of all of them.

use domain::{Code, Counts, DeclineReason, Effect, ImportId, formula::taken_back, import::Phase, refusal};
use eventlog::{Position, RefusedRow};
use serde::Serialize;

use super::{
    input::Item,
    intake::{FileFormat, Original},
};

/// What became of one item. No `Debug`: holds an address.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct ItemOutcome {
    /// Counted from 1, without blank ones.
    pub row: u64,
    /// In the file or paste, counted from 1; of an undoing, in the file whose import is undone, if it was one.
    pub line: u64,
    /// As it was given.
    pub email: String,
    /// What came of it.
    #[schema(value_type = String)]
    pub code: Code,
    /// Why, where it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What to do, where it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Why they had declined the invite, where somebody who had is added again, or would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub had_declined: Option<DeclineReason>,
    /// The whole row of a file, where it was refused. Kept with the refused rows, and not listed.
    #[serde(skip)]
    #[schema(ignore)]
    pub original: Option<Original>,
}

impl ItemOutcome {
    pub(super) fn refused(item: &Item, email: String, code: Code, reason: String) -> Self {
        Self {
            row: item.row,
            line: item.line,
            email,
            code,
            reason: Some(reason),
            hint: Some(refusal::hint(code).to_owned()),
            had_declined: None,
            original: item.original.clone(),
        }
    }

    pub(super) fn kept(&self) -> Option<RefusedRow> {
        if self.code.effect() != Effect::Refused {
            return None;
        }
        // Mostly, in a file with one column, the value is all of it.
        let more = self.original.as_ref().filter(|row| !row.is_just(&self.email));
        Some(RefusedRow {
            row: self.row,
            line: self.line,
            value: self.email.clone(),
            code: self.code,
            reason: self.reason.clone().unwrap_or_default(),
            hint: self.hint.clone().unwrap_or_default(),
            cells: more.map(|row| as_it_was(&row.cells())),
        })
    }
}

/// Cells without what keeps a spreadsheet from taking them for formulas: whoever hands them back puts it there again.
pub(super) fn as_it_was(cells: &[String]) -> Vec<String> {
    cells.iter().map(|cell| taken_back(cell).into_owned()).collect()
}

/// What became of an import. No `Debug`: holds addresses.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Report {
    /// The import; of a preview, under which its refused rows are kept.
    #[schema(value_type = uuid::Uuid)]
    pub import_id: ImportId,
    /// The log's position that includes it.
    pub position: Position,
    /// Whether nothing was changed.
    pub dry_run: bool,
    /// How many items were given, blank ones not counted.
    pub rows: u64,
    /// How the file was read; of pasted addresses, nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<FileFormat>,
    /// How many had which outcome; they add up to `rows`, unless it was stopped before.
    #[schema(value_type = std::collections::HashMap<String, u64>)]
    pub outcomes: Counts,
    /// Where not every row was applied: `cancelled` or `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub phase: Option<Phase>,
    /// The license's seats once it was done; of a preview, as they would be.
    pub seats: SeatsHeld,
    /// The license's seats before it. Left out where that is not known: others took or freed seats at the same
    /// moment, or the request came before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats_before: Option<SeatsHeld>,
    /// Whether the same request came before. Its outcomes are given again, with the seats as they are now; who
    /// had which outcome is not kept, but for the refused rows.
    pub repeated: bool,
    /// Every item, up to 1,000; of a longer list the refused ones, up to as many. None of what an earlier request
    /// did already.
    pub items: Vec<ItemOutcome>,
    /// Whether `items` leaves some out. All refused ones can be had from the import.
    pub items_truncated: bool,
}

/// How many seats are held, of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SeatsHeld {
    /// The license's limit.
    pub limit: u64,
    /// By everybody Accepted or Invited.
    pub held: u64,
}

impl Report {
    /// More items than these are not listed in the answer: it would not end.
    pub const LISTED: usize = 1_000;

    pub(super) fn list(&mut self, items: Vec<ItemOutcome>) {
        self.items.extend(items.into_iter().map(|item| ItemOutcome { original: None, ..item }));
        if self.items.len() <= Self::LISTED && !self.items_truncated {
            return;
        }
        self.items_truncated = true;
        self.items.retain(|item| item.code.effect() == Effect::Refused);
        self.items.truncate(Self::LISTED);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::import::{Input, input::BadItem};

    #[test]
    fn who_is_refused_has_the_whole_row_with_them() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(b"Name;Email\n\"B;\nb\"; bob@ ;7b\n").expect("a row");
        let checked =
            Input::Csv(file.path().to_owned()).check().map_err(|e| e.to_string()).expect("a good file");
        assert_eq!(
            checked.format.map(|format| format.columns),
            Some(vec!["Name".to_owned(), "Email".to_owned()])
        );
        let item =
            checked.items.map(|item| item.map_err(|e| e.to_string()).expect("an item")).last().expect("one");
        let refused = ItemOutcome::refused(&item, "bob@".to_owned(), Code::InvalidEmail, "why".to_owned());
        let cells = refused.original.map(|original| original.cells());
        assert_eq!(cells, Some(["B;\nb", " bob@ ", "7b"].map(str::to_owned).to_vec()));
    }

    /// The cells that are kept of the only row of a file.
    fn kept(file: &str) -> Option<Vec<String>> {
        let mut named = tempfile::NamedTempFile::new().expect("a file");
        named.write_all(file.as_bytes()).expect("a row");
        let checked = Input::Csv(named.path().to_owned()).check().map_err(|e| e.to_string());
        let item = checked.expect("a good file").items.next().expect("one").map_err(|e| e.to_string());
        let item = item.expect("an item");
        let Err(BadItem::Invalid { value, .. }) = &item.address else { panic!("an address: {file}") };
        ItemOutcome::refused(&item, value.clone(), Code::InvalidEmail, "why".to_owned()).kept()?.cells
    }

    #[test]
    fn of_a_file_with_one_column_nothing_that_was_not_read_is_lost() {
        assert_eq!(kept("Email\nbad@x\n"), None);
        assert_eq!(kept("Email\nbad@x,y;z\n"), Some(vec!["bad@x".to_owned(), "y;z".to_owned()]));
        let long = format!("bad@{}", "x".repeat(600));
        assert_eq!(kept(&format!("Email\n{long}\n")), Some(vec![long]));
    }
}
