//! Whether events follow each other: in the log, in their streams, in their licenses, in time.

use std::collections::HashMap;

use uuid::Uuid;

use super::look::Place;

/// What came last.
#[derive(Default)]
pub(super) struct Chains {
    position: u64,
    recorded_at: i64,
    /// By stream: the revision.
    streams: HashMap<Uuid, u64>,
    /// By license: its sequence.
    licenses: HashMap<Uuid, u64>,
}

impl Chains {
    /// What does not follow. Of one license alone, positions have gaps, and streams may begin elsewhere.
    pub(super) fn follow(&mut self, entry: &Place, license: Option<Uuid>) -> Vec<String> {
        let mut wrong = Vec::new();
        let position = std::mem::replace(&mut self.position, entry.position);
        match license {
            None if entry.position != position + 1 => {
                wrong.push(format!("position {} follows {position}", entry.position));
            }
            Some(_) if entry.position <= position => {
                wrong.push(format!("position {} follows {position}", entry.position));
            }
            _ => {}
        }
        if entry.recorded_at < self.recorded_at {
            wrong.push("it was recorded before the event in front of it".to_owned());
        }
        self.recorded_at = entry.recorded_at;
        let revision = self.streams.insert(entry.aggregate_id, entry.sequence).unwrap_or(0);
        if entry.sequence != revision + 1 {
            wrong.push(format!("revision {} follows {revision} in its stream", entry.sequence));
        }
        wrong.extend(self.follow_license(entry, license));
        wrong
    }

    fn follow_license(&mut self, entry: &Place, only: Option<Uuid>) -> Option<String> {
        if only.is_some() && entry.license_id != only {
            return Some("it is not of this license".to_owned());
        }
        match (entry.license_id, entry.license_sequence) {
            (None, None) => None,
            (Some(license), Some(sequence)) => {
                let before = self.licenses.insert(license, sequence).unwrap_or(0);
                let wrong = sequence != before + 1;
                wrong.then(|| format!("number {sequence} follows {before} within its license"))
            }
            _ => Some("it has a license without a number there, or the other way round".to_owned()),
        }
    }
}
