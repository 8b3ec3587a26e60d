//! The CSV reader: a header row with `Email`; other columns are not read into anything.

use std::{fs::File, path::Path};

use ::csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};
use domain::EmailAddress;

use super::input::InputError;

/// The Email column, row by row, with the line that each row starts on. Blank rows are nothing; a row that
/// has other cells but no address is an empty text.
pub(super) struct Rows {
    reader: Reader<File>,
    record: StringRecord,
    column: usize,
}

impl Rows {
    pub(super) fn open(path: &Path) -> Result<Self, InputError> {
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).from_reader(File::open(path)?);
        let mut header = StringRecord::new();
        if !reader.read_record(&mut header).map_err(unreadable)? {
            return Err(InputError::EmptyFile);
        }
        let column = email_column(&header)?;
        Ok(Self { reader, record: StringRecord::new(), column })
    }
}

fn email_column(header: &StringRecord) -> Result<usize, InputError> {
    let names: Vec<&str> = header.iter().map(trim).collect();
    let columns: Vec<usize> = (0..names.len()).filter(|i| names[*i].eq_ignore_ascii_case("email")).collect();
    match columns[..] {
        [column] => Ok(column),
        [] if names.iter().any(|name| EmailAddress::parse(name).is_ok()) => Err(InputError::NoHeader),
        [] if names.iter().all(|name| name.is_empty()) => Err(InputError::EmptyFile),
        [] => Err(InputError::NoEmailColumn(names.join(", "))),
        _ => Err(InputError::SeveralEmailColumns(columns.len())),
    }
}

/// A byte order mark and white space around a cell are not part of it.
fn trim(cell: &str) -> &str {
    cell.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}')
}

impl Iterator for Rows {
    type Item = Result<(u64, String), InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.reader.read_record(&mut self.record) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(unreadable(error))),
            }
            if self.record.iter().all(|cell| trim(cell).is_empty()) {
                continue;
            }
            let line = self.record.position().map_or(0, ::csv::Position::line);
            let cell = self.record.get(self.column).map_or("", trim);
            return Some(Ok((line, cell.to_owned())));
        }
    }
}

fn unreadable(error: ::csv::Error) -> InputError {
    let line = error.position().map_or(1, ::csv::Position::line);
    match error.into_kind() {
        ErrorKind::Io(error) => InputError::Io(error),
        ErrorKind::Utf8 { .. } => InputError::NotUtf8 { line },
        other => InputError::Io(std::io::Error::other(format!("{other:?}"))),
    }
}
