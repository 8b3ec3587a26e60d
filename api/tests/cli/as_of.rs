use crate::support::{ADA, Office, holds};

fn position(office: &Office) -> u64 {
    office.json(&["users", "count", "School"])["as_of"]["position"].as_u64().unwrap()
}

#[test]
fn the_list_a_person_and_the_seats_are_shown_as_of_any_moment_and_what_changed_between_two() {
    let office = Office::new();
    office.license(10);
    office.done(&["users", "add", "School", "--as", ADA, "bo@school.example", "cy@else.example"]);
    let first = position(&office).to_string();
    office.done(&["invites", "accept", "School", "--as", "cy@else.example"]);
    office.done(&["users", "remove", "School", "--as", ADA, "bo@school.example"]);
    let then = office.done(&["users", "list", "School", "--at", &first]);
    holds(
        &then,
        &[
            "As of position ",
            "bo@school.example  accepted  domain_admin",
            "cy@else.example    invited",
            "2 people",
        ],
    );
    let csv = office.done(&["users", "list", "School", "--at", &first, "--csv", "--status", "invited"]);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "Email,Status,Admission,Added at,Since,Decline reason,Member id");
    assert!(lines.len() == 2 && lines[1].starts_with("cy@else.example,invited,,"), "{csv}");
    let count = office.done(&["users", "count", "School", "--at", &first]);
    holds(&count, &["2 of 10 seats are held; 1 accepted, 1 invited, 0 rejected."]);
    let bo = office.done(&["users", "show", "School", "bo@school.example"]);
    holds(&bo, &["bo@school.example", "Status: not on the license"]);
    let bo = office.done(&["users", "show", "School", "bo@school.example", "--at", &first]);
    holds(&bo, &["As of position ", "Status: accepted", &format!("Added by: {ADA}")]);
    let early = office.done(&["users", "show", "School", "bo@school.example", "--at", "1"]);
    holds(&early, &["Nothing had happened to them on this license yet."]);
    let changes = office.done(&["users", "changes", "School", "--from", &first]);
    holds(
        &changes,
        &["cy@else.example    changed  invited   accepted", "bo@school.example  left     accepted  -"],
    );
    let csv = office.done(&["users", "changes", "School", "--from", &first, "--change", "left", "--csv"]);
    assert!(
        csv.lines().nth(1).is_some_and(|line| line.starts_with("bo@school.example,left,accepted,,")),
        "{csv}"
    );
}

#[test]
fn a_moment_that_is_none_is_told_before_anything_is_asked() {
    let office = Office::new();
    office.license(1);
    for (args, said) in [
        (&["users", "list", "School", "--at", "yesterday"][..], "neither a position nor a day or an instant"),
        (&["users", "list", "School", "--at", "1", "--search", "bo"], "--search"),
        (&["users", "changes", "School"], "--from"),
    ] {
        let ran = office.run(args).ended(2);
        assert!(ran.stderr.contains(said), "{args:?}: {}", ran.stderr);
    }
    let ran = office.run(&["users", "list", "School", "--at", "2999-01-01T00:00:00Z"]).ended(1);
    assert!(ran.stderr.contains("has not come yet"), "{}", ran.stderr);
    let ran = office.run(&["users", "show", "School", "nobody@else.example"]).ended(1);
    assert!(ran.stderr.contains("nobody@else.example"), "{}", ran.stderr);
}
