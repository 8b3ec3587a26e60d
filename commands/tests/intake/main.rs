//! Reading CSV files as they really come: what is understood, what is refused, and what nobody expects.

mod declared;
mod encodings;
mod faults;
mod files;
mod hostile;
mod kinds;
mod python;
mod round_trips;
mod separators;

use std::io::{Cursor, Read, Seek};

use commands::import::{
    InputError,
    intake::{CsvFile, FileFormat},
};

/// A file as it was read: the line of each row, and what its Email cell says.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    format: FileFormat,
    rows: Vec<(u64, String)>,
}

impl Seen {
    fn addresses(&self) -> Vec<&str> {
        self.rows.iter().map(|(_, address)| address.as_str()).collect()
    }

    fn lines(&self) -> Vec<u64> {
        self.rows.iter().map(|(line, _)| *line).collect()
    }

    /// The encoding and the separator, as they are told.
    fn told(&self) -> (String, String) {
        let told = serde_json::to_value(&self.format).expect("JSON");
        let word = |name: &str| told[name].as_str().expect("a word").to_owned();
        (word("encoding"), word("separator"))
    }
}

fn read(bytes: &[u8]) -> Result<Seen, InputError> {
    read_from(Cursor::new(bytes))
}

fn read_from(source: impl Read + Seek) -> Result<Seen, InputError> {
    let file = CsvFile::check(source)?;
    let (format, count) = (file.format(), file.count());
    let (mut rows, mut read) = (file.rows()?, Vec::new());
    while let Some(row) = rows.next_row()? {
        read.push((row.line, row.address.into_owned()));
    }
    assert_eq!(u64::try_from(read.len()).expect("a number"), count, "both readings see the same rows");
    Ok(Seen { format, rows: read })
}

#[track_caller]
fn good(bytes: &[u8]) -> Seen {
    read(bytes).unwrap_or_else(|error| panic!("{error} in {:?}", String::from_utf8_lossy(bytes)))
}

#[track_caller]
fn fault(bytes: &[u8]) -> InputError {
    match read(bytes) {
        Err(error) => error,
        Ok(read) => panic!("no error in {:?}: {read:?}", String::from_utf8_lossy(bytes)),
    }
}

fn utf16_le(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn utf16_be(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}
