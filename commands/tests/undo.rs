//! Undoing an import: each person is undone, or kept with a reason.

mod fixture;

use std::sync::Arc;

use commands::{
    CommandError, Executor,
    import::Report,
    jobs::{End, Given, Job, JobOrder, Jobs},
    uploads::FileUploads,
};
use domain::{Code, DeclineReason, ImportId, ImportMode};
use fixture::{ADMIN, OTHER_ADMIN, School, operator, outcomes, person, refused};

fn process(school: &School) -> Jobs {
    let uploads = FileUploads::open(school.folder.path().join("uploads")).expect("a folder");
    Jobs::new(Executor::new(Arc::new(school.log.clone())), Arc::new(uploads))
}

async fn undo_as(
    school: &School,
    jobs: &Jobs,
    who: &str,
    import: ImportId,
) -> Result<Arc<Job>, CommandError> {
    jobs.undo(&person(who), school.license, import, false).await
}

/// Undoes an import, and gives its report to be looked at.
async fn undone(school: &School, import: ImportId, check: impl FnOnce(&Report)) {
    let jobs = process(school);
    let job = undo_as(school, &jobs, ADMIN, import).await.expect("a job");
    ended(&job, check).await;
}

async fn ended(job: &Job, check: impl FnOnce(&Report)) {
    match &*job.ended().await {
        End::Report(report) => check(report),
        End::Error(error) => panic!("it failed: {error}"),
        End::Paused => panic!("it was paused"),
    }
}

/// Begins to add so many people.
async fn begun(school: &School, jobs: &Jobs, people: u64) -> Arc<Job> {
    let given = Given::Text((0..people).map(|n| format!("p{n}@school.example\n")).collect());
    let order = JobOrder { license_id: school.license, mode: ImportMode::Add, dry_run: false, given };
    jobs.submit(&person(ADMIN), order).await.expect("a job")
}

/// `address code`, in the order of the import.
fn each(report: &Report) -> Vec<String> {
    report.items.iter().map(|item| format!("{} {}", item.email, item.code)).collect()
}

fn reason(report: &Report, email: &str) -> String {
    let item = report.items.iter().find(|item| item.email == email).expect("an item");
    item.reason.clone().unwrap_or_default()
}

async fn declines(school: &School, who: &str) {
    let who = person(who);
    let declined = school.commands.decline_invite(&who, school.license, DeclineReason::Unspecified);
    declined.await.expect("declined");
}

#[tokio::test]
async fn whom_an_import_added_is_removed_unless_something_happened_since() {
    let school = School::with_seats(20).await;
    school.add_as(OTHER_ADMIN, "before@school.example, there@x.example, no@x.example").await;
    declines(&school, "no@x.example").await;
    let import = school
        .add("a@school.example bad@ before@school.example there@x.example no@x.example yes@x.example new@x.example")
        .await;
    school.accept("yes@x.example").await.expect("accepted");
    undone(&school, import.import_id, |report| {
        let expected = [
            "a@school.example removed",
            "before@school.example invited_before",
            "no@x.example removed",
            "yes@x.example changed_since",
            "new@x.example removed",
        ];
        assert_eq!(each(report), expected);
        assert!(reason(report, "yes@x.example").contains("they accepted the invite"));
    })
    .await;
    assert_eq!(school.seats_held().await, 3, "before@, there@ and yes@");
}

#[tokio::test]
async fn whom_an_import_removed_comes_back_as_far_as_that_is_possible() {
    let school = School::with_seats(4).await;
    school.add("a@school.example key@x.example open@x.example no@x.example").await;
    school.join("key@x.example").await.expect("joined");
    declines(&school, "no@x.example").await;
    let import = school.remove("a@school.example key@x.example open@x.example no@x.example").await;
    school.add("other@school.example another@school.example").await;
    undone(&school, import.import_id, |report| {
        let expected = [
            "a@school.example accepted",
            "key@x.example invited",
            "open@x.example seat_limit",
            "no@x.example had_declined",
        ];
        assert_eq!(each(report), expected);
    })
    .await;
    assert_eq!(school.seats_held().await, 4);
}

