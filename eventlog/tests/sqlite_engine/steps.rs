//! While somebody is about, the WAL is brought into the file in steps that wait for no disk. It keeps what they
//! brought in.

use std::fs;

use domain::LicenseId;
use eventlog::{
    Commit, Database, EventLog,
    conformance::{
        build::{Having, license, member},
        history::History,
        told::Told,
    },
};

use crate::room::{Room, of_a_reader};

const COMMITS: usize = 40;
const EVENTS: usize = 100;

/// Somebody who came this second is about.
async fn somebody_comes(database: &Database, license: LicenseId) {
    database.commit(Commit::default().writes_for(license, member(), 0, EVENTS)).await.committed();
}

/// Other ones whenever the WAL begins anew: two numbers in its header.
fn salts(room: &Room) -> Vec<u8> {
    fs::read(room.wal()).unwrap()[16..24].to_vec()
}

#[tokio::test]
async fn a_power_cut_that_takes_all_that_steps_brought_in_loses_nothing() {
    for _ in 0..5 {
        let room = Room::new();
        drop(room.open());
        let before = fs::read(room.path()).unwrap();
        let (database, license) = (room.open(), license());
        somebody_comes(&database, license).await;
        let begun = salts(&room);
        for _ in 1..COMMITS {
            somebody_comes(&database, license).await;
        }
        // On a machine that stands still for a second nobody is about.
        if salts(&room) == begun {
            return nothing_is_lost(&room, before).await;
        }
    }
    panic!("the WAL begins anew again and again while somebody is about");
}

async fn nothing_is_lost(room: &Room, before: Vec<u8>) {
    let grown = fs::metadata(room.path()).unwrap().len() - before.len() as u64;
    assert!(grown > 100 * 4_096, "much was brought in: {grown} bytes");
    // The disk kept the WAL, commit by commit, and nothing else.
    let copy = Room::new();
    fs::write(copy.path(), before).unwrap();
    fs::copy(room.wal(), copy.wal()).unwrap();
    let database = copy.open();
    let history = History::read(&database).await.unwrap();
    assert_eq!((history.faults(), history.events.len()), (vec![], COMMITS * EVENTS));
    assert_eq!(of_a_reader::<String>(&database, "PRAGMA integrity_check"), "ok");
}
