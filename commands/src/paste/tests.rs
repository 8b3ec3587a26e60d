use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{PastedItem, split};

fn texts(pasted: &str) -> Vec<&str> {
    split(pasted).map(|item| item.text).collect()
}

fn places(pasted: &str) -> Vec<(usize, usize, &str)> {
    split(pasted).map(|PastedItem { line, column, text }| (line, column, text)).collect()
}

#[test]
fn every_way_to_set_addresses_apart_is_understood() {
    let between = [
        "\n", "\r\n", "\r", "\u{2028}", "\u{2029}", "\u{85}", "\u{B}", ",", ";", ", ", "; ", "\t", " ",
        "\u{A0}", "\u{3000}", ",,", ";\r\n", "\n\n", " ;, ", " - ", " | ",
    ];
    for separator in between {
        assert_eq!(texts(&format!("a@x.org{separator}b@y.org")), ["a@x.org", "b@y.org"], "{separator:?}");
    }
}

#[test]
fn nothing_is_made_of_nothing() {
    for pasted in ["", " ", "\r\n\r\n", ",;,\t;", "-", "•\n*\n–", "1.\n2)\n(3)", "\"\"", "---- ----", "..."]
    {
        assert_eq!(texts(pasted), [""; 0], "{pasted:?}");
    }
}

#[test]
fn an_item_tells_its_line_and_column() {
    assert_eq!(
        places("a@x.org, b@y.org\r\n\r\n  ünï <c@z.org>;d@z.org"),
        [(1, 1, "a@x.org"), (1, 10, "b@y.org"), (3, 8, "c@z.org"), (3, 17, "d@z.org")],
    );
    assert_eq!(places("\ra@x.org\u{2028}b@y.org"), [(2, 1, "a@x.org"), (3, 1, "b@y.org")]);
}

#[test]
fn a_name_before_angle_brackets_belongs_to_the_address() {
    for pasted in [
        "<jane@x.org>",
        "< jane@x.org >",
        "Jane <jane@x.org>",
        "Jane Doe<jane@x.org>",
        "Jane J. Doe <jane@x.org>",
        "\"Doe, Jane\" <jane@x.org>",
        "\"Doe; Jane\"<jane@x.org>",
        r#""Jane \"JJ, the\" Doe" <jane@x.org>"#,
        "'Doe, Jane' <jane@x.org>",
        "“Doe, Jane” <jane@x.org>",
        "Doe, Jane <jane@x.org>",
        "To: Doe, Jane <jane@x.org>",
        "\"jane@old.org\" <jane@x.org>",
        "jane@x.org <jane@x.org>",
        "'Jane@x.org' <jane@x.org>",
        "jane@x.org<mailto:jane@x.org>",
    ] {
        assert_eq!(texts(pasted).join(" ").to_lowercase(), "jane@x.org", "{pasted:?}");
    }
}

#[test]
fn two_addresses_side_by_side_are_two_items_even_with_brackets() {
    assert_eq!(texts("old@x.org <jane@x.org>"), ["old@x.org", "jane@x.org"]);
}

#[test]
fn a_line_of_outlook_is_understood() {
    let pasted = "Jane Doe <jane@x.org>; 'Bob' <bob@y.org>; Roe, Zoë <zoe@z.org>; \"Roe, Al\" <al@z.org>;";
    assert_eq!(texts(pasted), ["jane@x.org", "bob@y.org", "zoe@z.org", "al@z.org"]);
}

#[test]
fn a_mail_header_is_understood() {
    let pasted = "From: Jane <jane@x.org>\nTo: bob@y.org,\n \"Roe, Zoë\" <zoe@z.org>\nCc: al@z.org";
    assert_eq!(texts(pasted), ["jane@x.org", "bob@y.org", "zoe@z.org", "al@z.org"]);
}

#[test]
fn every_cell_beside_an_address_has_an_outcome() {
    let pasted = "Jane\tDoe\tjane@x.org\t7b\nRoe, Bob\tbob@y.org\t8a\nzoe@z.org\tzoe@home.org\n";
    let expected =
        ["Jane", "Doe", "jane@x.org", "7b", "Roe", "Bob", "bob@y.org", "8a", "zoe@z.org", "zoe@home.org"];
    assert_eq!(texts(pasted), expected);
}

