//! Who is erased gives back their seats and roles, and nothing that is under way brings them back.

mod fixture;

use std::sync::Arc;

use commands::{
    CommandError, Executor,
    erase_subject::{EraseOrder, Erased},
    jobs::{End, Given, JobOrder, Jobs},
    uploads::{FileUploads, Incoming, Kind},
};
use domain::{Code, ErasureBasis, ImportMode, Status, SubjectId};
use eventlog::EventLog;
use fixture::{ADMIN, OTHER_ADMIN, School, email, keyed, operator, person, refused};

fn order(who: &str) -> EraseOrder {
    EraseOrder { email: email(who), basis: ErasureBasis::Request }
}

async fn erase(school: &School, who: &str) -> Result<Erased, CommandError> {
    school.commands.erase_subject(&operator(), &order(who)).await
}

async fn known(school: &School, who: &str) -> Option<SubjectId> {
    let found = school.commands.known(&email(who)).await.expect("the directory");
    found.map(|person| person.subject_id)
}

#[tokio::test]
async fn a_member_is_erased_with_their_seat_in_one_commit() {
    let school = School::with_seats(5).await;
    school.add("ada@school.example, bob@else.example").await;
    let before = school.history().await;
    let would = school.commands.may_erase(&operator(), &order("ada@school.example")).await.expect("a plan");
    assert_eq!(school.history().await.len(), before.len(), "it only says so");
    let erased = erase(&school, "Ada@School.example").await.expect("erased");
    assert_eq!(erased.licenses, would.licenses);
    let left = &erased.licenses[0];
    assert_eq!((left.status, left.frees_seat, left.was_admin), (Some(Status::Accepted), true, false));
    let after = school.history().await;
    assert_eq!(after[..before.len()], before, "the rest of history is as it was");
    let names: Vec<_> = after[before.len()..].iter().map(|event| event.event.description().name).collect();
    assert_eq!(names, ["UserErased", "SubjectErased"]);
    assert_eq!(school.seats_held().await, 1);
    assert_eq!(known(&school, "ada@school.example").await, None);
    let again = erase(&school, "ada@school.example").await.expect("nothing to do");
    assert_eq!(again.subject_id, None);
    school.add("ada@school.example").await;
    assert_ne!(known(&school, "ada@school.example").await, erased.subject_id, "somebody new");
}

#[tokio::test]
async fn an_admin_goes_once_there_is_another() {
    let school = School::with_seats(5).await;
    let erased = erase(&school, OTHER_ADMIN).await.expect("erased");
    assert!(erased.licenses[0].was_admin);
    assert_eq!(refused(erase(&school, ADMIN).await), Code::LastAdmin);
    assert!(known(&school, ADMIN).await.is_some());
    school.commands.grant_admin(&operator(), school.license, &email(OTHER_ADMIN)).await.expect("another");
    erase(&school, ADMIN).await.expect("erased");
    assert_eq!(
        refused(school.commands.erase_subject(&person(OTHER_ADMIN), &order(ADMIN)).await),
        Code::NotPermitted
    );
}

#[tokio::test]
async fn the_same_command_again_is_the_same_erasure() {
    let school = School::with_seats(5).await;
    school.add("ada@school.example").await;
    let ctx = keyed(operator(), 7);
    let first = school.commands.erase_subject(&ctx, &order("ada@school.example")).await.expect("erased");
    school.add("ada@school.example").await;
    let second =
        school.commands.erase_subject(&ctx, &order("ada@school.example")).await.expect("done before");
    assert_eq!((second.repeated, second.subject_id), (true, first.subject_id));
    assert!(known(&school, "ada@school.example").await.is_some(), "who came since stays");
}

#[tokio::test]
async fn whoever_was_erased_once_is_erased_again_even_as_the_last_admin() {
    let school = School::with_seats(5).await;
    school.add("ada@school.example").await;
    let people = [
        known(&school, ADMIN).await,
        known(&school, OTHER_ADMIN).await,
        known(&school, "ada@school.example").await,
    ];
    let people: Vec<SubjectId> = people.into_iter().flatten().collect();
    assert_eq!(school.commands.erase_again(&operator(), &people).await.expect("erased"), 3);
    assert_eq!(school.commands.erase_again(&operator(), &people).await.expect("nothing to do"), 0);
    let head = school.history().await.len();
    let stranger = [SubjectId(uuid::Uuid::now_v7())];
    assert_eq!(school.commands.erase_again(&operator(), &stranger).await.expect("nothing to do"), 0);
    assert_eq!(school.history().await.len(), head, "of whom nothing is there, nothing is written");
    assert_eq!(school.log.find_addresses(&people).await.expect("the directory"), [None, None, None]);
    assert_eq!(school.seats_held().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_under_way_brings_nobody_back_whom_it_names() {
    const PEOPLE: usize = 20_000;
    let school = School::with_seats(100_000).await;
    let uploads = FileUploads::open(school.folder.path().join("uploads")).expect("a folder");
    let jobs = Jobs::new(Executor::new(Arc::new(school.log.clone())), Arc::new(uploads));
    school.add("known@school.example").await;
    let rows: String = (0..PEOPLE).map(|n| format!("p{n}@school.example\n")).collect();
    let text = format!("Email\n{rows}known@school.example\nunknown@school.example\nknown@school.example\n");
    let mut incoming = Incoming::begin(jobs.uploads(), Kind::Csv, None).await.expect("room");
    incoming.write(text.as_bytes()).await.expect("room");
    let given = Given::Upload(Kind::Csv, incoming);
    let asked = JobOrder { license_id: school.license, mode: ImportMode::Add, dry_run: false, given };
    let job = jobs.submit(&person(ADMIN), asked).await.unwrap_or_else(|error| panic!("no job: {error}"));
    for who in ["known@school.example", "unknown@school.example"] {
        jobs.erase(&operator(), &order(who)).await.expect("erased");
    }
    assert!(job.end().is_none(), "it was too fast to be disturbed");
    match &*job.ended().await {
        End::Report(report) => {
            assert_eq!(report.outcomes.of(Code::Erased), 3, "{:?}", report.outcomes);
            assert_eq!(report.outcomes.of(Code::Accepted), PEOPLE as u64);
            assert!(report.items.iter().all(|item| !item.email.contains("known")));
        }
        End::Error(error) => panic!("it failed: {error}"),
        End::Paused => panic!("it was paused"),
    }
    for who in ["known@school.example", "unknown@school.example"] {
        assert_eq!(known(&school, who).await, None, "{who}");
    }
    assert!(jobs.find(job.import_id).is_none(), "its report is not remembered");
    assert_eq!(school.seats_held().await, PEOPLE as u64);
}
