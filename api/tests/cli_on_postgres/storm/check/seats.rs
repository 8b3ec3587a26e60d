//! Seats: since when a license is full, and whether the pools say what the log comes to.

use std::collections::HashMap;

use domain::{Event, KeyId, LicenseId, MembershipEvent};
use eventlog::{EventLog, Position, Postgres, Recorded, SeatPool, conformance::prefix::Prefix};

use super::Check;

/// Which licenses are full, and until when the others were; how many joined with which key.
#[derive(Default)]
pub struct Rooms {
    licenses: HashMap<LicenseId, (bool, Position)>,
    joined: HashMap<KeyId, u64>,
}

impl Rooms {
    pub fn takes(&mut self, event: &Recorded, prefix: &Prefix) {
        if let Event::Membership(MembershipEvent::JoinedWithLicenseKey { key_id, .. }) = &event.event {
            *self.joined.entry(*key_id).or_default() += 1;
        }
        let Some((license, _)) = event.license else { return };
        let is_full = prefix.seats().get(&license).is_some_and(|seats| seats.free() == 0);
        let (full, until) = self.licenses.entry(license).or_default();
        if *full && !is_full {
            *until = event.position;
        }
        *full = is_full;
    }

    /// The last position before which the event's license was full, as of the event.
    pub fn full_until(&self, event: &Recorded) -> Position {
        let room = event.license.and_then(|(license, _)| self.licenses.get(&license));
        room.map_or(0, |(full, until)| if *full { event.position } else { *until })
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
