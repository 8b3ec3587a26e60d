//! Jobs whose commits the log fails at: where the disk is full, and where nobody can say what became of one.

mod fixture;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use commands::{
    CommandError, Executor,
    jobs::{End, Given, Job, JobOrder, Jobs, State},
    uploads::{FileUploads, Incoming, Kind},
};
use domain::{ImportMode, KeyId, LicenseId, MemberId, SubjectId, import::Phase};
use eventlog::{
    CommandKey, Commit, Database, EventLog, KnownPerson, Lane, LogError, Outcome, Page, PlaceAsked,
    PlaceFound, Position, Recorded, Revision, SeatPool, Seats, Stored, StreamId, Traces,
};
use fixture::{ADMIN, School, person};
use tokio::sync::watch;

/// A log that fails at commits.
struct Failing {
    log: Database,
    fault: Fault,
    /// So many commits it was given.
    commits: AtomicUsize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// There is no room, as far as chunks of imports go.
    Full,
    /// Nobody can say what became of a commit: it was written, or not.
    Unknown { written: bool },
}

impl Failing {
    fn with(fault: Fault, school: &School) -> Arc<Self> {
        Arc::new(Self { log: school.log.clone(), fault, commits: AtomicUsize::new(0) })
    }
}

type Told<T> = Result<T, LogError>;

#[async_trait]
impl EventLog for Failing {
    async fn commit(&self, commit: Commit) -> Told<Outcome> {
        self.commits.fetch_add(1, Ordering::SeqCst);
        match self.fault {
            Fault::Full if commit.lane == Lane::Bulk => return Err(LogError::DiskFull),
            Fault::Full | Fault::Unknown { written: true } => {}
            Fault::Unknown { written: false } => return Ok(Outcome::Unknown),
        }
        let outcome = self.log.commit(commit).await?;
        Ok(if self.fault == Fault::Full { outcome } else { Outcome::Unknown })
    }

    async fn first_result(&self, command: CommandKey) -> Told<Option<Outcome>> {
        self.log.first_result(command).await
    }

    async fn read_stream(&self, stream: StreamId, after: Revision) -> Told<Vec<Recorded>> {
        self.log.read_stream(stream, after).await
    }

    async fn read_streams(&self, streams: &[StreamId]) -> Told<Vec<Vec<Recorded>>> {
        self.log.read_streams(streams).await
    }

    async fn read_after(&self, position: Position, limit: usize) -> Told<Page> {
        self.log.read_after(position, limit).await
    }

    async fn read_stored(&self, position: Position, limit: usize) -> Told<Page<Stored<'static>>> {
        self.log.read_stored(position, limit).await
    }

    async fn settled(&self) -> Told<()> {
        self.log.settled().await
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.log.head()
    }

    async fn find_people(&self, normalised: &[&str]) -> Told<Vec<Option<KnownPerson>>> {
        self.log.find_people(normalised).await
    }

    async fn find_addresses(&self, people: &[SubjectId]) -> Told<Vec<Option<String>>> {
        self.log.find_addresses(people).await
    }

    async fn find_members(&self, license: LicenseId, people: &[SubjectId]) -> Told<Vec<Option<MemberId>>> {
        self.log.find_members(license, people).await
    }

    async fn find_place(&self, asked: PlaceAsked<'_>) -> Told<PlaceFound> {
        self.log.find_place(asked).await
    }

    async fn find_key(&self, hash: [u8; 32]) -> Told<Option<(LicenseId, KeyId)>> {
        self.log.find_key(hash).await
    }

    async fn find_traces(&self, subject: SubjectId) -> Told<Traces> {
        self.log.find_traces(subject).await
    }

    async fn find_sealed_key(&self, key: KeyId) -> Told<Option<Vec<u8>>> {
        self.log.find_sealed_key(key).await
    }

    async fn seats(&self, pool: SeatPool) -> Told<Option<Seats>> {
        self.log.seats(pool).await
    }
}

fn process(school: &School, log: Arc<dyn EventLog>) -> Jobs {
    let uploads = FileUploads::open(school.folder.path().join("uploads")).expect("a folder");
    Jobs::new(Executor::new(log), Arc::new(uploads))
}

/// A job that waits for room.
async fn held_up(school: &School, jobs: &Jobs) -> Arc<Job> {
    let people: String = (0..3_000).map(|n| format!("p{n}@school.example\n")).collect();
    let mut incoming = Incoming::begin(jobs.uploads(), Kind::Csv, None).await.expect("room");
    incoming.write(format!("Email\n{people}").as_bytes()).await.expect("room");
    let given = Given::Upload(Kind::Csv, incoming);
    let order = JobOrder { license_id: school.license, mode: ImportMode::Add, dry_run: false, given };
    let job = jobs.submit(&person(ADMIN), order).await.unwrap_or_else(|error| panic!("no job: {error}"));
    job.progress().wait_for(|progress| progress.held_up_by.is_some()).await.expect("it is held up");
    job
}

#[tokio::test]
async fn one_that_waits_for_room_and_is_cancelled_here_or_elsewhere_says_so() {
    for elsewhere in [false, true] {
        let school = School::with_seats(5_000).await;
        let here = process(&school, Failing::with(Fault::Full, &school));
        let job = held_up(&school, &here).await;
        let other = process(&school, Arc::new(school.log.clone()));
        let process = if elsewhere { &other } else { &here };
        let cancelled = process.cancel(&person(ADMIN), school.license, job.import_id).await;
        cancelled.unwrap_or_else(|error| panic!("not cancelled: {error}"));
        match &*job.ended().await {
            End::Report(report) => assert_eq!(report.phase, Some(Phase::Cancelled)),
            End::Error(error) => panic!("it failed: {error}"),
            End::Paused => panic!("it looks as if it went on"),
        }
        assert_eq!(job.progress().borrow().state, State::Cancelled);
    }
}

#[tokio::test]
async fn what_became_of_a_few_people_is_looked_for_and_nobody_waits_for_it_again_and_again() {
    for written in [true, false] {
        let school = School::with_seats(10).await;
        let log = Failing::with(Fault::Unknown { written }, &school);
        let jobs = process(&school, log.clone());
        let given = Given::Text("ada@school.example, ben@school.example".to_owned());
        let order = JobOrder { license_id: school.license, mode: ImportMode::Add, dry_run: false, given };
        let job = jobs.submit(&person(ADMIN), order).await.unwrap_or_else(|error| panic!("no job: {error}"));
        match &*job.ended().await {
            End::Report(report) => assert!(written && report.phase.is_none()),
            End::Error(error) => {
                let is_unknown =
                    matches!(error, CommandError::Log(LogError::Stopped(why)) if why.contains("unknown"));
                assert!(!written && is_unknown, "{error}");
            }
            End::Paused => panic!("it looks as if it went on"),
        }
        assert_eq!(log.commits.load(Ordering::SeqCst), 1);
    }
}
