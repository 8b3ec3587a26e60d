//! Whether people are those whom the events committed to.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use domain::Commitment;
use uuid::Uuid;

use super::look::Person;
use crate::export::BroughtIn;

/// Commitments by person, and who was judged.
#[derive(Default)]
pub(super) struct People {
    brought: HashMap<Uuid, Brought>,
    /// Judged, though no event speaks of them.
    strangers: HashSet<Uuid>,
    judged: u64,
}

/// Somebody whom events speak of.
struct Brought {
    /// What the first event commits to, and its position.
    first: (Commitment, u64),
    /// Other commitments, each with the position of the first event that holds it: there should be none.
    others: Vec<(Commitment, u64)>,
    judged: bool,
}

impl Brought {
    fn all(&self) -> impl Iterator<Item = &(Commitment, u64)> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl People {
    /// Takes down what an event commits to.
    pub(super) fn note(&mut self, position: u64, brought: &BroughtIn) {
        for (subject, commitment) in brought.iter() {
            match self.brought.entry(*subject) {
                Entry::Vacant(new) => {
                    let first = (*commitment, position);
                    // They may have stood before the event.
                    let judged = self.strangers.contains(subject);
                    new.insert(Brought { first, others: Vec::new(), judged });
                }
                Entry::Occupied(mut known) => {
                    if known.get().all().all(|(there, _)| there != commitment) {
                        known.get_mut().others.push((*commitment, position));
                    }
                }
            }
        }
    }

    /// How many people there were.
    pub(super) const fn count(&self) -> u64 {
        self.judged
    }

    /// What does not hold of a person: with the event that says otherwise.
    pub(super) fn judge(&mut self, person: &Person) -> Vec<(Option<u64>, String)> {
        let Person { subject, commitment, is_shown_as } = *person;
        let brought = self.brought.get_mut(&subject);
        let is_new = match &brought {
            Some(brought) => !brought.judged,
            None => self.strangers.insert(subject),
        };
        if !is_new {
            return vec![(None, format!("the person {subject} is there twice"))];
        }
        self.judged += 1;
        let Some(brought) = brought else {
            return vec![(None, format!("no event speaks of the person {subject}"))];
        };
        brought.judged = true;
        let others = brought.all().filter(|(there, _)| *there != commitment);
        let what = || format!("the person {subject} is not the one whom the event brought in");
        let mut wrong: Vec<_> = others.map(|(_, position)| (Some(*position), what())).collect();
        if !is_shown_as {
            let first = brought.all().map(|(_, position)| *position).min();
            wrong.push((first, format!("the person {subject} is shown by another address than their own")));
        }
        wrong
    }
}
