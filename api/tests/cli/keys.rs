//! License keys: issued, shown again, replaced, reported.

use crate::support::{ADA, Office, holds};

/// Made as `openssl rand -base64 32` makes one.
const SECRET: &str = "q6x0Zk2ZyqvRkXy0u0m4S0p3m2J3bq8mVwB1o3cQd0E=";

/// An office whose keys are kept, on whichever engine.
fn keeping() -> (Office, String) {
    let office = Office::new();
    let file = office.write("secret", &format!("{SECRET}\n"));
    (office, file)
}

fn json(office: &Office, secret: &str, args: &[&str]) -> serde_json::Value {
    let mut command = office.command(&[args, &["--json"]].concat());
    let ran = crate::support::Ran::of(command.env("SEATBOOK_SECRET_FILE", secret).output().unwrap());
    ran.ended(0).json()
}

fn words(office: &Office, secret: &str, args: &[&str]) -> String {
    let mut command = office.command(args);
    crate::support::Ran::of(command.env("SEATBOOK_SECRET_FILE", secret).output().unwrap()).ended(0).stdout
}

#[test]
fn a_key_is_issued_shown_replaced_and_reported() {
    let (office, secret) = keeping();
    office.license(10);
    let issued = json(&office, &secret, &["license", "key", "issue", "School", "--limit", "2"]);
    let (id, key) = (issued["key_id"].as_str().unwrap(), issued["license_key"].as_str().unwrap());
    assert_eq!(words(&office, &secret, &["license", "key", "show", "School", id]).trim(), key);
    office.done(&["join", key, "--as", "bo@else.example"]);
    office.run_with(&["join", "-", "--as", "di@else.example"], &format!("{key}\n")).ended(0);
    let joined = words(&office, &secret, &["license", "key", "joined", "School", id]);
    holds(&joined, &["bo@else.example", "di@else.example", "2 joins in all"]);
    let csv = office.done(&["license", "key", "joined", "School", id, "--csv"]);
    assert!(csv.starts_with("Email,Joined at,Member id\nbo@else.example,"), "{csv}");
    holds(&office.done(&["license", "show", "School"]), &["used up"]);
    let rotate = ["license", "key", "rotate", "School", id, "--old-ends", "2999-12-31"];
    let next = words(&office, &secret, &rotate);
    holds(&next, &["License key:", "`seatbook license key show` shows it again"]);
    holds(&office.done(&["license", "show", "School"]), &["2999-12-31"]);
    holds(&office.done(&["audit", "School"]), &["end after 2999-12-31"]);
    office.done(&["license", "key", "revoke", "School", id]);
    office.run(&["license", "key", "show", "School", id]).ended(1).says(&["Code: key_revoked"]);
    office.run(&["license", "key", "rotate", "School", id]).ended(2).says(&["--old-ends"]);
}

#[test]
fn a_secret_that_will_not_do_is_told_and_not_repeated() {
    let office = Office::new();
    office.license(10);
    let list = |name: &str, value: &str| {
        let mut command = office.command(&["license", "list"]);
        crate::support::Ran::of(command.env(name, value).output().unwrap())
    };
    let ran = list("SEATBOOK_SECRET", "a password").ended(2);
    holds(&ran.stderr, &["SEATBOOK_SECRET: it line 1 is", "32 characters"]);
    assert!(!ran.stderr.contains("password"), "{}", ran.stderr);
    list("SEATBOOK_SECRET_FILE", "nowhere").ended(2).says(&["nowhere", "can't be read"]);
    let mut both = office.command(&["license", "list"]);
    both.env("SEATBOOK_SECRET", SECRET).env("SEATBOOK_SECRET_FILE", "x");
    crate::support::Ran::of(both.output().unwrap()).ended(2).says(&["both set"]);
}

#[test]
fn the_secret_beside_a_file_is_made_with_the_first_key_and_old_secrets_open_what_they_sealed() {
    let office = Office::new();
    if office.url.is_some() {
        // There none is made: all nodes need the same.
        return;
    }
    office.license(10);
    let beside = office.path("seatbook.db-secret");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&beside).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let id = office.json(&["license", "show", "School"])["keys"][0]["key_id"].as_str().unwrap().to_owned();
    let show = ["license", "key", "show", "School", &id];
    let key = office.done(&show);
    let first = std::fs::read_to_string(&beside).unwrap();
    std::fs::write(&beside, format!("{SECRET}\n{first}")).unwrap();
    assert_eq!(office.done(&show), key);
    std::fs::write(&beside, SECRET).unwrap();
    office.run(&show).ended(1).says(&["secret that it was sealed with is not here", "Code: key_sealed"]);
    assert!(!office.done(&["users", "add", "School", "--as", ADA, "bo@school.example"]).is_empty());
}
