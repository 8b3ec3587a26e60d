//! The contract in memory, written without a look at any engine: what a commit may come to.

use std::collections::HashMap;

use domain::{EventId, KeyId, LicenseId, MemberId, SubjectId};
use uuid::Uuid;

use crate::{
    contract::{Commit, PoolChange, SeatPool, Seats},
    outcome::{Conflict, Outcome},
    recorded::{Position, Revision, StreamId},
};

/// An event, as far as the model knows it.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "as in the log")]
pub struct Entry {
    pub stream: StreamId,
    pub revision: Revision,
    pub license: Option<(LicenseId, u64)>,
    pub event_id: EventId,
}

/// Everything that a log holds.
#[derive(Clone, Default)]
#[expect(missing_docs, reason = "as in the contract")]
pub struct Model {
    pub log: Vec<Entry>,
    pub people: HashMap<String, SubjectId>,
    pub members: HashMap<(LicenseId, SubjectId), MemberId>,
    pub keys: HashMap<[u8; 32], (LicenseId, KeyId)>,
    pub key_texts: HashMap<KeyId, Vec<u8>>,
    pub pools: HashMap<SeatPool, Seats>,
    pub commands: HashMap<Uuid, ([u8; 32], Position, Vec<u8>)>,
}

/// What a commit may come to.
#[derive(Debug, PartialEq)]
pub enum Expected {
    /// Committed, with its last event here.
    Committed(Position),
    /// Done before, with its last event there and this result.
    AlreadyDone(Position, Vec<u8>),
    /// The command id is another command's.
    Reused,
    /// Refused by one of these: the contract does not say which of several is told.
    Refused(Vec<Outcome>),
}

impl Expected {
    /// Whether an engine's outcome is one of those.
    pub fn allows(&self, outcome: &Outcome, own_result: &[u8]) -> bool {
        match (self, outcome) {
            (Self::Committed(position), Outcome::Committed(receipt)) => {
                receipt.position == *position && receipt.result == own_result
            }
            (Self::AlreadyDone(position, result), Outcome::AlreadyDone(receipt)) => {
                receipt.position == *position && receipt.result == *result
            }
            (Self::Reused, Outcome::CommandReused) => true,
            (Self::Refused(reasons), refused) => reasons.contains(refused),
            (Self::Committed(_) | Self::AlreadyDone(..) | Self::Reused, _) => false,
        }
    }
}

impl Model {
    /// Commits, if nothing stands in the way.
    pub fn commit(&mut self, commit: &Commit) -> Expected {
        if let Some((fingerprint, position, result)) = commit.command.and_then(|c| self.commands.get(&c.id)) {
            let same = commit.command.is_some_and(|c| c.fingerprint == *fingerprint);
            return if same { Expected::AlreadyDone(*position, result.clone()) } else { Expected::Reused };
        }
        let mut next = self.clone();
        let steps = [
            next.check_asserts(commit),
            next.add_people(commit).map_err(Outcome::Conflict),
            next.add_members(commit).map_err(Outcome::Conflict),
            next.add_keys(commit).map_err(Outcome::Conflict),
            next.change_pools(commit),
            next.append(commit),
        ];
        let reasons: Vec<Outcome> = steps.into_iter().filter_map(Result::err).collect();
        if !reasons.is_empty() {
            return Expected::Refused(reasons);
        }
        let position = next.log.len() as Position;
        if let Some(command) = commit.command {
            next.commands.insert(command.id, (command.fingerprint, position, commit.result.clone()));
        }
        *self = next;
        Expected::Committed(position)
    }

    /// The events of one stream.
    pub fn stream(&self, stream: StreamId) -> impl Iterator<Item = &Entry> {
        self.log.iter().filter(move |entry| entry.stream == stream)
    }

    /// How far a stream is.
    pub fn revision(&self, stream: StreamId) -> Revision {
        self.stream(stream).count() as Revision
    }

    fn expect(&self, stream: StreamId, expected: Revision) -> Result<(), Outcome> {
        let actual = self.revision(stream);
        if actual == expected {
            Ok(())
        } else {
            Err(Outcome::Conflict(Conflict::Revision { stream, actual }))
        }
    }

    fn check_asserts(&self, commit: &Commit) -> Result<(), Outcome> {
        commit.asserts.iter().try_for_each(|(stream, expected)| self.expect(*stream, *expected))
    }

    fn add_people(&mut self, commit: &Commit) -> Result<(), Conflict> {
        for claim in &commit.people {
            if self.people.insert(claim.normalised.clone(), claim.subject_id).is_some() {
                return Err(Conflict::EmailTaken);
            }
        }
        Ok(())
    }

    fn add_members(&mut self, commit: &Commit) -> Result<(), Conflict> {
        for claim in &commit.members {
            if self.members.insert((claim.license_id, claim.subject_id), claim.member_id).is_some() {
                return Err(Conflict::MemberTaken);
            }
        }
        Ok(())
    }

    fn add_keys(&mut self, commit: &Commit) -> Result<(), Conflict> {
        for claim in &commit.keys {
            let known = self.keys.values().any(|(_, id)| *id == claim.key_id);
            if known || self.keys.insert(claim.hash, (claim.license_id, claim.key_id)).is_some() {
                return Err(Conflict::KeyTaken);
            }
            self.key_texts.extend(claim.sealed.clone().map(|sealed| (claim.key_id, sealed)));
        }
        self.key_texts.retain(|key, _| !commit.forgotten.contains(key));
        Ok(())
    }

    fn change_pools(&mut self, commit: &Commit) -> Result<(), Outcome> {
        for change in &commit.seats {
            let (pool, known) = (change.pool, self.pools.get(&change.pool).copied());
            let after = match (change.change, known) {
                (PoolChange::Open(limit), None) => Seats { taken: 0, limit },
                (PoolChange::Open(_), Some(_)) | (PoolChange::Limit(_) | PoolChange::Take(_), None) => {
                    return Err(Outcome::Conflict(Conflict::Pool));
                }
                (PoolChange::Limit(limit), Some(seats)) if limit >= seats.taken => {
                    Seats { limit: Some(limit), ..seats }
                }
                (PoolChange::Take(n), Some(seats)) if n <= 0 && n.unsigned_abs() <= seats.taken => {
                    Seats { taken: seats.taken - n.unsigned_abs(), ..seats }
                }
                (PoolChange::Take(n), Some(seats)) if n > 0 && n.unsigned_abs() <= seats.free() => {
                    Seats { taken: seats.taken + n.unsigned_abs(), ..seats }
                }
                (PoolChange::Limit(_) | PoolChange::Take(_), Some(seats)) => {
                    return Err(Outcome::SeatLimit { pool, seats });
                }
            };
            self.pools.insert(pool, after);
        }
        Ok(())
    }

    fn append(&mut self, commit: &Commit) -> Result<(), Outcome> {
        for append in &commit.appends {
            self.expect(append.stream, append.expected)?;
            for (event, revision) in append.events.iter().zip(append.expected + 1..) {
                let license = append.license.map(|license| {
                    let before = self.log.iter().filter(|e| e.license.is_some_and(|(of, _)| of == license));
                    (license, before.count() as u64 + 1)
                });
                self.log.push(Entry { stream: append.stream, revision, license, event_id: event.event_id });
            }
        }
        Ok(())
    }
}
