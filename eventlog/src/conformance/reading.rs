//! Pages and streams: whole, in order, and never silently short.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use domain::{Event, MembershipEvent};

use super::{build::*, harness::Harness, told::*};
use crate::{
    contract::{Commit, EventLog},
    outcome::LogError,
    recorded::{Position, Recorded, StreamId},
};

/// A log of 50 events on 10 streams.
async fn fifty<H: Harness>(engine: &H) -> (Arc<dyn EventLog>, Vec<StreamId>) {
    let log = engine.log();
    let streams: Vec<StreamId> =
        (0..10).map(|n| if n % 2 == 0 { member().into() } else { license().into() }).collect();
    for round in 0..5 {
        for stream in &streams {
            log.commit(writes(*stream, round, 1)).await.committed();
        }
    }
    (log, streams)
}

pub async fn pages_of_any_size_put_together_are_the_whole_log<H: Harness>() {
    let engine = H::start().await;
    let (log, _) = fifty(&engine).await;
    let whole = whole_log(&log).await;
    assert_eq!(whole.len(), 50);
    for limit in [1, 2, 3, 7, 10, 25, 32, 33, 49, 50, 51, 1_000, usize::MAX] {
        let mut events: Vec<Recorded> = Vec::new();
        loop {
            let page = log.read_after(events.len() as Position, limit).await.expect("a page");
            let short = page.events.len() < limit;
            events.extend(page.events);
            // Caught up at the head, exactly there, and nowhere else; short for no other reason.
            assert_eq!(page.caught_up, events.len() == 50, "pages of {limit}");
            if page.caught_up {
                break;
            }
            assert!(!short, "pages of {limit}");
        }
        assert_eq!(events, whole, "pages of {limit}");
    }
}

pub async fn a_page_may_begin_anywhere<H: Harness>() {
    let engine = H::start().await;
    let (log, _) = fifty(&engine).await;
    let whole = whole_log(&log).await;
    for after in 0..=50 {
        let page = log.read_after(after, 10).await.expect("a page");
        let from = usize::try_from(after).expect("small");
        assert_eq!(page.events, whole[from..50.min(from + 10)]);
        assert_eq!(page.caught_up, after >= 40);
    }
}

pub async fn a_page_of_nothing_only_tells_whether_there_is_more<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let empty = log.read_after(0, 10).await.expect("a page");
    assert_eq!((empty.events, empty.caught_up), (vec![], true));
    log.commit(writes(member(), 0, 2)).await.committed();
    for (after, caught_up) in [(0, false), (1, false), (2, true)] {
        let page = log.read_after(after, 0).await.expect("a page");
        assert_eq!((page.events, page.caught_up), (vec![], caught_up));
    }
}

/// Whoever has seen more than there is has read another log: a restored backup, or a failed-over standby.
pub async fn reading_on_from_beyond_the_head_is_an_error<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    assert!(matches!(log.read_after(1, 10).await, Err(LogError::Damaged { position: 1, .. })));
    log.commit(writes(member(), 0, 50)).await.committed();
    for limit in [0, 1, 100] {
        assert!(matches!(log.read_after(51, limit).await, Err(LogError::Damaged { position: 51, .. })));
    }
    assert!(log.read_after(u64::MAX, 10).await.is_err());
}

pub async fn streams_come_in_the_order_asked_and_unknown_ones_empty<H: Harness>() {
    let engine = H::start().await;
    let (log, streams) = fifty(&engine).await;
    let whole = whole_log(&log).await;
    for copies in [1, 5] {
        let mut asked: Vec<StreamId> = streams.iter().rev().copied().collect::<Vec<_>>().repeat(copies);
        asked.insert(3, member().into());
        asked.push(streams[4]);
        let found = log.read_streams(&asked).await.expect("streams");
        assert_eq!(found.len(), asked.len());
        for (stream, events) in asked.iter().zip(found) {
            let expected: Vec<_> = whole.iter().filter(|e| e.stream == *stream).cloned().collect();
            assert_eq!(events, expected);
        }
    }
    assert_eq!(log.read_streams(&[]).await.expect("streams"), Vec::<Vec<Recorded>>::new());
}

