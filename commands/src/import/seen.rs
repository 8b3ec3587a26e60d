//! Duplicates within one input.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

use super::input::Item;

/// Who was named already, and on which line. 128 keyed bits stand for a person: no two will ever meet.
#[derive(Default)]
pub(super) struct Seen {
    /// The row and the line of the first.
    first: HashMap<(u64, u64), (u64, u64)>,
    keys: (RandomState, RandomState),
}

impl Seen {
    /// Notes for each item where the same person was named before.
    pub(super) fn mark(&mut self, chunk: &mut [Item]) {
        for item in chunk {
            let Ok(email) = &item.address else { continue };
            let key = (self.keys.0.hash_one(email.normalised()), self.keys.1.hash_one(email.normalised()));
            let (row, line) = *self.first.entry(key).or_insert((item.row, item.line));
            item.first = (row != item.row).then_some((row, line));
        }
    }
}
