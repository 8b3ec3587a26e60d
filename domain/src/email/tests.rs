use std::collections::HashSet;

use super::{EmailAddress, EmailError, stands_in};
use crate::mail_domain::MailDomain;

#[track_caller]
fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn normalised(text: &str) -> String {
    address(text).normalised().to_owned()
}

#[track_caller]
fn reason(text: &str) -> &'static str {
    let Err(error) = EmailAddress::parse(text) else { panic!("{text:?} is a good address") };
    error.reason()
}

#[test]
fn an_address_is_shown_as_it_was_first_spelled() {
    assert_eq!(address("Ada.Lovelace@Example.ORG").as_spelled(), "Ada.Lovelace@Example.ORG");
}

#[test]
fn case_tells_nobody_apart() {
    assert_eq!(normalised("Ada.Lovelace@Example.ORG"), "ada.lovelace@example.org");
    assert!(address("ADA@example.org") == address("ada@EXAMPLE.org"));
    assert!(address("ÅSA@example.org") == address("åsa@example.org"));
    assert!(address("ΝΊΚΟΣ@example.org") == address("νίκος@example.org"), "final sigma");
    assert!(address("ada@example.org") != address("bob@example.org"));
}

#[test]
fn sharp_s_is_not_double_s() {
    assert!(address("GROẞ@example.org") == address("groß@example.org"));
    assert!(address("groß@example.org") != address("gross@example.org"));
}

#[test]
fn an_iota_below_a_letter_survives_capitals() {
    assert!(address("Α\u{301}\u{345}@example.org") == address("ᾴ@example.org"));
}

#[test]
fn composed_and_decomposed_letters_are_one() {
    let decomposed = address("zoe\u{308}@example.org");
    assert!(decomposed == address("zoë@example.org"));
    assert_eq!(decomposed.as_spelled(), "zoë@example.org");
}

#[test]
fn a_hash_set_holds_each_person_once() {
    let spellings = ["Ada@example.org", "ada@Example.org", "ada@example.org", "bob@example.org"];
    let people: HashSet<_> = spellings.into_iter().map(address).collect();
    assert_eq!(people.len(), 2);
}

#[test]
fn an_international_domain_is_compared_as_a_labels() {
    assert_eq!(normalised("Ada@BÜCHER.example"), "ada@xn--bcher-kva.example");
    assert!(address("ada@bücher.example") == address("ada@XN--BCHER-KVA.example"));
    assert_eq!(address("ada@Bücher.example").as_spelled(), "ada@Bücher.example");
    assert_eq!(normalised("ada@例え。jp"), "ada@xn--r8jz45g.jp", "the full stop of an East Asian keyboard");
}

#[test]
fn a_domain_may_hold_a_joiner_where_its_language_needs_one() {
    assert_eq!(normalised("ada@نامه\u{200C}ای.com"), "ada@xn--mgba3gch31f060k.com");
}

#[test]
fn an_address_knows_its_domain() {
    let example = MailDomain::parse("Example.org").unwrap();
    assert_eq!(address("ada@EXAMPLE.ORG").domain(), example);
    assert!(address("ada@EXAMPLE.ORG").is_in(&example));
    assert!(!address("ada@mail.example.org").is_in(&example));
    assert!(!address("ada@myexample.org").is_in(&example));
}

#[test]
fn what_cannot_be_seen_at_the_ends_does_not_count() {
    let around = [
        " ",
        "\t",
        "\r\n",
        "\u{A0}",
        "\u{3000}",
        "\u{2028}",
        "\u{85}",
        "\u{0}",
        "\u{1F}",
        "\u{7F}",
        "\u{9F}",
        "\u{AD}",
        "\u{180E}",
        "\u{200B}",
        "\u{200C}",
        "\u{200D}",
        "\u{200E}",
        "\u{202E}",
        "\u{2060}",
        "\u{2066}",
        "\u{2069}",
        "\u{FE0F}",
        "\u{FEFF}",
        " \u{FEFF}\u{200B} ",
    ];
    for hidden in around {
        let text = format!("{hidden}ada@example.org{hidden}");
        assert_eq!(address(&text).as_spelled(), "ada@example.org", "{hidden:?}");
    }
}

#[test]
fn unusual_but_good_addresses_are_taken() {
    let good = [
        "o'brien@example.org",
        "ada+school@example.org",
        "!#$%&'*+-/=?^_`{|}~@example.org",
        "a@b.co",
        "1@2.example",
        "ada@ab--cd.example.org",
        "ada@a-b.example.museum",
        "用户@例子.广告",
        "अजय@डाटा.भारत",
        "ada@gmail.con",
    ];
    for text in good {
        address(text);
    }
}

#[test]
fn the_longest_parts_are_taken_and_one_byte_more_is_refused() {
    let local = "a".repeat(64);
    address(&format!("{local}@example.org"));
    assert_eq!(reason(&format!("{local}a@example.org")), "local_part_too_long");
    assert_eq!(reason(&format!("{}@example.org", "ü".repeat(33))), "local_part_too_long");

    let label = "a".repeat(63);
    address(&format!("ada@{label}.org"));
    assert_eq!(reason(&format!("ada@{label}a.org")), "label_too_long");

    let domain = format!("{label}.{label}.{}.org", "a".repeat(57));
    assert_eq!(address(&format!("{local}@{domain}")).as_spelled().len(), 254);
    assert_eq!(reason(&format!("{local}@{domain}a")), "too_long");
}

