use crate::support::{ADA, Office, holds};

#[test]
fn a_license_is_made_listed_shown_and_changed() {
    let office = Office::new();
    let (id, key) = office.license(10);
    assert_eq!(key.len(), 29);
    holds(&office.done(&["license", "list"]), &["School", "0 of 10", "paid", "never", &id]);
    holds(&office.done(&["license", "show", &id]), &[ADA, "school.example", "KEY ID", "open"]);
    office.done(&["license", "rename", "School", "Big School"]);
    office.done(&["license", "seats", "Big School", "20"]);
    office.done(&["license", "plan", "Big School", "free"]);
    office.done(&["license", "term", "Big School", "2030-07-31"]);
    holds(&office.done(&["license", "show", "Big School"]), &["Big School", "0 of 20", "free", "2030-07-31"]);
    office.done(&["license", "term", "Big School", "never"]);
    assert_eq!(office.json(&["license", "show", &id])["ends"], serde_json::Value::Null);
}

#[test]
fn making_a_license_shows_what_was_set() {
    let office = Office::new();
    let args = [
        "license",
        "create",
        " Big School ",
        "--seats",
        "12000",
        "--admin",
        ADA,
        "--domain",
        "@School.example",
        "--domain",
        "pupils.example",
        "--domain",
        "bücher.example",
        "--domain",
        "school.EXAMPLE",
        "--term",
        "2030-01-31",
    ];
    let ran = office.run(&args).ended(0);
    let lines: Vec<_> = ran.stdout.lines().map(|line| line.split_once(": ").unwrap_or((line, ""))).collect();
    for (what, value) in [
        ("Name", "Big School"),
        ("Seats", "12,000"),
        ("Plan", "paid"),
        ("Ends", "2030-01-31"),
        ("Admin", ADA),
        // As it is recorded, not as it was typed: each once, in lower case, in people's letters.
        ("Administers", "pupils.example, school.example, bücher.example"),
    ] {
        assert!(lines.iter().any(|(w, v)| (*w, v.trim()) == (what, value)), "{what}: {}", ran.stdout);
    }
    assert!(!ran.stderr.contains("another license"), "{}", ran.stderr);
    holds(&office.done(&["license", "list"]), &["0 of 12,000"]);
    holds(
        &office.done(&["license", "show", "Big School"]),
        &["pupils.example, school.example, bücher.example"],
    );
}

#[test]
fn the_licenses_of_an_admin_are_listed_alone() {
    let office = Office::new();
    office.license(10);
    office.done(&["license", "create", "Other", "--seats", "1", "--admin", "di@else.example"]);
    let listed = office.done(&["license", "list", "--admin", ADA]);
    assert!(listed.contains("School") && !listed.contains("Other"), "{listed}");
    office.done(&["users", "add", "School", "--as", ADA, "bo@school.example"]);
    let none = office.done(&["license", "list", "--admin", "bo@school.example"]);
    assert_eq!(none, "bo@school.example administers no license.\n");
}

#[test]
fn a_license_may_be_ended_at_once_and_the_answer_says_so() {
    let office = Office::new();
    office.license(10);
    holds(
        &office.done(&["license", "term", "School", "2020-01-31"]),
        &["The change was made.", "has ended and admits nobody"],
    );
    holds(&office.done(&["license", "list"]), &["2020-01-31 (ended)"]);
    holds(&office.done(&["license", "show", "School"]), &["2020-01-31 (ended)"]);
    assert_eq!(office.json(&["license", "term", "School", "2020-01-30"])["ended"], true);
    assert_eq!(office.json(&["license", "term", "School", "never"])["ended"], false);
}

#[test]
fn the_key_is_offered_only_while_one_opens() {
    let office = Office::new();
    office.license(10);
    let why = || office.done(&["why", "School", "di@else.example"]);
    holds(&why(), &["enters the license key"]);
    let first = office.json(&["license", "show", "School"])["keys"][0]["key_id"].as_str().unwrap().to_owned();
    office.done(&["license", "key", "revoke", "School", &first]);
    assert!(!why().contains("license key"), "{}", why());
    let issued = office.json(&["license", "key", "issue", "School", "--limit", "1"]);
    holds(&why(), &["enters the license key"]);
    office.done(&["join", issued["license_key"].as_str().unwrap(), "--as", "ed@else.example"]);
    assert!(!why().contains("license key"), "{}", why());
}

