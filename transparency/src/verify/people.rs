//! Whether people are those whom the events committed to.

use std::collections::{HashMap, HashSet};

use domain::Commitment;
use uuid::Uuid;

use super::look::Person;

/// Commitments by person, and who was judged.
#[derive(Default)]
pub(super) struct People {
    /// With the position of the first event that holds it.
    committed: HashMap<Uuid, Vec<(Commitment, u64)>>,
    seen: HashSet<Uuid>,
}

impl People {
    /// Takes down what an event commits to.
    pub(super) fn note(&mut self, position: u64, brought: &[(Uuid, Commitment)]) {
        for (subject, commitment) in brought {
            let committed = self.committed.entry(*subject).or_default();
            if committed.iter().all(|(there, _)| there != commitment) {
                committed.push((*commitment, position));
            }
        }
    }

    /// How many people there were.
    pub(super) fn count(&self) -> u64 {
        self.seen.len() as u64
    }

    /// What does not hold of a person: with the event that says otherwise.
    pub(super) fn judge(&mut self, person: &Person) -> Vec<(Option<u64>, String)> {
        let Person { subject, commitment, is_shown_as } = *person;
        if !self.seen.insert(subject) {
            return vec![(None, format!("the person {subject} is there twice"))];
        }
        let Some(committed) = self.committed.get(&subject) else {
            return vec![(None, format!("no event speaks of the person {subject}"))];
        };
        let others = committed.iter().filter(|(there, _)| *there != commitment);
        let what = || format!("the person {subject} is not the one whom the event brought in");
        let mut wrong: Vec<_> = others.map(|(_, position)| (Some(*position), what())).collect();
        if !is_shown_as {
            let first = committed.iter().map(|(_, position)| *position).min();
            wrong.push((first, format!("the person {subject} is shown by another address than their own")));
        }
        wrong
    }
}
