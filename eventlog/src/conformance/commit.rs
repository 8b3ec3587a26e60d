//! Revisions, and all or nothing.

use std::sync::Arc;

use super::{build::*, harness::Harness, history::History, told::*};
use crate::{
    contract::{Commit, PoolChange},
    outcome::{Conflict, Outcome},
    recorded::Page,
};

pub async fn of_two_commits_that_rest_on_the_same_revision_exactly_one_wins<H: Harness>() {
    let engine = H::start().await;
    let logs = [engine.log(), engine.another().await];
    let stream = member();
    for revision in 0..20 {
        let answers = at_once(&logs, vec![writes(stream, revision, 1), writes(stream, revision, 1)]).await;
        let (won, lost): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|a| matches!(a, Ok(Outcome::Committed(_))));
        assert_eq!(won.len(), 1, "at revision {revision}");
        for answer in lost {
            assert_eq!(answer.moved_to(stream), revision + 1);
        }
    }
    // The one that lost hears of the other's commit a moment later.
    assert_eq!(logs.iter().map(head).max(), Some(20));
}

pub async fn an_expected_revision_that_is_too_low_or_too_high_is_a_conflict<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let stream = member();
    assert_eq!(log.commit(writes(stream, 1, 1)).await.moved_to(stream), 0);
    log.commit(writes(stream, 0, 3)).await.committed();
    for expected in [0, 1, 2, 4, 5, 1_000_000, u64::MAX / 2 - 1] {
        assert_eq!(log.commit(writes(stream, expected, 1)).await.moved_to(stream), 3, "expected {expected}");
    }
    assert_eq!(log.commit(writes(stream, 3, 1)).await.committed().position, 4);
}

pub async fn a_revision_that_no_stream_can_reach_leaves_the_log_working<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let stream = member();
    for expected in [u64::MAX, u64::MAX - 1, i64::MAX as u64] {
        let answer = log.commit(writes(stream, expected, 2)).await;
        assert!(!matches!(answer, Ok(Outcome::Committed(_) | Outcome::AlreadyDone(_))), "{answer:?}");
    }
    assert_eq!(log.commit(writes(stream, 0, 1)).await.committed().position, 1);
}

pub async fn several_streams_commit_together_or_not_at_all<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let streams = [member(), member(), member()];
    let all = |first, second, third| {
        writes(streams[0], first, 2).writes(streams[1], second, 1).writes(streams[2], third, 1)
    };
    assert_eq!(log.commit(all(0, 0, 0)).await.committed().position, 4);
    assert_eq!(log.commit(all(2, 1, 0)).await.moved_to(streams[2]), 1);
    assert_eq!(log.commit(all(2, 0, 1)).await.moved_to(streams[1]), 1);
    assert_eq!(log.commit(all(0, 1, 1)).await.moved_to(streams[0]), 2);
    assert_eq!(head(&log), 4);
    assert_eq!(log.commit(all(2, 1, 1)).await.committed().position, 8);
}

pub async fn one_stream_may_be_written_twice_in_a_commit<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let one = member();
    log.commit(writes(one, 0, 2).writes(member(), 0, 1).writes(one, 2, 1)).await.committed();
    assert_eq!(stream(&log, one).await.iter().map(|e| e.position).collect::<Vec<_>>(), [1, 2, 4]);
    assert_eq!(log.commit(writes(one, 3, 1).writes(one, 3, 1)).await.moved_to(one), 4);
    assert_eq!(head(&log), 4);
}

pub async fn a_stream_that_was_asserted_and_has_moved_is_a_conflict<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let rested_on = license();
    log.commit(writes(rested_on, 0, 1)).await.committed();
    let decided = || writes(member(), 0, 1).asserts(rested_on, 1);
    log.commit(decided()).await.committed();
    log.commit(writes(rested_on, 1, 1)).await.committed();
    assert_eq!(log.commit(decided()).await.moved_to(rested_on), 2);
    assert_eq!(log.commit(Commit::default().asserts(rested_on, 3)).await.moved_to(rested_on), 2);
    assert_eq!(head(&log), 3);
}

pub async fn a_stream_that_must_not_exist_can_be_asserted_without_being_written<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let nobody = member();
    log.commit(writes(member(), 0, 1).asserts(nobody, 0)).await.committed();
    assert_eq!(log.commit(writes(member(), 0, 1).asserts(nobody, 1)).await.moved_to(nobody), 0);
    log.commit(writes(nobody, 0, 1)).await.committed();
    assert_eq!(log.commit(writes(member(), 0, 1).asserts(nobody, 0)).await.moved_to(nobody), 1);
}

