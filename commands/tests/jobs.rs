//! Imports as jobs: they survive the end of their process, and end once.

mod fixture;

use std::{path::PathBuf, sync::Arc};

use commands::{
    Backpressure, CommandError, Executor,
    import::Report,
    jobs::{End, Given, Job, JobOrder, Jobs, Line, State},
    uploads::{FileUploads, Incoming, Kind},
};
use domain::{Code, Event, ImportEvent, ImportId, ImportMode};
use fixture::{ADMIN, School, keyed, operator, person, refused};
use tokio::sync::watch;

const PEOPLE: u64 = 3_000;

fn folder(school: &School) -> PathBuf {
    school.folder.path().join("uploads")
}

/// The jobs of a process that starts now.
fn process(school: &School) -> Jobs {
    let uploads = FileUploads::open(folder(school)).expect("a folder");
    Jobs::new(Executor::new(Arc::new(school.log.clone())), Arc::new(uploads))
}

fn file(people: u64) -> String {
    format!("Email\n{}", (0..people).map(|n| format!("p{n}@school.example\n")).collect::<String>())
}

async fn order(school: &School, jobs: &Jobs, text: &str, mode: ImportMode) -> JobOrder {
    let mut incoming = Incoming::begin(jobs.uploads(), Kind::Csv, None).await.expect("room");
    incoming.write(text.as_bytes()).await.expect("room");
    let given = Given::Upload(Kind::Csv, incoming);
    JobOrder { license_id: school.license, mode, dry_run: false, given }
}

async fn begin(school: &School, jobs: &Jobs, text: &str) -> Arc<Job> {
    let order = order(school, jobs, text, ImportMode::Add).await;
    jobs.submit(&person(ADMIN), order).await.unwrap_or_else(|error| panic!("no job: {error}"))
}

async fn report(job: &Job, check: impl FnOnce(&Report)) {
    match &*job.ended().await {
        End::Report(report) => check(report),
        End::Error(error) => panic!("it failed: {error}"),
        End::Paused => panic!("it was paused"),
    }
}

/// Waits until some rows are in.
async fn some_rows(job: &Job) {
    job.progress().wait_for(|progress| progress.rows_applied > 0).await.expect("rows");
}

async fn import_events(school: &School, import: ImportId) -> Vec<ImportEvent> {
    let history = school.history().await;
    let of = history.into_iter().filter(|recorded| recorded.stream.id == import.0);
    of.filter_map(|recorded| if let Event::Import(event) = recorded.event { Some(event) } else { None })
        .collect()
}

fn kept(school: &School) -> usize {
    folder(school).read_dir().map_or(0, Iterator::count)
}

/// Begins a job and stops its process with some rows applied, and some not.
async fn interrupted(school: &School) -> ImportId {
    let jobs = process(school);
    let job = begin(school, &jobs, &file(PEOPLE)).await;
    some_rows(&job).await;
    jobs.stop().await;
    assert!(matches!(&*job.ended().await, End::Paused), "it was too fast to be interrupted");
    assert_eq!(kept(school), 2, "the file, and what is noted of it");
    job.import_id
}

