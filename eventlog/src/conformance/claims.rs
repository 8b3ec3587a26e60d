//! Each address, membership, key and pool is somebody's once.

use super::{build::*, harness::Harness, told::*};
use crate::{
    contract::{Commit, KeyClaim, PoolChange},
    outcome::{Conflict, Outcome},
};

/// Of commits that claim the same at one moment, one gets it; the others are told and leave nothing.
async fn only_one_gets_it<H: Harness>(claim: impl Fn() -> Commit, told: Conflict) {
    let engine = H::start().await;
    let logs = [engine.log(), engine.another().await];
    let busy = engine.hold().await;
    let mut handles = Vec::new();
    for n in 0..32 {
        handles.push(hand_in(&logs[n % 2], claim().writes(member(), 0, 1)).await);
    }
    drop(busy);
    let answers = answers(handles).await;
    assert_eq!(answers.iter().filter(|a| matches!(a, Ok(Outcome::Committed(_)))).count(), 1);
    assert_eq!(
        answers.into_iter().filter(|a| matches!(a, Ok(Outcome::Conflict(why)) if *why == told)).count(),
        31
    );
    assert_eq!((head(&logs[0]), logs[0].commit(claim()).await.conflict()), (1, told));
}

pub async fn an_address_has_one_person<H: Harness>() {
    only_one_gets_it::<H>(|| Commit::default().with_person(person("ada@example.org")), Conflict::EmailTaken)
        .await;
}

pub async fn a_person_has_one_membership_of_a_license<H: Harness>() {
    let (license, subject) = (license(), subject());
    let claim = move || Commit::default().with_member(license, subject, member());
    only_one_gets_it::<H>(claim, Conflict::MemberTaken).await;
}

pub async fn a_key_is_there_once_by_its_hash<H: Harness>() {
    let taken = key();
    let claim = || Commit::default().with_key(KeyClaim { hash: taken.hash, ..key() });
    only_one_gets_it::<H>(claim, Conflict::KeyTaken).await;
}

pub async fn a_key_is_there_once_by_its_id<H: Harness>() {
    let taken = key();
    let claim = || Commit::default().with_key(KeyClaim { key_id: taken.key_id, ..key() });
    only_one_gets_it::<H>(claim, Conflict::KeyTaken).await;
}

pub async fn a_sealed_key_is_kept_until_it_is_forgotten<H: Harness>() {
    let mut engine = H::start().await;
    let (kept, never) = (KeyClaim { sealed: Some(vec![1, 0, 255]), ..key() }, key());
    let both = Commit::default().with_key(kept.clone()).with_key(never.clone());
    engine.log().commit(both).await.committed();
    engine.restart().await;
    let log = engine.log();
    let sealed = async |key: &KeyClaim| log.find_sealed_key(key.key_id).await.expect("texts");
    assert_eq!((sealed(&kept).await, sealed(&never).await), (kept.sealed.clone(), None));
    let failing = Commit::default().forgetting(kept.key_id).with_key(never.clone());
    assert_eq!(log.commit(failing).await.conflict(), Conflict::KeyTaken);
    assert_eq!(sealed(&kept).await, kept.sealed, "a commit that failed forgets nothing");
    for _ in 0..2 {
        log.commit(Commit::default().forgetting(kept.key_id).forgetting(never.key_id)).await.committed();
        assert_eq!((sealed(&kept).await, sealed(&never).await), (None, None));
    }
    assert_eq!(log.find_key(kept.hash).await.expect("keys"), Some((kept.license_id, kept.key_id)));
}

/// Both may travel in one transaction.
pub async fn a_key_that_is_forgotten_right_after_it_came_is_not_kept<H: Harness>() {
    let engine = H::start().await;
    let logs = [engine.log(), engine.another().await];
    let keys: Vec<_> = (0..8).map(|_| KeyClaim { sealed: Some(vec![7; 70]), ..key() }).collect();
    let busy = engine.hold().await;
    let mut handles = Vec::new();
    for (n, key) in keys.iter().enumerate() {
        let log = &logs[n % 2];
        handles.push(hand_in(log, Commit::default().with_key(key.clone())).await);
        handles.push(hand_in(log, Commit::default().forgetting(key.key_id)).await);
    }
    drop(busy);
    for answer in answers(handles).await {
        answer.committed();
    }
    for key in &keys {
        assert_eq!(logs[0].find_sealed_key(key.key_id).await.expect("texts"), None);
        assert!(logs[0].find_key(key.hash).await.expect("keys").is_some());
    }
}

