//! A CSV file: read or refused, and the same whatever pieces it comes in.

use std::io::{Cursor, Read, Result, Seek, SeekFrom};

use commands::import::{
    InputError,
    intake::{Charset, CsvFile, FileFormat, limits},
};

use super::{choice, is_told};

/// One in so many files is written again and again until its cells are longer than they may be.
const BLOWN_UP: usize = 64;

const CHARSETS: [Option<Charset>; 5] =
    [None, Some(Charset::Utf8), Some(Charset::Utf16), Some(Charset::Windows1252), Some(Charset::Windows1250)];

pub(super) fn check(bytes: &[u8]) {
    let charset = CHARSETS[choice(bytes, CHARSETS.len())];
    judge(bytes, charset);
    if choice(bytes, BLOWN_UP) == 0 {
        judge(&bytes.repeat(limits::CELL / bytes.len().max(1) + 1), charset);
    }
}

fn judge(bytes: &[u8], charset: Option<Charset>) {
    let whole = read(Cursor::new(bytes), charset);
    let pieces =
        InPieces { bytes: Cursor::new(bytes), sizes: [1 + choice(bytes, 7), 1 + choice(bytes, 61)], turn: 0 };
    let (told, told_in_pieces) = (told(&whole), told(&read(pieces, charset)));
    assert_eq!(told_in_pieces, told, "another answer in pieces");
    if let Ok(seen) = whole {
        seen.is_in_order(bytes);
    }
}

/// What was read: how the file is written, and the line and the address of each row.
struct Seen {
    format: FileFormat,
    rows: Vec<(u64, String)>,
}

impl Seen {
    fn is_in_order(&self, bytes: &[u8]) {
        let ends = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
        let lines = || self.rows.iter().map(|(line, _)| *line);
        assert!(lines().is_sorted_by(|above, below| above < below), "a row stands before another");
        assert!(
            lines().next().is_some_and(|first| first > self.format.header_line),
            "a row above the header"
        );
        assert!(lines().next_back().is_some_and(|last| last <= ends as u64 + 1), "a row behind the end");
        assert!(
            self.rows.iter().all(|(_, address)| address.len() <= limits::CELL),
            "a cell beyond the limit"
        );
    }
}

fn read(source: impl Read + Seek, charset: Option<Charset>) -> std::result::Result<Seen, InputError> {
    let mut shown = Vec::new();
    let file = CsvFile::check_each(source, charset, |number, row| {
        shown.push((row.line, row.address.to_string()));
        assert_eq!(number, shown.len() as u64, "rows are counted from one");
        Ok(())
    })?;
    let (format, count) = (file.format(), file.count());
    let (mut again, mut rows) = (file.rows()?, Vec::new());
    while let Some(row) = again.next_row()? {
        rows.push((row.line, row.address.into_owned()));
    }
    assert_eq!((rows.len() as u64, &rows), (count, &shown), "both readings see the same rows");
    Ok(Seen { format, rows })
}

/// All that somebody learns of it.
fn told(read: &std::result::Result<Seen, InputError>) -> String {
    match read {
        Ok(Seen { format, rows }) => format!("{format:?} {rows:?}"),
        Err(error) => {
            is_told(&error.to_string(), &error.hint());
            format!("{error} {}", error.hint())
        }
    }
}

/// Gives its bytes in pieces of two sizes, in turns.
struct InPieces<'a> {
    bytes: Cursor<&'a [u8]>,
    sizes: [usize; 2],
    turn: usize,
}

impl Read for InPieces<'_> {
    fn read(&mut self, to: &mut [u8]) -> Result<usize> {
        self.turn += 1;
        let size = self.sizes[self.turn % 2].min(to.len());
        self.bytes.read(&mut to[..size])
    }
}

impl Seek for InPieces<'_> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.bytes.seek(to)
    }
}
