//! Many clients on several nodes, while nodes, connections and the server die: what was answered is what happened.
//!
//! `SEATBOOK_STORM_ORDERS=200000 SEATBOOK_STORM_CLASS=1000 cargo test --release -p api --test cli_on_postgres
//! storm::sixty_four -- --nocapture` looks longer: each order about a class is about a thousand people then.
//! `SEATBOOK_STORM_SEED` draws the same orders and troubles; `SEATBOOK_STORM_FOLDER` keeps what was told, one line of
//! JSON for each order.

mod check;
mod clerk;
mod client;
mod falsified;
mod fleet;
mod given;
mod models;
mod note;
mod order;
mod race;
mod standby;
mod trouble;

use std::{path::PathBuf, sync::Arc, time::Instant};

use eventlog::conformance::server::Server as Database;
use serde_json::json;
use tokio::{sync::watch, task::JoinSet};

use self::{
    check::Checked,
    clerk::Clerk,
    client::{Ask, Client},
    fleet::{Fleet, NODES, blocking},
    given::{License, Office},
};
use crate::support::{
    ADA,
    dice::{Dice, asked},
};

const CLIENTS: usize = 64;
const LICENSES: usize = 4;

/// How many come as a class, unless another number is asked for.
const CLASS: usize = 5;

/// A license with fewer seats than people want.
async fn license(client: &mut Client, seats: u64) -> (License, u64) {
    let body = json!({ "name": "School", "seats": seats, "admin": ADA, "domains": ["school.example"] });
    let headers = vec![("content-type", "application/json".to_owned())];
    let ask = Ask { method: "POST", path: "/api/v1/licenses".to_owned(), headers, body: body.to_string() };
    let made = client.ask(0, &ask).await.body;
    let id = made["license_id"].as_str().unwrap().parse().unwrap();
    (
        License { id, key: made["license_key"].as_str().unwrap().to_owned(), seats },
        made["position"].as_u64().unwrap(),
    )
}

/// What all of them do.
struct Storm {
    fleet: Arc<Fleet>,
    office: Arc<Office>,
    licenses: Vec<License>,
    /// Where what they order begins.
    from: u64,
    orders: u64,
    class: usize,
    seed: u64,
}

impl Storm {
    async fn begin(fleet: Arc<Fleet>, orders: u64) -> Self {
        let seed: u64 = asked("SEATBOOK_STORM_SEED").unwrap_or_else(|| u64::from(std::process::id()));
        let class = asked("SEATBOOK_STORM_CLASS").unwrap_or(CLASS);
        println!("SEATBOOK_STORM_SEED={seed} SEATBOOK_STORM_ORDERS={orders} SEATBOOK_STORM_CLASS={class}");
        let folder: Option<PathBuf> = asked("SEATBOOK_STORM_FOLDER");
        let folder = folder.unwrap_or_else(|| fleet.office.folder.path().to_owned());
        let mut client = Client::new(Arc::clone(&fleet));
        let (mut licenses, mut from) = (Vec::new(), 0);
        for n in 0..LICENSES {
            let (license, position) = license(&mut client, ((6 + n) * class) as u64).await;
            licenses.push(license);
            from = position;
        }
        let office = Arc::new(Office { told: watch::Sender::new(from), folder });
        Self { fleet, office, licenses, from, orders, class, seed }
    }

    /// After how many positions something goes wrong: twenty times or so in all; more often where there are many.
    fn troubled_after(&self) -> u64 {
        let positions = self.orders * (1 + self.class as u64 / 20);
        (positions / 20).clamp(50, 100_000)
    }

    /// Lets the clients go.
    fn clerks(&self) -> JoinSet<()> {
        let mut clerks = JoinSet::new();
        for n in 0..CLIENTS {
            let (office, license) = (Arc::clone(&self.office), self.licenses[n % LICENSES].clone());
            let client = Client::new(Arc::clone(&self.fleet));
            let dice = Dice(self.seed.wrapping_add(1 + n as u64));
            let (class, sells) = (self.class, n < LICENSES);
            let clerk = Clerk { n, client, office, license, class, sells, dice };
            clerks.spawn(clerk.works(self.orders.div_ceil(CLIENTS as u64)));
        }
        clerks
    }

    /// Waits until they are done, and checks what they were told.
    async fn check(self, mut clerks: JoinSet<()>) -> Checked {
        while let Some(ended) = clerks.join_next().await {
            ended.unwrap();
        }
        let checked = check::check(&self.fleet.url(), &self.office.folder, CLIENTS, self.from).await;
        let Checked { orders, people_ordered, events, .. } = &checked;
        println!("{orders} orders about {people_ordered} people and {events} events checked");
        assert_eq!(checked.faults, Vec::<String>::new());
        let mut client = Client::new(Arc::clone(&self.fleet));
        assert_eq!(models::faults(&mut client).await, Vec::<String>::new());
        for node in 0..NODES {
            assert_eq!(models::shown_wrong(&mut client, node, &checked).await, Vec::<String>::new());
        }
        let fleet = self.fleet;
        blocking(move || fleet.end()).await;
        checked
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_clients_on_three_nodes_were_told_what_happened() {
    let orders: u64 = asked("SEATBOOK_STORM_ORDERS").unwrap_or(2_000);
    let storm = Storm::begin(Fleet::on(Database::start(&[])).await, orders).await;
    let (done, is_done) = watch::channel(false);
    let every = storm.troubled_after();
    let (fleet, told) = (Arc::clone(&storm.fleet), storm.office.told.subscribe());
    let making = tokio::spawn(trouble::make(fleet, told, is_done, Dice(storm.seed), every));
    let start = Instant::now();
    let mut clerks = storm.clerks();
    while let Some(ended) = clerks.join_next().await {
        ended.unwrap();
    }
    let taken = start.elapsed();
    done.send_replace(true);
    let troubles = making.await.unwrap();
    println!("{troubles}; in {taken:.1?}");
    assert!(troubles.came(), "{troubles}");
    let checked = storm.check(clerks).await;
    assert!(checked.orders >= orders);
}
