use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use serde_json::Value;

use crate::support::{Office, holds, signal};

#[test]
fn the_demo_shows_people_in_every_state_and_leaves_the_real_database_alone() {
    let office = Office::new();
    let text = office.done(&["demo", "--no-serve"]);
    for part in
        ["accepted", "invited", "rejected", "domain_admin", "invite", "license_key", "notification closed"]
    {
        assert!(text.contains(part), "{part}");
    }
    holds(
        &text,
        &["Hillside School", "3 of 3", "users list", "Who is who", "invalid_email", "duplicate_in_file"],
    );
    assert!(!office.database().exists());
    let kept =
        text.lines().find_map(|line| line.trim().strip_prefix("export SEATBOOK_DATABASE=sqlite:")).unwrap();
    std::fs::remove_dir_all(std::path::Path::new(kept).parent().unwrap()).unwrap();
}

#[test]
fn the_demos_history_verifies_and_every_refusal_has_an_answer() {
    let office = Office::new();
    office.done(&["demo", "--listen", "none", "--database", "sqlite:demo.db"]);
    let ask = |args: &[&str]| office.done(&[args, &["--database", "sqlite:demo.db"]].concat());
    holds(&ask(&["projections", "verify"]), &["members", "the same as"]);
    // Of several licenses, the last event of most is not the last one of the log; nor is it after an erasure.
    holds(&ask(&["why", "Summer Camp", "lou@home.example"]), &["ended"]);
    ask(&["replay"]);
    ask(&["erase", "lou@home.example"]);
    for license in ["Hillside School", "Summer Camp"] {
        ask(&["replay", license]);
    }
    holds(&ask(&["why", "Riverside Evening Class", "ed@riverside.example"]), &["seat"]);
    let again = office.run(&["demo", "--no-serve", "--database", "sqlite:demo.db"]).ended(1);
    holds(&again.stderr, &["holds licenses already", "Code: database_not_empty"]);
}

#[test]
fn the_demo_serves_until_it_is_ended_and_clears_up() {
    let office = Office::new();
    let mut command = office.command(&["demo", "--listen", "127.0.0.1:0", "--json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let said: Value = serde_json::from_str(&line).unwrap();
    let database = said["database"].as_str().unwrap();
    let list = office.done(&["users", "list", "Hillside School", "--database", database]);
    holds(&list, &["rosa@music.example", "22 people"]);
    holds(said["listening"].as_str().unwrap(), &["http://127.0.0.1:"]);
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(!std::path::Path::new(database.trim_start_matches("sqlite:")).exists());
}
