use std::process::Command;

use crate::support::{Office, Ran, SEATBOOK, holds};

#[test]
fn completions_are_there_for_every_shell() {
    let office = Office::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        holds(&office.done(&["completions", shell]), &["seatbook", "sample-csv", "withdraw"]);
    }
    office.run(&["completions", "abacus"]).ended(2).says(&["bash"]);
}

#[test]
fn the_man_page_has_every_command() {
    let page = Office::new().done(&["man"]);
    holds(&page, &[".TH seatbook", ".SH SEATBOOK USERS ADD", ".SH SEATBOOK INVITES WITHDRAW", "Exit codes"]);
}

#[test]
fn the_sample_file_can_be_added_as_it_is() {
    let office = Office::new();
    office.license(100);
    let sample = office.done(&["sample-csv"]);
    assert_eq!(sample.lines().next().unwrap().to_lowercase(), "email");
    let file = office.write("sample.csv", &sample);
    office.done(&["users", "add", "School", "--as", crate::support::ADA, "--csv", &file]);
    assert_eq!(office.json(&["sample-csv"])["sample_csv"], sample);
}

#[test]
fn what_needs_no_database_makes_none() {
    let office = Office::new();
    office.done(&["sample-csv"]);
    office.done(&["man"]);
    assert!(!office.database().exists());
}

#[test]
fn the_exit_codes_are_documented() {
    let office = Office::new();
    for args in [&["--help"][..], &["users", "add", "--help"]] {
        holds(&office.done(args), &["Exit codes", "rows were refused"]);
    }
}

#[test]
fn the_default_database_is_in_the_users_data_folder_and_its_path_is_told() {
    let office = Office::new();
    let data = office.path("data");
    let run = |args: &[&str]| {
        let mut command = Command::new(SEATBOOK);
        command.args(args).env_remove("SEATBOOK_DATABASE").env("XDG_DATA_HOME", &data);
        Ran::of(command.output().unwrap())
    };
    let path = data.join("seatbook").join("seatbook.db");
    let told = format!("Database: {}", path.display());
    let ran = run(&["license", "list"]).ended(1);
    holds(&ran.stderr, &[&told, "There is no database yet", "license create", "demo", "Code: no_database"]);
    assert!(!data.exists());
    run(&["license", "create", "School", "--seats", "1", "--admin", "ada@school.example"])
        .ended(0)
        .says(&[&told]);
    assert!(path.exists());
    run(&["license", "list"]).ended(0);
}

#[test]
fn a_database_is_named_by_scheme_or_by_path() {
    let office = Office::new();
    let new = ["license", "create", "School", "--seats", "1", "--admin", "ada@school.example"];
    office.done(&[&["--database", "sqlite:one.db"], &new[..]].concat());
    office.done(&[&new[..], &["--database", "two.db"]].concat());
    assert!(office.path("one.db").exists() && office.path("two.db").exists());
}
