//! Who is erased is found by nobody, and nothing that is under way brings them back.

use domain::{Commitment, LicenseEvent, Salt, SubjectId};

use super::{build::*, harness::Harness, told::*};
use crate::{
    contract::{Commit, NewEvent, PlaceAsked, PoolChange, SeatPool},
    outcome::{Conflict, Outcome},
    recorded::StreamId,
};

/// An event that names somebody.
fn names(subject_id: SubjectId) -> NewEvent {
    let commitment = Commitment::new(&Salt([9; 32]), "ada@example.org");
    event(LicenseEvent::LicenseAdminGranted { commitment, subject_id })
}

pub async fn whoever_is_erased_is_found_by_nobody_and_their_history_stays<H: Harness>() {
    let mut engine = H::start().await;
    let (ada, bob) = (person("ada@example.org"), person("bob@example.org"));
    let (id, license, member) = (ada.subject_id, license(), member());
    let commit = Commit::default().with_person(ada).with_person(bob.clone()).with_member(license, id, member);
    engine.log().commit(commit.writes_for(license, member, 0, 2)).await.committed();
    let before = engine.log().read_after(0, 100).await.expect("the log").events;
    let erases = Commit::default().erasing(id, 2).writes_for(license, member, 2, 1);
    engine.log().commit(erases).await.committed();
    for restarted in [false, true] {
        if restarted {
            engine.restart().await;
        }
        let log = engine.log();
        let people = log.find_people(&["ada@example.org", "bob@example.org"]).await.expect("the directory");
        let found: Vec<_> = people.iter().map(|found| found.map(|person| person.subject_id)).collect();
        assert_eq!(found, [None, Some(bob.subject_id)]);
        let addresses = log.find_addresses(&[id, bob.subject_id]).await.expect("the directory");
        assert_eq!(addresses, [None, Some("bob@example.org".to_owned())]);
        let asked = PlaceAsked {
            command: None,
            license,
            license_after: Some(0),
            person: "ada@example.org",
            actor: Some("ada@example.org"),
            key: None,
        };
        let place = log.find_place(asked).await.expect("a place");
        assert!(place.person.is_none() && place.actor.is_none() && place.member.is_none());
        assert_eq!(log.find_members(license, &[id]).await.expect("memberships"), [Some(member)]);
        let events = log.read_after(0, 100).await.expect("the log").events;
        assert_eq!(events[..2], before);
        assert_eq!(log.read_stream(id.into(), 0).await.expect("a stream").len(), 1);
    }
}

pub async fn what_files_were_called_goes_with_whoever_of_their_license_is_erased<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let (ada, licenses) = (person("ada@example.org"), [license(), license()]);
    let id = ada.subject_id;
    let commit = Commit::default().with_person(ada).with_member(licenses[0], id, member());
    log.commit(commit.with_file(licenses[0])).await.committed();
    log.commit(Commit::default().with_file(licenses[0])).await.committed();
    log.commit(Commit::default().with_file(licenses[1])).await.committed();
    assert_eq!(engine.import_files().await, (3, 3));
    // One that begins in the same transaction as the erasure, too.
    let busy = engine.hold().await;
    let begins = hand_in(&log, Commit::default().with_file(licenses[0])).await;
    let erases = hand_in(&log, Commit::default().erasing(id, 0)).await;
    drop(busy);
    for told in answers(vec![begins, erases]).await {
        assert!(matches!(told, Ok(Outcome::Committed(_))), "{told:?}");
    }
    assert_eq!(engine.import_files().await, (1, 1), "that of the other license stays");
}

pub async fn the_same_address_is_somebody_new_afterwards<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let (first, second) = (person("ada@example.org"), person("ada@example.org"));
    let (before, after) = (first.subject_id, second.subject_id);
    log.commit(Commit::default().with_person(first)).await.committed();
    log.commit(Commit::default().erasing(before, 0)).await.committed();
    log.commit(Commit::default().with_person(second)).await.committed();
    let found = log.find_people(&["ada@example.org"]).await.expect("the directory");
    assert_eq!(found[0].map(|person| person.subject_id), Some(after));
}

pub async fn an_erasure_that_fails_at_another_part_leaves_the_person<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let ada = person("ada@example.org");
    let id = ada.subject_id;
    log.commit(Commit::default().with_person(ada)).await.committed();
    let fails = [
        Commit::default().erasing(id, 0).asserts(member(), 1),
        Commit::default().erasing(id, 0).changes(seat_pool(), PoolChange::Take(-1)),
        Commit::default().erasing(id, 0).writes(member(), 7, 1),
    ];
    for commit in fails {
        assert!(matches!(log.commit(commit).await, Ok(Outcome::Conflict(_))));
        assert_eq!(
            log.find_addresses(&[id]).await.expect("the directory"),
            [Some("ada@example.org".to_owned())]
        );
    }
    assert_eq!(head(&log), 0);
}

