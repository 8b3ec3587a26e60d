//! Folds a page of events in memory, then writes each row once.

use std::collections::{HashMap, HashSet};

use domain::{Event, MembershipEvent};
use eventlog::{Position, Recorded};

use super::{
    blocks::Blocks,
    row::{self, Span, Unfit},
};
use crate::{
    ApplyError, Known, News,
    sql::{Conn, SqlError},
};

pub(super) fn apply(
    conn: &Conn<'_>,
    suffix: &str,
    News { events, known, .. }: News<'_>,
) -> Result<(), ApplyError> {
    let changing: Vec<(&Recorded, &MembershipEvent)> = events.iter().filter_map(changes_status).collect();
    let mut page = Page::with(open(conn, suffix, &changing, known)?);
    for (recorded, event) in changing {
        page.follow(known, recorded, event)?;
    }
    Ok(page.store(conn, suffix)?)
}

fn changes_status(recorded: &Recorded) -> Option<(&Recorded, &MembershipEvent)> {
    match &recorded.event {
        Event::Membership(event) if row::may_change(event) => Some((recorded, event)),
        Event::Membership(_)
        | Event::License(_)
        | Event::Import(_)
        | Event::Installation(_)
        | Event::Subject(_)
        | Event::Reading(_) => None,
    }
}

/// What lasts of memberships that began before these events.
fn open(
    conn: &Conn<'_>,
    suffix: &str,
    changing: &[(&Recorded, &MembershipEvent)],
    known: &Known,
) -> Result<Vec<Span>, ApplyError> {
    let (mut numbers, mut seen) = (Vec::new(), HashSet::new());
    for (recorded, _) in changing {
        if recorded.revision > 1 && seen.insert(recorded.stream.id) {
            numbers.push(known.number(recorded, recorded.stream.id)?);
        }
    }
    Ok(Span::open(conn, suffix, &numbers)?)
}

/// The rows that a page of events changes and adds.
struct Page {
    spans: Vec<Span>,
    /// The place of the one that lasts, by the membership's number.
    open: HashMap<Position, usize>,
    blocks: Blocks,
}

impl Page {
    fn with(spans: Vec<Span>) -> Self {
        let open = spans.iter().zip(0..).map(|(span, place)| (span.member, place)).collect();
        Self { spans, open, blocks: Blocks::default() }
    }

    fn follow(
        &mut self,
        known: &Known,
        recorded: &Recorded,
        event: &MembershipEvent,
    ) -> Result<(), ApplyError> {
        let broken = |what: String| ApplyError::event(recorded.position, what);
        let (license, _) = recorded.license.ok_or_else(|| broken("the event names no license".to_owned()))?;
        let numbers = (known.number(recorded, license.0)?, known.number(recorded, recorded.stream.id)?);
        let before = self.open.get(&numbers.1).copied();
        let next = Span::after(before.map(|place| &self.spans[place]), event, recorded, numbers);
        let next = next.map_err(|Unfit| {
            broken(format!("the event {} can't follow the membership's status", event.description().name))
        })?;
        let Some(next) = next else { return Ok(()) };
        if let Some(place) = before {
            self.spans[place].until = recorded.position;
            self.blocks.close(&self.spans[place]);
        }
        self.blocks.open(&next);
        self.open.insert(numbers.1, self.spans.len());
        self.spans.push(next);
        Ok(())
    }

    fn store(self, conn: &Conn<'_>, suffix: &str) -> Result<(), SqlError> {
        let mut writes = row::writes(conn, suffix)?;
        for span in self.spans.iter().filter(|span| !span.stored || span.until != row::OPEN) {
            span.store(&mut writes)?;
        }
        writes.end()?;
        self.blocks.store(conn, suffix)
    }
}