#[test]
fn limits_hold_for_the_normalised_form_too() {
    // Ⱥ takes two bytes, and its small form three.
    address(&format!("{}@example.org", "Ⱥ".repeat(21)));
    assert_eq!(reason(&format!("{}@example.org", "Ⱥ".repeat(22))), "local_part_too_long");
    // ü takes two bytes, and as an A-label (xn--tda) seven.
    assert_eq!(reason(&format!("{}@{}example.org", "a".repeat(60), "ü.".repeat(25))), "too_long");
    assert_eq!(reason(&format!("ada@{}example.org", "ü.".repeat(40))), "domain_too_long");
}

#[test]
fn a_fault_is_seen_behind_others_that_matter_less() {
    assert_eq!(reason("Ada Lovelace"), "no_at");
    assert_eq!(reason("ada @ example"), "space_inside");
    assert_eq!(reason("ada@example.org, bob@example.org"), "several_ats");
    assert_eq!(reason(&"ada@example.org ".repeat(1000)), "several_ats");
}

#[test]
fn a_hostile_value_is_cut_and_loses_its_controls_in_messages() {
    let Err(error) = EmailAddress::parse(&format!("\u{202E}a\u{7}\u{202E}b\nc{}", "d".repeat(1_000_000)))
    else {
        panic!("a good address")
    };
    assert_eq!(
        error.to_string(),
        format!(
            "\"ab c{}…\" has an invisible character inside: character 2 is a control character (U+0007)",
            "d".repeat(76)
        )
    );
}

#[test]
fn debug_tells_the_reason_and_nothing_of_the_value() {
    let Err(error) = EmailAddress::parse("ada@secret_place.org") else { panic!("a good address") };
    assert_eq!(format!("{error:?}"), "EmailError(underscore_in_domain)");
}

#[test]
fn what_programs_for_texts_set_around_an_address_belongs_to_none() {
    for (text, meant) in [
        ("“ada@school.example”", "ada@school.example"),
        ("ada@school.example”", "ada@school.example"),
        ("»ada@school.example«", "ada@school.example"),
        ("o’brien@school.example", "o'brien@school.example"),
        ("=\"ada@school.example\"", "ada@school.example"),
        ("SMTP:ada@school.example", "ada@school.example"),
        ("E-Mail: ada@school.example", "ada@school.example"),
        ("ada@school.example?subject=Hi", "ada@school.example"),
        ("&lt;ada@school.example&gt;", "ada@school.example"),
        ("ada%40school.example", "ada@school.example"),
    ] {
        let error = admitted(text).expect_err(text);
        assert_eq!(error.hint(), format!("Did you mean {meant}?"), "{text}");
    }
    for text in ["ada@school.example™", "ada@school.example–", "ada@school.example😀"] {
        assert_eq!(admitted(text).expect_err(text).reason(), "domain_forbidden_character", "{text}");
        assert!(EmailAddress::parse(text).is_ok(), "{text}: whoever was taken is found again");
    }
    for (text, meant) in [
        ("\u{17f}am@else.example", "sam@else.example"),
        ("\u{3d1}ea@else.example", "\u{3b8}ea@else.example"),
        ("νικοσ@else.example", "νικος@else.example"),
        ("ςοφια@else.example", "σοφια@else.example"),
        ("νικοσ.παπας@else.example", "νικος.παπας@else.example"),
        ("STRA\u{1e9e}E@else.example", "straße@else.example"),
    ] {
        let error = admitted(text).expect_err(text);
        assert_eq!((error.reason(), error.hint()), ("forbidden_character", format!("Did you mean {meant}?")));
        let (one, other) = (EmailAddress::parse(text).expect(text), EmailAddress::parse(meant).expect(meant));
        assert!(one == other, "{text}: whoever was taken is found again");
    }
    for text in [
        "νικος@else.example",
        "ΝΙΚΟΣ@else.example",
        "σοφια.σ@else.example",
        "ÜNAL.İ.ß@else.example",
        "\u{ab70}\u{13a0}@else.example",
        "\u{3b1}\u{304}\u{301}\u{3c2}@else.example",
    ] {
        assert!(admitted(text).is_ok(), "{text}");
    }
    for text in ["jürgen@mu\u{308}nchen.example", "a@例え.example", "a@ل.example", "a@col·lega.example"]
    {
        assert!(admitted(text).is_ok(), "{text}");
    }
}

/// As somebody new.
fn admitted(text: &str) -> Result<(), EmailError> {
    EmailAddress::parse(text)?.check_signs()
}

/// What stays for ever is judged strictly: signs beside an address hide nothing.
#[test]
fn no_sign_beside_an_address_hides_that_it_is_one() {
    for text in [
        "5b@school.example",
        "Class ada@school.example/5b",
        "ada@school.example!",
        "ada@school.example|x",
        "a=ada@school.example&b",
        "*ada@school.example*",
        "_ada@school.example_",
        "ada@school.example\u{2026}",
        "ada＠school.example",
        "ada@school\u{3002}example",
        "mailto:ADA@School.Example?subject=x",
    ] {
        assert!(stands_in(text), "{text}");
    }
    for text in ["School @ Home", "Version 2.0 @school", "Room 5@Main", "mail ada @ school.example", "a.b c"]
    {
        assert!(!stands_in(text), "{text}");
    }
}
