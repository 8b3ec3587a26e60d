//! Who and what the events of a page speak of, as the log knew them when the page was read.
//!
//! Looked up with the page and not while it is applied: who writes the read models holds no snapshot of the log then,
//! which would keep the log's WAL from being brought into its file, and would be older than the pages read ahead.

use std::collections::{HashMap, HashSet};

use domain::{Digest, Event, SubjectId};
use eventlog::{Position, Recorded};
use uuid::Uuid;

use crate::{
    ApplyError,
    sql::{Conn, Row, SqlError, Stream},
};

/// People and numbers of a page. No `Debug`: holds addresses.
#[derive(Default)]
pub struct Known {
    people: HashMap<SubjectId, (String, String)>,
    numbers: HashMap<Uuid, Position>,
}

impl Known {
    /// Looks up what these events need.
    pub fn of(conn: &Conn<'_>, events: &[Recorded]) -> Result<Self, SqlError> {
        let mut known = Self::default();
        let (mut streams, mut people) = (HashSet::new(), HashSet::new());
        for recorded in events {
            streams.extend(recorded.license.map(|(license, _)| license.0));
            let Event::Membership(event) = &recorded.event else { continue };
            if recorded.revision > 1 {
                streams.insert(recorded.stream.id);
                continue;
            }
            known.numbers.insert(recorded.stream.id, recorded.position);
            people.extend(event.subject_id());
        }
        streams.retain(|stream| !known.numbers.contains_key(stream));
        known.find_numbers(conn, streams)?;
        known.find_people(conn, people)?;
        Ok(known)
    }

    fn find_numbers(&mut self, conn: &Conn<'_>, streams: HashSet<Uuid>) -> Result<(), SqlError> {
        let mut streams: Vec<Uuid> = streams.into_iter().collect();
        // As they stand in the index.
        streams.sort_unstable();
        let streams: Vec<Stream> = streams.into_iter().map(Stream).collect();
        let sql = "SELECT aggregate_id, position FROM events WHERE sequence = 1 AND aggregate_id";
        let read = |row: &Row<'_>| Ok::<(Uuid, Position), SqlError>((row.get(0)?, row.get(1)?));
        self.numbers.extend(conn.each_of(sql, &streams, read)?);
        Ok(())
    }

    fn find_people(&mut self, conn: &Conn<'_>, people: HashSet<SubjectId>) -> Result<(), SqlError> {
        let mut ids: Vec<Uuid> = people.into_iter().map(|subject| subject.0).collect();
        // As they stand in the directory.
        ids.sort_unstable();
        let sql = "SELECT subject_id, email, normalised FROM directory WHERE subject_id";
        let read = |row: &Row<'_>| {
            Ok::<(SubjectId, (String, String)), SqlError>((
                SubjectId(row.get(0)?),
                (row.get(1)?, row.get(2)?),
            ))
        };
        self.people.extend(conn.each_of(sql, &ids, read)?);
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
    /// The leaf of each of them, where a read model needs it ([`crate::ReadModel::needs_leaves`]).
    pub leaves: &'a [Option<Digest>],
    /// Of these, and maybe of others.
    pub known: &'a Known,
}
