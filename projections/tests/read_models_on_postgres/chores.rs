//! A server's planner knows of an import as soon as it is on the lists.

use std::time::Duration;

use crate::house::House;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_new_people_are_known_to_the_planner_at_once() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 20_000).await;
    for part in 0..2 {
        let people: Vec<_> = (0..6_000).map(|n| format!("p{n}.{part}@school.example")).collect();
        house.add(license, &people.join("\n")).await;
    }
    house.settled().await;
    // As the planner has it. What the server does by itself is counted elsewhere.
    let known = "SELECT reltuples::bigint FROM pg_class JOIN pg_stat_user_tables ON relid = pg_class.oid
                 WHERE pg_class.relname = 'members' AND analyze_count > 0";
    for _ in 0..200 {
        let people: Option<i64> = house.query(|conn| Ok(conn.value(known, &[])?)).expect("an answer");
        if people.is_some_and(|people| people > 10_000) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the planner does not know them");
}
