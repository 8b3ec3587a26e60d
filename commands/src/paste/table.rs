//! A table, as spreadsheets put it on the clipboard: its rows are lines, with tabs between their cells.

use std::ops::Range;

use super::{lines, run};

/// A text whose addresses stand in one column. What stands in the others is about those people: names, classes.
#[derive(Clone, Copy)]
pub(super) struct Table {
    /// The column with the addresses, counted from 0.
    column: usize,
    /// The line that only says what stands below, counted from 1.
    heading: Option<usize>,
}

impl Table {
    /// Nothing, where people have other addresses in another column, which may be meant as well. A text without tabs is a table of
    /// one column.
    pub(super) fn of(text: &str) -> Option<Self> {
        let has_tabs = rows(text).any(|(_, row)| row.contains('\t'));
        let table = || rows(text).filter(|(_, row)| !has_tabs || row.contains('\t'));
        let column =
            table().filter_map(|(_, row)| cells(row).position(|cell| is_address(&row[cell]))).min()?;
        if table().any(|(_, row)| has_another(row, column)) {
            return None;
        }
        // A title may stand above it.
        let mut above = rows(text).take_while(|(_, row)| !is_address(row));
        let heading = above.find(|(_, row)| cells(row).any(|cell| is_name(&row[cell])));
        Some(Self { column, heading: heading.map(|(line, _)| line) })
    }

    /// Where the items of a line are, in bytes. A row without an address is one item, whole: it will be refused, and
    /// whoever pasted it sees which one it is.
    pub(super) fn items(self, number: usize, line: &str) -> Vec<Range<usize>> {
        if self.heading == Some(number) {
            return Vec::new();
        }
        // All of a list; what stands above or below a table.
        if !line.contains('\t') {
            return run::items(line);
        }
        let cell = cells(line).nth(self.column);
        let items = cell.map(|cell| run::items_within(line, cell)).unwrap_or_default();
        if items.is_empty() { whole(line).into_iter().collect() } else { items }
    }
}

/// Whether a row has an address outside of its column, and not the same once more.
fn has_another(row: &str, column: usize) -> bool {
    let own = cells(row).nth(column).map(|cell| row[cell].trim()).unwrap_or_default();
    let is_another = |cell: &str| is_address(cell) && !cell.trim().eq_ignore_ascii_case(own);
    cells(row).enumerate().any(|(at, cell)| at != column && is_another(&row[cell]))
}

/// Whether something may be meant as an address; `@jane` is what people are called elsewhere.
fn is_address(cell: &str) -> bool {
    let joins = |at| {
        let (before, behind): (&str, &str) = (&cell[..at], &cell[at + 1..]);
        before.ends_with(|c: char| !c.is_whitespace()) && behind.starts_with(char::is_alphanumeric)
    };
    cell.match_indices('@').any(|(at, _)| joins(at))
}

/// The lines that hold anything, each with its number.
fn rows(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(lines(text)).filter(|(_, line)| !line.trim().is_empty())
}

/// Where the cells of a line are.
fn cells(line: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    line.split('\t').map(move |cell| {
        let range = start..start + cell.len();
        start = range.end + 1;
        range
    })
}

/// All of a line, if it says anything.
fn whole(line: &str) -> Option<Range<usize>> {
    let start = line.len() - line.trim_start().len();
    line.contains(char::is_alphanumeric).then(|| start..start + line.trim().len())
}

/// What a column of addresses is called, by its letters alone.
const NAMES: [&str; 33] = [
    "email",
    "emails",
    "mail",
    "emailaddress",
    "emailaddresses",
    "mailaddress",
    "workemail",
    "schoolemail",
    "emailadresse",
    "emailadressen",
    "mailadresse",
    "adressemail",
    "adresseemail",
    "adressedecourriel",
    "courriel",
    "correo",
    "correoelectrónico",
    "direccióndecorreo",
    "direccióndecorreoelectrónico",
    "endereçodeemail",
    "indirizzoemail",
    "indirizzomail",
    "emailadres",
    "mailadres",
    "adresemail",
    "adresaemail",
    "emailováadresa",
    "emailcím",
    "epost",
    "epostadress",
    "epostadresse",
    "sähköposti",
    "sähköpostiosoite",
];

fn is_name(cell: &str) -> bool {
    let letters: String = cell.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    !cell.contains('@') && NAMES.contains(&letters.as_str())
}
