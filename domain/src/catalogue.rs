//! What every event means, in words. `docs/events.md` is written from it.

use crate::{import, installation, license, membership, reading, subject};

/// One event, described.
#[derive(Debug)]
pub struct EventDescription {
    /// As stored.
    pub name: &'static str,
    /// The stream's type.
    pub stream: &'static str,
    /// The Seatbook version that first wrote it.
    pub since: &'static str,
    /// One sentence: what happened.
    pub meaning: &'static str,
    /// The payload, field by field, in stored order.
    pub fields: &'static [Field],
    /// The commands that write it.
    pub written_by: &'static str,
    /// The read models and pages that use it, beside the audit history, which shows every event.
    pub read_by: &'static str,
}

/// One field of a payload.
#[derive(Debug)]
pub struct Field {
    /// As stored.
    pub name: &'static str,
    /// Its JSON type and form.
    pub kind: &'static str,
    /// Whether it leads to a person.
    pub personal: Personal,
    /// What it says.
    pub meaning: &'static str,
}

/// Whether a field is personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Personal {
    /// It is not.
    No,
    /// It stands for a person, and for nobody any more once their directory row is deleted.
    Pseudonym,
}

/// A field that is no personal data.
pub(crate) const fn field(name: &'static str, kind: &'static str, meaning: &'static str) -> Field {
    Field { name, kind, personal: Personal::No, meaning }
}

/// A field that stands for a person.
pub(crate) const fn pseudonym(name: &'static str, kind: &'static str, meaning: &'static str) -> Field {
    Field { name, kind, personal: Personal::Pseudonym, meaning }
}

pub(crate) const SUBJECT: Field = pseudonym("subject_id", "UUID", "the person");
pub(crate) const LICENSE: Field = field("license_id", "UUID", "the license");
/// In a grant.
pub(crate) const COMMITMENT: Field = pseudonym(
    "commitment",
    "64 hex digits",
    "SHA-256(salt || normalised e-mail); both stand in the person's directory row",
);
/// In a membership.
pub(crate) const FIRST_COMMITMENT: Field = pseudonym(
    "commitment",
    "64 hex digits, optional",
    "SHA-256(salt || normalised e-mail); both stand in the person's directory row; only in the first event \
     of the membership",
);

/// The columns of the log, around every event.
pub static ENVELOPE: [Field; 12] = [
    field("position", "number", "the event's place in the whole log: 1, 2, 3 ... without gaps"),
    field(
        "aggregate_type",
        "`license`, `membership`, `import`, `installation`, `subject` or `reading`",
        "the type of the stream",
    ),
    pseudonym(
        "aggregate_id",
        "UUID",
        "the stream: a license, an import, the installation, a membership, which stands for a person, a person, or a reading",
    ),
    field("sequence", "number", "the event's place in its stream: 1, 2, 3 ... without gaps"),
    field("event_type", "text", "the name of the event, as below"),
    field("event_version", "text", "the version of its payload; `1` for every event so far"),
    field("payload", "canonical JSON", "what happened, as below"),
    field("metadata", "canonical JSON", "who did it and how, see Metadata"),
    field("event_id", "UUID", "names the event to other systems; says nothing about order"),
    field("license_id", "UUID or nothing", "the license that the event belongs to, if any"),
    field(
        "license_sequence",
        "number or nothing",
        "its place among the events of that license: 1, 2, 3 ... without gaps",
    ),
    field(
        "recorded_at",
        "time, UTC",
        "when it was recorded, to the microsecond; never earlier than the event before",
    ),
];

/// The metadata of every event.
pub static METADATA: [Field; 8] = [
    pseudonym(
        "acted_by",
        "UUID, optional",
        "who acted in the actor's place: the operator, on the command line with `--as`",
    ),
    pseudonym("actor", "UUID", "who acted; all zeros: the operator of the installation"),
    field("import_id", "UUID, optional", "the import that the event belongs to"),
    field(
        "line",
        "number as text, optional",
        "the line of the file where the item begins, counted from 1; of pasted addresses, nothing",
    ),
    field("request_id", "UUID", "the request that caused the event; the same in all events of one request"),
    field(
        "role",
        "`admin`, `member`, `operator`, `auditor` or `support`",
        "the role that the actor had in this",
    ),
    field(
        "row",
        "number as text, optional",
        "which item of the import it was, counted from 1; leads to the uploaded row only while that is kept",
    ),
    field(
        "source",
        "`email`, `csv`, `list`, `key`, `api` or `cli`",
        "pasted addresses, a file, people chosen on the user list, a license key, or another request over HTTP or on the command line",
    ),
];

/// Every event, by stream, in the order of a stream's life.
pub fn all() -> impl Iterator<Item = &'static EventDescription> {
    let of_licenses = license::event::ALL.iter().chain(&membership::event::ALL).chain(&import::event::ALL);
    let others = installation::event::ALL.iter().chain(&subject::event::ALL).chain(&reading::event::ALL);
    of_licenses.chain(others).copied()
}
