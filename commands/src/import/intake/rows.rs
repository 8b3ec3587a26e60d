//! The Email column, row by row.

use std::{borrow::Cow, io::Read};

use super::{
    cell::{address, alone, only_address, plain},
    header::Header,
    limits,
    original::Original,
    records::Records,
    separator::Separator,
};
use crate::import::{InputError, fault::TooLarge};

/// The rows below the header. Blank ones are none; other columns are not read into anything.
pub struct Rows<R> {
    records: Records<R>,
    separator: Separator,
    column: usize,
    count: u64,
}

/// A row. No `Debug`: holds an address.
pub struct Row<'a> {
    /// Where it starts in the file, counted from 1.
    pub line: u64,
    /// What its Email cell says; empty where it has none.
    pub address: Cow<'a, str>,
    raw: &'a [u8],
    separator: Separator,
}

impl Row<'_> {
    /// The row as it came.
    pub fn original(&self) -> Original {
        Original::new(self.raw, self.separator)
    }
}

impl<R: Read> Rows<R> {
    /// The rows behind the header, of records that stand at the beginning.
    pub(super) fn below(mut records: Records<R>, header: &Header) -> Result<Self, InputError> {
        while records.read()? && records.line() < header.line {}
        Ok(Self { records, separator: header.separator, column: header.column, count: 0 })
    }

    /// The next row; `None` at the end.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, InputError> {
        while self.records.read()? {
            if self.is_blank()? {
                continue;
            }
            self.count += 1;
            if self.count > limits::ROWS {
                return Err(InputError::TooLarge(TooLarge::Rows));
            }
            return self.row().map(Some);
        }
        Ok(None)
    }

    fn row(&self) -> Result<Row<'_>, InputError> {
        let cell = self.records.cell(self.column)?;
        let address = if self.separator == Separator::None { only_address(cell) } else { address(cell) };
        Ok(Row { line: self.records.line(), address, raw: self.records.raw(), separator: self.separator })
    }

    /// Whether something stands behind the address of the last row and is not read, in a file that has one column.
    pub(super) fn goes_on(&self) -> Result<bool, InputError> {
        Ok(self.separator == Separator::None
            && alone(self.records.cell(self.column)?).1.is_some_and(|behind| !behind.is_empty()))
    }

    /// How many more lines the last row goes on for, where a cell that is not read holds something like an address behind a
    /// line break: a quotation mark too many, or one too few, makes one cell of people who stand below each other.
    pub(super) fn swallowed(&self) -> Result<Option<u64>, InputError> {
        let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let raw = self.records.raw().trim_ascii_end();
        if !raw.iter().any(is_break) {
            return Ok(None);
        }
        for index in (0..self.records.len()).filter(|index| *index != self.column) {
            let cell = self.records.cell(index)?;
            if cell.split_once(['\n', '\r']).is_some_and(|(_, behind)| behind.contains('@')) {
                let by = if raw.contains(&b'\n') { b'\n' } else { b'\r' };
                let breaks = raw.split(|byte| *byte == by).skip(1).count();
                return Ok(Some(u64::try_from(breaks).unwrap_or(u64::MAX)));
            }
        }
        Ok(None)
    }

    /// Mostly the address says that it isn't, and no other cell is looked at.
    fn is_blank(&self) -> Result<bool, InputError> {
        let alone = self.separator == Separator::None;
        for index in std::iter::once(self.column).chain(0..self.records.len()) {
            let cell = self.records.cell(index)?;
            if !if alone { only_address(cell) } else { Cow::Borrowed(plain(cell)) }.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::import::intake::CsvFile;

    #[test]
    fn there_is_a_last_row() {
        let file = CsvFile::check(Cursor::new(b"Email\na@x.org\nb@x.org\n")).map_err(|e| e.to_string());
        let mut rows = file.expect("a file").rows().map_err(|e| e.to_string()).expect("rows");
        rows.count = limits::ROWS - 1;
        assert!(rows.next_row().is_ok_and(|row| row.is_some()), "as many as are allowed");
        let error = rows.next_row().err().map(|e| e.to_string());
        assert_eq!(error.as_deref(), Some("the file has more than 5 million rows"));
    }
}
