//! What stands in the tables is what was handed in, byte by byte.

use domain::EventId;
use eventlog::{
    Append, Commit, LogError, NewEvent,
    conformance::{
        build::{Having, member, writes},
        told::Told,
    },
};
use sqlx::Executor;
use uuid::Uuid;

use crate::room::Room;

/// Spaces, order, escapes, a NUL, names that come twice: a `jsonb` would keep none of these.
const ODD: &str = "{ \"b\":1.0,\t\"a\" : \"\\u00e9é\\u0000\\/\", \"a\":1e2 }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payload_and_metadata_come_back_byte_by_byte() {
    let room = Room::new().await;
    let log = room.log().await;
    let mut streams = Vec::new();
    // Written one by one, and by COPY.
    for events in [1, 1_000] {
        let stream = member();
        let event = || NewEvent {
            event_id: EventId(Uuid::now_v7()),
            event_type: "Odd",
            payload: ODD.to_owned(),
            metadata: ODD.replace('1', "2"),
        };
        let events = (0..events).map(|_| event()).collect();
        let append = Append { stream: stream.into(), expected: 0, license: None, events };
        log.commit(Commit { appends: vec![append], ..Commit::default() }).await.committed();
        streams.push(stream);
    }
    for stream in streams {
        let sql = format!(
            "SELECT DISTINCT payload::text || metadata::text FROM events WHERE aggregate_id = '{}'",
            stream.0
        );
        assert_eq!(room.ask(&sql).await, [ODD, &ODD.replace('1', "2")].concat());
    }
    // Nobody can read it, and nobody skips it.
    assert!(matches!(log.read_after(0, 10).await, Err(LogError::Damaged { position: 1, .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_missing_in_the_middle_is_told_with_its_position() {
    let room = Room::new().await;
    let log = room.log().await;
    let stream = member();
    log.commit(writes(stream, 0, 9)).await.committed();
    let remove = "ALTER TABLE events DISABLE TRIGGER USER; DELETE FROM events WHERE position = 5";
    room.past().await.execute(remove).await.unwrap();
    for (after, limit) in [(0, 100), (3, 2), (4, 1)] {
        let damaged = log.read_after(after, limit).await;
        assert!(matches!(damaged, Err(LogError::Damaged { position: 5, .. })), "{damaged:?}");
    }
    assert_eq!(log.read_after(0, 4).await.unwrap().events.len(), 4);
    for after in [0, 1] {
        let damaged = log.read_stream(stream.into(), after).await;
        assert!(matches!(damaged, Err(LogError::Damaged { position: 6, .. })), "{damaged:?}");
    }
    assert!(log.read_streams(&[stream.into()]).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_missing_at_the_end_is_no_silent_end() {
    let room = Room::new().await;
    let log = room.log().await;
    log.commit(writes(member(), 0, 9)).await.committed();
    // A new connection would be looked at first, and the node stop for what is missing.
    assert_eq!(log.read_after(0, 100).await.unwrap().events.len(), 9);
    let remove = "ALTER TABLE events DISABLE TRIGGER USER; DELETE FROM events WHERE position = 9";
    room.past().await.execute(remove).await.unwrap();
    assert!(matches!(log.read_after(0, 100).await, Err(LogError::Damaged { position: 8, .. })));
}

/// Loaded by `postgres-es`, read on from a revision, read with others: the same events.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_is_the_same_whichever_way_it_is_read() {
    let room = Room::new().await;
    let log = room.log().await;
    let (license, one) = (eventlog::conformance::build::license(), member());
    log.commit(writes(one, 0, 2).writes_for(license, one, 2, 3).writes_for(license, license, 0, 2))
        .await
        .committed();
    let pages = log.read_after(0, 100).await.unwrap().events;
    for stream in [one.into(), license.into()] {
        let expected: Vec<_> = pages.iter().filter(|event| event.stream == stream).cloned().collect();
        assert_eq!(log.read_stream(stream, 0).await.unwrap(), expected);
        assert_eq!(log.read_stream(stream, 1).await.unwrap(), expected[1..]);
        assert_eq!(log.read_streams(&[stream]).await.unwrap(), [expected]);
    }
}
