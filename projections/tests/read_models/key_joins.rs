//! Who joined by which license key.

use domain::{KeyId, LicenseId};
use projections::{
    QueryError,
    key_joins::{KeyJoinsPage, KeyJoinsQuery},
};

use crate::house::{ADA, House, by, is_recent};

async fn joins(house: &House, license: LicenseId, key: KeyId) -> Option<KeyJoinsPage> {
    let query = KeyJoinsQuery { key, cursor: None, limit: 100 };
    house.read(|conn| query.run(conn, license)).await
}

fn emails(page: &KeyJoinsPage) -> Vec<&str> {
    page.items.iter().map(|join| join.email.as_deref().unwrap_or("erased")).collect()
}

async fn key(house: &House, license: LicenseId) -> (KeyId, String) {
    let (issued, key) = house.commands.issue_key(&by(ADA), license, None, None).await.expect("a key");
    (KeyId(issued.id.expect("its id")), key.expect("its text").reveal())
}

#[tokio::test]
async fn who_joined_by_a_key_is_told_in_order_and_by_no_other_key() {
    let house = House::open().await;
    let (license, other) = (house.license("Riverside", 10).await.0, house.license("Hillside", 10).await.0);
    let ((first, typed), (second, also)) = (key(&house, license).await, key(&house, license).await);
    for (person, typed) in [("b@x.example", &typed), ("a@x.example", &typed), ("c@x.example", &also)] {
        house.commands.join_with_key(&by(person), typed).await.expect("joined");
    }
    house.add(license, "d@school.example").await;
    let page = joins(&house, license, first).await.expect("the key");
    assert_eq!((emails(&page), page.total), (vec!["b@x.example", "a@x.example"], 2));
    assert_eq!(page.position, house.head());
    assert!(page.items.iter().all(|join| is_recent(join.joined_at)));
    let members = house.everybody(license).await;
    assert!(page.items.iter().all(|join| members.iter().any(|member| member.member_id == join.member_id)));
    assert_eq!(emails(&joins(&house, license, second).await.expect("the key")), ["c@x.example"]);
    assert!(joins(&house, other, first).await.is_none(), "it is no key of that license");
    assert!(joins(&house, license, KeyId(uuid::Uuid::nil())).await.is_none());
}

#[tokio::test]
async fn somebody_who_joined_again_is_there_twice_and_an_erased_person_without_an_address() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    let (id, typed) = key(&house, license).await;
    house.commands.join_with_key(&by("a@x.example"), &typed).await.expect("joined");
    house.commands.leave_license(&by("a@x.example"), license).await.expect("left");
    house.commands.join_with_key(&by("a@x.example"), &typed).await.expect("joined again");
    assert_eq!(emails(&joins(&house, license, id).await.expect("the key")), ["a@x.example"; 2]);
    house.tamper_with_log("DELETE FROM directory WHERE normalised = 'a@x.example'").await;
    assert_eq!(emails(&joins(&house, license, id).await.expect("the key")), ["erased"; 2]);
}

#[tokio::test]
async fn pages_of_joins_put_together_are_all_of_them() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    let (id, typed) = key(&house, license).await;
    for n in 0..5 {
        house.commands.join_with_key(&by(&format!("p{n}@x.example")), &typed).await.expect("joined");
    }
    let (mut query, mut found) = (KeyJoinsQuery { key: id, cursor: None, limit: 2 }, Vec::new());
    loop {
        let page = house.read(|conn| query.run(conn, license)).await.expect("the key");
        assert!(page.items.len() <= 2 && page.total == 5);
        found.extend(page.items.iter().filter_map(|join| join.email.clone()));
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, (0..5).map(|n| format!("p{n}@x.example")).collect::<Vec<_>>());
    let foreign = KeyJoinsQuery { key: id, cursor: Some("nonsense".to_owned()), limit: 2 };
    let answer = house.query(|conn| foreign.run(conn, license));
    assert!(matches!(answer, Err(QueryError::StaleCursor)));
}
