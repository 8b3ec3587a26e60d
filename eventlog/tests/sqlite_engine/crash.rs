//! Killed at any moment (SIGKILL), the log keeps what it acknowledged.

use std::{collections::HashMap, time::Duration};

use domain::{EventId, LicenseEvent, LicenseId, MemberId, MembershipEvent, membership::InviteReason};
use eventlog::{
    Commit, Database, EventLog, NewEvent, Outcome,
    PoolChange::{Open, Take},
    SeatPool,
    conformance::{
        build::{Having, event, event_ids, member, small_event, subject, writes},
        history::{HandedIn, History, WasTold},
        told::Told,
    },
    sqlite::database_error,
};
use uuid::Uuid;

use crate::{
    child::Other,
    room::{Room, of_a_reader},
};

const LICENSE: LicenseId = LicenseId(Uuid::from_u128(1));
const SEATS: u64 = 60;
const WRITERS: usize = 8;

/// So many times in the usual run; `SEATBOOK_CRASH_CYCLES` asks for more.
fn cycles() -> usize {
    std::env::var("SEATBOOK_CRASH_CYCLES")
        .map_or(10, |n| n.parse().expect("SEATBOOK_CRASH_CYCLES is a number"))
}

/// Some milliseconds, fewer than `below`.
fn moment(below: u64) -> Duration {
    let [.., a, b] = *Uuid::now_v7().as_bytes();
    Duration::from_millis(u64::from(u16::from_be_bytes([a, b])) % below)
}

#[tokio::test]
async fn killed_again_and_again_it_loses_nothing_that_it_acknowledged() {
    let room = Room::new();
    let mut told = HashMap::from([begin(&room.open()).await]);
    for cycle in 0..cycles() {
        let writer = Other::start("writer", &room.path());
        // From the second time on it may be killed before it has opened the file.
        if cycle == 0 {
            writer.says("open");
        }
        std::thread::sleep(moment(250));
        told.extend(understood(writer.killed()));
        check(&room.open(), &told, cycle).await;
    }
    let acknowledged = told.values().filter(|told| matches!(told, WasTold::Committed(_))).count();
    assert!(acknowledged > cycles(), "only {acknowledged} commits: killed too early");
}

#[tokio::test]
async fn killed_before_what_was_brought_into_the_file_is_flushed_it_loses_nothing() {
    let room = Room::new();
    let mut told = HashMap::from([begin(&room.open()).await]);
    for cycle in 1..4 {
        let place = format!("log.before_a_flush:{cycle}");
        let writer = Other::start_to_die("writer", &room.path(), &place);
        told.extend(understood(writer.died()));
        check(&room.open(), &told, cycle).await;
    }
}

#[tokio::test]
async fn killed_while_it_makes_the_file_it_makes_it_the_next_time() {
    for _ in 0..5 {
        let room = Room::new();
        let writer = Other::start("writer", &room.path());
        std::thread::sleep(moment(25));
        writer.killed();
        let database = room.open();
        assert_eq!(of_a_reader::<String>(&database, "PRAGMA integrity_check"), "ok");
        let next = *database.head().borrow() + 1;
        assert_eq!(database.commit(writes(member(), 0, 1)).await.committed().position, next);
    }
}

type Answers = HashMap<Vec<EventId>, WasTold>;

async fn begin(database: &Database) -> (Vec<EventId>, WasTold) {
    let pool = SeatPool::License(LICENSE);
    let limit = event(LicenseEvent::SeatLimitChanged { seat_limit: SEATS });
    let commit = Commit::default().appends(LICENSE, LICENSE, 0, limit).changes(pool, Open(Some(SEATS)));
    let table = "CREATE TABLE seen (head INTEGER NOT NULL)";
    database.write(1, move |conn| conn.execute_batch(table).map_err(database_error)).await.unwrap();
    let ids = event_ids(&commit);
    (ids, WasTold::Committed(database.commit(commit).await.committed().position))
}

