//! Standbys: none is worked with, and one that lacks the end of the log is known by that.

use std::time::Duration;

use eventlog::{
    EventLog, LogError, Postgres,
    conformance::{
        build::{member, writes},
        server::Server,
        told::Told,
    },
};

use crate::room::sound;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_is_refused_until_it_is_the_primary() {
    let primary = Server::start(&[]);
    let url = primary.database().await;
    Postgres::connect(&url).await.unwrap().commit(writes(member(), 0, 3)).await.committed();
    let standby = primary.standby(&[]);
    let database = url.rsplit('/').next().unwrap().split('?').next().unwrap();
    let there = standby.url(database);
    let Err(LogError::Unopened { what, hint, .. }) = Postgres::connect(&there).await else {
        panic!("opened")
    };
    assert_eq!(
        (what.as_str(), hint),
        ("it is a standby, which may be behind", "Name the primary in the URL.")
    );
    primary.kill();
    standby.promote();
    let node = Postgres::connect(&there).await.unwrap();
    assert_eq!(node.commit(writes(member(), 0, 1)).await.committed().position, 4);
}

/// An asynchronous standby that lacks the last commits takes over behind the same address.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_stops_when_the_log_went_back_to_another_history() {
    for (rival_events, told) in [(1, "the log ends at"), (20, "another event stands there now")] {
        let primary = Server::start(&[]);
        let url = primary.database().await;
        let node = Postgres::connect(&url).await.unwrap();
        node.commit(writes(member(), 0, 3)).await.committed();
        let mut standby = primary.standby(&[]);
        standby.kill();
        node.commit(writes(member(), 0, 3)).await.committed();
        primary.kill();
        standby.take_place_of(&primary);
        standby.run();
        standby.promote();
        // Another node, which has seen nothing, goes on there.
        let rival = Postgres::connect(&url).await.unwrap();
        rival.commit(writes(member(), 0, rival_events)).await.committed();
        // This one may have been on its way when the primary went.
        let _ = node.commit(writes(member(), 0, 1)).await;
        let stopped = node.commit(writes(member(), 0, 1)).await;
        let Err(LogError::Diverged { position: 6, what }) = stopped else { panic!("{stopped:?}") };
        // It may have looked before the other node went on.
        assert!(what.starts_with(told) || what.starts_with("the log ends at"), "{what}");
        assert!(matches!(node.read_after(0, 10).await, Err(LogError::Diverged { .. })));
        assert!(matches!(node.commit(writes(member(), 0, 1)).await, Err(LogError::Diverged { .. })));
        sound(&rival).await;
    }
}

/// Everything that was acknowledged is on the standby that the primary waits for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_that_is_waited_for_has_everything_that_was_acknowledged() {
    let primary = Server::start(&[]);
    let url = primary.database().await;
    let node = Postgres::connect(&url).await.unwrap();
    let mut standby = primary.standby(&[]);
    primary.tell("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'").await;
    primary.tell("postgres", "SELECT pg_reload_conf()").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let node = node.clone();
        writers.spawn(async move {
            let mut acknowledged = 0;
            while let Ok(eventlog::Outcome::Committed(receipt)) = node.commit(writes(member(), 0, 1)).await {
                acknowledged = receipt.position;
            }
            acknowledged
        });
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    tokio::task::block_in_place(|| {
        primary.kill();
        standby.kill();
        standby.take_place_of(&primary);
        standby.set("synchronous_standby_names = ''");
        standby.run();
        standby.promote();
    });
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    // The node has found the new primary, and has nothing to say against it.
    let head = node.commit(writes(member(), 0, 1)).await.committed().position;
    node.close().await;
    let acknowledged = writers.join_all().await.into_iter().max().unwrap();
    assert!(acknowledged > 100, "{acknowledged}");
    let again = Postgres::connect(&url).await.unwrap();
    let history = sound(&again).await;
    assert!(history.events.len() as u64 >= head.max(acknowledged));
}
