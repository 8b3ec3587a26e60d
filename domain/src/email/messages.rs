//! Every message and hint, to be read as a list.

use std::collections::HashSet;

use super::EmailAddress;

/// What was typed, the reason, what the person reads.
const TABLE: &[(&str, &str, &str)] = &[
    ("", "empty", "there is no address here. Write it like ada@example.org."),
    (" \u{200b}\n", "empty", "there is no address here. Write it like ada@example.org."),
    ("ada.example.org", "no_at", r#""ada.example.org" has no @. Write it like ada@example.org."#),
    ("ada", "no_at", r#""ada" has no @. Write it like ada@example.org."#),
    ("Jane Doe", "no_at", r#""Jane Doe" has no @. Write it like ada@example.org."#),
    (
        "ada(at)example.org",
        "spelled_out_at",
        r#""ada(at)example.org" has the word "at" in place of the @. Did you mean ada@example.org?"#,
    ),
    (
        "ada AT example (dot) org",
        "spelled_out_at",
        r#""ada AT example (dot) org" has the word "at" in place of the @. Did you mean ada@example.org?"#,
    ),
    (
        "ada＠example.org",
        "full_width_at",
        r#""ada＠example.org" has a full-width ＠, which is not the @ of an address. Did you mean ada@example.org?"#,
    ),
    ("ada@@example.org", "several_ats", r#""ada@@example.org" has 2 @ signs. Did you mean ada@example.org?"#),
    (
        "ada@example.org bob@example.org",
        "several_ats",
        r#""ada@example.org bob@example.org" has 2 @ signs. Give one address; of several, each on a line of its own."#,
    ),
    (
        "ada@bob@example.org",
        "several_ats",
        r#""ada@bob@example.org" has 2 @ signs. Give one address; of several, each on a line of its own."#,
    ),
    (
        "@example.org",
        "nothing_before_at",
        r#""@example.org" has nobody before the @. Write it like ada@example.org."#,
    ),
    ("@", "nothing_before_at", r#""@" has nobody before the @. Write it like ada@example.org."#),
    (
        "mailto:ada@example.org",
        "mailto",
        r#""mailto:ada@example.org" starts with "mailto:". Did you mean ada@example.org?"#,
    ),
    (
        "MAILTO:ada@example.org?subject=Hi",
        "mailto",
        r#""MAILTO:ada@example.org?subject=Hi" starts with "mailto:". Did you mean ada@example.org?"#,
    ),
    (
        "Ada <ada@example.org>",
        "angle_brackets",
        r#""Ada <ada@example.org>" has angle brackets. Did you mean ada@example.org?"#,
    ),
    (
        "<ada@example.org",
        "angle_brackets",
        r#""<ada@example.org" has angle brackets. Did you mean ada@example.org?"#,
    ),
    (
        r#""ada lovelace"@example.org"#,
        "quoted",
        r#"""ada lovelace"@example.org" has quotation marks. Write it without quotation marks, like ada@example.org."#,
    ),
    (
        r#""ada@example.org""#,
        "quoted",
        r#"""ada@example.org"" has quotation marks. Did you mean ada@example.org?"#,
    ),
    (
        "ada@example.org (work)",
        "comment",
        r#""ada@example.org (work)" has round brackets. Write only the address, like ada@example.org."#,
    ),
    (
        "(ada@example.org)",
        "comment",
        r#""(ada@example.org)" has round brackets. Did you mean ada@example.org?"#,
    ),
    (
        "ada @ example.org",
        "space_inside",
        r#""ada @ example.org" has a space inside. Did you mean ada@example.org?"#,
    ),
    (
        "ada lovelace@example.org",
        "space_inside",
        r#""ada lovelace@example.org" has a space inside. Write it without spaces, like ada@example.org."#,
    ),
    (
        "ada@example .org",
        "space_inside",
        r#""ada@example .org" has a space inside. Did you mean ada@example.org?"#,
    ),
    (
        "ada@example.org. Thanks",
        "space_inside",
        r#""ada@example.org. Thanks" has a space inside. Write it without spaces, like ada@example.org."#,
    ),
    (
        "ada\u{a0}@example.org",
        "space_inside",
        r#""ada @example.org" has a space inside. Did you mean ada@example.org?"#,
    ),
    (
        "ad\u{200b}a@example.org",
        "invisible_inside",
        r#""ada@example.org" has an invisible character inside: character 3 is a zero-width space (U+200B). Did you mean ada@example.org?"#,
    ),
    (
        "ada@exam\u{200d}ple.org",
        "invisible_inside",
        r#""ada@example.org" has an invisible character inside: character 9 is a zero-width joiner (U+200D). Did you mean ada@example.org?"#,
    ),
    (
        "ada@exam\u{202e}ple.org",
        "invisible_inside",
        r#""ada@example.org" has an invisible character inside: character 9 is a mark of writing direction (U+202E). Did you mean ada@example.org?"#,
    ),
    (
        "a\u{7}da@example.org",
        "invisible_inside",
        r#""ada@example.org" has an invisible character inside: character 2 is a control character (U+0007). Did you mean ada@example.org?"#,
    ),
    (
        "Ad\u{1b}a <ada@example.org>",
        "invisible_inside",
        r#""Ada <ada@example.org>" has an invisible character inside: character 3 is a control character (U+001B). Did you mean ada@example.org?"#,
    ),
    (
        "ad\u{0}a",
        "invisible_inside",
        r#""ada" has an invisible character inside: character 3 is a control character (U+0000). Delete the control character (U+0000), or type the address again; a copy brings the character along."#,
    ),
    (
        "m�ller@example.org",
        "broken_encoding",
        r#""m�ller@example.org" has the sign � where a character was lost. Save the file as UTF-8, or type the address again."#,
    ),
    (
        "ada:b@example.org",
        "forbidden_character",
        r#""ada:b@example.org" has ":" before the @. Write it like ada@example.org."#,
    ),
    (
        "ada;b@example.org",
        "forbidden_character",
        r#""ada;b@example.org" has ";" before the @. Write it like ada@example.org."#,
    ),
    (
        ".ada@example.org",
        "starts_with_dot",
        r#"".ada@example.org" starts with a dot. Did you mean ada@example.org?"#,
    ),
    (
        "ada.@example.org",
        "dot_before_at",
        r#""ada.@example.org" has a dot right before the @. Did you mean ada@example.org?"#,
    ),
    (
        "ada..lovelace@example.org",
        "double_dot",
        r#""ada..lovelace@example.org" has two dots in a row before the @. Did you mean ada.lovelace@example.org?"#,
    ),
    ("ada@", "no_domain", r#""ada@" has no domain. Write it like ada@example.org."#),
    (
        "ada@example",
        "no_top_level_domain",
        r#""ada@example" has no ending like .org. Write it like ada@example.org."#,
    ),
    (
        "ada@192.0.2.1",
        "numeric_top_level_domain",
        r#""ada@192.0.2.1" has "1" in place of an ending like .org. Write the name of the mail domain, not a number, like ada@example.org."#,
    ),
    (
        "ada@.example.org",
        "domain_starts_with_dot",
        r#""ada@.example.org" has a dot at the start of its domain. Did you mean ada@example.org?"#,
    ),
    (
        "ada@example.org.",
        "trailing_dot",
        r#""ada@example.org." has a dot at the end of its domain. Did you mean ada@example.org?"#,
    ),
    (
        "ada@example..org",
        "domain_double_dot",
        r#""ada@example..org" has two dots in a row in its domain. Did you mean ada@example.org?"#,
    ),
    (
        "ada@example,org",
        "comma_in_domain",
        r#""ada@example,org" has a comma in its domain. Did you mean ada@example.org?"#,
    ),
    (
        "ada@example.org,bob",
        "comma_in_domain",
        r#""ada@example.org,bob" has a comma in its domain. Write it like ada@example.org."#,
    ),
    (
        "ada@exam_ple.org",
        "underscore_in_domain",
        r#""ada@exam_ple.org" has an underscore in its domain. Write it like ada@example.org."#,
    ),
    (
        "ada@[192.0.2.1]",
        "address_literal",
        r#""ada@[192.0.2.1]" has a number in square brackets in place of its domain. Write the name of the mail domain, not a number, like ada@example.org."#,
    ),
    (
        "ada@example.org/path",
        "domain_forbidden_character",
        r#""ada@example.org/path" has "/" in its domain. Write it like ada@example.org."#,
    ),
    (
        "'ada@example.org'",
        "domain_forbidden_character",
        r#""'ada@example.org'" has "'" in its domain. Did you mean ada@example.org?"#,
    ),
    (
        "ada@-example.org",
        "hyphen_at_edge",
        r#""ada@-example.org" has "-example" in its domain, which starts or ends with a hyphen. Write it like ada@example.org."#,
    ),
    (
        "ada@-bücher.org",
        "hyphen_at_edge",
        r#""ada@-bücher.org" has "-bücher" in its domain, which starts or ends with a hyphen. Write it like ada@example.org."#,
    ),
    (
        "ada@example-.org",
        "hyphen_at_edge",
        r#""ada@example-.org" has "example-" in its domain, which starts or ends with a hyphen. Write it like ada@example.org."#,
    ),
    (
        "ada@xn--zz.org",
        "invalid_international_domain",
        r#""ada@xn--zz.org" has "xn--zz" in its domain, which is not a valid international name. Write it like ada@example.org."#,
    ),
    (
        "ada@\u{338}a\u{338}.org",
        "invalid_international_domain",
        "\"ada@\u{338}a\u{338}.org\" has \"\u{338}a\u{338}\" in its domain, which is not a valid international name. Write it like ada@example.org.",
    ),
];

fn told(typed: &str) -> (&'static str, String) {
    let Err(error) = EmailAddress::parse(typed) else { panic!("{typed:?} is a good address") };
    (error.reason(), format!("{error}. {}.", error.hint()).replace("?.", "?"))
}

/// Those that need more than a line to be typed, and a part of what is said.
fn lengthy() -> [(String, &'static str, &'static str); 4] {
    let a = "a".repeat(65);
    [
        (
            format!("{a}@example.org"),
            "local_part_too_long",
            " has 65 bytes before the @, and the limit is 64. Check",
        ),
        (
            format!("ada@{}org", "example.".repeat(32)),
            "too_long",
            "…\" is 263 bytes long, and the limit is 254. Check",
        ),
        (
            format!("ada@{}org", "ü.".repeat(40)),
            "domain_too_long",
            "a domain of 323 bytes, and the limit is 253. Write",
        ),
        (format!("ada@{a}.org"), "label_too_long", "which is 65 bytes long, and the limit is 63. Write"),
    ]
}

#[test]
fn a_length_is_told_beside_its_limit() {
    for (typed, reason, part) in lengthy() {
        let (told_reason, text) = told(&typed);
        assert_eq!(told_reason, reason);
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn the_list_leaves_out_no_fault() {
    let lengthy = lengthy().map(|row| row.1);
    let listed: HashSet<_> = TABLE.iter().map(|row| row.1).chain(lengthy).collect();
    // 19 faults of an address, 16 of a domain; two of these are told as faults of the whole address.
    assert_eq!(listed.len(), 19 + 16 - 2);
}

#[test]
fn every_fault_says_what_is_wrong_and_what_to_do() {
    for (typed, reason, text) in TABLE {
        assert_eq!(told(typed), (*reason, (*text).to_owned()), "for {typed:?}");
    }
}
