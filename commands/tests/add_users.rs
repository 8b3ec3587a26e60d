//! `AddUsers`, `InviteUser` and `RemoveUsers`.

mod fixture;

use domain::{Code, Event, ImportMode, MembershipEvent, Source, membership::InviteReason};
use fixture::{ADMIN, OTHER_ADMIN, School, expect, outcomes, person};

use commands::import::Input;

#[tokio::test]
async fn people_in_the_admins_domain_join_at_once_and_others_get_an_invite() {
    let school = School::with_seats(10).await;
    let report = school.add("ada@school.example, bob@elsewhere.example").await;
    assert_eq!(outcomes(&report), [(Code::Accepted, 1), (Code::Invited, 1)]);
    assert_eq!(
        (report.seats_before.map(|s| s.held), report.seats.held, report.seats.limit),
        (Some(0), 2, 10)
    );
    assert_eq!(school.memberships().await, ["UserAdded", "UserInvited"]);
}

#[tokio::test]
async fn an_admin_of_no_domain_can_only_invite_and_the_event_says_why() {
    let school = School::with_seats(10).await;
    let report = school.add_as(OTHER_ADMIN, "ada@school.example").await;
    assert_eq!(outcomes(&report), [(Code::Invited, 1)]);
    let history = school.history().await;
    let invited = history.iter().find_map(|recorded| match &recorded.event {
        Event::Membership(MembershipEvent::UserInvited { reason, .. }) => Some(*reason),
        _ => None,
    });
    assert_eq!(invited, Some(InviteReason::NotDomainAdmin));
}

#[tokio::test]
async fn invite_user_asks_for_consent_even_within_the_admins_domain() {
    let school = School::with_seats(10).await;
    let pasted = Input::Pasted("ada@school.example".to_owned());
    let report = expect(school.import_as(&person(ADMIN), ImportMode::Invite, pasted, false).await);
    assert_eq!(outcomes(&report), [(Code::Invited, 1)]);
    let history = school.history().await;
    assert!(history.iter().any(|recorded| matches!(
        recorded.event,
        Event::Membership(MembershipEvent::UserInvited { reason: InviteReason::ConsentAsked, .. })
    )));
}

#[tokio::test]
async fn the_same_again_changes_nothing() {
    let school = School::with_seats(10).await;
    school.add("ada@school.example\nbob@elsewhere.example").await;
    let before = school.memberships().await;
    let report = school.add("ADA@school.example\nbob@Elsewhere.Example").await;
    assert_eq!(outcomes(&report), [(Code::AlreadyAccepted, 1), (Code::AlreadyInvited, 1)]);
    assert_eq!(school.memberships().await, before);
    assert_eq!(school.seats_held().await, 2);
}

/// A column that is copied out of an export names the same people.
#[tokio::test]
async fn the_mark_that_an_export_puts_before_a_formula_is_taken_back_of_what_is_pasted() {
    let school = School::with_seats(10).await;
    let odd = ["=a@school.example", "-b@school.example", "x|=c@school.example"];
    let given: Vec<_> = odd.iter().map(ToString::to_string).collect();
    let listed = Input::Listed(given);
    expect(school.import_as(&person(ADMIN), ImportMode::Add, listed, false).await);
    let exported = odd.map(domain::formula::neutralised);
    assert_eq!(exported[2], "x|'=c@school.example");
    let report = school.add(&format!("Email\tClass\n{}\t7b", exported.join("\t7b\n"))).await;
    assert_eq!(outcomes(&report), [(Code::AlreadyAccepted, 3)]);
}

#[tokio::test]
async fn a_person_twice_in_one_request_is_named_with_the_first_item() {
    let school = School::with_seats(10).await;
    let report = school.add("ada@school.example\n\nbob@school.example\nADA@SCHOOL.EXAMPLE").await;
    assert_eq!(outcomes(&report), [(Code::Accepted, 2), (Code::DuplicateInFile, 1)]);
    let twice = report.items.last().expect("the third item");
    assert_eq!((twice.row, twice.line), (3, 4));
    assert_eq!(twice.reason.as_deref(), Some("The same person is item 1 already."));
}

#[tokio::test]
async fn a_person_twice_on_one_line_is_named_with_the_first_item_too() {
    let school = School::with_seats(10).await;
    let report = school.add("ada@school.example, bob@school.example, ADA@school.example").await;
    let twice = report.items.last().expect("three items");
    assert_eq!(twice.reason.as_deref(), Some("The same person is item 1 already."));
}

#[tokio::test]
async fn a_bad_address_says_where_which_and_what_to_do_and_the_others_are_added() {
    let school = School::with_seats(10).await;
    let report = school.add("ada@school.example\nbob@example\ncleo@school.example").await;
    assert_eq!(outcomes(&report), [(Code::Accepted, 2), (Code::InvalidEmail, 1)]);
    let bad = &report.items[1];
    assert_eq!((bad.row, bad.line, bad.email.as_str()), (2, 2, "bob@example"));
    assert!(bad.reason.as_deref().is_some_and(|r| r.contains("has no ending like .org")));
    assert!(bad.hint.as_deref().is_some_and(|h| !h.is_empty()));
}

