//! Makes commits in few words, with real events of the domain.

use domain::{
    Code, ErasureBasis, Event, EventId, ImportEvent, ImportId, ImportMode, InstallationEvent,
    InstallationRole, KeyId, LicenseEvent, LicenseId, MemberId, MembershipEvent, Metadata, ReadKind,
    ReadingEvent, RequestId, Role, Salt, Source, SubjectEvent, SubjectId, canonical,
};
use uuid::Uuid;

use crate::{
    contract::{
        Append, CommandKey, Commit, DirectoryClaim, Erase, ImportFile, KeyClaim, Lane, MemberClaim, NewEvent,
        PoolChange, Refused, RefusedRow, SeatChange, SeatPool,
    },
    recorded::{Position, Revision, StreamId, StreamKind},
};

/// A license nobody has used.
pub fn license() -> LicenseId {
    LicenseId(Uuid::now_v7())
}

/// A membership nobody has used.
pub fn member() -> MemberId {
    MemberId(Uuid::now_v7())
}

/// A person nobody has met.
pub fn subject() -> SubjectId {
    SubjectId(Uuid::now_v7())
}

/// An import nobody has started.
pub fn import() -> ImportId {
    ImportId(Uuid::now_v7())
}

/// The seats of a license nobody has used.
pub fn seat_pool() -> SeatPool {
    SeatPool::License(license())
}

/// The joins of a key nobody has used.
pub fn key_pool() -> SeatPool {
    SeatPool::Key(KeyId(Uuid::now_v7()))
}

/// A key that nobody has: its hash, its id, a license.
pub fn key() -> KeyClaim {
    let key_id = KeyId(Uuid::now_v7());
    let mut hash = [0; 32];
    hash[16..].copy_from_slice(key_id.0.as_bytes());
    KeyClaim { hash, key_id, license_id: license(), sealed: None }
}

/// A command that nobody has given.
pub fn command() -> CommandKey {
    CommandKey { id: Uuid::now_v7(), fingerprint: [7; 32] }
}

/// A new person with this address, which is also its normalised form.
pub fn person(address: &str) -> DirectoryClaim {
    DirectoryClaim {
        subject_id: subject(),
        email: address.to_owned(),
        normalised: address.to_owned(),
        salt: Salt([9; 32]),
    }
}

/// An event as the write side makes it.
pub fn event(event: impl Into<Event>) -> NewEvent {
    let event = event.into();
    let metadata = Metadata {
        acted_by: None,
        actor: SubjectId::OPERATOR,
        import_id: None,
        request_id: RequestId(Uuid::now_v7()),
        role: Role::Operator,
        line: None,
        row: None,
        source: Source::Cli,
    };
    NewEvent {
        event_id: EventId(Uuid::now_v7()),
        event_type: event.description().name,
        payload: event.payload(),
        metadata: canonical::to_text(&metadata),
    }
}

/// An event that fits the stream and moves no seat.
pub fn small_event(stream: StreamId) -> NewEvent {
    match stream.kind {
        StreamKind::License => event(LicenseEvent::LicenseTermChanged { ends: None }),
        StreamKind::Membership => event(MembershipEvent::InviteNotificationClosed {}),
        StreamKind::Subject => event(SubjectEvent::SubjectErased { basis: ErasureBasis::Request }),
        StreamKind::Reading => {
            event(ReadingEvent::PeopleRead { rows: 1, subject_id: None, what: ReadKind::UserList })
        }
        StreamKind::Import => event(ImportEvent::ImportStarted {
            license_id: LicenseId(stream.id),
            mode: ImportMode::Add,
            undoes: None,
        }),
        StreamKind::Installation => event(InstallationEvent::InstallationRoleRevoked {
            role: InstallationRole::Support,
            subject_id: SubjectId(stream.id),
        }),
    }
}

/// So many events that fit the stream and move no seat.
pub fn small_events(stream: StreamId, events: usize) -> Vec<NewEvent> {
    (0..events).map(|_| small_event(stream)).collect()
}

/// The ids of a commit's events, in their order.
pub fn event_ids(commit: &Commit) -> Vec<EventId> {
    commit.appends.iter().flat_map(|append| &append.events).map(|event| event.event_id).collect()
}

/// A commit that writes small events to one stream.
pub fn writes(stream: impl Into<StreamId>, expected: Revision, events: usize) -> Commit {
    Commit::default().writes(stream, expected, events)
}

/// A commit that only changes a pool.
pub fn changes(pool: SeatPool, change: PoolChange) -> Commit {
    Commit::default().changes(pool, change)
}

