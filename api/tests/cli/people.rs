use crate::support::{ADA, Office, holds};

#[test]
fn pasted_people_join_or_are_invited_by_the_admins_domain() {
    let office = Office::new();
    office.license(10);
    let text = office.done(&["users", "add", "School", "--as", ADA, "bo@school.example", "cy@else.example"]);
    holds(
        &text,
        &[
            "2 addresses:",
            "1  accepted",
            "1  invited",
            "Seats: 2 of 10 are held (0 before).",
            "bo@school.example  accepted",
        ],
    );
    let expected = [("bo@school.example", "accepted"), ("cy@else.example", "invited")];
    assert_eq!(office.people(), expected.map(|(email, status)| (email.to_owned(), status.to_owned())));
}

#[test]
fn a_paste_comes_through_stdin_however_it_is_separated() {
    let office = Office::new();
    office.license(10);
    let paste =
        "a@school.example, b@school.example\nCy <c@school.example>;\td@school.example e@school.example,,\n\n";
    let ran = office.run_with(&["users", "add", "School", "--as", ADA, "-", "--json"], paste).ended(0);
    assert_eq!(ran.json()["outcomes"], serde_json::json!({ "accepted": 5 }));
    assert_eq!(ran.json()["rows"], 5);
}

#[test]
fn the_report_as_json_has_what_scripts_rest_on() {
    let office = Office::new();
    office.license(2);
    let people = ["bo@school.example", "bo@school.example", "bad@", "cy@school.example", "di@school.example"];
    let args = [&["users", "add", "School", "--as", ADA, "--json"], &people[..]].concat();
    let report = office.run(&args).ended(3).json();
    assert_eq!(report["rows"], 5);
    let outcomes =
        serde_json::json!({ "accepted": 2, "duplicate_in_file": 1, "invalid_email": 1, "seat_limit": 1 });
    assert_eq!(report["outcomes"], outcomes);
    assert_eq!(report["seats"], serde_json::json!({ "limit": 2, "held": 2 }));
    assert!(report["import_id"].is_string() && report["position"].is_u64(), "{report}");
}

#[test]
fn the_same_again_changes_nothing() {
    let office = Office::new();
    office.license(10);
    let args = ["users", "add", "School", "--as", ADA, "bo@school.example", "cy@else.example"];
    office.done(&args);
    let again = office.json(&args);
    assert_eq!(again["outcomes"], serde_json::json!({ "already_accepted": 1, "already_invited": 1 }));
    assert_eq!(again["seats"]["held"], 2);
}

#[test]
fn a_preview_says_what_would_happen_and_changes_nothing() {
    let office = Office::new();
    office.license(1);
    let events = |office: &Office| office.json(&["audit", "School"])["items"].as_array().unwrap().len();
    let before = events(&office);
    let people = ["bo@school.example", "cy@school.example", "bad@"];
    for what in ["add", "invite", "remove"] {
        let args =
            [&["users", what, "School", "--as", ADA, "--dry-run", "--report", "rows.csv"], &people[..]]
                .concat();
        let ran = office.run(&args).ended(3);
        holds(&ran.stdout, &["Preview: nothing was changed", "would be held"]);
        assert!(office.read("rows.csv").contains("bad@"), "{what}");
    }
    assert_eq!((events(&office), office.people()), (before, Vec::new()));
}

#[test]
fn refused_people_are_told_where_with_which_value_why_and_what_to_do() {
    let office = Office::new();
    office.license(1);
    let args =
        ["users", "add", "School", "--as", ADA, "bo@school.example", "ada@example", "cy@school.example"];
    let ran = office.run(&args).ended(3);
    holds(
        &ran.stdout,
        &[
            "2 items were refused:",
            "Item 2: \"ada@example\" has no ending like .org",
            "[invalid_email]",
            "Item 3: cy@school.example: No seat of the license is free: 1 of 1 are held.",
            "[seat_limit]",
        ],
    );
}

