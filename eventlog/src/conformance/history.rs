//! The history checker: whether a log is one that could have come about, and whether it agrees with what
//! its writers were told. Soak tests and crash tests of any engine use it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{Event, EventId, LicenseEvent, LicenseId, MembershipEvent};

use crate::{
    contract::{EventLog, Seats},
    outcome::LogError,
    recorded::{Position, Recorded, StreamId},
};

/// A whole log, as read.
#[derive(Debug)]
pub struct History {
    /// In the order in which they were read.
    pub events: Vec<Recorded>,
}

/// What a writer handed in with one commit, and what it was told.
#[derive(Debug, Clone)]
pub struct HandedIn {
    /// The commit's events, in their order.
    pub events: Vec<EventId>,
    /// What came back.
    pub told: WasTold,
}

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WasTold {
    /// Committed; the last event has this position.
    Committed(Position),
    /// Refused, in conflict or failed: nothing was written.
    NothingWritten,
    /// No answer came. All of it stands in the log, or nothing.
    Nothing,
}

/// What is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each is described by its message")]
pub enum Fault {
    #[error("position {expected} should come next, not {found}")]
    Position { expected: Position, found: Position },
    #[error("at position {position}, revision {expected} of the stream should come next, not {found}")]
    Revision { position: Position, expected: u64, found: u64 },
    #[error("at position {position}, number {expected} within the license should come next, not {found}")]
    License { position: Position, expected: u64, found: u64 },
    #[error("at position {position}, time goes backwards")]
    Time { position: Position },
    #[error("event {event} stands at {first} and again at {second}")]
    Twice { event: EventId, first: Position, second: Position },
    #[error("event {event} was acknowledged at {told}, but stands at {found:?}")]
    Lost { event: EventId, told: Position, found: Option<Position> },
    #[error("of a commit of {of} events nobody acknowledged, only {found} stand together")]
    Torn { of: usize, found: usize },
    #[error("event {event} stands at {position}, but its writer was told that nothing was written")]
    Ghost { event: EventId, position: Position },
    #[error("event {event} at {position} was handed in by nobody")]
    Stranger { event: EventId, position: Position },
    #[error("at position {position}, {held} seats are held of {limit}")]
    Seats { position: Position, held: u64, limit: u64 },
}

impl History {
    /// Reads a whole log, as long as it is when its end is reached.
    pub async fn read(log: &dyn EventLog) -> Result<Self, LogError> {
        let mut events: Vec<Recorded> = Vec::new();
        loop {
            let page = log.read_after(events.last().map_or(0, |e| e.position), 997).await?;
            events.extend(page.events);
            if page.caught_up {
                return Ok(Self { events });
            }
        }
    }

