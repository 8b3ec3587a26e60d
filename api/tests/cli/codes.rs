use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use serde_json::Value;

use crate::support::{ADA, Office, holds};

#[test]
fn an_unknown_license_is_told_with_what_to_do() {
    let office = Office::new();
    office.license(10);
    let id = "01890000-0000-7000-8000-000000000000";
    for args in [
        &["license", "show", id][..],
        &["users", "list", id],
        &["audit", id],
        &["why", id, ADA],
        &["users", "add", id, "--as", ADA, "bo@school.example"],
        &["invites", "accept", "Nowhere", "--as", ADA],
    ] {
        let ran = office.run(args).ended(1);
        holds(&ran.stderr, &["Error: ", "What to do: ", "license list", "Code: unknown_license"]);
        assert_eq!(ran.stdout, "", "{args:?}");
    }
}

#[test]
fn a_malformed_address_says_what_was_meant() {
    let office = Office::new();
    office.license(10);
    for args in [
        &["users", "add", "School", "--as", "ada@school", "bo@school.example"][..],
        &["license", "admin", "grant", "School", "ada@school"],
        &["license", "create", "Other", "--seats", "1", "--admin", "ada@school"],
        &["join", "00000-00000-00000-00000-00000", "--as", "ada@school"],
    ] {
        office.run(args).ended(1).says(&["no ending like .org", "What to do: ", "Code: invalid_email"]);
    }
    // What is no address may stand in a refused row.
    let why = office.done(&["why", "School", "ada@school"]);
    holds(&why, &["no ending like .org", "like", "No refused row"]);
}

#[test]
fn errors_come_as_json_when_asked() {
    let office = Office::before_the_first_command();
    let args = ["license", "list", "--json"];
    let missing = office.run(&args).ended(1);
    assert_eq!(serde_json::from_str::<Value>(&missing.stderr).unwrap()["code"], "no_database");
    office.license(10);
    for (args, code) in [
        (["license", "show", "01890000-0000-7000-8000-000000000000", "--json"], "unknown_license"),
        (["license", "show", "Nowhere", "--json"], "unknown_license"),
    ] {
        let ran = office.run(&args).ended(1);
        let last = ran.stderr.lines().last().unwrap();
        let problem: Value = serde_json::from_str(last).expect(last);
        assert_eq!(problem["code"], code);
        assert!(problem["detail"].is_string() && problem["hint"].is_string(), "{problem}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let office = Office::new();
    office.license(5000);
    let everybody: String = (0..4000).map(|n| format!("p{n:04}@school.example\n")).collect();
    office.run_with(&["users", "add", "School", "--as", ADA, "-"], &everybody).ended(0);
    let mut command = office.command(&["users", "list", "School", "--csv"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let office = Office::new();
    let ran = office.run(&["--database", "sqlite:nowhere/seats.db", "license", "list"]).ended(1);
    holds(&ran.stderr, &["nowhere/seats.db", "There is no folder nowhere"]);
}

#[test]
fn only_what_begins_something_makes_a_database() {
    let office = Office::new();
    for args in [
        &["license", "list"][..],
        &["license", "show", "School"],
        &["license", "seats", "School", "5"],
        &["users", "list", "School"],
        &["users", "add", "School", "--as", ADA, "bo@school.example"],
        &["why", "School", ADA],
        &["audit", "School"],
        &["invites", "list", "--as", ADA],
        &["join", "00000-00000-00000-00000-00000", "--as", ADA],
        &["projections", "status"],
        &["projections", "verify"],
    ] {
        let ran = office.run(&[args, &["--database", "sqlite:mistyped.db"]].concat()).ended(1);
        holds(&ran.stderr, &["no database at mistyped.db", "What to do: ", "Code: no_database"]);
        assert!(!office.path("mistyped.db").exists(), "{args:?}");
    }
    office.license(10);
    office.done(&["license", "show", "School"]);
}

#[test]
fn who_acts_is_spoken_of_as_typed() {
    let office = Office::new();
    office.license(10);
    for (who, said) in
        [("", "--as: there is no address here"), ("ada@school", "--as: \"ada@school\" has no ending")]
    {
        let ran =
            office.run(&["users", "add", "School", "--as", who, "bo@school.example"]).ended(1).says(&[said]);
        assert!(!ran.stderr.to_lowercase().contains("seatbook-as"), "{}", ran.stderr);
    }
}

#[test]
fn a_license_or_key_that_would_have_ended_is_refused() {
    let office = Office::new();
    let new = ["license", "create", "Old", "--seats", "1", "--admin", ADA, "--term", "2020-01-31"];
    office.run(&new).ended(1).says(&["2020-01-31 is past already", "Code: end_in_past"]);
    office.license(10);
    office
        .run(&["license", "key", "issue", "School", "--ends", "2020-01-31"])
        .ended(1)
        .says(&["2020-01-31 is past already", "Code: end_in_past"]);
    office
        .run(&["license", "key", "issue", "School", "--limit", "0"])
        .ended(1)
        .says(&["limit: 0 people could join with the key", "Give 1 or more, or nothing"]);
}

#[test]
fn an_unknown_read_model_is_refused_before_anything_is_said() {
    let office = Office::new();
    office.license(10);
    for what in ["verify", "rebuild"] {
        let ran = office.run(&["projections", what, "nothing"]).ended(1);
        assert!(
            ran.stderr.starts_with("Error: There is no read model called \"nothing\"."),
            "{}",
            ran.stderr
        );
        holds(&ran.stderr, &["audit, erasures, imports, invites, key_joins, licenses, members, spans, tree"]);
    }
}
