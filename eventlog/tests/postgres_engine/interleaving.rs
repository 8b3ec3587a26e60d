//! Two transactions at once, step by step: who reads behind an open one skips nothing and sees nothing twice.

use eventlog::conformance::{
    build::{license, member, writes},
    told::{Told, answer, hand_in, head, whole_log},
};
use sqlx::{Executor, PgConnection};

use crate::room::{Room, sound, until_waiting};

/// Takes the next position and writes an event there, as a node does, without an end.
async fn open_transaction(room: &Room) -> PgConnection {
    let mut conn = room.past().await;
    let sql = "BEGIN;
        WITH head AS (UPDATE log_head SET position = position + 1, version = version + 1 RETURNING position, recorded_at)
        INSERT INTO events SELECT 'license', gen_random_uuid()::text, 1, 'LicenseTermChanged', '1',
            '{\"LicenseTermChanged\":{\"ends\":null}}',
            '{\"actor\":\"00000000-0000-0000-0000-000000000000\",
              \"request_id\":\"00000000-0000-0000-0000-000000000000\",\"role\":\"operator\",\"source\":\"cli\"}',
            position, gen_random_uuid(), NULL, NULL, recorded_at FROM head";
    conn.execute(sql).await.unwrap();
    conn
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_behind_an_open_transaction_skips_nothing_and_sees_nothing_twice() {
    let room = Room::new().await;
    let (log, reader) = (room.log().await, room.log().await);
    log.commit(writes(member(), 0, 1)).await.committed();
    let mut slow = open_transaction(&room).await;
    // It has position 2. Somebody else comes and commits: not before the other has ended.
    let fast = hand_in(&log, writes(member(), 0, 1)).await;
    until_waiting(&mut room.past().await, "%log_head%", "transactionid").await;
    let page = reader.read_after(1, 10).await.unwrap();
    assert_eq!((page.events.len(), page.caught_up), (0, true));
    slow.execute("COMMIT").await.unwrap();
    assert_eq!(answer(fast).await.committed().position, 3);
    let page = reader.read_after(1, 10).await.unwrap();
    assert_eq!(page.events.iter().map(|e| e.position).collect::<Vec<_>>(), [2, 3]);
    sound(reader.as_ref()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_comes_to_nothing_leaves_no_gap() {
    let room = Room::new().await;
    let log = room.log().await;
    let mut slow = open_transaction(&room).await;
    let fast = hand_in(&log, writes(member(), 0, 2)).await;
    until_waiting(&mut room.past().await, "%log_head%", "transactionid").await;
    slow.execute("ROLLBACK").await.unwrap();
    assert_eq!(answer(fast).await.committed().position, 2);
    assert_eq!(sound(log.as_ref()).await.events.len(), 2);
}

/// A connection that opened a transaction and went home holds up nobody who only reads, and nobody who writes after it
/// took its snapshot: only who holds the log is waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_idle_in_an_old_transaction_stops_nobody() {
    let room = Room::new().await;
    let log = room.log().await;
    let mut idle = room.past().await;
    idle.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_current_xact_id(), count(*) FROM events")
        .await
        .unwrap();
    for n in 1..=20 {
        assert_eq!(log.commit(writes(member(), 0, 1)).await.committed().position, n);
        assert_eq!(log.read_after(n - 1, 5).await.unwrap().events.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_node_hears_of_a_commit_at_once() {
    let room = Room::new().await;
    let (one, other) = (room.log().await, room.log().await);
    let mut heads = other.head();
    for n in 1..=5 {
        one.commit(writes(license(), 0, 1)).await.committed();
        let heard = heads.wait_for(|head| *head >= n);
        tokio::time::timeout(std::time::Duration::from_secs(5), heard).await.unwrap().unwrap();
    }
    assert_eq!((head(&one), head(&other), whole_log(&other).await.len()), (5, 5, 5));
}

/// Whoever is told that something is so already is told a position that includes why.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_read_an_event_knows_that_the_log_goes_so_far() {
    let room = Room::new().await;
    let (one, other) = (room.log().await, room.log().await);
    for n in 1..=50 {
        let stream = license();
        one.commit(writes(stream, 0, 1)).await.committed();
        let read = match n % 3 {
            0 => other.read_stream(stream.into(), 0).await.unwrap(),
            1 => other.read_streams(&[stream.into()]).await.unwrap().remove(0),
            _ => other.read_after(n - 1, 10).await.unwrap().events,
        };
        assert_eq!((read[0].position, head(&other)), (n, n));
    }
}
