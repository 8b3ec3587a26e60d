use std::collections::BTreeSet;

use super::MailDomain;

#[track_caller]
fn domain(text: &str) -> MailDomain {
    MailDomain::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_domain_is_stored_in_small_letters_without_what_stands_around_it() {
    for text in ["example.org", "Example.ORG", "@example.org", " \u{FEFF}@Example.org\r\n"] {
        assert_eq!(domain(text).as_str(), "example.org");
    }
}

#[test]
fn an_international_domain_is_stored_as_a_labels_and_shown_in_its_letters() {
    let books = domain("BÜCHER.example");
    assert_eq!(books.to_string(), "xn--bcher-kva.example");
    assert_eq!(books.to_unicode(), "bücher.example");
    assert_eq!(domain(&books.to_unicode()), books);
}

#[test]
fn a_stored_domain_is_read_without_judging_it_again() {
    let stored = r#""no longer allowed""#;
    let read: MailDomain = serde_json::from_str(stored).unwrap();
    assert_eq!(read.to_unicode(), "no longer allowed");
    assert_eq!(serde_json::to_string(&read).unwrap(), stored);
}

#[test]
fn a_set_of_domains_is_asked_by_text() {
    let administered = BTreeSet::from([domain("example.org"), domain("example.com")]);
    assert!(administered.contains("example.org"));
    assert!(!administered.contains("example.net"));
}

#[test]
fn a_domain_has_253_bytes_at_most() {
    let label = "a".repeat(63);
    let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
    assert_eq!(domain(&longest).as_str().len(), 253);
    let error = MailDomain::parse(&format!("{longest}a")).unwrap_err();
    assert_eq!(error.reason(), "domain_too_long");
    assert_eq!(MailDomain::parse(&"ü.".repeat(500_000)).unwrap_err().reason(), "domain_too_long");
}

#[test]
fn debug_tells_the_reason_and_nothing_of_the_value() {
    let error = MailDomain::parse("ada@example.org").unwrap_err();
    assert_eq!(format!("{error:?} {:?}", error.fault()).matches("ada").count(), 0);
}

/// What was typed, the reason, what the person reads.
const TABLE: &[(&str, &str, &str)] = &[
    ("", "no_domain", "there is no domain here. Write it like example.org."),
    ("@", "no_domain", "there is no domain here. Write it like example.org."),
    (
        "ada@example.org",
        "domain_forbidden_character",
        r#""ada@example.org" has "@" in its domain. Did you mean example.org?"#,
    ),
    (
        "https://example.org/x",
        "domain_forbidden_character",
        r#""https://example.org/x" has ":" in its domain. Did you mean example.org?"#,
    ),
    ("example", "no_top_level_domain", r#""example" has no ending like .org. Write it like example.org."#),
    (
        "example,org",
        "comma_in_domain",
        r#""example,org" has a comma in its domain. Did you mean example.org?"#,
    ),
    (
        "exa mple.org",
        "space_inside",
        r#""exa mple.org" has a space in its domain. Write it like example.org."#,
    ),
    (
        " @ example.org",
        "space_inside",
        r#""@ example.org" has a space in its domain. Did you mean example.org?"#,
    ),
    (
        "[1.2.3.4]",
        "address_literal",
        r#""[1.2.3.4]" has a number in square brackets in place of its domain. Write the name of the mail domain, not a number, like example.org."#,
    ),
    (
        "1.2.3.4",
        "numeric_top_level_domain",
        r#""1.2.3.4" has "4" in place of an ending like .org. Write the name of the mail domain, not a number, like example.org."#,
    ),
    (
        "exam\u{200b}ple.org",
        "invisible_inside",
        r#""example.org" has an invisible character in its domain: character 5 is a zero-width space (U+200B). Did you mean example.org?"#,
    ),
    (
        "example.org.",
        "trailing_dot",
        r#""example.org." has a dot at the end of its domain. Did you mean example.org?"#,
    ),
];

#[test]
fn every_fault_says_what_is_wrong_and_what_to_do() {
    for (typed, reason, text) in TABLE {
        let error = MailDomain::parse(typed).unwrap_err();
        let told = format!("{error}. {}.", error.hint()).replace("?.", "?");
        assert_eq!((error.reason(), told.as_str()), (*reason, *text), "for {typed:?}");
    }
}