/// What a commit may have besides.
#[expect(missing_docs, reason = "each reads as part of a sentence")]
#[expect(clippy::return_self_not_must_use, reason = "a commit that is not handed in does nothing")]
pub trait Having: Sized {
    fn writes(self, stream: impl Into<StreamId>, expected: Revision, events: usize) -> Self;
    fn writes_for(
        self,
        license: LicenseId,
        stream: impl Into<StreamId>,
        expected: Revision,
        events: usize,
    ) -> Self;
    fn appends(
        self,
        license: LicenseId,
        stream: impl Into<StreamId>,
        expected: Revision,
        event: NewEvent,
    ) -> Self;
    fn asserts(self, stream: impl Into<StreamId>, revision: Revision) -> Self;
    fn changes(self, pool: SeatPool, change: PoolChange) -> Self;
    fn with_command(self, command: CommandKey, result: &[u8]) -> Self;
    fn with_person(self, person: DirectoryClaim) -> Self;
    fn with_member(self, license_id: LicenseId, subject_id: SubjectId, member_id: MemberId) -> Self;
    fn with_key(self, key: KeyClaim) -> Self;
    fn forgetting(self, key: KeyId) -> Self;
    fn with_refused_row(self, import_id: ImportId, row: u64) -> Self;
    fn with_file(self, license_id: LicenseId) -> Self;
    fn erasing(self, subject_id: SubjectId, as_of: Position) -> Self;
    fn in_bulk(self) -> Self;
}

impl Having for Commit {
    fn writes(mut self, stream: impl Into<StreamId>, expected: Revision, events: usize) -> Self {
        let stream = stream.into();
        self.appends.push(Append { stream, expected, license: None, events: small_events(stream, events) });
        self
    }

    fn writes_for(
        mut self,
        license: LicenseId,
        stream: impl Into<StreamId>,
        expected: Revision,
        events: usize,
    ) -> Self {
        let stream = stream.into();
        let events = small_events(stream, events);
        self.appends.push(Append { stream, expected, license: Some(license), events });
        self
    }

    fn appends(
        mut self,
        license: LicenseId,
        stream: impl Into<StreamId>,
        expected: Revision,
        event: NewEvent,
    ) -> Self {
        let (stream, events) = (stream.into(), vec![event]);
        self.appends.push(Append { stream, expected, license: Some(license), events });
        self
    }

    fn asserts(mut self, stream: impl Into<StreamId>, revision: Revision) -> Self {
        self.asserts.push((stream.into(), revision));
        self
    }

    fn changes(mut self, pool: SeatPool, change: PoolChange) -> Self {
        self.seats.push(SeatChange { pool, change });
        self
    }

    fn with_command(mut self, command: CommandKey, result: &[u8]) -> Self {
        self.command = Some(command);
        self.result = result.to_vec();
        self
    }

    fn with_person(mut self, person: DirectoryClaim) -> Self {
        self.people.push(person);
        self
    }

    fn with_member(mut self, license_id: LicenseId, subject_id: SubjectId, member_id: MemberId) -> Self {
        self.members.push(MemberClaim { license_id, subject_id, member_id });
        self
    }

    fn with_key(mut self, key: KeyClaim) -> Self {
        self.keys.push(key);
        self
    }

    fn forgetting(mut self, key: KeyId) -> Self {
        self.forgotten.push(key);
        self
    }

    fn with_refused_row(mut self, import_id: ImportId, row: u64) -> Self {
        let (value, reason, hint) =
            ("not an address".into(), "no @".into(), "write it like ada@example.org".into());
        let code = Code::InvalidEmail;
        let (license_id, separator) = (LicenseId(import_id.0), ',');
        let none = Refused { import_id, license_id, columns: None, separator, rows: Vec::new() };
        let refused = self.refused.get_or_insert(none);
        refused.rows.push(RefusedRow { row, line: row, value, code, reason, hint, cells: None });
        self
    }

    fn with_file(mut self, license_id: LicenseId) -> Self {
        let (import_id, name) = (ImportId(Uuid::now_v7()), Some("Ada Lovelace.csv".to_owned()));
        self.file = Some(ImportFile { import_id, license_id, name, sha256: "07".repeat(32), bytes: 40 });
        self
    }

    fn erasing(mut self, subject_id: SubjectId, as_of: Position) -> Self {
        self.erases.push(Erase { subject_id, as_of });
        self.writes(subject_id, 0, 1)
    }

    fn in_bulk(mut self) -> Self {
        self.lane = Lane::Bulk;
        self
    }
}
