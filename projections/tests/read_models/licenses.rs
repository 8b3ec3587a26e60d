//! The licenses and their terms, admins and keys.

use commands::issue_key::KeyTerms;
use domain::{Code, LicenseId, LicenseName, MailDomain, Plan, StaffRole, SubjectId, license::KeyState};
use projections::{
    QueryError,
    licenses::{LicenseDetail, LicensesQuery, license},
};

use crate::house::{ADA, House, by, email, is_recent, operator, today};

async fn detail(house: &House, id: LicenseId) -> LicenseDetail {
    house.read(|conn| license(conn, id, today())).await.expect("the license")
}

#[tokio::test]
async fn a_new_license_shows_its_terms_its_admin_and_its_key() {
    let house = House::open().await;
    let (id, _) = house.license("Riverside", 10).await;
    let shown = detail(&house, id).await;
    assert_eq!((shown.summary.name.as_str(), shown.summary.plan), ("Riverside", Plan::Paid));
    assert_eq!((shown.summary.seats.limit, shown.summary.seats.held, shown.summary.ends), (10, 0, None));
    assert_eq!((shown.admins.len(), shown.keys.len()), (1, 1));
    assert_eq!(shown.admins[0].email.as_deref(), Some(ADA));
    assert_eq!(shown.admins[0].domains, ["school.example"]);
    assert_eq!((shown.keys[0].limit, shown.keys[0].joined, shown.keys[0].revoked), (None, 0, false));
    assert!(is_recent(shown.summary.created_at) && is_recent(shown.keys[0].issued_at));
    assert_eq!(shown.position, house.head());
    assert!(house.read(|conn| license(conn, LicenseId(uuid::Uuid::nil()), today())).await.is_none());
}

#[tokio::test]
async fn changed_terms_show() {
    let house = House::open().await;
    let (id, _) = house.license("Riverside", 10).await;
    let commands = &house.commands;
    commands.rename_license(&by(ADA), id, LicenseName::parse("Hillside").unwrap()).await.unwrap();
    commands.change_plan(&operator(), id, Plan::Free).await.unwrap();
    commands.change_seat_limit(&operator(), id, 7).await.unwrap();
    commands.change_term(&operator(), id, Some(today())).await.unwrap();
    let shown = detail(&house, id).await.summary;
    assert_eq!((shown.name.as_str(), shown.plan, shown.seats.limit), ("Hillside", Plan::Free, 7));
    assert_eq!(shown.ends, Some(today()));
    commands.change_term(&operator(), id, None).await.unwrap();
    assert_eq!(detail(&house, id).await.summary.ends, None);
}

#[tokio::test]
async fn seats_are_held_by_accepted_and_invited_people() {
    let house = House::open().await;
    let (id, _) = house.license("Riverside", 10).await;
    house.add(id, "a@school.example b@x.example c@x.example").await;
    assert_eq!(detail(&house, id).await.summary.seats.held, 3);
    let unspecified = domain::DeclineReason::Unspecified;
    house.commands.decline_invite(&by("c@x.example"), id, unspecified).await.unwrap();
    assert_eq!(detail(&house, id).await.summary.seats.held, 2);
}

#[tokio::test]
async fn admins_and_their_domains_come_and_go() {
    let house = House::open().await;
    let (id, _) = house.license("Riverside", 10).await;
    let (eve, domain) = (email("Eve@x.example"), MailDomain::parse("x.example").unwrap());
    let commands = &house.commands;
    commands.grant_admin(&by(ADA), id, &eve).await.unwrap();
    commands.grant_domain(&operator(), id, &eve, domain.clone()).await.unwrap();
    let shown = detail(&house, id).await;
    assert_eq!(shown.admins[1].email.as_deref(), Some("Eve@x.example"));
    assert_eq!(shown.admins[1].domains, ["x.example"]);
    commands.revoke_domain(&operator(), id, &eve, domain.clone()).await.unwrap();
    assert!(detail(&house, id).await.admins[1].domains.is_empty());
    commands.grant_domain(&operator(), id, &eve, domain.clone()).await.unwrap();
    commands.revoke_admin(&operator(), id, &eve).await.unwrap();
    assert_eq!(detail(&house, id).await.admins.len(), 1);
    commands.grant_admin(&by(ADA), id, &eve).await.unwrap();
    assert!(detail(&house, id).await.admins[1].domains.is_empty(), "they went with the role");
}

