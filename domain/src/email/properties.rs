use icu_casemap::CaseMapper;
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::{EmailAddress, rules};

fn normalised(text: &str) -> Option<String> {
    EmailAddress::parse(text).ok().map(|address| address.normalised().to_owned())
}

/// Letters of many scripts, marks that compose with them, and the troublemakers of case folding.
fn letter() -> impl Strategy<Value = char> {
    prop_oneof![
        6 => prop::char::ranges(vec!['a'..='z', 'A'..='Z', '0'..='9'].into()),
        2 => prop::char::ranges(vec!['À'..='ɏ', 'Α'..='ώ', 'ἀ'..='ῼ', 'А'..='я', 'Ꭰ'..='Ᏽ', '가'..='힣'].into()),
        2 => prop::char::range('\u{300}', '\u{345}'),
        1 => prop::sample::select(vec!['İ', 'ı', 'ẞ', 'ſ', 'K', 'Å', 'ς', 'ﬁ', '\u{1FD3}', '\u{200D}', '.', '-']),
        1 => any::<char>(),
    ]
}

fn word() -> impl Strategy<Value = String> {
    prop::collection::vec(letter(), 1..12).prop_map(String::from_iter)
}

fn address() -> impl Strategy<Value = String> {
    (word(), word(), word()).prop_map(|(local, name, top)| format!("{local}@{name}.{top}"))
}

/// ASCII text with the shape of an address, good or bad.
const NEARLY_ASCII: &str =
    "[ -~]{0,3}[a-zA-Z0-9.+_ ]{0,8}@{0,2}[a-zA-Z0-9.-]{0,8}[.,]?(xn--)?[a-zA-Z0-9_.-]{0,6}";

proptest! {
    #[test]
    fn any_text_is_judged_without_panic(text in any::<String>()) {
        if let Err(error) = EmailAddress::parse(&text) {
            prop_assert!(!error.to_string().is_empty() && !error.hint().is_empty());
        }
    }

    #[test]
    fn normalising_twice_changes_nothing(text in address()) {
        if let Some(key) = normalised(&text) {
            prop_assert_eq!(normalised(&key), Some(key));
        }
    }

    #[test]
    fn what_is_shown_names_the_same_person(text in address()) {
        if let Ok(address) = EmailAddress::parse(&text) {
            prop_assert_eq!(normalised(address.as_spelled()), Some(address.normalised().to_owned()));
        }
    }

    #[test]
    fn the_short_way_and_the_long_look_agree(text in NEARLY_ASCII) {
        let short = EmailAddress::parse_plain(&text);
        let long = rules::judge(super::trim(&text)).ok();
        if let Some(short) = short {
            let long = long.map(|a| (a.as_spelled().to_owned(), a.normalised().to_owned()));
            prop_assert_eq!(long, Some((short.as_spelled().to_owned(), short.normalised().to_owned())));
        }
    }

    #[test]
    fn a_proposal_is_an_address(text in prop_oneof![NEARLY_ASCII.boxed(), address().boxed()]) {
        if let Err(error) = EmailAddress::parse(&text)
            && let hint = error.hint()
            && let Some(proposal) = hint.strip_prefix("Did you mean ").and_then(|h| h.strip_suffix('?'))
        {
            prop_assert!(EmailAddress::parse(proposal).is_ok(), "{}", hint);
        }
    }
}

#[test]
fn every_letter_that_folds_or_composes_is_settled_at_once() {
    let mapper = CaseMapper::new();
    let moves = |c: &char| mapper.simple_fold(*c) != *c || !std::iter::once(*c).nfc().eq([*c]);
    for c in ('\u{80}'..='\u{2FFFF}').filter(moves) {
        for text in [format!("x{c}@example.org"), format!("{c}\u{345}\u{301}@example.org")] {
            let key = normalised(&text);
            assert_eq!(key.as_deref().and_then(normalised), key, "U+{:04X}", u32::from(c));
        }
    }
}
