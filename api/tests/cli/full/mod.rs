//! A full disk, a real one.

mod disk;

use std::{
    path::Path,
    thread::sleep,
    time::{Duration, Instant},
};

use rusqlite::Connection;

use crate::{
    crash::{School, outcome::CameTo},
    support::{ADA, Office, Server, holds},
};
use disk::on_a_small_disk;

const PATIENCE: Duration = Duration::from_mins(2);

/// Asks until the answer is as wanted.
#[track_caller]
fn until(server: &Server, path: &str, is: impl Fn(u16, &serde_json::Value) -> bool) -> serde_json::Value {
    let start = Instant::now();
    loop {
        let answer = server.way().ask("GET", path, &[], b"").expect("it lives");
        let value = answer.json().unwrap_or_default();
        if is(answer.status, &value) {
            return value;
        }
        assert!(start.elapsed() < PATIENCE, "{}: {value}", answer.status);
        sleep(Duration::from_millis(50));
    }
}

fn spool(folder: &Path) -> usize {
    folder.join("seatbook.db-uploads").read_dir().map_or(0, Iterator::count)
}

/// A folder on this disk, with a database in it.
fn on(disk: &Path) -> Office {
    Office { folder: tempfile::tempdir_in(disk).unwrap(), url: None }
}

#[test]
fn an_upload_for_which_there_is_no_room_is_refused_and_nothing_of_it_is_kept() {
    on_a_small_disk(
        "full::an_upload_for_which_there_is_no_room_is_refused_and_nothing_of_it_is_kept",
        |disk| {
            let office = on(&disk.0);
            office.license(100);
            let server = office.serve();
            let note = "x".repeat(40_000);
            let file = office.write(
                "long.csv",
                &format!("Email,Note\nada@school.example,{note}\n{}", format!("bad@,{note}\n").repeat(100)),
            );
            disk.fill_but(1_024);
            let args = ["users", "add", "School", "--as", ADA, "--csv", &file];
            let refused = office.run(&args).ended(1);
            holds(
                &refused.stderr,
                &["no room in ", "seatbook.db-uploads", " KiB are free", "nothing was changed"],
            );
            holds(&refused.stderr, &["Free some space there", "Code: disk_full"]);
            // What is free is told as it is once the beginning of the file is gone again.
            let free = refused.stderr.split("where ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
            assert!((900..=1_024).contains(&free.parse::<u32>().unwrap()), "{}", refused.stderr);
            assert_eq!(spool(office.folder.path()), 0);
            assert!(office.people().is_empty());
            disk.free();
            assert_eq!(
                office.run(&[&args[..], &["--json"]].concat()).ended(3).json()["outcomes"]["accepted"],
                1
            );
            assert_eq!(server.end(), Some(0));
        },
    );
}

#[test]
fn an_import_during_which_the_disk_runs_full_keeps_its_rows_and_goes_on_once_there_is_room() {
    const ROWS: u32 = 8_000;
    on_a_small_disk(
        "full::an_import_during_which_the_disk_runs_full_keeps_its_rows_and_goes_on_once_there_is_room",
        |disk| {
            let undisturbed = School::new(ROWS);
            let (server, at, _) = undisturbed.carried_out(&[], |way| undisturbed.adds(way));
            let expected = CameTo::seen(&undisturbed, server, &at);
            for restarted in [false, true] {
                let school = School::within(on(&disk.0), ROWS);
                let mut server = school.serve();
                disk.fill_but(5 * 1_024);
                let at = school.adds(&server.way()).expect("it begins");
                let held_up = |_: u16, shown: &serde_json::Value| shown["job"]["held_up_by"].is_string();
                let shown = until(&server, &at, held_up);
                let said = shown["job"]["held_up_by"].as_str().unwrap();
                holds(said, &["disk", "is full", "free some space"]);
                let applied = shown["job"]["rows_applied"].as_u64().unwrap();
                assert!(0 < applied && applied < u64::from(ROWS), "{applied} rows");
                assert_eq!(shown["phase"], "running");
                if restarted {
                    // Killed while it is full: what was acknowledged is there again.
                    server.child.kill().unwrap();
                    server.child.wait().unwrap();
                    let log = Connection::open(school.office.database()).unwrap();
                    let sql = "SELECT count(DISTINCT json_extract(metadata, '$.row')) FROM events";
                    let rows: u64 = log.query_row(sql, [], |row| row.get(0)).unwrap();
                    assert!(rows > 0, "nothing is left of {applied} rows");
                    disk.free();
                    server = school.serve();
                } else {
                    disk.free();
                }
                until(&server, &at, |_, shown| shown["phase"] == "completed");
                CameTo::seen(&school, server, &at).must_be(&expected, &format!("restarted: {restarted}"));
            }
        },
    );
}

#[test]
fn while_the_lists_have_no_room_the_log_goes_on_and_they_say_so_and_follow_later() {
    on_a_small_disk(
        "full::while_the_lists_have_no_room_the_log_goes_on_and_they_say_so_and_follow_later",
        |disk| {
            let office = Office::new();
            // Only they are on the small disk.
            let views = disk.0.join("views");
            std::os::unix::fs::symlink(&views, office.path("seatbook.db-views")).unwrap();
            let (license, _) = office.license(100_000);
            let server = office.serve();
            disk.fill_but(64);
            let add = |n: u32| {
                let rows: String = (0..400).map(|row| format!("p{n}-{row}@school.example\n")).collect();
                let file = office.write("class.csv", &format!("Email\n{rows}"));
                office.run(&["users", "add", "School", "--as", ADA, "--csv", &file, "--json"]).ended(0)
            };
            let (mut added, mut position) = (0, 0);
            let start = Instant::now();
            loop {
                let ran = add(added);
                position = ran.json()["position"].as_u64().unwrap().max(position);
                added += 1;
                if ran.stderr.contains("Warning") {
                    holds(&ran.stderr, &["Lists are out of date", "is full"]);
                    break;
                }
                assert!(start.elapsed() < PATIENCE, "the lists always had room");
            }
            // The log still takes what comes.
            position = add(added).json()["position"].as_u64().unwrap().max(position);
            let ready = until(&server, "/readyz", |status, _| status == 503);
            assert_eq!(ready, serde_json::json!({"ready": false}), "why is for the owner");
            let users = format!("/api/v1/licenses/{license}/users?limit=1&min_position={position}");
            let behind = until(&server, &users, |status, _| status == 503);
            assert_eq!(behind["code"], "behind");
            holds(behind["detail"].as_str().unwrap(), &["did not reach", "held up", "is full"]);
            disk.free();
            until(&server, &users, |status, _| status == 200);
            until(&server, "/readyz", |status, _| status == 200);
            let people = office.done(&["users", "list", "School", "--csv"]);
            assert_eq!(people.lines().count(), 1 + 400 * (added as usize + 1));
            office.done(&["projections", "verify"]);
            assert_eq!(server.end(), Some(0));
        },
    );
}
