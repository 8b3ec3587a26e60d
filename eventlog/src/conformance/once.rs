//! The same command id is the same command, and happens once.

use std::sync::Arc;

use super::{build::*, harness::Harness, told::*};
use crate::{
    contract::{CommandKey, Commit, PoolChange},
    outcome::{Outcome, Receipt},
};

fn gist(receipt: &Receipt) -> (u64, &[u8]) {
    (receipt.position, &receipt.result)
}

pub async fn a_command_given_again_gives_the_first_result_and_writes_nothing<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let command = command();
    let first = log.commit(writes(member(), 0, 3).with_command(command, b"first")).await.committed();
    log.commit(writes(member(), 0, 2)).await.committed();
    for result in [b"first".as_slice(), b"another", b""] {
        let again = log.commit(writes(member(), 0, 1).with_command(command, result)).await.already_done();
        assert_eq!(gist(&again), gist(&first));
    }
    assert_eq!((gist(&first), head(&log)), ((3, b"first".as_slice()), 5));
}

pub async fn of_sixty_four_repeats_at_once_exactly_one_is_committed<H: Harness>() {
    let engine = H::start().await;
    let logs = [engine.log(), engine.another().await];
    let (command, pool) = (command(), seat_pool());
    logs[0].commit(changes(pool, PoolChange::Open(None))).await.committed();
    let repeat = |n: u8| {
        let commit = writes(member(), 0, 1).changes(pool, PoolChange::Take(1));
        let other = writes(member(), 0, 1);
        [commit.with_command(command, &[n]), other]
    };
    let answers = at_once(&logs, (0..64).flat_map(repeat).collect()).await;
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for answer in answers.into_iter().step_by(2) {
        match answer {
            Ok(Outcome::Committed(receipt)) => first.push(receipt),
            other => again.push(other.already_done()),
        }
    }
    assert_eq!((first.len(), again.len()), (1, 63));
    assert!(again.iter().all(|receipt| gist(receipt) == gist(&first[0])), "{first:?} {again:?}");
    assert_eq!(seats(&logs[0], pool).await, (1, None));
    assert_eq!((hears_of(&logs[0], 65).await, hears_of(&logs[1], 65).await), (65, 65));
}

pub async fn the_same_id_for_something_else_is_a_mistake_and_writes_nothing<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let command = command();
    let other = CommandKey { fingerprint: [8; 32], ..command };
    log.commit(writes(member(), 0, 1).with_command(command, b"")).await.committed();
    log.commit(writes(member(), 0, 1).with_command(other, b"")).await.reused();
    assert_eq!(log.first_result(other).await.expect("commands"), Some(Outcome::CommandReused));
    assert_eq!(head(&log), 1);
    log.commit(writes(member(), 0, 1).with_command(command, b"")).await.already_done();
}

pub async fn a_repeat_is_known_before_anything_else_is_looked_at<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let (command, stream, pool) = (command(), member(), seat_pool());
    // As a client repeats it: everything that it rested on has changed, by its own first time.
    let commit = writes(stream, 0, 1)
        .with_command(command, b"in")
        .with_person(person("ada@example.org"))
        .changes(pool, PoolChange::Open(Some(1)))
        .changes(pool, PoolChange::Take(1))
        .asserts(member(), 0);
    log.commit(commit.clone()).await.committed();
    assert_eq!(log.commit(commit).await.already_done().result, b"in");
}

pub async fn a_command_that_was_refused_or_in_conflict_can_be_given_again<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let (command, stream, pool) = (command(), member(), seat_pool());
    log.commit(writes(stream, 0, 1).changes(pool, PoolChange::Open(Some(0)))).await.committed();
    assert_eq!(log.commit(writes(stream, 0, 1).with_command(command, b"")).await.moved_to(stream), 1);
    let joins = || writes(stream, 1, 1).changes(pool, PoolChange::Take(1)).with_command(command, b"joined");
    log.commit(joins()).await.seat_limit(pool);
    assert_eq!(log.first_result(command).await.expect("commands"), None);
    log.commit(changes(pool, PoolChange::Limit(1))).await.committed();
    assert_eq!(log.commit(joins()).await.committed().position, 2);
    assert_eq!(log.commit(joins()).await.already_done().position, 2);
}

/// One that conflicts and its repeat travel together: the repeat is not answered with what never happened.
pub async fn a_repeat_beside_a_conflict_of_the_same_command_is_judged_by_itself<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let (command, stream) = (command(), member());
    log.commit(writes(stream, 0, 1)).await.committed();
    let busy = engine.hold().await;
    let stale = hand_in(&log, writes(stream, 0, 1).with_command(command, b"stale")).await;
    let fresh = hand_in(&log, writes(stream, 1, 1).with_command(command, b"fresh")).await;
    let again = hand_in(&log, writes(stream, 2, 1).with_command(command, b"again")).await;
    drop(busy);
    assert_eq!(answer(stale).await.moved_to(stream), 1);
    assert_eq!(answer(fresh).await.committed().position, 2);
    assert_eq!(answer(again).await.already_done().result, b"fresh");
}

pub async fn the_first_result_can_be_asked_for<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let command = command();
    assert_eq!(log.first_result(command).await.expect("commands"), None);
    log.commit(writes(member(), 0, 2).with_command(command, &[0, 255])).await.committed();
    let asked = log.first_result(command).await.map(|found| found.expect("a result"));
    assert_eq!(gist(&asked.already_done()), (2, [0, 255].as_slice()));
}

pub async fn a_command_without_events_happens_once_too<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let command = command();
    log.commit(writes(member(), 0, 4)).await.committed();
    let nothing = || Commit::default().with_command(command, b"nothing to do");
    assert_eq!(gist(&log.commit(nothing()).await.committed()), (4, b"nothing to do".as_slice()));
    log.commit(writes(member(), 0, 1)).await.committed();
    assert_eq!(gist(&log.commit(nothing()).await.already_done()), (4, b"nothing to do".as_slice()));
}

pub async fn a_repeat_after_a_restart_gives_the_first_result<H: Harness>() {
    let mut engine = H::start().await;
    let command = command();
    let first = engine.log().commit(writes(member(), 0, 3).with_command(command, b"first")).await.committed();
    engine.restart().await;
    let log = engine.log();
    let again = log.commit(writes(member(), 0, 1).with_command(command, b"again")).await.already_done();
    assert_eq!(gist(&again), gist(&first));
    log.commit(writes(member(), 0, 1).with_command(CommandKey { fingerprint: [1; 32], ..command }, b""))
        .await
        .reused();
    assert_eq!(head(&Arc::clone(&log)), 3);
}
