//! What an upload says it is written in, beside what it is.

use std::io::Cursor;

use commands::import::{
    InputError,
    intake::{Charset, CsvFile},
};

use super::{utf16_be, utf16_le};

const LATIN: &[u8] = b"Email\nzo\xEB@school.example\n";
const UTF_8: &[u8] = "Email\nzoë@school.example\n".as_bytes();
const ASCII: &[u8] = b"Email\nzoe@school.example\n";

/// The first address, the encoding, and what is to be checked.
fn read(bytes: &[u8], charset: Option<&str>) -> Result<(String, String, Option<String>), InputError> {
    let charset = charset.map(|name| Charset::named(name).expect("a charset"));
    let file = CsvFile::check_each(Cursor::new(bytes), charset, |_, _| Ok(()))?;
    let format = file.format();
    let mut rows = file.rows()?;
    let address = rows.next_row()?.expect("a row").address.into_owned();
    Ok((address, format.encoding.name().to_owned(), format.note))
}

#[track_caller]
fn good(bytes: &[u8], charset: &str) -> (String, String, Option<String>) {
    read(bytes, Some(charset)).unwrap_or_else(|error| panic!("{charset}: {error}"))
}

#[test]
fn what_is_declared_and_can_be_so_is_not_questioned() {
    for (bytes, charset, encoding) in [
        (LATIN, "windows-1252", "windows-1252"),
        (LATIN, "iso-8859-1", "windows-1252"),
        (LATIN, "windows-1250", "windows-1250"),
        (UTF_8, "utf-8", "UTF-8"),
        (&utf16_le("\u{FEFF}Email\nzoë@school.example\n"), "utf-16", "UTF-16LE"),
        (&utf16_be("Email\nzoë@school.example\n"), "utf-16", "UTF-16BE"),
        (&utf16_be("Email\nzoë@school.example\n"), "UTF-16BE", "UTF-16BE"),
    ] {
        let (address, read, note) = good(bytes, charset);
        assert_eq!(
            (address.as_str(), read.as_str(), note),
            ("zoë@school.example", encoding, None),
            "{charset}"
        );
    }
    for charset in ["us-ascii", "utf-8", "iso-8859-1", "windows-1250"] {
        assert_eq!((good(ASCII, charset).0.as_str(), good(ASCII, charset).2), ("zoe@school.example", None));
    }
}

#[test]
fn what_is_declared_decides_where_the_bytes_alone_would_be_taken_for_something_else() {
    // These bytes mean something in both.
    let polish = b"Email,Name\na@school.example,\xB9\xEA\n";
    assert_eq!(read(polish, None).expect("a file").1, "windows-1252");
    assert_eq!(good(polish, "windows-1250").1, "windows-1250");
    // Much that happens to be UTF-8, and a byte that is not.
    let mixed = b"Email\n\xC3\xA9\xC3\xA9\xFF@school.example\n";
    assert!(matches!(read(mixed, None), Err(InputError::Undecodable { line: 2 })));
    assert_eq!(good(mixed, "iso-8859-1").0, "Ã©Ã©ÿ@school.example");
}

#[test]
fn what_is_declared_and_cannot_be_so_is_told_and_the_bytes_count() {
    let marked = format!("\u{FEFF}{}", String::from_utf8_lossy(UTF_8));
    for (bytes, charset, encoding) in [
        (LATIN, "utf-8", "windows-1252"),
        (LATIN, "us-ascii", "windows-1252"),
        (LATIN, "utf-16", "windows-1252"),
        (UTF_8, "utf-16", "UTF-8"),
        (marked.as_bytes(), "windows-1252", "UTF-8"),
        (&utf16_le("Email\nzoë@school.example\n"), "utf-8", "UTF-16LE"),
        (&utf16_le("Email\nzoë@school.example\n"), "utf-16be", "UTF-16LE"),
        // Á has a byte that means nothing in Windows-1252.
        ("Email,Name\nzoë@school.example,Á\n".as_bytes(), "windows-1252", "UTF-8"),
    ] {
        let (address, read, note) = good(bytes, charset);
        assert_eq!((address.as_str(), read.as_str()), ("zoë@school.example", encoding), "{charset}");
        let note = note.unwrap_or_default();
        assert!(
            note.contains(&format!("charset={}, which the file is not", charset.to_lowercase())),
            "{note}"
        );
        assert!(note.contains(&format!("read as {encoding}.")) && note.contains("CSV UTF-8"), "{note}");
    }
}

#[test]
fn what_is_declared_and_may_as_well_be_utf_8_is_read_as_declared_with_a_word_of_doubt() {
    let (address, read, note) = good(UTF_8, "iso-8859-1");
    assert_eq!((address.as_str(), read.as_str()), ("zoÃ«@school.example", "windows-1252"));
    let note = note.unwrap_or_default();
    assert!(note.contains("charset=iso-8859-1") && note.contains("is UTF-8 as well"), "{note}");
}

/// Nothing in a file tells these from others with one byte for a character.
#[test]
fn encodings_that_nobody_can_find_out_are_read_where_they_are_declared() {
    for (bytes, charset, address) in [
        (&b"Email\n\xE0\xED\xED\xE0@school.example\n"[..], "windows-1251", "анна@school.example"),
        (b"Email\n\xED\xE9\xEA\xEF@school.example\n", "windows-1253", "νικο@school.example"),
        (b"Email\na\xFDi@school.example\n", "iso-8859-9", "aıi@school.example"),
        (b"Email\n\xE0no@school.example\n", "windows-1257", "ąno@school.example"),
        (b"Email\nbo\xB1@school.example\n", "iso-8859-2", "boą@school.example"),
        (b"Email\nc\xBDur@school.example\n", "iso-8859-15", "cœur@school.example"),
        (b"Email\nm\x9Fll@school.example\n", "macintosh", "müll@school.example"),
    ] {
        let (read, _, note) = good(bytes, charset);
        assert_eq!((read.as_str(), note), (address, None), "{charset}");
    }
    // A byte that means nothing in it: then it is not that.
    let (_, read, note) = good(b"Email,Name\nzo\xEB@school.example,\x98\n", "windows-1251");
    assert_eq!(read, "windows-1252");
    assert!(note.is_some_and(|note| note.contains("charset=windows-1251, which the file is not")));
}