#[test]
fn invited_people_are_asked_even_in_the_admins_domain() {
    let office = Office::new();
    office.license(10);
    office.done(&["users", "invite", "School", "--as", ADA, "bo@school.example"]);
    assert_eq!(office.people(), [("bo@school.example".to_owned(), "invited".to_owned())]);
}

#[test]
fn removed_people_are_gone_from_the_list_and_stay_in_the_history() {
    let office = Office::new();
    office.license(10);
    office.done(&["users", "add", "School", "--as", ADA, "bo@school.example"]);
    let removal =
        office.json(&["users", "remove", "School", "--as", ADA, "bo@school.example", "no@school.example"]);
    assert_eq!(removal["outcomes"], serde_json::json!({ "not_on_license": 1, "removed": 1 }));
    assert_eq!(office.done(&["users", "list", "School"]), "Nobody.\n");
    let history = office.done(&["audit", "School", "--member", "bo@school.example", "--csv"]);
    holds(&history, &["UserAdded", "UserRemoved"]);
    holds(
        &office.done(&["why", "School", "bo@school.example"]),
        &["What happened (UTC):", "What can be done next:"],
    );
}

#[test]
fn the_list_is_filtered_and_goes_on_page_by_page() {
    let office = Office::new();
    office.license(20);
    let people = ["bo@school.example", "cy@school.example", "di@else.example", "ed@else.example"];
    office.done(&[&["users", "add", "School", "--as", ADA], &people[..]].concat());
    let invited = office.json(&["users", "list", "School", "--status", "invited"]);
    assert_eq!(invited["items"].as_array().unwrap().len(), 2);
    assert!(invited["position"].is_u64() && invited["next_cursor"].is_null(), "{invited}");
    holds(
        &office.done(&["users", "list", "School", "--search", "lse.exa"]),
        &["di@else.example", "2 people"],
    );
    holds(&office.done(&["users", "list", "School", "--admission", "domain_admin"]), &["cy@school.example"]);
    holds(&office.done(&["users", "list", "School", "--added-by", ADA]), &["4 people"]);
    let mut seen = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut args = vec!["users", "list", "School", "--limit", "3"];
        args.extend(cursor.iter().flat_map(|cursor| ["--cursor", cursor.as_str()]));
        let page = office.json(&args);
        seen.extend(
            page["items"].as_array().unwrap().iter().map(|item| item["email"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(seen, people);
}

#[test]
fn an_exported_list_can_be_given_back_as_a_file() {
    let office = Office::new();
    office.license(600);
    let everybody: String = (0..550).map(|n| format!("p{n:04}@school.example\n")).collect();
    office.run_with(&["users", "add", "School", "--as", ADA, "-"], &everybody).ended(0);
    let list = office.done(&["users", "list", "School", "--csv"]);
    assert_eq!(list.lines().count(), 551);
    assert!(list.starts_with("Email,Status,"), "{}", list.lines().next().unwrap());
    assert_eq!(office.done(&["users", "list", "School", "--csv", "--limit", "5"]).lines().count(), 6);
    let file = office.write("list.csv", &list);
    let again = office.json(&["users", "add", "School", "--as", ADA, "--csv", &file]);
    assert_eq!(again["outcomes"], serde_json::json!({ "already_accepted": 550 }));
}

#[test]
fn an_address_may_begin_with_a_hyphen() {
    let office = Office::new();
    let (ada, bo) = ("-ada@school.example", "--bo@school.example");
    let new = ["license", "create", "School", "--seats", "9", "--admin", ada, "--domain", "school.example"];
    office.done(&new);
    let report = office.json(&["users", "add", "School", "--as", ada, bo, "-c@else.example"]);
    assert_eq!(report["outcomes"], serde_json::json!({ "accepted": 1, "invited": 1 }));
    holds(&office.done(&["why", "School", bo]), &["--bo@school.example is on this license (Accepted)"]);
    office.done(&["invites", "accept", "School", "--as", "-c@else.example"]);
    assert_eq!(
        office.json(&["audit", "School", "--actor", "-c@else.example"])["items"].as_array().unwrap().len(),
        1
    );
    office.done(&["users", "remove", "School", "--as", ada, "--", bo]);
    office.run(&["why", "School", "-nobody"]).ended(2).says(&["put -- before it: -- -n"]);
}

/// Stands for the operator.
const OPERATOR: &str = "00000000-0000-0000-0000-000000000000";

/// What the operator did is found, in their own name and in that of others.
#[test]
fn the_history_is_asked_for_by_days_in_order_and_by_the_operator() {
    let office = Office::new();
    office.license(10);
    let args = ["audit", "School", "--from", "2026-11-23", "--to", "2026-11-22"];
    let ran = office.run(&args).ended(2).says(&["--from 2026-11-23 is not before --to 2026-11-22."]);
    assert!(!ran.stderr.contains("00:00"), "{}", ran.stderr);
    // From and to what a table shows, that second included.
    let shown = office.done(&["audit", "School", "--order", "oldest"]);
    let time = shown.lines().nth(1).and_then(|line| line.get(10..29)).expect("a time").trim();
    let same = office.done(&["audit", "School", "--order", "oldest", "--from", time, "--to", time]);
    assert_eq!(same.lines().nth(1), shown.lines().nth(1), "{same}");
    office
        .run(&["audit", "School", "--from", "20"])
        .ended(2)
        .says(&["is neither a day nor an instant", "--after"]);
    office.done(&["users", "add", "School", "--as", ADA, "bo@school.example"]);
    let by_operator = office.json(&["audit", "School", "--actor", "operator"]);
    let items = by_operator["items"].as_array().unwrap();
    let own = items.iter().filter(|it| it["actor"]["role"] == "operator").count();
    let in_her_name = items.iter().filter(|it| it["actor"]["acted_by"] == OPERATOR).count();
    assert!(own > 0 && in_her_name > 0 && own + in_her_name == items.len(), "{items:?}");
}

#[test]
fn no_cell_of_an_export_is_a_formula() {
    let office = Office::new();
    office.license(10);
    let odd = ["=x@school.example", "+x@school.example", "-x@school.example"];
    office.write("odd.csv", &format!("Email\n{}\n@x\n", odd.join("\n")));
    office
        .run(&["users", "add", "School", "--as", ADA, "--csv", "odd.csv", "--report", "refused.csv"])
        .ended(3);
    let people = office.done(&["users", "list", "School", "--csv"]);
    let history = office.done(&["audit", "School", "--csv"]);
    for address in odd {
        assert!(people.contains(&format!("\n'{address},")), "{people}");
        assert!(history.contains(&format!(",'{address},")), "{history}");
    }
    let refused = office.read("refused.csv");
    assert!(refused.contains("\n'@x,"), "{refused}");
    // It can be given back as it is.
    office.write("again.csv", &people);
    let again = office.json(&["users", "add", "School", "--as", ADA, "--csv", "again.csv"]);
    assert_eq!(again["outcomes"], serde_json::json!({ "already_accepted": 3 }));
}

#[test]
fn refused_rows_come_back_the_same_however_often_they_go_out_and_in() {
    let office = Office::new();
    office.license(10);
    office.write("0.csv", "Name,Email\n=x,@bad\n\u{FF1D}y,bad@\n'=z,+\n'O,-\n");
    for round in 0..3 {
        let (given, report) = (format!("{round}.csv"), format!("{}.csv", round + 1));
        let add = ["users", "add", "School", "--as", ADA, "--csv", &given, "--report", &report];
        office.run(&add).ended(3);
        let written = office.read(&report);
        let cells: Vec<_> =
            written.lines().skip(1).map(|line| line.split(',').take(2).collect::<Vec<_>>()).collect();
        let expected: [Vec<&str>; 4] =
            [vec!["'=x", "'@bad"], vec!["'\u{FF1D}y", "bad@"], vec!["'=z", "'+"], vec!["'O", "'-"]];
        assert_eq!(cells, expected, "round {round}");
    }
}
