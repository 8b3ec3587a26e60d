//! Seat pools, as a transaction changes them.

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    rows::{PoolRow, Rows},
    view::{Stop, Verdict, View},
};
use crate::{
    contract::{PoolChange, SeatChange, SeatPool, Seats},
    outcome::{Conflict, LogError, Outcome},
};

/// What is known of a pool.
#[derive(Clone, Copy)]
pub(super) enum Pool {
    /// It was there; how it stood, and how it stands now.
    There { before: Seats, now: Seats },
    /// It comes to be in this transaction.
    Opened(Seats),
    /// It is taken to have enough: so many are taken, so many given back.
    Assumed { taken: i64, given_back: i64 },
}

impl Pool {
    /// As it stands in the database.
    pub(super) const fn there(seats: Seats) -> Self {
        Self::There { before: seats, now: seats }
    }

    pub(super) fn write(self, id: Uuid, rows: &mut Rows<'_>) {
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        match self {
            Self::Opened(seats) => rows.opened.push((id, number(seats.taken), seats.limit.map(number))),
            Self::Assumed { taken, given_back } => {
                rows.changed.push(PoolRow { id, taken, given_back, limit: None });
            }
            Self::There { before, now } if before == now => {}
            Self::There { before, now } => rows.changed.push(PoolRow {
                id,
                taken: number(now.taken.saturating_sub(before.taken)),
                given_back: number(before.taken.saturating_sub(now.taken)),
                limit: now.limit.filter(|_| now.limit != before.limit).map(number),
            }),
        }
    }
}

/// What one commit does to pools.
#[derive(Default)]
pub(super) struct Pools {
    pub changed: HashMap<Uuid, Pool>,
}

impl Pools {
    pub(super) fn change(&mut self, view: &View, changes: &[SeatChange]) -> Result<(), Stop> {
        for SeatChange { pool, change } in changes {
            let id = pool.id();
            let known = self.changed.get(&id).or_else(|| view.pools.get(&id)).copied();
            let after = match (known, change) {
                (None, PoolChange::Open(limit)) => Pool::Opened(opened(*limit)?),
                (None, _) if view.complete => return Err(Conflict::Pool.into()),
                (None, PoolChange::Take(n)) => assumed(0, 0, *n)?,
                (Some(Pool::Assumed { taken, given_back }), PoolChange::Take(n)) => {
                    assumed(taken, given_back, *n)?
                }
                (None | Some(Pool::Assumed { .. }), _) => return Err(Stop::NeedsFacts),
                (Some(_), PoolChange::Open(_)) => return Err(Conflict::Pool.into()),
                (Some(Pool::Opened(seats)), _) => Pool::Opened(changed(*pool, seats, *change)?),
                (Some(Pool::There { before, now }), _) => {
                    Pool::There { before, now: changed(*pool, now, *change)? }
                }
            };
            self.changed.insert(id, after);
        }
        Ok(())
    }
}

fn opened(limit: Option<u64>) -> Result<Seats, Stop> {
    countable(Seats { taken: 0, limit })
}

fn assumed(taken: i64, given_back: i64, n: i64) -> Result<Pool, Stop> {
    let sum = if n >= 0 {
        taken.checked_add(n).map(|taken| (taken, given_back))
    } else {
        n.checked_neg().and_then(|n| given_back.checked_add(n)).map(|given_back| (taken, given_back))
    };
    let (taken, given_back) = sum.ok_or(Stop::NeedsFacts)?;
    Ok(Pool::Assumed { taken, given_back })
}

fn changed(pool: SeatPool, seats: Seats, change: PoolChange) -> Result<Seats, Stop> {
    let limited = || Err(Stop::Verdict(Verdict::Not(Outcome::SeatLimit { pool, seats })));
    match change {
        PoolChange::Open(_) => Err(Conflict::Pool.into()),
        PoolChange::Limit(limit) if limit < seats.taken => limited(),
        PoolChange::Limit(limit) => countable(Seats { limit: Some(limit), ..seats }),
        PoolChange::Take(n) if n <= 0 => match seats.taken.checked_sub(n.unsigned_abs()) {
            Some(taken) => Ok(Seats { taken, ..seats }),
            None => limited(),
        },
        PoolChange::Take(n) if n.unsigned_abs() > seats.free() => limited(),
        PoolChange::Take(n) => {
            countable(Seats { taken: seats.taken.saturating_add(n.unsigned_abs()), ..seats })
        }
    }
}

/// Numbers that the database can hold.
fn countable(seats: Seats) -> Result<Seats, Stop> {
    let most = seats.taken.max(seats.limit.unwrap_or_default());
    if i64::try_from(most).is_ok() {
        return Ok(seats);
    }
    let error = LogError::Database(format!("{most} seats are more than can be counted"));
    Err(Stop::Verdict(Verdict::Failed(error)))
}
