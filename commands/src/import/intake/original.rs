//! A row as it came, kept so that whoever is refused can be given it back.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::{
    cell::{alone, plain},
    separator::Separator,
};
use crate::import::input::{LONGEST_VALUE, beginning};

/// A row as it stands in the file, as text in UTF-8. No `Debug`: holds whatever the file says about people.
#[derive(Clone)]
pub struct Original {
    text: Box<str>,
    separator: Separator,
}

impl Original {
    /// Keeps a row, without the line end behind it.
    pub(super) fn new(row: &[u8], separator: Separator) -> Self {
        let row = row.strip_suffix(b"\n").or(row.strip_suffix(b"\r")).unwrap_or(row);
        Self { text: String::from_utf8_lossy(row).into(), separator }
    }

    /// Its cells, as they were given: neither trimmed nor repaired. In a file with one column, the address is the first, as it
    /// was read, where something stands behind it; that is the second.
    pub fn cells(&self) -> Vec<String> {
        let cells = self.parsed();
        match (self.separator, cells.first().map(|cell| alone(cell))) {
            (Separator::None, Some((address, Some("")))) => vec![address.into_owned()],
            (Separator::None, Some((address, Some(behind)))) => vec![address.into_owned(), behind.to_owned()],
            _ => cells,
        }
    }

    fn parsed(&self) -> Vec<String> {
        let (mut text, mut ends) = (vec![0; self.text.len() + 1], vec![0; 16]);
        let (mut read, mut written, mut cells) = (0, 0, 0);
        let mut reader = reader(self.separator);
        loop {
            let input = &self.text.as_bytes()[read..];
            let (result, taken, wrote, ended) =
                reader.read_record(input, &mut text[written..], &mut ends[cells..]);
            (read, written, cells) = (read + taken, written + wrote, cells + ended);
            match result {
                ReadRecordResult::OutputEndsFull => ends.resize(ends.len() * 2, 0),
                ReadRecordResult::InputEmpty | ReadRecordResult::OutputFull => {}
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let cell = |(start, end): (usize, &usize)| String::from_utf8_lossy(&text[start..*end]).into_owned();
        starts.zip(&ends[..cells]).map(cell).collect()
    }

    /// Whether it says no more than this.
    pub(crate) fn is_just(&self, value: &str) -> bool {
        self.text.trim_end_matches(['\r', '\n']) == value
    }

    /// What a cell says that may be an address, if one does: not all of a long one.
    pub(crate) fn something_like_an_address(&self) -> Option<String> {
        let cell = self.cells().into_iter().find(|cell| cell.contains('@'))?;
        Some(beginning(plain(&cell), LONGEST_VALUE))
    }

    /// How many bytes it holds.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }
}

/// The parser of rows, for all who read them.
pub(super) fn reader(separator: Separator) -> Reader {
    ReaderBuilder::new().delimiter(separator.byte()).build()
}

#[cfg(test)]
mod tests {
    use super::{Original, Separator};

    #[test]
    fn a_row_comes_back_cell_by_cell() {
        let row = Original::new(b" Ada ;\"a;\"\"b\"\"\nc\";;ada@\r", Separator::Semicolon);
        assert_eq!(row.cells(), [" Ada ", "a;\"b\"\nc", "", "ada@"]);
        for row in [&b"ada@"[..], b"ada@,", b"ada@;;;"] {
            assert_eq!(
                Original::new(row, Separator::None).cells(),
                ["ada@"],
                "what was only separators comes back as none"
            );
        }
        assert_eq!(Original::new(b"ada@;Ada,7b", Separator::None).cells(), ["ada@", "Ada,7b"]);
        assert_eq!(Original::new(b"ada@x.org;bob@x.org", Separator::None).cells(), ["ada@x.org;bob@x.org"]);
        assert_eq!(Original::new(",".repeat(40).as_bytes(), Separator::Comma).cells(), vec![""; 41]);
    }
}
