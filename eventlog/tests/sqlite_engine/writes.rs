//! Writes beside the log, as read models make them: all or nothing, and no harm to the commits around them.

use std::sync::mpsc;

use eventlog::{
    Database, EventLog, LogError,
    conformance::{
        build::{member, writes},
        history::History,
        told::{Told, answers, hand_in},
    },
    sqlite::database_error,
};
use rusqlite::Connection;
use tokio::{sync::oneshot, task::JoinHandle};

use crate::room::{Room, log, of_a_reader};

fn run(conn: &Connection, sql: &str) -> Result<(), LogError> {
    conn.execute_batch(sql).map_err(database_error)
}

/// A database with a table `notes`.
async fn with_notes(room: &Room) -> Database {
    let database = room.open();
    database.write(1, |conn| run(conn, "CREATE TABLE notes (text TEXT NOT NULL UNIQUE)")).await.unwrap();
    database
}

fn notes(database: &Database) -> String {
    of_a_reader(
        database,
        "SELECT coalesce(group_concat(text), '') FROM (SELECT text FROM notes ORDER BY rowid)",
    )
}

/// Keeps the writer busy until the sender goes.
async fn busy(database: &Database) -> mpsc::Sender<()> {
    let (release, wait) = mpsc::channel();
    let (started, start) = oneshot::channel();
    let database = database.clone();
    tokio::spawn(async move {
        let hold = database.write(1, move |_| {
            let _ = started.send(());
            let _ = wait.recv();
            Ok(())
        });
        hold.await
    });
    start.await.unwrap();
    release
}

/// Hands a write in before anything that is handed in after.
async fn hand_in_write(
    database: &Database,
    weight: usize,
    write: impl FnOnce(&Connection) -> Result<(), LogError> + Send + 'static,
) -> JoinHandle<Result<(), LogError>> {
    let database = database.clone();
    let mut answer = Box::pin(async move { database.write(weight, write).await });
    let first = std::future::poll_fn(|context| std::task::Poll::Ready(answer.as_mut().poll(context))).await;
    assert!(first.is_pending());
    tokio::spawn(answer)
}

#[tokio::test]
async fn a_write_that_fails_half_way_leaves_nothing() {
    let room = Room::new();
    let database = with_notes(&room).await;
    let failed = database.write(1, |conn| {
        run(conn, "INSERT INTO notes VALUES ('one'), ('two'); CREATE TABLE more (x)")?;
        run(conn, "INSERT INTO notes VALUES ('one')")
    });
    assert!(matches!(failed.await, Err(LogError::Database(_))));
    assert_eq!(notes(&database), "");
    assert_eq!(of_a_reader::<i64>(&database, "SELECT count(*) FROM sqlite_schema WHERE name = 'more'"), 0);
    let refused: Result<(), _> = database
        .write(1, |conn| {
            run(conn, "INSERT INTO notes VALUES ('one')")?;
            Err(LogError::Database("thought better of it".into()))
        })
        .await;
    assert_eq!(refused.unwrap_err().to_string(), "the database failed: thought better of it");
    assert_eq!(notes(&database), "");
}

#[tokio::test]
async fn a_write_that_fails_or_panics_leaves_the_commits_that_travel_with_it_untouched() {
    let room = Room::new();
    let database = with_notes(&room).await;
    for panics in [false, true] {
        let release = busy(&database).await;
        let mut commits = Vec::new();
        let mut failing = None;
        for n in 0..10 {
            commits.push(hand_in(&log(&database), writes(member(), 0, 2)).await);
            if n == 5 {
                let write = move |conn: &Connection| {
                    run(conn, "INSERT INTO notes VALUES ('never')")?;
                    assert!(!panics, "a read model with a mistake");
                    run(conn, "INSERT INTO nowhere VALUES (1)")
                };
                failing = Some(hand_in_write(&database, 1, write).await);
            }
        }
        drop(release);
        assert!(matches!(failing.unwrap().await.unwrap(), Err(LogError::Database(_))));
        for answer in answers(commits).await {
            answer.committed();
        }
        assert_eq!(notes(&database), "");
    }
    let history = History::read(&database).await.unwrap();
    assert_eq!((history.faults(), history.events.len()), (vec![], 40));
}

#[tokio::test]
async fn a_commit_that_fails_leaves_the_write_that_travels_with_it_untouched() {
    let room = Room::new();
    let database = with_notes(&room).await;
    let release = busy(&database).await;
    let stale = hand_in(&log(&database), writes(member(), 3, 1)).await;
    let write = hand_in_write(&database, 1, |conn| run(conn, "INSERT INTO notes VALUES ('kept')")).await;
    drop(release);
    answers(vec![stale]).await.remove(0).conflict();
    write.await.unwrap().unwrap();
    assert_eq!(notes(&database), "kept");
}

#[tokio::test]
async fn writes_happen_in_the_order_in_which_they_were_handed_in() {
    let room = Room::new();
    let database = with_notes(&room).await;
    let release = busy(&database).await;
    let mut handles = Vec::new();
    for (n, weight) in [1, 10_000, 1, 1, 10_000, 300].into_iter().enumerate() {
        let sql = format!("INSERT INTO notes VALUES ('{n}')");
        handles.push(hand_in_write(&database, weight, move |conn| run(conn, &sql)).await);
        hand_in(&log(&database), writes(member(), 0, 1)).await;
    }
    drop(release);
    for handle in handles {
        handle.await.unwrap().unwrap();
    }
    assert_eq!(notes(&database), "0,1,2,3,4,5");
}

/// A heavy page for the read models waits for a few batches of people only, as a chunk of an import does.
#[tokio::test]
async fn a_heavy_write_does_not_starve_while_people_wait_nor_behind_chunks() {
    let room = Room::new();
    let database = with_notes(&room).await;
    for bulk in [false, true] {
        let release = busy(&database).await;
        let mut handles = Vec::new();
        for _ in 0..4_000 {
            let mut commit = writes(member(), 0, 1);
            if bulk {
                commit.lane = eventlog::Lane::Bulk;
            }
            handles.push(hand_in(&log(&database), commit).await);
            if bulk && handles.len() == 100 {
                break;
            }
        }
        let (tell, told) = oneshot::channel();
        let write = hand_in_write(&database, 10_000, move |conn| {
            let seen = conn.query_row("SELECT max(position) FROM events", [], |row| row.get::<_, u64>(0));
            let _ = tell.send(seen.unwrap_or(0));
            Ok(())
        })
        .await;
        drop(release);
        write.await.unwrap().unwrap();
        answers(handles).await;
        let (seen, head) = (told.await.unwrap(), *database.head().borrow());
        assert!(seen < head * 3 / 4 || (bulk && seen < head - 90), "the write came after {seen} of {head}");
    }
}

#[tokio::test]
async fn what_waits_when_the_last_handle_goes_is_still_done() {
    let room = Room::new();
    let database = with_notes(&room).await;
    let release = busy(&database).await;
    let commit = hand_in(&log(&database), writes(member(), 0, 3)).await;
    let write = hand_in_write(&database, 1, |conn| run(conn, "INSERT INTO notes VALUES ('last')")).await;
    commit.abort();
    write.abort();
    drop(release);
    drop(database);
    // The file is free as soon as everything is done.
    let database = loop {
        match Database::open(&room.path()) {
            Ok(database) => break database,
            Err(LogError::InUse { .. }) => tokio::task::yield_now().await,
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!((notes(&database).as_str(), *database.head().borrow()), ("last", 3));
}
