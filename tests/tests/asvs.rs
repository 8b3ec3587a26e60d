//! The list of ASVS items is whole, and what it names is there.

use std::{collections::BTreeSet, fs, path::Path};

/// Every requirement of OWASP ASVS 5.0.0 of level 1 or 2: section, and the numbers in it.
const ITEMS: &str = "1.1.1-2 1.2.1-9 1.3.1-11 1.4.1-3 1.5.1-2 2.1.1-3 2.2.1-3 2.3.1-4 2.4.1 3.2.1-2 3.3.1-4 3.4.1-6 \
    3.5.1-5 3.7.1-2 4.1.1-3 4.2.1 4.3.1-2 4.4.1-4 5.1.1 5.2.1-3 5.3.1-2 5.4.1-3 6.1.1-3 6.2.1-12 6.3.1-4 \
    6.4.1-4 6.5.1-5 6.6.1-3 6.8.1-4 7.1.1-3 7.2.1-4 7.3.1-2 7.4.1-5 7.5.1-2 7.6.1-2 8.1.1-2 8.2.1-3 \
    8.3.1 8.4.1 9.1.1-3 9.2.1-4 10.1.1-2 10.2.1-2 10.3.1-4 10.4.1-11 10.5.1-5 10.6.1-2 10.7.1-3 11.1.1-2 \
    11.2.1-3 11.3.1-3 11.4.1-4 11.5.1 11.6.1 12.1.1-3 12.2.1-2 12.3.1-4 13.1.1 13.2.1-5 13.3.1-2 \
    13.4.1-5 14.1.1-2 14.2.1-4 14.3.1-3 15.1.1-3 15.2.1-3 15.3.1-7 16.1.1 16.2.1-5 16.3.1-4 16.4.1-3 \
    16.5.1-3 17.1.1 17.2.1-4 17.3.1-2";

fn items() -> Vec<String> {
    let mut items = Vec::new();
    for section in ITEMS.split_whitespace() {
        let (section, numbers) = section.rsplit_once('.').expect("a section");
        for range in numbers.split(',') {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let number = |text: &str| text.parse::<u32>().expect("a number");
            items.extend((number(first)..=number(last)).map(|number| format!("{section}.{number}")));
        }
    }
    items
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository")
}

/// Number, state, and what is said of it.
fn rows() -> Vec<(String, String, String)> {
    let page = fs::read_to_string(root().join("docs/security/asvs.md")).expect("the page");
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.splitn(3, " | ").map(str::to_owned);
        let row = (cells.next()?, cells.next()?, cells.next()?);
        row.0.split('.').all(|part| part.parse::<u32>().is_ok()).then_some(row)
    });
    rows.collect()
}

/// What stands between backquotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn is_file(name: &str) -> bool {
    name.contains('/') && !name.starts_with('/') && !name.contains(' ')
        || Path::new(name).extension().is_some_and(|it| it == "toml" || it == "lock")
}

#[test]
fn every_item_is_there_once_in_order_with_a_state() {
    let rows = rows();
    let numbers: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    assert_eq!(items().len(), 253, "70 of level 1, 183 of level 2");
    assert_eq!(numbers, items());
    for (number, state, why) in &rows {
        let known = ["holds", "does not apply", "operator", "not yet"].contains(&state.as_str());
        assert!(known && !why.trim().is_empty(), "{number}: {state}: {why}");
    }
}

#[test]
fn what_is_named_is_there() {
    for (number, _, why) in rows() {
        let names = quoted(&why);
        let files: Vec<&str> = names.iter().copied().filter(|name| is_file(name)).collect();
        for file in &files {
            assert!(root().join(file).is_file(), "{number}: there is no {file}");
        }
        for test in
            names.iter().filter(|name| name.matches('_').count() > 2 && !is_file(name) && !name.contains('='))
        {
            let held = files.iter().any(|file| {
                let text = fs::read_to_string(root().join(file)).unwrap_or_default();
                text.contains(&format!("fn {test}("))
            });
            assert!(held, "{number}: no test {test} in {files:?}");
        }
    }
}

#[test]
fn what_holds_names_what_shows_it_or_says_why() {
    let bare: BTreeSet<String> = rows()
        .into_iter()
        .filter(|(_, state, why)| state == "holds" && quoted(why).is_empty())
        .map(|(number, ..)| number)
        .collect();
    let without: BTreeSet<String> = BARE.split_whitespace().map(str::to_owned).collect();
    assert_eq!(bare, without, "what holds by what is not there names nothing");
}

/// They hold because something is not there: nothing shows that but the whole of the code.
const BARE: &str = "1.2.3 3.7.1 11.1.2 13.2.4 13.2.5 14.3.3 15.1.1 15.2.3 16.1.1 16.4.1";

/// Whether a test stands in a file, or beside it in a folder of tests.
fn tries_something(file: &str) -> bool {
    let text = fs::read_to_string(root().join(file)).unwrap_or_default();
    file.contains("tests/")
        || file.contains("/conformance/")
        || text.contains("#[cfg(test)]")
        || text.contains("#[test]")
}

#[test]
fn what_holds_is_tried_but_for_what_only_reading_shows() {
    let read: BTreeSet<String> = rows()
        .into_iter()
        .filter(|(_, state, why)| state == "holds" && !quoted(why).is_empty())
        .filter(|(_, _, why)| {
            let files: Vec<&str> = quoted(why).into_iter().filter(|name| is_file(name)).collect();
            !files.iter().any(|file| tries_something(file) || file.starts_with("docs/"))
        })
        .map(|(number, ..)| number)
        .collect();
    let listed: BTreeSet<String> = READ.split_whitespace().map(str::to_owned).collect();
    assert_eq!(read, listed, "what holds names what tries it");
}

/// What the code that is named shows to whoever reads it, and nothing tries.
const READ: &str = "1.2.1 1.4.1 1.4.3 5.3.2 5.4.1 7.4.4 10.1.1 15.3.2 15.3.5 16.3.4";

#[test]
fn the_numbers_in_the_introduction_are_those_of_the_table() {
    let page = fs::read_to_string(root().join("docs/security/asvs.md")).expect("the page");
    let count = |state: &str| rows().iter().filter(|row| row.1 == state).count();
    for (state, words) in [
        ("holds", "hold,"),
        ("does not apply", "do not apply,"),
        ("operator", "are the operator's,"),
        ("not yet", "are not met"),
    ] {
        let said = format!("{} {words}", count(state));
        assert!(page.replace('\n', " ").contains(&said), "the page does not say: {said}");
    }
}