async fn check(database: &Database, told: &Answers, cycle: usize) {
    let handed_in: Vec<_> =
        told.iter().map(|(events, told)| HandedIn { events: events.clone(), told: *told }).collect();
    let history = History::read(database).await.unwrap();
    assert_eq!(history.faults(), [], "cycle {cycle}");
    assert_eq!(history.contradictions(&handed_in, true), [], "cycle {cycle}");
    let pool = database.seats(SeatPool::License(LICENSE)).await.unwrap();
    assert_eq!(pool, history.held().get(&LICENSE).copied(), "cycle {cycle}");
    assert_eq!(of_a_reader::<String>(database, "PRAGMA integrity_check"), "ok", "cycle {cycle}");
    let seen: u64 = of_a_reader(database, "SELECT coalesce(max(head), 0) FROM seen");
    assert!(seen <= *database.head().borrow(), "cycle {cycle}: a read model is ahead of the log");
}

/// `try ids`, then `ack position ids` or `not ids`: what a writer said before it was killed.
fn understood(lines: Vec<String>) -> Answers {
    let mut told = Answers::new();
    let ids = |text: &str| text.split(',').map(|id| id.parse().expect("an id")).collect();
    for line in lines {
        match *line.split(' ').collect::<Vec<_>>() {
            ["try", handed_in] => told.insert(ids(handed_in), WasTold::Nothing),
            ["not", handed_in] => told.insert(ids(handed_in), WasTold::NothingWritten),
            ["ack", position, handed_in] => {
                told.insert(ids(handed_in), WasTold::Committed(position.parse().expect("a position")))
            }
            _ => None,
        };
    }
    told
}

/// In the other process: writers who invite until the seats are held, and then decline.
pub fn write_for_ever(database: &Database) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        // Opened on a fresh file, where nobody began.
        if database.seats(SeatPool::License(LICENSE)).await.expect("pools").is_none() {
            begin(database).await;
        }
        let mut tasks = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            tasks.spawn(invite_and_decline(database.clone(), writer));
        }
        tasks.spawn(keep_a_read_model(database.clone()));
        tasks.join_all().await;
    });
}

async fn invite_and_decline(database: Database, writer: usize) {
    let mut held: Vec<(MemberId, u64)> = Vec::new();
    for n in 0.. {
        let member_id = member();
        let more = if n % 7 == writer % 7 { 100 } else { n as u64 % 3 };
        let mut commit = one_event(member_id, 0, invited(), Take(1));
        commit.appends[0].events.extend((0..more).map(|_| small_event(member_id.into())));
        if more == 100 {
            commit = commit.in_bulk();
        }
        if say(&database, commit).await {
            held.push((member_id, 1 + more));
        } else if !held.is_empty() {
            let (member_id, revision) = held.remove(0);
            let declined = event(MembershipEvent::InviteWithdrawn {});
            assert!(say(&database, one_event(member_id, revision, declined, Take(-1))).await);
        }
    }
}

fn invited() -> NewEvent {
    event(MembershipEvent::UserInvited {
        attempt: 1,
        commitment: None,
        license_id: LICENSE,
        reason: InviteReason::ConsentAsked,
        subject_id: subject(),
    })
}

fn one_event(member: MemberId, expected: u64, event: NewEvent, change: eventlog::PoolChange) -> Commit {
    Commit::default().appends(LICENSE, member, expected, event).changes(SeatPool::License(LICENSE), change)
}

/// Says what it hands in, and what it was told: whether it was committed.
async fn say(database: &Database, commit: Commit) -> bool {
    let ids: Vec<String> = event_ids(&commit).iter().map(ToString::to_string).collect();
    let ids = ids.join(",");
    println!("try {ids}");
    match database.commit(commit).await {
        Ok(Outcome::Committed(receipt)) => {
            println!("ack {} {ids}", receipt.position);
            true
        }
        Ok(Outcome::SeatLimit { .. }) => {
            println!("not {ids}");
            false
        }
        other => panic!("{other:?}"),
    }
}

/// Writes down how far the log is, again and again: it may never be ahead of it.
async fn keep_a_read_model(database: Database) {
    loop {
        let head = *database.head().borrow();
        let sql = format!("INSERT INTO seen VALUES ({head})");
        database
            .write(1, move |conn| conn.execute_batch(&sql).map_err(database_error))
            .await
            .expect("a write");
    }
}
