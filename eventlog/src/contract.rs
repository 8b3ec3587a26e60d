//! What every engine promises. The conformance suite has a test for each sentence here.
//!
//! - **Order.** Positions are dense: 1, 2, 3 ... Position order = commit order = the order in which readers
//!   see events: who has seen position p will never see an event below p appear. The same holds for the
//!   sequence within each license. Nothing is ordered by time.
//! - **Commit.** All or nothing: events of one or many streams, in the order given, each at its expected revision
//!   (a stream may come twice: the second time it is where the first left it); asserted
//!   revisions of streams that are not written; claims on the directory, on memberships and on keys; seat
//!   changes; people to be erased; refused rows; the file of an import; the command's id. An error means that nothing was written.
//! - **Time.** All events of a commit have one time, and no event has an earlier one than those before it.
//! - **Streams.** An id names one stream: it is never used for two kinds.
//! - **Once.** A command id that was committed before gives the first result again, and writes nothing.
//! - **Erasing.** The directory forgets a person in the same commit as their last events, unless an event has named them
//!   since the position that the decision rested on. What the files were called goes, too, that were imported into their
//!   licenses, with the digests. Whoever rests on a person asserts that their stream is at 0: so
//!   nobody who is erased gets a membership or a role any more.
//! - **Reading.** A page ends by "caught up" or by an error, never silently short.
//! - **Settled.** What was read before [`EventLog::settled`] returned is lost by nothing that spares acknowledged commits.
//! - **Immutable.** The engine itself refuses to update or delete an event.

use async_trait::async_trait;
use domain::{EventId, ImportId, KeyId, LicenseId, MemberId, Salt, SubjectId};
use tokio::sync::watch;
use uuid::Uuid;

use crate::outcome::{LogError, Outcome};
use crate::recorded::{Page, Position, Recorded, Revision, StreamId};
use crate::stored::Stored;

/// An event to be written: its texts are canonical JSON, made once.
#[derive(Clone)]
pub struct NewEvent {
    /// For the world outside.
    pub event_id: EventId,
    /// As stored.
    pub event_type: &'static str,
    /// Canonical JSON.
    pub payload: String,
    /// Canonical JSON.
    pub metadata: String,
}

/// Events for one stream.
#[derive(Clone)]
pub struct Append {
    /// Which stream.
    pub stream: StreamId,
    /// The revision that the decision rested on; 0: the stream must not exist.
    pub expected: Revision,
    /// The license that the events belong to.
    pub license: Option<LicenseId>,
    /// In their order.
    pub events: Vec<NewEvent>,
}

/// A new person for the directory. No `Debug`: holds an e-mail.
#[derive(Clone)]
pub struct DirectoryClaim {
    /// Stands for the person from now on.
    pub subject_id: SubjectId,
    /// The address as first spelled.
    pub email: String,
    /// The address in its normalised form: nobody else may have it.
    pub normalised: String,
    /// For the commitment.
    pub salt: Salt,
}

/// A new membership: one per person and license.
#[derive(Debug, Clone, Copy)]
pub struct MemberClaim {
    /// The license.
    pub license_id: LicenseId,
    /// The person.
    pub subject_id: SubjectId,
    /// Names the membership's stream.
    pub member_id: MemberId,
}

/// A new license key, known by its hash. No `Debug`: holds its text, although sealed.
#[derive(Clone)]
pub struct KeyClaim {
    /// SHA-256 of the key: 120 random bits need no salt.
    pub hash: [u8; 32],
    /// Its id.
    pub key_id: KeyId,
    /// What it opens.
    pub license_id: LicenseId,
    /// Its text, sealed, to be kept until it is forgotten.
    pub sealed: Option<Vec<u8>>,
}

/// Somebody who is to be erased.
#[derive(Debug, Clone, Copy)]
pub struct Erase {
    /// Whose directory row goes; fine where it has gone already.
    pub subject_id: SubjectId,
    /// No event behind this position may name them in its payload.
    pub as_of: Position,
}

/// Something that can be taken only so many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SeatPool {
    /// The seats of a license.
    License(LicenseId),
    /// The joins that a key allows.
    Key(KeyId),
}

impl SeatPool {
    /// The pool's id.
    pub const fn id(self) -> Uuid {
        match self {
            Self::License(id) => id.0,
            Self::Key(id) => id.0,
        }
    }
}

/// What happens to a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolChange {
    /// It comes to be; `None`: without a limit.
    Open(Option<u64>),
    /// It gets another limit, which may not be below what is taken.
    Limit(u64),
    /// Some are taken, or given back where negative.
    Take(i64),
}

