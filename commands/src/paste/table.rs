//! A table, as spreadsheets put it on the clipboard: its rows are lines, with tabs between their cells.

use std::ops::Range;

use super::{lines, run};

/// A text whose lines have equally many cells, and whose addresses stand in one column. What stands in the others
/// is about those people: names, classes.
#[derive(Clone, Copy)]
pub(super) struct Table {
    /// The column with the addresses, counted from 0.
    column: usize,
    /// The line that only says what stands below, counted from 1.
    heading: Option<usize>,
}

impl Table {
    /// Nothing, where there is any doubt: what looks like an address in another column may be meant as one. A text
    /// without tabs is a table of one column.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut holds: Vec<Holds> = Vec::new();
        for row in rows(text).map(|(_, line)| line) {
            if holds.is_empty() {
                holds = vec![Holds::default(); cells(row).count()];
            }
            if cells(row).count() != holds.len() {
                return None;
            }
            cells(row).zip(&mut holds).for_each(|(range, holds)| holds.note(&row[range]));
        }
        let column = holds.iter().position(|column| column.addresses)?;
        if holds.iter().enumerate().any(|(other, holds)| other != column && holds.perhaps) {
            return None;
        }
        let (first, row) = rows(text).next()?;
        let is_heading = cells(row).nth(column).is_some_and(|cell| is_name(&row[cell]));
        Some(Self { column, heading: is_heading.then_some(first) })
    }

    /// Where the items of a line are, in bytes. A row without an address is one item, whole: it will be refused, and
    /// whoever pasted it sees which one it is.
    pub(super) fn items(self, number: usize, line: &str) -> Vec<Range<usize>> {
        let cell = cells(line).nth(self.column).filter(|_| self.heading != Some(number));
        let Some(cell) = cell else { return Vec::new() };
        let items = run::items_within(line, cell.clone());
        if items.is_empty() && cell != (0..line.len()) {
            return whole(line).into_iter().collect();
        }
        items
    }
}

/// What a column holds.
#[derive(Clone, Default)]
struct Holds {
    /// Something with an @.
    addresses: bool,
    /// Something that may be meant as an address.
    perhaps: bool,
}

impl Holds {
    fn note(&mut self, cell: &str) {
        self.addresses |= cell.contains('@');
        self.perhaps |= cell.contains('@') || cell.split_whitespace().any(run::looks_like_domain);
    }
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
const NAMES: [&str; 19] = [
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
    "courriel",
    "correo",
    "correoelectrónico",
    "epost",
    "epostadress",
    "sähköposti",
];

fn is_name(cell: &str) -> bool {
    let letters: String = cell.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    !cell.contains('@') && NAMES.contains(&letters.as_str())
}