    /// Everything that is wrong with the log as such: order, density, time, and seats at every prefix.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = self.order();
        faults.extend(self.twice());
        faults.extend(self.seats().1);
        faults
    }

    /// Everything that contradicts what writers were told. `all`: nobody else wrote to this log.
    pub fn contradictions(&self, handed_in: &[HandedIn], all: bool) -> Vec<Fault> {
        let stands: HashMap<EventId, Position> =
            self.events.iter().map(|e| (e.event_id, e.position)).collect();
        let mut faults: Vec<Fault> = handed_in.iter().flat_map(|commit| commit.against(&stands)).collect();
        if all {
            let known: std::collections::HashSet<_> = handed_in.iter().flat_map(|c| &c.events).collect();
            let strangers = self.events.iter().filter(|e| !known.contains(&e.event_id));
            faults.extend(strangers.map(|e| Fault::Stranger { event: e.event_id, position: e.position }));
        }
        faults
    }

    /// The seats held on each license, counted from the events alone.
    pub fn held(&self) -> HashMap<LicenseId, Seats> {
        self.seats().0
    }

    fn order(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut last = 0;
        let mut time = DateTime::<Utc>::MIN_UTC;
        let mut revisions: HashMap<StreamId, u64> = HashMap::new();
        let mut licenses: HashMap<LicenseId, u64> = HashMap::new();
        for event in &self.events {
            let position = event.position;
            if position != last + 1 {
                faults.push(Fault::Position { expected: last + 1, found: position });
            }
            last = position;
            let before = revisions.insert(event.stream, event.revision).unwrap_or_default();
            if event.revision != before + 1 {
                faults.push(Fault::Revision { position, expected: before + 1, found: event.revision });
            }
            if let Some((license, found)) = event.license {
                let before = licenses.insert(license, found).unwrap_or_default();
                if found != before + 1 {
                    faults.push(Fault::License { position, expected: before + 1, found });
                }
            }
            if event.recorded_at < time {
                faults.push(Fault::Time { position });
            }
            time = event.recorded_at;
        }
        faults
    }

    fn twice(&self) -> Vec<Fault> {
        let mut seen = HashMap::new();
        let again = |e: &Recorded| Some((e.event_id, seen.insert(e.event_id, e.position)?, e.position));
        let again = self.events.iter().filter_map(again);
        again.map(|(event, first, second)| Fault::Twice { event, first, second }).collect()
    }

    /// Counts seats without the domain's own state machine, to be a second opinion.
    fn seats(&self) -> (HashMap<LicenseId, Seats>, Vec<Fault>) {
        let mut licenses: HashMap<LicenseId, Seats> = HashMap::new();
        let mut holders: HashMap<StreamId, bool> = HashMap::new();
        let mut faults = Vec::new();
        for event in &self.events {
            let Some((license, _)) = event.license else { continue };
            let seats = licenses.entry(license).or_insert(Seats { taken: 0, limit: None });
            let holder = holders.entry(event.stream).or_default();
            match (change(&event.event), *holder) {
                (Change::Limit(limit), _) => seats.limit = Some(limit),
                (Change::Takes, false) => (seats.taken, *holder) = (seats.taken + 1, true),
                (Change::Frees, true) => (seats.taken, *holder) = (seats.taken - 1, false),
                (Change::Takes, true) | (Change::Frees, false) | (Change::Nothing, _) => {}
            }
            if let Some(limit) = seats.limit.filter(|limit| seats.taken > *limit) {
                faults.push(Fault::Seats { position: event.position, held: seats.taken, limit });
            }
        }
        (licenses, faults)
    }
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
            M::InviteDeclined { .. }
            | M::InviteWithdrawn {}
            | M::UserRemoved {}
            | M::UserLeft {}
            | M::UserErased {},
        ) => Change::Frees,
        Event::License(_) | Event::Membership(_) | Event::Import(_) | Event::Subject(_) => Change::Nothing,
    }
}

impl HandedIn {
    fn against(&self, stands: &HashMap<EventId, Position>) -> Vec<Fault> {
        match self.told {
            WasTold::Committed(last) => {
                let at = (1..=last).rev().zip(self.events.iter().rev());
                let found = at.map(|(told, event)| (told, *event, stands.get(event).copied()));
                let wrong = found.filter(|(told, _, found)| *found != Some(*told));
                wrong.map(|(told, event, found)| Fault::Lost { event, told, found }).collect()
            }
            WasTold::NothingWritten => {
                let there = self.events.iter().filter_map(|event| Some((*event, *stands.get(event)?)));
                there.map(|(event, position)| Fault::Ghost { event, position }).collect()
            }
            WasTold::Nothing => {
                let found: Vec<_> = self.events.iter().filter_map(|event| stands.get(event)).collect();
                let together = found.windows(2).all(|pair| *pair[0] + 1 == *pair[1]);
                let whole = found.is_empty() || (found.len() == self.events.len() && together);
                if whole {
                    Vec::new()
                } else {
                    vec![Fault::Torn { of: self.events.len(), found: found.len() }]
                }
            }
        }
    }
}
