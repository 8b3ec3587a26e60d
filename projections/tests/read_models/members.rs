//! The user list follows what happens.

use domain::{DeclineReason, ImportMode};
use projections::members::{self, Member, MembersQuery, StatusCounts};

use crate::house::{ADA, House, by, is_recent, line, lines, operator};

#[tokio::test]
async fn whom_a_domain_admin_adds_is_accepted_and_others_are_invited() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    house.add(license, "pia@school.example, Tom@Elsewhere.example").await;
    let people = house.everybody(license).await;
    assert_eq!(lines(&people), ["pia@school.example accepted domain_admin", "Tom@Elsewhere.example invited"]);
    let tom = &people[1];
    assert_eq!((tom.attempts, tom.added_by.as_deref(), tom.source.as_deref()), (1, Some(ADA), Some("email")));
    assert!(tom.import_id.is_some() && tom.added_at.is_some_and(is_recent));
}

#[tokio::test]
async fn each_answer_of_an_invited_person_shows() {
    let house = House::open().await;
    let (license, key) = house.license("Riverside", 10).await;
    house.add(license, "a@x.example b@x.example c@x.example d@x.example").await;
    house.accept("a@x.example", license).await;
    house.commands.decline_invite(&by("b@x.example"), license, DeclineReason::NotNeeded).await.unwrap();
    house.commands.close_notification(&by("c@x.example"), license).await.unwrap();
    house.commands.join_with_key(&by("d@x.example"), &key.reveal()).await.unwrap();
    let expected = [
        "a@x.example accepted invite",
        "b@x.example rejected not_needed",
        "c@x.example invited closed",
        "d@x.example accepted license_key",
    ];
    assert_eq!(lines(&house.everybody(license).await), expected);
    house.commands.reopen_notification(&by("c@x.example"), license).await.unwrap();
    assert_eq!(line(&house.everybody(license).await[2]), "c@x.example invited");
}

#[tokio::test]
async fn whoever_declined_can_be_invited_again_or_enter_the_key() {
    let house = House::open().await;
    let (license, key) = house.license("Riverside", 10).await;
    house.add(license, "a@x.example").await;
    house.commands.decline_invite(&by("a@x.example"), license, DeclineReason::Unspecified).await.unwrap();
    let first = house.everybody(license).await.swap_remove(0);
    let ben = crate::house::email("ben@school.example");
    house.commands.grant_admin(&operator(), license, &ben).await.expect("an admin");
    house.import(&by("ben@school.example"), license, ImportMode::Add, "a@x.example").await.expect("again");
    let again = &house.everybody(license).await[0];
    assert_eq!((line(again).as_str(), again.attempts), ("a@x.example invited", 2));
    // When, by whom and how they came on the list are of one event, and not of two.
    let of = |member: &Member| (member.added_at, member.added_by.clone(), member.import_id);
    assert_eq!(of(again), of(&first));
    house.commands.decline_invite(&by("a@x.example"), license, DeclineReason::Unspecified).await.unwrap();
    house.commands.join_with_key(&by("a@x.example"), &key.reveal()).await.unwrap();
    let joined = &house.everybody(license).await[0];
    assert_eq!(line(joined), "a@x.example accepted license_key");
    assert_eq!((joined.added_by.as_deref(), joined.source.as_deref()), (Some(ADA), Some("email")));
    house.commands.leave_license(&by("a@x.example"), license).await.expect("gone");
    house.commands.join_with_key(&by("a@x.example"), &key.reveal()).await.expect("joined");
    let back = &house.everybody(license).await[0];
    assert_eq!((back.added_by.as_deref(), back.source.as_deref()), (None, Some("key")));
}

#[tokio::test]
async fn who_is_removed_withdrawn_or_leaves_is_not_on_the_list_until_added_again() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    house.add(license, "a@school.example b@school.example c@x.example").await;
    house.remove(license, "a@school.example").await;
    house.commands.leave_license(&by("b@school.example"), license).await.unwrap();
    house.commands.withdraw_invite(&by(ADA), license, &crate::house::email("c@x.example")).await.unwrap();
    assert!(house.everybody(license).await.is_empty());
    house.add(license, "a@school.example").await;
    assert_eq!(lines(&house.everybody(license).await), ["a@school.example accepted domain_admin"]);
}

#[tokio::test]
async fn who_is_refused_is_not_on_the_list_but_the_code_is_kept() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 1).await;
    house.add(license, "a@school.example b@school.example").await;
    assert_eq!(lines(&house.everybody(license).await), ["a@school.example accepted domain_admin"]);
    let refused = house.read(|conn| {
        let id = conn.value("SELECT member_id FROM members WHERE normalised LIKE 'b@%'", &[])?;
        members::member(conn, license, domain::MemberId(id.expect("a row")))
    });
    assert_eq!(line(&refused.await.unwrap()), "b@school.example refused: seat_limit");
    house.remove(license, "a@school.example").await;
    house.add(license, "b@school.example").await;
    assert_eq!(lines(&house.everybody(license).await), ["b@school.example accepted domain_admin"]);
}

#[tokio::test]
async fn the_counters_follow_every_change() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    let counts = async |status| {
        let query = MembersQuery { status, limit: 1, ..MembersQuery::default() };
        let total = house.list(license, query).await.total;
        assert!(total.exact);
        total.count
    };
    house.add(license, "a@school.example b@x.example c@x.example d@x.example").await;
    house.accept("b@x.example", license).await;
    house.commands.decline_invite(&by("c@x.example"), license, DeclineReason::Unspecified).await.unwrap();
    let detail = house
        .read(|conn| projections::licenses::license(conn, license, crate::house::today()))
        .await
        .unwrap();
    assert_eq!(detail.summary.counts, StatusCounts { accepted: 2, invited: 1, rejected: 1 });
    for (status, n) in domain::Status::ALL.into_iter().zip([2, 1, 1]) {
        assert_eq!(counts(Some(status)).await, n, "{status:?}");
    }
    house.import(&by(ADA), license, ImportMode::Remove, "a@school.example c@x.example").await.unwrap();
    assert_eq!(counts(None).await, 2);
}
