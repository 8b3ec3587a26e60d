//! Exports, whole and spoilt, as our verifier and the independent one judge them.

#[path = "exports/history.rs"]
mod history;
#[path = "exports/judges.rs"]
mod judges;

use domain::Digest;
use history::{History, LICENSE, key};
use judges::{ours, theirs};
use proptest::prelude::*;
use transparency::{Checkpoint, export::Line};

/// Both judges say the same: what is found of which event. Why a line is none, each says as its reader of JSON does.
fn judged(lines: &[String], earlier: Option<&str>) -> Vec<(Option<u64>, String)> {
    const NO_LINE: &str = " is not of an export: ";
    let ours = ours(lines, earlier);
    let said = |found: &[(Option<u64>, String)]| {
        let which = |what: &str| what.split_inclusive(NO_LINE).next().unwrap_or_default().to_owned();
        let mut said: Vec<_> = found.iter().map(|(at, what)| (*at, which(what))).collect();
        said.sort_unstable();
        said
    };
    let theirs = theirs(lines, earlier);
    assert_eq!(said(&ours), said(&theirs), "ours: {ours:?}\ntheirs: {theirs:?}");
    ours
}

fn found_at(lines: &[String]) -> Vec<Option<u64>> {
    judged(lines, None).into_iter().map(|(at, _)| at).collect()
}

#[test]
fn a_history_that_nobody_touched_holds() {
    // Enough of them that several threads look.
    for events in [1, 2, 255, 256, 257, 700, 3_000] {
        let history = History::of(events);
        assert_eq!(judged(&history.export(), None), [], "{events}");
        for earlier in [0, 1, events / 2, events] {
            assert_eq!(
                judged(&history.export(), Some(&history.checkpoint(earlier))),
                [],
                "{earlier} of {events}"
            );
        }
    }
}

#[test]
fn one_license_alone_holds_by_its_proofs() {
    let history = History::of(300);
    assert_eq!(judged(&history.export_of(LICENSE, Some(120)), Some(&history.checkpoint(120))), []);
    let wanted = "it does not show that it goes on from the checkpoint at 120: ask for an export since that one (--since)";
    let found = judged(&history.export_of(LICENSE, None), Some(&history.checkpoint(120)));
    assert_eq!(found, [(None, wanted.to_owned())]);
    // The very checkpoint that it is of was kept, or one of the same size.
    assert_eq!(judged(&history.export_of(LICENSE, None), Some(&history.checkpoint(300))), []);
    assert_eq!(judged(&history.export_of(LICENSE, Some(120)), Some(&history.checkpoint(300))), []);
    let other = History::rewritten(300, 200);
    let found = judged(&other.export_of(LICENSE, None), Some(&history.checkpoint(300)));
    assert_eq!(found, [(None, "history up to position 300 is not what it was".to_owned())]);
}

#[test]
fn whatever_is_done_to_an_event_is_found_and_named() {
    let history = History::of(300);
    let lines = history.export();
    let spoilt = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        found_at(&lines)
    };
    // A line of its own for the head; the event at position 100 stands behind it.
    let at = Some(100);
    let changed = spoilt(&|lines| lines[100] = lines[100].replace("\\\"n\\\":100", "\\\"n\\\":101"));
    assert_eq!(changed, [at]);
    assert!(
        spoilt(
            &|lines| lines[100] = lines[100].replace("\\\"role\\\":\\\"admin", "\\\"role\\\":\\\"operator")
        )
        .contains(&at)
    );
    assert!(spoilt(&|lines| drop(lines.remove(100))).contains(&Some(101)));
    assert!(spoilt(&|lines| lines.swap(100, 101)).contains(&Some(101)));
    assert!(spoilt(&|lines| lines.insert(100, lines[100].clone())).contains(&at));
    // As if it had always been so: entry, digests and leaf agree with each other.
    let rewritten = |n| History::rewritten(300, n).export();
    let mut lines = rewritten(100);
    lines[0].clone_from(&history.export()[0]);
    assert_eq!(found_at(&lines), [None], "it is not what was signed");
}

const HASH_DIFFERS: &str = "the event is the one that was signed, and the tree has kept another hash of it";

