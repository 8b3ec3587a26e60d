//! Command lines that can't be meant so.

use serde_json::Value;

use crate::support::{ADA, Office, Ran};

#[test]
fn a_command_line_that_cannot_be_meant_so_ends_with_2() {
    let office = Office::new();
    for args in [
        &[][..],
        &["frobnicate"],
        &["users", "add", "School", "--as", ADA],
        &["users", "add", "School", "bo@school.example"],
        &["users", "add", "School", "--as", ADA, "bo@school.example", "--csv", "class.csv"],
        &["license", "create", "School", "--seats", "many", "--admin", ADA],
        &["license", "create", "School", "--seats", "1", "--admin", ADA, "--term", "2026-13-01"],
        &["license", "term", "School", "soon"],
        &["license", "plan", "School", "gold"],
        &["users", "list", "School", "--status", "happy"],
        &["users", "list", "School", "--csv", "--json"],
        &["users", "list", "School", "--limit", "0"],
        &["license", "list", "--limit", "0"],
        &["audit", "School", "--limit", "0"],
        &["audit", "School", "--csv", "--json"],
        &["users", "add", "School", "--as", ADA, "bo@school.example", "--report", "-", "--json"],
        &["serve", "--listen", "0.0.0.0:8080"],
        &["--database", "mysql://localhost/seats", "license", "list"],
    ] {
        let ran = office.run(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}: {}", ran.stderr);
        let own = ran.stderr.starts_with("Error: ") && ran.stderr.contains("\nWhat to do: ");
        assert!(own || args.is_empty() || args.contains(&"--json"), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn what_does_not_fit_is_told_with_its_place_its_value_and_what_would() {
    let office = Office::new();
    for (args, said, hint) in [
        (
            &["license", "list", "--limit", "0"][..],
            "--limit: \"0\" is a page with nothing",
            "a number of 1 or more",
        ),
        (
            &["users", "list", "School", "--limit", "abc"],
            "--limit: \"abc\" is not a whole",
            "a number of 1 or more",
        ),
        (&["audit", "School", "--limit", "-3"], "--limit: \"-3\" is not a whole", "a number of 1 or more"),
        (&["license", "seats", "School", "x"], "SEATS: \"x\" is not a whole", "from 1 to 10,000,000,000"),
        (&["license", "key", "issue", "S", "--ends", "x"], "--ends: \"x\" is not a day", "like 2027-07-31"),
        (&["license", "term", "School", "soon"], "\"soon\" is not a day", "or never"),
        (&["audit", "School", "--from", "9/1/26"], "--from: \"9/1/26\" is neither a day", "2026-09-01T08"),
        (&["license", "plan", "School", "gold"], "PLAN: \"gold\" is not one", "paid, free"),
        (&["license", "create", "School", "--seats"], "--seats: there is no value", "behind it"),
        (&["serve", "--listen", "x"], "--listen: \"x\" is not an address", "127.0.0.1:8080"),
        (&["serve", "--listen", "0.0.0.0:80"], "\"0.0.0.0:80\" can be reached from other", "127.0.0.1:PORT"),
        (&["serve", "--keep-refused-rows-days", "x"], "days: \"x\" is not a whole", "like 7"),
        (
            &["--database", "mysql://h/s", "license", "list"],
            "no engine that there is: mysql",
            "sqlite:PATH, or postgres://USER",
        ),
        (&["users", "ad", "School"], "no command \"ad\"", "Did you mean add?"),
        (&["audit", "School", "--form", "x"], "no option \"--form\"", "Did you mean --from?"),
        (&["audit", "My", "School"], "\"School\" is a word too many", "in quotes"),
        (&["users", "add", "School"], "Missing: --as ADMIN, EMAIL", "`seatbook users add --help`"),
        (&["audit", "School", "--limit", "1", "--limit", "2"], "--limit N is given twice", "Give it once"),
    ] {
        let ran = office.run(args).ended(2).says(&[said, hint]);
        assert!(!ran.stderr.contains("error:") && !ran.stderr.contains("invalid"), "{}", ran.stderr);
    }
}

#[test]
fn a_license_without_seats_is_no_license() {
    let office = Office::new();
    office.license(10);
    for args in [
        &["license", "create", "Other", "--seats", "0", "--admin", ADA][..],
        &["license", "seats", "School", "0"],
    ] {
        office.run(args).ended(1).says(&["at least one seat", "move the license to the free plan"]);
    }
}

#[test]
fn what_is_wrong_with_the_command_line_comes_as_json_when_asked() {
    let office = Office::new();
    for args in [
        &["--json", "license", "list", "--limit", "abc"][..],
        &["users", "add", "School", "--json"],
        &["frobnicate", "--json"],
        &["--json"],
        &["users", "list", "School", "--csv", "--json"],
    ] {
        let ran = office.run(args).ended(2);
        let problem: Value = serde_json::from_str(&ran.stderr).expect(&ran.stderr);
        assert_eq!((&problem["code"], &problem["type"]), (&"usage".into(), &"/problems/usage".into()));
        assert!(problem["detail"].is_string() && problem["hint"].is_string(), "{problem}");
    }
}

fn with(office: &Office, variable: &str, value: &str) -> Ran {
    Ran::of(office.command(&["license", "list"]).env(variable, value).output().expect("it runs"))
}

#[test]
fn what_the_environment_says_is_read_as_strictly() {
    let office = Office::new();
    office.license(10);
    for (variable, value, said) in [
        ("SEATBOOK_LOG", "nonsense", "SEATBOOK_LOG: \"nonsense\" is not a level."),
        ("SEATBOOK_DATABASE", "mysql://x", "SEATBOOK_DATABASE: \"mysql://x\" names no engine"),
    ] {
        with(&office, variable, value).ended(2).says(&[said, "What to do: "]);
    }
    with(&office, "SEATBOOK_LOG", "").ended(0);
    let unset = office
        .command(&["license", "list"])
        .env("SEATBOOK_DATABASE", "")
        .env("XDG_DATA_HOME", office.folder.path())
        .output();
    Ran::of(unset.unwrap()).ended(1).says(&["(the default; --database names another)", "no database yet"]);
}

#[test]
fn a_file_that_is_no_database_is_named_and_nothing_is_left_beside_it() {
    let office = Office::new();
    office.write("list.csv", "Email\nada@example.org\n");
    for args in [&["license", "list"][..], &["license", "create", "School", "--seats", "5", "--admin", ADA]] {
        let ran = office.run(&[args, &["--database", "sqlite:list.csv"]].concat()).ended(1);
        let said = ran.says(&[
            "list.csv can't be opened",
            "not a database",
            "--csv FILE",
            "Code: database_unopened",
        ]);
        assert!(!said.stderr.contains("Made a new"), "{}", said.stderr);
        assert_eq!(std::fs::read_dir(office.folder.path()).unwrap().count(), 1);
    }
}