#[tokio::test]
async fn only_open_invites_are_withdrawn_and_come_back_when_that_is_undone() {
    let school = School::with_seats(5).await;
    school.add("a@school.example open@x.example no@x.example").await;
    declines(&school, "no@x.example").await;
    let all = "a@school.example open@x.example no@x.example new@x.example".to_owned();
    let (jobs, license_id, mode) = (process(&school), school.license, ImportMode::Withdraw);
    let order = JobOrder { license_id, mode, dry_run: false, given: Given::Text(all) };
    let job = jobs.submit(&person(ADMIN), order).await.expect("a job");
    ended(&job, |report| {
        let expected = [
            "a@school.example remove_instead",
            "open@x.example withdrawn",
            "no@x.example invite_declined",
            "new@x.example not_a_member",
        ];
        let mut each = each(report);
        each.sort_by_key(|item| expected.iter().position(|expected| expected == item));
        assert_eq!(each, expected);
    })
    .await;
    assert_eq!(school.seats_held().await, 1, "a@");
    undone(&school, job.import_id, |report| assert_eq!(each(report), ["open@x.example invited"])).await;
    assert_eq!(school.seats_held().await, 2);
}

#[tokio::test]
async fn who_had_not_answered_is_asked_again_even_within_the_domain_of_the_admin() {
    let school = School::with_seats(4).await;
    school.add_as(OTHER_ADMIN, "open@school.example").await;
    let import = school.remove("open@school.example").await;
    undone(&school, import.import_id, |report| assert_eq!(outcomes(report), [(Code::Invited, 1)])).await;
}

#[tokio::test]
async fn whom_the_import_of_a_file_added_is_told_by_their_line_there() {
    let school = School::with_seats(4).await;
    let import = school.upload(b"Email\nnobody\na@school.example\n\nb@school.example\n").await;
    let import = fixture::expect(import).import_id;
    undone(&school, import, |report| {
        let places: Vec<_> = report.items.iter().map(|item| (item.row, item.line)).collect();
        assert_eq!(places, [(1, 3), (2, 5)]);
    })
    .await;
    let pasted = school.add("nobody, c@school.example").await.import_id;
    undone(&school, pasted, |report| assert_eq!((report.items[0].row, report.items[0].line), (1, 1))).await;
}

#[tokio::test]
async fn an_undoing_can_be_undone_and_is_done_once() {
    let school = School::with_seats(4).await;
    let import = school.add("a@school.example b@school.example").await.import_id;
    let jobs = process(&school);
    let first = undo_as(&school, &jobs, ADMIN, import).await.expect("a job");
    ended(&first, |report| assert_eq!(outcomes(report), [(Code::Removed, 2)])).await;
    let again = undo_as(&school, &jobs, ADMIN, import).await.expect("a job");
    ended(&again, |report| {
        assert_eq!((report.import_id, report.repeated), (first.import_id, true));
        assert_eq!(outcomes(report), [(Code::Removed, 2)]);
    })
    .await;
    undone(&school, first.import_id, |report| assert_eq!(outcomes(report), [(Code::Accepted, 2)])).await;
    assert_eq!(school.seats_held().await, 2);
}

/// What an attempt that was stopped half-way has undone is no change since: it is undone already, in any later attempt, and
/// in a preview of it.
#[tokio::test(flavor = "multi_thread")]
async fn whom_a_cancelled_undoing_came_to_is_undone_already_when_it_is_done_again() {
    const PEOPLE: u64 = 6_000;
    let school = School::with_seats(PEOPLE).await;
    let jobs = process(&school);
    let job = begun(&school, &jobs, PEOPLE).await;
    ended(&job, |report| assert_eq!(outcomes(report), [(Code::Accepted, PEOPLE)])).await;
    let import = job.import_id;
    let first = undo_as(&school, &jobs, ADMIN, import).await.expect("a job");
    first.progress().wait_for(|progress| progress.rows_applied > 0).await.expect("rows");
    jobs.cancel(&person(ADMIN), school.license, first.import_id).await.expect("cancelled");
    let mut removed = 0;
    ended(&first, |report| removed = report.outcomes.of(Code::Removed)).await;
    assert!((1..PEOPLE).contains(&removed), "it was too fast to be interrupted");
    let expected = [(Code::NotOnLicense, removed), (Code::Removed, PEOPLE - removed)];
    let preview = jobs.undo(&person(ADMIN), school.license, import, true).await.expect("a job");
    ended(&preview, |report| assert_eq!(outcomes(report), expected)).await;
    undone(&school, import, |report| assert_eq!(outcomes(report), expected)).await;
    assert_eq!(school.seats_held().await, 0);
}