#[test]
fn of_a_table_out_of_a_spreadsheet_the_column_with_the_addresses_counts() {
    let pasted =
        "Name\tE-Mail\tClass\r\nRoe, Jane\tjane@x.org\t7b\r\n\t\t\r\nBob\tBob <bob@y.org>\t\r\nZoe\t\t8a\r\n";
    assert_eq!(places(pasted), [(2, 11, "jane@x.org"), (4, 10, "bob@y.org"), (5, 1, "Zoe\t\t8a")]);
    assert_eq!(texts("Jane\tjane@x.org"), ["jane@x.org"]);
    assert_eq!(
        texts("jane@x.org\t7b\nnone yet\t7b"),
        ["jane@x.org", "none yet"],
        "it is refused, and no address"
    );
}

#[test]
fn a_table_is_one_whatever_stands_beside_the_addresses() {
    for (pasted, expected) in [
        ("jane@x.org\tSt.John\twww.x.org\t@jane", &["jane@x.org"][..]),
        ("Jane\tjane@x.org\tJANE@x.org\nBob\tbob@x.org\tbob@x.org", &["jane@x.org", "bob@x.org"]),
        ("jane@x.org\t7b\nbob@x.org\t7b\tleft\nzoe@x.org", &["jane@x.org", "bob@x.org", "zoe@x.org"]),
        ("User name\tEmail\njane@x.org\tJane@x.org", &["jane@x.org"]),
        ("Class 7b\t\nName\tEmail\nJane\tjane@x.org", &["Class 7b", "jane@x.org"]),
        ("Email\njane@x.org\tJane", &["jane@x.org"]),
        ("Class 7b\nName\tAdres e-mail\nJane\tjane@x.org", &["Class 7b", "jane@x.org"]),
        ("Jane\tjane@x.org\nbob@x.org, Zoe <zoe@x.org>", &["jane@x.org", "bob@x.org", "zoe@x.org"]),
    ] {
        assert_eq!(texts(pasted), expected, "{pasted:?}");
    }
}

#[test]
fn of_a_table_that_is_not_clear_every_cell_counts() {
    for (pasted, expected) in [
        ("jane@x.org\tmum@home.org", &["jane@x.org", "mum@home.org"][..]),
        ("jane@x.org\tm_@home.org", &["jane@x.org", "m_@home.org"]),
        ("Jane\tjane@x.org\t@jane m@x.org", &["Jane", "jane@x.org", "@jane", "m@x.org"]),
        ("Jane\tjane@x.org\nbob@x.org\tBob", &["Jane", "jane@x.org", "bob@x.org", "Bob"]),
        ("Jane\t7b\nBob\t8a", &["Jane\t7b", "Bob\t8a"]),
    ] {
        assert_eq!(texts(pasted), expected, "{pasted:?}");
    }
}

#[test]
fn a_first_line_that_says_what_stands_below_is_no_item() {
    for heading in ["Email", "E-Mail-Adresse:", "\n  email addresses ", "EMAIL\r"] {
        assert_eq!(
            texts(&format!("{heading}\njane@x.org\nbob@y.org")),
            ["jane@x.org", "bob@y.org"],
            "{heading:?}"
        );
    }
    assert_eq!(texts("jane@x.org\nEmail"), ["jane@x.org", "Email"], "below it may be half of an address");
    assert_eq!(texts("gmail\njane@x.org"), ["gmail", "jane@x.org"]);
    assert_eq!(texts("Email"), ["Email"], "nothing stands below");
}

#[test]
fn cells_in_quotation_marks_are_opened() {
    assert_eq!(
        texts("\"a@x.org\",\"b@y.org\"; \"c@z.org, d@z.org\""),
        ["a@x.org", "b@y.org", "c@z.org", "d@z.org"]
    );
    assert_eq!(texts("\"a@x.org\nb@y.org\""), ["a@x.org", "b@y.org"]);
    assert_eq!(texts("'a@x.org', ‘b@y.org’"), ["a@x.org", "b@y.org"]);
}

