//! One process at a time has the file.

use std::path::Path;

use eventlog::{
    Database, EventLog, LogError,
    conformance::{
        build::{member, writes},
        told::Told,
    },
    sqlite::{Holder, holder},
};

use crate::{child::Other, room::Room};

#[test]
fn a_second_opening_is_refused_and_told_who_has_it() {
    let room = Room::new();
    let first = room.open();
    let Err(LogError::InUse { path, pid, socket }) = Database::open(&room.path()) else {
        panic!("opened twice")
    };
    assert_eq!((path.as_str(), pid, socket), (room.path().to_str().unwrap(), std::process::id(), None));
    assert_eq!(Other::start("holder", &room.path()).says("in use by"), std::process::id().to_string());
    drop(first);
    room.open();
}

#[test]
fn a_process_that_has_the_file_is_named_and_its_death_sets_the_file_free() {
    let room = Room::new();
    let other = Other::start("holder", &room.path());
    other.says("open");
    let Err(error) = Database::open(&room.path()) else { panic!("opened twice") };
    let expected = format!("{} is in use by process {}", room.path().display(), other.pid());
    assert_eq!(error.to_string(), expected);
    assert_eq!(holder(&room.path()), Some(Holder { pid: other.pid(), socket: None }));
    other.killed();
    assert_eq!(holder(&room.path()), None);
    room.open();
}

#[test]
fn a_server_is_found_by_the_socket_that_it_advertised() {
    let room = Room::new();
    assert_eq!(holder(&room.path()), None, "before there is a file");
    let database = room.open();
    let socket = Path::new("/run/a socket with a long name/seatbook.sock");
    for at in [socket, Path::new("/s")] {
        database.advertise(at).unwrap();
        let expected = Holder { pid: std::process::id(), socket: Some(at.to_owned()) };
        assert_eq!(holder(&room.path()), Some(expected));
        let Err(LogError::InUse { socket, .. }) = Database::open(&room.path()) else {
            panic!("opened twice")
        };
        assert_eq!(socket.as_deref(), Some(at));
    }
    drop(database);
    assert_eq!(holder(&room.path()), None);
    // Who comes next does not answer where the last one did.
    let _next = room.open();
    assert_eq!(holder(&room.path()), Some(Holder { pid: std::process::id(), socket: None }));
}

/// Asking who has the file takes the lock for a moment; that may not keep anybody out.
#[test]
fn asking_who_has_the_file_keeps_nobody_from_opening_it() {
    let room = Room::new();
    let path = room.path();
    let enough = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !enough.load(std::sync::atomic::Ordering::SeqCst) {
                holder(&path);
            }
        });
        let opened: Vec<_> = (0..20).map(|_| Database::open(&path).map(|_| ())).collect();
        enough.store(true, std::sync::atomic::Ordering::SeqCst);
        assert!(opened.iter().all(Result::is_ok), "{opened:?}");
    });
}

#[tokio::test]
async fn every_clone_of_a_handle_is_the_same_database_and_the_last_one_closes_it() {
    let room = Room::new();
    let first = room.open();
    let second = first.clone();
    first.commit(writes(member(), 0, 1)).await.committed();
    drop(first);
    assert_eq!(second.commit(writes(member(), 0, 1)).await.committed().position, 2);
    assert!(matches!(Database::open(&room.path()), Err(LogError::InUse { .. })));
    drop(second);
    assert_eq!(*room.open().head().borrow(), 2);
}

#[cfg(unix)]
#[test]
fn a_link_leads_to_the_same_file_and_its_lock() {
    let room = Room::new();
    let first = room.open();
    let link = room.path().with_file_name("link.db");
    std::os::unix::fs::symlink(room.path(), &link).unwrap();
    assert!(matches!(Database::open(&link), Err(LogError::InUse { .. })));
    assert_eq!(holder(&link).map(|holder| holder.pid), Some(std::process::id()));
    drop(first);
    assert_eq!(Database::open(&link).unwrap().path(), room.path());
    assert!(!room.path().with_file_name("link.db.lock").exists(), "nothing is named after the link");
}

#[cfg(unix)]
#[test]
fn a_file_of_two_names_is_refused_whichever_is_used() {
    let room = Room::new();
    drop(room.open());
    let other = room.path().with_file_name("other.db");
    std::fs::hard_link(room.path(), &other).unwrap();
    for path in [room.path(), other.clone()] {
        let Err(LogError::Unopened { what, hint, .. }) = Database::open(&path) else {
            panic!("opened by two names")
        };
        assert!(what.contains("a second name") && hint.contains("Remove the other"), "{what}; {hint}");
    }
    std::fs::remove_file(other).unwrap();
    room.open();
}

#[test]
fn the_file_stays_locked_when_the_lock_file_is_removed() {
    let room = Room::new();
    let _first = room.open();
    std::fs::remove_file(room.path().with_file_name("seatbook.db.lock")).unwrap();
    assert!(Other::start("holder", &room.path()).says("in use by").parse::<u32>().is_ok());
}
