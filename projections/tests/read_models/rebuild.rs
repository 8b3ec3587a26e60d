//! Rebuilding beside the live tables.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use domain::ImportMode;
use projections::{MODELS, QueryError, members::MembersQuery, rebuild::Then};

use crate::house::{ADA, House, by, on_postgres};

#[tokio::test]
async fn a_read_model_that_nobody_has_can_not_be_rebuilt() {
    let house = House::open().await;
    let answer = house.projector().rebuild("nonsense", Then::Discard).await;
    assert!(matches!(answer, Err(QueryError::NotOffered { .. })));
}

#[tokio::test]
async fn a_difference_is_told_and_swapped_only_when_asked_to() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    house.add(license, "a@school.example").await;
    house.settled().await;
    house.tamper("UPDATE licenses SET name = 'Forged'").await;
    let told = house.projector().rebuild("licenses", Then::Swap).await.unwrap();
    assert!(!told.equal && !told.swapped && told.live != told.rebuilt);
    let swapped = house.projector().rebuild("licenses", Then::SwapAnyway).await.unwrap();
    assert!(!swapped.equal && swapped.swapped);
    let told = house.projector().rebuild("licenses", Then::Swap).await.unwrap();
    assert!(told.equal && told.swapped);
}

#[tokio::test]
async fn a_read_model_keeps_its_indexes_and_goes_on_after_a_swap() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    let indexes = async || -> u64 {
        let sql = if on_postgres() {
            "SELECT count(*) FROM pg_indexes WHERE tablename IN ('members', 'imports', 'licenses')"
        } else {
            "SELECT count(*) FROM sqlite_master
             WHERE type = 'index' AND tbl_name IN ('members', 'imports', 'licenses')"
        };
        house.read(|conn| Ok(conn.value(sql, &[])?.expect("a row"))).await
    };
    let before = indexes().await;
    for model in MODELS {
        house.projector().rebuild(model.name(), Then::Swap).await.unwrap();
        house.add(license, &format!("{}@school.example", model.name())).await;
        assert!(house.projector().rebuild(model.name(), Then::Swap).await.unwrap().equal, "{}", model.name());
    }
    assert_eq!(indexes().await, before);
    assert_eq!(house.everybody(license).await.len(), MODELS.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_ends_equal_while_writes_go_on_and_the_list_always_answers() {
    let house = Arc::new(House::open().await);
    let (license, _) = house.license("Riverside", 100_000).await;
    let people: Vec<String> = (0..3_000).map(|n| format!("p{n}@school.example")).collect();
    house.add(license, &people.join("\n")).await;
    let done = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..3)
        .map(|writer| {
            let (house, done) = (Arc::clone(&house), Arc::clone(&done));
            tokio::spawn(async move {
                let mut n = 0;
                while !done.load(Ordering::Relaxed) {
                    let person = format!("w{writer}-{n}@x.example");
                    house.import(&by(ADA), license, ImportMode::Add, &person).await.unwrap();
                    house.commands.accept_invite(&by(&person), license).await.unwrap();
                    n += 1;
                }
                n
            })
        })
        .collect();
    let reader = tokio::spawn({
        let (house, done) = (Arc::clone(&house), Arc::clone(&done));
        async move {
            let mut seen = 0;
            while !done.load(Ordering::Relaxed) {
                let query = MembersQuery { limit: 20, ..MembersQuery::default() };
                let page = house.query(|conn| query.run(conn, license)).unwrap();
                assert!(page.position >= seen && page.items.len() == 20);
                seen = page.position;
                tokio::task::yield_now().await;
            }
        }
    });
    house.settled().await;
    for model in MODELS {
        let rebuilt = house.projector().rebuild(model.name(), Then::Swap).await.unwrap();
        assert!(rebuilt.equal && rebuilt.swapped, "{}", model.name());
    }
    done.store(true, Ordering::Relaxed);
    let mut written = 0;
    for writer in writers {
        written += writer.await.unwrap();
    }
    reader.await.unwrap();
    let total = house.list(license, MembersQuery { limit: 1, ..MembersQuery::default() }).await.total.count;
    assert_eq!(total, 3_000 + written);
}
