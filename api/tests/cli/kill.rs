use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant, SystemTime},
};

use serde_json::{Value, json};

use crate::support::{ADA, Office, Server};

/// So many kills in the usual run; `SEATBOOK_CRASH_CYCLES` asks for more.
fn cycles() -> u32 {
    std::env::var("SEATBOOK_CRASH_CYCLES")
        .map_or(4, |n| n.parse().expect("SEATBOOK_CRASH_CYCLES is a number"))
}

/// Kills within one import: after these it may end.
const KILLS: u32 = 8;

/// Some milliseconds, fewer than `below`.
fn moment(below: u64) -> Duration {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Duration::from_millis(u64::from(now.subsec_nanos()) / 1_000 % below)
}

/// Asks a server; the answer's status and body.
fn ask(server: &Server, method: &str, path: &str, body: &str) -> (u16, Value) {
    let address = server.said["listening"].as_str().unwrap().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nSeatbook-As: {ADA}\r\n\
         Content-Type: text/csv\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    // A streamed body comes in chunks; an object begins and ends where its braces are.
    let object = body.find('{').zip(body.rfind('}')).map_or("null", |(from, to)| &body[from..=to]);
    (status, serde_json::from_str(object).unwrap_or_default())
}

/// Good rows, some twice, some that name nobody.
fn class() -> String {
    let row = |n: u32| match n % 50 {
        7 => "nobody\n".to_owned(),
        9 => format!("p{:05}@school.example\n", n - 1),
        11 => format!("p{n:05}@else.example\n"),
        _ => format!("p{n:05}@school.example\n"),
    };
    format!("Email\n{}", (0..15_000).map(row).collect::<String>())
}

/// What an import came to, and who is on the list then.
#[derive(Debug, PartialEq)]
struct Result {
    phase: Value,
    rows: Value,
    counts: Value,
    people: Vec<(String, String)>,
}

fn result(office: &Office, server: &Server, at: &str) -> Result {
    let start = Instant::now();
    loop {
        let (status, import) = ask(server, "GET", at, "");
        assert_eq!(status, 200, "{import}");
        if import["phase"] != "running" {
            let [phase, rows, counts] = ["phase", "rows", "counts"].map(|field| import[field].clone());
            return Result { phase, rows, counts, people: office.people() };
        }
        assert!(start.elapsed() < Duration::from_mins(3), "{import}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Begins the import; where it can be looked at.
fn begun(office: &Office, server: &Server) -> String {
    let license = office.json(&["license", "list"])["items"][0]["license_id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/licenses/{license}/imports");
    let (status, answer) = ask(server, "POST", &path, &class());
    assert!(matches!(status, 200 | 202), "{status}: {answer}");
    format!("{path}/{}", answer["import_id"].as_str().unwrap())
}

fn undisturbed() -> Result {
    let office = Office::new();
    office.license(14_000);
    let server = office.serve();
    let at = begun(&office, &server);
    result(&office, &server, &at)
}

#[test]
fn killed_again_and_again_an_import_goes_on_by_itself_and_applies_every_row_once() {
    let expected = undisturbed();
    assert_eq!((&expected.phase, &expected.rows), (&json!("completed"), &json!(15_000)));
    let mut left = cycles();
    while left > 0 {
        let office = Office::new();
        office.license(14_000);
        let mut server = office.serve();
        let at = begun(&office, &server);
        for _ in 0..left.min(KILLS) {
            std::thread::sleep(moment(150));
            server.child.kill().unwrap();
            server.child.wait().unwrap();
            server = office.serve();
        }
        left = left.saturating_sub(KILLS);
        assert_eq!(result(&office, &server, &at), expected);
        assert_eq!(server.end(), Some(0));
        assert_eq!(office.path("seatbook.db-uploads").read_dir().unwrap().count(), 0);
    }
}
