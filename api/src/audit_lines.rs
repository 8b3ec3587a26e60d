//! How an event of the history stands in a file: as a row of CSV, or as a `CloudEvent`.

use chrono::{DateTime, SecondsFormat, Utc};
use domain::{EventId, SubjectId};
use projections::audit::AuditEntry;
use serde::Serialize;
use serde_json::Value;

use crate::{
    cli::output::{cell, text},
    sheet,
};

/// The columns of the CSV.
pub(crate) const COLUMNS: [&str; 13] = [
    "position",
    "license_sequence",
    "recorded_at",
    "event_type",
    "actor",
    "role",
    "acted_by",
    "person",
    "source",
    "import_id",
    "line",
    "row",
    "text",
];

/// Rows of CSV.
pub(crate) fn rows(entries: &[AuditEntry]) -> Vec<u8> {
    // Made of texts and numbers: that is never an error.
    let rows = entries.iter().map(|entry| row(&serde_json::to_value(entry).unwrap_or_default()));
    sheet::text(b',', rows)
}

/// A row of CSV.
pub(crate) fn row(entry: &Value) -> [String; 13] {
    COLUMNS.map(|column| match column {
        "actor" => actor(entry),
        "acted_by" => acted_by(entry),
        "role" => entry.get("actor").map(|actor| cell(actor, "role")).unwrap_or_default(),
        "person" => entry.get("person").map(|person| cell(person, "email")).unwrap_or_default(),
        _ => cell(entry, column),
    })
}

/// Who acted, in a word.
pub(crate) fn actor(entry: &Value) -> String {
    let actor = entry.get("actor").unwrap_or(&Value::Null);
    match (text(actor, "email"), text(actor, "role")) {
        ("", "operator") => "operator".to_owned(),
        ("", _) => "erased person".to_owned(),
        (email, _) => email.to_owned(),
    }
}

/// Who entered it in their place, if anybody.
fn acted_by(entry: &Value) -> String {
    let by = entry.get("actor").map(|actor| cell(actor, "acted_by")).unwrap_or_default();
    if by == SubjectId::OPERATOR.0.to_string() { "operator".to_owned() } else { by }
}

/// An event as `CloudEvents` 1.0 has it.
#[derive(Serialize)]
pub(crate) struct CloudEvent<'a> {
    specversion: &'static str,
    /// The event's own: whoever gets it twice knows it by that.
    id: EventId,
    /// The license, as an address of this service.
    source: String,
    #[serde(rename = "type")]
    kind: String,
    /// The stream that it stands in: `membership/ID`.
    subject: String,
    #[serde(serialize_with = "rfc3339")]
    time: DateTime<Utc>,
    datacontenttype: &'static str,
    /// The position, so long that it can be compared as text (the extension `sequence`).
    sequence: String,
    data: &'a AuditEntry,
}

impl<'a> CloudEvent<'a> {
    pub(crate) fn of(entry: &'a AuditEntry) -> Self {
        let source = match entry.license_id {
            Some(license) => format!("/api/v1/licenses/{license}"),
            None => "/api/v1/installation".to_owned(),
        };
        Self {
            specversion: "1.0",
            id: entry.event_id,
            source,
            kind: format!("seatbook.{}", entry.event_type),
            subject: format!("{}/{}", entry.stream.kind, entry.stream.id),
            time: entry.recorded_at,
            datacontenttype: "application/json",
            sequence: format!("{:020}", entry.position),
            data: entry,
        }
    }
}

fn rfc3339<S: serde::Serializer>(time: &DateTime<Utc>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Micros, true))
}

/// One `CloudEvent` a line.
pub(crate) fn lines(entries: &[AuditEntry]) -> Vec<u8> {
    let mut lines = Vec::new();
    for entry in entries {
        // Memory takes everything, and all of it can be written as JSON.
        let _ = serde_json::to_writer(&mut lines, &CloudEvent::of(entry));
        lines.push(b'\n');
    }
    lines
}
