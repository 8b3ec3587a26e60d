//! The same command again, and commands at the same time.

mod fixture;

use domain::{Code, EmailAddress, ImportMode, MailDomain};
use fixture::{ADMIN, School, day, email, expect, keyed, noon, operator, outcomes, person, refused};

use commands::{CommandError, Context, import::Input};

#[tokio::test]
async fn the_same_command_again_gives_the_first_answer() {
    let school = School::with_seats(10).await;
    school.add("bob@x.example").await;
    let ctx = keyed(person("bob@x.example"), 1);
    let first = school.commands.accept_invite(&ctx, school.license).await.expect("accepted");
    let second = school.commands.accept_invite(&ctx, school.license).await.expect("accepted again");
    assert_eq!(first, second);
    let other = school.accept("bob@x.example").await.expect("without the key");
    assert_eq!(other.code, Code::AlreadyAccepted);
}

#[tokio::test]
async fn the_same_import_again_adds_nobody_and_counts_the_same() {
    let school = School::with_seats(10).await;
    let ctx = keyed(person(ADMIN), 2);
    let pasted = || Input::Pasted("a@school.example b@school.example nobody".to_owned());
    let first = expect(school.import_as(&ctx, ImportMode::Add, pasted(), false).await);
    let again = expect(school.import_as(&ctx, ImportMode::Add, pasted(), false).await);
    assert_eq!((first.import_id, first.position), (again.import_id, again.position));
    assert_eq!(outcomes(&first), outcomes(&again));
    assert_eq!((first.repeated, again.repeated), (false, true));
    assert!(first.seats_before.is_some() && again.seats_before.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_import_twice_at_once_is_one_import_with_one_result() {
    let school = std::sync::Arc::new(School::with_seats(5_000).await);
    let people = (0..1_500).map(|n| format!("p{n}@school.example\n")).collect::<String>();
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let (school, people) = (std::sync::Arc::clone(&school), people.clone());
            tokio::spawn(async move {
                let ctx = keyed(person(ADMIN), 4);
                expect(school.import_as(&ctx, ImportMode::Add, Input::Pasted(people), false).await)
            })
        })
        .collect();
    for caller in callers {
        assert_eq!(outcomes(&caller.await.expect("it ends")), [(Code::Accepted, 1_500)]);
    }
    assert_eq!(school.seats_held().await, 1_500);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seats_before_are_told_only_where_they_are_known() {
    let school = std::sync::Arc::new(School::with_seats(1_000).await);
    let callers: Vec<_> = (0..64)
        .map(|n| {
            let school = std::sync::Arc::clone(&school);
            tokio::spawn(async move { school.add(&format!("p{n}@school.example")).await })
        })
        .collect();
    for caller in callers {
        let report = caller.await.expect("it ends");
        let before = report.seats_before.map(|seats| seats.held);
        assert!(before.is_none_or(|before| before + 1 == report.seats.held), "{before:?}");
    }
    let alone = school.add("last@school.example").await;
    assert_eq!(alone.seats_before.map(|seats| seats.held), Some(64));
}

#[tokio::test]
async fn a_key_that_was_used_for_something_else_is_refused() {
    let school = School::with_seats(10).await;
    school.add("bob@x.example").await;
    let ctx = keyed(person("bob@x.example"), 3);
    school.commands.accept_invite(&ctx, school.license).await.expect("accepted");
    let mut other = ctx;
    other.command.as_mut().expect("a key").fingerprint = [2; 32];
    let result = school.commands.accept_invite(&other, school.license).await;
    assert!(matches!(result, Err(CommandError::CommandReused)));
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_callers_through_paste_and_key_never_hold_more_than_the_limit() {
    const SEATS: u64 = 20;
    let school = std::sync::Arc::new(School::with_seats(SEATS).await);
    let callers = (0..64).map(|n| {
        let school = std::sync::Arc::clone(&school);
        tokio::spawn(async move {
            if n % 2 == 0 {
                let report = school.add(&format!("p{n}@school.example")).await;
                report.outcomes.of(Code::Accepted)
            } else {
                u64::from(school.join(&format!("p{n}@x.example")).await.is_ok())
            }
        })
    });
    let mut taken = 0;
    for caller in callers.collect::<Vec<_>>() {
        taken += caller.await.expect("a caller");
    }
    assert_eq!((taken, school.seats_held().await), (SEATS, SEATS));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_add_the_same_people_at_once_add_each_once() {
    let school = std::sync::Arc::new(School::with_seats(100).await);
    let text = (0..20).map(|n| format!("p{n}@school.example")).collect::<Vec<_>>().join(" ");
    let callers = (0..8).map(|_| {
        let (school, text) = (std::sync::Arc::clone(&school), text.clone());
        tokio::spawn(async move { school.add(&text).await.outcomes.of(Code::Accepted) })
    });
    let mut added = 0;
    for caller in callers.collect::<Vec<_>>() {
        added += caller.await.expect("a caller");
    }
    assert_eq!((added, school.seats_held().await), (20, 20));
}

#[tokio::test]
async fn an_expired_license_admits_nobody_by_any_door_and_lets_people_go() {
    let school = School::with_seats(10).await;
    school.add("in@school.example, bob@x.example, cleo@x.example").await;
    let later = |ctx: Context| Context { now: noon("2027-01-01"), ..ctx };
    let license = school.license;
    assert_eq!(
        refused(school.commands.accept_invite(&later(person("bob@x.example")), license).await),
        Code::LicenseExpired
    );
    assert_eq!(
        refused(school.commands.join_with_key(&later(person("new@x.example")), &school.key).await),
        Code::LicenseExpired
    );
    let pasted = Input::Pasted("new@school.example".to_owned());
    let report = expect(school.import_as(&later(person(ADMIN)), ImportMode::Add, pasted, false).await);
    assert_eq!(outcomes(&report), [(Code::LicenseExpired, 1)]);
    let cleo = later(person("cleo@x.example"));
    let declined = school.commands.decline_invite(&cleo, license, domain::DeclineReason::Unspecified).await;
    assert_eq!(declined.expect("declined").code, Code::Declined);
    let left = school.commands.leave_license(&later(person("in@school.example")), license).await;
    assert_eq!(left.expect("left").code, Code::Left);
    school.commands.change_term(&operator(), license, Some(day("2027-12-31"))).await.expect("renewed");
    let accepted = school.commands.accept_invite(&later(person("bob@x.example")), license).await;
    assert_eq!(accepted.expect("accepted").code, Code::Accepted);
}

#[tokio::test]
async fn a_right_that_was_revoked_does_not_slip_through() {
    let school = School::with_seats(10).await;
    school
        .commands
        .revoke_admin(&operator(), school.license, &email(fixture::OTHER_ADMIN))
        .await
        .expect("revoked");
    let pasted = Input::Pasted("x@y.example".to_owned());
    let result = school.import_as(&person(fixture::OTHER_ADMIN), ImportMode::Add, pasted, false).await;
    assert_eq!(refused(result), Code::NotPermitted);
    let last: EmailAddress = email(ADMIN);
    assert_eq!(
        refused(school.commands.revoke_admin(&operator(), school.license, &last).await),
        Code::LastAdmin
    );
    let school_domain = MailDomain::parse("school.example").expect("a domain");
    school.commands.revoke_domain(&operator(), school.license, &last, school_domain).await.expect("revoked");
    assert_eq!(outcomes(&school.add("x@school.example").await), [(Code::Invited, 1)]);
}

#[tokio::test]
async fn a_seat_limit_below_what_is_held_is_refused() {
    let school = School::with_seats(10).await;
    school.add("a@school.example b@school.example").await;
    let too_low = school.commands.change_seat_limit(&operator(), school.license, 1).await;
    assert_eq!(refused(too_low), Code::SeatsHeld);
    let fits = school.commands.change_seat_limit(&operator(), school.license, 2).await;
    assert_eq!(fits.expect("changed").code, Code::Changed);
    assert_eq!(outcomes(&school.add("c@school.example").await), [(Code::SeatLimit, 1)]);
}
