//! What a reading is now, and what can be noted of it.

use serde::{Deserialize, Serialize};

use super::event::{ReadKind, ReadingEvent};
use crate::{Refusal, SubjectId};

/// A reading, folded from its stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// What is read, and about whom, once it has begun.
    pub begun: Option<(ReadKind, Option<SubjectId>)>,
    /// Whether it was counted: then it is over.
    pub counted: bool,
}

/// What is noted of a reading.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant and field is its own name")]
pub enum ReadingCommand {
    Begin { what: ReadKind, subject: Option<SubjectId>, rows: u64 },
    Count { times: u64, rows: u64 },
}

/// Decides what is written. No events: there is nothing to add.
pub fn decide(reading: &Reading, command: ReadingCommand) -> Result<Vec<ReadingEvent>, Refusal> {
    Ok(match (reading.begun, command) {
        (None, ReadingCommand::Begin { what, subject, rows }) => {
            vec![ReadingEvent::PeopleRead { rows, subject_id: subject, what }]
        }
        (Some((what, subject_id)), ReadingCommand::Count { times, rows })
            if !reading.counted && (times > 0 || rows > 0) =>
        {
            vec![ReadingEvent::PeopleReadAgain { rows, subject_id, times, what }]
        }
        (Some(_), ReadingCommand::Begin { .. }) | (_, ReadingCommand::Count { .. }) => Vec::new(),
    })
}

impl Reading {
    /// Follows an event. What the state can't follow leaves it as it is; verification reports it.
    pub fn evolve(&mut self, event: &ReadingEvent) {
        match event {
            ReadingEvent::PeopleRead { what, subject_id, .. } => {
                self.begun.get_or_insert((*what, *subject_id));
            }
            ReadingEvent::PeopleReadAgain { .. } => self.counted |= self.begun.is_some(),
        }
    }
}

crate::aggregate::aggregate!(Reading, ReadingCommand, ReadingEvent);

#[cfg(test)]
mod tests {
    use super::*;

    fn begin() -> ReadingCommand {
        ReadingCommand::Begin { what: ReadKind::UserList, subject: None, rows: 50 }
    }

    fn after(events: &[ReadingEvent]) -> Reading {
        let mut reading = Reading::default();
        for event in events {
            reading.evolve(event);
        }
        reading
    }

    #[test]
    fn a_reading_begins_once_and_is_counted_once() {
        let first = decide(&Reading::default(), begin()).expect("allowed");
        assert_eq!(
            first,
            [ReadingEvent::PeopleRead { rows: 50, subject_id: None, what: ReadKind::UserList }]
        );
        assert_eq!(decide(&after(&first), begin()), Ok(Vec::new()));
        let again = decide(&after(&first), ReadingCommand::Count { times: 2, rows: 70 }).expect("allowed");
        let counted =
            ReadingEvent::PeopleReadAgain { rows: 70, subject_id: None, times: 2, what: ReadKind::UserList };
        assert_eq!(again, [counted]);
        let over = after(&[first, again].concat());
        assert_eq!(decide(&over, ReadingCommand::Count { times: 1, rows: 1 }), Ok(Vec::new()));
    }

    #[test]
    fn nothing_more_is_written_of_what_was_not_read_again_or_never_began() {
        let begun = after(&[ReadingEvent::PeopleRead { rows: 1, subject_id: None, what: ReadKind::Why }]);
        assert_eq!(decide(&begun, ReadingCommand::Count { times: 0, rows: 0 }), Ok(Vec::new()));
        assert_eq!(decide(&Reading::default(), ReadingCommand::Count { times: 3, rows: 9 }), Ok(Vec::new()));
        let lost = ReadingEvent::PeopleReadAgain { rows: 1, subject_id: None, times: 1, what: ReadKind::Why };
        assert_eq!(after(&[lost]), Reading::default());
    }
}
