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
        let since = self.0.partition_point(|(until, _)| *until <= position);
        self.0.get(since).map_or(u64::MAX, |(_, free)| *free)
    }
}

/// The seats of its license as an import met them, until it refused somebody for want of one.
#[derive(Default)]
pub struct Met {
    before: Option<Lows>,
    /// At its last event about somebody.
    last: Position,
    free: u64,
    /// How many it has taken itself.
    taken: u64,
    /// How many were free and how many it had taken, together: the fewest at any moment since it took the first one.
    fewest: Option<u64>,
    /// How many it had taken when it refused the first one.
    refused_after: Option<u64>,
}

impl Met {
    /// An event about somebody comes, at a position.
    pub fn meets(&mut self, seats: Option<&Lows>, position: Position) {
        self.free = seats.map_or(u64::MAX, Lows::now);
        if self.before.is_none() {
            self.before = Some(seats.cloned().unwrap_or_default());
        } else if let (Some(seats), None) = (seats, self.refused_after) {
            let fewest = seats.fewest_since(self.last).saturating_add(self.taken);
            self.fewest = Some(self.fewest.map_or(fewest, |before| before.min(fewest)));
        }
        self.last = position;
    }

    /// It has come: so many are free now.
    pub fn took(&mut self, free: u64, refused: bool) {
        if refused {
            self.refused_after.get_or_insert(self.taken);
        }
        self.taken += self.free.saturating_sub(free);
    }

    /// Whether more seats than it took itself were free all the time from a position until it refused somebody: no
    /// moment is left at which it can have decided so.
    pub fn had_room_since(&self, position: Position) -> bool {
        let (Some(before), Some(taken)) = (&self.before, self.refused_after) else { return false };
        before.fewest_since(position).min(self.fewest.unwrap_or(u64::MAX)) > taken
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
    pub fn of(&self, event: &Recorded) -> Option<&Lows> {
        self.licenses.get(&event.license?.0)
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
