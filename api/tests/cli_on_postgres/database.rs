//! A database on a server: how it is named, and what is said where it can't be opened.

use crate::support::{ADA, Office, Ran, holds};

/// Of each server, where the tests have it.
const SECRET: &str = "s3cret";

#[test]
fn a_database_is_named_on_the_command_line_before_the_environment_and_ours_before_that_of_all_programs() {
    let (one, other) = (Office::new(), Office::before_the_first_command());
    one.license(10);
    let list = |set: &[(&str, &str)], args: &[&str]| {
        let mut command = one.command(&[args, &["license", "list"]].concat());
        command.env_remove("SEATBOOK_DATABASE").envs(set.iter().copied());
        Ran::of(command.env("XDG_DATA_HOME", one.folder.path()).output().unwrap())
    };
    let (full, empty, alien) = (one.target(), other.target(), "mysql://ada:s3cret@db/shop");
    for (set, args, says) in [
        (&[("DATABASE_URL", &*full)][..], &[][..], "School"),
        (&[("DATABASE_URL", &*empty), ("SEATBOOK_DATABASE", &*full)], &[], "School"),
        (&[("DATABASE_URL", &*empty), ("SEATBOOK_DATABASE", &*empty)], &["--database", &*full], "School"),
        (
            &[("DATABASE_URL", &*full), ("SEATBOOK_DATABASE", &*empty)],
            &[],
            "nothing of Seatbook at postgres://",
        ),
        (&[("DATABASE_URL", alien)], &[], "There is no database yet: "),
        (&[("SEATBOOK_DATABASE", alien)], &[], "names no engine that there is: mysql"),
    ] {
        let ran = list(set, args);
        holds(&format!("{}{}", ran.stdout, ran.stderr), &[says]);
        assert!(!ran.stderr.contains(SECRET), "{}", ran.stderr);
    }
}

#[test]
fn what_keeps_a_database_from_being_opened_is_told_without_the_password() {
    let office = Office::new();
    let named = |url: &str| office.run(&["--database", url, "license", "list"]).ended(1);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = office.target();
    let (_, place) = url.rsplit_once('@').unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    for (url, said) in [
        (format!("postgres://ada:{SECRET}@{free}/seats"), "no server listens there"),
        (format!("postgres://ada:{SECRET}@{place}"), "the password was refused"),
        (format!("{server}/nowhere?sslmode=disable"), "there is no such database"),
        (format!("postgresql://ada:{SECRET}@db:not-a-port/seats"), "this is no URL of a database"),
    ] {
        let ran = named(&url).says(&[said, "What to do: ", "Code: database_unopened"]);
        assert!(!ran.stderr.contains(SECRET), "{}", ran.stderr);
    }
    let ran = office
        .run(&["--database", &format!("postgress://ada:{SECRET}@db/seats"), "license", "list"])
        .ended(2);
    holds(&ran.stderr, &["postgress://ada@db/seats", "no engine that there is"]);
}

#[test]
fn only_what_begins_something_makes_the_tables() {
    let office = Office::before_the_first_command();
    office
        .run(&["license", "list"])
        .ended(1)
        .says(&["nothing of Seatbook at postgres://", "Code: no_database"]);
    let made = office.run(&["license", "create", "School", "--seats", "5", "--admin", ADA]).ended(0);
    holds(&made.stderr, &["Made the tables of a new database: postgres://"]);
    office.done(&["users", "add", "School", "--as", ADA, "bo@else.example"]);
    assert_eq!(office.people().len(), 1);
    let empty = Office::before_the_first_command();
    let server = empty.serve();
    assert!(server.said["database"].as_str().unwrap().starts_with("postgres://seatbook_owner@127.0.0.1:"));
    assert_eq!(server.end(), Some(0));
    empty.done(&["license", "list"]);
}

#[test]
fn the_demo_is_made_where_it_is_wanted_and_nowhere_else() {
    let office = Office::before_the_first_command();
    let demo = ["demo", "--no-serve", "--database", &office.target()];
    holds(&office.done(&demo), &["Hillside School", "postgres://seatbook_owner@127.0.0.1:"]);
    holds(&office.done(&["license", "list"]), &["Hillside School"]);
    office.run(&demo).ended(1).says(&["holds licenses already", "Code: database_not_empty"]);
}
