use std::{fs, process::Command};

use serde_json::json;

use crate::support::{ADA, Office, Ran, holds};

const BO: &str = "bo@school.example";

impl Office {
    /// A command with a ledger of its own: on a server, nothing says where it is.
    fn with_ledger(&self, args: &[&str]) -> Command {
        let mut command = self.command(args);
        command.env("SEATBOOK_ERASURE_LEDGER", self.path("erased.ledger"));
        command
    }

    #[track_caller]
    fn erase(&self, args: &[&str]) -> Ran {
        Ran::of(self.with_ledger(&[&["erase"], args].concat()).output().unwrap())
    }
}

/// A license with Bo on it.
fn with_bo() -> Office {
    let office = Office::new();
    office.license(10);
    office.done(&["users", "add", "School", "--as", ADA, BO, "cy@school.example"]);
    office
}

#[test]
fn a_person_is_erased_after_it_was_said_what_that_does() {
    let office = with_bo();
    let would = office.erase(&[BO, "--dry-run"]).ended(0).stdout;
    holds(
        &would,
        &["The person would be erased from 1 license: 1 seat set free, 0 admin roles ended.", "School"],
    );
    assert_eq!(office.people().len(), 2, "a preview changes nothing");
    let done = office.erase(&[BO]).ended(0).stdout;
    holds(&done, &["The person was erased from 1 license: 1 seat set free", "accepted"]);
    // Who they were, nobody knows; what happened to them is found by what lists still have of them.
    let listed = office.done(&["users", "list", "School", "--at", "6", "--csv"]);
    let id = listed.lines().filter(|line| line.starts_with(',')).find_map(|line| line.rsplit(',').next());
    let id = id.unwrap_or_else(|| panic!("somebody without an address: {listed}"));
    holds(&office.done(&["why", "School", id]), &["erased", "What happened"]);
    holds(&office.done(&["audit", "School", "--member", id]), &["an erased person"]);
    office.done(&["users", "show", "School", id, "--at", "6"]);
    assert!(!done.contains(BO), "{done}");
    assert_eq!(office.people().len(), 1);
    let ledger = office.read("erased.ledger");
    assert_eq!(ledger.lines().count(), 1);
    let again = office.erase(&[BO, "--json"]).ended(0).json();
    assert_eq!(again["known"], false);
    let why = office.done(&["why", "School", BO]);
    holds(&why, &["Nobody by the address"]);
    let audit = office.done(&["audit", "School"]);
    holds(&audit, &["erased somebody: who it was is not known any more"]);
    assert!(!audit.contains(BO), "{audit}");
}

#[test]
fn the_last_admin_stays_until_there_is_another() {
    let office = with_bo();
    office.erase(&[ADA]).ended(1).says(&["\"School\"", "Make somebody else an admin", "Code: last_admin"]);
    office.done(&["license", "admin", "grant", "School", BO]);
    let done = office.erase(&[ADA, "--basis", "retention", "--json"]).ended(0).json();
    // Whoever was added by her was added by somebody.
    holds(&office.done(&["users", "list", "School"]), &[BO, "erased person"]);
    holds(&office.done(&["imports", "list", "School"]), &["erased person"]);
    assert_eq!(done["licenses"][0]["was_admin"], true);
    assert_eq!(done["warning"], serde_json::Value::Null);
    let admins = office.json(&["license", "show", "School"]);
    assert_eq!(admins["admins"].as_array().map(Vec::len), Some(1), "{admins}");
}

#[test]
fn a_restored_older_backup_is_erased_again_before_it_serves() {
    let office = with_bo();
    // A row that is refused, and holds her address beside a mistyped one.
    fs::write(office.path("class.csv"), format!("Email,Mother\nnone,{BO}\nbroken,other@else.example\n"))
        .unwrap();
    let class = office.path("class.csv");
    office.run(&["users", "add", "School", "--as", ADA, "--csv", class.to_str().unwrap()]).ended(3);
    let restored = backed_up(&office);
    let erased = office.erase(&[BO, "--json"]).ended(0).json();
    // The backup, with its letters, and the ledger that is no part of it.
    let letters = office.path("letters");
    fs::create_dir(&letters).unwrap();
    for (name, who) in [("0.eml", BO), ("1.eml", "cy@school.example")] {
        fs::write(letters.join(name), format!("To: {who}\r\n\r\nHello.\r\n")).unwrap();
    }
    let list = ["users", "list", "School", "--json"];
    let mut command = office.with_ledger(&list);
    command.env("SEATBOOK_DATABASE", &restored).env("SEATBOOK_MAIL_FOLDER", &letters);
    let page = Ran::of(command.output().unwrap()).ended(0).json();
    let who: Vec<_> = page["items"].as_array().unwrap().iter().map(|item| item["email"].clone()).collect();
    assert_eq!(who, [json!("cy@school.example")]);
    assert!(!letters.join("0.eml").exists() && letters.join("1.eml").exists());
    let mut command = office.with_ledger(&["audit", "School", "--json"]);
    command.env("SEATBOOK_DATABASE", &restored);
    let audit = Ran::of(command.output().unwrap()).ended(0).stdout;
    assert!(!audit.contains(BO) && audit.contains("UserErased"), "{audit}");
    for (who, rows) in [(BO, 0), ("other@else.example", 1)] {
        let mut command = office.with_ledger(&["why", "School", who, "--json"]);
        command.env("SEATBOOK_DATABASE", &restored);
        let why = Ran::of(command.output().unwrap()).ended(0).json();
        assert_eq!(why["refused_rows"]["rows"].as_array().map(Vec::len), Some(rows), "{why}");
    }
    if office.url.is_none() {
        for file in ["restored.db", "restored.db-wal", "restored.db-views", "restored.db-views-wal"] {
            let bytes = fs::read(office.path(file)).unwrap_or_default();
            assert!(!String::from_utf8_lossy(&bytes).contains(BO), "{file}");
        }
    }
    assert_eq!(office.read("erased.ledger").trim(), erased["subject_id"].as_str().unwrap());
}

/// A copy of the database as it is now; how it is named.
fn backed_up(office: &Office) -> String {
    if let Some(url) = &office.url {
        let (server, database) = url.rsplit_once('/').unwrap();
        let (database, how) = database.split_once('?').unwrap_or((database, ""));
        let copy = format!("{database}_restored");
        crate::support::told(async {
            use sqlx::Connection;
            let mut conn = sqlx::PgConnection::connect(&format!("{server}/postgres?{how}")).await.unwrap();
            let sql = format!("CREATE DATABASE {copy} TEMPLATE {database}");
            sqlx::raw_sql(&sql).execute(&mut conn).await.unwrap();
        });
        return format!("{server}/{copy}?{how}");
    }
    let copy = office.path("restored.db");
    fs::copy(office.database(), &copy).unwrap();
    format!("sqlite:{}", copy.display())
}
