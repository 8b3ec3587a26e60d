//! A standby takes over: one that the primary waited for has everything that was acknowledged; of one that lacks the end
//! of the log, a node that has seen more says so.

use std::{
    sync::Arc,
    thread::sleep,
    time::{Duration, Instant},
};

use eventlog::conformance::server::Server as Database;
use serde_json::json;

use super::{
    Storm,
    fleet::{Fleet, blocking},
};
use crate::support::{Office, Way, server::Answer, told};

const ORDERS: u64 = 1_500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_standby_that_was_waited_for_takes_over_clients_were_told_what_happened() {
    let primary = Database::start(&[]);
    let mut standby = primary.standby(&[]);
    primary.waits_for_standbys().await;
    let fleet = Fleet::on(primary).await;
    let storm = Storm::begin(fleet, ORDERS).await;
    let mut told = storm.office.told.subscribe();
    let clerks = storm.clerks();
    let half = storm.from + ORDERS / 2;
    told.wait_for(|told| *told > half).await.unwrap();
    let fleet = Arc::clone(&storm.fleet);
    let standby = blocking(move || {
        fleet.database.kill_the_first_process();
        standby.takes_over_from(&fleet.database);
        standby
    })
    .await;
    let checked = storm.check(clerks).await;
    assert!(checked.orders >= ORDERS);
    drop(standby);
}

/// An answer, whatever it says.
fn asked(way: &Way, method: &str, path: &str, body: &str) -> Answer {
    way.ask(method, path, &["Content-Type: text/plain"], body.as_bytes()).expect("an answer")
}

/// Waits until a node is ready: lists that are new are shown once they have caught up.
fn wait_until_ready(way: &Way) {
    let start = Instant::now();
    while asked(way, "GET", "/readyz", "").status != 200 {
        assert!(start.elapsed() < Duration::from_mins(2), "it is not ready");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_node_that_has_seen_more_than_there_is_now_says_so_and_is_not_ready() {
    let primary = Database::start(&[]);
    let office = Office { folder: tempfile::tempdir().unwrap(), url: Some(told(primary.database())) };
    let (license, _) = office.license(100);
    let node = office.serve();
    let users = format!("/api/v1/licenses/{license}/users");
    let adds = |way: &Way, name: &str| asked(way, "POST", &users, &format!("{name}@school.example"));
    assert_eq!(adds(&node.way(), "ada").status, 200);
    let mut standby = primary.standby(&[]);
    // It lacks what comes now.
    standby.kill();
    assert_eq!(adds(&node.way(), "bo").status, 200);
    wait_until_ready(&node.way());
    primary.kill();
    standby.takes_over_from(&primary);
    // Somebody goes on there who has seen nothing else, further than the other one has seen.
    let rival = office.serve();
    for name in ["cy", "di", "ed"] {
        assert_eq!(adds(&rival.way(), name).status, 200);
    }
    let start = Instant::now();
    let ready = loop {
        let ready = asked(&node.way(), "GET", "/readyz", "");
        if ready.json().is_some_and(|said| said["code"] == json!("history_diverged")) {
            break ready;
        }
        assert!(start.elapsed() < Duration::from_mins(2), "{ready:?}");
        sleep(Duration::from_millis(50));
    };
    assert_eq!(ready.status, 503);
    let refused = adds(&node.way(), "fay");
    assert_eq!((refused.status, &refused.json().unwrap()["code"]), (503, &json!("history_diverged")));
    assert!(refused.body.contains("This node has stopped: the database went back to another history"));
    wait_until_ready(&rival.way());
    // Started again, it knows nothing else.
    assert_eq!(node.end(), Some(0));
    let again = office.serve();
    assert_eq!(adds(&again.way(), "fay").status, 200);
    assert_eq!(office.people().len(), 5);
    assert_eq!((again.end(), rival.end()), (Some(0), Some(0)));
}
