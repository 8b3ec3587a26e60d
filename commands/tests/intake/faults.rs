//! Each fault says what was seen and what to do; all of them are found before anything is changed.

use commands::import::{
    InputError, TooLarge, TooLong,
    intake::{CsvFile, limits},
};

use super::{fault, good};

fn said(bytes: &[u8]) -> (String, String) {
    let error = fault(bytes);
    (error.to_string(), error.hint().into_owned())
}

#[test]
fn a_file_without_a_header() {
    for text in ["ada@x.org\nbob@x.org\n", "Ada;ada@x.org\nBob;bob@x.org\n", "\"ada@x.org\"\r"] {
        let (what, todo) = said(text.as_bytes());
        assert_eq!(what, "the file has no header row: its first row looks like an e-mail address");
        assert_eq!(todo, "Put a row that says Email above the addresses and upload the file again.");
    }
}

#[test]
fn a_header_without_email_names_what_it_found() {
    let (what, todo) = said(b"Name;Class;Room\nAda;7b;1\n");
    assert_eq!(what, "no column is called Email; the columns are Name, Class, Room");
    assert_eq!(todo, "Call the column that holds the addresses Email and upload the file again.");
}

#[test]
fn a_header_that_comes_close_is_named() {
    for close in
        ["E-Mail", "e mail", "Email address", "E-Mail-Adresse", "mail", "Email*", "Courriel", "e_mail:"]
    {
        let (_, todo) = said(format!("Name,{close}\nAda,ada@x.org\n").as_bytes());
        let expected =
            format!("Did you mean {close}? Rename that column to Email and upload the file again.");
        assert_eq!(todo, expected);
    }
    // Nobody sees what is wrong with this one.
    let (what, todo) = said("Name,\u{200B}E\u{200B}mail\nAda,ada@x.org\n".as_bytes());
    assert_eq!(what, "no column is called Email; the columns are Name, E[zero-width space (U+200B)]mail");
    assert!(todo.starts_with("Did you mean E[zero-width space (U+200B)]mail? Rename"), "{todo}");
    let (what, _) = said(b"Name,E\x7fmail\nAda,ada@x.org\n");
    assert!(what.contains("(U+007F)"), "{what}");
    let (_, todo) = said(b"School_id,Student_email,Contact_email\n1,a@x.org,b@x.org\n");
    assert!(todo.starts_with("Did you mean Student_email or Contact_email?"), "{todo}");
}

#[test]
fn what_was_meant_to_separate_the_columns_is_named() {
    for (text, said_to_do) in [
        (
            "\"Name;\"\"Email\"\"\"\n\"Ada;\"\"ada@x.org\"\"\"\n",
            "The header stands in quotation marks as a whole",
        ),
        (
            "Name\u{ff0c}Email\nAda\u{ff0c}ada@x.org\n",
            "If \u{ff0c} separates the columns, no program can tell",
        ),
        ("Name/Email\nAda/ada@x.org\n", "write a line that says sep=/ above the header"),
    ] {
        let (_, todo) = said(text.as_bytes());
        assert!(todo.contains(said_to_do), "{text}: {todo}");
    }
}

#[test]
fn a_header_below_a_title_is_found() {
    for (text, line) in [
        ("Class list 7b,,\n,,\nName,Email,\nAda,ada@x.org,\n", 3),
        ("School: E-Mail list\r\n\r\n\"Printed\r\ntoday\"\r\nName;Email\r\nAda;ada@x.org\r\n", 5),
        ("sep=^\nClass 7b\nName^Email\nAda^ada@x.org\n", 3),
    ] {
        let (what, todo) = said(text.as_bytes());
        assert!(what.starts_with("no column is called Email"), "{what}");
        let expected = format!(
            "Line {line} has a column called Email: delete the lines above it and upload the file again."
        );
        assert_eq!(todo, expected);
    }
    let far = format!("{}Email\nada@x.org\n", "title\n".repeat(20));
    let (_, todo) = said(far.as_bytes());
    assert_eq!(todo, "Call the column that holds the addresses Email and upload the file again.");
}

#[test]
fn two_email_columns() {
    let (what, todo) = said(b"Email,Name,email\na@x.org,A,b@x.org\n");
    assert_eq!(what, "2 columns are called Email: number 1, number 3");
    assert_eq!(todo, "Keep one Email column, rename the others and upload the file again.");
}

