//! Seats: since when a license is full, and whether the pools say what the log comes to.

use std::collections::HashMap;

use domain::{Event, KeyId, LicenseId, MembershipEvent};
use eventlog::{EventLog, Position, Postgres, Recorded, SeatPool, conformance::prefix::Prefix};

use super::Check;

/// How many seats are free on each license, and how few there were before; how many joined with which key.
#[derive(Default)]
pub struct Rooms {
    licenses: HashMap<LicenseId, Lows>,
    joined: HashMap<KeyId, u64>,
}

/// How few seats were free, and up to which position: each more than the one before, the last one until now.
#[derive(Debug, Clone, Default)]
pub struct Lows(Vec<(Position, u64)>);

impl Lows {
    fn becomes(&mut self, free: u64, position: Position) {
        if self.now() == free {
            return;
        }
        if let Some((until, _)) = self.0.last_mut() {
            *until = position;
        }
        while self.0.last().is_some_and(|(_, before)| *before >= free) {
            self.0.pop();
        }
        self.0.push((Position::MAX, free));
    }

    /// Free seats now.
    pub fn now(&self) -> u64 {
        self.0.last().map_or(u64::MAX, |(_, free)| *free)
    }

    /// The fewest that were free at any moment after a position was reached.
    pub fn fewest_since(&self, position: Position) -> u64 {
        let since = self.0.iter().find(|(until, _)| *until > position);
        since.map_or(u64::MAX, |(_, free)| *free)
    }
}

impl Rooms {
    pub fn takes(&mut self, event: &Recorded, prefix: &Prefix) {
        if let Event::Membership(MembershipEvent::JoinedWithLicenseKey { key_id, .. }) = &event.event {
            *self.joined.entry(*key_id).or_default() += 1;
        }
        let Some((license, _)) = event.license else { return };
        if let Some(seats) = prefix.seats().get(&license) {
            self.licenses.entry(license).or_default().becomes(seats.free(), event.position);
        }
    }

    /// The seats of an event's license, as of what was taken in.
    pub fn of(&self, event: &Recorded) -> Lows {
        let lows = event.license.and_then(|(license, _)| self.licenses.get(&license));
        lows.cloned().unwrap_or_default()
    }
}

impl Check {
    /// The pools hold what the log comes to.
    pub(super) async fn pools(&mut self, log: &Postgres) {
        for (license, expected) in self.prefix.seats() {
            let held = log.seats(SeatPool::License(*license)).await.unwrap();
            if held != Some(*expected) {
                self.faults.push(format!("the pool of {license} holds {held:?} and not {expected:?}"));
            }
        }
        for (key, joined) in &self.rooms.joined {
            let taken = log.seats(SeatPool::Key(*key)).await.unwrap().map(|seats| seats.taken);
            if taken != Some(*joined) {
                self.faults.push(format!("with key {key} {joined} have joined, and not {taken:?}"));
            }
        }
    }
}