#[tokio::test]
async fn a_key_shows_how_many_joined_with_it_and_that_it_was_revoked() {
    let house = House::open().await;
    let (id, _) = house.license("Riverside", 10).await;
    let (reply, key) = house.commands.issue_key(&by(ADA), id, Some(2), Some(today())).await.unwrap();
    assert_eq!(reply.code, Code::Changed);
    let key = key.unwrap().reveal();
    house.commands.join_with_key(&by("a@x.example"), &key).await.unwrap();
    let shown = detail(&house, id).await.keys;
    assert_eq!((shown[1].limit, shown[1].joined, shown[1].ends), (Some(2), 1, Some(today())));
    house.commands.revoke_key(&by(ADA), id, shown[1].key_id).await.unwrap();
    let shown = detail(&house, id).await.keys;
    assert_eq!(shown.iter().map(|key| key.revoked).collect::<Vec<_>>(), [false, true]);
    assert_eq!(shown.iter().map(|key| key.state).collect::<Vec<_>>(), [KeyState::Open, KeyState::Revoked]);
}

#[tokio::test]
async fn a_key_that_another_one_replaces_shows_its_new_end() {
    let house = House::open().await;
    let (id, _) = house.license("Riverside", 10).await;
    let old = detail(&house, id).await.keys[0].key_id;
    house.commands.rotate_key(&by(ADA), id, old, today(), KeyTerms::default()).await.unwrap();
    let shown = detail(&house, id).await.keys;
    assert_eq!((shown[0].ends, shown[1].ends), (Some(today()), None));
    let tomorrow = today().succ_opt().unwrap();
    let shown = house.read(|conn| license(conn, id, tomorrow)).await.unwrap().keys;
    assert_eq!(shown.iter().map(|key| key.state).collect::<Vec<_>>(), [KeyState::Ended, KeyState::Open]);
}

#[tokio::test]
async fn the_newest_license_comes_first_and_an_admin_sees_their_own() {
    let house = House::open().await;
    let mut ids = Vec::new();
    for n in 0..7 {
        ids.push(house.license(&format!("License {n}"), 5).await.0);
    }
    for id in [ids[1], ids[4], ids[6]] {
        house.commands.grant_admin(&by(ADA), id, &email("eve@x.example")).await.unwrap();
    }
    let eve = house.read(|conn| license(conn, ids[4], today())).await.unwrap().admins[1].subject_id;
    ids.reverse();
    let all = LicensesQuery { limit: 3, ..LicensesQuery::default() };
    assert_eq!(pages(&house, all.clone()).await, ids);
    let hers = LicensesQuery { admin: Some(eve), limit: 2, ..all.clone() };
    assert_eq!(pages(&house, hers.clone()).await, [ids[0], ids[2], ids[5]]);

    let cursor = house.read(|conn| all.run(conn)).await.next_cursor;
    let answer = house.query(|conn| LicensesQuery { cursor, ..hers }.run(conn));
    assert!(matches!(answer, Err(QueryError::StaleCursor)), "it is of the other list");
}

