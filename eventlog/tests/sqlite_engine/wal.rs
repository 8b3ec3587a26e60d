//! A long WAL begins anew as soon as whoever reads for long lets go.

use std::sync::mpsc;

use eventlog::{
    Commit, Database, EventLog,
    conformance::{
        build::{Having, license, member},
        told::Told,
    },
    sqlite::database_error,
};
use tokio::sync::oneshot;

use crate::room::Room;

/// In pages of 4 KiB, somewhat more than 64 MiB.
const LONG: u32 = 17_000;

/// Writes so many pages, in small pieces.
async fn fill(database: &Database, pages: u32) {
    for _ in 0..pages / 1_000 {
        let fill = |conn: &rusqlite::Connection| {
            conn.execute("INSERT INTO notes VALUES (zeroblob(4096000))", []).map_err(database_error)
        };
        database.write(10_000, fill).await.unwrap();
    }
}

async fn with_notes(room: &Room) -> Database {
    let database = room.open();
    let create = |conn: &rusqlite::Connection| {
        conn.execute_batch("CREATE TABLE notes (text BLOB)").map_err(database_error)
    };
    database.write(1, create).await.unwrap();
    database
}

/// Reads in one snapshot until the sender goes.
async fn reader(database: &Database) -> (mpsc::Sender<()>, impl Future) {
    let (release, wait) = mpsc::channel::<()>();
    let (started, start) = oneshot::channel();
    let reading = database.clone();
    let task = tokio::spawn(async move {
        let read = move |conn: &rusqlite::Connection| {
            let snapshot = conn.unchecked_transaction().map_err(database_error)?;
            let count = "SELECT count(*) FROM events";
            snapshot.query_row(count, [], |row| row.get::<_, u64>(0)).map_err(database_error)?;
            started.send(()).unwrap();
            let _ = wait.recv();
            Ok(())
        };
        reading.read(read).await.unwrap();
    });
    start.await.unwrap();
    (release, task)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_grows_while_somebody_reads_and_begins_anew_once_they_let_go() {
    let room = Room::new();
    let database = with_notes(&room).await;
    let length = || std::fs::metadata(room.wal()).unwrap().len();
    let (release, reading) = reader(&database).await;
    fill(&database, 2 * LONG).await;
    let before = length();
    assert!(before > u64::from(2 * LONG) * 4_000, "{before}: somebody reads");
    drop(release);
    reading.await;
    fill(&database, 2 * LONG).await;
    // What was under way when they let go may still stand behind it.
    assert!(length() < before + u64::from(LONG) * 4_096, "it is written from its beginning again");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_never_is_long_where_nobody_reads_for_long() {
    let room = Room::new();
    let database = with_notes(&room).await;
    fill(&database, 2 * LONG).await;
    assert!(std::fs::metadata(room.wal()).unwrap().len() < u64::from(LONG) * 4_096);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_begins_anew_beside_people_at_work() {
    let room = Room::new();
    let database = with_notes(&room).await;
    let at_work = tokio::spawn({
        let (database, license) = (database.clone(), license());
        async move {
            loop {
                database.commit(Commit::default().writes_for(license, member(), 0, 20)).await.committed();
            }
        }
    });
    fill(&database, 4 * LONG).await;
    at_work.abort();
    let wal = std::fs::metadata(room.wal()).unwrap().len();
    assert!(
        wal < 2 * u64::from(LONG) * 4_096,
        "{wal} bytes of about {} written",
        4 * u64::from(LONG) * 4_096
    );
}
