//! An event of the log as a reader sees it: with names, and a sentence.

use chrono::{DateTime, Utc};
use domain::{
    Event, EventId, ImportEvent, ImportId, LicenseId, MemberId, MembershipEvent, Metadata, Role, Source,
    SubjectId,
};
use eventlog::{LogError, Position, Recorded, Revision, StreamId, StreamKind};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{
    apply::{about, about_admin},
    names::{Name, Names},
    text::text,
};
use crate::{
    QueryError, directory,
    imports::file_of,
    sql::{Conn, Row, SqlError, Stream},
    values,
};

/// One event. No `Debug`: holds addresses.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct AuditEntry {
    /// Its number in the log.
    pub position: Position,
    /// The license that it belongs to, if any.
    #[schema(value_type = Option<Uuid>)]
    pub license_id: Option<LicenseId>,
    /// Its number within the license: dense, so that a reader sees that nothing is missing.
    pub license_sequence: Option<u64>,
    /// Its id for the world outside.
    #[schema(value_type = Uuid)]
    pub event_id: EventId,
    /// When it was recorded, UTC.
    pub recorded_at: DateTime<Utc>,
    /// What happened, by its name in the catalogue.
    pub event_type: String,
    /// The stream that it stands in.
    pub stream: AuditStream,
    /// Its number in the stream.
    pub revision: Revision,
    /// Who did it.
    pub actor: AuditActor,
    /// The person that it is about, if it is about one.
    pub person: Option<AuditPerson>,
    /// The import that it belongs to, if any.
    #[schema(value_type = Option<Uuid>)]
    pub import_id: Option<ImportId>,
    /// The line of the file where it begins, of an item of a file.
    pub line: Option<u64>,
    /// The item of the import, counted from 1.
    pub row: Option<u64>,
    /// By which way: `email`, `csv`, `list`, `key`, `api` or `cli`.
    #[schema(value_type = String)]
    pub source: Source,
    /// What happened, in a sentence with names.
    pub text: String,
    /// The payload, byte for byte as stored.
    #[schema(value_type = Object)]
    pub payload: Box<RawValue>,
    /// The metadata, byte for byte as stored.
    #[schema(value_type = Object)]
    pub metadata: Box<RawValue>,
}

/// Where an event stands.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AuditStream {
    /// `license`, `membership`, `import`, `installation`, `subject` or `reading`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Which one.
    pub id: Uuid,
}

/// Who acted. No `Debug`: holds an address.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct AuditActor {
    /// Stands for them; all zeros: the operator.
    #[schema(value_type = Uuid)]
    pub subject_id: SubjectId,
    /// Nothing for the operator, and for an erased person.
    pub email: Option<String>,
    /// `admin`, `member`, `operator`, `auditor` or `support`.
    #[schema(value_type = String)]
    pub role: Role,
    /// Who acted in their place, if anybody.
    #[schema(value_type = Option<Uuid>)]
    pub acted_by: Option<SubjectId>,
}

/// Whom an event is about. No `Debug`: holds an address.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct AuditPerson {
    /// Stands for them.
    #[schema(value_type = Uuid)]
    pub subject_id: SubjectId,
    /// Their membership of the license, if they ever had one.
    #[schema(value_type = Option<Uuid>)]
    pub member_id: Option<MemberId>,
    /// Nothing for an erased person.
    pub email: Option<String>,
}

/// An event with its stored texts.
pub(crate) struct Stored {
    pub position: Position,
    pub recorded_at: DateTime<Utc>,
    pub event: Event,
    pub metadata: Metadata,
    event_id: EventId,
    stream: AuditStream,
    revision: Revision,
    license: Option<(LicenseId, u64)>,
    texts: (Box<RawValue>, Box<RawValue>),
}

const COLUMNS: &str = "position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, \
                       metadata, event_id, license_id, license_sequence, recorded_at";

