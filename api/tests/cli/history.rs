//! The history on the command line: signed, exported, verified offline, gone on with after a restore.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, process::Command};

use serde_json::Value;

use crate::support::{ADA, Office, Ran, holds};

/// An office whose history is signed with a key in a file, on whichever engine; and what auditors were given.
struct Vault {
    office: Office,
    key: String,
}

impl Vault {
    fn new() -> Self {
        let office = Office::new();
        let file = office.path("log.key").display().to_string();
        let key = office.done(&["audit", "new-key", "seats.example/log", &file]).trim().to_owned();
        let vault = Self { office, key };
        vault.office.license(100);
        vault
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.office.command(args);
        command.env("SEATBOOK_LOG_KEY_FILE", self.office.path("log.key"));
        command.env("SEATBOOK_CHECKPOINT_FILE", self.office.path("kept"));
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    #[track_caller]
    fn done(&self, args: &[&str]) -> String {
        self.run(args).ended(0).stdout
    }

    fn people(&self, people: &str) {
        self.done(&["users", "add", "School", "--as", ADA, people]);
    }

    /// The last checkpoint, in a file of this name.
    fn checkpoint(&self, name: &str) -> String {
        self.office.write(name, &self.done(&["audit", "checkpoint"]))
    }

    /// An export, in a file of this name.
    fn export(&self, name: &str, args: &[&str]) -> String {
        let file = self.office.path(name).display().to_string();
        let args = [&["audit", "export"], args, &["--to", &file]].concat();
        holds(&self.done(&args), &["Wrote", name]);
        file
    }
}

/// Offline: without the database.
fn verify(args: &[&str]) -> Ran {
    let mut command = Command::new(crate::support::SEATBOOK);
    command.args(["audit", "verify"]).args(args).env("SEATBOOK_DATABASE", "sqlite:/nowhere/at/all.db");
    Ran::of(command.output().unwrap())
}

/// The independent verifier.
fn verify_py(args: &[&str]) -> Ran {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/verify/verify.py");
    let python = std::env::var("SEATBOOK_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    Ran::of(
        Command::new(python).arg(script).args(args).output().expect("`./check` installs what Python needs"),
    )
}

#[test]
fn an_export_is_verified_offline_by_two_programs_that_agree() {
    let vault = Vault::new();
    assert_eq!(vault.done(&["audit", "key"]).trim(), vault.key);
    let earlier = vault.checkpoint("earlier.note");
    vault.people("bo@school.example cy@school.example di@else.example");
    let all = vault.export("all.jsonl", &["--people"]);
    let license = vault.export("license.jsonl", &["School", "--since", &earlier]);
    let both = |args: &[&str]| {
        let ours: Value = verify(&[args, &["--json"]].concat()).json();
        let theirs: Value = verify_py(&[args, &["--json"]].concat()).json();
        for field in ["events", "people", "findings"] {
            assert_eq!(ours[field], theirs[field], "{field} of {args:?}");
        }
        ours
    };
    let key = ["--key", &vault.key, "--checkpoint", &earlier];
    for (file, people) in [(&all, 4), (&license, 0)] {
        let args = [&[file.as_str()], &key[..]].concat();
        let found = both(&args);
        assert_eq!(
            (&found["findings"], &found["people"]),
            (&Value::Array(vec![]), &Value::from(people)),
            "{file}"
        );
        holds(&verify(&args).ended(0).stdout, &["Everything holds: ", "\"seats.example/log\""]);
        verify_py(&args).ended(0);
    }
    // One letter of one event.
    let text = fs::read_to_string(&all).unwrap();
    let spoilt = vault
        .office
        .write("spoilt.jsonl", &text.replacen("\\\"role\\\":\\\"admin", "\\\"role\\\":\\\"Admin", 1));
    assert_eq!(both(&[&spoilt, "--key", &vault.key])["findings"].as_array().map(Vec::len), Some(1));
    holds(
        &verify(&[&spoilt, "--key", &vault.key]).ended(1).stdout,
        &["event ", "the metadata is not the one"],
    );
    verify_py(&[&spoilt, "--key", &vault.key]).ended(1);
    verify(&[&all]).ended(2).says(&["--key is missing"]);
    verify(&[&all, "--key", "x"]).ended(2).says(&["--key: \"x\": this is no Ed25519 key"]);
    verify(&["nothing.jsonl", "--key", &vault.key]).ended(2).says(&["there is no such file"]);
}

#[test]
fn the_database_itself_is_verified_with_its_directory() {
    let vault = Vault::new();
    vault.people("bo@school.example");
    let earlier = vault.checkpoint("earlier.note");
    vault.people("cy@school.example");
    let note = fs::read_to_string(&earlier).unwrap();
    let mailed =
        vault.office.write("mailed.note", &format!("{}\r\n\r\n", note.trim_end().replace('\n', "\r\n")));
    let cut = vault.office.write("cut.note", note.trim_end());
    for kept in [&earlier, &mailed, &cut] {
        let words = vault.done(&["audit", "verify", "--checkpoint", kept]);
        holds(&words, &["Everything holds: ", "3 people", "seats.example/log"]);
        let all = vault.export("all.jsonl", &[]);
        verify_py(&[&all, "--key", &vault.key, "--checkpoint", kept]).ended(0);
        fs::remove_file(all).unwrap();
    }
    let proof = vault.done(&["audit", "proof", "2", "--license", "School"]);
    assert!(proof.starts_with("c2sp.org/tlog-proof@v1\nextra "), "{proof}");
    assert_eq!(vault.done(&["audit", "proof", "2"]), proof);
    vault.run(&["audit", "proof", "1000000"]).ended(1).says(&["no event at position 1000000"]);
    // What is shown of one license is what was always shown.
    holds(&vault.done(&["audit", "School"]), &["POSITION", "cy@school.example"]);
    vault.run(&["audit"]).ended(2);
}

/// A proof holds the event's entry: with the key it is all that is needed, and two programs agree on it.
#[test]
fn a_proof_of_one_event_is_verified_offline() {
    let vault = Vault::new();
    vault.people("bo@school.example cy@school.example di@else.example");
    let text = vault.done(&["audit", "proof", "5", "--license", "School"]);
    let proof = vault.office.write("five.tlog-proof", &text);
    let args = [proof.as_str(), "--key", &vault.key];
    holds(&verify(&args).ended(0).stdout, &["It holds: event 5, ", "\"position\":5", "seats.example/log"]);
    let by_py = ["event 5: it holds", "\"position\":5", "in the history of \"seats.example/log\" at "];
    holds(&verify_py(&args).ended(0).stdout, &by_py);
    // To programs both tell the same.
    let in_json = |args: &[&str]| {
        let args = [args, &["--json"]].concat();
        let (ours, theirs) = (verify(&args), verify_py(&args));
        assert_eq!((ours.code, ours.json()), (theirs.code, theirs.json()));
    };
    in_json(&args);
    let kept = vault.checkpoint("kept.note");
    let beside = [&args[..], &["--checkpoint", &kept]].concat();
    verify(&beside).ended(2).says(&["--checkpoint is for exports"]);
    verify_py(&beside).ended(2).says(&["--checkpoint is for exports"]);
    let other = vault.done(&["audit", "proof", "6"]);
    let extra = |text: &str| text.lines().nth(1).expect("its entry").to_owned();
    for (name, spoilt) in [
        ("another-entry.tlog-proof", text.replace(&extra(&text), &extra(&other))),
        ("another-place.tlog-proof", text.replace("index 4", "index 5")),
    ] {
        let spoilt = vault.office.write(name, &spoilt);
        let args = [spoilt.as_str(), "--key", &vault.key];
        holds(&verify(&args).ended(1).stdout, &["the event is not where the proof says"]);
        holds(&verify_py(&args).ended(1).stdout, &["the event is not where the proof says"]);
        in_json(&args);
    }
    // What is no proof as the specification has it is none to either.
    for (name, spoilt) in [
        ("zero.tlog-proof", text.replace("index 4", "index 04")),
        ("crlf.tlog-proof", text.replace('\n', "\r\n")),
    ] {
        let spoilt = vault.office.write(name, &spoilt);
        verify(&[&spoilt, "--key", &vault.key]).ended(2);
        verify_py(&[&spoilt, "--key", &vault.key]).ended(2);
    }
    let bare = vault.office.write("bare.tlog-proof", &text.replace(&format!("{}\n", extra(&text)), ""));
    verify(&[&bare, "--key", &vault.key]).ended(2).says(&["does not hold the event's entry"]);
}

#[test]
fn a_server_signs_what_happens_and_the_end_of_it_when_it_ends() {
    let vault = Vault::new();
    let token =
        vault.office.json(&["tokens", "make", "t", "--as", ADA, "--scope", "read", "--scope", "write"]);
    let mut command = vault.command(&["serve", "--listen", "127.0.0.1:0", "--json"]);
    command.env(crate::support::server::TOKEN, token["token"].as_str().unwrap());
    let server = crate::support::Server::started(&mut command).expect("it serves");
    let license =
        vault.office.json(&["license", "list"])["items"][0]["license_id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/licenses/{license}/users");
    let added = server.way().ask("POST", &path, &["Content-Type: text/plain"], b"bo@school.example").unwrap();
    let position = added.json().unwrap()["position"].as_u64().unwrap();
    assert_eq!(server.end(), Some(0));
    let kept = vault.office.read("kept");
    let size: u64 = kept.lines().nth(1).unwrap().parse().unwrap();
    assert!(size >= position, "{size} of {position}");
    let mode = fs::metadata(vault.office.path("kept")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // And it starts again with what it has signed.
    let again =
        crate::support::Server::started(&mut vault.command(&["serve", "--listen", "127.0.0.1:0", "--json"]));
    assert_eq!(again.expect("it serves").end(), Some(0));
}

#[test]
fn a_key_is_made_in_a_file_of_its_owner_and_never_written_over() {
    let office = Office::new();
    let file = office.path("log.key");
    let name = file.display().to_string();
    let public = office.done(&["audit", "new-key", "seats.example/log", &name]);
    assert!(public.starts_with("seats.example/log+"), "{public}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!public.contains("PRIVATE") && fs::read_to_string(&file).unwrap().starts_with("PRIVATE+KEY+"));
    let before = fs::read(&file).unwrap();
    office.run(&["audit", "new-key", "other.example", &name]).ended(1).says(&["Keys are never written over"]);
    assert_eq!(fs::read(&file).unwrap(), before);
    let odd = office.path("odd.key").display().to_string();
    office
        .run(&["audit", "new-key", "two words", &odd])
        .ended(2)
        .says(&["\"two words\" can't be a log's name"]);
    let mut command = office.command(&["license", "create", "School", "--seats", "9", "--admin", ADA]);
    let ran = Ran::of(command.env("SEATBOOK_LOG_KEY", "no key").output().unwrap());
    ran.ended(1).says(&[
        "SEATBOOK_LOG_KEY can't be opened",
        "line 1: this is no Ed25519 key",
        "audit new-key",
    ]);
}

/// A file of which a copy was put back, with lists that are of what came after.
fn put_back(office: &Office) {
    fs::copy(office.path("backup.db"), office.database()).unwrap();
    forget(office, &["-wal", "-shm"]);
}

/// The same without lists, as an operator restores it.
fn restored(office: &Office) {
    put_back(office);
    forget(office, &["-views", "-views-wal", "-views-shm"]);
}

fn forget(office: &Office, ends: &[&str]) {
    for end in ends {
        // What is not there need not go.
        drop(fs::remove_file(office.path(&format!("seatbook.db{end}"))));
    }
}

#[test]
fn a_restored_backup_stops_the_service_until_somebody_says_go_on() {
    let office = Office::new();
    if crate::ENGINE == "postgres" {
        // There it is tried through HTTP: `tampered.rs`.
        return;
    }
    office.license(100);
    let add = |who: &str| office.done(&["users", "add", "School", "--as", ADA, who]);
    add("bo@school.example");
    fs::copy(office.database(), office.path("backup.db")).unwrap();
    add("cy@school.example");
    let before = office.write("before.note", &office.done(&["audit", "checkpoint"]));
    let old_key = office.done(&["audit", "key"]).trim().to_owned();
    for beside in ["-log-key", "-checkpoint"] {
        let file = office.path(&format!("seatbook.db{beside}"));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
    restored(&office);
    for args in
        [&["users", "list", "School"][..], &["users", "add", "School", "--as", ADA, "x@school.example"]]
    {
        office
            .run(args)
            .ended(1)
            .says(&["the history in the database is not the one that was signed", "go-on"]);
    }
    office.run(&["serve", "--listen", "127.0.0.1:0"]).ended(1).says(&["Code: history_diverged", "go-on"]);
    office.run(&["audit", "verify"]).ended(1);
    let begun = office.json(&["audit", "go-on"]);
    let key = begun["key"].as_str().unwrap();
    assert_ne!(key, old_key);
    let aside: Vec<_> =
        begun["put_aside"].as_array().unwrap().iter().map(|path| path.as_str().unwrap()).collect();
    assert_eq!(aside.len(), 2, "{aside:?}");
    assert_eq!(fs::read_to_string(aside[0]).unwrap(), fs::read_to_string(&before).unwrap());
    assert_eq!(office.people().len(), 1);
    add("di@school.example");
    // An auditor with the old checkpoint sees that history up to there is no more; with the new one, that all holds.
    let export = office.path("all.jsonl").display().to_string();
    office.done(&["audit", "export", "--to", &export]);
    let first = office.write("first.note", begun["checkpoint"].as_str().unwrap());
    let good = ["audit", "verify", &export, "--key", key, "--checkpoint", &first];
    office.run(&good).ended(0);
    let old = ["--checkpoint", &before, "--checkpoint-key", &old_key];
    let gone = office.run(&[&["audit", "verify", &export, "--key", key], &old[..]].concat()).ended(1).stdout;
    let theirs = verify_py(&[&[export.as_str(), "--key", key], &old[..]].concat()).ended(1).stdout;
    for said in [gone, theirs] {
        assert!(said.contains("is not what it was") || said.contains("it is older than that one"), "{said}");
    }
    office.run(&["audit", "go-on"]).ended(1).says(&["Code: history_not_diverged"]);
}

/// Lists may be of a log that went further than the one that was put back.
#[test]
fn no_event_is_signed_that_the_log_does_not_hold() {
    let office = Office::new();
    if crate::ENGINE == "postgres" {
        return;
    }
    office.license(100);
    office.done(&["audit", "checkpoint"]);
    fs::copy(office.database(), office.path("backup.db")).unwrap();
    let kept = || fs::read_to_string(office.path("seatbook.db-checkpoint")).unwrap();
    let before = kept();
    office.done(&["users", "add", "School", "--as", ADA, "cy@school.example"]);
    assert_eq!(kept(), before, "it is signed while the service runs");
    put_back(&office);
    let serve = office.run(&["serve", "--listen", "127.0.0.1:0"]).ended(1);
    serve.says(&["history_diverged", "the lists have taken up", "audit go-on"]);
    assert_eq!(kept(), before);
    // What was signed is there; of what was not, the lists tell that it is gone.
    let ran = office.run(&["audit", "verify"]).ended(1);
    holds(&ran.stdout, &["the lists have taken up", "behind the ", "Not everything holds"]);
    office.done(&["audit", "go-on"]);
    assert_eq!(office.serve().end(), Some(0));
    office.done(&["projections", "rebuild"]);
    holds(&office.done(&["audit", "verify"]), &["Everything holds"]);
}

/// What is wrong is told by a name of its own wherever somebody meets it, and `audit verify` does not say that all holds.
#[test]
fn a_checkpoint_that_can_not_be_read_and_a_key_that_is_gone_are_told_as_that() {
    let office = Office::new();
    if crate::ENGINE == "postgres" {
        // There it is tried through HTTP: `tampered.rs`.
        return;
    }
    office.license(100);
    office.done(&["audit", "checkpoint"]);
    let (kept, key) = (office.path("seatbook.db-checkpoint"), office.path("seatbook.db-log-key"));
    let note = fs::read(&kept).unwrap();
    fs::write(&kept, "").unwrap();
    for args in [&["users", "count", "School"][..], &["serve", "--listen", "127.0.0.1:0"]] {
        office.run(args).ended(1).says(&["checkpoint_unread", "seatbook.db-checkpoint", "Put the file back"]);
    }
    let ran = office.run(&["audit", "verify"]).ended(1);
    holds(&ran.stdout, &["seatbook.db-checkpoint is not to be believed", "Not everything holds"]);
    fs::write(&kept, &note).unwrap();
    office.done(&["users", "count", "School"]);
    let public = office.done(&["audit", "key"]);
    fs::rename(&key, office.path("away")).unwrap();
    for args in
        [&["users", "count", "School"][..], &["audit", "verify"], &["serve", "--listen", "127.0.0.1:0"]]
    {
        office.run(args).ended(1).says(&["log_key_lost", "seatbook.db-log-key", "Put the file back"]);
    }
    // Whoever has the public key verifies what was signed, and makes an export, all the same.
    let ran = office.run(&["audit", "verify", "--key", public.trim()]).ended(1);
    let only = "the key is missing that signed the checkpoint";
    holds(&ran.stdout, &[only, "Not everything holds: 4 events", "seatbook.db-log-key"]);
    assert_eq!(ran.stdout.lines().count(), 2, "and nothing else: {}", ran.stdout);
    let export = office.path("all.jsonl").display().to_string();
    office.run(&["audit", "export", "--to", &export]).ended(0).says(&[only]);
    // What was exported before is nothing to be written over.
    office
        .run(&["audit", "export", "--to", &export])
        .ended(1)
        .says(&["is there already", "Name another one"]);
    office.run(&["audit", "export", "--to", "/nowhere/x"]).ended(1).says(&["there is no such folder"]);
    let ran = office.run(&["audit", "verify", &export, "--key", public.trim()]).ended(0);
    holds(&ran.stdout, &["Everything holds: 4 events"]);
    fs::rename(office.path("away"), &key).unwrap();
    holds(&office.done(&["audit", "verify"]), &["Everything holds"]);
}

/// Whoever takes everything away that was signed is told of; a log that is signed for the first time says nothing.
#[test]
fn checkpoints_that_were_taken_away_are_missed_where_the_key_is_there() {
    const MISSED: &str = "there were a key and ";
    let office = Office::new();
    if crate::ENGINE == "postgres" {
        return;
    }
    office.license(100);
    for args in [&["audit", "key"][..], &["audit", "checkpoint"], &["audit", "verify"]] {
        let ran = office.run(args).ended(0);
        assert!(!ran.stderr.contains(MISSED), "{args:?}: {}", ran.stderr);
    }
    for args in [&["audit", "checkpoint"][..], &["audit", "verify"]] {
        fs::remove_file(office.path("seatbook.db-checkpoint")).unwrap();
        let conn = rusqlite::Connection::open(office.database()).unwrap();
        conn.execute("DELETE FROM signed_checkpoints", []).unwrap();
        drop(conn);
        let ran = office.run(args).ended(0);
        holds(&ran.stderr, &[MISSED, "no checkpoint", "an auditor has"]);
    }
    let ran = office.run(&["audit", "verify"]).ended(0);
    assert!(!ran.stderr.contains(MISSED), "there is one again: {}", ran.stderr);
}
