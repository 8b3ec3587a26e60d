//! What a transaction is to do: each commit is judged in its turn, later ones by what earlier ones did.
//!
//! A plan is made in one of two ways. *Assuming*: what is not known is taken to be as the commit expects it, and the
//! database is asked to confirm that in the same statement that writes. *Knowing*: everything was looked up while the
//! log was held, so each outcome is certain.

use std::collections::{HashMap, HashSet};

use super::{
    pools::Pools,
    rows::{Check, Rows},
    view::{At, Stop, Verdict, View},
};
use crate::{
    contract::{CommandKey, Commit, Erase},
    outcome::{Conflict, Outcome},
    recorded::{Revision, StreamId},
};

pub(super) struct Plan<'a> {
    pub rows: Rows<'a>,
    /// One for each commit, in their order.
    pub verdicts: Vec<Verdict>,
    view: View,
}

/// No stream gets there.
const BEYOND: Revision = i64::MAX as Revision / 2;

impl<'a> Plan<'a> {
    /// Judges all commits. `None`: that can't be done by assuming.
    pub(super) fn make(view: View, commits: impl Iterator<Item = &'a Commit>) -> Option<Self> {
        let mut plan = Self { rows: Rows::default(), verdicts: Vec::new(), view };
        for commit in commits {
            let mut draft = Draft::default();
            let verdict = match plan.judge(commit, &mut draft) {
                Ok(()) => plan.take_in(commit, draft),
                Err(Stop::Verdict(verdict)) if plan.is_certain(commit, &verdict, &draft) => verdict,
                Err(_) => return None,
            };
            plan.verdicts.push(verdict);
        }
        for (id, pool) in &plan.view.pools {
            pool.write(*id, &mut plan.rows);
        }
        plan.rows.pools_assumed = !plan.view.complete;
        Some(plan)
    }

    /// Nobody is refused by what was only assumed, and that a command is new is assumed as well. What the commits before
    /// did is certain: if they turn out to be judged wrong, nothing of the plan holds.
    fn is_certain(&self, commit: &Commit, verdict: &Verdict, draft: &Draft) -> bool {
        let repeated = matches!(verdict, Verdict::Repeat(..) | Verdict::Not(Outcome::CommandReused));
        self.view.complete || repeated || (commit.command.is_none() && draft.is_empty())
    }

    fn judge(&self, commit: &Commit, draft: &mut Draft) -> Result<(), Stop> {
        if let Some(command) = commit.command {
            self.repeated(command)?;
        }
        for (stream, expected) in &commit.asserts {
            self.at_revision(draft, *stream, *expected, false)?;
        }
        self.erases(&commit.erases)?;
        self.claims(commit)?;
        draft.pools.change(&self.view, &commit.seats)?;
        for append in &commit.appends {
            let (stream, events) = (append.stream, append.events.len());
            self.at_revision(draft, stream, append.expected, events > 0)?;
            let after = append.expected.saturating_add(Revision::try_from(events).unwrap_or(BEYOND));
            draft.streams.insert(stream, after);
        }
        Ok(())
    }

    fn repeated(&self, command: CommandKey) -> Result<(), Stop> {
        match self.view.commands.get(&command.id) {
            None => Ok(()),
            Some((fingerprint, at, result)) if *fingerprint == command.fingerprint => {
                Err(Stop::Verdict(Verdict::Repeat(*at, result.clone())))
            }
            Some(_) => Err(Stop::Verdict(Verdict::Not(Outcome::CommandReused))),
        }
    }

    fn at_revision(
        &self,
        draft: &mut Draft,
        stream: StreamId,
        expected: Revision,
        written: bool,
    ) -> Result<(), Stop> {
        let known = draft.streams.get(&stream).or_else(|| self.view.streams.get(&stream)).copied();
        let actual = match known {
            None if self.view.complete => 0,
            None if expected >= BEYOND => return Err(Stop::NeedsFacts),
            None => {
                let revision = i64::try_from(expected).unwrap_or(i64::MAX);
                draft.checks.push(Check { stream, revision, is_new: written && expected == 0 });
                draft.streams.insert(stream, expected);
                expected
            }
            Some(actual) => actual,
        };
        if actual == expected { Ok(()) } else { Err(Conflict::Revision { stream, actual }.into()) }
    }

    /// Whoever was named since, by others or by what is written in this transaction, is not erased.
    fn erases(&self, people: &[Erase]) -> Result<(), Stop> {
        for Erase { subject_id, as_of } in people {
            if !self.view.complete {
                return Err(Stop::NeedsFacts);
            }
            let as_of = i64::try_from(*as_of).unwrap_or(i64::MAX);
            let id = subject_id.to_string();
            let named = self.view.named.get(subject_id).is_some_and(|at| *at > as_of)
                || self.rows.events.iter().any(|row| row.event.payload.contains(&id));
            if named {
                return Err(Conflict::Named.into());
            }
        }
        Ok(())
    }

    fn claims(&self, commit: &Commit) -> Result<(), Stop> {
        let mut addresses = HashSet::new();
        for person in &commit.people {
            if self.view.addresses.contains(&person.normalised) || !addresses.insert(&person.normalised) {
                return Err(Conflict::EmailTaken.into());
            }
        }
        let mut members = HashSet::new();
        for member in &commit.members {
            let whose = (member.license_id, member.subject_id);
            if self.view.members.contains(&whose) || !members.insert(whose) {
                return Err(Conflict::MemberTaken.into());
            }
        }
        let (mut hashes, mut ids) = (HashSet::new(), HashSet::new());
        for key in &commit.keys {
            let known = self.view.key_hashes.contains(&key.hash) || self.view.key_ids.contains(&key.key_id);
            if known || !hashes.insert(key.hash) || !ids.insert(key.key_id) {
                return Err(Conflict::KeyTaken.into());
            }
        }
        Ok(())
    }

    fn take_in(&mut self, commit: &'a Commit, draft: Draft) -> Verdict {
        self.rows.push(commit);
        self.rows.checks.extend(draft.checks);
        let at = At::Offset(self.rows.offset());
        let view = &mut self.view;
        view.streams.extend(draft.streams);
        view.pools.extend(draft.pools.changed);
        view.addresses.extend(commit.people.iter().map(|person| person.normalised.clone()));
        view.members.extend(commit.members.iter().map(|member| (member.license_id, member.subject_id)));
        view.key_hashes.extend(commit.keys.iter().map(|key| key.hash));
        view.key_ids.extend(commit.keys.iter().map(|key| key.key_id));
        if let Some(command) = commit.command {
            view.commands.insert(command.id, (command.fingerprint, at, commit.result.clone()));
        }
        Verdict::Committed(at)
    }
}

/// What one commit does to the view, if it is taken in.
#[derive(Default)]
struct Draft {
    checks: Vec<Check>,
    streams: HashMap<StreamId, Revision>,
    pools: Pools,
}

impl Draft {
    fn is_empty(&self) -> bool {
        self.checks.is_empty() && self.streams.is_empty() && self.pools.changed.is_empty()
    }
}