#[test]
fn a_file_with_nothing_in_it() {
    for bytes in [
        &b""[..],
        b"\xEF\xBB\xBF",
        b"\xFF\xFE",
        b"\n\r\n \n",
        b",,,\n,,,\n",
        b"sep=,\n",
        "\u{200B}".as_bytes(),
    ] {
        assert!(matches!(fault(bytes), InputError::EmptyFile), "{bytes:?}: {}", fault(bytes));
    }
    for bytes in [&b"Email"[..], b"Email\n\n", b"Name,Email\n,\n , \n", b"sep=;\nEmail;Name\n;\n"] {
        assert!(matches!(fault(bytes), InputError::OnlyHeader), "{bytes:?}: {}", fault(bytes));
    }
}

#[test]
fn a_quotation_mark_that_is_not_closed_names_the_line_where_it_stands() {
    let long = format!("Name,Email\nA,a@x.org\n\"B,b@x.org\n{}", "C,c@x.org\n".repeat(200_000));
    for (text, at) in [
        ("Email\nada@x.org\n\"bob@x.org\ncleo@x.org\n", 3),
        ("\"Email\nada@x.org\n", 1),
        ("Name;Class;Email\n\"a\nb\";\"c\nd;a@x.org\n", 3),
        ("Name,Email\r\"x\r\ry\",\"\r", 4),
        // The mark that opens another cell closes this one: two people would be one.
        ("Name,Email\n\"Ada,ada@x.org\n\"Bob\",bob@x.org\n", 2),
        ("Email\n\"ada@x.org\n\"bob@x.org\"\n", 2),
        (&long, 3),
    ] {
        let error = fault(text.as_bytes());
        assert!(matches!(error, InputError::UnclosedQuote { line } if line == at), "{at}: {error}");
        assert!(error.to_string().contains(&format!("line {at}")) && error.hint().contains("quotation mark"));
    }
}

#[test]
fn marks_within_a_line_are_taken_as_they_come() {
    let seen = good(b"Name,Email\n5\" disk,ada@x.org\n\"Bob\" B.,bob@x.org\n\"C \"\"c\"\"\",cleo@x.org\n");
    assert_eq!(seen.addresses(), ["ada@x.org", "bob@x.org", "cleo@x.org"]);
}

#[test]
fn a_row_beyond_the_limits() {
    let cell = format!("Email\nada@x.org\n{}\n", "a".repeat(limits::CELL + 1));
    let row = format!("Email,a\nada@x.org\n{}\n", "aaaa,".repeat(limits::ROW / 5 + 1));
    let columns = format!("Email,a\nada@x.org\n{}\n", ",".repeat(limits::COLUMNS));
    for (text, expected) in [(&cell, TooLong::Cell), (&row, TooLong::Row), (&columns, TooLong::Columns)] {
        let expected_row = if expected == TooLong::Row { TooLong::Columns } else { expected };
        let error = fault(text.as_bytes());
        let InputError::TooLong { line: 3, what } = error else { panic!("{error}") };
        assert!(what == expected || what == expected_row, "{what} for {expected}");
        assert!(error.to_string().starts_with("the row on line 3 "), "{error}");
    }
}

#[test]
fn a_row_at_the_limits_is_a_row() {
    let cell = format!("Email\n{}\n", "a".repeat(limits::CELL));
    let columns = format!("Email,\nada@x.org{}\n", ",".repeat(limits::COLUMNS - 1));
    for text in [cell, columns] {
        assert_eq!(good(text.as_bytes()).rows.len(), 1);
    }
}

#[test]
fn a_file_beyond_the_limits() {
    let Err(error) = CsvFile::check(Huge) else { panic!("it was read") };
    assert!(matches!(error, InputError::TooLarge(TooLarge::Bytes(limits::FILE))), "{error}");
    assert_eq!(error.to_string(), "the file has more than 256 MiB");
}

/// A file that is long, and that nobody may read.
struct Huge;

impl std::io::Read for Huge {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        panic!("a file that is too long is not read")
    }
}

impl std::io::Seek for Huge {
    fn seek(&mut self, _: std::io::SeekFrom) -> std::io::Result<u64> {
        Ok(limits::FILE + 1)
    }
}

