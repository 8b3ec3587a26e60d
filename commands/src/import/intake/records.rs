//! Rows of cells, each with the line it starts on.
//!
//! The library's own count begins before the blank lines that it skips, and knows no line that ends in CR alone;
//! so lines are counted here. A row stays in one piece in the buffer until the next one is read.

#[cfg(test)]
mod tests;

use std::{io::Read, str};

use csv_core::{ReadRecordResult, Reader};

use super::{
    limits,
    lines::{LineEnds, is_line_end},
    original::reader,
    quotes::unclosed,
    separator::Separator,
    text::{Piece, Text},
};
use crate::import::{InputError, fault::TooLong};

/// The byte order mark in UTF-8.
const MARK: &[u8] = "\u{FEFF}".as_bytes();

/// The rows of a text, one at a time; blank lines are none.
pub(super) struct Records<R> {
    text: Text<R>,
    parser: Reader,
    separator: u8,
    /// Text; the row begins at `start`, and reading is at `next`.
    buffer: Vec<u8>,
    start: usize,
    next: usize,
    ended: bool,
    /// The cells of the row, one behind the other, and where each ends.
    cells: Vec<u8>,
    ends: Vec<usize>,
    used: usize,
    /// Lines counted from 1: where the row starts, and where reading is.
    line: u64,
    next_line: u64,
    line_ends: LineEnds,
}

impl<R: Read> Records<R> {
    /// Reads from the beginning of a text.
    pub(super) fn new(text: Text<R>, separator: Separator) -> Result<Self, InputError> {
        let mut records = Self {
            text,
            parser: reader(separator),
            separator: separator.byte(),
            buffer: Vec::new(),
            start: 0,
            next: 0,
            ended: false,
            cells: Vec::new(),
            ends: vec![0; 64],
            used: 0,
            line: 1,
            next_line: 1,
            line_ends: LineEnds::default(),
        };
        records.skip_marks()?;
        Ok(records)
    }

    /// Files that were put together from several have more than one byte order mark at the beginning.
    fn skip_marks(&mut self) -> Result<(), InputError> {
        loop {
            while self.buffer.len() < MARK.len() && !self.ended {
                self.next = self.buffer.len();
                self.refill()?;
            }
            self.next = 0;
            if !self.buffer.starts_with(MARK) {
                return Ok(());
            }
            self.buffer.drain(..MARK.len());
        }
    }

    /// Reads the next row; `false` at the end.
    pub(super) fn read(&mut self) -> Result<bool, InputError> {
        (self.start, self.used) = (self.next, 0);
        let (mut written, mut begun) = (0, false);
        loop {
            if self.next == self.buffer.len() && !self.ended {
                self.refill()?;
            }
            let input = &self.buffer[self.next..];
            let (result, taken, wrote, ended) =
                self.parser.read_record(input, &mut self.cells[written..], &mut self.ends[self.used..]);
            self.follow(taken, &mut begun);
            written += wrote;
            self.used += ended;
            match result {
                ReadRecordResult::InputEmpty | ReadRecordResult::OutputFull => {}
                ReadRecordResult::OutputEndsFull => self.more_cells()?,
                ReadRecordResult::Record => return self.sound(taken == 0).map(|()| true),
                ReadRecordResult::End => return Ok(false),
            }
        }
    }

    /// Counts the lines of what the parser took, and finds where the row begins.
    fn follow(&mut self, taken: usize, begun: &mut bool) {
        let mut read = &self.buffer[self.next..self.next + taken];
        self.next += taken;
        if !*begun {
            let blank = read.iter().take_while(|byte| is_line_end(**byte)).count();
            self.next_line += self.line_ends.count(&read[..blank]);
            self.start += blank;
            read = &read[blank..];
            *begun = !read.is_empty();
            self.line = self.next_line;
        }
        self.next_line += self.line_ends.count(read);
    }

    /// Gets more text, and makes room by letting the rows before this one go.
    fn refill(&mut self) -> Result<(), InputError> {
        self.buffer.drain(..self.start);
        (self.next, self.start) = (self.next - self.start, 0);
        self.short_enough()?;
        let before = self.buffer.len();
        while self.buffer.len() == before && !self.ended {
            match self.text.read(&mut self.buffer)? {
                Piece::More => {}
                Piece::End => self.ended = true,
                Piece::Broken => return Err(InputError::Undecodable { line: self.next_line }),
            }
        }
        if self.cells.len() <= self.buffer.len() {
            self.cells.resize(self.buffer.len() + 1, 0);
        }
        Ok(())
    }

    fn more_cells(&mut self) -> Result<(), InputError> {
        self.short_enough()?;
        self.few_enough(self.ends.len())?;
        self.ends.resize((self.ends.len() * 2).min(limits::COLUMNS + 1), 0);
        Ok(())
    }

    /// Whether a whole row is one that can be believed.
    fn sound(&self, at_the_end: bool) -> Result<(), InputError> {
        self.short_enough()?;
        self.few_enough(self.used)?;
        let tall = self.next_line > self.line + 1;
        if (at_the_end || tall)
            && let Some(open) = unclosed(self.raw(), self.separator)
        {
            return Err(self.unclosed_at(open));
        }
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let longest = || starts.zip(&self.ends[..self.used]).map(|(start, end)| end - start).max();
        if self.raw().len() > limits::CELL && longest() > Some(limits::CELL) {
            return Err(InputError::TooLong { line: self.line, what: TooLong::Cell });
        }
        Ok(())
    }

    /// Says of a row that has no end within reason whether a quotation mark is to blame.
    fn short_enough(&self) -> Result<(), InputError> {
        let Some(raw) = self.raw().get(..=limits::ROW) else { return Ok(()) };
        let open = unclosed(raw, self.separator);
        Err(match open.filter(|open| raw[*open..].iter().copied().any(is_line_end)) {
            Some(open) => self.unclosed_at(open),
            None => InputError::TooLong { line: self.line, what: TooLong::Row },
        })
    }

    fn few_enough(&self, columns: usize) -> Result<(), InputError> {
        if columns <= limits::COLUMNS {
            return Ok(());
        }
        Err(InputError::TooLong { line: self.line, what: TooLong::Columns })
    }

    fn unclosed_at(&self, open: usize) -> InputError {
        let before = LineEnds::default().count(&self.raw()[..open]);
        InputError::UnclosedQuote { line: self.line + before }
    }

    /// The row as it stands in the file, with the first byte of its line end.
    pub(super) fn raw(&self) -> &[u8] {
        &self.buffer[self.start..self.next]
    }

    /// The line on which the row starts.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// How many cells the row has.
    pub(super) fn len(&self) -> usize {
        self.used
    }

    /// A cell; empty where the row is too short.
    pub(super) fn cell(&self, index: usize) -> Result<&str, InputError> {
        if index >= self.used {
            return Ok("");
        }
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.as_text(&self.cells[start..self.ends[index]])
    }

    /// All of it was found to be text before; but somebody may have written into the file since.
    fn as_text<'a>(&self, bytes: &'a [u8]) -> Result<&'a str, InputError> {
        str::from_utf8(bytes).map_err(|_| InputError::Undecodable { line: self.line })
    }
}
