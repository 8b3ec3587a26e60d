//! A log followed event by event: its order, its density, its time, and the seats held at every prefix. It takes no more
//! room than the streams that may go on, so that a log of any length can be checked.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::{Event, ImportEvent, LicenseEvent, LicenseId, MembershipEvent};

use super::history::Fault;
use crate::{
    contract::Seats,
    recorded::{Position, Recorded, StreamId},
};

/// What a log has come to so far.
#[derive(Debug, Default)]
pub struct Prefix {
    last: Position,
    time: DateTime<Utc>,
    revisions: HashMap<StreamId, u64>,
    sequences: HashMap<LicenseId, u64>,
    seats: HashMap<LicenseId, Seats>,
    holders: HashSet<StreamId>,
}

impl Prefix {
    /// Takes in the event that comes next; what is wrong with the log there.
    pub fn takes(&mut self, event: &Recorded) -> Vec<Fault> {
        let mut faults = self.order(event);
        faults.extend(self.counts(event));
        faults
    }

    /// The position of the last event.
    pub fn position(&self) -> Position {
        self.last
    }

    /// The seats held on each license, counted from the events alone.
    pub fn seats(&self) -> &HashMap<LicenseId, Seats> {
        &self.seats
    }

    fn order(&mut self, event: &Recorded) -> Vec<Fault> {
        let mut faults = Vec::new();
        let position = event.position;
        if position != self.last + 1 {
            faults.push(Fault::Position { expected: self.last + 1, found: position });
        }
        self.last = position;
        let before = self.revisions.insert(event.stream, event.revision).unwrap_or_default();
        if event.revision != before + 1 {
            faults.push(Fault::Revision { position, expected: before + 1, found: event.revision });
        }
        if has_ended(&event.event) {
            // Nothing may come after it: if something does, it is not the first of a stream.
            self.revisions.remove(&event.stream);
        }
        if let Some((license, found)) = event.license {
            let before = self.sequences.insert(license, found).unwrap_or_default();
            if found != before + 1 {
                faults.push(Fault::License { position, expected: before + 1, found });
            }
        }
        if event.recorded_at < self.time {
            faults.push(Fault::Time { position });
        }
        self.time = event.recorded_at;
        faults
    }

    /// Counts seats without the domain's own state machine, to be a second opinion.
    fn counts(&mut self, event: &Recorded) -> Option<Fault> {
        let (license, _) = event.license?;
        let seats = self.seats.entry(license).or_insert(Seats { taken: 0, limit: None });
        match change(&event.event) {
            Change::Limit(limit) => seats.limit = Some(limit),
            Change::Takes => seats.taken += u64::from(self.holders.insert(event.stream)),
            Change::Frees => seats.taken -= u64::from(self.holders.remove(&event.stream)),
            Change::Nothing => {}
        }
        let limit = seats.limit.filter(|limit| seats.taken > *limit)?;
        Some(Fault::Seats { position: event.position, held: seats.taken, limit })
    }
}

fn has_ended(event: &Event) -> bool {
    use ImportEvent as I;
    matches!(
        event,
        Event::Import(I::ImportCompleted { .. } | I::ImportCancelled { .. } | I::ImportFailed { .. })
    )
}

enum Change {
    Limit(u64),
    Takes,
    Frees,
    Nothing,
}

fn change(event: &Event) -> Change {
    use MembershipEvent as M;
    match event {
        Event::License(
            LicenseEvent::LicenseCreated { seat_limit, .. } | LicenseEvent::SeatLimitChanged { seat_limit },
        ) => Change::Limit(*seat_limit),
        Event::Membership(M::UserAdded { .. } | M::UserInvited { .. } | M::JoinedWithLicenseKey { .. }) => {
            Change::Takes
        }
        Event::Membership(
            M::InviteDeclined { .. } | M::InviteWithdrawn {} | M::UserRemoved {} | M::UserLeft {},
        ) => Change::Frees,
        Event::License(_)
        | Event::Membership(_)
        | Event::Import(_)
        | Event::Installation(_)
        | Event::Subject(_)
        | Event::Reading(_) => Change::Nothing,
    }
}
