//! Searches of the user list, fed by real commands.

use domain::{DeclineReason, LicenseId, Status};
use projections::{
    QueryError,
    members::{MembersQuery, Sort, Total},
    rebuild::Then,
};

use crate::house::{House, by, on_postgres};

fn search(term: &str) -> MembersQuery {
    MembersQuery { search: Some(term.to_owned()), limit: 500, ..MembersQuery::default() }
}

async fn found(house: &House, license: LicenseId, query: MembersQuery) -> Vec<String> {
    let items = house.list(license, query).await.items;
    items.into_iter().filter_map(|member| member.email).collect()
}

/// What a house answers to searches, for a comparison.
pub async fn answers(house: &House, license: LicenseId) -> Vec<(Vec<String>, Total)> {
    let mut answers = Vec::new();
    for term in ["per", "person1", "@school", "ple", "n11@", "x.ex", "zzz"] {
        for status in [None, Some(Status::Accepted), Some(Status::Invited)] {
            let page = house.list(license, MembersQuery { status, ..search(term) }).await;
            answers.push((page.items.into_iter().filter_map(|m| m.email).collect(), page.total));
        }
    }
    answers
}

#[tokio::test]
async fn a_name_beyond_ascii_is_found_as_it_is_typed() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    house.add(license, "Müller@x.example, ada@münchen.example, jörg@schule.müller.example").await;
    for (term, people) in [
        ("müller", &["jörg@schule.müller.example", "Müller@x.example"][..]),
        ("MÜLL", &["Müller@x.example"]),
        ("münchen", &["ada@münchen.example"]),
        ("@münchen.ex", &["ada@münchen.example"]),
        ("ada@MÜNCHEN.example", &["ada@münchen.example"]),
        ("xn--mnchen", &["ada@münchen.example"]),
        ("jör", &["jörg@schule.müller.example"]),
        ("mü", &["Müller@x.example"]),
    ] {
        assert_eq!(found(&house, license, search(term)).await, people, "{term}");
    }
}

#[tokio::test]
async fn a_search_knows_its_license_and_who_is_on_it_now() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    let (other, _) = house.license("Hillside", 10).await;
    house.add(license, "ada@x.example bob@school.example").await;
    house.add(other, "ada@x.example adamo@x.example").await;
    assert_eq!(found(&house, license, search("ada")).await, ["ada@x.example"]);
    house.remove(license, "ada@x.example").await;
    assert!(found(&house, license, search("ada")).await.is_empty());
    assert_eq!(found(&house, other, search("ada")).await.len(), 2);
    house.add(license, "ada@x.example").await;
    let invited = MembersQuery { status: Some(Status::Invited), ..search("ada") };
    assert_eq!(found(&house, license, invited.clone()).await, ["ada@x.example"]);
    house.commands.decline_invite(&by("ada@x.example"), license, DeclineReason::Unspecified).await.unwrap();
    assert!(found(&house, license, invited).await.is_empty());
}

#[tokio::test]
async fn a_search_goes_on_after_a_rebuild_and_leaves_nothing_of_the_old_index() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    house.add(license, "ada@school.example").await;
    let tables = async || -> u64 {
        let sql = if on_postgres() {
            "SELECT count(*) FROM pg_class WHERE relname LIKE 'members_search%'"
        } else {
            "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'members_search%'"
        };
        house.read(|conn| Ok(conn.value(sql, &[])?.expect("a row"))).await
    };
    let before = tables().await;
    for n in 0..3 {
        let rebuilt = house.projector().rebuild("members", Then::Swap).await.unwrap();
        assert!(rebuilt.equal && rebuilt.swapped);
        house.add(license, &format!("ada{n}@school.example")).await;
    }
    house.projector().tidied().await;
    assert_eq!(found(&house, license, search("ada")).await.len(), 4);
    assert_eq!(tables().await, before);
}

/// More than are looked at one by one, and a list longer than is counted.
#[tokio::test]
async fn many_matches_come_in_pages_and_a_total_says_whether_it_is_exact() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 100_000).await;
    let people = |range: std::ops::Range<usize>, domain: &str| -> String {
        range.map(|n| format!("p{n:05}@{domain}.example\n")).collect()
    };
    house.add(license, &people(0..2_500, "school")).await;
    let total = async |query: MembersQuery| {
        let Total { count, exact } = house.list(license, query).await.total;
        (count, exact)
    };
    for sort in [Sort::Email, Sort::EmailDesc, Sort::Added, Sort::AddedDesc] {
        let mut query = MembersQuery { sort, ..search("school") };
        let mut seen = std::collections::BTreeSet::new();
        loop {
            let page = house.list(license, query.clone()).await;
            assert_eq!(page.total, Total { count: 2_500, exact: true });
            seen.extend(page.items.into_iter().filter_map(|member| member.email));
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 2_500, "{}", sort.as_str());
    }
    house.add(license, &people(2_500..20_100, "x")).await;
    assert_eq!(total(search("school")).await, (1_000, false));
    assert_eq!(total(search("p0123")).await, (10, true));
    assert_eq!(total(search("p0")).await, (10_000, true));
    assert_eq!(total(search("p")).await, (10_000, false));
    assert_eq!(total(MembersQuery { sort: Sort::Added, ..search("p") }).await, (10_000, false));
    let accepted = MembersQuery { status: Some(Status::Accepted), ..search("@x.") };
    assert_eq!(total(accepted).await, (0, true), "nobody, however many others match");
}

#[tokio::test]
async fn a_search_in_a_license_that_nobody_knows_finds_nobody() {
    let house = House::open().await;
    house.settled().await;
    let page = house.query(|conn| search("ada").run(conn, LicenseId(uuid::Uuid::nil())));
    assert!(page.is_ok_and(|page| page.items.is_empty() && page.total == Total { count: 0, exact: true }));
    let page = house.query(|conn| search(&"a".repeat(300)).run(conn, LicenseId(uuid::Uuid::nil())));
    assert!(!matches!(page, Err(QueryError::NotOffered { .. })));
}
