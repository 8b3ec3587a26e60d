//! What was acknowledged is there after a restart, and everything goes on where it stood.

use chrono::TimeDelta;

use super::{build::*, harness::Harness, history::History, told::*};
use crate::{
    contract::{Commit, PoolChange},
    outcome::Conflict,
};

pub async fn what_was_acknowledged_is_there_after_a_restart<H: Harness>() {
    let mut engine = H::start().await;
    let log = engine.log();
    let commits = (0..100).map(|n| writes(member(), 0, 1 + n % 4)).collect();
    let answers = at_once(std::slice::from_ref(&log), commits).await;
    let last = answers.into_iter().map(|a| a.committed().position).max();
    let before = whole_log(&log).await;
    drop(log);
    engine.restart().await;
    let log = engine.log();
    assert_eq!((Some(head(&log)), whole_log(&log).await), (last, before));
}

pub async fn positions_revisions_and_license_sequences_go_on_without_a_gap<H: Harness>() {
    let mut engine = H::start().await;
    let (license, stream) = (license(), member());
    for round in 0..5 {
        let log = engine.log();
        log.commit(Commit::default().writes_for(license, stream, round * 2, 2)).await.committed();
        // One that comes to nothing, just before the end.
        log.commit(Commit::default().writes_for(license, member(), 0, 3).asserts(stream, 0)).await.conflict();
        drop(log);
        engine.restart().await;
    }
    let history = History::read(engine.log().as_ref()).await.expect("the log");
    assert_eq!((history.faults(), history.events.len()), (vec![], 10));
    assert_eq!(sequences(&history.events, license), (1..=10).collect::<Vec<_>>());
}

pub async fn claims_and_pools_stay_taken<H: Harness>() {
    let mut engine = H::start().await;
    let (license, subject, key, pool) = (license(), subject(), key(), seat_pool());
    let claims = [
        (Commit::default().with_person(person("ada@example.org")), Conflict::EmailTaken),
        (Commit::default().with_member(license, subject, member()), Conflict::MemberTaken),
        (Commit::default().with_key(key), Conflict::KeyTaken),
        (changes(pool, PoolChange::Open(Some(2))).changes(pool, PoolChange::Take(2)), Conflict::Pool),
    ];
    for (claim, _) in &claims {
        engine.log().commit(claim.clone()).await.committed();
    }
    engine.restart().await;
    let log = engine.log();
    for (claim, told) in claims {
        assert_eq!(log.commit(claim).await.conflict(), told);
    }
    log.commit(changes(pool, PoolChange::Take(1))).await.seat_limit(pool);
    assert_eq!(seats(&log, pool).await, (2, Some(2)));
}

pub async fn time_does_not_go_backwards_when_the_clock_was_turned_back_between_runs<H: Harness>() {
    let mut engine = H::start().await;
    for _ in 0..3 {
        engine.log().commit(writes(member(), 0, 1)).await.committed();
        if let Some(clock) = engine.clock() {
            clock.turn(TimeDelta::days(-1));
        }
        engine.restart().await;
    }
    let history = History::read(engine.log().as_ref()).await.expect("the log");
    assert_eq!((history.faults(), history.events.len()), (vec![], 3));
}

pub async fn an_empty_log_is_empty_after_a_restart<H: Harness>() {
    let mut engine = H::start().await;
    engine.restart().await;
    let log = engine.log();
    assert_eq!((head(&log), whole_log(&log).await), (0, vec![]));
    assert_eq!(log.commit(writes(member(), 0, 1)).await.committed().position, 1);
}
