//! Who asks, when, and by which way.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{EmailAddress, Metadata, RequestId, Role, Source, SubjectId};
use eventlog::CommandKey;

/// Who asks.
#[derive(Clone)]
pub enum Who {
    /// The installation's operator.
    Operator,
    /// A person; `acted_by` is set where the operator acts for them.
    Person {
        /// By address: they may not be in the directory yet.
        email: EmailAddress,
        /// Who acts for them.
        acted_by: Option<SubjectId>,
    },
}

/// What comes with every command.
#[derive(Clone)]
pub struct Context {
    /// Who asks.
    pub who: Who,
    /// When, UTC. Rules that rest on a date rest on this one.
    pub now: DateTime<Utc>,
    /// By which way.
    pub source: Source,
    /// Stands in every event that the request causes.
    pub request_id: RequestId,
    /// Makes the command happen once, if the caller gave a key.
    pub command: Option<CommandKey>,
}

impl Context {
    pub(crate) fn today(&self) -> NaiveDate {
        self.now.date_naive()
    }

    pub(crate) fn email(&self) -> Option<&EmailAddress> {
        match &self.who {
            Who::Operator => None,
            Who::Person { email, .. } => Some(email),
        }
    }

    /// The metadata of an event by this actor.
    pub(crate) fn metadata(&self, actor: SubjectId, role: Role) -> Metadata {
        let acted_by = match &self.who {
            Who::Operator => None,
            Who::Person { acted_by, .. } => *acted_by,
        };
        let (request_id, source) = (self.request_id, self.source);
        Metadata { acted_by, actor, import_id: None, line: None, request_id, role, row: None, source }
    }
}
