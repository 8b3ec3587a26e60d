//! What a process that was killed leaves for a moment, until it is quite gone.

use std::{
    fs::{self, File},
    net::TcpListener,
    os::unix::net::UnixListener,
    thread::{self, JoinHandle, sleep},
    time::{Duration, Instant},
};

use serde_json::json;

use crate::support::{Office, holds};

/// Holds the lock for a while, and a socket on which it answers nobody.
fn dies_slowly(office: &Office) -> JoinHandle<()> {
    let lock = office.path("seatbook.db.lock");
    let socket = office.path("dying.socket");
    let listener = UnixListener::bind(&socket).unwrap();
    listener.set_nonblocking(true).unwrap();
    let file = File::options().read(true).write(true).open(&lock).unwrap();
    file.lock().unwrap();
    fs::write(&lock, json!({ "pid": 4_000_000, "socket": socket }).to_string()).unwrap();
    thread::spawn(move || {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(700) {
            drop(listener.accept());
            sleep(Duration::from_millis(1));
        }
        drop((listener, file));
    })
}

#[test]
fn a_new_server_waits_until_the_one_before_it_is_gone() {
    let office = Office::new();
    office.license(10);
    let dying = dies_slowly(&office);
    let server = office.serve();
    assert!(dying.is_finished(), "it had the lock to its end");
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_command_does_not_take_a_server_that_is_dying_for_one_that_answers() {
    let office = Office::new();
    office.license(10);
    let _dying = dies_slowly(&office);
    let ran = office.run(&["license", "list"]).ended(0).says(&["process 4000000", "waiting for it"]);
    holds(&ran.stdout, &["School"]);
}

#[test]
fn servers_follow_each_other_however_they_end() {
    let office = Office::new();
    for _ in 0..10 {
        let mut server = office.serve();
        server.child.kill().unwrap();
        // Not waited for: the next one may meet it.
        drop(office.serve());
        drop(server);
    }
}

#[test]
fn an_address_that_is_taken_for_a_moment_is_waited_for() {
    let office = Office::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let held = thread::spawn(move || {
        sleep(Duration::from_millis(500));
        drop(taken);
    });
    let server =
        crate::support::Server::started(&mut office.command(&["serve", "--listen", &address, "--json"]));
    held.join().unwrap();
    assert_eq!(server.expect("it listens").end(), Some(0));
}
