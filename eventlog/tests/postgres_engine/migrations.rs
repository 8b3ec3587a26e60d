//! The tables are made once, whoever starts at the same moment, and old nodes live with what newer ones add.

use std::time::Duration;

use eventlog::{
    EventLog, LogError, Postgres,
    conformance::{
        build::{Having, member, writes},
        server::Server,
        told::Told,
    },
};
use sqlx::Executor;

use crate::room::{Room, until_waiting};

/// The numbers of all migrations.
fn all() -> String {
    let all: Vec<String> = (1..=eventlog::postgres::newest()).map(|number| number.to_string()).collect();
    all.join(" ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_nodes_that_start_at_the_same_moment_make_the_tables_once() {
    let room = Room::new().await;
    let starts = (0..12).map(|_| {
        let url = room.url.clone();
        tokio::spawn(async move { Postgres::connect(&url).await })
    });
    let starts: Vec<_> = starts.collect();
    for (n, start) in starts.into_iter().enumerate() {
        let node = start.await.unwrap().unwrap();
        assert_eq!(node.commit(writes(member(), 0, 1)).await.committed().position, n as u64 + 1);
    }
    assert_eq!(room.ask("SELECT string_agg(number::text, ' ') FROM log_schema").await, all());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_that_is_in_the_way_of_others_begins_again() {
    let room = Room::new().await;
    room.node().await.close().await;
    let mut other = room.past().await;
    let without = "DELETE FROM log_schema WHERE number >= 3; DROP TABLE import_files;
                   DROP TRIGGER events_are_readable ON events; DROP FUNCTION event_is_readable";
    other.execute(without).await.unwrap();
    // It may be read, but that there is a newer version can't be noted.
    other
        .execute("SET deadlock_timeout = '1min'; BEGIN; LOCK TABLE log_schema IN EXCLUSIVE MODE")
        .await
        .unwrap();
    let url = room.url.clone();
    let migration = tokio::spawn(async move { eventlog::postgres::migrate(&url).await });
    until_waiting(&mut room.past().await, "INSERT INTO log_schema%", "relation").await;
    // Each waits for the other, and it is the migration that the server ends.
    other.execute("CREATE TABLE import_files (id integer); ROLLBACK").await.unwrap();
    migration.await.unwrap().unwrap();
    assert_eq!(room.ask("SELECT string_agg(number::text, ' ') FROM log_schema").await, all());
    assert_eq!(room.ask("SELECT count(*)::text FROM import_files").await, "0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_node_keeps_serving_when_a_newer_one_adds_to_the_tables() {
    let room = Room::new().await;
    let old = room.node().await;
    old.commit(writes(member(), 0, 1)).await.committed();
    let mut newer = room.past().await;
    // One after the other: together they would wait for the old node's locks while it waits for theirs.
    for expand in [
        "ALTER TABLE events ADD COLUMN tenant uuid",
        "ALTER TABLE commands ADD COLUMN tenant uuid",
        "ALTER TABLE log_head ADD COLUMN era integer NOT NULL DEFAULT 1",
        "INSERT INTO log_schema (number, works_with) VALUES (90, 1)",
    ] {
        newer.execute(expand).await.unwrap();
    }
    old.commit(writes(member(), 0, 1)).await.committed();
    old.commit(writes(member(), 0, 700).in_bulk()).await.committed();
    assert_eq!(old.read_after(0, 1_000).await.unwrap().events.len(), 702);
    // And one that starts now.
    let started = room.node().await;
    started.commit(writes(member(), 0, 1)).await.committed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_that_a_newer_program_made_are_refused() {
    let room = Room::new().await;
    room.node().await.close().await;
    let contract = "INSERT INTO log_schema (number, works_with) VALUES (90, 90)";
    room.past().await.execute(contract).await.unwrap();
    let Err(LogError::Unopened { what, hint, .. }) = Postgres::connect(&room.url).await else {
        panic!("opened")
    };
    assert_eq!(
        (what.as_str(), hint),
        ("a newer Seatbook made its tables", "Use that one, or restore a backup.")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_tables_a_newer_program_has_changed_does_nothing_more() {
    let room = Room::new().await;
    let node = room.node().await;
    node.commit(writes(member(), 0, 1)).await.committed();
    let contract = "INSERT INTO log_schema (number, works_with) VALUES (90, 90)";
    room.past().await.execute(contract).await.unwrap();
    let told = async {
        while node.read_after(0, 10).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), told).await.expect("it finds out");
    assert!(matches!(node.read_after(0, 10).await, Err(LogError::Outgrown)));
    assert!(matches!(node.commit(writes(member(), 0, 1)).await, Err(LogError::Outgrown)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_of_another_program_are_left_alone() {
    let room = Room::new().await;
    room.past().await.execute("CREATE TABLE events (id integer)").await.unwrap();
    let Err(LogError::Unopened { what, .. }) = Postgres::connect(&room.url).await else { panic!("opened") };
    assert_eq!(what, "it has tables of another program");
    assert_eq!(room.ask("SELECT coalesce(to_regclass('log_schema')::text, 'none')").await, "none");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_without_rights_is_told_who_has_to_act() {
    let room = Room::new().await;
    let database = room.url.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    let role = format!("nobody_of_{database}");
    let server = Server::shared();
    server.tell("postgres", &format!("CREATE ROLE {role} LOGIN PASSWORD 'secret'")).await;
    let url = server.url_of(&role, "secret", &database);
    for tables in [false, true] {
        if tables {
            eventlog::postgres::migrate(&room.url).await.unwrap();
        }
        let Err(LogError::Unopened { what, hint, .. }) = Postgres::connect(&url).await else {
            panic!("opened")
        };
        assert!(what.starts_with("the user may not do this: permission denied"), "{what}");
        assert!(hint.contains("owner"), "{hint}");
    }
}
