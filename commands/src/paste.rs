//! A pasted list of people, taken apart into what may be addresses.
//!
//! It knows the lists that people paste: a mail header (`Jane Doe <jane@x.org>, ...`), Outlook's line
//! (`Doe, Jane <jane@x.org>; 'Bob' <bob@y.org>`), bullets of a text. It does not judge
//! addresses: `EmailAddress::parse` does, and says what is wrong.
//!
//! - Line breaks, commas and semicolons end a *run*; within it white space separates words.
//! - A run without an address is one item, whole: it will be refused, and so nothing given is lost.
//! - In a run with addresses only what is surely a name is dropped: the words before angle brackets
//!   (`Jane Doe <jane@x.org>`), a name in quotation marks before an address, one in parentheses behind it. Any
//!   other word is an item of its own, to be refused: it may be half of an address that was broken by a space.
//! - Of a table out of a spreadsheet the column with the addresses counts, if it is sure which one that is; and so does a
//!   row that has none there.
//! - A first line that only says what stands below, like `Email`, is no item.
//! - Nothing reaches over the end of its line, neither a quotation mark nor a bracket left open.

mod run;
mod scan;
mod table;
#[cfg(test)]
mod tests;

use std::ops::Range;

use table::Table;

/// Something that was pasted and may be an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastedItem<'a> {
    /// The line it is in; the first is 1.
    pub line: usize,
    /// The place of its first character in the line, counted in characters; the first is 1.
    pub column: usize,
    /// The item without what stands around it: names, brackets, quotation marks, bullets. Never empty.
    pub text: &'a str,
}

/// Takes a pasted text apart, in the order of the text and in time linear in its length.
pub fn split(text: &str) -> impl Iterator<Item = PastedItem<'_>> {
    let table = Table::of(text);
    (1..).zip(lines(text)).flat_map(move |(number, line)| {
        let items = table.map_or_else(|| run::items(line), |table| table.items(number, line));
        placed(number, line, items)
    })
}

/// The address that a text which is one item holds, without a name around it; all of the text, if it holds
/// anything else.
pub(crate) fn only(text: &str) -> &str {
    let mut items = lines(text).flat_map(|line| placed(1, line, run::items(line)));
    match (items.next(), items.next()) {
        (Some(item), None) => item.text,
        _ => text.trim(),
    }
}

/// The lines of a text, however they are ended. CR LF is one end.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.find(is_line_end) else { return rest.take() };
        let length = if text[end..].starts_with("\r\n") { 2 } else { text[end..].chars().next()?.len_utf8() };
        rest = Some(&text[end + length..]);
        Some(&text[..end])
    })
}

/// What Unicode calls a mandatory break.
fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\u{B}' | '\u{C}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn placed(number: usize, line: &str, items: Vec<Range<usize>>) -> impl Iterator<Item = PastedItem<'_>> {
    let (mut counted, mut column) = (0, 1);
    items.into_iter().map(move |range| {
        // Items come in order, so each character is counted once.
        column += line[counted..range.start].chars().count();
        counted = range.start;
        PastedItem { line: number, column, text: &line[range] }
    })
}
