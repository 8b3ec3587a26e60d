//! Imports and people share the log: neither starves. Told by what is committed before what, never by time.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use super::{build::*, harness::Harness, told::*};
use crate::{contract::Commit, recorded::Position};

/// A chunk of an import: a hundred events.
fn chunk() -> Commit {
    (0..20).fold(Commit::default(), |commit, _| commit.writes(member(), 0, 5)).in_bulk()
}

pub async fn somebody_who_comes_while_many_chunks_wait_goes_before_most_of_them<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let busy = engine.hold().await;
    let mut chunks = Vec::new();
    for _ in 0..20 {
        chunks.push(hand_in(&log, chunk()).await);
    }
    let somebody = hand_in(&log, writes(member(), 0, 1)).await;
    drop(busy);
    let position = answer(somebody).await.committed().position;
    let before = answers(chunks).await.into_iter().filter(|a| matches!(a, Ok(o) if at(o) < position)).count();
    assert!(before <= 2, "{before} chunks of an import went first");
}

pub async fn a_chunk_waits_for_a_few_batches_of_people_only<H: Harness>() {
    const PEOPLE: usize = 4_000;
    let engine = H::start().await;
    let log = engine.log();
    let busy = engine.hold().await;
    let mut people = Vec::new();
    for _ in 0..PEOPLE {
        people.push(hand_in(&log, writes(member(), 0, 1)).await);
    }
    let chunk = hand_in(&log, chunk()).await;
    drop(busy);
    let position = answer(chunk).await.committed().position;
    let after = answers(people).await.into_iter().filter(|a| matches!(a, Ok(o) if at(o) > position)).count();
    assert!(after >= PEOPLE / 4, "only {after} of {PEOPLE} came after the chunk");
}

pub async fn chunks_keep_the_order_in_which_they_were_handed_in<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let busy = engine.hold().await;
    let mut handles = Vec::new();
    for _ in 0..10 {
        handles.push(hand_in(&log, chunk()).await);
        handles.push(hand_in(&log, writes(member(), 0, 1)).await);
    }
    drop(busy);
    let positions: Vec<Position> =
        answers(handles).await.into_iter().map(|a| a.committed().position).step_by(2).collect();
    assert!(positions.is_sorted(), "{positions:?}");
}

/// People never stop coming; the import ends all the same, and people are served between its chunks.
pub async fn an_import_ends_while_people_never_stop_coming<H: Harness>() {
    const CHUNKS: usize = 20;
    const TOO_MANY: usize = 50_000;
    let engine = H::start().await;
    let log = engine.log();
    let ended = Arc::new(AtomicBool::new(false));
    let served = Arc::new(AtomicUsize::new(0));
    let people: Vec<_> = (0..64)
        .map(|_| {
            let (log, ended, served) = (engine.log(), Arc::clone(&ended), Arc::clone(&served));
            tokio::spawn(async move {
                while !ended.load(Ordering::SeqCst) {
                    log.commit(writes(member(), 0, 1)).await.committed();
                    let n = served.fetch_add(1, Ordering::SeqCst);
                    assert!(n < TOO_MANY, "the import starves");
                }
            })
        })
        .collect();
    for _ in 0..CHUNKS {
        // As an import does it: the next chunk is made when the one before is done.
        log.commit(chunk()).await.committed();
    }
    let meanwhile = served.load(Ordering::SeqCst);
    ended.store(true, Ordering::SeqCst);
    for person in people {
        person.await.expect("a person");
    }
    assert!(meanwhile > 0, "nobody was served while the import went on");
}

pub async fn a_writer_is_told_whether_others_waited<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    assert!(!log.commit(chunk()).await.committed().others_waited);
    let busy = engine.hold().await;
    let first = hand_in(&log, chunk()).await;
    let second = hand_in(&log, chunk()).await;
    drop(busy);
    assert!(answer(first).await.committed().others_waited);
    assert!(!answer(second).await.committed().others_waited);
    log.commit(writes(member(), 0, 1)).await.committed();
    assert!(log.commit(chunk()).await.committed().others_waited, "somebody was there a moment ago");
}

fn at(outcome: &crate::Outcome) -> Position {
    match outcome {
        crate::Outcome::Committed(receipt) => receipt.position,
        other => panic!("not committed: {other:?}"),
    }
}