#[tokio::test]
async fn what_fits_into_one_chunk_is_one_commit_and_leaves_no_file() {
    let school = School::with_seats(10).await;
    let jobs = process(&school);
    let before = school.history().await.len();
    let job = begin(&school, &jobs, &file(3)).await;
    report(&job, |report| assert_eq!(report.outcomes.of(Code::Accepted), 3)).await;
    // Its start, three people, its chunk, its end: written at the same moment.
    let events = &school.history().await[before..];
    assert_eq!(events.len(), 6);
    assert!(events.iter().all(|event| event.recorded_at == events[0].recorded_at));
    assert_eq!(kept(&school), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_goes_on_in_the_next_process_and_applies_every_row_once() {
    let school = School::with_seats(PEOPLE).await;
    let import = interrupted(&school).await;
    let next = process(&school);
    next.resume(&[]).await.expect("resumed");
    let job = next.find(import).expect("it is under way");
    report(&job, |report| {
        assert_eq!((report.outcomes.of(Code::Accepted), report.outcomes.total()), (PEOPLE, PEOPLE));
    })
    .await;
    assert_eq!(school.seats_held().await, PEOPLE);
    assert_eq!(kept(&school), 0, "its file goes when it ends");
    let mut next_row = 1;
    for event in import_events(&school, import).await {
        if let ImportEvent::ImportChunkApplied { first_row, last_row, .. } = event {
            assert_eq!(first_row, next_row);
            next_row = last_row + 1;
        }
    }
    assert_eq!(next_row, PEOPLE + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_without_its_file_or_with_another_one_has_failed_and_says_why() {
    for (code, damage) in [
        (Code::UploadLost, None),
        (Code::UploadChanged, Some(("upload", "Email\nx@school.example\n"))),
        (Code::UploadChanged, Some(("json", "{\"kind"))),
    ] {
        let school = School::with_seats(PEOPLE).await;
        let import = interrupted(&school).await;
        let damaged = |ending| folder(&school).join(format!("{import}.{ending}"));
        match damage {
            Some((ending, text)) => std::fs::write(damaged(ending), text).expect("damaged"),
            None => std::fs::remove_dir_all(folder(&school)).expect("removed"),
        }
        let next = process(&school);
        next.resume(&[import]).await.expect("resumed");
        let events = import_events(&school, import).await;
        let failed =
            matches!(events.last(), Some(ImportEvent::ImportFailed { code: why, .. }) if *why == code);
        assert!(failed, "{events:?}");
        assert_eq!(kept(&school), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_can_not_be_read_keeps_no_other_from_going_on_or_from_coming_in() {
    let school = School::with_seats(3 * PEOPLE).await;
    let import = interrupted(&school).await;
    let undisturbed = process(&school);
    let other = begin(&school, &undisturbed, &file(PEOPLE).replace("p1", "q1")).await;
    undisturbed.stop().await;
    let note = folder(&school).join(format!("{import}.json"));
    let away = folder(&school).join("away");
    std::fs::rename(&note, &away).expect("put away");
    // Opened, it can't be read.
    std::fs::create_dir(&note).expect("in its place");
    let next = process(&school);
    assert!(next.resume(&[import]).await.is_err());
    report(&next.find(other.import_id).expect("it goes on"), |report| assert_eq!(report.rows, PEOPLE)).await;
    let new = begin(&school, &next, &file(PEOPLE).replace("p2", "r2")).await;
    report(&new, |report| assert_eq!(report.rows, PEOPLE)).await;
    std::fs::remove_dir(&note).expect("removed");
    std::fs::rename(&away, &note).expect("back");
    next.resume(&[import]).await.expect("resumed");
    report(&next.find(import).expect("it is under way"), |report| assert_eq!(report.rows, PEOPLE)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_can_not_be_opened_just_now_does_not_end_its_job() {
    let school = School::with_seats(PEOPLE).await;
    let import = interrupted(&school).await;
    let upload = folder(&school).join(format!("{import}.upload"));
    let away = folder(&school).join("away.json");
    std::fs::rename(&upload, &away).expect("put away");
    // Opened, it can't be read.
    std::fs::create_dir(&upload).expect("in its place");
    let next = process(&school);
    assert!(next.resume(&[import]).await.is_err());
    assert!(matches!(
        import_events(&school, import).await.last(),
        Some(ImportEvent::ImportChunkApplied { .. })
    ));
    std::fs::remove_dir(&upload).expect("removed");
    std::fs::rename(&away, &upload).expect("back");
    next.resume(&[import]).await.expect("resumed");
    let job = next.find(import).expect("it is under way");
    report(&job, |report| assert_eq!(report.outcomes.of(Code::Accepted), PEOPLE)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_whose_import_is_not_running_are_thrown_out_at_the_start() {
    let school = School::with_seats(10).await;
    let jobs = process(&school);
    let mut never = Incoming::begin(jobs.uploads(), Kind::Csv, None).await.expect("room");
    never.write(b"Email\n").await.expect("room");
    let unknown = uuid::Uuid::from_u128(7);
    for name in [format!("{unknown}.upload"), format!("{unknown}.json")] {
        let note = r#"{"kind":"csv","sha256":"","bytes":0}"#;
        std::fs::write(folder(&school).join(name), note).expect("left behind");
    }
    std::fs::write(folder(&school).join("x.upload"), "half").expect("left behind");
    std::mem::forget(never);
    assert_eq!(kept(&school), 4);
    process(&school).resume(&[]).await.expect("resumed");
    assert_eq!(kept(&school), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_keeps_what_it_applied_and_ends_there() {
    let school = School::with_seats(PEOPLE).await;
    let jobs = process(&school);
    let job = begin(&school, &jobs, &file(PEOPLE)).await;
    some_rows(&job).await;
    let (license, import) = (school.license, job.import_id);
    assert_eq!(refused(jobs.cancel(&person("x@y.example"), license, import).await), Code::NotPermitted);
    jobs.cancel(&person(ADMIN), license, import).await.expect("cancelled");
    report(&job, |report| assert_eq!(report.phase, Some(domain::import::Phase::Cancelled))).await;
    assert_eq!(job.progress().borrow().state, State::Cancelled);
    let Some(ImportEvent::ImportCancelled { counts, rows }) = import_events(&school, import).await.pop()
    else {
        panic!("it does not end with its cancellation")
    };
    assert_eq!((counts.total(), school.seats_held().await), (rows, rows));
    assert!(0 < rows && rows < PEOPLE, "{rows}");
    assert_eq!(kept(&school), 0);
    assert_eq!(jobs.cancel(&operator(), license, import).await.expect("again").code, Code::Unchanged);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_nobody_works_on_can_be_cancelled() {
    let school = School::with_seats(PEOPLE).await;
    let import = interrupted(&school).await;
    let next = process(&school);
    next.cancel(&operator(), school.license, import).await.expect("cancelled");
    assert_eq!(kept(&school), 0);
    next.resume(&[import]).await.expect("resumed");
    assert!(next.find(import).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_again_while_it_is_under_way_is_the_same_job() {
    let school = School::with_seats(PEOPLE).await;
    let import = interrupted(&school).await;
    let next = process(&school);
    let again = begin(&school, &next, &file(PEOPLE)).await;
    assert_eq!(again.import_id, import);
    report(&again, |report| assert_eq!(report.outcomes.of(Code::Accepted), PEOPLE)).await;
    let after = begin(&school, &next, &file(PEOPLE)).await;
    assert_ne!(after.import_id, import, "what has ended is not gone on with");
    report(&after, |report| assert_eq!(report.outcomes.of(Code::AlreadyAccepted), PEOPLE)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_is_the_same_job_and_another_request_with_it_is_refused() {
    let school = School::with_seats(PEOPLE).await;
    let jobs = process(&school);
    let ctx = keyed(person(ADMIN), 7);
    let ask = async |text: &str, ctx| {
        let order = order(&school, &jobs, text, ImportMode::Add).await;
        jobs.submit(&ctx, order).await
    };
    let people = file(PEOPLE);
    let (first, second) = tokio::join!(ask(&people, ctx.clone()), ask(&people, ctx.clone()));
    let (first, second) = (first.expect("a job"), second.expect("a job"));
    assert_eq!(first.import_id, second.import_id);
    report(&first, |report| assert_eq!(report.outcomes.of(Code::Accepted), PEOPLE)).await;
    let third = ask(&file(PEOPLE), ctx.clone()).await.expect("a job");
    report(&third, |report| assert!(report.repeated && report.outcomes.of(Code::Accepted) == PEOPLE)).await;
    let mut other = ctx;
    other.command.as_mut().expect("a key").fingerprint = [9; 32];
    assert!(matches!(ask(&file(600), other).await, Err(CommandError::CommandReused)));
    assert_eq!(kept(&school), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_people_with_the_key_of_another_import_change_nothing_about_it() {
    let school = School::with_seats(PEOPLE).await;
    let jobs = process(&school);
    let ctx = keyed(person(ADMIN), 7);
    let mut other = ctx.clone();
    other.command.as_mut().expect("a key").fingerprint = [9; 32];
    let long = order(&school, &jobs, &file(PEOPLE), ImportMode::Add).await;
    let first = jobs.submit(&ctx, long).await.expect("a job");
    some_rows(&first).await;
    for _ in 0..2 {
        // Once while it goes on, and once after it.
        let few = order(&school, &jobs, "Email\nx@school.example\n", ImportMode::Add).await;
        let refused = jobs.submit(&other, few).await.expect("a job of its own");
        let end = refused.ended().await;
        assert!(matches!(&*end, End::Error(CommandError::CommandReused)));
        let found = jobs.find(first.import_id).expect("the import");
        assert!(Arc::ptr_eq(&found, &first), "it is what is found by its id");
        report(&first, |report| assert_eq!(report.outcomes.of(Code::Accepted), PEOPLE)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_of_waiting_imports_ends_and_says_so() {
    let school = School::with_seats(PEOPLE).await;
    let waiting = interrupted(&school).await;
    for (line, of_the_license) in
        [(Line { of_license: 1, in_all: 9 }, true), (Line { of_license: 9, in_all: 1 }, false)]
    {
        let jobs = process(&school);
        jobs.set_line(line);
        let other = order(&school, &jobs, &file(PEOPLE - 1), ImportMode::Add).await;
        match jobs.submit(&person(ADMIN), other).await {
            Err(CommandError::LineIsFull { most: 1, of_license }) => assert_eq!(of_license, of_the_license),
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("it was taken"),
        }
        assert_eq!(kept(&school), 2, "nothing of it is left");
    }
    // The one that waits can be gone on with, and then there is room.
    let jobs = process(&school);
    jobs.set_line(Line { of_license: 1, in_all: 1 });
    let job = begin(&school, &jobs, &file(PEOPLE)).await;
    assert_eq!(job.import_id, waiting);
    report(&job, |report| assert_eq!(report.outcomes.total(), PEOPLE)).await;
    let job = begin(&school, &jobs, &file(PEOPLE - 1)).await;
    report(&job, |report| assert_eq!(report.outcomes.of(Code::AlreadyAccepted), PEOPLE - 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_list_does_not_wait_for_long_ones() {
    let school = School::with_seats(1).await;
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    for (dry_run, turns) in [(false, 2), (true, processors.div_ceil(2))] {
        let jobs = process(&school);
        let submit = async |people| {
            let order = order(&school, &jobs, &file(people), ImportMode::Add).await;
            jobs.submit(&person(ADMIN), JobOrder { dry_run, ..order }).await.expect("a job")
        };
        let mut long = Vec::new();
        for more in 0..=turns {
            long.push(submit(100_000 + u64::try_from(more).expect("few")).await);
        }
        let short = submit(600).await;
        report(&short, |report| assert_eq!(report.outcomes.total(), 600)).await;
        let last = long.pop().expect("one more than there are turns");
        assert_eq!(last.progress().borrow().state, State::Waiting, "preview: {dry_run}");
        jobs.stop().await;
    }
}

/// Lists that are behind hold an import up behind each chunk, until they have come nearer; nobody who ends it waits for them.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_waits_for_what_follows_the_log() {
    let school = School::with_seats(PEOPLE).await;
    let (near, lists) = watch::channel(0);
    let (asks, mut asked) = watch::channel(0);
    let held_back = Backpressure::of(move |position| {
        let mut lists = lists.clone();
        asks.send_replace(position);
        async move { lists.wait_for(|near| *near >= position).await.map_or((), drop) }
    });
    let executor = || Executor::new(Arc::new(school.log.clone())).held_back(held_back.clone());
    let process = || Jobs::new(executor(), Arc::new(FileUploads::open(folder(&school)).expect("a folder")));
    let jobs = process();
    let job = begin(&school, &jobs, &file(PEOPLE)).await;
    let head = *asked.wait_for(|position| *position > 0).await.expect("it waits");
    let history = school.history().await;
    assert_eq!(history.last().map(|last| last.position), Some(head), "nothing is written while it waits");
    assert!(job.progress().borrow().rows_applied < PEOPLE);
    jobs.stop().await;
    assert!(matches!(&*job.ended().await, End::Paused));

    let next = process();
    next.resume(&[]).await.expect("resumed");
    let job = next.find(job.import_id).expect("it is under way");
    asked.wait_for(|position| *position > head).await.expect("it waits behind the next chunk");
    near.send_replace(u64::MAX);
    report(&job, |report| assert_eq!(report.outcomes.of(Code::Accepted), PEOPLE)).await;
}