#[test]
fn a_name_that_turns_the_writing_direction_is_refused() {
    let office = Office::new();
    let args = ["license", "create", "School\u{202E}dloG", "--seats", "1", "--admin", ADA];
    office.run(&args).ended(1).says(&["mark of writing direction (U+202E)", "What to do: "]);
}

#[test]
fn making_a_license_answers_in_json_with_id_key_and_position() {
    let office = Office::new();
    let args =
        ["license", "create", "S", "--seats", "1", "--admin", ADA, "--term", "2030-01-31", "--plan", "free"];
    let made = office.json(&args);
    assert!(
        made["license_id"].is_string() && made["license_key"].is_string() && made["position"].is_u64(),
        "{made}"
    );
    assert!(made["kept"].is_boolean(), "{made}");
    assert_eq!(made.as_object().unwrap().len(), 4, "{made}");
    let list = office.json(&["license", "list"]);
    assert_eq!(
        (&list["items"][0]["ends"], &list["items"][0]["plan"]),
        (&"2030-01-31".into(), &"free".into())
    );
}

#[test]
fn admins_and_their_domains_are_granted_and_revoked() {
    let office = Office::new();
    office.license(10);
    let olu = "olu@partner.example";
    let add = ["users", "add", "School", "--as", olu, "bo@partner.example"];
    office.run(&add).ended(1).says(&["not an admin", "Code: not_permitted"]);
    office
        .run(&["license", "domain", "grant", "School", olu, "partner.example"])
        .ended(1)
        .says(&["not_an_admin"]);
    office.done(&["license", "admin", "grant", "School", olu]);
    office.done(&["license", "domain", "grant", "School", olu, "partner.example"]);
    assert_eq!(office.json(&add)["outcomes"], serde_json::json!({ "accepted": 1 }));
    office.done(&["license", "domain", "revoke", "School", olu, "partner.example"]);
    let other = ["users", "add", "School", "--as", olu, "cy@partner.example"];
    assert_eq!(office.json(&other)["outcomes"], serde_json::json!({ "invited": 1 }));
    office.done(&["license", "admin", "revoke", "School", olu]);
    office
        .run(&["license", "admin", "revoke", "School", ADA])
        .ended(1)
        .says(&["only admin", "Code: last_admin"]);
}

#[test]
fn a_further_key_opens_until_it_is_revoked() {
    let office = Office::new();
    office.license(10);
    let issued = office.json(&["license", "key", "issue", "School", "--limit", "1", "--ends", "2030-01-31"]);
    let (id, key) = (issued["key_id"].as_str().unwrap(), issued["license_key"].as_str().unwrap());
    office.done(&["join", key, "--as", "di@else.example"]);
    office.run(&["join", key, "--as", "ed@else.example"]).ended(1).says(&["Code: key_used_up"]);
    holds(&office.done(&["license", "show", "School"]), &["used up", "open"]);
    office.done(&["license", "key", "revoke", "School", id]);
    office.run(&["join", key, "--as", "ed@else.example"]).ended(1).says(&["Code: key_revoked"]);
    holds(&office.done(&["license", "show", "School"]), &["revoked", "2030-01-31"]);
}

#[test]
fn a_license_is_found_by_its_exact_name_while_only_one_has_it() {
    let office = Office::new();
    let (id, _) = office.license(10);
    office.run(&["license", "show", "school"]).ended(1).says(&[
        "No license is called \"school\"",
        "license list",
        "Called something like it: \"School\".",
    ]);
    let nowhere = office.run(&["license", "show", "College"]).ended(1);
    assert!(!nowhere.stderr.contains("something like it"), "{}", nowhere.stderr);
    let ran = office.run(&["license", "create", "School", "--seats", "10", "--admin", ADA]).ended(0);
    holds(&ran.stderr, &["another license is called \"School\""]);
    let other = ran.stdout.lines().find_map(|line| line.strip_prefix("License:")).unwrap().trim().to_owned();
    let ran = office.run(&["license", "show", "School"]).ended(1);
    holds(&ran.stderr, &["2 licenses are called \"School\"", &id, &other, "Code: ambiguous_license"]);
    office.done(&["license", "show", &id.to_uppercase()]);
}

