//! Files that other programs wrote: `files/make.py` says how.

use std::{fs, path::Path};

use commands::import::{
    InputError,
    intake::{CsvFile, Kind},
};

use super::{good, read};

fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

const PEOPLE: [&str; 5] =
    ["ada@school.example", "bjorn@school.example", "chloe@school.example", "", "dan@guest.example"];

/// Each with what is told about it.
const TABLES: [(&str, &str, &str); 18] = [
    ("python-utf-8", "UTF-8", "comma"),
    ("python-utf-8-sig", "UTF-8", "comma"),
    ("python-utf-16", "UTF-16LE", "comma"),
    ("python-utf-16-le", "UTF-16LE", "comma"),
    ("python-utf-16-be", "UTF-16BE", "comma"),
    ("python-cp1252", "windows-1252", "comma"),
    ("python-comma", "UTF-8", "comma"),
    ("python-semicolon", "UTF-8", "semicolon"),
    ("python-tab", "UTF-8", "tab"),
    ("python-pipe", "UTF-8", "pipe"),
    ("python-quoted-lf", "UTF-8", "semicolon"),
    ("python-quoted-crlf", "UTF-8", "semicolon"),
    ("python-quoted-cr", "UTF-8", "semicolon"),
    ("libreoffice-utf-8-comma", "UTF-8", "comma"),
    ("libreoffice-utf-8-semicolon-quoted", "UTF-8", "semicolon"),
    ("libreoffice-utf-16-tab", "UTF-16LE", "tab"),
    ("libreoffice-windows-1252-semicolon", "windows-1252", "semicolon"),
    ("libreoffice-windows-1250-semicolon", "windows-1250", "semicolon"),
];

#[test]
fn the_same_table_is_read_from_each_file() {
    for (name, encoding, separator) in TABLES {
        let seen = good(&file(&format!("{name}.csv")));
        assert_eq!(seen.told(), (encoding.to_owned(), separator.to_owned()), "{name}");
        assert_eq!(seen.addresses(), PEOPLE, "{name}");
        assert_eq!(seen.lines(), [2, 3, 6, 7, 8], "{name}");
        assert_eq!(seen.format.note.is_some(), encoding.starts_with("windows"), "{name}");
        assert_eq!((seen.format.header_line, seen.format.email_column), (1, 2), "{name}");
        assert_eq!(seen.format.columns[..4], ["Name", "EMAIL", "Class", "Note"], "{name}");
    }
}

#[test]
fn a_sep_line_is_no_row() {
    let seen = good(&file("python-sep-line.csv"));
    assert_eq!(seen.told(), ("UTF-8".into(), "semicolon".into()));
    assert_eq!((seen.addresses(), seen.lines()), (PEOPLE.to_vec(), vec![3, 4, 7, 8, 9]));
    assert_eq!(seen.format.header_line, 2);
}

#[test]
fn ragged_rows_are_rows() {
    let seen = good(&file("python-ragged.csv"));
    assert_eq!(seen.addresses(), ["ada@school.example", "bjorn@school.example", "", "dan@guest.example"]);
    assert_eq!(seen.lines(), [2, 3, 5, 6]);
}

#[test]
fn a_workbook_is_told_by_what_it_is() {
    for (ending, kind) in [
        ("xlsx", Kind::Xlsx),
        ("xls", Kind::OldOffice),
        ("ods", Kind::OpenDocument),
        ("pdf", Kind::Pdf),
        ("html", Kind::Markup),
    ] {
        match read(&file(&format!("libreoffice-workbook.{ending}"))) {
            Err(InputError::NotCsv(seen)) => assert_eq!(seen, kind, "{ending}"),
            _ => panic!("{ending} was not known"),
        }
    }
}

/// A quotation mark that stands in the wrong place makes one cell of people: nobody is lost without a word.
#[test]
fn people_in_a_cell_that_goes_on_for_lines_are_told_of() {
    let file = b"Email,Name\nq1@x.org,\"Anna\nq2@x.org,Bo\nq3@x.org,Cy\"\nq4@x.org,Di\n";
    let read =
        CsvFile::check(std::io::Cursor::new(&file[..])).map_err(|error| error.to_string()).expect("a file");
    assert_eq!(read.count(), 2);
    let note = read.format().note.expect("a note");
    assert!(note.starts_with("Lines 2 to 4 are one row"), "{note}");
    let file = b"Email,Name\nq1@x.org,\"Anna\nBerta\"\n\"\nq4@x.org\",\"High Street\nTown\"\n";
    let read =
        CsvFile::check(std::io::Cursor::new(&file[..])).map_err(|error| error.to_string()).expect("a file");
    assert_eq!(read.format().note, None);
}
