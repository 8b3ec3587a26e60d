//! Separators, line ends, blanks, and what stands around a cell.

use super::{Seen, good};

fn separator(text: &str) -> String {
    good(text.as_bytes()).told().1
}

#[test]
fn the_separator_is_the_one_that_makes_a_column_called_email() {
    for (text, expected) in [
        ("Name,Email\nA,a@x.org\n", "comma"),
        ("Name;Email\nA;a@x.org\n", "semicolon"),
        ("Name\tEmail\nA\ta@x.org\n", "tab"),
        ("Name|Email\nA|a@x.org\n", "pipe"),
        ("Last, first;Room|Floor;Email\nA;1;a@x.org\n", "semicolon"),
        ("\"a;b;c;d\",Email\nA,a@x.org\n", "comma"),
        ("\"a,b\n,c\"\t\"Email\"\nA\ta@x.org\n", "tab"),
        ("Email;\na@x.org;\n", "semicolon"),
        ("Email;A,Email\nb;c,a@x.org\n", "comma"),
        ("Email,a;Email;c\n;a@x.org;\n", "semicolon"),
        ("sep=^\nName,s^Email\nA^a@x.org\n", "^"),
        ("\"sep=|\"\nName;s|Email\nA|a@x.org\n", "pipe"),
        ("sep=\nName;Email\nA;a@x.org\n", "semicolon"),
    ] {
        let seen = good(text.as_bytes());
        assert_eq!((seen.told().1.as_str(), seen.addresses()), (expected, vec!["a@x.org"]), "{text}");
    }
}

#[test]
fn a_single_column_has_none() {
    assert_eq!(separator("Email\na@x.org\n"), "none");
    assert_eq!(good(b"Email\nada@x.org,\nbob@x.org;;\ncleo@x.org\tCleo\n").addresses().len(), 3);
    assert_eq!(good(b"Email\nada@x.org,\nbob@x.org;;\n").format.note, None);
    let seen = good(b"Email\nada@x.org,bob.x.org\ncleo@x.org;Cleo\ndan@x.org\n");
    let note = seen.format.note.unwrap_or_default();
    assert!(
        note.contains("one column, but 2 rows go on behind their address, the first on line 2: "),
        "{note}"
    );
    // Nothing is dropped that may be a person.
    assert_eq!(good(b"Email\nada@x.org,bob@x.org\n").addresses(), ["ada@x.org,bob@x.org"]);
}

#[test]
fn lines_end_in_three_ways_also_in_one_file() {
    let lines = |text: &str| {
        let seen = good(text.as_bytes());
        assert_eq!(seen.addresses(), ["ada@x.org", "bob@x.org"], "{text:?}");
        seen.lines()
    };
    for end in ["\n", "\r\n", "\r"] {
        assert_eq!(lines(&format!("Email{end}ada@x.org{end}bob@x.org")), [2, 3]);
        assert_eq!(
            lines(&format!("{end}{end}Email{end}{end}ada@x.org{end} {end}bob@x.org{end}{end}")),
            [5, 7]
        );
        let quoted = format!("a,Email{end}\"{end}{end}\",ada@x.org{end}\"{end}\",bob@x.org");
        assert_eq!(lines(&quoted), [2, 5]);
    }
    assert_eq!(lines("Email\r\nada@x.org\r\rbob@x.org\n"), [2, 4]);
}

#[test]
fn blank_rows_and_blank_columns_are_nothing() {
    let seen = good(
        b"\n,,,\nName,Email,,\n,,,\nAda,ada@x.org,,\n\n , \xC2\xA0,\xE2\x80\x8B,\n,,,\nBob,bob@x.org\n,,\n",
    );
    assert_eq!((seen.addresses(), seen.lines()), (vec!["ada@x.org", "bob@x.org"], vec![5, 9]));
    assert_eq!(seen.format.header_line, 3);
}

#[test]
fn a_row_that_names_nobody_is_a_row() {
    let seen = good(b"Name,Email\nAda\nBob,bob@x.org,more,cells\n\xE2\x80\x8B,\"\",7b\n");
    assert_eq!(seen.rows, [(2, String::new()), (3, "bob@x.org".into()), (4, String::new())]);
}

#[test]
fn the_header_is_email_in_any_case_whatever_stands_around_it() {
    let rows = |header: &str| -> Seen { good(format!("Name,{header},Class\nAda,ada@x.org,7b\n").as_bytes()) };
    for header in [
        "Email",
        "EMAIL",
        " eMail ",
        "\" Email \"",
        "\u{A0}Email\u{A0}",
        "\u{200B}Email",
        "\u{FEFF}Email",
        "\u{FEFF}\"Email\"",
        " \"Email\"",
    ] {
        assert_eq!(rows(header).addresses(), ["ada@x.org"], "{header:?}");
    }
    assert_eq!(good("\u{FEFF}\u{200B}\"Email\"\nada@x.org".as_bytes()).addresses(), ["ada@x.org"]);
}

#[test]
fn an_address_is_read_without_what_programs_put_around_it() {
    let text = "Email,Name\n\u{A0}ada@x.org\u{200B},\n \"bob@x.org\",\n'=cleo@x.org,\n\"'+dan@x.org\",\n'eve@x.org,\n";
    let expected = ["ada@x.org", "bob@x.org", "=cleo@x.org", "+dan@x.org", "'eve@x.org"];
    assert_eq!(good(text.as_bytes()).addresses(), expected);
}
