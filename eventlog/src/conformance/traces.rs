//! A commit that comes to nothing leaves nothing: an error or a conflict means that nothing was written.

use std::sync::Arc;

use domain::ImportId;

use super::{build::*, harness::Harness, history::History, told::*};
use crate::{
    contract::{CommandKey, Commit, DirectoryClaim, EventLog, KeyClaim, MemberClaim, PoolChange, SeatPool},
    outcome::{Conflict, Outcome},
};

/// One of everything that a commit can write.
struct Everything {
    commit: Commit,
    command: CommandKey,
    person: DirectoryClaim,
    member: MemberClaim,
    key: KeyClaim,
    pool: SeatPool,
    import: ImportId,
}

impl Everything {
    fn new(address: &str) -> Self {
        let (license, member_id, import, pool) = (license(), member(), import(), seat_pool());
        let (command, person) = (command(), person(address));
        let key = KeyClaim { sealed: Some(vec![3; 70]), ..key() };
        let commit = Commit::default()
            .with_command(command, b"done")
            .with_person(person.clone())
            .with_member(license, person.subject_id, member_id)
            .with_key(key.clone())
            .changes(pool, PoolChange::Open(Some(5)))
            .changes(pool, PoolChange::Take(2))
            .writes_for(license, member_id, 0, 3)
            .writes(import, 0, 1)
            .with_refused_row(import, 1)
            .with_refused_row(import, 2);
        let member = MemberClaim { license_id: license, subject_id: person.subject_id, member_id };
        Self { commit, command, person, member, key, pool, import }
    }

    /// For each thing it writes, whether that is there.
    async fn there<H: Harness>(&self, engine: &H) -> [bool; 9] {
        let log = engine.log();
        let streams =
            log.read_streams(&[self.member.member_id.into(), self.import.into()]).await.expect("streams");
        let person = log.find_people(&[&self.person.normalised]).await.expect("the directory")[0];
        let found = log.find_members(self.member.license_id, &[self.member.subject_id]).await;
        [
            streams[0].len() == 3,
            streams[1].len() == 1,
            person.is_some_and(|known| known.subject_id == self.person.subject_id),
            found.expect("memberships") == [Some(self.member.member_id)],
            log.find_key(self.key.hash).await.expect("keys") == Some((self.key.license_id, self.key.key_id)),
            log.find_sealed_key(self.key.key_id).await.expect("texts") == self.key.sealed,
            log.seats(self.pool).await.expect("pools").is_some_and(|seats| seats.taken == 2),
            log.first_result(self.command).await.expect("commands").is_some(),
            engine.refused_rows(self.import).await == 2,
        ]
    }
}

/// Something that stands in the way of a commit's last part, after all the rest was written.
async fn in_the_way(log: &Arc<dyn EventLog>) -> impl Fn(Commit) -> [Commit; 5] + use<> {
    let (stream, key, pool, address) = (member(), key(), seat_pool(), format!("{}@example.org", license()));
    let (license, subject) = (license(), subject());
    let there = writes(stream, 0, 2)
        .with_key(key.clone())
        .with_person(person(&address))
        .with_member(license, subject, member())
        .changes(pool, PoolChange::Open(Some(1)));
    log.commit(there).await.committed();
    move |commit| {
        [
            commit.clone().writes(stream, 1, 1),
            commit.clone().with_key(key.clone()),
            commit.clone().with_person(person(&address)),
            commit.clone().with_member(license, subject, member()),
            commit.changes(pool, PoolChange::Take(2)),
        ]
    }
}

pub async fn a_commit_writes_everything_that_it_names<H: Harness>() {
    let engine = H::start().await;
    let everything = Everything::new("ada@example.org");
    assert_eq!(everything.there(&engine).await, [false; 9]);
    let receipt = engine.log().commit(everything.commit.clone()).await.committed();
    assert_eq!((receipt.position, receipt.result.as_slice()), (4, b"done".as_slice()));
    assert_eq!(everything.there(&engine).await, [true; 9]);
}