/// Whose membership this is, of a license: also of somebody who was erased.
pub fn subject_of(
    conn: &Conn<'_>,
    license: LicenseId,
    member: MemberId,
) -> Result<Option<SubjectId>, QueryError> {
    let history = of_stream(conn, member.0)?;
    let Some(first) = history.first().filter(|first| first.license_id() == Some(license)) else {
        return Ok(None);
    };
    let (_, person) = first.people(conn)?;
    Ok(person.filter(|person| person.member_id == Some(member)).map(|person| person.subject_id))
}

/// A stream's events, in order.
pub(crate) fn of_stream(conn: &Conn<'_>, stream: Uuid) -> Result<Vec<Stored>, QueryError> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE aggregate_id = ? ORDER BY sequence");
    conn.all(&sql, values![Stream(stream)], Stored::read)
}

/// The first and the last event of an import's stream, which may have thousands between.
pub(super) fn ends_of_import(conn: &Conn<'_>, import: ImportId) -> Result<Option<[Stored; 2]>, QueryError> {
    let end = |order| {
        // With the type of the stream, which stands before the sequence in the index of one engine.
        let sql = format!(
            "SELECT {COLUMNS} FROM events WHERE aggregate_id = ? AND aggregate_type = ? ORDER BY {order} LIMIT 1"
        );
        conn.first(&sql, values![Stream(import.0), ImportEvent::STREAM.to_owned()], Stored::read)
    };
    Ok(end("sequence")?.zip(end("sequence DESC")?).map(Into::into))
}

impl Stored {
    pub(super) fn at(conn: &Conn<'_>, position: Position) -> Result<Self, QueryError> {
        let sql = format!("SELECT {COLUMNS} FROM events WHERE position = ?");
        let gone = || LogError::Damaged { position, what: "the event is not there".to_owned() };
        Ok(conn.first(&sql, values![position], Self::read)?.ok_or_else(gone)?)
    }

    fn read(row: &Row<'_>) -> Result<Self, QueryError> {
        let position = row.get(0)?;
        let damaged = |what: String| LogError::Damaged { position, what };
        let kind: String = row.get(1)?;
        let (name, version): (String, String) = (row.get(4)?, row.get(5)?);
        let (payload, metadata): (String, String) = (row.get(6)?, row.get(7)?);
        let event = Event::decode(&kind, &name, &version, &payload).map_err(|e| damaged(e.to_string()))?;
        let broken = |e: serde_json::Error| damaged(format!("metadata: {e}"));
        let time = DateTime::from_timestamp_micros(row.get(11)?);
        Ok(Self {
            position,
            recorded_at: time.ok_or_else(|| damaged("recorded_at is no time".to_owned()))?,
            event,
            metadata: serde_json::from_str(&metadata).map_err(broken)?,
            event_id: EventId(row.get(8)?),
            stream: AuditStream { kind, id: row.get(2)? },
            revision: row.get(3)?,
            license: row.get::<Option<Uuid>>(9)?.map(LicenseId).zip(row.get(10)?),
            texts: (
                RawValue::from_string(payload).map_err(broken)?,
                RawValue::from_string(metadata).map_err(broken)?,
            ),
        })
    }

    /// The same, as the log's readers have it.
    pub(crate) fn into_recorded(self) -> Result<Recorded, QueryError> {
        let kind = StreamKind::parse(&self.stream.kind).ok_or_else(|| LogError::Damaged {
            position: self.position,
            what: format!("no stream type '{}'", self.stream.kind),
        })?;
        let Self { position, revision, license, event_id, recorded_at, event, metadata, .. } = self;
        let stream = StreamId { kind, id: self.stream.id };
        Ok(Recorded { position, stream, revision, license, event_id, recorded_at, event, metadata })
    }

    pub(crate) fn license_id(&self) -> Option<LicenseId> {
        self.license.map(|(license, _)| license)
    }

    /// The person whom an event of a license's own stream is about.
    pub(crate) fn about_admin(&self) -> Option<SubjectId> {
        about(&self.event)
    }