/// A change to a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatChange {
    /// Which pool.
    pub pool: SeatPool,
    /// What happens to it.
    pub change: PoolChange,
}

/// How many are taken, of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seats {
    /// Taken so far.
    pub taken: u64,
    /// `None`: no limit.
    pub limit: Option<u64>,
}

impl Seats {
    /// How many more can be taken.
    pub fn free(self) -> u64 {
        self.limit.map_or(u64::MAX, |limit| limit.saturating_sub(self.taken))
    }
}

/// A row that was refused, kept whole for a limited time. No `Debug`: holds what somebody wrote.
#[derive(Clone)]
pub struct RefusedRow {
    /// The item, counted from 1.
    pub row: u64,
    /// The line in the file or paste, counted from 1.
    pub line: u64,
    /// As it was given.
    pub value: String,
    /// The outcome code.
    pub code: domain::Code,
    /// What was wrong with it.
    pub reason: String,
    /// What to do.
    pub hint: String,
    /// The whole row of a file, cell by cell, as it was given.
    pub cells: Option<Vec<String>>,
}

/// Rows of one import that were refused, kept whole for a limited time. No `Debug`: holds what somebody wrote.
#[derive(Clone)]
pub struct Refused {
    /// The import, or the preview.
    pub import_id: ImportId,
    /// Into which license.
    pub license_id: LicenseId,
    /// The names in the header row of a file.
    pub columns: Option<Vec<String>>,
    /// What stands between its cells.
    pub separator: char,
    /// The rows.
    pub rows: Vec<RefusedRow>,
}

/// What the file of an import was called, and its digest: kept until somebody of the license is erased. No `Debug`: its name
/// may name a person.
#[derive(Clone)]
pub struct ImportFile {
    /// The import.
    pub import_id: ImportId,
    /// Into which license.
    pub license_id: LicenseId,
    /// Its name, if that was said.
    pub name: Option<String>,
    /// Its SHA-256, in hexadecimal digits. Forgotten with the import's refused rows: of a short file it tells who stands in
    /// it.
    pub sha256: String,
    /// How many bytes it has.
    pub bytes: u64,
}

/// A command's id and what it asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandKey {
    /// The same id again is the same command again.
    pub id: Uuid,
    /// A keyed digest of what was asked: the same id with another one is a mistake of the caller.
    pub fingerprint: [u8; 32],
}

/// Whom a commit lets go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lane {
    /// People wait for it.
    #[default]
    Interactive,
    /// A chunk of an import. Waits for interactive commits, but at most a few batches.
    Bulk,
}

/// Everything that happens together, or not at all.
#[derive(Clone, Default)]
pub struct Commit {
    /// Makes it happen once.
    pub command: Option<CommandKey>,
    /// Events.
    pub appends: Vec<Append>,
    /// Streams that the decision rested on and that are not written, with their revisions.
    pub asserts: Vec<(StreamId, Revision)>,
    /// New people.
    pub people: Vec<DirectoryClaim>,
    /// New memberships.
    pub members: Vec<MemberClaim>,
    /// New keys.
    pub keys: Vec<KeyClaim>,
    /// Keys whose texts are forgotten, if they were kept.
    pub forgotten: Vec<KeyId>,
    /// Changes to seat pools, in this order.
    pub seats: Vec<SeatChange>,
    /// People to be erased.
    pub erases: Vec<Erase>,
    /// Refused rows to keep for a while.
    pub refused: Option<Refused>,
    /// The file of an import that begins; fine where one is kept already.
    pub file: Option<ImportFile>,
    /// Given again when the command comes again: positions and ids only, never a person's data.
    pub result: Vec<u8>,
    /// Whom it lets go first.
    pub lane: Lane,
}

impl Commit {
    /// About how many rows it writes.
    pub(crate) fn rows(&self) -> usize {
        let events: usize = self.appends.iter().map(|append| append.events.len()).sum();
        events
            + self.people.len()
            + self.members.len()
            + self.keys.len()
            + self.forgotten.len()
            + self.seats.len()
            + self.erases.len()
            + self.refused.as_ref().map_or(0, |refused| refused.rows.len())
    }
}

/// Somebody in the directory.
#[derive(Clone, Copy)]
pub struct KnownPerson {
    /// Stands for them.
    pub subject_id: SubjectId,
    /// For the commitment in a new membership.
    pub salt: Salt,
}

