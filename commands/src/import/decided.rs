//! What was decided about a chunk.

use domain::{Code, Counts, LicenseId, membership::Standing};
use eventlog::{
    Append, DirectoryClaim, MemberClaim, PoolChange, Refused, Revision, SeatChange, SeatPool, StreamId,
};

use super::{
    input::Item,
    outcome::{ItemOutcome, as_it_was},
};
use crate::jobs::Job;

/// A chunk, decided and not committed.
#[derive(Default)]
pub(super) struct Decided {
    pub counts: Counts,
    pub outcomes: Vec<ItemOutcome>,
    pub appends: Vec<Append>,
    /// People who have to be there still.
    pub asserts: Vec<(StreamId, Revision)>,
    pub people: Vec<DirectoryClaim>,
    pub members: Vec<MemberClaim>,
    pub seats_taken: i64,
}

impl Decided {
    pub(super) fn add(&mut self, outcome: ItemOutcome) {
        self.counts.add(outcome.code);
        self.outcomes.push(outcome);
    }

    /// What was done with somebody, who was somewhere before.
    pub(super) fn done(&mut self, item: &Item, email: &str, code: Code, before: Standing) {
        let had_declined = match before {
            Standing::Rejected(reason) if matches!(code, Code::Accepted | Code::Invited) => Some(reason),
            _ => None,
        };
        self.add(ItemOutcome {
            row: item.row,
            line: item.line,
            email: email.to_owned(),
            code,
            reason: None,
            hint: None,
            had_declined,
            original: None,
        });
    }

    pub(super) fn refused(&self, job: &Job) -> Option<Refused> {
        let rows: Vec<_> = self.outcomes.iter().filter_map(ItemOutcome::kept).collect();
        let (import_id, license_id) = (job.import_id, job.license_id);
        let columns = job.format.as_ref().map(|format| as_it_was(&format.columns));
        let separator = job.format.as_ref().map_or(',', |format| format.separator.written());
        (!rows.is_empty()).then_some(Refused { import_id, license_id, columns, separator, rows })
    }

    pub(super) fn seat_change(&self, license: LicenseId) -> Vec<SeatChange> {
        let pool = SeatPool::License(license);
        match self.seats_taken {
            0 => Vec::new(),
            n => vec![SeatChange { pool, change: PoolChange::Take(n) }],
        }
    }
}
