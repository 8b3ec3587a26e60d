//! The same on a server, which looks at the rows of a long list itself.

use eventlog::{LogError, Postgres, conformance::server::Server};
use uuid::Uuid;

use super::*;
use crate::ReadStore;

const LETTERS: [&str; 5] = ["a", "ü", "_", "%", "\\"];

/// Few letters, so that much is found; the same people every time.
fn everybody() -> Vec<Somebody> {
    let mut dice = 7_u64;
    let mut roll = |sides: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % sides
    };
    (0..150_u16)
        .map(|n| {
            let length = 1 + roll(7);
            let letters = (0..length).map(|_| LETTERS[usize::try_from(roll(5)).unwrap_or_default()]);
            let address = letters.chain(["@", &n.to_string(), "x"]).collect();
            let status = u8::try_from(roll(4)).unwrap_or_default();
            (roll(4) > 0, address, status, i64::from(n * 37 % 150))
        })
        .collect()
}

fn fill(conn: &Conn<'_>, people: &[Somebody]) -> Result<(), SqlError> {
    let tables = Tables { suffix: "", generation: 1 };
    Members.create(conn, tables)?;
    Members.indexes(conn.dialect(), tables).iter().try_for_each(|index| conn.batch(index))?;
    for (id, (first, address, status, added)) in (10_u64..).zip(people) {
        conn.run(
            "INSERT INTO members (id, license, member_id, subject_id, email, normalised, status,
                notification_closed, attempts, added_position, changed_position, changed_at)
             VALUES (?1, ?2, ?6, ?6, ?3, ?3, ?4, 0, 0, ?5, 0, 0)",
            values![id, license(*first), address, *status, *added, Uuid::nil()],
        )?;
    }
    conn.batch(
        "INSERT INTO member_counts SELECT license, status, count(*) FROM members WHERE status > 0 GROUP BY 1, 2",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_finds_what_a_filter_over_all_rows_does() {
    let node = Postgres::connect(&Server::shared().database().await).await.expect("a node");
    let store = ReadStore::beside(node).await.expect("connections");
    let people = everybody();
    let rows = people.clone();
    store.write(move |conn| Ok::<_, LogError>(fill(conn, &rows)?)).await.expect("rows");
    let searched = store.read(move |conn| {
        let mut found = 0;
        for typed in ["a", "ü", "_", "%", "\\", "aa", "aüa", "_%a", "\\a\\", "üü_", "a%a", "@12"] {
            for (by_added, descending) in [(false, false), (false, true), (true, false), (true, true)] {
                for status in [None, Some(Status::Invited)] {
                    for (few, walk, whole, look_up) in
                        [(0, 5, 0, 1), (0, 5, 200, 90), (3, 1, 0, 9), (500, 5, 0, 9)]
                    {
                        let bounds = Bounds { few, walk, whole, look_up };
                        let term = Term::of(typed).expect("a term");
                        let shape =
                            Shape::of(ListName::of("test"), license(true), status, by_added, descending);
                        let expected = naive(&people, &term, status, by_added, descending);
                        let (license, term, shape) = (license(true), &term, &shape);
                        let search =
                            Search { conn, license, term, status, shape, after: None, limit: 4, bounds };
                        assert_eq!(
                            page_by_page(search, expected.len() as u64),
                            expected,
                            "{typed} {bounds:?}"
                        );
                        found += expected.len();
                    }
                }
            }
        }
        Ok(found)
    });
    assert!(searched.await.expect("pages") > 500, "there is something to be found");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_has_only_taken_down_for_searches_is_put_in_its_place() {
    let node = Postgres::connect(&Server::shared().database().await).await.expect("a node");
    let store = ReadStore::beside(node).await.expect("connections");
    let pages_taken_down =
        |conn: &Conn<'_>| conn.value::<i64>("SELECT gin_clean_pending_list('members_search_1')", &[]);
    let pages = store.write(move |conn| {
        fill(conn, &everybody())?;
        let before = pages_taken_down(conn)?;
        // Everybody is new to the index once more.
        conn.batch("UPDATE members SET normalised = normalised || 'y'")?;
        Members.settle(conn)?;
        Ok::<_, LogError>((before > Some(0), pages_taken_down(conn)?))
    });
    assert_eq!(pages.await.expect("an answer"), (true, Some(0)));
}