#[test]
fn a_sep_line_that_names_nothing_usable() {
    let (what, todo) = said("sep=x\nName,Email\nA,a@x.org\n".as_bytes());
    assert_eq!(what, "the first line (sep=x) names no separator that can be used");
    assert!(todo.contains("sep=;"), "{todo}");
}

#[test]
fn a_sep_line_that_names_another_separator_than_the_columns_have() {
    let (what, todo) = said("sep=,\nName;Email\nA;a@x.org\n".as_bytes());
    assert_eq!(
        what,
        "the first line says that the separator is the comma, but the columns are separated by the semicolon"
    );
    assert_eq!(todo, "Take the first line out and upload the file again.");
    assert_eq!(fault(b"sep=^\nName\tEmail\nA\ta@x.org\n").code(), "bad_separator");
}

#[test]
fn a_fault_does_not_repeat_all_of_a_hostile_file() {
    let names = format!("{}\n\x1B[2J", "\x1B[31mname,".repeat(1_000));
    let wide = format!("{}\nx\n", "mail,".repeat(5_000));
    for text in [names, wide, format!("sep={}\n", "x".repeat(60_000)), "a".repeat(60_000)] {
        let (what, todo) = said(text.as_bytes());
        assert!(what.len() < 1_000 && todo.len() < 1_000, "{} {}", what.len(), todo.len());
        assert!(!what.contains('\x1B'));
    }
}

#[test]
fn every_fault_is_described() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/csv.md");
    let described = std::fs::read_to_string(path).expect("docs/csv.md");
    for (bytes, code) in [
        (&b""[..], "empty_file"),
        (b"Email", "only_header"),
        (b"a@x.org", "no_header"),
        (b"Name", "no_email_column"),
        (b"Email,Email", "several_email_columns"),
        (b"%PDF-", "not_csv"),
        (b"Email\n\x81\x8F", "undecodable"),
        (b"\"Email", "unclosed_quote"),
        (&vec![b'a'; limits::CELL + 1], "row_too_long"),
        (b"sep=x", "bad_separator"),
    ] {
        assert_eq!(fault(bytes).code(), code);
        assert!(described.contains(&format!("| `{code}` |")), "{code} is not in docs/csv.md");
    }
    for code in ["file_too_large", "unreadable"] {
        assert!(described.contains(&format!("| `{code}` |")), "{code} is not in docs/csv.md");
    }
    for limit in [
        format!("| file | {} MiB |", limits::FILE >> 20),
        format!("| row | {} MiB, 16,384 columns |", limits::ROW >> 20),
        format!("| cell | {} KiB |", limits::CELL >> 10),
    ] {
        assert!(described.contains(&limit), "{limit} is not in docs/csv.md");
    }
    assert_eq!((limits::COLUMNS, limits::ROWS), (16_384, 5_000_000));
    // As they are described, they are told.
    assert_eq!(TooLong::Row.to_string(), "is longer than 1 MiB");
    assert_eq!(TooLong::Cell.to_string(), "has a cell that is longer than 64 KiB");
}

#[test]
fn a_header_whose_names_were_not_told_apart_says_what_stands_between_them() {
    for (bytes, hint) in [
        (&b"Name:Email\nAda:a@x.org"[..], "write a line that says sep=: above the header"),
        (b"Email / Name\na@x.org / Ada", "sep=/"),
        (b"\"Name,Email\"\n\"Ada,a@x.org\"", "in quotation marks as a whole"),
        (b"Name E-mail", "Did you mean Name E-mail?"),
        (b"contact: admin@school.example\nName,Email\nAda,a@x.org", "Line 2 has a column called Email"),
        (b"Mail (@school.example)\na@x.org", "Did you mean Mail (@school.example)?"),
    ] {
        let fault = fault(bytes);
        assert_eq!(fault.code(), "no_email_column");
        assert!(fault.hint().contains(hint), "{}", fault.hint());
    }
}

/// Whoever renamed the first row to Email would lose the first person.
#[test]
fn a_first_row_with_something_like_an_address_is_no_header_well_formed_or_not() {
    for row in [
        "mailto:ada@school.example",
        "Ada <ada@school.example>",
        "Ada,ada@@school.example",
        "Ada;ada @school.example;x@y.z",
    ] {
        let file = format!("{row}\nbob@school.example\n");
        assert_eq!(fault(file.as_bytes()).code(), "no_header", "{row}");
    }
}