/// The tree is a list like others: what is wrong with it says nothing against the events.
#[test]
fn a_hash_that_was_kept_wrongly_is_told_apart_from_an_event_that_was_changed() {
    let history = History::of(300);
    let other = Digest::of("another");
    let with_another_hash = |mut lines: Vec<String>, at: usize| {
        let Ok(Line::Event(mut event)) = serde_json::from_str::<Line<'_>>(&lines[at]) else {
            panic!("no event")
        };
        event.leaf = other;
        let position = serde_json::from_str::<domain::Entry<'_>>(&event.entry).unwrap().position;
        let line = Line::Event(event).to_text();
        lines[at] = line;
        (lines, position)
    };
    let (lines, _) = with_another_hash(history.export(), 100);
    let (lines, _) = with_another_hash(lines, 200);
    let found = [100, 200].map(|at| (Some(at), HASH_DIFFERS.to_owned()));
    assert_eq!(judged(&lines, None), found);
    assert_eq!(judged(&lines, Some(&history.checkpoint(150))), found, "and goes on from what was kept");

    // Of one license, by its proofs.
    let (lines, at) = with_another_hash(history.export_of(LICENSE, Some(120)), 50);
    assert_eq!(judged(&lines, Some(&history.checkpoint(120))), [(Some(at), HASH_DIFFERS.to_owned())]);
    // Nobody signed it: then nothing is said for the event.
    let stranger = transparency::SigningKey::new(key().name(), [9; 32]).unwrap();
    let unsigned = with_checkpoint(lines, stranger.sign(300, other).unwrap());
    let found = judged(&unsigned, None);
    assert!(
        found.contains(&(Some(at), "the event is not the one that was recorded".to_owned())),
        "{found:?}"
    );

    // An event that was changed besides: neither the hashes nor the events are what was signed.
    let (mut lines, _) = with_another_hash(history.export(), 100);
    let (changed, rewritten) = (200, History::rewritten(300, 200).export());
    lines[changed].clone_from(&rewritten[changed]);
    let found = judged(&lines, None);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|(_, what)| !what.contains("is the one that was signed")), "{found:?}");
}

#[test]
fn a_history_that_was_written_anew_does_not_agree_with_a_kept_checkpoint() {
    let (history, rewritten) = (History::of(300), History::rewritten(300, 100));
    assert_eq!(judged(&rewritten.export(), None), [], "signed by the same key");
    let found = judged(&rewritten.export(), Some(&history.checkpoint(200)));
    assert_eq!(found, [(None, "history up to position 200 is not what it was".to_owned())]);
    assert_eq!(judged(&rewritten.export(), Some(&history.checkpoint(99))), []);
    let short = History::of(150).export();
    let found = judged(&short, Some(&history.checkpoint(200)));
    let older = "it has 150 events, and the checkpoint that was kept has 200: it is older than that one, or its end was cut off";
    assert_eq!(found[0], (None, older.to_owned()));
    let of_license = rewritten.export_of(LICENSE, Some(200));
    assert_eq!(judged(&of_license, Some(&history.checkpoint(200))).len(), 1);
}

#[test]
fn people_who_were_exchanged_are_found_by_the_event_that_brought_them_in() {
    let history = History::of(40);
    let mut lines = history.export();
    let people: Vec<usize> = (0..lines.len()).filter(|n| lines[*n].starts_with("{\"person\"")).collect();
    let (one, two) = (people[0], people[1]);
    let subject = |line: &str| line.split("\"subject_id\":").nth(1).unwrap().to_owned();
    let (first, second) = (subject(&lines[one]), subject(&lines[two]));
    lines[one] = lines[one].replace(&first, &second);
    lines[two] = lines[two].replace(&second, &first);
    let mut found = found_at(&lines);
    found.sort_unstable();
    assert_eq!(found, history.brought_in(2));
    let mut lines = history.export();
    lines[one] = lines[one].replace("person0@", "other0@");
    assert_eq!(found_at(&lines), history.brought_in(1));
    lines.insert(two, lines[two].clone());
    assert_eq!(found_at(&lines).len(), 2, "and one who is there twice");
}

