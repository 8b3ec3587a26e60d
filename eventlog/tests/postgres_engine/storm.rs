//! Writers on several nodes while their connections are ended again and again: nothing acknowledged is lost, nothing
//! happens twice.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::{LicenseEvent, LicenseId};
use eventlog::{
    Commit, EventLog, Outcome,
    PoolChange::{Open, Take},
    Postgres, SeatPool,
    conformance::{
        build::{Having, command, event, event_ids, license, member, writes},
        history::{HandedIn, WasTold},
        server::Server,
        told::Told,
    },
};
use sqlx::PgConnection;
use tokio::sync::watch;

use crate::room::{past, sound};

const NODES: usize = 3;
const WRITERS: usize = 12;
const SEATS: u64 = 150;

struct Storm {
    nodes: Vec<Postgres>,
    license: LicenseId,
    handed_in: Vec<HandedIn>,
    /// How many commits have been acknowledged.
    committed: Arc<watch::Sender<usize>>,
}

impl Storm {
    async fn new(url: &str) -> Self {
        let mut nodes = Vec::new();
        for _ in 0..NODES {
            nodes.push(Postgres::connect(url).await.unwrap());
        }
        let license = license();
        let limit = event(LicenseEvent::SeatLimitChanged { seat_limit: SEATS });
        let begin = Commit::default()
            .appends(license, license, 0, limit)
            .changes(SeatPool::License(license), Open(Some(SEATS)));
        let events = event_ids(&begin);
        let position = nodes[0].commit(begin).await.committed().position;
        let handed_in = vec![HandedIn { events, told: WasTold::Committed(position) }];
        Self { nodes, license, handed_in, committed: Arc::new(watch::Sender::new(0)) }
    }

    /// Writers write until told to stop.
    fn writers(&self, enough: &Arc<AtomicBool>) -> tokio::task::JoinSet<Vec<HandedIn>> {
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            let (node, committed) = (self.nodes[writer % NODES].clone(), Arc::clone(&self.committed));
            writers.spawn(write(node, self.license, Arc::clone(enough), writer, committed));
        }
        writers
    }

    /// Waits until so many more commits have been acknowledged.
    async fn goes_on(&self, commits: usize) {
        let until = *self.committed.borrow() + commits;
        self.committed.subscribe().wait_for(|committed| *committed >= until).await.unwrap();
    }

    async fn check(mut self, writers: tokio::task::JoinSet<Vec<HandedIn>>) {
        for handed_in in writers.join_all().await {
            self.handed_in.extend(handed_in);
        }
        let history = sound(&self.nodes[0]).await;
        assert_eq!(history.contradictions(&self.handed_in, true), []);
        let acknowledged = self.handed_in.iter().filter(|h| matches!(h.told, WasTold::Committed(_))).count();
        assert!(acknowledged > 100, "only {acknowledged} commits");
        let taken = self.nodes[1].seats(SeatPool::License(self.license)).await.unwrap().unwrap().taken;
        let held =
            history.events.iter().filter(|e| e.event.description().name == "JoinedWithLicenseKey").count();
        assert_eq!(taken, held as u64);
    }
}

async fn write(
    node: Postgres,
    license: LicenseId,
    enough: Arc<AtomicBool>,
    writer: usize,
    committed: Arc<watch::Sender<usize>>,
) -> Vec<HandedIn> {
    let mut handed_in = Vec::new();
    let mut n = writer;
    while !enough.load(Ordering::SeqCst) {
        n += 1;
        let commit = match n % 4 {
            0 => joins(license),
            1 => writes(member(), 0, 600).in_bulk(),
            _ => writes(member(), 0, 1).writes_for(license, member(), 0, 2),
        };
        let commit = if n.is_multiple_of(3) { commit.with_command(command(), b"") } else { commit };
        let events = event_ids(&commit);
        let told = match node.commit(commit).await {
            Ok(Outcome::Committed(receipt)) => {
                committed.send_modify(|committed| *committed += 1);
                WasTold::Committed(receipt.position)
            }
            Ok(Outcome::SeatLimit { .. }) | Err(_) => WasTold::NothingWritten,
            Ok(Outcome::Unknown) => WasTold::Nothing,
            Ok(other) => panic!("{other:?}"),
        };
        handed_in.push(HandedIn { events, told });
    }
    handed_in
}

fn joins(license_id: LicenseId) -> Commit {
    let joined = event(domain::MembershipEvent::JoinedWithLicenseKey {
        commitment: None,
        key_id: domain::KeyId(uuid::Uuid::nil()),
        license_id,
        subject_id: domain::SubjectId::OPERATOR,
    });
    Commit::default().appends(license_id, member(), 0, joined).changes(SeatPool::License(license_id), Take(1))
}

async fn end_all_connections(conn: &mut PgConnection) {
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND application_name = 'seatbook'";
    sqlx::query(sql).fetch_all(conn).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_ended_again_and_again_lose_and_double_nothing() {
    let url = Server::shared().database().await;
    let storm = Storm::new(&url).await;
    let enough = Arc::new(AtomicBool::new(false));
    let writers = storm.writers(&enough);
    let mut conn = past(&url).await;
    for round in 0..25 {
        storm.goes_on(5).await;
        // Not always right after one.
        tokio::time::sleep(Duration::from_millis(round * 7 % 30)).await;
        end_all_connections(&mut conn).await;
    }
    storm.goes_on(20).await;
    enough.store(true, Ordering::SeqCst);
    storm.check(writers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_under_load_loses_nothing_that_it_acknowledged() {
    let server = Server::start(&[]);
    let url = server.database().await;
    let storm = Storm::new(&url).await;
    let enough = Arc::new(AtomicBool::new(false));
    let writers = storm.writers(&enough);
    for _ in 0..3 {
        storm.goes_on(40).await;
        tokio::task::block_in_place(|| {
            server.kill();
            server.run();
        });
    }
    storm.goes_on(40).await;
    enough.store(true, Ordering::SeqCst);
    storm.check(writers).await;
}
