//! Imports into one license at once, and while its admins change.

mod fixture;

use std::{collections::HashMap, sync::Arc};

use commands::{
    Executor,
    import::Report,
    jobs::{End, Given, Job, JobOrder, Jobs},
    uploads::{FileUploads, Incoming, Kind},
};
use domain::{Code, Event, ImportMode, MembershipEvent};
use fixture::{ADMIN, OTHER_ADMIN, School, email, operator, person};

fn process(school: &School) -> Jobs {
    let uploads = FileUploads::open(school.folder.path().join("uploads")).expect("a folder");
    Jobs::new(Executor::new(Arc::new(school.log.clone())), Arc::new(uploads))
}

fn people(which: std::ops::Range<u64>) -> String {
    format!("Email\n{}", which.map(|n| format!("p{n}@school.example\n")).collect::<String>())
}

async fn begin(school: &School, jobs: &Jobs, who: &str, mode: ImportMode, text: &str) -> Arc<Job> {
    let mut incoming = Incoming::begin(jobs.uploads(), Kind::Csv, None).await.expect("room");
    incoming.write(text.as_bytes()).await.expect("room");
    let given = Given::Upload(Kind::Csv, incoming);
    let order = JobOrder { license_id: school.license, mode, dry_run: false, given };
    jobs.submit(&person(who), order).await.unwrap_or_else(|error| panic!("no job: {error}"))
}

/// How many rows had which outcome; each had one.
async fn counts(job: &Job) -> impl Fn(Code) -> u64 + use<> {
    match &*job.ended().await {
        End::Report(report) => {
            let Report { outcomes, rows, .. } = &**report;
            assert_eq!(outcomes.total(), *rows, "every row has one outcome");
            let outcomes = outcomes.clone();
            move |code| outcomes.of(code)
        }
        End::Error(error) => panic!("it failed: {error}"),
        End::Paused => panic!("it was paused"),
    }
}

/// Walks through all that happened: each person has one membership, and never are more seats held than there are.
/// Who holds one at the end.
async fn walked(school: &School, seats: u64) -> u64 {
    let (mut holds, mut whose) = (HashMap::new(), HashMap::new());
    for recorded in school.history().await {
        let Event::Membership(event) = &recorded.event else { continue };
        let stream = recorded.stream.id;
        match event {
            MembershipEvent::UserAdded { subject_id, .. }
            | MembershipEvent::UserInvited { subject_id, .. } => {
                assert_eq!(*whose.entry(*subject_id).or_insert(stream), stream, "somebody is there twice");
                holds.insert(stream, true);
            }
            MembershipEvent::UserRemoved { .. } => {
                assert_eq!(holds.insert(stream, false), Some(true), "somebody was removed who was not there");
            }
            MembershipEvent::AdmissionRefused { .. } => {}
            other => panic!("nobody did this: {other:?}"),
        }
        let held = holds.values().filter(|held| **held).count() as u64;
        assert!(held <= seats, "{held} of {seats} seats at {}", recorded.position);
    }
    holds.values().filter(|held| **held).count() as u64
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_that_are_lost_on_the_way_end_what_the_job_may_do() {
    const PEOPLE: u64 = 3_000;
    let school = School::with_seats(PEOPLE).await;
    let jobs = process(&school);
    let job = begin(&school, &jobs, OTHER_ADMIN, ImportMode::Add, &people(0..PEOPLE)).await;
    job.progress().wait_for(|progress| progress.rows_applied > 0).await.expect("rows");
    school.commands.revoke_admin(&operator(), school.license, &email(OTHER_ADMIN)).await.expect("revoked");
    let counts = counts(&job).await;
    let (invited, refused) = (counts(Code::Invited), counts(Code::NotPermitted));
    assert_eq!(invited + refused, PEOPLE);
    assert!(invited > 0 && refused > 0, "{invited} and {refused}");
    assert_eq!((walked(&school, PEOPLE).await, school.seats_held().await), (invited, invited));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_jobs_that_add_share_the_seats_and_each_person_is_there_once() {
    const SEATS: u64 = 2_500;
    let school = School::with_seats(SEATS).await;
    let jobs = process(&school);
    let (first, second) = (people(0..3_000), people(1_000..4_000));
    let (first, second) = tokio::join!(
        begin(&school, &jobs, ADMIN, ImportMode::Add, &first),
        begin(&school, &jobs, ADMIN, ImportMode::Add, &second)
    );
    let (first, second) = (counts(&first).await, counts(&second).await);
    let both = |code| first(code) + second(code);
    assert_eq!(both(Code::Accepted), SEATS);
    assert_eq!(both(Code::Accepted) + both(Code::AlreadyAccepted) + both(Code::SeatLimit), 6_000);
    assert_eq!((walked(&school, SEATS).await, school.seats_held().await), (SEATS, SEATS));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_job_adds_whom_another_removes_and_what_they_say_adds_up() {
    const SEATS: u64 = 1_800;
    let school = School::with_seats(SEATS).await;
    let jobs = process(&school);
    let before = begin(&school, &jobs, ADMIN, ImportMode::Add, &people(0..1_500)).await;
    assert_eq!(counts(&before).await(Code::Accepted), 1_500);
    let all = people(0..3_000);
    let (one, other) = tokio::join!(
        begin(&school, &jobs, ADMIN, ImportMode::Add, &all),
        begin(&school, &jobs, ADMIN, ImportMode::Remove, &all)
    );
    let (added, removed) = (counts(&one).await, counts(&other).await);
    assert_eq!(added(Code::Accepted) + added(Code::AlreadyAccepted) + added(Code::SeatLimit), 3_000);
    assert_eq!(removed(Code::Removed) + removed(Code::NotOnLicense), 3_000);
    let left = 1_500 + added(Code::Accepted) - removed(Code::Removed);
    assert_eq!((walked(&school, SEATS).await, school.seats_held().await), (left, left));
}
