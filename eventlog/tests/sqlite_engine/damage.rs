//! A log that somebody damaged is an error that names the position, never a short page.

use eventlog::{
    EventLog, LogError,
    conformance::{build::member, history::History},
};

use crate::room::Room;

/// Reads past the damage in pages of all sizes; each says where it is.
async fn says_where(room: &Room, damaged: u64) {
    let log = room.open();
    for limit in [10, 33, 1_000] {
        for after in [0, damaged - 1] {
            match log.read_after(after, limit).await {
                Err(LogError::Damaged { position, .. }) => assert_eq!(position, damaged),
                other => panic!("after {after}: {other:?}"),
            }
        }
    }
    assert!(matches!(History::read(&log).await, Err(LogError::Damaged { .. })));
    // What stands before it can be read, and never says that this is all.
    let before = log.read_after(0, usize::try_from(damaged - 1).unwrap()).await.unwrap();
    assert!(!before.caught_up && before.events.len() as u64 == damaged - 1);
}

#[tokio::test]
async fn an_event_missing_in_the_middle_is_an_error_that_names_the_position() {
    let room = Room::with_ten_events().await;
    room.tamper("DELETE FROM events WHERE position = 5");
    says_where(&room, 5).await;
}

#[tokio::test]
async fn a_missing_first_event_is_an_error_too() {
    let room = Room::with_ten_events().await;
    room.tamper("DELETE FROM events WHERE position = 1");
    says_where(&room, 1).await;
}

#[tokio::test]
async fn a_stream_that_misses_an_event_is_an_error_and_not_a_shorter_stream() {
    let room = Room::with_ten_events().await;
    let stream = History::read(&room.open()).await.unwrap().events[2].stream;
    room.tamper("DELETE FROM events WHERE position = 3");
    let log = room.open();
    for read in [log.read_streams(&[stream]).await, log.read_streams(&vec![stream; 40]).await] {
        assert!(matches!(read, Err(LogError::Damaged { position: 8, .. })), "{read:?}");
    }
    assert!(matches!(log.read_stream(stream, 0).await, Err(LogError::Damaged { position: 8, .. })));
    assert_eq!(log.read_streams(&[member().into()]).await.unwrap(), [[]]);
}

#[tokio::test]
async fn events_cut_off_at_the_end_are_noticed_by_whoever_had_read_them() {
    let room = Room::with_ten_events().await;
    room.tamper("DELETE FROM events WHERE position = 10");
    let log = room.open();
    assert!(log.read_after(9, 10).await.unwrap().caught_up);
    assert!(matches!(log.read_after(10, 10).await, Err(LogError::Damaged { position: 10, .. })));
}

#[tokio::test]
async fn an_event_that_this_version_can_not_read_is_an_error_that_names_the_position() {
    for change in [
        "event_version = '2'",
        "payload = '{\"UserBecameKing\":{}}'",
        "payload = 'no JSON'",
        "payload = ''",
        "metadata = '{}'",
        "metadata = 'no JSON'",
        "aggregate_type = 'parliament'",
        "event_id = x'00'",
        "license_id = x'00'",
        "recorded_at = 9223372036854775807",
        "sequence = -7",
    ] {
        let room = Room::with_ten_events().await;
        room.tamper(&format!("UPDATE events SET {change} WHERE position = 4"));
        says_where(&room, 4).await;
    }
}
