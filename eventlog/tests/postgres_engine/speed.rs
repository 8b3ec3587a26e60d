//! How fast an accept is, beside what `pgbench` does on the same server in the same run. Not for every day:
//! `cargo test --release -p eventlog --test postgres_engine speed -- --ignored --nocapture`.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use domain::{LicenseId, MemberId, MembershipEvent};
use eventlog::{
    Commit, EventLog, PlaceAsked, Postgres,
    conformance::{
        build::{Having, command, event, license, member, person, seat_pool, writes},
        server::Server,
        told::Told,
    },
};
use sqlx::Executor;

use crate::room::past;

const PEOPLE: usize = 200_000;
const CHUNK: usize = 5_000;
const TIME: Duration = Duration::from_secs(5);

/// What somebody does who knows nothing of all this: look up the stream, insert its next event, commit.
const PLAIN: &str = r"
\set n random(1, 200000)
BEGIN;
SELECT max(sequence) AS last FROM plain WHERE aggregate_type = 'membership' AND aggregate_id = 'stream-' || :n \gset
INSERT INTO plain VALUES ('membership', 'stream-' || :n, :last + 1, 'InviteAccepted', '1', '{}', '{}');
COMMIT;
";

struct Seats {
    license: LicenseId,
    people: Vec<(String, MemberId)>,
    next: AtomicUsize,
}

async fn invited(node: &Postgres) -> (Seats, Duration) {
    let license = license();
    node.commit(Commit::default().writes_for(license, license, 0, 3)).await.committed();
    let mut people = Vec::with_capacity(PEOPLE);
    let mut took = Duration::ZERO;
    for chunk in 0..PEOPLE / CHUNK {
        let mut commit = Commit::default().in_bulk();
        for n in chunk * CHUNK..(chunk + 1) * CHUNK {
            let (person, member) = (person(&format!("person.{n}@school.example.org")), member());
            people.push((person.normalised.clone(), member));
            let subject = person.subject_id;
            commit = commit.with_person(person).with_member(license, subject, member);
            commit = commit.writes_for(license, member, 0, 1);
        }
        let begin = Instant::now();
        node.commit(commit).await.committed();
        took += begin.elapsed();
    }
    (Seats { license, people, next: AtomicUsize::new(0) }, took)
}

/// As a command does it: everything is looked up in one go, decided on, and committed with its id.
async fn accept(node: &Postgres, seats: &Seats) {
    let n = seats.next.fetch_add(1, Ordering::Relaxed);
    let (address, member) = &seats.people[n * 7_919 % PEOPLE];
    let command = command();
    let asked = PlaceAsked {
        command: Some(command),
        license: seats.license,
        license_after: 3,
        person: address,
        actor: None,
        key: None,
    };
    let place = node.find_place(asked).await.unwrap();
    let (_, history) = place.member.unwrap();
    let accepted = event(MembershipEvent::InviteAccepted {});
    let commit = Commit::default()
        .appends(seats.license, *member, history.len() as u64, accepted)
        .asserts(seats.license, 3)
        .with_command(command, b"{\"position\":1}");
    node.commit(commit).await.committed();
}

async fn accepts(nodes: &[Postgres], seats: &Arc<Seats>, callers: usize) -> f64 {
    let done = Arc::new(AtomicUsize::new(0));
    let until = Instant::now() + TIME;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..callers {
        let (node, seats, done) = (nodes[n % nodes.len()].clone(), Arc::clone(seats), Arc::clone(&done));
        tasks.spawn(async move {
            while Instant::now() < until {
                accept(&node, &seats).await;
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    tasks.join_all().await;
    f64::from(u32::try_from(done.load(Ordering::Relaxed)).unwrap()) / TIME.as_secs_f64()
}

fn plain(server: &Server, script: &std::path::Path, clients: usize) -> f64 {
    let clients = clients.to_string();
    let said = Command::new("pgbench")
        .args(["-n", "-M", "prepared", "-T", "5", "-j", "2", "-c", &clients, "-f"])
        .arg(script)
        .arg(server.url("bench"))
        .output()
        .unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let tps = said.lines().find_map(|line| line.strip_prefix("tps = "));
    tps.and_then(|line| line.split(' ').next()?.parse().ok()).unwrap_or_else(|| panic!("{said}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes, and means something in a release build only"]
async fn accepting_beside_pgbench() {
    let server =
        Server::start(&["shared_buffers = 2GB", "max_wal_size = 16GB", "checkpoint_timeout = 30min"]);
    server.tell("postgres", "CREATE DATABASE bench").await;
    let url = server.url("bench");
    let table = "CREATE TABLE plain (aggregate_type text, aggregate_id text, sequence bigint, event_type text,
            event_version text, payload json, metadata json, PRIMARY KEY (aggregate_type, aggregate_id, sequence));
        INSERT INTO plain SELECT 'membership', 'stream-' || n, 1, 'UserInvited', '1', '{}', '{}'
            FROM generate_series(1, 200000) n; ANALYZE plain";
    past(&url).await.execute(table).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("plain.sql");
    std::fs::write(&script, PLAIN).unwrap();

    let node = Postgres::connect(&url).await.unwrap();
    let (seats, took) = invited(&node).await;
    println!(
        "chunks of {CHUNK}: {:.0} people/s",
        f64::from(u32::try_from(PEOPLE).unwrap()) / took.as_secs_f64()
    );
    let seats = Arc::new(seats);
    server.tell("bench", "VACUUM ANALYZE").await;
    node.commit(writes(member(), 0, 1).changes(seat_pool(), eventlog::PoolChange::Open(None)))
        .await
        .committed();
    for callers in [1, 16, 64] {
        let limit = tokio::task::block_in_place(|| plain(&server, &script, callers));
        let ours = accepts(std::slice::from_ref(&node), &seats, callers).await;
        println!("{callers} callers: pgbench {limit:.0}/s, accepts {ours:.0}/s, ratio {:.2}", ours / limit);
    }
    let mut nodes = vec![node];
    nodes.push(Postgres::connect(&url).await.unwrap());
    nodes.push(Postgres::connect(&url).await.unwrap());
    let three = accepts(&nodes, &seats, 64).await;
    println!("64 callers on 3 nodes: {three:.0}/s");
}
