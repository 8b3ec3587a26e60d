//! What was decided about a chunk.

use domain::{Code, Counts, ImportId, LicenseId};
use eventlog::{Append, DirectoryClaim, MemberClaim, PoolChange, RefusedRow, SeatChange, SeatPool};

use super::outcome::ItemOutcome;

/// A chunk, decided and not committed.
#[derive(Default)]
pub(super) struct Decided {
    pub counts: Counts,
    pub outcomes: Vec<ItemOutcome>,
    pub appends: Vec<Append>,
    pub people: Vec<DirectoryClaim>,
    pub members: Vec<MemberClaim>,
    pub seats_taken: i64,
}

impl Decided {
    pub(super) fn add(&mut self, outcome: ItemOutcome) {
        self.counts.add(outcome.code);
        self.outcomes.push(outcome);
    }

    pub(super) fn done(&mut self, row: u64, line: u64, email: &str, code: Code) {
        self.add(ItemOutcome {
            row,
            line,
            email: email.to_owned(),
            code,
            reason: None,
            hint: None,
            original: None,
        });
    }

    pub(super) fn refused(&self, import_id: ImportId) -> Vec<RefusedRow> {
        self.outcomes.iter().filter_map(|outcome| outcome.kept(import_id)).collect()
    }

    pub(super) fn seat_change(&self, license: LicenseId) -> Vec<SeatChange> {
        let pool = SeatPool::License(license);
        match self.seats_taken {
            0 => Vec::new(),
            n => vec![SeatChange { pool, change: PoolChange::Take(n) }],
        }
    }
}
