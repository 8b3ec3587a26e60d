//! The events of a reading's stream.

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use crate::{
    SubjectId,
    catalogue::{EventDescription, field, pseudonym},
    event::VERSION,
};

/// What somebody read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadKind {
    /// Pages of the user list.
    UserList,
    /// The user list, by a part of an address. By which is written nowhere.
    Search,
    /// One person.
    Person,
    /// Why somebody is on a license or not.
    Why,
    /// The history.
    History,
    /// Who joined by a key.
    KeyJoins,
    /// Refused rows of an import.
    RefusedRows,
    /// Imports, with who started them.
    Imports,
    /// The license's admins, and who else reads it.
    Admins,
    /// Who has a role across all licenses.
    Roles,
    /// Who joined by a key, all of them as a file.
    KeyJoinsFile,
    /// Refused rows of an import, all of them as a file.
    RefusedRowsFile,
    /// The history as a file, to be verified.
    HistoryFile,
    /// The same with the addresses of the people whom it brought in: a copy that no erasure reaches.
    HistoryFileWithPeople,
}

impl ReadKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::UserList,
        Self::Search,
        Self::Person,
        Self::Why,
        Self::History,
        Self::KeyJoins,
        Self::RefusedRows,
        Self::Imports,
        Self::Admins,
        Self::Roles,
        Self::KeyJoinsFile,
        Self::RefusedRowsFile,
        Self::HistoryFile,
        Self::HistoryFileWithPeople,
    ];
}

/// What happened in a reading. Fields stand in the order of their names (canonical JSON).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "described once, in the catalogue below")]
pub enum ReadingEvent {
    PeopleRead {
        rows: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject_id: Option<SubjectId>,
        what: ReadKind,
    },
    PeopleReadAgain {
        rows: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject_id: Option<SubjectId>,
        times: u64,
        what: ReadKind,
    },
}

impl ReadingEvent {
    /// The type of a reading's stream.
    pub const STREAM: &'static str = "reading";

    /// The person who was read about, where it was one.
    pub const fn subject_id(&self) -> Option<SubjectId> {
        match self {
            Self::PeopleRead { subject_id, .. } | Self::PeopleReadAgain { subject_id, .. } => *subject_id,
        }
    }

    /// What the catalogue says about it.
    pub fn description(&self) -> &'static EventDescription {
        match self {
            Self::PeopleRead { .. } => &READ,
            Self::PeopleReadAgain { .. } => &READ_AGAIN,
        }
    }
}

impl DomainEvent for ReadingEvent {
    fn event_type(&self) -> String {
        self.description().name.to_owned()
    }

    fn event_version(&self) -> String {
        VERSION.to_owned()
    }
}

pub(crate) static ALL: [&EventDescription; 2] = [&READ, &READ_AGAIN];

const WHAT: crate::catalogue::Field = field(
    "what",
    "`user_list`, `search`, `person`, `why`, `history`, `key_joins`, `refused_rows`, `imports`, `admins`, `roles`, \
     `key_joins_file`, `refused_rows_file` or `history_file`",
    "what was read",
);
const ABOUT: crate::catalogue::Field = pseudonym(
    "subject_id",
    "UUID, optional",
    "the person who was read about, where it was one who is known on the license",
);

static READ: EventDescription = EventDescription {
    name: "PeopleRead",
    stream: ReadingEvent::STREAM,
    since: "0.1.0",
    meaning: "An auditor or support staff read people's data, and had not read the same within the hour before. It is \
              written before they are answered. The metadata says who, and in which role.",
    fields: &[
        field(
            "rows",
            "number",
            "how many people, events or rows the answer showed; 0 where that was not counted, as of pages",
        ),
        ABOUT,
        WHAT,
    ],
    written_by: "RecordRead",
    read_by: "the audit history alone",
};
static READ_AGAIN: EventDescription = EventDescription {
    name: "PeopleReadAgain",
    stream: ReadingEvent::STREAM,
    since: "0.1.0",
    meaning: "How often the same was read again within the hour after the first time, by way of one node. Written when the \
              hour is over, or the node ends; not where the node was killed.",
    fields: &[
        field("rows", "number", "how many people, events or rows those answers showed"),
        ABOUT,
        field("times", "number", "how many answers; 0 where only the rest of a file came"),
        WHAT,
    ],
    written_by: "RecordRead",
    read_by: "the audit history alone",
};
