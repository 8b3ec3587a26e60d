//! Who watches the watchers: the history checker finds what is wrong, and the suite runs all of its tests.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::PathBuf;

use chrono::{TimeDelta, Utc};
use domain::{
    Event, EventId, LicenseEvent, LicenseId, MembershipEvent, Metadata, RequestId, Role, Source, SubjectId,
};
use eventlog::{
    Recorded, Seats, StreamId, StreamKind,
    conformance::history::{Fault, HandedIn, History, WasTold},
};
use uuid::Uuid;

const LICENSE: LicenseId = LicenseId(Uuid::from_u128(1));

fn event_id(n: u64) -> EventId {
    EventId(Uuid::from_u128(1_000 + u128::from(n)))
}

fn recorded(position: u64, stream: u128, revision: u64, sequence: u64, event: impl Into<Event>) -> Recorded {
    let kind = if stream == 1 { StreamKind::License } else { StreamKind::Membership };
    Recorded {
        position,
        stream: StreamId { kind, id: Uuid::from_u128(stream) },
        revision,
        license: Some((LICENSE, sequence)),
        event_id: event_id(position),
        recorded_at: Utc::now(),
        event: event.into(),
        metadata: Metadata {
            acted_by: None,
            actor: SubjectId::OPERATOR,
            import_id: None,
            request_id: RequestId(Uuid::nil()),
            role: Role::Operator,
            line: None,
            row: None,
            source: Source::Cli,
        },
    }
}

fn joined() -> MembershipEvent {
    let (license_id, subject_id) = (LICENSE, SubjectId::OPERATOR);
    MembershipEvent::JoinedWithLicenseKey {
        commitment: None,
        key_id: domain::KeyId(Uuid::nil()),
        license_id,
        subject_id,
    }
}

/// Two seats; two join, one leaves, another joins.
fn sound() -> History {
    let events = vec![
        recorded(1, 1, 1, 1, LicenseEvent::SeatLimitChanged { seat_limit: 2 }),
        recorded(2, 2, 1, 2, joined()),
        recorded(3, 3, 1, 3, joined()),
        recorded(4, 2, 2, 4, MembershipEvent::UserLeft {}),
        recorded(5, 4, 1, 5, joined()),
        recorded(6, 4, 2, 6, joined()),
    ];
    History { events }
}

fn told(from: u64, to: u64, told: WasTold) -> HandedIn {
    HandedIn { events: (from..=to).map(event_id).collect(), told }
}

#[test]
fn a_sound_history_has_no_fault_and_its_seats_are_counted() {
    assert_eq!(sound().faults(), []);
    assert_eq!(sound().held()[&LICENSE], Seats { taken: 2, limit: Some(2) });
}

#[test]
fn an_event_that_is_missing_is_found_by_every_count() {
    let mut history = sound();
    history.events.remove(3);
    let expected = [
        Fault::Position { expected: 4, found: 5 },
        Fault::License { position: 5, expected: 4, found: 5 },
        Fault::Seats { position: 5, held: 3, limit: 2 },
        Fault::Seats { position: 6, held: 3, limit: 2 },
    ];
    assert_eq!(history.faults(), expected);
}

#[test]
fn an_event_that_is_there_twice_is_found() {
    let mut history = sound();
    let again =
        Recorded { position: 7, revision: 3, license: Some((LICENSE, 7)), ..history.events[5].clone() };
    history.events.push(again);
    assert_eq!(history.faults(), [Fault::Twice { event: event_id(6), first: 6, second: 7 }]);
}

#[test]
fn an_order_of_the_log_that_contradicts_a_stream_is_found() {
    let mut history = sound();
    (history.events[1].revision, history.events[3].revision) = (2, 1);
    let found = history.faults();
    assert_eq!(found[0], Fault::Revision { position: 2, expected: 1, found: 2 });
    assert_eq!(found[1], Fault::Revision { position: 4, expected: 3, found: 1 });
}

#[test]
fn pages_that_come_in_the_wrong_order_are_found() {
    let mut history = sound();
    history.events.swap(0, 5);
    assert!(history.faults().contains(&Fault::Position { expected: 1, found: 6 }));
}

