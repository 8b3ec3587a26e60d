//! What the environment says where the command line does not.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::Stdio,
};

use rusqlite::Connection;

use crate::support::{ADA, Office, Ran, Server, holds, signal};

const DAYS: &str = "SEATBOOK_KEEP_REFUSED_ROWS_DAYS";
const FORMAT: &str = "SEATBOOK_LOG_FORMAT";

#[test]
fn a_variable_that_cannot_be_read_is_told_by_whoever_reads_it() {
    let office = Office::new();
    office.license(10);
    for (variable, value, args, said) in [
        (DAYS, "a week", &["license", "list"][..], "\"a week\" is not a whole number"),
        (DAYS, "-1", &["serve", "--listen", "127.0.0.1:0"], "\"-1\" is not a whole number"),
        (DAYS, "99999", &["users", "list", "School"], "\"99999\" is too large"),
        ("SEATBOOK_LISTEN", "everywhere", &["serve"], "\"everywhere\" is not an address and a port"),
        ("SEATBOOK_LISTEN", "0.0.0.0:80", &["serve"], "\"0.0.0.0:80\" can be reached from other machines"),
    ] {
        let ran = Ran::of(office.command(args).env(variable, value).output().unwrap()).ended(2);
        holds(&ran.stderr, &[&format!("Error: {variable}: {said}"), "What to do: "]);
    }
}

#[test]
fn a_variable_that_is_empty_says_nothing() {
    let office = Office::new();
    office.license(10);
    let mut list = office.command(&["license", "list"]);
    Ran::of(list.env(DAYS, "").output().unwrap()).ended(0);
    // Whoever has it: it is not free.
    let _taken = TcpListener::bind("127.0.0.1:8080");
    let ran = Ran::of(office.command(&["serve"]).env("SEATBOOK_LISTEN", "").output().unwrap()).ended(1);
    holds(&ran.stderr, &["can't listen on 127.0.0.1:8080"]);
}

/// Refused rows that are ten days old, and how many are left once a server has begun.
fn left_by(options: &[&str]) -> u64 {
    let office = Office::new();
    office.license(10);
    office.run(&["users", "add", "School", "--as", ADA, "bad@"]).ended(3);
    let log = Connection::open(office.database()).unwrap();
    let ten_days = 10 * 24 * 3_600 * 1_000_000_i64;
    log.execute("UPDATE refused_imports SET recorded_at = recorded_at - ?", [ten_days]).unwrap();
    drop(log);
    let server = Server::started(office.serve_command().args(options)).expect("it serves");
    assert_eq!(server.end(), Some(0));
    let log = Connection::open(office.database()).unwrap();
    log.query_row("SELECT count(*) FROM refused_imports", [], |row| row.get(0)).unwrap()
}

#[test]
fn refused_rows_are_kept_as_long_as_the_server_is_told_from_its_start_on() {
    assert_eq!(left_by(&[]), 0);
    assert_eq!(left_by(&["--keep-refused-rows-days", "30"]), 1);
}

#[test]
fn every_line_of_the_log_is_json_where_that_is_wanted() {
    let office = Office::new();
    office.license(10);
    let said = tempfile::NamedTempFile::new().unwrap();
    let mut serve = office.serve_command();
    serve.envs([("SEATBOOK_LOG", "trace"), (FORMAT, "json")]);
    let mut child = serve.stdout(Stdio::piped()).stderr(said.reopen().unwrap()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let listening: serde_json::Value = serde_json::from_str(&line).unwrap();
    let address = listening["listening"].as_str().unwrap().trim_start_matches("http://").to_owned();
    // Whoever comes with a token that nobody knows is noted.
    let mut stream = TcpStream::connect(&address).unwrap();
    let asked =
        format!("GET /api/v1/me HTTP/1.0\r\nHost: {address}\r\nAuthorization: Bearer nobody's\r\n\r\n");
    stream.write_all(asked.as_bytes()).unwrap();
    stream.read_to_string(&mut String::new()).unwrap();
    signal(&child, "-TERM");
    assert!(child.wait().unwrap().success());
    let said = std::fs::read_to_string(said.path()).unwrap();
    let lines: Vec<serde_json::Value> =
        said.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert!(!lines.is_empty());
    for line in lines {
        assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
        assert!(line["message"].is_string() && line["target"].is_string(), "{line}");
    }
    let ran = Ran::of(office.command(&["license", "list"]).env(FORMAT, "yaml").output().unwrap()).ended(2);
    holds(&ran.stderr, &["SEATBOOK_LOG_FORMAT: \"yaml\" is not a format.", "Give text or json."]);
}
