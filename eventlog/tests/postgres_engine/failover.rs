//! Standbys: none is worked with, and one that lacks the end of the log is known by that.

use domain::{LicenseId, MemberId};
use eventlog::{
    CommandKey, EventLog, LogError, Outcome, PlaceAsked, Position, Postgres,
    conformance::{
        build::{Having, command, member, writes},
        server::Server,
        told::Told,
    },
};

use tokio::sync::watch;
use uuid::Uuid;

use crate::room::sound;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_is_refused_until_it_is_the_primary() {
    let primary = Server::start(&[]);
    let url = primary.database().await;
    Postgres::connect(&url).await.unwrap().commit(writes(member(), 0, 3)).await.committed();
    let standby = primary.standby(&[]);
    let database = url.rsplit('/').next().unwrap().split('?').next().unwrap();
    let there = standby.url(database);
    let Err(LogError::Unopened { what, hint, .. }) = Postgres::connect(&there).await else {
        panic!("opened")
    };
    assert_eq!(
        (what.as_str(), hint),
        ("it is a standby, which may be behind", "Name the primary in the URL.")
    );
    primary.kill();
    standby.promote();
    let node = Postgres::connect(&there).await.unwrap();
    assert_eq!(node.commit(writes(member(), 0, 1)).await.committed().position, 4);
}

/// An asynchronous standby that lacks the last commits takes over behind the same address.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_stops_when_the_log_went_back_to_another_history() {
    for (rival_events, told) in [(1, "the log ends at"), (20, "another event stands there now")] {
        let primary = Server::start(&[]);
        let url = primary.database().await;
        let node = Postgres::connect(&url).await.unwrap();
        node.commit(writes(member(), 0, 3)).await.committed();
        let mut standby = primary.standby(&[]);
        standby.kill();
        let lost = member();
        node.commit(writes(lost, 0, 3)).await.committed();
        let reading = tokio::spawn(reads_until_it_stops(node.clone(), lost));
        primary.kill();
        standby.take_place_of(&primary);
        standby.run();
        standby.promote();
        // Another node, which has seen nothing, goes on there.
        let rival = Postgres::connect(&url).await.unwrap();
        rival.commit(writes(member(), 0, rival_events)).await.committed();
        // This one may have been on its way when the primary went.
        let _ = node.commit(writes(member(), 0, 1)).await;
        let stopped = node.commit(writes(member(), 0, 1)).await;
        let Err(LogError::Diverged { position: 6, what }) = stopped else { panic!("{stopped:?}") };
        // It may have looked before the other node went on.
        assert!(what.starts_with(told) || what.starts_with("the log ends at"), "{what}");
        assert!(matches!(node.read_after(0, 10).await, Err(LogError::Diverged { .. })));
        assert!(matches!(node.commit(writes(member(), 0, 1)).await, Err(LogError::Diverged { .. })));
        reading.await.unwrap();
        sound(&rival).await;
    }
}

/// Asks again and again for what the other history lacks: it is all there until nobody is answered any more.
async fn reads_until_it_stops(node: Postgres, lost: MemberId) {
    loop {
        let asked = PlaceAsked {
            command: None,
            license: LicenseId(Uuid::now_v7()),
            license_after: None,
            person: "ada@school.example",
            actor: None,
            key: None,
        };
        let (stream, page, place) =
            tokio::join!(node.read_stream(lost.into(), 0), node.read_after(3, 10), node.find_place(asked));
        match (stream, page) {
            (Ok(stream), Ok(page)) => assert_eq!((stream.len(), page.events.len()), (3, 3)),
            (Err(LogError::Diverged { .. }), Err(LogError::Diverged { .. })) => {
                // It may have been answered before the others.
                assert!(matches!(place, Ok(_) | Err(LogError::Diverged { .. } | LogError::Stopped(_))));
                return;
            }
            (stream, page) => {
                for told in [stream.map(|events| events.len()), page.map(|page| page.events.len())] {
                    let is_none = matches!(
                        told,
                        Err(LogError::Diverged { .. } | LogError::Stopped(_) | LogError::Away(_))
                    );
                    assert!(is_none || told.as_ref().is_ok_and(|found| *found == 3), "{told:?}");
                }
            }
        }
    }
}

/// A command, the position that was answered, and whether by "already done".
type Acknowledged = (CommandKey, Position, bool);

/// Gives each command to both nodes at the same moment: one of them does it, and the other one says that it is done.
async fn gives(nodes: [Postgres; 2], enough: watch::Receiver<bool>) -> Vec<Acknowledged> {
    let mut acknowledged = Vec::new();
    while !*enough.borrow() {
        let command = command();
        let commit = writes(member(), 0, 1).with_command(command, b"done");
        let told = tokio::join!(nodes[0].commit(commit.clone()), nodes[1].commit(commit));
        for told in [told.0, told.1] {
            match told {
                Ok(Outcome::Committed(receipt)) => acknowledged.push((command, receipt.position, false)),
                Ok(Outcome::AlreadyDone(receipt)) => acknowledged.push((command, receipt.position, true)),
                // No answer, or that there is none now.
                Ok(Outcome::Unknown) | Err(LogError::Stopped(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    }
    acknowledged
}

/// Everything that was acknowledged is on the standby that the primary waits for, also where the acknowledgement said
/// that it had been done before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_that_is_waited_for_has_everything_that_was_acknowledged() {
    let primary = Server::start(&[]);
    let url = primary.database().await;
    let mut standby = primary.standby(&[]);
    primary.waits_for_standbys().await;
    let nodes = [Postgres::connect(&url).await.unwrap(), Postgres::connect(&url).await.unwrap()];
    let (enough, is_enough) = watch::channel(false);
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..32 {
        callers.spawn(gives(nodes.clone(), is_enough.clone()));
    }
    let mut head = nodes[0].head();
    head.wait_for(|head| *head > 300).await.unwrap();
    tokio::task::block_in_place(|| {
        primary.kill_the_first_process();
        standby.takes_over_from(&primary);
    });
    // The nodes find the new primary, and have nothing to say against it.
    let before = *head.borrow();
    head.wait_for(|head| *head > before + 300).await.unwrap();
    enough.send_replace(true);
    let acknowledged: Vec<_> = callers.join_all().await.into_iter().flatten().collect();
    let history = sound(&nodes[1]).await;
    let again = acknowledged.iter().filter(|(_, _, again)| *again).count();
    assert!(again > 50 && acknowledged.len() > again, "{again} of {}", acknowledged.len());
    for (command, position, _) in acknowledged {
        let first = nodes[0].first_result(command).await.unwrap();
        assert!(matches!(first, Some(Outcome::AlreadyDone(first)) if first.position == position));
        assert!(history.events.len() as u64 >= position);
    }
}
