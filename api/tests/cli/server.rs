use std::{
    io::{Read, Write},
    process::Stdio,
};

use crate::support::{ADA, Office, holds};

#[test]
fn while_a_server_runs_commands_ask_it() {
    let office = Office::new();
    office.license(100);
    let server = office.serve();
    for n in 0..20 {
        let person = format!("p{n}@school.example");
        office.done(&["users", "add", "School", "--as", ADA, &person]);
        // The next command sees what this one did.
        assert_eq!(office.people().len(), n + 1);
    }
    office.run(&["users", "add", "School", "--as", ADA, "bad@"]).ended(3);
    office.run(&["license", "show", "Nowhere"]).ended(1).says(&["Code: unknown_license"]);
    assert_eq!(server.end(), Some(0));
    assert_eq!(office.people().len(), 20);
}

#[test]
fn a_taken_address_is_told() {
    let (office, other) = (Office::new(), Office::new());
    let server = office.serve();
    let taken = server.said["listening"].as_str().unwrap().trim_start_matches("http://").to_owned();
    let ran = other.run(&["serve", "--listen", &taken]).ended(1);
    holds(&ran.stderr, &["Error: ", &taken, "--listen 127.0.0.1:0"]);
}

#[test]
fn a_killed_server_leaves_nothing_in_the_way() {
    let office = Office::new();
    office.license(10);
    let mut server = office.serve();
    office.done(&["users", "add", "School", "--as", ADA, "bo@school.example"]);
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    assert_eq!(office.people().len(), 1);
    assert_eq!(office.serve().end(), Some(0));
}

#[test]
fn commands_at_once_wait_for_each_other() {
    let office = Office::new();
    office.license(100);
    let add = |n: usize| {
        let person = format!("p{n}@school.example");
        let mut command = office.command(&["users", "add", "School", "--as", ADA, &person]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let children: Vec<_> = (0..8).map(add).collect();
    for mut child in children {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    assert_eq!(office.people().len(), 8);
}

#[test]
fn over_the_network_a_server_answers_only_what_is_meant_for_this_machine() {
    let office = Office::new();
    let server = office.serve();
    let address = server.said["listening"].as_str().unwrap().trim_start_matches("http://").to_owned();
    let answer = |host: &str| {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        write!(stream, "GET /api/v1/licenses HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        std::io::read_to_string(stream).unwrap()
    };
    holds(&answer("evil.example"), &["HTTP/1.1 421", "wrong_host", "evil.example"]);
    holds(
        &answer(&address),
        &["HTTP/1.1 401", "sign_in_first", "cache-control: no-store", "content-security-policy"],
    );
}

/// What comes before anybody knows whose it is holds no more memory than a request has to.
#[test]
fn a_request_has_a_head_and_an_address_of_some_length_and_no_more() {
    let office = Office::new();
    let server = office.serve();
    let address = server.said["listening"].as_str().unwrap().trim_start_matches("http://").to_owned();
    let answer = |path: &str, more: usize| {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        let more = "x".repeat(more);
        let head =
            format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nX-More: {more}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut said = Vec::new();
        // Whoever is not read to the end may be told so by a broken connection.
        drop(stream.read_to_end(&mut said));
        String::from_utf8(said).unwrap()
    };
    holds(&answer("/livez", 30_000), &["HTTP/1.1 200"]);
    assert!(!answer("/livez", 80_000).contains("200"));
    holds(&answer(&format!("/api/v1/licenses?search={}", "x".repeat(16_000)), 0), &["HTTP/1.1 401"]);
    holds(
        &answer(&format!("/api/v1/licenses?search={}", "x".repeat(17_000)), 0),
        &["HTTP/1.1 414", "address_too_long", "16384 bytes at most", "content-security-policy"],
    );
}