/// Whoever was left out for want of a seat is not lost: the same order lets them in when there is one.
#[tokio::test]
async fn an_undoing_that_left_people_out_goes_on_where_they_may_be_let_in_by_now() {
    let school = School::with_seats(2).await;
    school.add("a@school.example b@school.example").await;
    let removal = school.remove("a@school.example b@school.example").await.import_id;
    school.add("c@school.example").await;
    undone(&school, removal, |report| {
        assert_eq!(each(report), ["a@school.example accepted", "b@school.example seat_limit"]);
    })
    .await;
    school.commands.change_seat_limit(&operator(), school.license, 3).await.expect("seats");
    undone(&school, removal, |report| {
        assert!(!report.repeated);
        assert_eq!(each(report), ["a@school.example already_accepted", "b@school.example accepted"]);
    })
    .await;
    // From then on it is that one.
    undone(&school, removal, |report| assert!(report.repeated)).await;
    assert_eq!(school.seats_held().await, 3);
}

#[tokio::test]
async fn a_preview_of_an_undoing_changes_nothing() {
    let school = School::with_seats(4).await;
    let import = school.add("a@school.example").await.import_id;
    let before = school.history().await.len();
    let job = process(&school).undo(&person(ADMIN), school.license, import, true).await.expect("a job");
    ended(&job, |report| {
        assert_eq!((each(report), report.dry_run), (vec!["a@school.example removed".into()], true));
    })
    .await;
    assert_eq!(school.history().await.len(), before);
}

#[tokio::test]
async fn only_an_admin_undoes_and_only_an_import_of_this_license() {
    let school = School::with_seats(4).await;
    let import = school.add("a@school.example").await.import_id;
    let jobs = process(&school);
    assert_eq!(refused(undo_as(&school, &jobs, "x@y.example", import).await), Code::NotPermitted);
    assert_eq!(refused(jobs.undo(&operator(), school.license, import, false).await), Code::NotPermitted);
    let unknown = ImportId(uuid::Uuid::nil());
    assert_eq!(refused(undo_as(&school, &jobs, ADMIN, unknown).await), Code::UnknownImport);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_undoing_goes_on_in_the_next_process_and_does_everybody_once() {
    const PEOPLE: u64 = 3_000;
    let school = School::with_seats(PEOPLE).await;
    let jobs = process(&school);
    let job = begun(&school, &jobs, PEOPLE).await;
    let import = job.import_id;
    assert_eq!(refused(undo_as(&school, &jobs, ADMIN, import).await), Code::ImportRunning);
    ended(&job, |report| assert_eq!(outcomes(report), [(Code::Accepted, PEOPLE)])).await;
    let job = undo_as(&school, &jobs, ADMIN, import).await.expect("a job");
    job.progress().wait_for(|progress| progress.rows_applied > 0).await.expect("rows");
    jobs.stop().await;
    assert!(matches!(&*job.ended().await, End::Paused), "it was too fast to be interrupted");
    let next = process(&school);
    next.resume(&[job.import_id]).await.expect("resumed");
    let job = next.find(job.import_id).expect("it is under way");
    ended(&job, |report| assert_eq!(outcomes(report), [(Code::Removed, PEOPLE)])).await;
    assert_eq!(school.seats_held().await, 0);
}
