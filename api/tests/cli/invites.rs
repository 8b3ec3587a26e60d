use crate::support::{ADA, Office, holds};

/// A license, and Di who is invited to it; its key.
fn invited() -> (Office, String) {
    let office = Office::new();
    let (_, key) = office.license(10);
    office.done(&["users", "add", "School", "--as", ADA, DI]);
    (office, key)
}

const DI: &str = "di@else.example";

fn status(office: &Office) -> String {
    office.json(&["why", "School", DI])["status"].as_str().unwrap().to_owned()
}

#[test]
fn an_invite_is_seen_closed_reopened_and_accepted() {
    let (office, _) = invited();
    holds(&office.done(&["invites", "list", "--as", DI]), &["School", ADA, "open"]);
    holds(&office.done(&["invites", "close", "School", "--as", DI]), &["notification was closed"]);
    holds(&office.done(&["users", "show", "School", DI]), &["Status: invited", "Notification: closed"]);
    holds(&office.done(&["invites", "list", "--as", DI]), &["closed"]);
    office.done(&["invites", "reopen", "School", "--as", DI]);
    let accepted = office.json(&["invites", "accept", "School", "--as", DI]);
    assert_eq!(accepted["code"], "accepted");
    assert!(accepted["position"].is_u64());
    assert_eq!(status(&office), "accepted");
    assert_eq!(office.done(&["invites", "list", "--as", DI]), "No invites.\n");
}

#[test]
fn who_declined_is_rejected_until_they_are_added_again() {
    let (office, _) = invited();
    office.done(&["invites", "decline", "School", "--as", DI, "--reason", "not_needed"]);
    holds(&office.done(&["users", "list", "School", "--status", "rejected"]), &[DI, "declined: not_needed"]);
    office.run(&["invites", "accept", "School", "--as", DI]).ended(1).says(&[
        "declined",
        "license key",
        "Code: ",
    ]);
    office.done(&["users", "add", "School", "--as", ADA, DI]);
    assert_eq!(status(&office), "invited");
    holds(&office.done(&["users", "list", "School"]), &["invited 2 times"]);
}

#[test]
fn who_declined_joins_at_once_with_the_key_and_may_leave() {
    let (office, key) = invited();
    office.done(&["invites", "decline", "School", "--as", DI]);
    let typed = key.to_lowercase().replace('-', " ");
    let joined = office.json(&["join", &typed, "--as", DI]);
    assert_eq!(joined["code"], "accepted");
    assert_eq!(office.json(&["users", "list", "School"])["items"][0]["admission"], "license_key");
    holds(&office.done(&["leave", "School", "--as", DI]), &["left"]);
    assert_eq!(status(&office), "removed");
}

#[test]
fn a_mistyped_key_is_told_from_an_unknown_one() {
    let (office, key) = invited();
    let other = if key.starts_with('Z') { "Y" } else { "Z" };
    let mistyped = format!("{other}{}", &key[1..]);
    office.run(&["join", &mistyped, "--as", DI]).ended(1).says(&["Code: key_mistyped", "What to do: "]);
    office.run(&["join", "00000-00000-00000-00000-00000", "--as", DI]).ended(1).says(&["Code: key_unknown"]);
}

#[test]
fn an_admin_takes_an_invite_back() {
    let (office, _) = invited();
    office.done(&["invites", "withdraw", "School", DI, "--as", ADA]);
    office
        .run(&["invites", "accept", "School", "--as", DI])
        .ended(1)
        .says(&["no open invite", "Code: no_invite"]);
}

#[test]
fn a_reason_is_one_of_those_that_there_are() {
    let (office, _) = invited();
    let ran = office.run(&["invites", "decline", "School", "--as", DI, "--reason", "because"]).ended(2);
    holds(&ran.stderr, &["unknown_sender", "not_needed", "privacy_concern"]);
}

#[test]
fn why_tells_the_status_the_chain_and_the_next_steps() {
    let (office, _) = invited();
    office.done(&["invites", "decline", "School", "--as", DI]);
    let said = office.done(&["why", "School", DI]);
    holds(&said, &["What happened (UTC):", ADA, "What can be done next:", "person: ", "admin: "]);
    let why = office.json(&["why", "School", DI]);
    // As the API says it.
    holds(&said, &[why["sentence"].as_str().unwrap()]);
    assert_eq!(why["chain"].as_array().unwrap().len(), 2);
    let stranger = office.json(&["why", "School", "nobody@else.example"]);
    assert_eq!(stranger["known"], false);
}
