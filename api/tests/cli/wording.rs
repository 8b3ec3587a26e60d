//! How errors read: a sentence, or the place and behind it what is wrong there; all of it on one line.

use crate::support::{ADA, Office};

/// Fails; the line that says what went wrong.
#[track_caller]
fn error(office: &Office, args: &[&str]) -> String {
    let ran = office.run(args);
    assert_ne!(ran.code, 0, "{args:?}: {}", ran.stdout);
    let lines: Vec<_> = ran.stderr.lines().collect();
    assert!(lines[1].starts_with("What to do: ") && lines.len() <= 3, "{args:?}: {}", ran.stderr);
    lines[0].strip_prefix("Error: ").expect("an error").to_owned()
}

#[test]
fn every_fault_of_a_file_is_a_sentence() {
    let office = Office::new();
    office.license(10);
    for (text, said) in [
        (&b""[..], "The file is empty."),
        (b"Email\n", "The file has a header row and nothing below it."),
        (b"Name\nAda\n", "No column is called Email; the columns are Name."),
        (b"Email,Email\n", "2 columns are called Email: number 1, number 2."),
        (
            b"Email\n\x81\x8F\n",
            "Line 2 has bytes that are no text in any encoding that fits the rest of the file.",
        ),
        (b"{\"Email\": 1}", "The file is JSON, which programs read; a CSV file was expected."),
        (b"<svg></svg>", "The file is a picture; a CSV file was expected."),
    ] {
        std::fs::write(office.path("c.csv"), text).unwrap();
        assert_eq!(error(&office, &["users", "add", "School", "--as", ADA, "--csv", "c.csv"]), said);
    }
    for (file, said) in [
        (".", "The file . can't be read: it is a folder."),
        ("no\nsuch.csv", r"The file no\nsuch.csv can't be read: there is no such file."),
    ] {
        assert_eq!(error(&office, &["users", "add", "School", "--as", ADA, "--csv", file]), said);
    }
}

#[test]
fn an_address_that_was_refused_is_told_once_and_breaks_no_line() {
    let office = Office::new();
    office.license(10);
    let (escape, broken) = ("a\u{1b}[2J@else.example", "a\nb@else.example");
    assert_eq!(
        error(&office, &["users", "add", "School", "--as", broken, "x@y.example"]),
        "--as: \"a b@else.example\" has a space inside."
    );
    assert_eq!(
        error(&office, &["license", "show", "a\n\u{2028}b"]),
        r#"No license is called "a\n\u{2028}b"."#
    );
    let file = office.write("c.csv", &format!("Email\n{escape}\n\"{broken}\"\n"));
    let ran = office.run(&["users", "add", "School", "--as", ADA, "--csv", &file]).ended(3);
    let lines: Vec<_> = ran.stdout.lines().filter(|line| line.contains("else.example")).collect();
    assert_eq!(lines.len(), 2, "{}", ran.stdout);
    assert!(
        lines[0].starts_with("  Line 2: \"a[2J@else.example\" has an invisible character"),
        "{}",
        lines[0]
    );
    assert!(lines[1].starts_with("  Line 3: \"a b@else.example\" has a space inside."), "{}", lines[1]);
    assert!(lines.iter().all(|line| line.matches("@else.example").count() == 1), "{lines:?}");
}
