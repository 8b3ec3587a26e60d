use std::{
    io::{self, Write},
    process::Command,
};

use crate::support::{ADA, Office, holds};

const CLASS: &str =
    "Name,Email\nBo,bo@school.example\nCy,cy@\nDi,\nBo,Bo@School.example\nEd,ed@else.example\n";

#[test]
fn a_csv_file_adds_the_good_rows_and_keeps_the_others_to_be_corrected() {
    let office = Office::new();
    office.license(10);
    let file = office.write("class.csv", CLASS);
    let args = ["users", "add", "School", "--as", ADA, "--csv", &file, "--report", "refused.csv"];
    let ran = office.run(&args).ended(3).says(&["Refused rows: refused.csv"]);
    let read_as = "The file was read as UTF-8, separator: comma.";
    holds(&ran.stdout, &["5 rows:", "1  accepted", "1  invited", read_as, "3 rows were refused:"]);
    let refused = office.read("refused.csv");
    let mut rows = csv::Reader::from_reader(refused.as_bytes());
    let header: Vec<String> = rows.headers().unwrap().iter().map(str::to_owned).collect();
    let ours = ["Seatbook line", "Seatbook code", "Seatbook reason", "Seatbook what to do"];
    assert_eq!(header, [&["Name", "Email"][..], &ours].concat());
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let said: Vec<_> = rows.iter().map(|row| [&row[0], &row[1], &row[2], &row[3]]).collect();
    assert_eq!(said[0], ["Cy", "cy@", "3", "invalid_email"]);
    assert_eq!(said[1], ["Di", "", "4", "missing_email"]);
    assert_eq!(said[2], ["Bo", "Bo@School.example", "5", "duplicate_in_file"]);
    assert!(rows.iter().all(|row| !row[4].is_empty() && !row[5].is_empty()), "{refused}");
}

/// Semicolons, Windows-1252, a row longer than its header, and cells that a spreadsheet would calculate.
#[test]
fn refused_rows_that_were_corrected_are_taken() {
    let office = Office::new();
    office.license(10);
    let class =
        b"Nom;Email;Note\nZo\xEB;+zoe@;=1+1\nCy;cy@school.example;ok;more\nCy;cy@school.example;-2;more\n";
    std::fs::write(office.path("class.csv"), class).unwrap();
    let add = |file: &str, report: &str| {
        office.run(&["users", "add", "School", "--as", ADA, "--csv", file, "--report", report])
    };
    add("class.csv", "refused.csv").ended(3);
    let refused = office.read("refused.csv");
    holds(
        &refused,
        &["\u{FEFF}Nom;Email;Note;;Seatbook line;", "Zoë;'+zoe@;'=1+1;;2;invalid_email;", "'-2;more;4;"],
    );
    office
        .write("refused.csv", &refused.replace("'+zoe@", "'+zoe@school.example").replace("Cy;cy@", "Di;di@"));
    add("refused.csv", "again.csv").ended(0);
    let people: Vec<String> = office.people().into_iter().map(|(email, _)| email).collect();
    assert_eq!(people, ["+zoe@school.example", "cy@school.example", "di@school.example"]);
}

/// Cells that are hard to write, and one that a spreadsheet would calculate.
const NOTES: [&str; 8] =
    ["plain", "\"", "a,b;c\td|e", "two\r\nlines", "\n", " 'quoted' ", "n\u{e9}e \u{1F469}", "=1+1"];

#[test]
fn refused_rows_are_read_by_another_reader_as_they_were_given_and_taken_once_it_has_corrected_them() {
    for separator in [',', ';', '\t', '|'] {
        let office = Office::new();
        office.license(100);
        let mut class = csv::WriterBuilder::new()
            .delimiter(u8::try_from(separator).unwrap())
            .from_path(office.path("class.csv"))
            .unwrap();
        class.write_record(["Note", "Email"]).unwrap();
        for (n, note) in NOTES.iter().enumerate() {
            class.write_record([note, &*format!("p{n}@@school.example")]).unwrap();
        }
        class.flush().unwrap();
        let add = |file: &str| {
            office.run(&["users", "add", "School", "--as", ADA, "--csv", file, "--report", "refused.csv"])
        };
        add("class.csv").ended(3);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/refused.py");
        let mut python = Command::new("python3");
        python
            .arg(script)
            .arg(office.path("refused.csv"))
            .arg(office.path("corrected.csv"))
            .arg(separator.to_string());
        let Ok(ran) = python.output() else {
            // Past the harness, which keeps what a test prints to itself.
            writeln!(io::stderr(), "skipped: refused rows in Python: there is no python3 here").unwrap();
            return;
        };
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let read: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        assert_eq!(read["header"].as_array().unwrap().len(), 6, "{}", read["header"]);
        for (n, note) in NOTES.iter().enumerate() {
            let row = &read["rows"][n];
            let safe = domain::formula::neutralised(note).into_owned();
            assert_eq!([&row[0], &row[1]], [&safe, &format!("p{n}@@school.example")], "{separator:?}: {row}");
            assert_eq!(row[3], "invalid_email");
        }
        add("corrected.csv").ended(0);
        assert_eq!(office.people().len(), NOTES.len());
    }
}

#[test]
fn a_csv_file_comes_through_stdin() {
    let office = Office::new();
    office.license(10);
    let args = ["users", "add", "School", "--as", ADA, "--csv", "-", "--json"];
    let report = office.run_with(&args, CLASS).ended(3).json();
    assert_eq!((&report["rows"], &report["outcomes"]["accepted"]), (&5.into(), &1.into()));
}