/// A right that was revoked a moment ago does not slip through, whoever travels with whom.
pub async fn of_a_commit_and_one_that_asserts_its_stream_only_the_first_can_rest_on_the_old_state<
    H: Harness,
>() {
    let engine = H::start().await;
    let logs = [engine.log(), engine.another().await];
    let rights = license();
    logs[0].commit(writes(rights, 0, 1)).await.committed();
    let busy = engine.hold().await;
    let mut handles = Vec::new();
    for n in 0..20 {
        let commit = if n == 10 { writes(rights, 1, 1) } else { writes(member(), 0, 1).asserts(rights, 1) };
        handles.push(hand_in(&logs[n % 2], commit).await);
    }
    drop(busy);
    let mut revoked_at = 0;
    let mut decided_at = Vec::new();
    for (n, answer) in answers(handles).await.into_iter().enumerate() {
        match answer {
            Ok(Outcome::Committed(receipt)) if n == 10 => revoked_at = receipt.position,
            Ok(Outcome::Committed(receipt)) => decided_at.push(receipt.position),
            other => assert_eq!(other.moved_to(rights), 2),
        }
    }
    assert!(revoked_at > 0 && decided_at.iter().all(|at| *at < revoked_at), "{decided_at:?} {revoked_at}");
}

pub async fn an_append_without_events_still_holds_its_stream_to_the_revision<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let (ours, stream) = (license(), member());
    log.commit(Commit::default().writes_for(ours, stream, 0, 2)).await.committed();
    assert_eq!(log.commit(writes(stream, 1, 0)).await.moved_to(stream), 2);
    assert_eq!(log.commit(Commit::default().writes_for(ours, stream, 2, 0)).await.committed().position, 2);
    log.commit(Commit::default().writes_for(ours, stream, 2, 1)).await.committed();
    assert_eq!(sequences(&whole_log(&log).await, ours), [1, 2, 3]);
}

pub async fn a_commit_without_events_answers_with_the_head<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    assert_eq!(log.commit(Commit::default()).await.committed().position, 0);
    log.commit(writes(member(), 0, 5)).await.committed();
    assert_eq!(log.commit(changes(seat_pool(), PoolChange::Open(None))).await.committed().position, 5);
    assert_eq!(head(&log), 5);
}

pub async fn ten_thousand_events_appear_at_one_moment<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let reader = engine.another().await;
    log.commit(writes(member(), 0, 1)).await.committed();
    let many = license();
    let mut commit = Commit::default();
    for _ in 0..100 {
        commit = commit.writes_for(many, member(), 0, 100);
    }
    let writer = hand_in(&log, commit).await;
    loop {
        // However the page falls, nothing of the commit may be seen before all of it is.
        let Page { events, caught_up } = reader.read_after(1, 1).await.expect("a page");
        if let Some(event) = events.first() {
            assert_eq!((event.position, caught_up), (2, false));
            assert_eq!(reader.read_after(10_000, 2).await.expect("a page").events.len(), 1);
            break;
        }
        assert!(caught_up);
        tokio::task::yield_now().await;
    }
    assert_eq!(answer(writer).await.committed().position, 10_001);
    let history = History::read(log.as_ref()).await.expect("the log");
    assert_eq!((history.faults(), history.events.len()), (vec![], 10_001));
    assert_eq!(sequences(&history.events, many).len(), 10_000);
}

pub async fn ten_thousand_events_before_a_conflict_leave_nothing<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let stream = member();
    log.commit(writes(stream, 0, 1)).await.committed();
    let commit = writes(member(), 0, 10_000).writes(stream, 0, 1);
    assert_eq!(log.commit(commit).await.moved_to(stream), 1);
    assert_eq!(log.commit(writes(stream, 1, 1)).await.committed().position, 2);
    assert_eq!(whole_log(&log).await.len(), 2);
}

pub async fn the_first_of_many_to_create_a_stream_creates_it<H: Harness>() {
    let engine = H::start().await;
    let logs = [engine.log(), engine.another().await];
    let stream = license();
    let answers = at_once(&logs, (0..32).map(|n| writes(stream, 0, 1 + n % 2)).collect()).await;
    let won: Vec<_> = answers.iter().filter(|a| matches!(a, Ok(Outcome::Committed(_)))).collect();
    let lost = |a: &&Answer| matches!(a, Ok(Outcome::Conflict(Conflict::Revision { actual: 1 | 2, .. })));
    assert_eq!((won.len(), answers.iter().filter(lost).count()), (1, 31));
    assert_eq!(super::told::stream(&Arc::clone(&logs[0]), stream).await.len() as u64, head(&logs[0]));
}
