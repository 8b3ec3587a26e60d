//! Positions, revisions and license sequences under concurrency.

use std::{collections::HashMap, sync::Arc};

use chrono::TimeDelta;
use domain::LicenseId;
use uuid::Uuid;

use super::{
    build::*,
    harness::Harness,
    history::{HandedIn, History, WasTold},
    told::*,
};
use crate::{
    contract::EventLog,
    outcome::{Conflict, Outcome},
    recorded::{Position, Recorded, StreamId},
};

const WRITERS: usize = 16;
const COMMITS: usize = 40;

pub async fn sixteen_writers_and_a_tailer_that_skips_nothing_and_sees_nothing_twice<H: Harness>() {
    let engine = H::start().await;
    let logs = [engine.log(), engine.another().await];
    let streams: Vec<StreamId> = (0..8).map(|_| member().into()).collect();
    let licenses = [license(), license(), license()];
    let follower = tokio::spawn(tail_until_ends(engine.another().await, WRITERS));
    let writers: Vec<_> = (0..WRITERS)
        .map(|n| tokio::spawn(write_to_contended(Arc::clone(&logs[n % 2]), n, streams.clone(), licenses)))
        .collect();
    let mut handed_in = Vec::new();
    for writer in writers {
        handed_in.extend(writer.await.expect("a writer"));
    }
    let seen = follower.await.expect("the tailer");
    let history = History::read(logs[0].as_ref()).await.expect("the log");
    assert_eq!(history.faults(), []);
    assert_eq!(history.contradictions(&handed_in, true), []);
    assert_eq!(seen, history.events, "what the tailer saw is not what the log holds");
}

/// Follows the log until each writer has written its last event: to an import's stream of its own.
async fn tail_until_ends(log: Arc<dyn EventLog>, writers: usize) -> Vec<Recorded> {
    let mut head = log.head();
    let mut seen: Vec<Recorded> = Vec::new();
    let mut ended = 0;
    for limit in [1, 3, 10, 100].into_iter().cycle() {
        let page = log.read_after(seen.len() as Position, limit).await.expect("a page");
        for event in page.events {
            assert_eq!(event.position, seen.len() as Position + 1, "the tailer skipped, or saw twice");
            ended += usize::from(event.stream.kind == crate::StreamKind::Import);
            seen.push(event);
        }
        if ended == writers {
            break;
        }
        if page.caught_up {
            head.wait_for(|head| *head > seen.len() as Position).await.expect("the log goes on");
        }
    }
    seen
}

async fn write_to_contended(
    log: Arc<dyn EventLog>,
    writer: usize,
    streams: Vec<StreamId>,
    licenses: [LicenseId; 3],
) -> Vec<HandedIn> {
    let mut handed_in = Vec::new();
    let mut known: HashMap<StreamId, u64> = HashMap::new();
    for n in 0..COMMITS {
        let stream = streams[(writer + n * 5) % streams.len()];
        loop {
            let expected = known.get(&stream).copied().unwrap_or_default();
            let events = 1 + n % 3;
            let commit = writes(member(), 0, 1).writes_for(licenses[n % 3], stream, expected, events);
            let ids = event_ids(&commit);
            match log.commit(commit).await.expect("an answer") {
                Outcome::Committed(receipt) => {
                    known.insert(stream, expected + events as u64);
                    handed_in.push(HandedIn { events: ids, told: WasTold::Committed(receipt.position) });
                    break;
                }
                Outcome::Conflict(Conflict::Revision { stream, actual }) => {
                    known.insert(stream, actual);
                    handed_in.push(HandedIn { events: ids, told: WasTold::NothingWritten });
                }
                other => panic!("{other:?}"),
            }
        }
    }
    let last = writes(import(), 0, 1);
    let ids = event_ids(&last);
    let position = log.commit(last).await.committed().position;
    handed_in.push(HandedIn { events: ids, told: WasTold::Committed(position) });
    handed_in
}