#[tokio::test]
async fn a_license_is_found_by_a_part_of_its_name_in_capitals_or_not_and_by_its_id() {
    let house = House::open().await;
    let mut ids = Vec::new();
    for name in ["Schule am M\u{fc}hlenteich", "Hillside School, 100 %", "HILLSIDE College", "a_b"] {
        ids.push(house.license(name, 5).await.0);
    }
    let found = async |typed: &str| {
        let search = Some(typed.to_owned());
        pages(&house, LicensesQuery { search, limit: 1, ..LicensesQuery::default() }).await
    };
    assert_eq!(found("hillside").await, [ids[2], ids[1]]);
    assert_eq!(found(" Side S ").await, [ids[1]]);
    assert_eq!(found("M\u{dc}HLEN").await, [ids[0]]);
    assert_eq!(found("mu\u{308}hlen").await, [ids[0]], "whatever its letters are made of");
    assert_eq!(found(&format!(" {} ", ids[0].0)).await, [ids[0]]);
    // What means something to the database is a letter like others.
    assert_eq!((found("0 %").await, found("a_b").await), (vec![ids[1]], vec![ids[3]]));
    assert_eq!((found("e%l").await, found("\\").await), (vec![], vec![]));
    let renamed = LicenseName::parse("Riverside").unwrap();
    house.commands.rename_license(&operator(), ids[2], renamed).await.unwrap();
    assert_eq!((found("hillside").await, found("RIVER").await), (vec![ids[1]], vec![ids[2]]));
    let (of, search) = (Some(SubjectId(uuid::Uuid::max())), Some("school".to_owned()));
    let of_nobody = LicensesQuery { of, search, limit: 5, ..LicensesQuery::default() };
    assert_eq!(pages(&house, of_nobody).await, [], "among those that are somebody's to see");
}

async fn pages(house: &House, mut query: LicensesQuery) -> Vec<LicenseId> {
    let mut found = Vec::new();
    loop {
        let page = house.read(|conn| query.run(conn)).await;
        assert!(page.items.len() <= query.limit && page.position == house.head());
        found.extend(page.items.iter().map(|license| license.license_id));
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            return found;
        }
    }
}

#[tokio::test]
async fn auditors_and_support_come_and_go_and_see_the_licenses_where_they_have_a_role() {
    let house = House::open().await;
    let (one, _) = house.license("One", 5).await;
    let (two, _) = house.license("Two", 5).await;
    house.license("Three", 5).await;
    let (commands, eve) = (&house.commands, email("eve@x.example"));
    commands.grant_staff(&by(ADA), one, &eve, StaffRole::Support).await.unwrap();
    commands.grant_staff(&by(ADA), one, &eve, StaffRole::Auditor).await.unwrap();
    commands.grant_admin(&by(ADA), two, &eve).await.unwrap();
    let staff = detail(&house, one).await.staff;
    assert_eq!(staff.iter().map(|s| s.role).collect::<Vec<_>>(), [StaffRole::Support, StaffRole::Auditor]);
    let subject = staff[0].subject_id;
    assert_eq!((staff[1].subject_id, staff[1].email.as_deref()), (subject, Some("eve@x.example")));
    let hers = LicensesQuery { of: Some(subject), limit: 1, ..LicensesQuery::default() };
    assert_eq!(pages(&house, hers.clone()).await, [two, one]);
    let only = LicensesQuery { only: Some(one), ..hers.clone() };
    assert_eq!(pages(&house, only).await, [one]);
    let administered = LicensesQuery { admin: Some(subject), ..hers.clone() };
    assert_eq!(pages(&house, administered).await, [two]);

    commands.revoke_staff(&operator(), one, &eve, StaffRole::Auditor).await.unwrap();
    commands.revoke_staff(&operator(), one, &eve, StaffRole::Support).await.unwrap();
    assert!(detail(&house, one).await.staff.is_empty());
    assert_eq!(pages(&house, hers).await, [two]);
}

#[tokio::test]
async fn an_erased_admin_has_no_address() {
    let house = House::open().await;
    let (id, _) = house.license("Riverside", 10).await;
    house.tamper_with_log("DELETE FROM directory").await;
    assert_eq!(detail(&house, id).await.admins[0].email, None);
}
