//! A database file: one process has it open at a time, and the others ask that one, or wait.

use std::{
    fs::Permissions,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use eventlog::Database;

use crate::support::{ADA, Office, holds, signal};

#[test]
fn a_server_says_where_it_listens_and_which_database_it_has() {
    let office = Office::new();
    let server = office.serve();
    holds(server.said["listening"].as_str().unwrap(), &["http://127.0.0.1:"]);
    holds(server.said["database"].as_str().unwrap(), &["sqlite:", "seatbook.db"]);
    office.run(&["serve", "--listen", "127.0.0.1:0"]).ended(1).says(&["already", "Code: server_runs"]);
    let holder = eventlog::sqlite::holder(&office.database()).unwrap();
    let mode = std::fs::metadata(holder.socket.unwrap()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// They hold the addresses of pupils.
#[test]
fn what_is_kept_is_for_its_owner_alone_until_they_allow_others() {
    let office = Office::new();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let server = office.serve();
    office.license(10);
    office.done(&["users", "add", "School", "--as", ADA, "bo@school.example"]);
    let folder = office.database().parent().unwrap().to_owned();
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    let beside = |end: &str| files.iter().any(|path| path.to_string_lossy().ends_with(end));
    assert!([".db", ".db-wal", ".db-shm", "-views", "-views-wal"].iter().all(|end| beside(end)), "{files:?}");
    for path in files.iter().filter(|path| path.to_string_lossy().contains("seatbook.db")) {
        assert_eq!(mode(path) & 0o077, 0, "{}", path.display());
    }
    assert_eq!(server.end(), Some(0));
    let views = office.database().with_extension("db-views");
    std::fs::set_permissions(office.database(), Permissions::from_mode(0o640)).unwrap();
    std::fs::remove_file(&views).unwrap();
    assert_eq!(office.people().len(), 1);
    assert_eq!((mode(&office.database()), mode(&views)), (0o640, 0o640));
}

#[test]
fn a_command_waits_for_another_one_and_says_so() {
    let office = Office::new();
    office.license(10);
    let held = Database::open(&office.database()).unwrap();
    let mut command = office.command(&["license", "list"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut said).unwrap();
    holds(&said, &[&format!("process {}", std::process::id()), "waiting"]);
    drop(held);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    holds(&String::from_utf8(output.stdout).unwrap(), &["School"]);
}

#[test]
fn a_command_that_waits_too_long_gives_up_clearly() {
    let office = Office::new();
    let _held = Database::open(&office.database()).unwrap();
    let start = Instant::now();
    let ran = office.run(&["license", "list"]).ended(1);
    let waited = start.elapsed();
    assert!((Duration::from_secs(8)..Duration::from_secs(30)).contains(&waited), "{waited:?}");
    holds(&ran.stderr, &["still in use by process", "What to do: ", "Code: database_in_use"]);
}

#[test]
fn ctrl_c_ends_a_command_with_130_and_a_server_with_0() {
    let office = Office::new();
    let held = Database::open(&office.database()).unwrap();
    let mut command = office.command(&["license", "list"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut said).unwrap();
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(held);
    let mut server = office.serve();
    signal(&server.child, "-INT");
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}

/// Waits until the log has grown: some rows are in, and many are not.
fn some_rows_are_in(office: &Office) {
    let wal = office.path("seatbook.db-wal");
    let size = || std::fs::metadata(&wal).map_or(0, |about| about.len());
    let (start, before) = (Instant::now(), size());
    while size() < before + (1 << 20) {
        assert!(start.elapsed() < Duration::from_mins(1), "nothing comes in");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn whoever_interrupts_an_import_is_told_how_far_it_is_and_how_to_go_on() {
    let office = Office::new();
    office.license(100_000);
    let rows: String = (0..60_000).map(|n| format!("p{n:05}@school.example\n")).collect();
    let file = office.write("long.csv", &format!("Email\n{rows}"));
    let args = ["users", "add", "School", "--as", ADA, "--csv", &file];
    // The same file again is the same import, from where it was.
    for round in 0..2 {
        let mut command = office.command(&args);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        some_rows_are_in(&office);
        signal(&child, "-INT");
        let ran = crate::support::Ran::of(child.wait_with_output().unwrap()).ended(130);
        holds(&ran.stderr, &["stay", "done.", "Give the same command again"]);
        // A slow machine may take too long to say how many, the second time beside the lists that follow the first one.
        if round == 0 {
            holds(&ran.stderr, &["At least ", " rows done; they stay done."]);
        }
    }
    let again = office.json(&args);
    assert_eq!(again["outcomes"], serde_json::json!({ "accepted": 60_000 }));
    let imports = office.path("seatbook.db-uploads").read_dir().unwrap().count();
    assert_eq!(imports, 0, "its file is gone with its end");
}
