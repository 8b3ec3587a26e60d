//! The history checker: whether a log is one that could have come about, and whether it agrees with what
//! its writers were told. Soak tests and crash tests of any engine use it.

use std::collections::HashMap;

use domain::{EventId, LicenseId};

use super::prefix::Prefix;
use crate::{
    contract::{EventLog, Seats},
    outcome::LogError,
    recorded::{Position, Recorded},
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
        let mut prefix = Prefix::default();
        let mut faults: Vec<Fault> = self.events.iter().flat_map(|event| prefix.takes(event)).collect();
        faults.extend(self.twice());
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
        let mut prefix = Prefix::default();
        for event in &self.events {
            prefix.takes(event);
        }
        prefix.seats().clone()
    }

    fn twice(&self) -> Vec<Fault> {
        let mut seen = HashMap::new();
        let again = |e: &Recorded| Some((e.event_id, seen.insert(e.event_id, e.position)?, e.position));
        let again = self.events.iter().filter_map(again);
        again.map(|(event, first, second)| Fault::Twice { event, first, second }).collect()
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