#[test]
fn bullets_and_numbers_of_a_list_are_left_out() {
    let pasted = "- a@x.org\n• b@x.org\n•c@x.org\n1. d@x.org\n2) e@x.org\n\u{F0B7}\tf@x.org\no\tg@x.org\n> h@x.org\n>i@x.org";
    let expected =
        ["a@x.org", "b@x.org", "c@x.org", "d@x.org", "e@x.org", "f@x.org", "g@x.org", "h@x.org", "i@x.org"];
    assert_eq!(texts(pasted), expected);
    assert_eq!(places("•a@x.org"), [(1, 2, "a@x.org")]);
}

#[test]
fn a_word_beside_a_bare_address_is_an_item_of_its_own() {
    assert_eq!(texts("ann lee@x.example"), ["ann", "lee@x.example"]);
    assert_eq!(texts("b@c.example foo"), ["b@c.example", "foo"]);
    assert_eq!(texts("Doe, Jane jane@x.org"), ["Doe", "Jane", "jane@x.org"]);
    let people = "Anna Smith anna@x.org, Bob Jones bob@x.org";
    assert_eq!(texts(people), ["Anna", "Smith", "anna@x.org", "Bob", "Jones", "bob@x.org"]);
}

#[test]
fn a_name_in_quotation_marks_or_in_parentheses_behind_belongs_to_the_address() {
    assert_eq!(texts("\"Jane Doe\" jane@x.org"), ["jane@x.org"]);
    assert_eq!(texts("jane@x.org (Jane Doe) b@y.org"), ["jane@x.org", "b@y.org"]);
    assert_eq!(texts("<jane@x.org> (Jane)"), ["jane@x.org"]);
    assert_eq!(texts("jane@x.org (was j@y.org)"), ["jane@x.org", "(was", "j@y.org)"]);
    assert_eq!(texts("(Jane) jane@x.org (open"), ["(Jane)", "jane@x.org", "(open"]);
    assert_eq!(texts("\"jane@x.org\" <y>"), ["jane@x.org", "y"], "no name is lost that is an address");
    assert_eq!(texts("\"jane@x.org\" <jane@x.org>"), ["jane@x.org"]);
}

#[test]
fn a_text_that_is_one_item_is_not_taken_apart() {
    for (given, item) in [
        ("a b@c.example", "a b@c.example"),
        ("a@x.org, b@y.org", "a@x.org, b@y.org"),
        (" Jane <jane@x.org> ", "jane@x.org"),
        ("", ""),
    ] {
        assert_eq!(super::only(given), item);
    }
}

#[test]
fn a_run_without_an_address_is_one_item() {
    assert_eq!(texts("Jane Doe"), ["Jane Doe"]);
    assert_eq!(texts("Jane Doe <>"), ["Jane Doe <>"]);
    assert_eq!(texts("\"Doe, Jane\"; bob@y.org"), ["\"Doe, Jane\"", "bob@y.org"]);
    assert_eq!(texts("ada at example.org"), ["ada at example.org"]);
    assert_eq!(texts("Doe, Jane"), ["Doe", "Jane"]);
    assert_eq!(texts("12345"), ["12345"]);
}

#[test]
fn a_forgotten_at_beside_an_address_is_not_lost() {
    assert_eq!(texts("ada.example.org bob@example.org"), ["ada.example.org", "bob@example.org"]);
    assert_eq!(texts("ada.example.org, Bob <bob@example.org>"), ["ada.example.org", "bob@example.org"]);
    assert_eq!(texts("Dr. J.R. Doe 3.b 1.2 <jane@x.org>"), ["jane@x.org"]);
}

#[test]
fn an_at_between_spaces_keeps_its_neighbours() {
    assert_eq!(texts("ada @ example.org"), ["ada @ example.org"]);
    assert_eq!(texts("Jane ada@ example.org"), ["Jane", "ada@ example.org"]);
    assert_eq!(texts("Jane ada @example.org b@y.org"), ["Jane", "ada @example.org", "b@y.org"]);
    assert_eq!(texts("a@x.org @ b@y.org"), ["a@x.org", "@", "b@y.org"]);
    assert_eq!(texts("ada@ b@y.org"), ["ada@", "b@y.org"]);
    assert_eq!(texts("@"), ["@"]);
    assert_eq!(texts("ada @"), ["ada @"]);
}