#[test]
fn refused_rows_go_to_stdout_alone_when_asked() {
    let office = Office::new();
    office.license(10);
    let file = office.write("class.csv", CLASS);
    let args = ["users", "add", "School", "--as", ADA, "--csv", &file, "--report", "-"];
    let ran = office.run(&args).ended(3).says(&["5 rows:"]);
    assert_eq!(ran.stdout.lines().count(), 4, "{}", ran.stdout);
    office.run(&[&args[..], &["--json"]].concat()).ended(2).says(&["both write to stdout"]);
}

#[test]
fn a_report_of_nothing_refused_is_a_header_row() {
    let office = Office::new();
    office.license(10);
    office.done(&["users", "add", "School", "--as", ADA, "bo@school.example", "--report", "refused.csv"]);
    assert_eq!(office.read("refused.csv").lines().count(), 1);
}

#[test]
fn a_report_that_cannot_be_written_is_found_out_before_anybody_is_added() {
    let office = Office::new();
    office.license(10);
    let args =
        ["users", "add", "School", "--as", ADA, "bo@school.example", "--report", "nowhere/refused.csv"];
    office.run(&args).ended(1).says(&["nowhere/refused.csv", "What to do:"]);
    assert_eq!(office.people(), []);
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let office = Office::new();
    office.license(10);
    let folder = office.folder.path().display().to_string();
    for (file, said) in [("missing.csv", "The file missing.csv can't be read"), (&folder, "it is a folder")] {
        office
            .run(&["users", "add", "School", "--as", ADA, "--csv", file])
            .ended(1)
            .says(&[said, "What to do:"]);
    }
}

/// Nobody can read there: it begins with a page that is no process's.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_fails_while_it_is_sent_is_told_as_that_and_not_as_a_server_that_is_lost() {
    let office = Office::new();
    office.license(10);
    let server = office.serve();
    let add = ["users", "add", "School", "--as", ADA, "--csv", "/proc/self/mem"];
    let said = match office.url {
        // There a command is a node of its own, and sends nothing.
        Some(_) => ["The body broke off before its end.", "nothing was changed.", "Code: body_unreadable"],
        None => ["can't be read to its end: Input/output error", "Nothing was changed.", "Code: unreadable"],
    };
    office.run(&add).ended(1).says(&said);
    assert_eq!(server.end(), Some(0));
    assert_eq!(office.people(), []);
}

#[test]
fn a_file_without_its_header_changes_nothing_and_says_what_to_do() {
    let office = Office::new();
    office.license(10);
    for (text, code) in [
        ("bo@school.example\n", "no_header"),
        ("Name\nBo\n", "no_email_column"),
        ("Email,email\na@b.org,c@d.org\n", "several_email_columns"),
        ("Email\n", "only_header"),
        ("", "empty_file"),
    ] {
        let file = office.write("class.csv", text);
        let ran = office.run(&["users", "add", "School", "--as", ADA, "--csv", &file]);
        ran.ended(1).says(&["Error: ", "What to do: ", &format!("Code: {code}")]);
    }
    assert_eq!(office.people(), []);
}

#[test]
fn a_long_file_is_sent_as_it_is_read() {
    let office = Office::new();
    office.license(30_000);
    let rows: String = (0..20_000).map(|n| format!("p{n:05}@school.example,{}\n", "x".repeat(30))).collect();
    let file = office.write("long.csv", &format!("Email,Note\n{rows}"));
    let report = office.json(&["users", "add", "School", "--as", ADA, "--csv", &file]);
    assert_eq!(report["outcomes"], serde_json::json!({ "accepted": 20_000 }));
    let server = office.serve();
    let again = office.json(&["users", "add", "School", "--as", ADA, "--csv", &file]);
    assert_eq!(again["outcomes"], serde_json::json!({ "already_accepted": 20_000 }));
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_report_goes_where_a_link_leads_and_into_what_is_no_file() {
    let office = Office::new();
    office.license(10);
    let reports =
        |to: &str| ["users", "add", "School", "--as", ADA, "no address", "--report", to].map(str::to_owned);
    office.write("kept.csv", "before");
    std::os::unix::fs::symlink(office.path("kept.csv"), office.path("link.csv")).unwrap();
    let (file, link) = (office.path("kept.csv"), office.path("link.csv"));
    let args = reports(&link.display().to_string());
    office.run(&args.each_ref().map(String::as_str)).ended(3);
    assert!(link.is_symlink() && office.read(&file).contains("no address"));
    let pipe = office.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let args = reports(&pipe.display().to_string());
    let reading = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).unwrap()
    });
    office.run(&args.each_ref().map(String::as_str)).ended(3);
    assert!(!pipe.is_file() && reading.join().unwrap().contains("no address"));
}

#[test]
fn a_report_does_not_replace_the_rows_that_are_given() {
    let office = Office::new();
    office.license(10);
    office.write("class.csv", "Email\nbad@\n");
    std::os::unix::fs::symlink(office.path("class.csv"), office.path("link.csv")).unwrap();
    for report in ["class.csv", "./class.csv", "link.csv"] {
        let args = ["users", "add", "School", "--as", ADA, "--csv", "class.csv", "--report", report];
        office.run(&args).ended(2).says(&["the same file", report]);
    }
    assert_eq!(office.read("class.csv"), "Email\nbad@\n");
}

#[test]
fn a_report_that_cannot_be_written_is_told_by_its_name_before_anybody_is_added() {
    let office = Office::new();
    office.license(10);
    let args = ["users", "add", "School", "--as", ADA, "bo@school.example", "--report", "nowhere/r.csv"];
    let ran = office.run(&args).ended(1);
    let ran = ran.says(&["nowhere/r.csv can't be written: there is no folder nowhere.", "Code: unwritable"]);
    assert!(!ran.stderr.contains(".tmp"), "{}", ran.stderr);
    assert_eq!(office.people().len(), 0);
}