pub async fn a_pool_is_opened_once<H: Harness>() {
    let pool = seat_pool();
    only_one_gets_it::<H>(move || changes(pool, PoolChange::Open(Some(3))), Conflict::Pool).await;
}

pub async fn the_same_claim_twice_in_one_commit_is_a_conflict<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let (license, subject, pool, key) = (license(), subject(), seat_pool(), key());
    let twice = [
        (
            Commit::default().with_person(person("a@b.org")).with_person(person("a@b.org")),
            Conflict::EmailTaken,
        ),
        (
            Commit::default().with_member(license, subject, member()).with_member(license, subject, member()),
            Conflict::MemberTaken,
        ),
        (Commit::default().with_key(key.clone()).with_key(key.clone()), Conflict::KeyTaken),
        (changes(pool, PoolChange::Open(None)).changes(pool, PoolChange::Open(None)), Conflict::Pool),
    ];
    for (commit, told) in twice {
        assert_eq!(log.commit(commit.writes(member(), 0, 1)).await.conflict(), told);
    }
    assert_eq!(log.find_people(&["a@b.org"]).await.expect("the directory")[0].map(|p| p.subject_id), None);
    assert_eq!(log.find_members(license, &[subject]).await.expect("memberships"), [None]);
    assert_eq!(log.find_key(key.hash).await.expect("keys"), None);
    assert_eq!((log.seats(pool).await.expect("pools"), head(&log)), (None, 0));
}

pub async fn a_pool_that_nobody_opened_can_not_be_changed<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    for change in [PoolChange::Take(1), PoolChange::Take(-1), PoolChange::Take(0), PoolChange::Limit(5)] {
        for pool in [seat_pool(), key_pool()] {
            assert_eq!(log.commit(changes(pool, change)).await.conflict(), Conflict::Pool, "{change:?}");
        }
    }
}

pub async fn a_person_may_be_a_member_of_many_licenses_and_a_license_have_many_members<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let (licenses, people) = ([license(), license()], [subject(), subject()]);
    let mut commit = Commit::default();
    let mut members = Vec::new();
    for license in licenses {
        for subject in people {
            members.push(member());
            commit = commit.with_member(license, subject, members[members.len() - 1]);
        }
    }
    log.commit(commit).await.committed();
    let asked = [people[1], subject(), people[0]];
    let found = log.find_members(licenses[1], &asked).await.expect("memberships");
    assert_eq!(found, [Some(members[3]), None, Some(members[2])]);
}

pub async fn people_are_found_in_the_order_asked_with_their_salts<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let people: Vec<_> = (0..100).map(|n| person(&format!("p{n}@example.org"))).collect();
    log.commit(Commit { people: people.clone(), ..Commit::default() }).await.committed();
    for count in [0, 1, 32, 33, 100] {
        let mut asked: Vec<&str> = people[..count].iter().rev().map(|p| p.normalised.as_str()).collect();
        asked.insert(count / 2, "nobody@example.org");
        let found = log.find_people(&asked).await.expect("the directory");
        let expected: Vec<_> =
            asked.iter().map(|address| people.iter().find(|p| p.normalised == *address)).collect();
        assert_eq!(
            found.iter().map(|p| p.map(|p| (p.subject_id, p.salt.0))).collect::<Vec<_>>(),
            expected.iter().map(|p| p.map(|p| (p.subject_id, p.salt.0))).collect::<Vec<_>>()
        );
    }
}

pub async fn addresses_are_found_in_the_order_asked_as_they_were_spelled<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let people: Vec<_> = (0..40).map(|n| person(&format!("p{n}@example.org"))).collect();
    log.commit(Commit { people: people.clone(), ..Commit::default() }).await.committed();
    let asked = [people[3].subject_id, subject(), people[1].subject_id];
    let found = log.find_addresses(&asked).await.expect("the directory");
    assert_eq!(found, [Some(people[3].email.clone()), None, Some(people[1].email.clone())]);
    let all: Vec<_> = people.iter().map(|person| person.subject_id).collect();
    let found = log.find_addresses(&all).await.expect("the directory");
    assert!(found.iter().zip(&people).all(|(found, person)| found.as_ref() == Some(&person.email)));
}
