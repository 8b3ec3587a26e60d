use serde_json::json;

use super::*;

fn report() -> Value {
    json!({
        "rows": 3, "outcomes": { "accepted": 1, "invalid_email": 1, "seat_limit": 1 }, "dry_run": false,
        "seats": { "limit": 5, "held": 5 }, "seats_before": { "limit": 5, "held": 4 }, "items_truncated": false,
        "format": { "encoding": "UTF-8", "separator": "comma" },
        "items": [
            { "line": 1, "email": "ada@example.org", "code": "accepted" },
            { "line": 2, "email": "ada@", "code": "invalid_email", "reason": "\"ada@\" has no domain",
              "hint": "Write it like ada@example.org." },
            { "line": 3, "email": "bob@example.org", "code": "seat_limit", "reason": "No seat is free.",
              "hint": "Remove people." },
        ],
    })
}

#[test]
fn a_report_counts_everybody_and_says_who_was_refused_and_why() {
    let said = words(&report(), false);
    for part in [
        "3 rows:\n",
        "  1  accepted           The person joined",
        "Seats: 5 of 5 are held (4 before).",
        "ada@example.org  accepted",
        "2 rows were refused:\n  Line 2: \"ada@\" has no domain. Write it like ada@example.org. [invalid_email]\n",
        "  Line 3: bob@example.org: No seat is free. Remove people. [seat_limit]\n",
    ] {
        assert!(said.contains(part), "{part:?} in:\n{said}");
    }
    assert_eq!(refused(&report()), 2);
}

#[test]
fn pasted_items_are_told_by_their_number() {
    let mut report = report();
    report.as_object_mut().unwrap().remove("format");
    for (row, item) in (1..).zip(report["items"].as_array_mut().unwrap()) {
        (item["row"], item["line"]) = (row.into(), 1.into());
    }
    let said = words(&report, false);
    assert!(said.contains("\n  Item 2: \"ada@\" has") && said.contains("\n  Item 3: bob@"), "{said}");
    assert!(said.starts_with("3 addresses:\n") && said.contains("\n2 items were refused:\n"), "{said}");
    assert!(!said.contains("was read as"), "{said}");
}

#[test]
fn a_file_says_as_what_it_was_read() {
    let mut report = report();
    report["format"] = json!({ "encoding": "windows-1252", "separator": "semicolon", "note": "Check them." });
    let said = words(&report, false);
    assert!(
        said.contains("The file was read as windows-1252, separator: semicolon.\nCheck them.\n"),
        "{said}"
    );
}

#[test]
fn a_preview_says_that_nothing_was_changed() {
    let mut preview = report();
    preview["dry_run"] = true.into();
    let said = words(&preview, false);
    assert!(said.starts_with("Preview: nothing was changed."), "{said}");
    assert!(said.contains("5 of 5 would be held (4 before)"), "{said}");
    assert!(said.contains("The person would join") && said.contains("2 rows would be refused"), "{said}");
    let done = ["joined", "was refused", "were refused", "are held"];
    assert!(done.iter().all(|done| !said.contains(done)), "{said}");
}

#[test]
fn a_value_that_cannot_be_seen_whole_is_told_once_and_on_one_line() {
    let mut report = report();
    report["items"][1]["email"] = "a\u{1b}da\n@".into();
    report["items"][1]["reason"] = "\"ada @\" has a space inside".into();
    report["items"][2]["email"] = "bob\u{2028}@example.org".into();
    let said = words(&report, false);
    for part in [
        "  Line 2: \"ada @\" has a space inside. Write it like ada@example.org. [invalid_email]\n",
        "  Line 3: bob\\u{2028}@example.org: No seat is free. Remove people. [seat_limit]\n",
    ] {
        assert!(said.contains(part), "{part:?} in:\n{said}");
    }
}

#[test]
fn a_list_that_leaves_earlier_rows_out_is_no_whole_list_and_a_report_that_is_written_is_not_proposed() {
    let mut report = report();
    report["items_truncated"] = true.into();
    report["outcomes"]["seat_limit"] = 199.into();
    let said = words(&report, false);
    for part in [
        "200 rows were refused, among them:\n  Line 2: ",
        "... and 198 more. --report FILE writes all of them",
    ] {
        assert!(said.contains(part), "{part:?} in:\n{said}");
    }
    let said = words(&report, true);
    assert!(
        said.contains("... and 198 more. The report has all of them") && !said.contains("--report"),
        "{said}"
    );
    report["items"] = json!([]);
    let said = words(&report, true);
    assert!(said.contains("200 rows were refused. The report has all of them"), "{said}");
}

#[test]
fn of_one_that_was_stopped_it_says_how_many_rows_of_how_many_have_an_outcome() {
    let mut report = report();
    (report["rows"], report["phase"]) = (100_000.into(), "cancelled".into());
    let said = words(&report, false);
    assert!(
        said.contains("It was cancelled: 3 rows were applied") && said.contains("\n3 of 100,000 rows:\n"),
        "{said}"
    );
}
