//! Random commits, made of numbers so that a failing script shrinks, run against an engine and the model.

use std::sync::Arc;

use domain::{ImportId, KeyId, LicenseId, MemberId, SubjectId};
use uuid::Uuid;

use super::{
    build::*,
    harness::Harness,
    history::History,
    model::{Entry, Expected, Model},
};
use crate::{
    contract::{CommandKey, Commit, EventLog, KeyClaim, PoolChange, SeatPool},
    recorded::{Revision, StreamId},
};

/// The numbers that one commit is made of.
pub type Step = [u8; 9];

const ADDRESSES: [&str; 3] = ["a@example.org", "b@example.org", "c@example.org"];

fn id(kind: u8, n: u8) -> Uuid {
    Uuid::from_u128((u128::from(kind) << 64) | (u128::from(n) + 1))
}

fn a_license(n: u8) -> LicenseId {
    LicenseId(id(1, n % 2))
}

fn streams() -> [StreamId; 5] {
    let member = |n| StreamId::from(MemberId(id(2, n)));
    [a_license(0).into(), a_license(1).into(), member(0), member(1), ImportId(id(3, 0)).into()]
}

fn key_id(n: u8) -> KeyId {
    KeyId(id(4, n / 3 % 2))
}

fn a_key(n: u8) -> KeyClaim {
    let sealed = (n.is_multiple_of(2)).then(|| vec![n, 1]);
    KeyClaim { hash: [n % 3; 32], key_id: key_id(n), license_id: a_license(n), sealed }
}

fn pools() -> [SeatPool; 3] {
    [SeatPool::License(a_license(0)), SeatPool::License(a_license(1)), SeatPool::Key(a_key(0).key_id)]
}

fn subject_of(n: u8) -> SubjectId {
    SubjectId(id(5, n % 2))
}

/// A revision that is right most of the time, so that scripts get somewhere.
fn about(model: &Model, pending: &Commit, stream: StreamId, n: u8) -> Revision {
    let ahead: usize = pending.appends.iter().filter(|a| a.stream == stream).map(|a| a.events.len()).sum();
    let right = model.revision(stream) + ahead as Revision;
    match n % 16 {
        0 => right + 1,
        1 => right.saturating_sub(1),
        2 => 0,
        _ => right,
    }
}

/// Makes a commit of numbers: the first says what is in it.
fn made_of(model: &Model, step: Step) -> Commit {
    let [parts, how_many, first, second, third, claims, change, further, command] = step;
    let mut commit = Commit::default();
    let has = |bit: u8| (parts >> bit) & 1 == 1;
    if !has(0) || has(1) {
        let drawn = [(how_many, first), (first, second), (second, third)];
        for (n, how) in drawn.into_iter().take(usize::from(how_many % 4)) {
            let stream = streams()[usize::from(n / 4) % 5];
            let expected = about(model, &commit, stream, how);
            let events = usize::from(how / 16 % 4);
            commit = match n % 3 {
                0 => commit.writes(stream, expected, events),
                n => commit.writes_for(a_license(n), stream, expected, events),
            };
        }
    }
    if has(2) {
        let stream = streams()[usize::from(third % 5)];
        commit = commit.asserts(stream, about(model, &Commit::default(), stream, third / 5));
    }
    if has(3) && claims % 2 == 0 {
        commit = commit.with_person(person(ADDRESSES[usize::from(claims / 2 % 3)]));
    }
    if has(3) && claims % 3 == 0 {
        commit = commit.with_member(a_license(claims), subject_of(claims / 2), member());
    }
    if has(4) && claims % 5 == 0 {
        commit = commit.with_key(a_key(claims / 5));
    }
    if has(4) && claims % 7 == 0 {
        commit = commit.forgetting(key_id(claims / 7));
    }
    if has(5) {
        commit = changed(changed(commit, change), further);
    }
    if has(6) {
        let key = CommandKey { id: id(6, command % 4), fingerprint: [command / 4 % 4 / 3; 32] };
        commit = commit.with_command(key, &[command, further]);
    }
    if has(7) { commit.in_bulk() } else { commit }
}

