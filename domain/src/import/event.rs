//! The events of an import's stream.

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use crate::{
    Code, Counts, ImportId, LicenseId,
    catalogue::{EventDescription, Field, LICENSE, field},
    event::VERSION,
};

/// What an import does with the people in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportMode {
    /// Adds them (`AddUsers`).
    Add,
    /// Invites them, even within the admin's domain (`InviteUser`).
    Invite,
    /// Removes them (`RemoveUsers`).
    Remove,
    /// Takes back the invites of those who have not answered yet (`WithdrawInvite`).
    Withdraw,
}

impl ImportMode {
    /// As it is written everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Invite => "invite",
            Self::Remove => "remove",
            Self::Withdraw => "withdraw",
        }
    }
}

/// What happened to an import. Fields stand in the order of their names (canonical JSON).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "described once, in the catalogue below")]
pub enum ImportEvent {
    ImportStarted {
        license_id: LicenseId,
        mode: ImportMode,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        undoes: Option<ImportId>,
    },
    ImportChunkApplied {
        counts: Counts,
        first_row: u64,
        last_row: u64,
    },
    ImportCompleted {
        counts: Counts,
        rows: u64,
    },
    ImportCancelled {
        counts: Counts,
        rows: u64,
    },
    ImportFailed {
        code: Code,
        counts: Counts,
        rows: u64,
    },
}

impl ImportEvent {
    /// The type of an import's stream.
    pub const STREAM: &'static str = "import";

    /// What the catalogue says about it.
    pub fn description(&self) -> &'static EventDescription {
        match self {
            Self::ImportStarted { .. } => &STARTED,
            Self::ImportChunkApplied { .. } => &CHUNK,
            Self::ImportCompleted { .. } => &COMPLETED,
            Self::ImportCancelled { .. } => &CANCELLED,
            Self::ImportFailed { .. } => &FAILED,
        }
    }
}

impl DomainEvent for ImportEvent {
    fn event_type(&self) -> String {
        self.description().name.to_owned()
    }

    fn event_version(&self) -> String {
        VERSION.to_owned()
    }
}

pub(crate) static ALL: [&EventDescription; 5] = [&STARTED, &CHUNK, &COMPLETED, &CANCELLED, &FAILED];

const COUNTS: Field =
    field("counts", "object: outcome code to number", "how many items had which outcome; see outcomes.md");
const ROWS: Field = field("rows", "number", "how many items were applied in all");

const fn import_event(
    name: &'static str,
    meaning: &'static str,
    fields: &'static [Field],
    written_by: &'static str,
) -> EventDescription {
    let (stream, since, read_by) = (ImportEvent::STREAM, "0.1.0", "imports");
    EventDescription { name, stream, since, meaning, fields, written_by, read_by }
}

static STARTED: EventDescription = import_event(
    "ImportStarted",
    "An admin began to add, invite or remove people by their e-mail addresses, or to withdraw their invites. The metadata says who, and whether by pasting them or in a file.",
    &[
        LICENSE,
        field("mode", "`add`, `invite`, `remove` or `withdraw`", "what is done with the people"),
        field(
            "undoes",
            "id, optional",
            "the import that this one undoes: its people are those that the other one did something to",
        ),
    ],
    "AddUsers, InviteUser, RemoveUsers, WithdrawInvite, UndoImport",
);
static CHUNK: EventDescription = import_event(
    "ImportChunkApplied",
    "The next items of the import were applied: all events that came of them are in the same commit.",
    &[
        COUNTS,
        field("first_row", "number", "the first item, counted from 1"),
        field("last_row", "number", "the last item"),
    ],
    "AddUsers, InviteUser, RemoveUsers",
);
static COMPLETED: EventDescription = import_event(
    "ImportCompleted",
    "Every item of the import was applied.",
    &[COUNTS, ROWS],
    "AddUsers, InviteUser, RemoveUsers",
);
static CANCELLED: EventDescription = import_event(
    "ImportCancelled",
    "An admin stopped the import. What it had applied stays.",
    &[COUNTS, ROWS],
    "CancelImport",
);
static FAILED: EventDescription = import_event(
    "ImportFailed",
    "The import could not go on. What it had applied stays.",
    &[field("code", "outcome code", "why; see outcomes.md"), COUNTS, ROWS],
    "AddUsers, InviteUser, RemoveUsers",
);
