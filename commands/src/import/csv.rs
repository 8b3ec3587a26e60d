//! The CSV reader: a header row with `Email`; other columns are not read into anything.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

use csv_core::{ReadRecordResult, Reader};
use domain::EmailAddress;

use super::input::{InputError, beginning};

/// The Email column, row by row, with the line that each row starts on. Blank rows are nothing; a row that
/// has other cells but no address is an empty text.
pub(super) struct Rows {
    records: Records,
    column: usize,
}

impl Rows {
    pub(super) fn open(path: &Path) -> Result<Self, InputError> {
        let mut records = Records::open(path)?;
        if !records.read()? {
            return Err(InputError::EmptyFile);
        }
        let names = (0..records.cells()).map(|i| records.cell(i)).collect::<Result<Vec<_>, _>>()?;
        let column = email_column(&names)?;
        Ok(Self { records, column })
    }
}

fn email_column(names: &[&str]) -> Result<usize, InputError> {
    let columns: Vec<usize> = (0..names.len()).filter(|i| names[*i].eq_ignore_ascii_case("email")).collect();
    match columns[..] {
        [column] => Ok(column),
        [] if names.iter().any(|name| EmailAddress::parse(name).is_ok()) => Err(InputError::NoHeader),
        [] if names.iter().all(|name| name.is_empty()) => Err(InputError::EmptyFile),
        [] => Err(InputError::NoEmailColumn(shown(names))),
        _ => Err(InputError::SeveralEmailColumns(columns.len())),
    }
}

/// Column names for an answer: not all of a hostile file, and nothing that a terminal would obey.
fn shown(names: &[&str]) -> String {
    const LONGEST: usize = 300;
    let mut text = String::new();
    for name in names {
        if text.len() > LONGEST {
            text.push_str(", …");
            break;
        }
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.extend(beginning(name, LONGEST).chars().filter(|c| !c.is_control()));
    }
    text
}

/// A byte order mark and white space around a cell are not part of it.
fn trim(cell: &str) -> &str {
    cell.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}')
}

impl Iterator for Rows {
    type Item = Result<(u64, String), InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.records.read() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error.into())),
            }
            match self.records.row(self.column) {
                Ok(None) => {}
                Ok(Some(address)) => return Some(Ok((self.records.line, address.to_owned()))),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// Records with the line that each starts on. The library's own count begins before the blank lines that it
/// skips, and so would name the wrong line.
struct Records {
    file: BufReader<File>,
    reader: Reader,
    /// The cells of the record, one behind the other, and where each ends.
    text: Vec<u8>,
    ends: Vec<usize>,
    used: usize,
    /// Where the record starts, and where reading is; counted from 1.
    line: u64,
    next_line: u64,
}

impl Records {
    fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: BufReader::with_capacity(1 << 16, File::open(path)?),
            reader: Reader::new(),
            text: vec![0; 1 << 10],
            ends: vec![0; 32],
            used: 0,
            line: 1,
            next_line: 1,
        })
    }

    /// Reads the next record; `false` at the end.
    fn read(&mut self) -> io::Result<bool> {
        let (mut written, mut cells, mut begun) = (0, 0, false);
        loop {
            let input = self.file.fill_buf()?;
            let (result, taken, wrote, ended) =
                self.reader.read_record(input, &mut self.text[written..], &mut self.ends[cells..]);
            let blank =
                if begun { 0 } else { input[..taken].iter().take_while(|b| is_line_end(**b)).count() };
            self.next_line += line_feeds(&input[..blank]);
            if !begun && blank < taken {
                begun = true;
                self.line = self.next_line;
            }
            self.next_line += line_feeds(&input[blank..taken]);
            self.file.consume(taken);
            written += wrote;
            cells += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => {
                    self.used = cells;
                    return Ok(true);
                }
                ReadRecordResult::End => return Ok(false),
            }
        }
    }

    fn cells(&self) -> usize {
        self.used
    }

    /// A cell, trimmed; empty where the row is too short.
    fn cell(&self, index: usize) -> Result<&str, InputError> {
        if index >= self.used {
            return Ok("");
        }
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        let text = std::str::from_utf8(&self.text[start..self.ends[index]]);
        text.map(trim).map_err(|_| InputError::NotUtf8 { line: self.line })
    }

    /// The cell of a column; `None` where every cell is blank. All of them must be text.
    fn row(&self, column: usize) -> Result<Option<&str>, InputError> {
        let mut blank = true;
        for index in 0..self.used {
            blank &= self.cell(index)?.is_empty();
        }
        if blank { Ok(None) } else { self.cell(column).map(Some) }
    }
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

fn line_feeds(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}
