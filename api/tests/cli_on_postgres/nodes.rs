//! Several nodes on one database.

use std::{
    process::{Child, Command},
    thread::sleep,
    time::{Duration, Instant},
};

use eventlog::faults::STOP_AT;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use crate::support::{Office, Server, Way, signal, told};

const ROWS: u64 = 25_000;

/// Far longer than anything here takes.
const LONG: Duration = Duration::from_mins(3);

fn asked(way: &Way, path: &str) -> Value {
    let answer = way.ask("GET", path, &[], b"").expect("an answer");
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json().expect("JSON")
}

/// Ada sends something.
fn sent(way: &Way, path: &str, kind: &str, body: &str) -> Value {
    let headers = [&format!("Content-Type: {kind}"), "Prefer: respond-async"];
    let answer = way.ask("POST", path, &headers, body.as_bytes()).expect("an answer");
    assert!((200..300).contains(&answer.status), "{path}: {}", answer.body);
    answer.json().expect("JSON")
}

fn people() -> String {
    format!("Email\n{}", (0..ROWS).map(|n| format!("p{n:05}@school.example\n")).collect::<String>())
}

/// Waits until an import is what is wanted of it, as a node shows it.
fn shown(way: &Way, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let start = Instant::now();
    loop {
        let import = asked(way, path);
        if wanted(&import) {
            return import;
        }
        assert!(start.elapsed() < LONG, "it stays so: {import}");
        sleep(Duration::from_millis(20));
    }
}

fn applied(import: &Value) -> u64 {
    import["rows"].as_u64().expect("rows")
}

/// How many pieces of uploads are kept.
fn kept(office: &Office) -> i64 {
    told(async {
        let mut conn = PgConnection::connect(&office.target()).await.expect("the database");
        let count = sqlx::query_scalar("SELECT count(*) FROM upload_pieces").fetch_one(&mut conn);
        count.await.expect("a number")
    })
}

/// Two nodes, a license, and an import that the first one has begun with.
struct Begun {
    office: Office,
    first: Server,
    second: Server,
    license: String,
    import: String,
}

impl Begun {
    fn new() -> Self {
        let office = Office::new();
        let (license, _) = office.license(100_000);
        let (first, second) = (office.serve(), office.serve());
        let path = format!("/api/v1/licenses/{license}/imports");
        let job = sent(&first.way(), &path, "text/csv", &people());
        let import = format!("{path}/{}", job["import_id"].as_str().expect("an import"));
        shown(&second.way(), &import, |import| applied(import) > 0);
        Self { office, first, second, license, import }
    }
}

#[test]
fn nodes_that_start_at_once_on_an_empty_database_make_its_tables_once() {
    let office = Office::before_the_first_command();
    std::thread::scope(|scope| {
        let started: Vec<_> = (0..4).map(|_| scope.spawn(|| office.serve())).collect();
        for server in started {
            assert_eq!(server.join().expect("it serves").end(), Some(0));
        }
    });
    office.done(&["license", "list"]);
}

#[test]
fn what_one_node_did_the_other_shows_to_whoever_asks_for_its_position() {
    let office = Office::new();
    let (license, _) = office.license(100);
    let nodes = [office.serve(), office.serve()];
    let ways = [nodes[0].way(), nodes[1].way()];
    let path = format!("/api/v1/licenses/{license}/users");
    for n in 0..20_usize {
        let added = sent(&ways[n % 2], &path, "text/plain", &format!("p{n:02}@school.example"));
        let position = added["position"].as_u64().expect("a position");
        let page = asked(&ways[(n + 1) % 2], &format!("{path}?min_position={position}"));
        assert_eq!(page["items"].as_array().map(Vec::len), Some(n + 1), "{page}");
    }
    // A command is a third one.
    assert_eq!(office.people().len(), 20);
}

#[test]
fn an_import_of_a_node_that_was_killed_goes_on_elsewhere_and_every_row_is_there_once() {
    let Begun { office, mut first, second, license, import } = Begun::new();
    first.child.kill().expect("killed");
    first.child.wait().expect("its end");
    let way = second.way();
    let before = applied(&asked(&way, &import));
    assert!(before < ROWS, "it was done before its node was killed");
    let done = shown(&way, &import, |import| import["phase"] != json!("running"));
    assert_eq!((&done["phase"], applied(&done)), (&json!("completed"), ROWS), "{done}");
    assert_eq!(done["counts"], json!({ "accepted": ROWS }));
    let shown = asked(&way, &format!("/api/v1/licenses/{license}"));
    assert_eq!(shown["seats"]["held"], json!(ROWS), "{shown}");
    for model in ["members", "imports", "audit"] {
        let compared = office.json(&["projections", "verify", model]);
        assert_eq!(compared["equal"], json!(true), "{compared}");
    }
    // Nothing of the upload is left.
    drop(second);
    assert_eq!(kept(&office), 0);
}

