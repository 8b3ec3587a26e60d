//! A file that an older version made is brought up to date when it is opened, and keeps all that it holds.

use domain::{LicenseId, SubjectId};
use eventlog::{
    EventLog, SeatPool,
    conformance::{
        build::{member, writes},
        history::History,
        told::Told,
    },
};
use uuid::uuid;

use crate::room::{Room, of_the_writer};

const LICENSE: LicenseId = LicenseId(uuid!("01a2151b-8bfb-77af-ab4f-f039df5bd9a4"));
const BEN: SubjectId = SubjectId(uuid!("01a2151b-8da9-75d7-8577-feaa31fab810"));

fn of_version_1() -> Room {
    let room = Room::new();
    room.foreign().execute_batch(include_str!("version_1.sql")).unwrap();
    room
}

async fn tables(room: &Room) -> String {
    let sql = "SELECT group_concat(name || ' ' || replace(sql, char(34), ''), char(10))
               FROM (SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name)";
    of_the_writer(&room.open(), sql).await
}

#[tokio::test]
async fn a_file_of_version_1_keeps_its_history_and_goes_on() {
    let room = of_version_1();
    for _ in 0..2 {
        let log = room.open();
        let history = History::read(&log).await.unwrap();
        assert_eq!((history.faults(), history.events.len()), (vec![], 13));
        assert_eq!(log.find_addresses(&[BEN]).await.unwrap(), [Some("ben@school.example".to_owned())]);
        assert!(log.find_people(&["cleo@elsewhere.example"]).await.unwrap()[0].is_some());
        let seats = log.seats(SeatPool::License(LICENSE)).await.unwrap().unwrap();
        assert_eq!((seats.taken, seats.limit), (3, Some(5)));
        assert_eq!(log.find_members(LICENSE, &[BEN]).await.unwrap().into_iter().flatten().count(), 1);
        assert_eq!(of_the_writer::<i64>(&log, "SELECT count(*) FROM refused_rows").await, 1);
        assert_eq!(of_the_writer::<i64>(&log, "SELECT count(*) FROM license_keys").await, 1);
    }
    room.open().commit(writes(member(), 0, 1)).await.committed();
    assert_eq!(room.open().read_after(0, 100).await.unwrap().events.len(), 14);
}

#[tokio::test]
async fn a_file_of_version_1_comes_to_the_same_tables_as_a_new_one() {
    let (old, new) = (of_version_1(), Room::new());
    let version = "PRAGMA user_version";
    assert_eq!(
        of_the_writer::<i64>(&old.open(), version).await,
        of_the_writer::<i64>(&new.open(), version).await
    );
    assert_eq!(tables(&old).await, tables(&new).await);
}