#[test]
fn licenses_are_listed_by_a_part_of_their_name_and_by_whoever_administers_them() {
    let office = Office::new();
    let (id, _) = office.license(10);
    office.done(&[
        "license",
        "create",
        "High School \u{bb}\u{c4}rztin\u{ab}",
        "--seats",
        "1",
        "--admin",
        "bo@school.example",
    ]);
    let list = |args: &[&str]| office.done(&[&["license", "list"], args].concat());
    holds(&list(&["--search", "school"]), &["High School", &id]);
    for args in [&["--search", "\u{e4}RZ"][..], &["--search", "school", "--admin", "bo@school.example"]] {
        let listed = list(args);
        assert!(listed.contains("High School") && !listed.contains(&id), "{listed}");
    }
    holds(&list(&["--search", &id]), &[&id]);
    holds(&list(&["--search", "college"]), &["No license is called \"college\" or something with it."]);
    let none = list(&["--search", "high", "--admin", ADA]);
    holds(&none, &["administers no license that is called \"high\" or something with it."]);
}

#[test]
fn seats_below_those_held_are_refused() {
    let office = Office::new();
    office.license(10);
    office.done(&["users", "add", "School", "--as", ADA, "a@school.example", "b@school.example"]);
    office.run(&["license", "seats", "School", "1"]).ended(1).says(&["2", "Code: seats_held"]);
}

#[test]
fn the_history_is_filtered_by_person_actor_type_and_day() {
    let office = Office::new();
    office.license(10);
    office.done(&["users", "add", "School", "--as", ADA, "bo@school.example", "di@else.example"]);
    office.done(&["invites", "accept", "School", "--as", "di@else.example"]);
    let types = |args: &[&str]| -> Vec<String> {
        let page = office.json(&[&["audit", "School", "--order", "oldest"], args].concat());
        let items = page["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["event_type"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(types(&["--member", "di@else.example"]), ["UserInvited", "InviteAccepted"]);
    assert_eq!(types(&["--actor", "di@else.example"]), ["InviteAccepted"]);
    assert_eq!(types(&["--type", "UserAdded"]), ["UserAdded"]);
    assert_eq!(types(&["--to", "2020-01-01"]), Vec::<String>::new());
    assert_eq!(types(&["--from", "2020-01-01"]).first().unwrap(), "LicenseCreated");
    let text = office.done(&["audit", "School"]);
    holds(&text, &["POSITION", "operator", ADA, "di@else.example"]);
    let csv = office.done(&["audit", "School", "--csv"]);
    assert!(csv.starts_with("position,license_sequence,recorded_at,event_type,"), "{csv}");
    office.run(&["audit", "School", "--type", "Nothing"]).ended(1).says(&["UserAdded"]);
    office.run(&["audit", "School", "--from", "yesterday"]).ended(2).says(&["2026-09-01"]);
}

#[test]
fn read_models_are_told_rebuilt_and_compared() {
    let office = Office::new();
    office.license(10);
    office.done(&["users", "add", "School", "--as", ADA, "bo@school.example"]);
    holds(&office.done(&["projections", "status"]), &["members", "licenses", "audit", "running"]);
    holds(&office.done(&["projections", "verify"]), &["members", "the same as"]);
    holds(&office.done(&["projections", "rebuild", "members"]), &["the new one is live now"]);
    assert_eq!(office.json(&["projections", "verify", "members"])["equal"], true);
    assert!(office.json(&["projections", "rebuild"])["items"].as_array().unwrap().len() >= 5);
    office.run(&["projections", "verify", "nothing"]).ended(1).says(&["nothing"]);
    assert_eq!(office.people().len(), 1);
}