#[test]
fn who_is_shown_by_another_address_than_the_one_that_is_committed_to_is_found() {
    let history = History::of(40);
    let export = history.export();
    let at = export.iter().position(|line| line.starts_with("{\"person\"")).unwrap();
    let as_shown = |email: &str| {
        let mut lines = export.clone();
        let Ok(Line::Person(mut person)) = serde_json::from_str::<Line<'_>>(&export[at]) else {
            panic!("nobody")
        };
        person.email = email.to_owned().into();
        lines[at] = Line::Person(person).to_text();
        found_at(&lines)
    };
    let own = as_shown_in(&export[at]);
    for same in [own.clone(), own.to_uppercase(), format!(" {own}")] {
        assert_eq!(as_shown(&same), [], "{same}");
    }
    for other in ["person1@school.example", "somebody", "", &format!("{own}.org"), &format!("x{own}")] {
        assert_eq!(as_shown(other), history.brought_in(1), "{other}");
    }
}

fn as_shown_in(line: &str) -> String {
    match serde_json::from_str::<Line<'_>>(line) {
        Ok(Line::Person(person)) => person.email.into_owned(),
        _ => panic!("nobody"),
    }
}

#[test]
fn a_file_that_is_cut_off_or_is_none_is_told() {
    let history = History::of(20);
    let lines = history.export();
    for spoilt in [
        lines[..lines.len() - 1].to_vec(),
        lines[1..].to_vec(),
        [&lines[..], &lines[3..4]].concat(),
        [&lines[..1], &lines[..]].concat(),
        vec![],
        vec!["no JSON\n".to_owned()],
        vec!["{\"head\":{},\"end\":{}}\n".to_owned()],
        vec!["[]\n".to_owned(), "7\n".to_owned()],
        // As some editors save it.
        [&[format!("\u{feff}{}", lines[0])], &lines[1..]].concat(),
    ] {
        assert!(!found_at(&spoilt).is_empty());
    }
    let strange = lines[0].replace("seatbook-audit-export/1", "seatbook-audit-export/2");
    let found = judged(&[&[strange], &lines[1..]].concat(), None);
    assert!(found[0].1.contains("seatbook-audit-export/2"), "{found:?}");
}

/// In a file of many thousand lines, somebody has to find it.
#[test]
fn a_line_that_is_none_is_told_by_its_number() {
    let mut lines = History::of(3_000).export();
    lines[2_345] = "{\"event\":{\"entry\":7}}\n".to_owned();
    for found in [ours(&lines, None), theirs(&lines, None)] {
        let told: Vec<_> = found.into_iter().filter(|(_, what)| what.contains("not of an export")).collect();
        assert!(told.len() == 1 && told[0].1.starts_with("line 2346 is not of an export: "), "{told:?}");
        assert!(!told[0].1.contains("line 1 "), "{told:?}");
    }
}

/// Nobody wrote them so; both find the line all the same.
#[test]
fn lines_with_other_values_than_are_written_are_told_by_their_number() {
    let lines = History::of(60).export();
    let event = lines.iter().position(|line| line.contains("position")).expect("an event");
    let person = lines.iter().position(|line| line.starts_with("{\"person\"")).expect("a person");
    let subject =
        lines[person].split("\"subject_id\":").nth(1).and_then(|rest| rest.split(['}', ',']).next());
    for (at, from, to, told) in [
        (event, "\\\"position\\\":1,", "\\\"position\\\":-1,", "the entry in line 2 can't be read"),
        (event, "\\\"position\\\":1,", "\\\"position\\\":null,", "the entry in line 2 can't be read"),
        (event, "\"leaf\":", "\"proof\":{},\"leaf\":", "line 2 is not of an export: "),
        (person, subject.expect("whom it stands for"), "null", "is not of an export: "),
    ] {
        let mut spoilt = lines.clone();
        spoilt[at] = spoilt[at].replacen(from, to, 1);
        assert_ne!(spoilt[at], lines[at], "{from} in {}", lines[at]);
        for found in [ours(&spoilt, None), theirs(&spoilt, None)] {
            assert!(found.iter().any(|(_, what)| what.contains(told)), "{to}: {found:?}");
        }
    }
}

