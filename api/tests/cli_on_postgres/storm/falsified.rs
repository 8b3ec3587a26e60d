//! Who watches the watchers: of notes that were falsified the check says what is wrong.

use std::path::Path;

use eventlog::conformance::server::Server as Database;

use super::{
    CLIENTS, Storm,
    check::check,
    fleet::{Fleet, blocking},
    note::{Note, Notebook, Notes},
};

/// Falsifies one note; `false`: it is none that can be falsified so.
type Falsify = fn(&mut Note) -> bool;

/// What is said about it.
const FALSE: [(&str, Falsify); 6] = [
    ("it was acknowledged and is not there", |note| {
        // Of an import, that is another event of its own.
        note.position = note.position.map(|position| position - 1);
        note.import.is_some()
    }),
    ("before what was answered when it was sent", |note| {
        note.after = note.claims().unwrap_or(note.after);
        note.claims().is_some()
    }),
    ("it is about", |note| {
        note.person.replace("c99p9@else.example".to_owned()).is_some() && note.code == domain::Code::Accepted
    }),
    ("its command is none of", |note| {
        note.key.push('0');
        note.claims().is_some() && note.status == 200
    }),
    ("it is of another license", |note| {
        note.license = uuid::Uuid::nil();
        note.claims().is_some()
    }),
    ("nobody was told", |note| {
        let claimed = note.claims().is_some();
        (note.position, note.import, note.code) = (None, None, domain::Code::NoInvite);
        claimed
    }),
];

/// Writes all notes once more; of the first client, the first one that can be falsified is.
fn falsified(from: &Path, to: &Path, falsify: Falsify) {
    let mut left = true;
    for client in 0..CLIENTS {
        let mut notes = Notebook::new(to, client);
        for mut note in Notes::of(from, client) {
            let mut other: Note = serde_json::from_value(serde_json::to_value(&note).unwrap()).unwrap();
            if left && falsify(&mut other) {
                (note, left) = (other, false);
            }
            notes.writes(&note);
        }
        notes.close();
    }
    assert!(!left, "nothing could be falsified");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_clients_were_not_told_is_found() {
    let storm = Storm::begin(Fleet::on(Database::start(&[])).await, 640).await;
    storm.clerks().join_all().await;
    let (url, folder) = (storm.fleet.url(), storm.office.folder.clone());
    assert_eq!(check(&url, &folder, CLIENTS, storm.from).await.faults, Vec::<String>::new());
    for (said, falsify) in FALSE {
        let other = tempfile::tempdir().unwrap();
        falsified(&folder, other.path(), falsify);
        let faults = check(&url, other.path(), CLIENTS, storm.from).await.faults;
        assert!(faults.iter().any(|fault| fault.contains(said)), "{said}: {faults:?}");
    }
    // Of an event that nobody ordered it says so, too.
    let faults = check(&url, &folder, CLIENTS, storm.from - 1).await.faults;
    assert!(faults.iter().any(|fault| fault.starts_with("nobody was told of")), "{faults:?}");
    let fleet = storm.fleet;
    blocking(move || fleet.end()).await;
}
