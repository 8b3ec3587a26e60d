//! Duplicates within one input, found before its first item is decided. Memory does not grow with the input.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    io,
};

use domain::EmailAddress;

use super::{input::Item, parts::Parts};

/// People are looked at in so many groups: five million rows make groups of twenty thousand.
const GROUPS: u64 = 256;

/// Rows whose duplicates are in memory at once.
const ROWS: u64 = 1 << 16;

/// Who is named, and where. 128 keyed bits stand for a person: no two will ever meet, and nobody can be found
/// again by them.
#[derive(Default)]
pub(super) struct Named {
    people: Parts,
    keys: (RandomState, RandomState),
}

impl Named {
    /// Notes that a person is named. Rows come in their order.
    pub(super) fn note(&mut self, row: u64, line: u64, email: &EmailAddress) -> io::Result<()> {
        let key = (self.keys.0.hash_one(email.normalised()), self.keys.1.hash_one(email.normalised()));
        self.people.push(index(key.0 % GROUPS), [key.0, key.1, row, line])
    }

    /// Who was named before, by row.
    pub(super) fn duplicates(mut self) -> io::Result<Duplicates> {
        let mut rows = Parts::default();
        for group in 0..self.people.count() {
            let mut first: HashMap<(u64, u64), (u64, u64)> = HashMap::new();
            for [a, b, row, line] in self.people.take(group)? {
                let (first_row, first_line) = *first.entry((a, b)).or_insert((row, line));
                if first_row != row {
                    rows.push(index(row / ROWS), [row, first_row, first_line, 0])?;
                }
            }
        }
        Ok(Duplicates { rows, here: None, first: HashMap::new() })
    }
}

/// The rows that name somebody again.
#[derive(Default)]
pub(crate) struct Duplicates {
    rows: Parts,
    /// The stretch of rows that is in memory.
    here: Option<u64>,
    first: HashMap<u64, (u64, u64)>,
}

impl Duplicates {
    /// Notes for each item where the same person was named before. Items come in their order.
    pub(super) fn mark(&mut self, chunk: &mut [Item]) -> io::Result<()> {
        for item in chunk {
            let stretch = item.row / ROWS;
            if self.here != Some(stretch) {
                let records = self.rows.take(index(stretch))?;
                self.first = records.into_iter().map(|[row, first, line, _]| (row, (first, line))).collect();
                self.here = Some(stretch);
            }
            item.first = self.first.get(&item.row).copied();
        }
        Ok(())
    }
}

fn index(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The items of a file that names everybody once, and then every thousandth once more.
    fn items(people: u64) -> Vec<Item> {
        let address = |n: u64| EmailAddress::parse(&format!("p{n}@school.example")).expect("an address");
        let again = (1..=people).step_by(1_000);
        let named = (1..=people).chain(again).map(address);
        let item = |(row, email)| Item {
            row,
            line: row + 1,
            address: Ok(email),
            original: None,
            first: None,
            undoes: None,
        };
        (1..).zip(named).map(item).collect()
    }

    #[test]
    fn whoever_is_named_again_is_found_however_far_apart() {
        for people in [1, 2_000, 140_000] {
            let mut items = items(people);
            let mut named = Named::default();
            for item in &items {
                let email = item.address.as_ref().ok().expect("an address");
                named.note(item.row, item.line, email).expect("room");
            }
            let mut duplicates = named.duplicates().expect("duplicates");
            for chunk in items.chunks_mut(777) {
                duplicates.mark(chunk).expect("marked");
            }
            for item in items {
                let first = item.row.checked_sub(people + 1).map(|n| (n * 1_000 + 1, n * 1_000 + 2));
                assert_eq!(item.first, first, "row {}", item.row);
            }
        }
    }
}
