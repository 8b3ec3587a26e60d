//! CSV as spreadsheets and school systems really write it.
//!
//! A file is read through before anything is changed: [`CsvFile::check`] finds out how it is written, and every
//! fault that would stop it half-way. What it found is kept for reading it again, so both readings see the same
//! rows. Memory does not grow with the file.

mod cell;
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
mod survey;
mod text;

use std::io::{Read, Seek, SeekFrom};

pub use encoding::Encoding;
pub use format::FileFormat;
pub use kind::Kind;
pub use original::Original;
pub use rows::{Row, Rows};
pub use separator::Separator;

use self::{
    header::{Header, Start},
    survey::{Survey, bytes_seen, line_of},
};
use super::{InputError, fault::TooLarge};

/// As much of a file as tells its kind.
const HEAD: u64 = 64 << 10;

/// A CSV file that was read through and can be read.
pub struct CsvFile<R> {
    source: R,
    start: Start,
    header: Header,
    rows: u64,
}

impl<R: Read + Seek> CsvFile<R> {
    /// Reads a file through once, and finds out how it is written.
    pub fn check(source: R) -> Result<Self, InputError> {
        Self::check_each(source, |_, _| Ok(()))
    }

    /// The same; shows each row, with its number, on the way.
    pub fn check_each(
        mut source: R,
        mut look: impl FnMut(u64, &Row<'_>) -> Result<(), InputError>,
    ) -> Result<Self, InputError> {
        let start = start_of(&mut source)?;
        let header = Header::find(&mut source, start)?;
        let mut checked = Self { source, start, header, rows: 0 };
        let mut rows =
            Rows::below(start.rows(&mut checked.source, checked.header.separator)?, &checked.header)?;
        let mut count = 0;
        while let Some(row) = rows.next_row()? {
            count += 1;
            look(count, &row)?;
        }
        if count == 0 {
            return Err(InputError::OnlyHeader);
        }
        checked.rows = count;
        Ok(checked)
    }

    /// How it is written.
    pub fn format(&self) -> FileFormat {
        FileFormat::new(self.start.encoding, &self.header)
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

/// Looks at all bytes and decides in which encoding they are.
fn start_of<R: Read + Seek>(source: &mut R) -> Result<Start, InputError> {
    if source.seek(SeekFrom::End(0))? > limits::FILE {
        return Err(InputError::TooLarge(TooLarge::Bytes(limits::FILE)));
    }
    source.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    source.by_ref().take(HEAD).read_to_end(&mut head)?;
    if let Some(kind) = Kind::of(&head) {
        return Err(InputError::NotCsv(kind));
    }
    let marked = encoding::marked(&head);
    if let Some((encoding, offset)) = marked.or(encoding::utf16_by_zeros(&head).map(|found| (found, 0)))
        && encoding != Encoding::Utf8
    {
        return Ok(Start { encoding, offset });
    }
    if head.contains(&0) && !head.to_ascii_lowercase().windows(5).any(|word| word == b"email") {
        return Err(InputError::NotCsv(Kind::Binary));
    }
    let offset = marked.map_or(0, |(_, length)| length);
    Ok(Start { encoding: surveyed(source, offset > 0)?, offset })
}

/// UTF-8 where all of it is; otherwise one of the encodings that nothing in a file tells.
fn surveyed<R: Read + Seek>(source: &mut R, marked: bool) -> Result<Encoding, InputError> {
    source.seek(SeekFrom::Start(0))?;
    let survey = Survey::of(source)?;
    if survey.broken == 0 {
        return Ok(Encoding::Utf8);
    }
    // UTF-8 with a few broken bytes is no other encoding: read as one, every é in it would become two letters.
    if marked || survey.wide > survey.broken {
        return Err(InputError::Undecodable { line: line_of(source, |at, _| at == survey.first_broken)? });
    }
    let seen = bytes_seen(source)?;
    if let Some(encoding) = encoding::single_byte(&seen) {
        return Ok(encoding);
    }
    let line = line_of(source, |_, byte| encoding::UNDEFINED_IN_1252.contains(&byte))?;
    Err(InputError::Undecodable { line })
}