/// Whether a child was stopped, and waits for `SIGCONT`.
fn is_stopped(child: &Child) -> bool {
    let state =
        Command::new("ps").args(["-o", "state=", "-p", &child.id().to_string()]).output().expect("ps");
    state.stdout.first() == Some(&b'T')
}

/// As when the server ends: with all connections go the claims that they hold.
fn all_claims_are_lost(office: &Office) {
    told(async {
        let mut conn = PgConnection::connect(&office.target()).await.expect("the database");
        let others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                      WHERE pid <> pg_backend_pid() AND datname = current_database()";
        let ended: i64 = sqlx::query_scalar(others).fetch_one(&mut conn).await.expect("they are ended");
        assert!(ended > 0);
    });
}

#[test]
fn an_upload_stays_when_its_claim_is_lost_before_its_import_has_begun() {
    let office = Office::new();
    let (license, _) = office.license(100_000);
    let first =
        Server::started(office.serve_command().env(STOP_AT, "job.before_its_start")).expect("it serves");
    let path = format!("/api/v1/licenses/{license}/imports");
    std::thread::scope(|scope| {
        let job = scope.spawn(|| sent(&first.way(), &path, "text/csv", &people()));
        let start = Instant::now();
        while !is_stopped(&first.child) {
            assert!(start.elapsed() < LONG, "it does not come to the place");
            sleep(Duration::from_millis(20));
        }
        all_claims_are_lost(&office);
        // The first thing that it does is to look for what was left.
        let second = office.serve();
        signal(&first.child, "-CONT");
        let job = job.join().expect("an answer");
        let import = format!("{path}/{}", job["import_id"].as_str().expect("an import"));
        let done = shown(&second.way(), &import, |import| import["phase"] != json!("running"));
        assert_eq!(
            (&done["phase"], &done["counts"]),
            (&json!("completed"), &json!({ "accepted": ROWS })),
            "{done}"
        );
    });
}

#[test]
fn a_node_follows_the_import_of_another_one_and_can_cancel_it() {
    let Begun { first, second, import, .. } = Begun::new();
    let way = second.way();
    assert_eq!(asked(&first.way(), &import)["job"]["state"], json!("running"));
    assert_eq!(asked(&way, &import).get("job"), None, "the other one works on it");
    std::thread::scope(|scope| {
        let told =
            scope.spawn(|| way.ask("GET", &format!("{import}/events"), &[], b"").expect("events").body);
        shown(&way, &import, |import| import["job"]["state"] == json!("running"));
        let cancelled = sent(&second.way(), &format!("{import}/cancel"), "application/json", "");
        assert_eq!(cancelled["code"], json!("changed"));
        let told = told.join().expect("what it told");
        assert!(told.contains("event: progress") && told.contains("event: ended"), "{told}");
    });
    for way in [first.way(), second.way()] {
        let ended = shown(&way, &import, |import| import["job"]["state"] == json!("cancelled"));
        assert_eq!(ended["phase"], json!("cancelled"), "{ended}");
        assert!(applied(&ended) < ROWS, "{ended}");
    }
}

#[test]
fn the_same_file_given_to_several_nodes_at_once_is_one_import() {
    let office = Office::new();
    let (license, _) = office.license(100_000);
    let nodes = [office.serve(), office.serve()];
    let path = format!("/api/v1/licenses/{license}/imports");
    let job = std::thread::scope(|scope| {
        let given =
            nodes.each_ref().map(|node| scope.spawn(|| sent(&node.way(), &path, "text/csv", &people())));
        let [one, other] = given.map(|given| given.join().expect("an answer")["import_id"].clone());
        assert_eq!(one, other);
        one
    });
    let import = format!("{path}/{}", job.as_str().expect("an import"));
    let done = shown(&nodes[0].way(), &import, |import| import["phase"] != json!("running"));
    assert_eq!(
        (&done["phase"], &done["counts"]),
        (&json!("completed"), &json!({ "accepted": ROWS })),
        "{done}"
    );
    assert_eq!(asked(&nodes[1].way(), &path)["items"].as_array().map(Vec::len), Some(1));
}
