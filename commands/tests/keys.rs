//! Joining with the license key.

mod fixture;

use commands::{Context, Secrets, issue_key::KeyTerms};
use domain::{Code, Event, KeyId, LicenseEvent, LicenseKey};
use eventlog::{CommandKey, EventLog};
use fixture::{School, day, operator, person, refused};

#[tokio::test]
async fn whoever_enters_the_key_joins_at_once_however_it_is_typed() {
    let school = School::with_seats(10).await;
    let typed = school.key.to_lowercase().replace('-', " ");
    let (license, reply) =
        school.commands.join_with_key(&person("new@x.example"), &typed).await.expect("joined");
    assert_eq!((license, reply.code), (school.license, Code::Accepted));
    assert_eq!(school.join("new@x.example").await.expect("again").code, Code::AlreadyAccepted);
    assert_eq!(school.seats_held().await, 1);
}

#[tokio::test]
async fn an_invited_or_rejected_person_joins_with_the_key_and_needs_no_second_seat() {
    let school = School::with_seats(1).await;
    school.add("bob@x.example").await;
    assert_eq!(school.join("bob@x.example").await.expect("joined").code, Code::Accepted);
    assert_eq!(school.seats_held().await, 1);
    assert_eq!(school.memberships().await, ["UserInvited", "JoinedWithLicenseKey"]);
}

#[tokio::test]
async fn a_typing_mistake_is_told_apart_from_an_unknown_key() {
    let school = School::with_seats(1).await;
    let mut wrong = school.key.clone();
    let other = if wrong.starts_with('A') { "B" } else { "A" };
    wrong.replace_range(0..1, other);
    assert_eq!(
        refused(school.commands.join_with_key(&person("x@y.example"), &wrong).await),
        Code::KeyMistyped
    );
    let unknown = LicenseKey::new([9; 15]).reveal();
    assert_eq!(
        refused(school.commands.join_with_key(&person("x@y.example"), &unknown).await),
        Code::KeyUnknown
    );
    assert!(school.memberships().await.is_empty(), "strangers write nobody's history");
}

#[tokio::test]
async fn a_key_is_shown_again_to_the_operator_and_the_admins_until_it_is_revoked() {
    let mut school = School::with_seats(10).await;
    let secrets = Secrets::parse("a secret that nobody can guess: 0123456789").expect("a secret");
    school.commands = school.commands.clone().with_secrets(secrets);
    let (commands, license) = (&school.commands, school.license);
    let (issued, key) = commands.issue_key(&operator(), license, None, None).await.expect("a key");
    let (key_id, text) = (KeyId(issued.id.expect("its id")), key.expect("shown at once").reveal());
    let command = Some(CommandKey { id: uuid::Uuid::from_u128(7), fingerprint: [7; 32] });
    let repeated = || Context { command, ..operator() };
    for who in [operator(), person(fixture::ADMIN), repeated(), repeated()] {
        let (shown, position) = commands.show_key(&who, license, key_id).await.expect("shown again");
        assert_eq!(shown.reveal(), text);
        let recorded = school.log.read_after(position - 1, 1).await.expect("the history").events.remove(0);
        assert_eq!(recorded.event, Event::License(LicenseEvent::LicenseKeyShown { key_id }));
    }
    school.join("bob@x.example").await.expect("joined");
    for who in ["bob@x.example", "nobody@x.example"] {
        assert_eq!(refused(commands.show_key(&person(who), license, key_id).await), Code::NotPermitted);
    }
    let other = KeyId(uuid::Uuid::from_u128(1));
    assert_eq!(refused(commands.show_key(&operator(), license, other).await), Code::KeyUnknown);
    let elsewhere = school.commands.clone().with_secrets(Secrets::default());
    assert_eq!(refused(elsewhere.show_key(&operator(), license, key_id).await), Code::KeySealed);
    let history = school.log.read_after(0, 100).await.expect("the history").events;
    let shown =
        history.iter().filter(|it| matches!(it.event, Event::License(LicenseEvent::LicenseKeyShown { .. })));
    assert_eq!(shown.count(), 4, "whoever was refused has seen nothing");
    commands.revoke_key(&operator(), license, key_id).await.expect("revoked");
    assert_eq!(refused(commands.show_key(&operator(), license, key_id).await), Code::KeyRevoked);
    assert_eq!(school.log.find_sealed_key(key_id).await.expect("texts"), None, "its text is gone");
}

#[tokio::test]
async fn a_key_that_was_issued_without_a_secret_is_shown_once() {
    let school = School::with_seats(1).await;
    let (commands, license) = (&school.commands, school.license);
    assert!(!commands.keeps_keys());
    let (issued, _) = commands.issue_key(&operator(), license, None, None).await.expect("a key");
    let key_id = KeyId(issued.id.expect("its id"));
    assert_eq!(refused(commands.show_key(&operator(), license, key_id).await), Code::KeyNotKept);
}

#[tokio::test]
async fn two_keys_open_the_license_while_one_takes_the_place_of_the_other() {
    let school = School::with_seats(10).await;
    let (commands, license) = (&school.commands, school.license);
    let (first, old) = commands.issue_key(&operator(), license, Some(1), None).await.expect("a key");
    let (old_id, old) = (KeyId(first.id.expect("its id")), old.expect("a text").reveal());
    let ends = day("2026-11-30");
    let rotate =
        |ctx| async move { commands.rotate_key(&ctx, license, old_id, ends, KeyTerms::default()).await };
    let (rotated, new) = rotate(operator()).await.expect("another key");
    let new = new.expect("a text").reveal();
    assert_ne!(rotated.id, first.id);
    commands.join_with_key(&person("a@x.example"), &old).await.expect("by the old one");
    commands.join_with_key(&person("b@x.example"), &new).await.expect("by the new one");
    assert_eq!(refused(commands.join_with_key(&person("c@x.example"), &old).await), Code::KeyUsedUp);
    let late = |who| Context { now: fixture::noon("2026-12-01"), ..person(who) };
    assert_eq!(refused(commands.join_with_key(&late("d@x.example"), &old).await), Code::KeyExpired);
    commands.join_with_key(&late("d@x.example"), &new).await.expect("the new one goes on");
    assert_eq!(refused(rotate(late(fixture::ADMIN)).await), Code::EndInPast);
}

#[tokio::test]
async fn a_key_opens_for_as_many_as_it_allows_and_until_it_ends_or_is_revoked() {
    let school = School::with_seats(10).await;
    let (commands, license) = (&school.commands, school.license);
    let (issued, key) =
        commands.issue_key(&operator(), license, Some(1), Some(day("2026-11-30"))).await.expect("a key");
    let key = key.expect("shown once").reveal();
    commands.join_with_key(&person("a@x.example"), &key).await.expect("the first");
    assert_eq!(refused(commands.join_with_key(&person("b@x.example"), &key).await), Code::KeyUsedUp);
    let mut late = person("c@x.example");
    late.now = fixture::noon("2026-12-01");
    assert_eq!(refused(commands.join_with_key(&late, &key).await), Code::KeyExpired);
    let key_id = KeyId(issued.id.expect("its id"));
    commands.revoke_key(&operator(), license, key_id).await.expect("revoked");
    assert_eq!(refused(commands.join_with_key(&person("d@x.example"), &key).await), Code::KeyRevoked);
    let refusals = school.memberships().await.iter().filter(|name| **name == "AdmissionRefused").count();
    assert_eq!(refusals, 3, "each is history");
}