pub async fn positions_start_at_one_and_have_no_gap<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    assert_eq!(head(&log), 0);
    assert_eq!(log.commit(writes(member(), 0, 1)).await.committed().position, 1);
    assert_eq!(log.commit(writes(member(), 0, 3)).await.committed().position, 4);
    assert_eq!(log.commit(writes(member(), 0, 1).writes(license(), 0, 2)).await.committed().position, 7);
    assert_eq!(whole_log(&log).await.iter().map(|e| e.position).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
}

pub async fn the_sequence_within_each_license_has_no_gap_under_concurrency<H: Harness>() {
    let engine = H::start().await;
    let logs = [engine.log(), engine.another().await];
    let licenses = [license(), license()];
    let commit =
        |n: usize| {
            let (ours, theirs) = (licenses[n % 2], licenses[(n + 1) % 2]);
            // Every third commit fails after it has counted on; it may not leave a gap.
            let expected = u64::from(n.is_multiple_of(3));
            writes(member(), 0, 1)
                .writes_for(ours, member(), 0, 2)
                .writes_for(theirs, member(), 0, 1)
                .writes_for(ours, member(), expected, 1)
        };
    let answers = at_once(&logs, (0..120).map(commit).collect()).await;
    assert_eq!(answers.into_iter().filter(|a| matches!(a, Ok(Outcome::Committed(_)))).count(), 80);
    let events = whole_log(&logs[0]).await;
    for license in licenses {
        assert_eq!(sequences(&events, license), (1..=160).collect::<Vec<_>>());
    }
    assert_eq!(events.iter().filter(|e| e.license.is_none()).count(), 80);
}

pub async fn the_head_only_grows_and_never_runs_ahead_of_what_can_be_read<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let reader = engine.another().await;
    let mut heads = log.head();
    let watcher = tokio::spawn(async move {
        let mut before = 0;
        while before < 300 {
            heads.changed().await.expect("the log goes on");
            let now = *heads.borrow_and_update();
            assert!(now > before, "the head went from {before} to {now}");
            let page = reader.read_after(now - 1, 1).await.expect("a page");
            assert_eq!(page.events[0].position, now, "the head ran ahead");
            before = now;
        }
    });
    for _ in 0..25 {
        let answers =
            at_once(std::slice::from_ref(&log), (0..12).map(|_| writes(member(), 0, 1)).collect()).await;
        for answer in answers {
            let position = answer.committed().position;
            assert!(head(&log) >= position, "answered before the head moved");
        }
    }
    watcher.await.expect("the watcher");
}

pub async fn a_clock_that_jumps_back_changes_no_order_and_no_time_goes_backwards<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let one = member();
    let mut ids = Vec::new();
    for revision in 0..20 {
        if let Some(clock) = engine.clock() {
            let hours = if revision % 2 == 0 { -3 } else { 2 };
            clock.turn(TimeDelta::hours(hours));
        }
        let commit = writes(one, revision, 1).writes(member(), 0, 1);
        ids.extend(event_ids(&commit));
        log.commit(commit).await.committed();
    }
    let history = History::read(log.as_ref()).await.expect("the log");
    assert_eq!(history.faults(), []);
    assert_eq!(history.events.iter().map(|e| e.event_id).collect::<Vec<_>>(), ids);
    let stream = stream(&log, one).await;
    assert_eq!(stream.iter().map(|e| e.revision).collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>());
}

pub async fn events_of_one_instant_keep_the_order_in_which_they_were_written<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    // Ids that sort the other way round: order comes from nothing but the position.
    let mut commit = writes(member(), 0, 200);
    for (n, event) in (0_u128..).zip(&mut commit.appends[0].events) {
        event.event_id = domain::EventId(Uuid::from_u128(u128::MAX - n));
    }
    let ids = event_ids(&commit);
    log.commit(commit).await.committed();
    assert_eq!(whole_log(&log).await.iter().map(|e| e.event_id).collect::<Vec<_>>(), ids);
}

pub async fn events_of_one_commit_have_one_time<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    for _ in 0..20 {
        let commit = writes(member(), 0, 300).writes(license(), 0, 2);
        let position = log.commit(commit).await.committed().position;
        let events = log.read_after(position - 302, 302).await.expect("a page").events;
        assert_eq!(events.len(), 302);
        assert!(events.iter().all(|event| event.recorded_at == events[0].recorded_at));
    }
}
