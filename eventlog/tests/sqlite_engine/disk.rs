//! A full disk: no acknowledgement, a clear error, nothing written, and it goes on once there is room.

use eventlog::{
    Commit, Database, EventLog, LogError, PoolChange,
    conformance::{
        build::{Having, changes, command, license, member, person, seat_pool, writes},
        history::History,
        told::{Told, answers, hand_in},
    },
    sqlite::database_error,
};

use crate::room::{Room, log, of_a_reader, of_the_writer};

/// Lets the file grow by so many pages only.
async fn leave_room(database: &Database, pages: i64) {
    let now: i64 = of_the_writer(database, "PRAGMA page_count").await;
    let limit = move |conn: &rusqlite::Connection| {
        conn.query_row(&format!("PRAGMA max_page_count = {}", now + pages), [], |row| row.get::<_, i64>(0))
            .map_err(database_error)
    };
    assert_eq!(database.write(1, limit).await.unwrap(), now + pages);
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_is_written_and_later_it_goes_on() {
    let room = Room::new();
    let database = room.open();
    let (license, command, pool) = (license(), command(), seat_pool());
    database.commit(Commit::default().writes_for(license, member(), 0, 10)).await.committed();
    leave_room(&database, 20).await;
    let much = writes(member(), 0, 10)
        .writes_for(license, member(), 0, 2_000)
        .with_command(command, b"done")
        .with_person(person("ada@example.org"))
        .changes(pool, PoolChange::Open(None));
    let answer = database.commit(much.clone()).await;
    assert!(matches!(answer, Err(LogError::DiskFull)), "{answer:?}");
    assert_eq!(*database.head().borrow(), 10);
    assert_eq!(database.seats(pool).await.unwrap(), None);
    assert!(database.find_people(&["ada@example.org"]).await.unwrap()[0].is_none());
    assert_eq!(database.first_result(command).await.unwrap(), None);
    // What is small still fits.
    database.commit(changes(seat_pool(), PoolChange::Open(None))).await.committed();
    leave_room(&database, 100_000).await;
    assert_eq!(database.commit(much).await.committed().position, 2_020);
    let history = History::read(&database).await.unwrap();
    assert_eq!((history.faults(), history.events.len()), (vec![], 2_020));
    assert_eq!(of_a_reader::<String>(&database, "PRAGMA integrity_check"), "ok");
}

#[tokio::test]
async fn while_the_disk_is_full_each_of_many_is_answered_and_none_is_half_there() {
    let room = Room::new();
    let database = room.open();
    let license = license();
    database.commit(Commit::default().writes_for(license, member(), 0, 1)).await.committed();
    leave_room(&database, 25).await;
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let (started, start) = tokio::sync::oneshot::channel();
    let holder = database.clone();
    let busy = tokio::spawn(async move {
        let hold = holder.write(1, move |_| {
            let _ = started.send(());
            let _ = wait.recv();
            Ok(())
        });
        hold.await
    });
    start.await.unwrap();
    let mut handles = Vec::new();
    for n in 0..40 {
        let commit = Commit::default().writes_for(license, member(), 0, if n % 4 == 3 { 1_000 } else { 1 });
        handles.push(hand_in(&log(&database), commit).await);
    }
    drop(release);
    busy.await.unwrap().unwrap();
    let answers = answers(handles).await;
    let committed: usize =
        (0..40).filter(|n| matches!(answers[*n], Ok(eventlog::Outcome::Committed(_)))).count();
    let full = answers.iter().filter(|answer| matches!(answer, Err(LogError::DiskFull))).count();
    assert_eq!(committed + full, 40, "{answers:?}");
    assert!(full >= 10);
    let history = History::read(&database).await.unwrap();
    assert_eq!((history.faults(), history.events.len()), (vec![], 1 + committed));
    assert_eq!(*database.head().borrow(), 1 + committed as u64);
    leave_room(&database, 100_000).await;
    let next = database.commit(Commit::default().writes_for(license, member(), 0, 1_000)).await.committed();
    assert_eq!(next.position, 1_001 + committed as u64);
    assert_eq!(History::read(&database).await.unwrap().faults(), []);
}
