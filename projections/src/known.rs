//! Who and what the events of a page speak of, as the log knew them when the page was read.
//!
//! Looked up with the page and not while it is applied: who writes the read models holds no snapshot of the log then,
//! which would keep the log's WAL from being brought into its file, and would be older than the pages read ahead.

use std::collections::{HashMap, hash_map::Entry};

use domain::{Event, SubjectId};
use eventlog::{Position, Recorded};
use rusqlite::{CachedStatement, Connection, OptionalExtension};
use uuid::Uuid;

use crate::{ApplyError, directory::Names, number::OF_STREAM};

/// People and numbers of a page. No `Debug`: holds addresses.
#[derive(Default)]
pub struct Known {
    people: HashMap<SubjectId, (String, String)>,
    numbers: HashMap<Uuid, Position>,
}

impl Known {
    /// Looks up what these events need.
    pub fn of(conn: &Connection, events: &[Recorded]) -> rusqlite::Result<Self> {
        let mut names = Names::of(conn)?;
        let mut numbers = conn.prepare_cached(&format!("SELECT {OF_STREAM}"))?;
        let mut known = Self::default();
        for recorded in events {
            if let Some((license, _)) = recorded.license {
                known.find(&mut numbers, license.0)?;
            }
            let Event::Membership(event) = &recorded.event else { continue };
            if recorded.revision > 1 {
                known.find(&mut numbers, recorded.stream.id)?;
                continue;
            }
            known.numbers.insert(recorded.stream.id, recorded.position);
            if let Some(subject) = event.subject_id()
                && let Some(person) = names.get(subject)?
            {
                known.people.insert(subject, person);
            }
        }
        Ok(known)
    }

    fn find(&mut self, numbers: &mut CachedStatement<'_>, stream: Uuid) -> rusqlite::Result<()> {
        if let Entry::Vacant(unknown) = self.numbers.entry(stream)
            && let Some(number) = numbers.query_row([stream], |row| row.get(0)).optional()?.flatten()
        {
            unknown.insert(number);
        }
        Ok(())
    }

    /// The address of somebody who comes with the page, as first spelled, and its normalised form; nothing once erased.
    pub(crate) fn person(&self, subject: SubjectId) -> Option<(String, String)> {
        self.people.get(&subject).cloned()
    }

    /// The number of a license or a membership.
    pub(crate) fn number(&self, of: &Recorded, stream: Uuid) -> Result<Position, ApplyError> {
        let known = self.numbers.get(&stream).copied();
        known.ok_or_else(|| {
            ApplyError::event(of.position, "the log does not hold the first event of its stream")
        })
    }
}

/// The next events for a read model, with what is known of them.
#[derive(Clone, Copy)]
pub struct News<'a> {
    /// In order.
    pub events: &'a [Recorded],
    /// Of these, and maybe of others.
    pub known: &'a Known,
}