#[test]
fn a_checkpoint_of_somebody_else_is_not_believed() {
    let history = History::of(20);
    let stranger = transparency::SigningKey::new(key().name(), [9; 32]).unwrap();
    let signed = stranger.sign(20, Digest::of("")).unwrap();
    let lines = with_checkpoint(history.export(), signed);
    assert_eq!(judged(&lines, None), [(None, "none of the trusted keys signed this checkpoint".to_owned())]);
    let Checkpoint { size, .. } = key().public().open(&history.checkpoint(20)).unwrap();
    assert_eq!(size, 20);
}

fn with_checkpoint(mut lines: Vec<String>, note: String) -> Vec<String> {
    let Line::Head(head) = serde_json::from_str::<Line<'_>>(&lines[0]).expect("a line") else {
        panic!("no head")
    };
    let other = Line::Head(transparency::export::Head { checkpoint: note.into(), ..head }).to_text();
    lines[0] = other;
    lines
}

#[test]
fn a_checkpoint_that_another_key_of_the_log_has_signed_as_well_is_believed() {
    let history = History::of(20);
    let other = || transparency::SigningKey::new(key().name(), [9; 32]).unwrap();
    let Checkpoint { size, root, .. } = key().public().open(&history.checkpoint(20)).unwrap();
    for keys in [[other(), key()], [key(), other()]] {
        let note = transparency::sign_together(&keys, size, root).unwrap();
        let lines = with_checkpoint(history.export(), note.clone());
        assert_eq!(judged(&lines, Some(&note)), []);
        // A spoilt signature of the key that is pinned is not made up for by the other one.
        let spoilt =
            transparency::sign_together(&keys, size + 1, root).unwrap().replacen("\n21\n", "\n20\n", 1);
        let found = judged(&with_checkpoint(history.export(), spoilt), None);
        assert_eq!(found, [(None, "the checkpoint is not as a trusted key signed it".to_owned())]);
    }
}

/// What may befall a line.
#[derive(Debug, Clone, Copy)]
enum Spoilt {
    Changed,
    Lost,
    PutIn,
    CutOff,
    Doubled,
    Dropped,
    Moved,
}

fn spoilt() -> impl Strategy<Value = Spoilt> {
    use Spoilt::{Changed, CutOff, Doubled, Dropped, Lost, Moved, PutIn};
    // Most of them leave a line that looks like one.
    prop_oneof![
        4 => Just(Changed), 2 => Just(Lost), 2 => Just(PutIn), 1 => Just(CutOff),
        1 => Just(Doubled), 1 => Just(Dropped), 1 => Just(Moved),
    ]
}

fn spoil(lines: &mut Vec<String>, how: Spoilt, line: usize, place: usize, letter: char) {
    let (line, other) = (line % lines.len(), place % lines.len());
    let mut letters: Vec<char> = lines[line].chars().collect();
    // Its end stays.
    let at = place % (letters.len() - 1);
    match how {
        Spoilt::Changed => letters[at] = letter,
        Spoilt::Lost => drop(letters.remove(at)),
        Spoilt::PutIn => letters.insert(at, letter),
        Spoilt::CutOff => drop(letters.drain(at..letters.len() - 1)),
        Spoilt::Doubled => lines.insert(other, lines[line].clone()),
        Spoilt::Dropped => return drop(lines.remove(line)),
        Spoilt::Moved => return lines.swap(line, other),
    }
    if !matches!(how, Spoilt::Doubled) {
        lines[line] = letters.into_iter().collect();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// An auditor who holds one of them against the other sees no third thing.
    #[test]
    fn however_an_export_is_spoilt_both_say_the_same(
        (whole, how) in (any::<bool>(), spoilt()),
        (line, place) in (any::<usize>(), any::<usize>()),
        letter in prop::char::range(' ', '~'),
        kept in any::<bool>(),
    ) {
        let history = History::of(24);
        let mut lines = if whole { history.export() } else { history.export_of(LICENSE, Some(9)) };
        spoil(&mut lines, how, line, place, letter);
        let earlier = history.checkpoint(9);
        judged(&lines, kept.then_some(earlier.as_str()));
    }
}
