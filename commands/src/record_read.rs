//! `RecordRead`: somebody of staff read people's data.
//!
//! A reading is a stream of its own, so nobody waits for anybody's revision, and a license's own stream, on which orders
//! rest, does not move when it is read.

use domain::{
    Event, LicenseId, MemberId, Metadata, ReadKind, Reading, ReadingCommand, ReadingEvent, ReadingId,
    RequestId, Role, Source, SubjectId, reading::decide,
};
use eventlog::{Append, Commit};
use uuid::Uuid;

use crate::{
    CommandError, Executor,
    executor::{Settled, keep, membership_of, new_event},
};

/// A read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Read {
    /// Who reads.
    pub reader: SubjectId,
    /// In which role.
    pub role: Role,
    /// Of which license; nothing: of the installation.
    pub license: Option<LicenseId>,
    /// What.
    pub what: ReadKind,
    /// About whom, where it is one person of a license.
    pub member: Option<MemberId>,
    /// The same across licenses.
    pub subject: Option<SubjectId>,
}

/// A reading that was written down.
#[derive(Debug, Clone)]
pub struct Begun {
    id: ReadingId,
    read: Read,
    state: Reading,
}

impl Executor {
    /// Writes down that a reading begins: before whoever reads is answered, so that none goes unrecorded.
    pub async fn record_read(&self, read: Read, rows: u64) -> Result<Begun, CommandError> {
        let subject = match read.member {
            Some(member) => {
                let of = membership_of(&self.log.read_stream(member.into(), 0).await?).of;
                of.map(|(_, subject)| subject)
            }
            None => read.subject,
        };
        let begin = ReadingCommand::Begin { what: read.what, subject, rows };
        let mut state = Reading::default();
        let (id, events) = (ReadingId(Uuid::now_v7()), decide(&state, begin)?);
        for event in &events {
            state.evolve(event);
        }
        let reading = Begun { id, read, state };
        self.write_reading(&reading, 0, events).await?;
        Ok(reading)
    }

    /// Writes down how often the same was read again until now. It is over with that.
    pub async fn count_reads(&self, begun: &Begun, times: u64, rows: u64) -> Result<(), CommandError> {
        let events = decide(&begun.state, ReadingCommand::Count { times, rows })?;
        self.write_reading(begun, 1, events).await
    }

    async fn write_reading(
        &self,
        Begun { id, read, .. }: &Begun,
        expected: u64,
        events: Vec<ReadingEvent>,
    ) -> Result<(), CommandError> {
        if events.is_empty() {
            return Ok(());
        }
        let metadata = Metadata {
            acted_by: None,
            actor: read.reader,
            import_id: None,
            line: None,
            request_id: RequestId(Uuid::now_v7()),
            role: read.role,
            row: None,
            source: Source::Api,
        };
        let events = events.into_iter().map(|event| new_event(&Event::from(event), &metadata)).collect();
        let append = Append { stream: (*id).into(), expected, license: read.license, events };
        let result = keep(domain::Code::Changed, Some(id.0));
        let commit = Commit { appends: vec![append], result, ..Commit::default() };
        match self.settle(self.log.commit(commit).await?)? {
            Settled::Done(_) => Ok(()),
            // Nobody else has this stream.
            Settled::Again => Err(CommandError::Busy),
        }
    }
}
