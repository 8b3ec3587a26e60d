//! A person's place on a license, looked up in one go.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::{
    build::*,
    harness::Harness,
    told::{Told, stream},
};
use crate::{
    contract::{Commit, PlaceAsked, PoolChange, SeatPool},
    outcome::Outcome,
    recorded::Revision,
};

fn of(license: domain::LicenseId, person: &str) -> PlaceAsked<'_> {
    PlaceAsked { command: None, license, license_after: Some(0), person, actor: None, key: None }
}

pub async fn a_place_holds_what_the_lookups_answer_one_by_one<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let (license, ada, bob, key) = (license(), person("ada@example.org"), person("bob@example.org"), key());
    let (seats, joins) = (SeatPool::License(license), SeatPool::Key(key.key_id));
    let (member_id, command) = (member(), command());
    let commit = Commit::default()
        .writes_for(license, license, 0, 3)
        .writes_for(license, member_id, 0, 2)
        .with_person(ada.clone())
        .with_person(bob.clone())
        .with_member(license, ada.subject_id, member_id)
        .changes(seats, PoolChange::Open(Some(5)))
        .changes(joins, PoolChange::Open(None))
        .changes(seats, PoolChange::Take(1))
        .with_command(command, b"first");
    log.commit(commit).await.committed();

    let asked = PlaceAsked {
        command: Some(self::command()),
        license_after: Some(1),
        actor: Some(&bob.normalised),
        key: Some(key.key_id),
        ..of(license, &ada.normalised)
    };
    let found = log.find_place(asked).await.expect("a place");
    assert_eq!(found.first_result, None);
    assert_eq!(found.license, log.read_stream(license.into(), 1).await.expect("the license"));
    assert_eq!(found.person.map(|p| (p.subject_id, p.salt.0)), Some((ada.subject_id, ada.salt.0)));
    assert_eq!(found.actor.map(|p| p.subject_id), Some(bob.subject_id));
    assert_eq!(found.member, Some((member_id, stream(&log, member_id).await)));
    assert_eq!(found.seats, log.seats(seats).await.expect("pools"));
    assert_eq!(found.joins, log.seats(joins).await.expect("pools"));

    let alone = PlaceAsked { license_after: None, ..of(license, &ada.normalised) };
    let alone = log.find_place(alone).await.expect("a place");
    assert_eq!(alone.member.map(|(id, history)| (id, history.len())), Some((member_id, 2)));
    assert!(alone.person.is_some() && alone.license.is_empty() && alone.seats.is_none());

    let of_bob = log.find_place(of(license, &bob.normalised)).await.expect("a place");
    assert!(of_bob.person.is_some() && of_bob.member.is_none() && of_bob.actor.is_none());
    assert_eq!((of_bob.license.len(), of_bob.joins), (3, None));
    let of_nobody = log.find_place(of(self::license(), "nobody@example.org")).await.expect("a place");
    assert!(of_nobody.person.is_none() && of_nobody.license.is_empty() && of_nobody.seats.is_none());

    let again = PlaceAsked { command: Some(command), ..of(license, &ada.normalised) };
    let again = log.find_place(again).await.expect("a place");
    assert!(matches!(again.first_result, Some(Outcome::AlreadyDone(first)) if first.result == b"first"));
}

pub async fn a_place_is_of_one_moment<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let reader = engine.another().await;
    let (license, ada, member_id) = (license(), person("ada@example.org"), member());
    let seats = SeatPool::License(license);
    let first = Commit::default()
        .with_person(ada.clone())
        .with_member(license, ada.subject_id, member_id)
        .changes(seats, PoolChange::Open(None));
    log.commit(first).await.committed();
    let enough = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let enough = Arc::clone(&enough);
        async move {
            let mut revision: Revision = 0;
            while !enough.load(Ordering::SeqCst) && revision < 2_000 {
                let both = writes(license, revision, 1).writes(member_id, revision, 1);
                log.commit(both.changes(seats, PoolChange::Take(1))).await.committed();
                revision += 1;
            }
        }
    });
    for _ in 0..400 {
        let found = reader.find_place(of(license, &ada.normalised)).await.expect("a place");
        let (_, history) = found.member.expect("a membership");
        let taken = found.seats.map(|seats| seats.taken);
        assert_eq!(
            (found.license.len() as u64, taken),
            (history.len() as u64, Some(history.len() as u64)),
            "half of a commit was seen"
        );
    }
    enough.store(true, Ordering::SeqCst);
    writer.await.expect("the writer");
}
