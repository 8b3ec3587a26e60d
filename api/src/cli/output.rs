//! What is written: data on stdout, everything else on stderr; tables and sentences for people, JSON for programs.

use std::io::{self, Write};

use domain::number::grouped;
use serde_json::Value;

use super::{Failure, client::Answer};
pub(crate) use crate::visible::visible;

/// How to answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Out {
    /// JSON, as the service gave it.
    pub json: bool,
}

impl Out {
    /// Writes data to stdout, and ends it with a line break if it has none.
    #[expect(clippy::unused_self, reason = "nothing is written past `Out`")]
    pub(crate) fn data(self, data: &[u8]) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(data)?;
        if data.last().is_some_and(|last| *last != b'\n') {
            stdout.write_all(b"\n")?;
        }
        Ok(stdout.flush()?)
    }

    /// Writes a part of data to stdout, as it is.
    #[expect(clippy::unused_self, reason = "nothing is written past `Out`")]
    pub(crate) fn bytes(self, data: &[u8]) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(data)?;
        Ok(stdout.flush()?)
    }

    /// Writes an answer: as it came, or in words.
    pub(crate) fn answer(self, answer: &Answer, words: impl FnOnce(&Value) -> String) -> Result<(), Failure> {
        if self.json { self.data(&answer.raw) } else { self.data(words(&answer.value).as_bytes()) }
    }

    /// Writes what we found out ourselves.
    pub(crate) fn value(self, value: &Value, words: impl FnOnce() -> String) -> Result<(), Failure> {
        if self.json { self.data(value.to_string().as_bytes()) } else { self.data(words().as_bytes()) }
    }

    /// Says something on stderr. Nobody can be told if that fails.
    #[expect(clippy::unused_self, reason = "nothing is written past `Out`")]
    pub(crate) fn note(self, note: &str) {
        let _ = writeln!(io::stderr(), "{note}");
    }
}

/// A field's text; empty where there is none.
pub(crate) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// A person's address; who was erased has none any more.
pub(crate) fn person<'a>(value: &'a Value, field: &str) -> &'a str {
    Some(text(value, field)).filter(|email| !email.is_empty()).unwrap_or("erased person")
}

/// A field's number; 0 where there is none.
pub(crate) fn number(value: &Value, field: &str) -> u64 {
    value.get(field).and_then(Value::as_u64).unwrap_or_default()
}

/// The list in a field; empty where there is none.
pub(crate) fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A field that counts something, for people; empty where there is none.
pub(crate) fn counted(value: &Value, field: &str) -> String {
    value.get(field).and_then(Value::as_u64).map(grouped).unwrap_or_default()
}

/// Any field as it stands in a cell.
pub(crate) fn cell(value: &Value, field: &str) -> String {
    match value.get(field) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// An instant to the second, UTC; the day alone where it is one.
pub(crate) fn time(value: &Value, field: &str) -> String {
    let text = text(value, field);
    text.get(..19).map_or_else(|| text.to_owned(), |instant| instant.replace('T', " "))
}

/// With a full stop, if it does not end like a sentence. Nothing stays nothing.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.is_empty() || text.ends_with(['.', '?', '!', ':']) { text.to_owned() } else { format!("{text}.") }
}

/// A table with aligned columns; numbers to the right. Nothing but the header for no rows.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| visible(cell)).collect()).collect();
    let cells = |column: usize| rows.iter().filter_map(move |row| row.get(column));
    let widths: Vec<usize> = (0..header.len())
        .map(|column| cells(column).map(|cell| width(cell)).chain([width(header[column])]).max().unwrap_or(0))
        .collect();
    let numbers: Vec<bool> = (0..header.len())
        .map(|column| {
            let digits =
                |cell: &String| !cell.is_empty() && cell.bytes().all(|b| b.is_ascii_digit() || b == b',');
            cells(column).next().is_some() && cells(column).all(digits)
        })
        .collect();
    let line = |row: Vec<&str>| {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let space = " ".repeat(widths[column].saturating_sub(width(cell)));
            if numbers[column] { format!("{space}{cell}") } else { format!("{cell}{space}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    let body = rows.iter().map(|row| line(row.iter().take(header.len()).map(String::as_str).collect()));
    line(header.to_vec()) + &body.collect::<String>()
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// "1 person", "2 people".
pub(crate) fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_aligns_words_left_and_numbers_right() {
        let rows = [vec!["ada".to_owned(), "9".to_owned()], vec!["élodie".to_owned(), "1,000".to_owned()]];
        assert_eq!(table(&["WHO", "N"], &rows), "WHO         N\nada         9\nélodie  1,000\n");
    }

    #[test]
    fn a_sentence_ends_once() {
        assert_eq!(
            ["It is so", "Is it?", "It is. ", ""].map(sentence),
            ["It is so.", "Is it?", "It is.", ""]
        );
    }
}
