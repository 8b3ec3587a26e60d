//! Pages of the user list: sorts, filters, search, cursors.

use domain::{DeclineReason, LicenseId, Status, SubjectId, membership::Admission};
use projections::{
    QueryError,
    members::{MembersQuery, Sort},
    values,
};

use crate::house::{ADA, House, by};

const SORTS: [Sort; 4] = [Sort::Email, Sort::EmailDesc, Sort::Added, Sort::AddedDesc];

/// Thirty people in all statuses, who did not come in the order of their names.
pub async fn full_house() -> (House, LicenseId) {
    let house = House::open().await;
    let (license, key) = house.license("Riverside", 100).await;
    for n in 0..30 {
        let place = (n * 7) % 30;
        let domain = if n % 2 == 0 { "school" } else { "x" };
        house.add(license, &format!("person{place:02}@{domain}.example")).await;
    }
    house.accept("person07@x.example", license).await;
    for n in [21, 5, 19] {
        let person = by(&format!("person{n:02}@x.example"));
        house.commands.decline_invite(&person, license, DeclineReason::Unspecified).await.expect("done");
    }
    house.commands.join_with_key(&by("person19@x.example"), &key.reveal()).await.expect("done");
    house.remove(license, "person00@school.example").await;
    (house, license)
}

async fn subject(house: &House, person: &'static str) -> SubjectId {
    let find = "SELECT subject_id FROM directory WHERE normalised = ?";
    house.read(|conn| Ok(SubjectId(conn.value(find, values![person])?.expect("a row")))).await
}

#[tokio::test]
async fn pages_put_together_are_the_whole_list_in_every_shape() {
    let (house, license) = full_house().await;
    let ada = subject(&house, ADA).await;
    let mut shapes: Vec<MembersQuery> = Vec::new();
    for sort in SORTS {
        let statuses = Status::ALL.into_iter().map(Some).chain([None]);
        shapes.extend(statuses.map(|status| MembersQuery { status, sort, ..MembersQuery::default() }));
        for search in ["p", "person1", "school"] {
            shapes.push(MembersQuery { search: Some(search.to_owned()), sort, ..MembersQuery::default() });
        }
    }
    for sort in [Sort::Added, Sort::AddedDesc] {
        let ways = Admission::ALL.into_iter();
        shapes.extend(ways.map(|way| MembersQuery { admission: Some(way), sort, ..MembersQuery::default() }));
        let statuses = Status::ALL.into_iter().map(Some).chain([None]);
        let by_ada = |status| MembersQuery { added_by: Some(ada), status, sort, ..MembersQuery::default() };
        shapes.extend(statuses.map(by_ada));
    }
    for (n, shape) in shapes.into_iter().enumerate() {
        let whole = house.list(license, MembersQuery { limit: 500, ..shape.clone() }).await;
        assert!(whole.next_cursor.is_none() && !whole.items.is_empty(), "shape {n}");
        assert_eq!(whole.total.count, whole.items.len() as u64, "shape {n}");
        for limit in [1, 4, whole.items.len()] {
            let paged = all_pages(&house, license, MembersQuery { limit, ..shape.clone() }).await;
            let whole: Vec<_> = whole.items.iter().map(|member| member.member_id).collect();
            assert_eq!(paged, whole, "shape {n} in pages of {limit}");
        }
    }
}

async fn all_pages(house: &House, license: LicenseId, mut query: MembersQuery) -> Vec<domain::MemberId> {
    let mut found = Vec::new();
    loop {
        let page = house.list(license, query.clone()).await;
        found.extend(page.items.iter().map(|member| member.member_id));
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            return found;
        }
    }
}

#[tokio::test]
async fn a_list_is_in_the_order_that_was_asked_for() {
    let (house, license) = full_house().await;
    for sort in SORTS {
        let page = house.list(license, MembersQuery { sort, limit: 500, ..MembersQuery::default() }).await;
        let emails: Vec<_> = page.items.iter().map(|member| member.email.clone()).collect();
        let times: Vec<_> = page.items.iter().map(|member| member.added_at).collect();
        match sort {
            Sort::Email => assert!(emails.is_sorted()),
            Sort::EmailDesc => assert!(emails.iter().rev().is_sorted()),
            Sort::Added => assert!(times.is_sorted()),
            Sort::AddedDesc => assert!(times.iter().rev().is_sorted()),
        }
    }
}

