//! What a subject is now, and what can be ordered.

use serde::{Deserialize, Serialize};

use super::event::{ErasureBasis, SubjectEvent};
use crate::Refusal;

/// A subject, folded from its stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Why they were erased, if they were.
    pub erased: Option<ErasureBasis>,
}

/// An order to a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant and field is its own name")]
pub enum SubjectCommand {
    Erase { basis: ErasureBasis },
}

/// Decides an order. No events: it is so already.
pub fn decide(subject: &Subject, command: SubjectCommand) -> Result<Vec<SubjectEvent>, Refusal> {
    match (subject.erased, command) {
        (None, SubjectCommand::Erase { basis }) => Ok(vec![SubjectEvent::SubjectErased { basis }]),
        (Some(_), SubjectCommand::Erase { .. }) => Ok(Vec::new()),
    }
}

impl Subject {
    /// Follows an event. Whoever is erased stays so, for the first reason.
    pub fn evolve(&mut self, event: &SubjectEvent) {
        match event {
            SubjectEvent::SubjectErased { basis } => {
                self.erased.get_or_insert(*basis);
            }
        }
    }
}

crate::aggregate::aggregate!(Subject, SubjectCommand, SubjectEvent);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_erased_once_for_the_first_reason() {
        let mut subject = Subject::default();
        let erase = |basis| SubjectCommand::Erase { basis };
        let events = decide(&subject, erase(ErasureBasis::Request)).expect("allowed");
        assert_eq!(events, [SubjectEvent::SubjectErased { basis: ErasureBasis::Request }]);
        for event in &events {
            subject.evolve(event);
        }
        assert_eq!(decide(&subject, erase(ErasureBasis::Other)), Ok(Vec::new()));
        subject.evolve(&SubjectEvent::SubjectErased { basis: ErasureBasis::Other });
        assert_eq!(subject.erased, Some(ErasureBasis::Request));
    }
}