pub async fn whoever_was_named_since_is_not_erased<H: Harness>() {
    let engine = H::start().await;
    let logs = [engine.log(), engine.another().await];
    let (ada, license) = (person("ada@example.org"), license());
    let id = ada.subject_id;
    let grant = Commit::default().with_person(ada).appends(license, license, 0, names(id));
    logs[0].commit(grant).await.committed();
    assert_eq!(logs[1].commit(Commit::default().erasing(id, 0)).await.conflict(), Conflict::Named);
    // In one transaction with what names them, too.
    let busy = engine.hold().await;
    let again = hand_in(&logs[0], Commit::default().appends(license, license, 1, names(id))).await;
    let erases = hand_in(&logs[0], Commit::default().erasing(id, 1)).await;
    drop(busy);
    let told = answers(vec![again, erases]).await;
    assert!(matches!(told[0], Ok(Outcome::Committed(_))), "{:?}", told[0]);
    assert!(matches!(told[1], Ok(Outcome::Conflict(Conflict::Named))), "{:?}", told[1]);
    assert!(logs[1].find_addresses(&[id]).await.expect("the directory")[0].is_some());
    logs[1].commit(Commit::default().erasing(id, 2)).await.committed();
    assert_eq!(logs[0].find_addresses(&[id]).await.expect("the directory"), [None]);
}

pub async fn of_an_erasure_and_those_who_rest_on_the_person_whoever_comes_later_is_told<H: Harness>() {
    let engine = H::start().await;
    let logs = [engine.log(), engine.another().await];
    for n in 0..16 {
        let somebody = person(&format!("p{n}@example.org"));
        let (id, license, stream) = (somebody.subject_id, license(), StreamId::from(somebody.subject_id));
        logs[0].commit(Commit::default().with_person(somebody)).await.committed();
        let as_of = head(&logs[0]);
        let grant = Commit::default().asserts(stream, 0).appends(license, license, 0, names(id));
        let busy = engine.hold().await;
        let grant = hand_in(&logs[n % 2], grant).await;
        let erase = hand_in(&logs[(n + 1) % 2], Commit::default().erasing(id, as_of)).await;
        drop(busy);
        let told = answers(vec![grant, erase]).await;
        let done = told.iter().filter(|told| matches!(told, Ok(Outcome::Committed(_)))).count();
        assert_eq!(done, 1, "{told:?}");
        let refused = told.iter().any(|told| {
            matches!(told, Ok(Outcome::Conflict(Conflict::Named | Conflict::Revision { actual: 1, .. })))
        });
        assert!(refused, "{told:?}");
    }
}

pub async fn everything_that_stands_for_a_person_is_found<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let (ada, bob) = (person("Ada@example.org"), person("bob@example.org"));
    let (id, licenses) = (ada.subject_id, [license(), license(), license(), license()]);
    let mut commit = Commit::default().with_person(ada).with_person(bob.clone());
    let mut members = Vec::new();
    for (n, license) in licenses.into_iter().enumerate() {
        commit = commit.changes(SeatPool::License(license), PoolChange::Open(Some(5)));
        let (subject, own) = if n % 2 == 0 { (id, member()) } else { (bob.subject_id, member()) };
        commit = commit.with_member(license, subject, own).appends(license, license, 0, names(subject));
        if subject == id {
            members.push((license, own));
        }
    }
    let position = log.commit(commit).await.committed().position;
    let mut traces = log.find_traces(id).await.expect("traces");
    traces.licenses.sort_unstable();
    assert_eq!(traces.members, members);
    assert_eq!(traces.licenses, [licenses[0], licenses[2]]);
    assert_eq!(traces.position, position);
    assert!(traces.address == Some(("Ada@example.org".to_owned(), "Ada@example.org".to_owned())));
    let nobody = log.find_traces(subject()).await.expect("traces");
    assert!(nobody.address.is_none() && nobody.members.is_empty() && nobody.licenses.is_empty());
}

pub async fn erasing_somebody_twice_needs_no_row<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let id = subject();
    log.commit(Commit::default().erasing(id, 0)).await.committed();
    let again = log.commit(Commit::default().erasing(id, 1)).await.conflict();
    assert!(matches!(again, Conflict::Revision { actual: 1, .. }));
}