pub async fn a_commit_that_fails_at_its_last_part_leaves_no_trace<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let blocked = in_the_way(&log).await;
    let everything = Everything::new("ada@example.org");
    for commit in blocked(everything.commit.clone()) {
        let answer = log.commit(commit).await;
        assert!(matches!(answer, Ok(Outcome::Conflict(_) | Outcome::SeatLimit { .. })), "{answer:?}");
        assert_eq!(everything.there(&engine).await, [false; 9]);
        assert_eq!(head(&log), 2);
    }
    assert_eq!(log.commit(everything.commit.clone()).await.committed().position, 6);
    assert_eq!(everything.there(&engine).await, [true; 9]);
}

pub async fn one_that_fails_among_others_leaves_no_gap_and_no_trace<H: Harness>() {
    let engine = H::start().await;
    let logs = [engine.log(), engine.another().await];
    let blocked = in_the_way(&logs[0]).await;
    let shared = license();
    let failing = Everything::new("ada@example.org");
    let busy = engine.hold().await;
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for round in 0..10 {
        let fine = Commit::default().writes_for(shared, member(), 0, 2);
        good.push(hand_in(&logs[round % 2], fine).await);
        let commit = failing.commit.clone().writes_for(shared, member(), 0, 1);
        for commit in blocked(commit) {
            bad.push(hand_in(&logs[round % 2], commit).await);
        }
    }
    drop(busy);
    for answer in answers(bad).await {
        assert!(matches!(answer, Ok(Outcome::Conflict(_) | Outcome::SeatLimit { .. })), "{answer:?}");
    }
    for answer in answers(good).await {
        answer.committed();
    }
    assert_eq!(failing.there(&engine).await, [false; 9]);
    let history = History::read(logs[0].as_ref()).await.expect("the log");
    assert_eq!((history.faults(), history.events.len()), (vec![], 22));
    assert_eq!(sequences(&history.events, shared), (1..=20).collect::<Vec<_>>());
}

/// A client that goes away before the answer: all of its commit stands, or nothing, and once.
pub async fn a_commit_whose_writer_went_away_is_whole_or_not_there<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let everything = Everything::new("ada@example.org");
    let busy = engine.hold().await;
    let gone = hand_in(&log, everything.commit.clone()).await;
    gone.abort();
    assert!(gone.await.is_err());
    let after = hand_in(&log, writes(member(), 0, 1)).await;
    drop(busy);
    answer(after).await.committed();
    let there = everything.there(&engine).await;
    assert!(there == [true; 9] || there == [false; 9], "{there:?}");
    let again = log.commit(everything.commit.clone()).await;
    assert!(matches!(again, Ok(Outcome::Committed(_) | Outcome::AlreadyDone(_))), "{again:?}");
    assert_eq!(everything.there(&engine).await, [true; 9]);
    let history = History::read(log.as_ref()).await.expect("the log");
    assert_eq!((history.faults(), history.events.len()), (vec![], 5));
}

pub async fn what_the_log_can_not_store_is_an_error_and_leaves_no_trace<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let everything = Everything::new("ada@example.org");
    let twice_the_same_row = everything.commit.clone().with_refused_row(everything.import, 2);
    let too_many_seats = everything.commit.clone().changes(seat_pool(), PoolChange::Open(Some(u64::MAX)));
    for commit in [twice_the_same_row, too_many_seats] {
        let answer = log.commit(commit).await;
        assert!(answer.is_err(), "{answer:?}");
        assert_eq!(everything.there(&engine).await, [false; 9]);
    }
    assert_eq!(log.commit(everything.commit.clone()).await.committed().position, 4);
    assert_eq!(everything.there(&engine).await, [true; 9]);
}

pub async fn a_conflict_is_told_for_what_stood_in_the_way<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let [revision, key, person, member, seats] = in_the_way(&log).await(Commit::default());
    assert!(matches!(log.commit(revision).await.conflict(), Conflict::Revision { actual: 2, .. }));
    assert_eq!(log.commit(key).await.conflict(), Conflict::KeyTaken);
    assert_eq!(log.commit(person).await.conflict(), Conflict::EmailTaken);
    assert_eq!(log.commit(member).await.conflict(), Conflict::MemberTaken);
    assert!(matches!(log.commit(seats).await, Ok(Outcome::SeatLimit { .. })));
}
