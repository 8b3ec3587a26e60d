//! Whether people are those whom the events committed to.

use std::collections::{HashMap, HashSet};

use domain::Commitment;
use uuid::Uuid;

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
    pub(super) fn judge(&mut self, person: Uuid, commitment: Commitment) -> Vec<(Option<u64>, String)> {
        if !self.seen.insert(person) {
            return vec![(None, format!("the person {person} is there twice"))];
        }
        let Some(committed) = self.committed.get(&person) else {
            return vec![(None, format!("no event speaks of the person {person}"))];
        };
        let others = committed.iter().filter(|(there, _)| *there != commitment);
        let what = || format!("the person {person} is not the one whom the event brought in");
        others.map(|(_, position)| (Some(*position), what())).collect()
    }
}
