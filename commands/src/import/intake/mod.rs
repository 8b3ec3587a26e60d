//! CSV as spreadsheets and school systems really write it.
//!
//! A file is read through before anything is changed: [`CsvFile::check`] finds out how it is written, and every
//! fault that would stop it half-way. What it found is kept for reading it again, so both readings see the same
//! rows. Memory does not grow with the file.

mod cell;
mod charset;
mod encoding;
mod format;
mod header;
mod kind;
pub mod limits;
mod lines;
mod original;
mod pieces;
mod quotes;
mod records;
mod rows;
mod separator;
mod start;
mod survey;
mod text;

use std::io::{Read, Seek};

use domain::number::grouped;

pub use charset::Charset;
pub use encoding::Encoding;
pub use format::FileFormat;
pub use kind::Kind;
pub use original::Original;
pub use rows::{Row, Rows};
pub use separator::Separator;

use self::{
    header::Header,
    start::{Start, start_of},
};
use super::InputError;

/// What to check about lines that a quotation mark holds together.
fn one_row((from, to): (u64, u64)) -> String {
    format!(
        "Lines {from} to {to} are one row: a cell in quotation marks goes on to there, and what looks like addresses in it was \
         not read. If these are people, put the quotation marks right and upload the file again."
    )
}

/// What to check about rows that go on behind their address, in a file that has one column: how many, and where first.
fn behind_addresses((rows, line): (u64, u64)) -> String {
    let where_they_are = match rows {
        1 => format!("the row on line {line} goes on behind its address"),
        _ => format!("{} rows go on behind their address, the first on line {line}", grouped(rows)),
    };
    format!(
        "The file has one column, but {where_they_are}: what stands there was not read. If it is people, give each of them a \
         row of their own, and upload the file again."
    )
}

/// A CSV file that was read through and can be read.
pub struct CsvFile<R> {
    source: R,
    start: Start,
    header: Header,
    rows: u64,
    note: Option<String>,
}

impl<R: Read + Seek> CsvFile<R> {
    /// Reads a file through once, and finds out how it is written.
    pub fn check(source: R) -> Result<Self, InputError> {
        Self::check_each(source, None, |_, _| Ok(()))
    }

    /// The same, of a file that is said to be in some encoding; shows each row, with its number, on the way.
    pub fn check_each(
        mut source: R,
        declared: Option<Charset>,
        mut look: impl FnMut(u64, &Row<'_>) -> Result<(), InputError>,
    ) -> Result<Self, InputError> {
        let (start, note) = start_of(&mut source, declared)?;
        let header = Header::find(&mut source, start)?;
        let mut checked = Self { source, start, header, rows: 0, note };
        let mut rows =
            Rows::below(start.rows(&mut checked.source, checked.header.separator)?, &checked.header)?;
        let (mut count, mut swallowed, mut longer) = (0, None, None);
        while let Some(row) = rows.next_row()? {
            count += 1;
            let line = row.line;
            look(count, &row)?;
            if swallowed.is_none() {
                swallowed = rows.swallowed()?.map(|more| (line, line.saturating_add(more)));
            }
            if rows.goes_on()? {
                let (before, first) = longer.unwrap_or((0, line));
                longer = Some((before + 1, first));
            }
        }
        if count == 0 {
            return Err(InputError::OnlyHeader);
        }
        checked.rows = count;
        let notes = [checked.note.take(), swallowed.map(one_row), longer.map(behind_addresses)];
        checked.note = notes.into_iter().flatten().reduce(|one, other| format!("{one} {other}"));
        Ok(checked)
    }

    /// How it is written.
    pub fn format(&self) -> FileFormat {
        FileFormat::new(self.start.encoding, &self.header, self.note.clone())
    }

    /// How many rows it has below the header, blank ones not counted.
    pub fn count(&self) -> u64 {
        self.rows
    }

    /// Reads it again, from the first row on.
    pub fn rows(self) -> Result<Rows<R>, InputError> {
        Rows::below(self.start.rows(self.source, self.header.separator)?, &self.header)
    }
}