#[test]
fn an_open_mark_reaches_no_further_than_its_line() {
    assert_eq!(texts("\"Doe, Jane <jane@x.org>\nb@y.org\""), ["jane@x.org", "b@y.org"]);
    assert_eq!(texts("Jane <jane@x.org; Bob <bob@y.org>\nc@z.org"), ["jane@x.org", "bob@y.org", "c@z.org"]);
    assert_eq!(texts("Jane <jane@x.org\nbob@y.org>"), ["jane@x.org", "bob@y.org"]);
    assert_eq!(texts("\"Jane <j@x.org>, \"Bob\" <b@y.org>"), ["j@x.org", "b@y.org"]);
}

#[test]
fn what_is_wrong_with_an_address_is_left_to_its_parser() {
    for pasted in
        ["mailto:a@x.org", "\"ada lovelace\"@x.org", "a@b@x.org", "a@x.org.", "(a@x.org)", "a<b@x.org"]
    {
        assert_eq!(texts(pasted), [pasted]);
    }
}

#[test]
fn a_hostile_paste_takes_no_longer_than_others() {
    for piece in [
        "<", "\"", "\" ", "\"@ ", "\"\\", "<a ", "@", "@ ", "a,", "\"a\" <", "a\"<", "'", "•", "\r", " ",
        "\t", "@\t",
    ] {
        let pasted = piece.repeat(250_000 / piece.len());
        let start = Instant::now();
        let count = split(&pasted).count();
        // Seconds of room for a slow machine; what is not linear takes minutes.
        assert!(start.elapsed() < Duration::from_secs(10), "{piece:?} gave {count} items");
    }
}

/// Text made of what matters to the splitter.
const HOSTILE: &str = "([<>\"'@,; \t\\\\.\r•–ä1:-]|a|b\\.co|mailto:|a@x\\.org|Jane){0,24}";

proptest! {
    #[test]
    fn any_text_is_taken_apart_into_pieces_of_it(pasted in any::<String>()) {
        for item in split(&pasted) {
            prop_assert!(!item.text.trim().is_empty() && pasted.contains(item.text));
        }
    }

    #[test]
    fn lines_do_not_touch_each_other_where_they_are_no_table(first in HOSTILE, second in HOSTILE) {
        let [first, second] = [first, second].map(|line| line.replace('\t', " "));
        // CR at the end would make one line break with the LF between.
        let first = first.trim_end_matches('\r');
        let shift = super::lines(first).count();
        let both = format!("{first}\n{second}");
        let apart = split(first).chain(split(&second).map(|item| PastedItem { line: item.line + shift, ..item }));
        prop_assert_eq!(split(&both).collect::<Vec<_>>(), apart.collect::<Vec<_>>());
    }

    #[test]
    fn an_item_is_where_it_says(pasted in HOSTILE) {
        for item in split(&pasted) {
            let line = super::lines(&pasted).nth(item.line - 1).unwrap();
            let from_column: String = line.chars().skip(item.column - 1).collect();
            prop_assert!(from_column.starts_with(item.text));
        }
    }

    #[test]
    fn every_at_appears_once_and_in_order(
        words in prop::collection::vec("[a-z.]{1,4}@[a-z.]{1,4}|[A-Z][a-z]{0,4}", 0..9),
        separators in prop::collection::vec("[ ,;\n]{1,2}", 9),
    ) {
        let pasted: String = words.iter().zip(&separators).flat_map(|(word, gap)| [word.as_str(), gap]).collect();
        let given = words.iter().filter(|word| word.contains('@')).map(String::as_str);
        let found = texts(&pasted).into_iter().filter(|text| text.contains('@'));
        prop_assert_eq!(found.collect::<Vec<_>>(), given.collect::<Vec<_>>());
    }

    #[test]
    fn no_at_is_lost(pasted in "([<>\"', ;.a•]|a@x\\.org|Jane|@){0,16}") {
        // An address may be repeated, as the name of itself or within a quoted name: those are dropped.
        let plain = pasted.replace(['<', '"'], "");
        let ats: usize = texts(&plain).iter().map(|text| text.matches('@').count()).sum();
        prop_assert_eq!(ats, plain.matches('@').count());
    }
}

#[test]
fn a_word_between_addresses_is_an_item_of_its_own_and_not_lost() {
    assert_eq!(texts("ada@x.org tom bob@y.org"), ["ada@x.org", "tom", "bob@y.org"]);
    assert_eq!(texts("ada@x.org Tom <tom@y.org>"), ["ada@x.org", "tom@y.org"]);
}
