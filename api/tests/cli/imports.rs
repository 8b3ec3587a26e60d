use std::process::Stdio;

use eventlog::faults::DIE_AT;

use crate::support::{ADA, Office, holds};

/// Adds two people; the import's id.
fn added(office: &Office) -> String {
    office.license(10);
    let report =
        office.json(&["users", "add", "School", "--as", ADA, "bo@school.example", "cy@else.example"]);
    report["import_id"].as_str().unwrap().to_owned()
}

#[test]
fn imports_are_listed_and_one_that_has_ended_is_told() {
    let office = Office::new();
    let import = added(&office);
    holds(&office.done(&["imports", "list", "School"]), &[&import, "add", "completed", ADA]);
    holds(&office.done(&["imports", "watch", "School", &import]), &["The import is completed: 2 rows."]);
}

#[test]
fn without_a_license_the_imports_of_all_are_listed() {
    let office = Office::new();
    let import = added(&office);
    let license = office.json(&["license", "list"])["items"][0]["license_id"].as_str().unwrap().to_owned();
    holds(&office.done(&["imports", "list"]), &["LICENSE ID", &import, "completed", "School", &license]);
    holds(&office.done(&["imports", "list", "--state", "ended"]), &[&import]);
    holds(&office.done(&["imports", "list", "--state", "running"]), &["No imports."]);
    office.run(&["imports", "list", "School", "--state", "ended"]).ended(2);
}

#[test]
fn an_import_is_undone_and_everybody_is_told() {
    let office = Office::new();
    let import = added(&office);
    let preview = office.done(&["imports", "undo", "School", &import, "--as", ADA, "--dry-run"]);
    holds(&preview, &["Preview: nothing was changed.", "2  removed"]);
    assert_eq!(office.people().len(), 2);
    office.done(&["invites", "accept", "School", "--as", "cy@else.example"]);
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("refused.csv").display().to_string();
    let undo = ["imports", "undo", "School", &import, "--as", ADA, "--report", &report];
    let ran = office.run(&undo).ended(3);
    let kept = std::fs::read_to_string(&report).unwrap();
    holds(&kept, &["cy@else.example", "changed_since"]);
    holds(&ran.stdout, &["1  removed", "1  changed_since", "cy@else.example: ", "they accepted the invite"]);
    assert_eq!(office.people(), [("cy@else.example".to_owned(), "accepted".to_owned())]);
    // Whoever did not ask then asks later.
    let list = office.json(&["imports", "list", "School"]);
    let undoing = list["items"][0]["import_id"].as_str().unwrap().to_owned();
    let later = office.run(&["imports", "watch", "School", &undoing, "--report", "-"]).ended(3);
    assert_eq!(later.stdout, kept);
}

#[test]
fn an_undoing_that_is_asked_for_again_says_that_it_was_done_before() {
    let office = Office::new();
    let import = added(&office);
    let undo = ["imports", "undo", "School", &import, "--as", ADA];
    assert!(!office.done(&undo).contains("before, and nothing"));
    holds(&office.done(&undo), &["This was done before, and nothing was done again.", "2  removed"]);
}

#[test]
fn an_import_that_died_is_listed_as_such_until_somebody_goes_on_with_it() {
    let office = Office::new();
    office.license(3_000);
    let class: String = (0..3_000).map(|n| format!("p{n}@school.example\n")).collect();
    let file = office.write("class.csv", &format!("Email\n{class}"));
    let mut add = office.command(&["users", "add", "School", "--as", ADA, "--csv", &file]);
    add.env(DIE_AT, "import.after_a_commit:1").stdout(Stdio::null()).stderr(Stdio::null());
    assert!(!add.status().unwrap().success());
    let list = office.done(&["imports", "list", "School"]);
    holds(&list, &["interrupted", "`seatbook serve` goes on with\nit"]);
    let listed = office.json(&["imports", "list", "School"])["items"][0].clone();
    assert_eq!(listed["worked_on"], false);
    let import = listed["import_id"].clone();
    office.done(&["imports", "watch", "School", import.as_str().unwrap()]);
    let list = office.done(&["imports", "list", "School"]);
    assert!(list.contains("completed") && !list.contains("interrupted"), "{list}");
}

#[test]
fn an_import_that_has_ended_can_not_be_cancelled() {
    let office = Office::new();
    let import = added(&office);
    office.run(&["imports", "cancel", "School", &import]).ended(1).says(&["Code: import_ended"]);
}
