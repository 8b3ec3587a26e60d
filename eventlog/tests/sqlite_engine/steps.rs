//! While somebody is about, the WAL is brought into the file in steps that wait for no disk. It keeps what they
//! brought in until that was flushed.

use eventlog::{
    Commit, EventLog,
    conformance::{
        build::{Having, license, member},
        history::History,
        told::Told,
    },
};

use crate::room::{Room, of_a_reader};

const COMMITS: u64 = 40;
const EVENTS: usize = 100;

#[tokio::test]
async fn a_power_cut_that_takes_all_that_steps_brought_in_loses_nothing() {
    let room = Room::new();
    drop(room.open());
    let before = std::fs::read(room.path()).unwrap();
    let database = room.open();
    let license = license();
    for _ in 0..COMMITS {
        // Somebody who came this second is about.
        database.commit(Commit::default().writes_for(license, member(), 0, EVENTS)).await.committed();
    }
    let length = |bytes: u64| bytes / 4_096;
    let now = std::fs::metadata(room.path()).unwrap().len();
    assert!(length(now) > length(before.len() as u64) + 100, "much was brought in: {now} bytes");
    // The disk kept the WAL, commit by commit, and nothing else.
    let copy = Room::new();
    std::fs::write(copy.path(), before).unwrap();
    std::fs::copy(room.wal(), copy.wal()).unwrap();
    let database = copy.open();
    let history = History::read(&database).await.unwrap();
    assert_eq!((history.faults(), history.events.len()), (vec![], COMMITS as usize * EVENTS));
    assert_eq!(of_a_reader::<String>(&database, "PRAGMA integrity_check"), "ok");
}