/// Everything that stands for a person, as of one moment. No `Debug`: holds an address.
#[derive(Clone, Default)]
pub struct Traces {
    /// The log's head then.
    pub position: Position,
    /// The address as first spelled, and its normalised form; nothing once erased.
    pub address: Option<(String, String)>,
    /// Their memberships, by license.
    pub members: Vec<(LicenseId, MemberId)>,
    /// The licenses with a seat pool in whose own streams an event names them.
    pub licenses: Vec<LicenseId>,
}

/// What a command about one person on one license asks for.
#[derive(Clone, Copy)]
pub struct PlaceAsked<'a> {
    /// If it was committed before, nothing else is looked up.
    pub command: Option<CommandKey>,
    /// The license.
    pub license: LicenseId,
    /// The revision of it that the caller knows: only what came after is read. `None`: neither its events nor its seats
    /// are: the commit will assert what the caller takes the license to be.
    pub license_after: Option<Revision>,
    /// The person's address, normalised.
    pub person: &'a str,
    /// The normalised address of somebody else who acts.
    pub actor: Option<&'a str>,
    /// The key that was entered.
    pub key: Option<KeyId>,
}

/// A person's place on a license, all of it as of one moment.
#[derive(Default)]
pub struct PlaceFound {
    /// The command's first result. The rest is empty then.
    pub first_result: Option<Outcome>,
    /// The license's events after the revision asked for.
    pub license: Vec<Recorded>,
    /// Who acts.
    pub actor: Option<KnownPerson>,
    /// The person.
    pub person: Option<KnownPerson>,
    /// Their membership and its whole stream.
    pub member: Option<(MemberId, Vec<Recorded>)>,
    /// How the license's seats stand.
    pub seats: Option<Seats>,
    /// How the key's joins stand.
    pub joins: Option<Seats>,
}

/// The log, as the write side sees it.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Commits all of it, or nothing.
    async fn commit(&self, commit: Commit) -> Result<Outcome, LogError>;

    /// The first result of a command, if it was committed.
    async fn first_result(&self, command: CommandKey) -> Result<Option<Outcome>, LogError>;

    /// What a stream holds after a revision; empty where there is nothing more, or no such stream.
    async fn read_stream(&self, stream: StreamId, after: Revision) -> Result<Vec<Recorded>, LogError>;

    /// Whole streams, in the order asked; empty for one that does not exist.
    async fn read_streams(&self, streams: &[StreamId]) -> Result<Vec<Vec<Recorded>>, LogError>;

    /// The next events after a position, at most `limit`.
    async fn read_after(&self, position: Position, limit: usize) -> Result<Page, LogError>;

    /// The same, with their texts as they were written: for whoever hashes or copies them. What they say is not looked at.
    async fn read_stored(&self, position: Position, limit: usize) -> Result<Page<Stored<'static>>, LogError>;

    /// Returns once everything that was read so far is as durable as an acknowledged commit, and replicated where commits
    /// are: for whoever vouches for it to others.
    async fn settled(&self) -> Result<(), LogError>;

    /// What commits wait for just now, where they wait for longer than usual: "a commit has been waiting for 5 s for …".
    async fn held_up(&self) -> Option<String> {
        None
    }

    /// The position of the last event, now and whenever it grows.
    fn head(&self) -> watch::Receiver<Position>;

    /// Who is behind normalised addresses, in the order asked.
    async fn find_people(&self, normalised: &[&str]) -> Result<Vec<Option<KnownPerson>>, LogError>;

    /// The addresses of people as first spelled, in the order asked.
    async fn find_addresses(&self, people: &[SubjectId]) -> Result<Vec<Option<String>>, LogError>;

    /// Memberships of people on a license, in the order asked.
    async fn find_members(
        &self,
        license: LicenseId,
        people: &[SubjectId],
    ) -> Result<Vec<Option<MemberId>>, LogError>;

    /// Everything that stands for a person. Looks at every license: for erasing somebody, and nothing else.
    async fn find_traces(&self, subject: SubjectId) -> Result<Traces, LogError>;

    /// A person's place on a license: in one go what the other lookups answer one by one.
    async fn find_place(&self, asked: PlaceAsked<'_>) -> Result<PlaceFound, LogError>;

    /// What a key opens.
    async fn find_key(&self, hash: [u8; 32]) -> Result<Option<(LicenseId, KeyId)>, LogError>;

    /// The text of a key as it was sealed, if it is kept.
    async fn find_sealed_key(&self, key: KeyId) -> Result<Option<Vec<u8>>, LogError>;

    /// How a pool stands.
    async fn seats(&self, pool: SeatPool) -> Result<Option<Seats>, LogError>;
}