    /// Who is in it, by name.
    pub(crate) fn people(&self, conn: &Conn<'_>) -> Result<(Names, Option<AuditPerson>), QueryError> {
        let name = |subject| Ok::<_, SqlError>(Name::of(subject, directory::email(conn, subject)?));
        let person = self.person(conn)?;
        let names = Names {
            actor: name(self.metadata.actor)?,
            acted_by: self.metadata.acted_by.map(name).transpose()?,
            person: person.as_ref().map_or(Name::Erased, |p| Name::of(p.subject_id, p.email.clone())),
            file: match (self.metadata.source, self.metadata.import_id) {
                (Source::Csv, Some(import)) => file_of(conn, import)?.and_then(|file| file.name),
                _ => None,
            },
        };
        Ok((names, person))
    }

    fn person(&self, conn: &Conn<'_>) -> Result<Option<AuditPerson>, QueryError> {
        let (subject_id, member_id) = match &self.event {
            Event::License(event) => {
                let Some(subject) = about_admin(event) else { return Ok(None) };
                (subject, membership(conn, self.license, subject)?)
            }
            Event::Membership(event) => (self.member(conn, event)?, Some(MemberId(self.stream.id))),
            Event::Installation(event) => (event.subject_id(), None),
            Event::Reading(event) => {
                let Some(subject) = event.subject_id() else { return Ok(None) };
                (subject, membership(conn, self.license, subject)?)
            }
            Event::Import(_) => return Ok(None),
            Event::Subject(_) => (SubjectId(self.stream.id), None),
        };
        Ok(Some(AuditPerson { subject_id, member_id, email: directory::email(conn, subject_id)? }))
    }

    /// Whose membership it is; an event that does not say so follows one that does.
    fn member(&self, conn: &Conn<'_>, event: &MembershipEvent) -> Result<SubjectId, QueryError> {
        if let Some(subject) = event.subject_id() {
            return Ok(subject);
        }
        let sql = "SELECT payload FROM events WHERE aggregate_id = ? AND sequence = 1";
        let first: Option<String> = conn.value(sql, values![Stream(self.stream.id)])?;
        let first: Option<MembershipEvent> = first.and_then(|first| serde_json::from_str(&first).ok());
        let damaged = || LogError::Damaged {
            position: self.position,
            what: "the first event of its stream names no person".to_owned(),
        };
        Ok(first.as_ref().and_then(MembershipEvent::subject_id).ok_or_else(damaged)?)
    }

    /// As a reader sees it.
    pub(crate) fn entry(self, conn: &Conn<'_>) -> Result<AuditEntry, QueryError> {
        let (names, person) = self.people(conn)?;
        let Metadata { actor, role, acted_by, import_id, line, row, source, .. } = self.metadata;
        Ok(AuditEntry {
            position: self.position,
            license_id: self.license_id(),
            license_sequence: self.license.map(|(_, sequence)| sequence),
            event_id: self.event_id,
            recorded_at: self.recorded_at,
            event_type: self.event.description().name.to_owned(),
            stream: self.stream,
            revision: self.revision,
            text: text(&self.event, &self.metadata, &names),
            actor: AuditActor { subject_id: actor, email: names.actor.into_email(), role, acted_by },
            person,
            import_id,
            line: line.map(|line| line.0),
            row: row.map(|row| row.0),
            source,
            payload: self.texts.0,
            metadata: self.texts.1,
        })
    }
}

fn membership(
    conn: &Conn<'_>,
    license: Option<(LicenseId, u64)>,
    subject: SubjectId,
) -> Result<Option<MemberId>, SqlError> {
    let Some((license, _)) = license else { return Ok(None) };
    let sql = "SELECT member_id FROM memberships WHERE license_id = ? AND subject_id = ?";
    Ok(conn.value::<Uuid>(sql, values![license.0, subject.0])?.map(MemberId))
}
