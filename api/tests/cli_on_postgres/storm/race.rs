//! Sixty-four people want a seat at once, by paste, by file and by key, on three nodes: as many as there are seats get one,
//! and the others are told why not.

use std::{collections::BTreeMap, sync::Arc};

use domain::Code;
use eventlog::conformance::server::Server as Database;
use serde_json::json;
use tokio::{
    sync::{Barrier, watch},
    task::JoinSet,
};

use super::{
    CLIENTS,
    check::check,
    client::{Ask, Client},
    fleet::{Fleet, NODES, blocking},
    given::{Given, License, Office},
    license, models,
    note::Notebook,
    order::Order,
};

const SEATS: u64 = 20;

/// One more key of a license, with which only so many can join.
async fn with_limited_key(client: &mut Client, license: License, limit: u64) -> (License, u64) {
    let path = format!("/api/v1/licenses/{}/keys", license.id);
    let headers = vec![("content-type", "application/json".to_owned())];
    let ask = Ask { method: "POST", path, headers, body: json!({ "limit": limit }).to_string() };
    let issued = client.ask(1, &ask).await.body;
    let key = issued["license_key"].as_str().unwrap().to_owned();
    (License { key, ..license }, issued["position"].as_u64().unwrap())
}

/// Lets all of them go at once. How many were told what.
async fn race(
    fleet: &Arc<Fleet>,
    office: &Arc<Office>,
    license: &License,
    doors: &[Order],
) -> BTreeMap<(bool, Code), u64> {
    let start = Arc::new(Barrier::new(CLIENTS));
    let mut callers = JoinSet::new();
    for n in 0..CLIENTS {
        let (start, office, license) = (Arc::clone(&start), Arc::clone(office), license.clone());
        let (order, mut client) = (doors[n % doors.len()], Client::new(Arc::clone(fleet)));
        let doors = doors.len();
        callers.spawn(async move {
            // One race after the other: each has people, and keys, of its own.
            let person = format!("r{n}-{}@school.example", license.id);
            let key = format!("{}-{n}", license.id);
            let given = Given { order, person: Some(&person), body: &person, key };
            let node = n / doors % NODES;
            // So that it has a connection.
            client.get(node, "/api/v1/licenses").await;
            start.wait().await;
            let answered = given.to(&mut client, node, &office, &license).await;
            let mut notebook = Notebook::new(&office.folder, n);
            notebook.writes(&answered);
            notebook.close();
            (order == Order::Join, answered.code)
        });
    }
    let mut told = BTreeMap::new();
    for outcome in callers.join_all().await {
        *told.entry(outcome).or_default() += 1;
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_paste_file_and_key_at_once_as_many_get_a_seat_as_there_are() {
    let three = [Order::Paste, Order::Csv, Order::Join];
    let fleet = Fleet::on(Database::start(&[])).await;
    let mut client = Client::new(Arc::clone(&fleet));
    // The doors, how many can join with the key, how many get in.
    for (doors, joins, expected) in [
        (&three[..], None, SEATS),
        (&three[..], Some(5), SEATS),
        (&[Order::Join][..], Some(12), 12),
        (&[Order::Join][..], None, SEATS),
    ] {
        let (mut license, mut from) = license(&mut client, SEATS).await;
        if let Some(joins) = joins {
            (license, from) = with_limited_key(&mut client, license, joins).await;
        }
        let folder = tempfile::tempdir().unwrap();
        let office = Office { told: watch::Sender::new(0), folder: folder.path().to_owned() };
        let office = Arc::new(office);
        let told = race(&fleet, &office, &license, doors).await;
        let of = |by_key: bool, code: Code| told.get(&(by_key, code)).copied().unwrap_or_default();
        let by_key = of(true, Code::Accepted);
        assert_eq!(by_key + of(false, Code::Accepted), expected, "{told:?}");
        assert!(by_key <= joins.unwrap_or(SEATS), "{told:?}");
        // Everybody else was told why not: the key was used up, or there was no seat.
        let refused = told.values().sum::<u64>() - expected;
        let (no_seat, used_up) =
            (of(true, Code::SeatLimit) + of(false, Code::SeatLimit), of(true, Code::KeyUsedUp));
        assert_eq!(no_seat + used_up, refused, "{told:?}");
        assert!(used_up == 0 || by_key == joins.unwrap_or_default(), "{told:?}");
        let checked = check(&fleet.url(), folder.path(), CLIENTS, from).await;
        assert_eq!((checked.orders, checked.faults.clone()), (CLIENTS as u64, vec![]));
        assert_eq!(checked.people.on(license.id).len() as u64, expected);
        for node in 0..NODES {
            assert_eq!(models::shown_wrong(&mut client, node, &checked).await, Vec::<String>::new());
        }
    }
    assert_eq!(models::faults(&mut client).await, Vec::<String>::new());
    blocking(move || fleet.end()).await;
}
