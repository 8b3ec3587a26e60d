use crate::support::{ADA, Office, holds};

#[test]
fn the_history_goes_out_as_cloud_events_and_on_behind_a_position() {
    let office = Office::new();
    office.license(10);
    office.done(&["users", "add", "School", "--as", ADA, "bo@school.example", "cy@else.example"]);
    let all = office.done(&["audit", "School", "--ndjson"]);
    let position = |line: &str| {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["specversion"], "1.0");
        event["data"]["position"].as_u64().unwrap()
    };
    let positions: Vec<u64> = all.lines().map(position).collect();
    assert!(positions.len() > 4 && positions.is_sorted(), "{all}");
    let after = positions[2].to_string();
    let rest = office.done(&["audit", "School", "--ndjson", "--after", &after]);
    assert_eq!(rest.lines().map(position).collect::<Vec<_>>(), positions[3..]);
    let rest = office.done(&["audit", "School", "--csv", "--after", &after]);
    assert!(rest.starts_with("position,"), "as without --after: {rest}");
    let told: Vec<u64> =
        rest.lines().skip(1).map(|line| line.split(',').next().unwrap().parse().unwrap()).collect();
    assert_eq!(told, positions[3..]);
    let pasted = office.done(&["audit", "School", "--source", "email", "--type", "UserAdded"]);
    holds(&pasted, &["added bo@school.example (pasted, item 1; entered by the operator)"]);
    let ran = office.run(&["audit", "School", "--after", "1"]).ended(2);
    assert!(ran.stderr.contains("--ndjson, --csv or --follow"), "{}", ran.stderr);
}

#[test]
fn the_history_of_the_installation_is_told_like_that_of_a_license() {
    let office = Office::new();
    office.license(10);
    office.done(&["roles", "grant", "kim@else.example", "auditor"]);
    let told = office.done(&["audit", "--installation", "--member", "kim@else.example"]);
    holds(&told, &["kim@else.example", "auditor"]);
    assert_eq!(office.done(&["audit", "--installation", "--ndjson"]).lines().count(), 1);
    let csv = office.done(&["audit", "--installation", "--csv", "--type", "InstallationRoleGranted"]);
    assert_eq!(csv.lines().count(), 2, "{csv}");
    let ran = office.run(&["audit", "School", "--installation"]).ended(2);
    assert!(ran.stderr.contains("--installation"), "{}", ran.stderr);
    let ran = office.run(&["audit"]).ended(2);
    assert!(ran.stderr.contains("LICENSE"), "{}", ran.stderr);
}

#[test]
fn a_history_that_is_followed_tells_what_there_is_and_goes_on() {
    use std::io::{BufRead, BufReader};
    let office = Office::new();
    office.license(10);
    office.done(&["users", "add", "School", "--as", ADA, "bo@school.example"]);
    let mut command = office.command(&["audit", "School", "--follow", "--type", "UserAdded"]);
    let mut following = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(following.stdout.take().unwrap()).read_line(&mut line).unwrap();
    following.kill().unwrap();
    following.wait().unwrap();
    assert!(line.contains("added bo@school.example"), "{line}");
}

#[test]
fn whoever_follows_a_database_that_nobody_else_can_open_is_told_what_there_is_and_lets_it_go() {
    let office = Office::new();
    office.license(10);
    if office.url.is_some() {
        // Other nodes may do something on a server.
        return;
    }
    let ran = office.run(&["audit", "School", "--follow"]).ended(0);
    holds(&ran.stdout, &["set up the license"]);
    holds(&ran.stderr, &["nobody else can do anything", "`seatbook serve`"]);
}

#[test]
fn whoever_follows_a_server_goes_on_once_it_runs_again() {
    use std::{
        io::{BufRead, BufReader},
        process::Stdio,
    };
    let office = Office::new();
    office.license(10);
    if office.url.is_some() {
        // Each command is a node of its own there.
        return;
    }
    let server = office.serve();
    let mut command = office.command(&["audit", "School", "--follow", "--type", "UserAdded"]);
    let mut following = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(following.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut said = BufReader::new(following.stderr.take().unwrap()).lines().map(Result::unwrap);
    office.done(&["users", "add", "School", "--as", ADA, "bo@school.example"]);
    assert!(told.next().unwrap().contains("added bo@school.example"));
    assert_eq!(server.end(), Some(0));
    assert!(said.next().unwrap().starts_with("Nobody answers any more. Waiting"));
    let server = office.serve();
    office.done(&["users", "add", "School", "--as", ADA, "cy@school.example"]);
    assert!(told.next().unwrap().contains("added cy@school.example"));
    following.kill().unwrap();
    following.wait().unwrap();
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_replay_says_that_the_lists_are_what_the_log_says() {
    let office = Office::new();
    office.license(10);
    office.done(&["users", "add", "School", "--as", ADA, "bo@school.example", "cy@else.example"]);
    for args in [&["replay"][..], &["replay", "School"]] {
        let told = office.done(args);
        holds(&told, &["were replayed.", "members", "spans", "the same"]);
        assert!(!told.contains("differ"), "{told}");
    }
    let json = office.json(&["replay", "School"]);
    assert_eq!(json["equal"], true);
    if crate::ENGINE == "postgres" {
        return;
    }
    // Who makes the lists anew without a look at that puts a forged address onto all of them.
    let conn = rusqlite::Connection::open(office.database()).unwrap();
    conn.execute("UPDATE directory SET email = 'eve@x.example' WHERE normalised = 'bo@school.example'", [])
        .unwrap();
    drop(conn);
    let told = office.run(&["replay"]).ended(1).stdout;
    holds(
        &told,
        &["email is bo@school.example and should be eve@x.example", "An address differs", "audit verify"],
    );
}