pub async fn a_stream_can_be_read_on_from_any_revision<H: Harness>() {
    let engine = H::start().await;
    let (log, streams) = fifty(&engine).await;
    let whole = stream(&log, streams[3]).await;
    for after in 0..=5 {
        let rest = log.read_stream(streams[3], after).await.expect("a stream");
        assert_eq!(rest, whole[usize::try_from(after).expect("small")..]);
    }
    for (stream, after) in [(streams[3], 6), (member().into(), 0), (member().into(), 3)] {
        assert_eq!(log.read_stream(stream, after).await.expect("a stream"), []);
    }
}

/// Who has seen position p has seen everything before it, also where streams are read side by side.
pub async fn streams_read_together_are_of_one_moment<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let reader = engine.another().await;
    let (one, two) = (member(), license());
    let enough = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let enough = Arc::clone(&enough);
        async move {
            let mut revision = 0;
            while !enough.load(Ordering::SeqCst) && revision < 2_000 {
                log.commit(writes(one, revision, 1).writes(two, revision, 1)).await.committed();
                revision += 1;
            }
        }
    });
    for _ in 0..400 {
        for asked in [[one.into(), two.into()], [two.into(), one.into()]] {
            let found = reader.read_streams(&asked).await.expect("streams");
            assert_eq!(found[0].len(), found[1].len(), "half of a commit was seen");
        }
    }
    enough.store(true, Ordering::SeqCst);
    writer.await.expect("the writer");
}

pub async fn an_event_comes_back_as_it_was_written<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let (license, one) = (license(), member());
    let written = event(MembershipEvent::InviteAccepted {});
    let commit = writes(one, 0, 1).appends(license, one, 1, written.clone());
    log.commit(commit).await.committed();
    for read in [stream(&log, one).await.remove(1), whole_log(&log).await.remove(1)] {
        assert_eq!((read.position, read.stream, read.revision), (2, one.into(), 2));
        assert_eq!((read.license, read.event_id), (Some((license, 1)), written.event_id));
        assert_eq!(read.event, Event::Membership(MembershipEvent::InviteAccepted {}));
        assert_eq!(domain::canonical::to_text(&read.metadata), written.metadata);
        assert_eq!(
            (read.event.payload(), read.event.description().name),
            (written.payload.clone(), written.event_type)
        );
    }
    assert_eq!(stream(&log, one).await[0].license, None);
}

/// Whoever hashes events has to have their texts byte by byte, and the rest of the envelope as it is decoded.
pub async fn events_can_be_read_with_their_texts_as_they_were_written<H: Harness>() {
    let engine = H::start().await;
    let (log, _) = fifty(&engine).await;
    let license = license();
    let written = event(MembershipEvent::InviteAccepted {});
    let commit = Commit::default().appends(license, member(), 0, written.clone());
    log.commit(commit).await.committed();
    let page = log.read_stored(0, 1_000).await.expect("a page");
    assert!(page.caught_up);
    let last = &page.events[50];
    assert_eq!((&*last.payload, &*last.metadata), (&*written.payload, &*written.metadata));
    let entry = last.entry();
    assert_eq!((entry.position, entry.license_id, entry.license_sequence), (51, Some(license.0), Some(1)));
    assert_eq!((&*entry.event_type, &*entry.event_version), ("InviteAccepted", "1"));
    let decoded: Vec<Recorded> = page.events.iter().map(|event| event.read().expect("an event")).collect();
    assert_eq!(decoded, whole_log(&log).await);
    let page = log.read_stored(10, 7).await.expect("a page");
    assert_eq!((page.events[0].position, page.events.len(), page.caught_up), (11, 7, false));
    assert!(matches!(log.read_stored(52, 1).await, Err(LogError::Damaged { position: 52, .. })));
}

pub async fn what_was_acknowledged_can_be_read_at_once_by_everybody<H: Harness>() {
    let engine = H::start().await;
    let logs = [engine.log(), engine.another().await];
    for n in 0..20 {
        let (stream, command) = (member(), command());
        let commit = writes(stream, 0, 2).with_command(command, b"");
        let position = logs[n % 2].commit(commit).await.committed().position;
        for log in &logs {
            assert_eq!(super::told::stream(log, stream).await.len(), 2);
            assert_eq!(log.read_after(position - 1, 1).await.expect("a page").events.len(), 1);
            assert!(log.first_result(command).await.expect("commands").is_some());
        }
    }
}
