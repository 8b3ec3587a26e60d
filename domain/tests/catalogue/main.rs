//! `docs/events.md` and `docs/outcomes.md` are written from the code, and are up to date.
//!
//! To write them again: `SEATBOOK_UPDATE_DOCS=1 cargo test -p domain --test catalogue`.

mod events;
mod outcomes;

use std::{collections::BTreeSet, env, fs, path::Path};

use domain::{Code, Effect, catalogue, refusal::hint};

/// Compares a page with what it should say, or writes it where that is asked for.
#[track_caller]
fn check_page(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    if env::var_os("SEATBOOK_UPDATE_DOCS").is_some_and(|value| value == "1") {
        fs::write(&path, expected).expect("the page can be written");
    }
    let page = fs::read_to_string(&path).unwrap_or_default();
    let differs = page.lines().zip(expected.lines()).position(|(is, should)| is != should);
    let line = differs.unwrap_or_else(|| page.lines().count().min(expected.lines().count())) + 1;
    assert!(
        page == expected,
        "docs/{name} is not what the code says, from line {line}.\n\
         To write it again: SEATBOOK_UPDATE_DOCS=1 cargo test -p domain --test catalogue",
    );
}

/// A text as the cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// People read it: it begins like a sentence and ends like one.
fn is_sentence(text: &str) -> bool {
    text.starts_with(char::is_uppercase) && text.ends_with('.') && !text.contains("  ")
}

fn is_snake_case(text: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    text.split('_').all(word)
}

#[test]
fn the_page_of_events_is_up_to_date() {
    check_page("events.md", &events::page());
}

#[test]
fn the_page_of_outcomes_is_up_to_date() {
    check_page("outcomes.md", &outcomes::page());
}

#[test]
fn every_event_is_described() {
    let mut names = BTreeSet::new();
    for event in catalogue::all() {
        assert!(names.insert(event.name), "{} is described twice", event.name);
        assert!(is_sentence(event.meaning), "{}: {:?}", event.name, event.meaning);
        for text in [event.stream, event.since, event.written_by, event.read_by] {
            assert!(!text.trim().is_empty(), "{} lacks a description", event.name);
        }
    }
}

#[test]
fn every_field_is_described() {
    let payloads = catalogue::all().map(|event| (event.name, event.fields));
    let around = [("envelope", &catalogue::ENVELOPE[..]), ("metadata", &catalogue::METADATA[..])];
    for (of, fields) in payloads.chain(around) {
        let names: BTreeSet<&str> = fields.iter().map(|field| field.name).collect();
        assert_eq!(names.len(), fields.len(), "{of} has a field twice");
        for field in fields {
            assert!(is_snake_case(field.name), "{of}: {}", field.name);
            let texts = [field.kind.trim(), field.meaning.trim()];
            assert!(texts.iter().all(|text| !text.is_empty()), "{of}: {} lacks a description", field.name);
            assert!(!field.meaning.ends_with('.'), "{of}: {} is a phrase, no sentence", field.name);
        }
    }
}

#[test]
fn codes_are_unique_and_in_snake_case() {
    let texts: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(texts.len(), Code::ALL.len());
    for code in Code::ALL {
        assert!(is_snake_case(code.as_str()), "{code}");
        assert_eq!(code.as_str().parse(), Ok(*code));
    }
}

#[test]
fn a_text_that_is_no_code_is_not_read_as_one() {
    assert_eq!("Accepted".parse::<Code>(), Err("no outcome code 'Accepted'".to_owned()));
}

#[test]
fn every_code_has_a_meaning_and_every_refusal_says_what_to_do() {
    for code in Code::ALL {
        assert!(is_sentence(code.meaning()), "{code}: {:?}", code.meaning());
        match code.effect() {
            Effect::Refused => assert!(is_sentence(hint(*code)), "{code}: {:?}", hint(*code)),
            Effect::Changed | Effect::Unchanged => assert_eq!(hint(*code), "", "{code}"),
        }
    }
}
