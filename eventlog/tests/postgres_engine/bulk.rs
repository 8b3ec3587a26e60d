//! Chunks of an import go in by COPY, with the same outcomes as everything else.

use domain::LicenseId;
use eventlog::{
    Commit, Conflict, EventLog,
    PoolChange::{Open, Take},
    conformance::{
        build::{Having, changes, license, member, person, seat_pool, writes},
        told::{Told, sequences},
    },
};

use crate::room::{Room, sound};

/// So many new people, with everything that a chunk writes of them.
fn chunk(license: LicenseId, people: std::ops::Range<usize>) -> Commit {
    people.fold(Commit::default().in_bulk(), |commit, n| {
        let (person, member) = (person(&format!("p{n}@example.org")), member());
        let subject = person.subject_id;
        commit.with_person(person).with_member(license, subject, member).writes_for(license, member, 0, 1)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunk_of_many_is_whole_or_not_there() {
    let room = Room::new().await;
    let node = room.node().await;
    let (license, pool) = (license(), seat_pool());
    node.commit(changes(pool, Open(Some(1_500))).writes_for(license, license, 0, 1)).await.committed();
    let seats = |n| move |commit: Commit| commit.changes(pool, Take(n));
    let first = seats(1_000)(chunk(license, 0..1_000));
    assert_eq!(node.commit(first.clone()).await.committed().position, 1_001);
    // The same people again; too many; one of them twice; a stream that was there before.
    assert_eq!(node.commit(first.clone()).await.conflict(), Conflict::EmailTaken);
    let limited = node.commit(seats(600)(chunk(license, 1_000..1_600))).await.seat_limit(pool);
    assert_eq!((limited.taken, limited.limit), (1_000, Some(1_500)));
    let late = chunk(license, 1_000..1_600).with_person(person("p1599@example.org"));
    assert_eq!(node.commit(late).await.conflict(), Conflict::EmailTaken);
    let there = first.appends[7].stream;
    let mut again = chunk(license, 1_000..1_600);
    again.appends[300].stream = there;
    assert_eq!(node.commit(again).await.conflict(), Conflict::Revision { stream: there, actual: 1 });
    assert_eq!(node.commit(chunk(license, 1_000..1_600)).await.committed().position, 1_601);
    let history = sound(&node).await;
    assert_eq!(sequences(&history.events, license), (1..=1_601).collect::<Vec<_>>());
    let counted = "SELECT (SELECT count(*) FROM directory) || ' ' || (SELECT count(*) FROM memberships)";
    assert_eq!(room.ask(counted).await, "1600 1600");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunk_that_asserts_what_has_moved_is_a_conflict() {
    let room = Room::new().await;
    let node = room.node().await;
    let rights = license();
    node.commit(writes(rights, 0, 2)).await.committed();
    let conflict = node.commit(chunk(rights, 0..1_000).asserts(rights, 1)).await.moved_to(rights);
    assert_eq!((conflict, *node.head().borrow()), (2, 2));
}