fn changed(commit: Commit, n: u8) -> Commit {
    let (pool, n) = (pools()[usize::from(n % 3)], n / 3);
    let amount = n / 5 % 5;
    let change = match n % 5 {
        0 => PoolChange::Open((amount > 0).then_some(u64::from(amount))),
        1 => PoolChange::Limit(u64::from(amount)),
        2 => PoolChange::Take(-i64::from(amount % 3)),
        _ => PoolChange::Take(i64::from(amount % 3)),
    };
    commit.changes(pool, change)
}

/// Runs a script. Every outcome is one that the model allows, and in the end both hold the same.
///
/// # Panics
/// When they don't.
pub async fn the_model_agrees<H: Harness>(script: Vec<Step>) {
    let mut engine = H::start().await;
    let mut model = Model::default();
    let half = script.len() / 2;
    for (n, step) in script.into_iter().enumerate() {
        if n == half {
            engine.restart().await;
        }
        let commit = made_of(&model, step);
        let (own_result, expected) = (commit.result.clone(), model.commit(&commit));
        let outcome = engine.log().commit(commit).await.expect("an outcome");
        assert!(expected.allows(&outcome, &own_result), "step {n}: {outcome:?}, but {expected:?}");
    }
    same(&engine.log(), &model).await;
    // The next commit goes on from there.
    let probe = writes(member(), 0, 1).appends(
        a_license(0),
        member(),
        0,
        event(domain::MembershipEvent::InviteAccepted {}),
    );
    let Expected::Committed(position) = model.commit(&probe) else { panic!("new streams") };
    assert_eq!(super::told::Told::committed(engine.log().commit(probe).await).position, position);
    same(&engine.log(), &model).await;
}

async fn same(log: &Arc<dyn EventLog>, model: &Model) {
    let history = History::read(log.as_ref()).await.expect("the log");
    assert_eq!(history.faults(), []);
    let entry = |e: &crate::Recorded| {
        let (stream, revision, license, event_id) = (e.stream, e.revision, e.license, e.event_id);
        Entry { stream, revision, license, event_id }
    };
    assert_eq!(history.events.iter().map(entry).collect::<Vec<_>>(), model.log);
    let read = log.read_streams(&streams()).await.expect("streams");
    for (stream, events) in streams().into_iter().zip(read) {
        assert_eq!(
            events.iter().map(entry).collect::<Vec<_>>(),
            model.stream(stream).cloned().collect::<Vec<_>>()
        );
    }
    let people = log.find_people(&ADDRESSES).await.expect("the directory");
    let known: Vec<_> = ADDRESSES.iter().map(|address| model.people.get(*address).copied()).collect();
    assert_eq!(people.iter().map(|p| p.map(|p| p.subject_id)).collect::<Vec<_>>(), known);
    for license in [a_license(0), a_license(1)] {
        let subjects = [subject_of(0), subject_of(1)];
        let known = subjects.map(|subject| model.members.get(&(license, subject)).copied());
        assert_eq!(log.find_members(license, &subjects).await.expect("memberships"), known);
    }
    for n in 0..3 {
        assert_eq!(log.find_key([n; 32]).await.expect("keys"), model.keys.get(&[n; 32]).copied());
    }
    for key in [key_id(0), key_id(3)] {
        assert_eq!(log.find_sealed_key(key).await.expect("texts"), model.key_texts.get(&key).cloned());
    }
    for pool in pools() {
        assert_eq!(log.seats(pool).await.expect("pools"), model.pools.get(&pool).copied());
    }
    for (id, (fingerprint, position, result)) in &model.commands {
        let key = CommandKey { id: *id, fingerprint: *fingerprint };
        let first = log.first_result(key).await.expect("commands").expect("a result");
        assert!(Expected::AlreadyDone(*position, result.clone()).allows(&first, &[]), "{first:?}");
    }
}
