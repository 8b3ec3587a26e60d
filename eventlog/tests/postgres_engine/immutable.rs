//! The database itself refuses to change history; the service's own role may not even try.

use eventlog::{
    Commit, EventLog, KeyClaim, Postgres,
    conformance::{
        build::{Having, key, license, member, person, seat_pool, subject, writes},
        server::Server,
        told::Told,
    },
    contract::PoolChange,
    postgres,
};
use sqlx::Executor;

use crate::room::{Room, past};

const CHANGES: [&str; 6] = [
    "UPDATE events SET payload = '{}'",
    "UPDATE events SET recorded_at = recorded_at",
    "DELETE FROM events",
    "TRUNCATE events",
    "TRUNCATE events CASCADE",
    "INSERT INTO events SELECT * FROM events ON CONFLICT (position) DO UPDATE SET payload = '{}'",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_neither_changed_nor_deleted_nor_truncated() {
    let room = Room::new().await;
    let log = room.log().await;
    log.commit(writes(member(), 0, 3)).await.committed();
    let mut owner = room.past().await;
    for sql in CHANGES {
        let refused = owner.execute(sql).await.unwrap_err().to_string();
        assert!(refused.contains("events are immutable"), "{sql}: {refused}");
    }
    // Also where triggers are switched off for replication.
    owner.execute("SET session_replication_role = replica").await.unwrap();
    assert!(owner.execute("DELETE FROM events").await.is_err());
    assert_eq!(log.read_after(0, 10).await.unwrap().events.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_services_own_role_may_do_everything_but_change_history() {
    let room = Room::new().await;
    postgres::migrate(&room.url).await.unwrap();
    let database = room.url.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    let role = format!("service_of_{database}");
    let server = Server::shared();
    server.tell("postgres", &format!("CREATE ROLE {role} LOGIN PASSWORD 'secret'")).await;
    for _ in 0..2 {
        postgres::grant(&room.url, &role, &postgres::OfNodes::default()).await.unwrap();
    }
    let url = server.url_of(&role, "secret", &database);
    let node = Postgres::connect(&url).await.unwrap();
    let (license, pool, ada, issued) = (license(), seat_pool(), person("ada@example.org"), key());
    let everything = writes(member(), 0, 1)
        .writes_for(license, license, 0, 2)
        .with_person(ada)
        .with_member(license, subject(), member())
        .with_key(KeyClaim { sealed: Some(vec![1; 70]), ..issued.clone() })
        .changes(pool, PoolChange::Open(Some(3)))
        .changes(pool, PoolChange::Take(1))
        .with_refused_row(eventlog::conformance::build::import(), 1)
        .with_command(eventlog::conformance::build::command(), b"");
    node.commit(everything).await.committed();
    node.commit(writes(member(), 0, 700).in_bulk()).await.committed();
    node.commit(writes(member(), 1, 1)).await.conflict();
    node.commit(Commit::default().forgetting(issued.key_id)).await.committed();
    assert_eq!(node.find_sealed_key(issued.key_id).await.unwrap(), None);
    let later = chrono::Utc::now() + chrono::TimeDelta::days(1);
    node.forget_refused(later, later).await.unwrap();
    assert_eq!(node.read_after(0, 1_000).await.unwrap().events.len(), 703);

    let mut service = past(&url).await;
    let more = [
        "ALTER TABLE events DISABLE TRIGGER ALL",
        "DROP TABLE events",
        "SET session_replication_role = replica",
        "DELETE FROM commands",
        "DELETE FROM log_head",
        "UPDATE log_schema SET number = 0",
    ];
    for sql in CHANGES.iter().chain(&more) {
        let refused = service.execute(*sql).await.unwrap_err();
        let code = refused
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .map(std::borrow::Cow::into_owned);
        assert_eq!(code.as_deref(), Some("42501"), "{sql}: {refused}");
    }
}