#[test]
fn time_that_goes_backwards_is_found() {
    let mut history = sound();
    history.events[4].recorded_at -= TimeDelta::hours(1);
    assert_eq!(history.faults(), [Fault::Time { position: 5 }]);
}

#[test]
fn what_was_acknowledged_must_stand_where_it_was_said_to() {
    let lost = |event, told, found| Fault::Lost { event: event_id(event), told, found };
    let cases = [
        (told(2, 4, WasTold::Committed(4)), vec![]),
        (told(6, 7, WasTold::Committed(7)), vec![lost(7, 7, None)]),
        (told(2, 3, WasTold::Committed(4)), vec![lost(3, 4, Some(3)), lost(2, 3, Some(2))]),
    ];
    for (commit, faults) in cases {
        assert_eq!(sound().contradictions(&[commit], false), faults);
    }
}

#[test]
fn what_was_refused_may_not_be_there() {
    assert_eq!(sound().contradictions(&[told(7, 9, WasTold::NothingWritten)], false), []);
    let ghost = Fault::Ghost { event: event_id(6), position: 6 };
    assert_eq!(sound().contradictions(&[told(6, 7, WasTold::NothingWritten)], false), [ghost]);
}

#[test]
fn what_nobody_was_told_of_is_there_whole_or_not_at_all() {
    for (from, to) in [(4, 6), (7, 9), (6, 6)] {
        assert_eq!(sound().contradictions(&[told(from, to, WasTold::Nothing)], false), []);
    }
    assert_eq!(
        sound().contradictions(&[told(5, 7, WasTold::Nothing)], false),
        [Fault::Torn { of: 3, found: 2 }]
    );
    let apart = HandedIn { events: vec![event_id(2), event_id(4)], told: WasTold::Nothing };
    assert_eq!(sound().contradictions(&[apart], false), [Fault::Torn { of: 2, found: 2 }]);
}

#[test]
fn an_event_that_nobody_handed_in_is_found_where_all_writers_are_known() {
    let known = told(1, 5, WasTold::Committed(5));
    let stranger = Fault::Stranger { event: event_id(6), position: 6 };
    assert_eq!(sound().contradictions(&[known], true), [stranger]);
}

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
        .collect()
}

/// The names of the functions that begin so.
fn functions(sources: &[(PathBuf, String)], beginning: &str) -> Vec<String> {
    let lines = sources.iter().flat_map(|(_, text)| text.lines());
    let rest = lines.filter_map(|line| line.trim().strip_prefix(beginning));
    rest.filter_map(|rest| Some(rest.split_once(['<', '('])?.0.to_owned())).collect()
}

#[test]
fn every_clause_of_the_suite_is_run() {
    let conformance = sources("src/conformance");
    let list = &conformance.iter().find(|(path, _)| path.ends_with("suite.rs")).unwrap().1;
    let listed: Vec<&str> = list.lines().map(str::trim).collect();
    let lines = conformance.iter().flat_map(|(_, text)| text.lines());
    let clauses = lines.filter_map(|line| line.strip_prefix("pub async fn ")?.split_once("<H: Harness>() {"));
    let clauses: Vec<&str> = clauses.map(|(name, _)| name).collect();
    assert!(clauses.len() > 60, "{}", clauses.len());
    for clause in clauses {
        assert!(listed.contains(&clause), "nobody runs {clause}");
    }
}

#[test]
fn every_known_fault_of_other_stores_names_tests_that_exist() {
    let conformance = sources("src/conformance");
    let mut tests = functions(&conformance, "pub async fn ");
    for engine in ["tests/sqlite_engine", "tests/postgres_engine"] {
        let engine = sources(engine);
        tests.extend(functions(&engine, "async fn "));
        tests.extend(functions(&engine, "fn "));
    }
    let table = &conformance.iter().find(|(path, _)| path.ends_with("mod.rs")).unwrap().1;
    for fault in 1..=17 {
        let row = table.lines().find(|line| line.contains(&format!("| F{fault} |")));
        let row = row.unwrap_or_else(|| panic!("F{fault} is not in the table"));
        // Names of tests are the long ones.
        for name in row.split('`').skip(1).step_by(2).filter(|name| name.matches('_').count() > 3) {
            assert!(tests.iter().any(|test| test == name), "F{fault}: there is no test {name}");
        }
    }
}
