//! What is said names whom and what it is about.

use crate::support::{ADA, Office, holds};

#[test]
fn who_asks_and_what_for_stands_in_every_refusal() {
    let office = Office::new();
    office.license(10);
    let (eve, id) = ("Eve@else.example", "01920000-0000-7000-8000-000000000000");
    office.done(&["users", "add", "School", "--as", ADA, "bo@school.example", "di@else.example"]);
    office.done(&["invites", "decline", "School", "--as", "di@else.example"]);
    for (args, said) in [
        (
            &["users", "add", "School", "--as", eve, "x@y.example"][..],
            &[eve, "not an admin of the license \"School\""][..],
        ),
        (&["users", "remove", "School", "--as", eve, "x@y.example"], &[eve, "\"School\""]),
        (&["license", "admin", "revoke", "School", ADA], &["only admin of the license \"School\"", ADA]),
        (&["license", "domain", "grant", "School", eve, "x.example"], &[eve, "\"School\""]),
        (&["license", "key", "revoke", "School", id], &["The license \"School\" has no key", id]),
        (
            &["join", "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA", "--as", eve],
            &["The license key can't be right", "typing mistake"],
        ),
        (&["leave", "School", "--as", eve], &[eve, "\"School\""]),
        (&["invites", "withdraw", "School", eve, "--as", ADA], &[eve, "\"School\""]),
        (
            &["invites", "close", "School", "--as", "bo@school.example"],
            &["bo@school.example, who has joined", "Nothing to do"],
        ),
        (
            &["invites", "reopen", "School", "--as", "di@else.example"],
            &["di@else.example has declined", "added again"],
        ),
        (
            &["invites", "withdraw", "School", "di@else.example", "--as", ADA],
            &["di@else.example has declined", "hold no seat"],
        ),
        (&["imports", "undo", "School", id, "--as", ADA], &[id]),
        (&["license", "show", id], &[id]),
        (&["users", "list", "School", "--added-by", eve], &["Nobody is known as Eve@else.example."]),
    ] {
        office.run(args).ended(1).says(said);
    }
}

#[test]
fn what_was_so_already_is_told_as_such() {
    let office = Office::new();
    office.license(10);
    for (args, said) in [
        (
            &["admin", "grant", "School", ADA][..],
            "ada@school.example is an admin of the license \"School\" already.",
        ),
        (
            &["admin", "revoke", "School", "di@else.example"],
            "di@else.example is not an admin of the license \"School\".",
        ),
        (
            &["domain", "grant", "School", ADA, "school.example"],
            "administers school.example on the license \"School\" already.",
        ),
        (
            &["domain", "revoke", "School", ADA, "else.example"],
            "does not administer else.example on the license",
        ),
        (
            &["domain", "revoke", "School", "di@else.example", "else.example"],
            "di@else.example does not administer",
        ),
    ] {
        let args = [&["license"], args].concat();
        holds(&office.done(&args), &["Nothing has changed: ", said]);
        assert_eq!(office.json(&args)["code"], "unchanged");
    }
}

#[test]
fn a_domain_where_anybody_can_have_an_address_is_warned_of() {
    let office = Office::new();
    office.license(10);
    let warning = "Warning: Anybody can have an address at gmail.com";
    let grant = ["license", "domain", "grant", "School", ADA, "Gmail.com"];
    office.run(&grant).ended(0).says(&[warning]);
    assert!(office.json(&grant)["warning"].as_str().unwrap().contains("gmail.com"));
    let new = ["license", "create", "Other", "--seats", "1", "--admin", ADA, "--domain"];
    office.run(&[&new[..], &["gmail.com"]].concat()).ended(0).says(&[warning]);
    let quiet = office.run(&[&new[..], &["else.example"]].concat()).ended(0);
    assert!(!quiet.stderr.contains("Warning"), "{}", quiet.stderr);
}