#[tokio::test]
async fn rows_beyond_the_limit_are_refused_one_by_one_in_the_order_given() {
    let school = School::with_seats(2).await;
    let report = school.add("a@school.example b@school.example c@school.example d@x.example").await;
    assert_eq!(outcomes(&report), [(Code::Accepted, 2), (Code::SeatLimit, 2)]);
    let codes: Vec<_> = report.items.iter().map(|item| item.code).collect();
    assert_eq!(codes, [Code::Accepted, Code::Accepted, Code::SeatLimit, Code::SeatLimit]);
    assert_eq!(school.seats_held().await, 2);
    assert_eq!(
        school.memberships().await,
        ["UserAdded", "UserAdded", "AdmissionRefused", "AdmissionRefused"]
    );
}

#[tokio::test]
async fn a_refusal_is_not_written_twice_while_nothing_has_changed() {
    let school = School::with_seats(1).await;
    school.add("a@school.example b@school.example").await;
    let before = school.memberships().await;
    let again = school.add("b@school.example").await;
    assert_eq!(outcomes(&again), [(Code::SeatLimit, 1)]);
    assert_eq!(school.memberships().await, before);
}

#[tokio::test]
async fn a_person_who_declined_can_be_added_again() {
    let school = School::with_seats(10).await;
    school.add("bob@elsewhere.example").await;
    let declined = school
        .commands
        .decline_invite(&person("bob@elsewhere.example"), school.license, domain::DeclineReason::NotNeeded)
        .await;
    assert_eq!(declined.expect("declined").code, Code::Declined);
    assert_eq!(school.seats_held().await, 0);
    assert_eq!(outcomes(&school.add("bob@elsewhere.example").await), [(Code::Invited, 1)]);
    assert_eq!(school.accept("bob@elsewhere.example").await.expect("accepted").code, Code::Accepted);
}

#[tokio::test]
async fn removal_frees_seats_and_says_who_was_not_there() {
    let school = School::with_seats(10).await;
    school.add("a@school.example b@x.example").await;
    let report = school.remove("a@school.example b@x.example c@school.example").await;
    assert_eq!(outcomes(&report), [(Code::NotOnLicense, 1), (Code::Removed, 2)]);
    assert_eq!(school.seats_held().await, 0);
    assert_eq!(outcomes(&school.remove("a@school.example").await), [(Code::NotOnLicense, 1)]);
}

#[tokio::test]
async fn a_preview_says_what_would_happen_and_changes_nothing() {
    let school = School::with_seats(3).await;
    school.add("ada@school.example").await;
    let text = "ada@school.example, bob@school.example, cleo@x.example, dan@school.example, nobody, bob@school.example";
    let history = school.history().await.len();
    let preview = school.preview(ADMIN, text).await;
    let expected = [
        (Code::Accepted, 1),
        (Code::AlreadyAccepted, 1),
        (Code::DuplicateInFile, 1),
        (Code::InvalidEmail, 1),
        (Code::Invited, 1),
        (Code::SeatLimit, 1),
    ];
    assert_eq!(outcomes(&preview), expected);
    assert_eq!((preview.seats_before.map(|s| s.held), preview.seats.held), (Some(1), 3));
    assert_eq!(school.history().await.len(), history);
    assert_eq!(school.seats_held().await, 1);
    assert_eq!(outcomes(&school.add(text).await), expected, "what was previewed is what happens");
}

#[tokio::test]
async fn every_event_of_an_import_names_its_import_row_actor_and_source() {
    let school = School::with_seats(10).await;
    let report = school.upload(b"Email\na@school.example\nnobody\nb@school.example\n").await;
    let report = expect(report);
    let rows: Vec<_> = school
        .history()
        .await
        .into_iter()
        .filter(|e| matches!(e.event, Event::Membership(_)))
        .map(|e| (e.metadata.import_id, e.metadata.row.map(|row| row.0), e.metadata.source))
        .collect();
    let id = Some(report.import_id);
    assert_eq!(rows, [(id, Some(1), Source::Csv), (id, Some(3), Source::Csv)]);
}

#[tokio::test]
async fn somebody_who_is_no_admin_adds_nobody_and_leaves_no_trace() {
    let school = School::with_seats(10).await;
    let before = school.history().await.len();
    let pasted = Input::Pasted("x@y.example".to_owned());
    let result = school.import_as(&person("stranger@x.example"), ImportMode::Add, pasted, false).await;
    assert_eq!(fixture::refused(result), Code::NotPermitted);
    assert_eq!(school.history().await.len(), before);
}

#[tokio::test]
async fn ten_thousand_and_one_rows_go_in_chunk_by_chunk_and_every_row_counts() {
    let school = School::with_seats(20_000).await;
    let rows: Vec<String> = (0..10_001).map(|n| format!("p{n}@school.example")).collect();
    let report = expect(school.upload(format!("Email\n{}\n", rows.join("\n")).as_bytes()).await);
    assert_eq!(outcomes(&report), [(Code::Accepted, 10_001)]);
    assert!(report.items_truncated);
    let history = school.history().await;
    let chunks = history.iter().filter(|e| e.event.description().name == "ImportChunkApplied").count();
    assert!(chunks > 1, "one chunk would hold the log too long");
    assert_eq!(history.iter().filter(|e| e.event.description().name == "UserAdded").count(), 10_001);
    assert_eq!(history.last().map(|e| e.event.description().name), Some("ImportCompleted"));
}
