//! A connection that is lost, at each step of a commit: it happens once, and its caller is told what became of it.

use std::{sync::Arc, time::Duration};

use domain::MemberId;
use eventlog::{
    EventLog, LogError, Outcome,
    PoolChange::Open,
    Postgres,
    conformance::{
        build::{Having, changes, command, member, seat_pool, writes},
        server::{Server, hold_log},
        told::{Told, answer, hand_in},
    },
};
use sqlx::PgConnection;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};

use crate::room::{Room, past, sound, terminate, until_waiting};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_lost_before_the_commit_is_made_up_for() {
    let room = Room::new().await;
    let log = room.log().await;
    let mut past = room.past().await;
    log.commit(writes(member(), 0, 1)).await.committed();
    // Of one statement that does it all; and of a chunk, which takes several.
    for commit in [writes(member(), 0, 1), writes(member(), 0, 900).in_bulk()] {
        let before = log.read_after(0, 5_000).await.unwrap().events.len() as u64;
        let expected = before + commit.appends[0].events.len() as u64;
        let held = hold_log(&room.url).await;
        let waiting = hand_in(&log, commit).await;
        until_waiting(&mut past, "%log_head%", "transactionid").await;
        assert_eq!(terminate(&mut past, "%log_head%").await, 1);
        drop(held);
        assert_eq!(answer(waiting).await.committed().position, expected);
    }
    sound(log.as_ref()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_lost_while_nobody_uses_it_is_not_noticed() {
    let room = Room::new().await;
    let node = room.node().await;
    let stream = member();
    for revision in 0..5 {
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name = 'seatbook'";
        sqlx::query(sql).fetch_all(&mut room.past().await).await.unwrap();
        if revision % 2 == 0 {
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        node.commit(writes(stream, revision, 1)).await.committed();
        assert_eq!(node.read_stream(stream.into(), 0).await.unwrap().len() as u64, revision + 1);
        assert_eq!(node.read_after(revision, 10).await.unwrap().events.len(), 1);
    }
    let heard = node.head();
    assert_eq!(*heard.borrow(), 5);
}

/// A way to a server that can be made to swallow whatever is sent over it, as when a host is gone without a word. Ways that are
/// begun later lead there.
struct Way {
    at: std::net::SocketAddr,
    silent: tokio::sync::watch::Sender<bool>,
}

impl Way {
    async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let silent = tokio::sync::watch::Sender::new(false);
        let told = silent.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut far = TcpStream::connect(&server).await.unwrap();
                let mut silent = told.subscribe();
                silent.mark_unchanged();
                tokio::spawn(async move {
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        // Both ends stay open, and hear nothing more of each other.
                        _ = silent.changed() => std::future::pending().await,
                    }
                });
            }
        });
        Self { at, silent }
    }

    fn swallows_everything(&self) {
        self.silent.send_replace(true);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_connections_fall_silent_makes_others() {
    let room = Room::new().await;
    let (who, rest) = room.url.split_once('@').unwrap();
    let (host, name) = rest.split_once('/').unwrap();
    let way = Way::to(host.to_owned()).await;
    let node = Postgres::connect(&format!("{who}@{}/{name}", way.at)).await.unwrap();
    let stream = member();
    node.commit(writes(stream, 0, 1)).await.committed();
    // Over all connections that the pool may have.
    assert_eq!(reads(&node, stream).await, [Some(1); 64]);
    way.swallows_everything();
    // Whoever waits in vain is told so within some seconds, and everybody after them is answered.
    let within = Duration::from_secs(45);
    tokio::time::timeout(within, reads(&node, stream)).await.expect("nobody waits for ever");
    assert_eq!(reads(&node, stream).await, [Some(1); 64]);
    node.commit(writes(stream, 1, 1)).await.committed();
    assert_eq!(reads(&node, stream).await, [Some(2); 64]);
}

/// How many events many who read at once find; nothing where they are not answered.
async fn reads(node: &Postgres, stream: MemberId) -> Vec<Option<usize>> {
    let read = |_| {
        let node = node.clone();
        tokio::spawn(async move { node.read_stream(stream.into(), 0).await.map(|events| events.len()) })
    };
    let mut found = Vec::new();
    for read in (0..64).map(read).collect::<Vec<_>>() {
        found.push(read.await.unwrap().ok());
    }
    found
}

/// Of a server that waits for a standby that never comes: a commit stands in its log, and has not been answered.
struct Hanging {
    server: Server,
    url: String,
}

impl Hanging {
    async fn new() -> (Self, Arc<dyn EventLog>) {
        let server = Server::start(&[]);
        let url = server.database().await;
        let log: Arc<dyn EventLog> = Arc::new(Postgres::connect(&url).await.unwrap());
        log.commit(writes(member(), 0, 1)).await.committed();
        (Self { server, url }, log)
    }

    async fn wait_for_standbys(&self, names: &str) {
        let set = format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'");
        self.server.tell("postgres", &set).await;
        self.server.tell("postgres", "SELECT pg_reload_conf()").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_lost_during_the_commit_leaves_no_doubt_about_events_and_commands() {
    let (hanging, log) = Hanging::new().await;
    let mut conn = past(&hanging.url).await;
    let big = || writes(member(), 0, 900).in_bulk();
    let commits = [writes(member(), 0, 2), writes(member(), 0, 1).with_command(command(), b"first"), big()];
    let mut last = 1;
    for commit in commits {
        hanging.wait_for_standbys("nobody").await;
        last += commit.appends[0].events.len() as u64;
        let waiting = hand_in(&log, commit).await;
        until_waiting(&mut conn, "%", "SyncRep").await;
        assert_eq!(terminate(&mut conn, "%").await, 1);
        hanging.wait_for_standbys("").await;
        assert_eq!(answer(waiting).await.committed().position, last);
    }
    // Without events: known by its command.
    hanging.wait_for_standbys("nobody").await;
    let (command, pool) = (command(), seat_pool());
    let opens = || changes(pool, Open(None)).with_command(command, b"opened");
    let waiting = hand_in(&log, opens()).await;
    until_waiting(&mut conn, "%", "SyncRep").await;
    terminate(&mut conn, "%").await;
    hanging.wait_for_standbys("").await;
    answer(waiting).await.committed();
    assert_eq!(log.commit(opens()).await.already_done().result, b"opened");
    sound(log.as_ref()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_leaves_nothing_to_know_it_by_is_unknown() {
    let (hanging, log) = Hanging::new().await;
    let mut conn = past(&hanging.url).await;
    let pool = seat_pool();
    hanging.wait_for_standbys("nobody").await;
    let waiting = hand_in(&log, changes(pool, Open(None))).await;
    until_waiting(&mut conn, "%", "SyncRep").await;
    terminate(&mut conn, "%").await;
    hanging.wait_for_standbys("").await;
    assert_eq!(answer(waiting).await.unwrap(), Outcome::Unknown);
    // The node goes on.
    assert_eq!(log.commit(writes(member(), 0, 1)).await.committed().position, 2);
}

/// What commits wait for, once that takes longer than usual.
async fn held_up(log: &Arc<dyn EventLog>) -> String {
    for _ in 0..500 {
        if let Some(what) = log.held_up().await {
            return what;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody waits")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_commit_waits_for_is_told_while_it_waits() {
    let (hanging, log) = Hanging::new().await;
    assert_eq!(log.held_up().await, None);
    let held = hold_log(&hanging.url).await;
    let waiting = hand_in(&log, writes(member(), 0, 1)).await;
    let what = held_up(&log).await;
    for part in ["a commit has been waiting for", "s for process", "seatbook_owner", "pg_terminate_backend("]
    {
        assert!(what.contains(part), "{part}: {what}");
    }
    // Another node waits as well: for the same one, and not for the first node, which stands before it.
    let other: Arc<dyn EventLog> = Arc::new(Postgres::connect(&hanging.url).await.unwrap());
    let behind = hand_in(&other, writes(member(), 0, 1)).await;
    let (first, second) = (held_up(&log).await, held_up(&other).await);
    let process =
        |what: &str| what.split("for process ").nth(1).map(|rest| rest.split(' ').next().unwrap().to_owned());
    assert!(process(&first).is_some() && process(&first) == process(&second), "{first}; {second}");
    drop(held);
    answer(waiting).await.committed();
    answer(behind).await.committed();
    assert_eq!(log.held_up().await, None);
    hanging.wait_for_standbys("nobody").await;
    let waiting = hand_in(&log, writes(member(), 0, 1)).await;
    let what = held_up(&log).await;
    assert!(what.contains("for a standby that synchronous_standby_names names"), "{what}");
    hanging.wait_for_standbys("").await;
    answer(waiting).await.committed();
}

/// Waits until so many events show: a connection that is ended shows its commit once it has noticed that.
async fn until_shown(conn: &mut PgConnection, events: i64) {
    for _ in 0..500 {
        let shown: i64 =
            sqlx::query_scalar("SELECT count(*) FROM events").fetch_one(&mut *conn).await.unwrap();
        if shown == events {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{events} events do not show");
}

/// What was done before is answered only when it is as durable as a commit: not while a standby is waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeat_is_answered_only_once_it_is_replicated() {
    let (hanging, log) = Hanging::new().await;
    let mut conn = past(&hanging.url).await;
    let command = command();
    let commit = || writes(member(), 0, 1).with_command(command, b"first");
    hanging.wait_for_standbys("nobody").await;
    let first = hand_in(&log, commit()).await;
    until_waiting(&mut conn, "%", "SyncRep").await;
    // The wait ends without the standby: the commit shows, and no standby has it.
    assert_eq!(terminate(&mut conn, "%").await, 1);
    until_shown(&mut conn, 2).await;
    let asked = {
        let log = Arc::clone(&log);
        tokio::spawn(async move { log.first_result(command).await })
    };
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(!asked.is_finished() && !first.is_finished(), "answered without a standby");
    hanging.wait_for_standbys("").await;
    assert_eq!(answer(first).await.committed().position, 2);
    assert!(asked.await.unwrap().unwrap().is_some());
    log.commit(commit()).await.already_done();
}

/// What is seen may be on no standby yet: whoever vouches for it waits until it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_read_is_settled_only_once_it_is_replicated() {
    let (hanging, log) = Hanging::new().await;
    let mut conn = past(&hanging.url).await;
    log.settled().await.unwrap();
    hanging.wait_for_standbys("nobody").await;
    let written = hand_in(&log, writes(member(), 0, 1).with_command(command(), b"")).await;
    until_waiting(&mut conn, "%", "SyncRep").await;
    // The wait ends without the standby: the commit shows.
    assert_eq!(terminate(&mut conn, "%").await, 1);
    until_shown(&mut conn, 2).await;
    assert_eq!(log.read_stored(1, 10).await.unwrap().events.len(), 1);
    let settling = {
        let log = Arc::clone(&log);
        tokio::spawn(async move { log.settled().await })
    };
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(!settling.is_finished(), "settled without a standby");
    hanging.wait_for_standbys("").await;
    answer(written).await.committed();
    settling.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_has_been_away_for_long_is_not_waited_for_by_everybody() {
    let server = Server::start(&[]);
    let url = server.database().await;
    let node = Postgres::connect(&url).await.unwrap();
    node.commit(writes(member(), 0, 1)).await.committed();
    server.kill();
    let known = async {
        while node.answers().is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(2), known).await.expect("it is noticed");
    // Nothing that would wait is asked.
    for _ in 0..1_000 {
        assert!(matches!(node.read_after(0, 10).await, Err(LogError::Away(_))));
    }
    // The writer finds out for itself.
    let _ = node.commit(writes(member(), 0, 1)).await;
    let told = node.commit(writes(member(), 0, 1)).await;
    assert!(matches!(&told, Err(LogError::Away(why)) if why.contains("no server listens there")), "{told:?}");
    server.run();
    let back = async {
        while node.answers().is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), back).await.expect("it is looked for");
    node.commit(writes(member(), 0, 1)).await.committed();
    assert_eq!(sound(&node).await.events.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_restarted_in_between_is_waited_for() {
    let server = Server::start(&[]);
    let url = server.database().await;
    let node = Postgres::connect(&url).await.unwrap();
    for round in 0..3 {
        node.commit(writes(member(), 0, 1)).await.committed();
        server.kill();
        let meanwhile = tokio::spawn({
            let node = node.clone();
            async move {
                loop {
                    // On a busy machine a restart takes longer than a commit waits; nothing was written then.
                    match node.commit(writes(member(), 0, 1)).await {
                        Err(LogError::Stopped(_)) => {}
                        told => return told,
                    }
                }
            }
        });
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.run();
        meanwhile.await.unwrap().committed();
        assert_eq!(sound(&node).await.events.len(), (round + 1) * 2);
    }
}
