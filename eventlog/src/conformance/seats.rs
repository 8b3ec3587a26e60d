//! Seat pools: never more taken than the limit.

use super::{build::*, harness::Harness, told::*};
use crate::{
    contract::{
        PoolChange::{Limit, Open, Take},
        Seats,
    },
    outcome::Outcome,
};

pub async fn of_sixty_four_takers_exactly_as_many_as_there_are_seats_get_one<H: Harness>() {
    const SEATS: u64 = 20;
    let engine = H::start().await;
    let logs = [engine.log(), engine.another().await];
    for pool in [seat_pool(), key_pool()] {
        logs[0].commit(changes(pool, Open(Some(SEATS)))).await.committed();
        let before = head(&logs[0]);
        let takers = (0..64).map(|_| writes(member(), 0, 1).changes(pool, Take(1))).collect();
        let (got, refused): (Vec<_>, Vec<_>) =
            at_once(&logs, takers).await.into_iter().partition(|a| matches!(a, Ok(Outcome::Committed(_))));
        assert_eq!(got.len() as u64, SEATS);
        for answer in refused {
            assert_eq!(answer.seat_limit(pool), Seats { taken: SEATS, limit: Some(SEATS) });
        }
        assert_eq!(seats(&logs[0], pool).await, (SEATS, Some(SEATS)));
        assert_eq!(hears_of(&logs[0], before + SEATS).await, before + SEATS);
    }
}

pub async fn takers_and_givers_at_once_never_pass_the_limit<H: Harness>() {
    let engine = H::start().await;
    let logs = [engine.log(), engine.another().await];
    let pool = seat_pool();
    logs[0].commit(changes(pool, Open(Some(5))).changes(pool, Take(3))).await.committed();
    let commits = (0..200).map(|n| changes(pool, Take(if n % 3 == 0 { -1 } else { 1 }))).collect();
    let mut taken: i64 = 3;
    for (n, answer) in at_once(&logs, commits).await.into_iter().enumerate() {
        match answer {
            Ok(Outcome::Committed(_)) => taken += if n % 3 == 0 { -1 } else { 1 },
            other => {
                let seats = other.seat_limit(pool);
                assert_eq!(seats, Seats { taken: if n % 3 == 0 { 0 } else { 5 }, limit: Some(5) });
            }
        }
    }
    assert_eq!(i64::try_from(seats(&logs[0], pool).await.0), Ok(taken));
}

pub async fn a_seat_given_back_can_be_taken_again<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let pool = seat_pool();
    log.commit(changes(pool, Open(Some(2))).changes(pool, Take(2))).await.committed();
    log.commit(changes(pool, Take(1))).await.seat_limit(pool);
    log.commit(changes(pool, Take(-1))).await.committed();
    log.commit(changes(pool, Take(1))).await.committed();
    log.commit(changes(pool, Take(1))).await.seat_limit(pool);
    assert_eq!(seats(&log, pool).await, (2, Some(2)));
}

pub async fn seats_are_taken_together_or_not_at_all<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let (license, key) = (seat_pool(), key_pool());
    log.commit(changes(license, Open(Some(10))).changes(key, Open(Some(1)))).await.committed();
    let both = || changes(license, Take(1)).changes(key, Take(1)).writes(member(), 0, 1);
    log.commit(both()).await.committed();
    assert_eq!(log.commit(both()).await.seat_limit(key), Seats { taken: 1, limit: Some(1) });
    assert_eq!(seats(&log, license).await, (1, Some(10)));
    assert_eq!(log.commit(changes(license, Take(10))).await.seat_limit(license).taken, 1);
    log.commit(changes(license, Take(9))).await.committed();
    assert_eq!((seats(&log, license).await, head(&log)), ((10, Some(10)), 1));
}

