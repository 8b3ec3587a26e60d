//! What the owner of a database does with it.

use crate::support::{Office, holds};

#[test]
fn a_database_is_checked_and_brought_up_to_date() {
    let office = Office::before_the_first_command();
    let on_server = office.url.is_some();
    let newest = if on_server { i64::from(eventlog::postgres::newest()) } else { eventlog::sqlite::newest() };
    if on_server {
        let ran = office.run(&["database", "check"]).ended(1).says(&["there are no tables"]);
        holds(&ran.stdout, &["Engine:    PostgreSQL", "Tables:    none"]);
        holds(&office.done(&["database", "migrate"]), &[&format!("are of version {newest}")]);
    } else {
        office.run(&["database", "check"]).ended(1).says(&["no database", "Code: no_database"]);
        office.run(&["database", "migrate"]).ended(1).says(&["Code: no_database"]);
        office.license(10);
        office.run(&["database", "grant", "anybody"]).ended(2).says(&["no roles in a file"]);
    }
    let found = office.done(&["database", "check"]);
    holds(
        &found,
        &[
            if on_server { "PostgreSQL" } else { "SQLite" },
            &format!("version {newest}"),
            "Missing:   nothing",
        ],
    );
    let found = office.json(&["database", "check"]);
    assert_eq!((&found["version"], &found["missing"]), (&newest.into(), &serde_json::json!([])), "{found}");
    office.done(&["database", "migrate"]);
    office.license(10);
    office.done(&["license", "list"]);
}

#[test]
fn a_file_of_an_earlier_version_is_told_and_brought_up_to_date() {
    let office = Office::new();
    if office.url.is_some() {
        // `eventlog/tests/postgres_engine/` has it.
        return;
    }
    let old = include_str!("../../../eventlog/tests/sqlite_engine/version_1.sql");
    rusqlite::Connection::open(office.database()).unwrap().execute_batch(old).unwrap();
    let ran = office.run(&["database", "check"]).ended(1);
    let newest = eventlog::sqlite::newest();
    holds(&ran.stdout, &[&format!("version 1; this Seatbook makes {newest}")]);
    holds(&ran.stderr, &["`seatbook database migrate` brings them up to date"]);
    holds(&office.done(&["database", "migrate"]), &[&format!("are of version {newest}")]);
    holds(&office.done(&["license", "list"]), &["Greenfield School"]);
    office.write("other.db", "Email\n");
    office.run(&["--database", "sqlite:other.db", "database", "check"]).ended(1).says(&["another kind"]);
}
