//! What an invited person sees.

use domain::{DeclineReason, ImportMode, LicenseName, SubjectId, membership::InviteReason};
use projections::{
    invites::{Invite, InvitesQuery},
    values,
};

use crate::house::{ADA, House, by, email, is_recent};

const TOM: &str = "tom@x.example";

async fn of(house: &House, person: &'static str) -> Vec<Invite> {
    let page = house.read(|conn| {
        let find = "SELECT subject_id FROM directory WHERE normalised = ?";
        let subject = SubjectId(conn.value(find, values![person])?.expect("a row"));
        InvitesQuery { subject }.run(conn)
    });
    let page = page.await;
    assert_eq!(page.position, house.head());
    page.items
}

async fn rows(house: &House) -> u64 {
    house.read(|conn| Ok(conn.value("SELECT count(*) FROM invites", &[])?.expect("a row"))).await
}

#[tokio::test]
async fn an_invite_says_by_whom_to_what_and_why() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    house.add(license, TOM).await;
    house.commands.rename_license(&by(ADA), license, LicenseName::parse("Hillside").unwrap()).await.unwrap();
    let invites = of(&house, TOM).await;
    assert_eq!((invites.len(), invites[0].license_id), (1, license));
    assert_eq!((invites[0].license_name.as_str(), invites[0].attempt), ("Hillside", 1));
    assert_eq!(invites[0].invited_by.as_deref(), Some(ADA));
    assert_eq!((invites[0].reason, invites[0].notification_closed), (InviteReason::NotDomainAdmin, false));
    assert!(is_recent(invites[0].invited_at));
}

#[tokio::test]
async fn a_closed_notification_waits_with_the_invite_and_can_be_opened_again() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    house.add(license, TOM).await;
    house.commands.close_notification(&by(TOM), license).await.unwrap();
    assert!(of(&house, TOM).await[0].notification_closed);
    house.commands.reopen_notification(&by(TOM), license).await.unwrap();
    assert!(!of(&house, TOM).await[0].notification_closed);
}

#[tokio::test]
async fn an_invite_goes_whatever_answers_it() {
    let house = House::open().await;
    let (license, key) = house.license("Riverside", 10).await;
    let invite = async || {
        house.import(&by(ADA), license, ImportMode::Invite, "pia@school.example").await.unwrap();
        let invites = of(&house, "pia@school.example").await;
        assert_eq!(invites[0].reason, InviteReason::ConsentAsked);
        invites[0].attempt
    };
    let pia = by("pia@school.example");
    let gone = async |how: &str| assert_eq!(rows(&house).await, 0, "{how}");

    assert_eq!(invite().await, 1);
    house.commands.decline_invite(&pia, license, DeclineReason::Unspecified).await.unwrap();
    gone("declined").await;
    assert_eq!(invite().await, 2);
    house.commands.withdraw_invite(&by(ADA), license, &email("pia@school.example")).await.unwrap();
    gone("withdrawn").await;
    invite().await;
    house.remove(license, "pia@school.example").await;
    gone("removed").await;
    invite().await;
    house.add(license, "pia@school.example").await;
    gone("added by an admin of the domain").await;
    house.commands.leave_license(&pia, license).await.unwrap();
    invite().await;
    house.commands.join_with_key(&pia, &key.reveal()).await.unwrap();
    gone("joined with the key").await;
    house.remove(license, "pia@school.example").await;
    assert_eq!(invite().await, 6);
    house.accept("pia@school.example", license).await;
    gone("accepted").await;
}

#[tokio::test]
async fn people_who_are_added_directly_have_no_row() {
    let house = House::open().await;
    let (license, key) = house.license("Riverside", 3).await;
    house.add(license, "a@school.example b@school.example").await;
    house.commands.join_with_key(&by("c@x.example"), &key.reveal()).await.unwrap();
    house.add(license, "d@x.example").await;
    assert_eq!(rows(&house).await, 0, "and neither has who was refused");
    assert!(of(&house, "d@x.example").await.is_empty());
}

#[tokio::test]
async fn the_newest_invite_comes_first() {
    let house = House::open().await;
    for name in ["one", "two", "three"] {
        let (license, _) = house.license(name, 10).await;
        house.add(license, TOM).await;
        house.add(license, "other@x.example").await;
    }
    let names: Vec<_> = of(&house, TOM).await.into_iter().map(|invite| invite.license_name).collect();
    assert_eq!(names, ["three", "two", "one"]);
}
