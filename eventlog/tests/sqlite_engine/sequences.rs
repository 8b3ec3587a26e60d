//! License sequences move in memory; the file may be behind them, and nobody may notice.

use eventlog::{
    Commit, Database, EventLog,
    conformance::{
        build::{Having, license, member, writes},
        history::History,
        told::Told,
    },
};

use crate::room::{Room, of_a_reader};

/// So many rows make the writer store them.
const MANY: usize = 2_000;

/// What the file would be if the process were killed now.
fn as_after_a_crash(room: &Room) -> Room {
    let copy = Room::new();
    std::fs::copy(room.path(), copy.path()).unwrap();
    std::fs::copy(room.wal(), copy.wal()).unwrap();
    copy
}

fn stored(database: &Database) -> u64 {
    of_a_reader(database, "SELECT coalesce(sum(sequence), 0) FROM license_heads")
}

#[tokio::test]
async fn they_go_on_where_the_log_ends_whatever_part_of_them_was_stored() {
    let (room, [a, b], [ada, bob]) = (Room::new(), [license(), license()], [member(), member()]);
    let log = room.open();
    log.commit(Commit::default().writes_for(a, ada, 0, MANY)).await.committed();
    // The checkpoint that stores them comes between this commit and the next.
    log.commit(Commit::default().writes_for(b, bob, 0, 3)).await.committed();
    log.commit(Commit::default().writes_for(a, ada, MANY as u64, 2)).await.committed();
    assert_eq!(stored(&log), MANY as u64, "the file is behind");
    let log = as_after_a_crash(&room);
    let log = log.open();
    log.commit(Commit::default().writes_for(b, bob, 3, 1).writes_for(a, member(), 0, 1)).await.committed();
    let history = History::read(&log).await.unwrap();
    assert_eq!(history.faults(), []);
    assert_eq!(history.events.len(), MANY + 7);
}

#[tokio::test]
async fn a_commit_that_fails_half_way_moves_none() {
    let (room, [a, b], taken) = (Room::new(), [license(), license()], member());
    let log = room.open();
    log.commit(writes(taken, 0, 1)).await.committed();
    for _ in 0..2 {
        let fails = Commit::default()
            .writes_for(a, member(), 0, 2)
            .writes_for(b, member(), 0, 1)
            .writes_for(a, taken, 0, 1);
        log.commit(fails).await.conflict();
        log.commit(Commit::default().writes_for(a, member(), 0, 1)).await.committed();
    }
    assert_eq!(History::read(&log).await.unwrap().faults(), []);
}

#[tokio::test]
async fn closing_stores_them_all() {
    let room = Room::new();
    room.open().commit(Commit::default().writes_for(license(), member(), 0, 5)).await.committed();
    let stored: u64 =
        room.foreign().query_row("SELECT sequence FROM license_heads", [], |row| row.get(0)).unwrap();
    assert_eq!(stored, 5);
}