#[tokio::test]
async fn search_finds_a_beginning_and_any_three_letters() {
    let (house, license) = full_house().await;
    let found = async |search: &str| {
        let query = MembersQuery { search: Some(search.to_owned()), limit: 500, ..MembersQuery::default() };
        house.list(license, query).await.items.len()
    };
    assert_eq!(found("p").await, 29);
    assert_eq!(found(" PERSON07 ").await, 1);
    assert_eq!(found("son1").await, 10);
    assert_eq!(found("@x.").await, 15);
    assert_eq!(found("er").await, 0, "two letters are a beginning");
    assert_eq!(found("%_%").await, 0, "no sign has a meaning of its own");
    assert_eq!(found("person00").await, 0, "who was removed is not found");
    assert_eq!(found("").await, 29);
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let (house, license) = full_house().await;
    let (other, _) = house.license("Hillside", 5).await;
    let query = MembersQuery { limit: 3, ..MembersQuery::default() };
    let cursor = house.list(license, query.clone()).await.next_cursor;
    let with = |query: MembersQuery| MembersQuery { cursor: cursor.clone(), ..query };
    let stale = |license, query: MembersQuery| {
        let answer = house.query(|conn| query.run(conn, license));
        assert!(matches!(answer, Err(QueryError::StaleCursor)));
    };
    stale(other, with(query.clone()));
    stale(license, with(MembersQuery { sort: Sort::Added, ..query.clone() }));
    stale(license, with(MembersQuery { status: Some(Status::Invited), ..query.clone() }));
    stale(license, MembersQuery { cursor: Some("AAAA".to_owned()), ..query });
}

#[tokio::test]
async fn combinations_without_an_index_are_not_offered() {
    let (house, license) = full_house().await;
    let way = MembersQuery { admission: Some(Admission::Invite), limit: 5, ..MembersQuery::default() };
    let by_added = MembersQuery { sort: Sort::Added, ..way.clone() };
    let shapes = [
        way,
        MembersQuery { status: Some(Status::Accepted), ..by_added.clone() },
        MembersQuery { search: Some("person".to_owned()), ..by_added.clone() },
        MembersQuery { added_by: Some(SubjectId::OPERATOR), ..by_added.clone() },
        MembersQuery {
            admission: None,
            added_by: Some(SubjectId::OPERATOR),
            search: Some("person".to_owned()),
            ..by_added
        },
    ];
    for shape in shapes {
        let answer = house.query(|conn| shape.run(conn, license));
        assert!(matches!(answer, Err(QueryError::NotOffered { .. })));
    }
}

#[tokio::test]
async fn a_page_goes_on_where_it_ended_when_its_last_person_comes_back() {
    let (house, license) = full_house().await;
    let mut query = MembersQuery { sort: Sort::Added, limit: 5, ..MembersQuery::default() };
    let first = house.list(license, query.clone()).await;
    let last = first.items[4].email.clone().unwrap();
    house.remove(license, &last).await;
    house.add(license, &last).await;
    query.cursor = first.next_cursor;
    query.limit = 500;
    assert_eq!(house.list(license, query).await.items.len(), 25, "24 others, and who came back, at the end");
}

#[tokio::test]
async fn a_reader_who_waits_for_a_position_sees_their_own_write() {
    let (house, license) = full_house().await;
    for n in 0..20 {
        let report = house.add(license, &format!("new{n}@school.example")).await;
        house.projector().reached("members", report.position).await.unwrap();
        let page = house
            .query(|conn| MembersQuery { limit: 1, ..MembersQuery::default() }.run(conn, license))
            .unwrap();
        assert!(page.position >= report.position);
        assert_eq!(page.total.count, 30 + n);
    }
}

#[tokio::test]
async fn a_reader_who_waits_for_what_never_comes_is_told_where_the_list_is() {
    let house = House::open().await;
    house.settled().await;
    let answer = house.projector().reached("members", 1_000).await;
    assert!(matches!(answer, Err(QueryError::Behind { at: 0, wanted: 1_000, why: None })), "{answer:?}");
}