pub async fn changes_of_one_commit_happen_in_their_order<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let pool = seat_pool();
    log.commit(changes(pool, Open(Some(1))).changes(pool, Take(1))).await.committed();
    log.commit(changes(pool, Take(-1)).changes(pool, Take(1))).await.committed();
    log.commit(changes(pool, Take(1)).changes(pool, Take(-1))).await.seat_limit(pool);
    log.commit(changes(pool, Limit(2)).changes(pool, Take(1))).await.committed();
    log.commit(changes(pool, Limit(1)).changes(pool, Take(-1))).await.seat_limit(pool);
    log.commit(changes(pool, Take(-1)).changes(pool, Limit(1))).await.committed();
    assert_eq!(seats(&log, pool).await, (1, Some(1)));
}

pub async fn a_limit_below_what_is_taken_is_refused<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let pool = seat_pool();
    log.commit(changes(pool, Open(Some(5))).changes(pool, Take(3))).await.committed();
    for limit in [0, 2] {
        let shown = log.commit(changes(pool, Limit(limit))).await.seat_limit(pool);
        assert_eq!(shown, Seats { taken: 3, limit: Some(5) });
    }
    log.commit(changes(pool, Limit(3))).await.committed();
    log.commit(changes(pool, Take(1))).await.seat_limit(pool);
    log.commit(changes(pool, Limit(4))).await.committed();
    log.commit(changes(pool, Take(1))).await.committed();
    assert_eq!(seats(&log, pool).await, (4, Some(4)));
}

/// A limit that is lowered and a seat that is taken at one moment: whichever comes second is refused.
pub async fn lowering_the_limit_and_taking_a_seat_at_once_never_break_it<H: Harness>() {
    let engine = H::start().await;
    let logs = [engine.log(), engine.another().await];
    for _ in 0..10 {
        let pool = seat_pool();
        logs[0].commit(changes(pool, Open(Some(2))).changes(pool, Take(1))).await.committed();
        let answers = at_once(&logs, vec![changes(pool, Limit(1)), changes(pool, Take(1))]).await;
        assert_eq!(answers.iter().filter(|a| matches!(a, Ok(Outcome::Committed(_)))).count(), 1);
        assert!(matches!(seats(&logs[0], pool).await, (1, Some(1)) | (2, Some(2))));
    }
}

pub async fn a_pool_without_a_limit_never_refuses_and_can_get_one<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let pool = key_pool();
    log.commit(changes(pool, Open(None))).await.committed();
    log.commit(changes(pool, Take(1_000_000))).await.committed();
    assert_eq!(seats(&log, pool).await, (1_000_000, None));
    assert_eq!(log.seats(pool).await.expect("pools").map(Seats::free), Some(u64::MAX));
    log.commit(changes(pool, Limit(1_000_001))).await.committed();
    log.commit(changes(pool, Take(2))).await.seat_limit(pool);
    log.commit(changes(pool, Take(1))).await.committed();
}

pub async fn nobody_can_give_back_more_than_is_taken<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    for limit in [None, Some(5)] {
        let pool = seat_pool();
        log.commit(changes(pool, Open(limit)).changes(pool, Take(2))).await.committed();
        for n in [-3, i64::MIN] {
            assert_eq!(log.commit(changes(pool, Take(n))).await.seat_limit(pool), Seats { taken: 2, limit });
        }
        log.commit(changes(pool, Take(-2))).await.committed();
        assert_eq!(seats(&log, pool).await, (0, limit));
    }
}

pub async fn a_license_without_seats_gives_none<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    let pool = seat_pool();
    log.commit(changes(pool, Open(Some(0)))).await.committed();
    assert_eq!(log.commit(changes(pool, Take(1))).await.seat_limit(pool), Seats { taken: 0, limit: Some(0) });
    log.commit(changes(pool, Take(0))).await.committed();
}

pub async fn a_number_of_seats_beyond_counting_changes_nothing<H: Harness>() {
    let engine = H::start().await;
    let log = engine.log();
    for limit in [None, Some(5)] {
        let pool = seat_pool();
        log.commit(changes(pool, Open(limit)).changes(pool, Take(1))).await.committed();
        let answer = log.commit(changes(pool, Take(i64::MAX)).writes(member(), 0, 1)).await;
        assert!(!matches!(answer, Ok(Outcome::Committed(_))), "{answer:?}");
        assert_eq!((seats(&log, pool).await, head(&log)), ((1, limit), 0));
    }
}
