//! Searches against a naive filter over all rows, with bounds so small that both ways are taken.

mod on_server;

use proptest::{collection::vec, prelude::*, sample::select};
use rusqlite::Connection;

use super::*;
use crate::{
    ReadModel,
    cursor::ListName,
    members::{Members, row::status_of, search::Entries},
    model::Tables,
    values,
};

/// Somebody on one of two licenses: the address, the status as a number (0: removed), when they came on the list (mostly with
/// their first event, which is their number).
pub(in crate::members) type Somebody = (bool, String, u8, i64);

fn license(first: bool) -> Position {
    if first { 1 } else { 2 }
}

pub(in crate::members) fn filled(people: &[Somebody]) -> Result<Connection, SqlError> {
    let memory = Connection::open_in_memory()?;
    let conn = Conn::from(&memory);
    let tables = Tables { suffix: "", generation: 1 };
    Members.create(&conn, tables)?;
    Members.indexes(Dialect::Sqlite, tables).iter().try_for_each(|index| conn.batch(index))?;
    let mut entries = Entries::to(&conn, "")?;
    for (id, (first, address, status, added)) in (10_u64..).zip(people) {
        memory.execute(
            "INSERT INTO members (id, license, member_id, subject_id, email, normalised, status,
                notification_closed, attempts, added_position, changed_position, changed_at)
             VALUES (?1, ?2, x'', x'', ?3, ?3, ?4, 0, 0, ?5, 0, 0)",
            (id, license(*first), address, status, added),
        )?;
        entries.put(id, license(*first), address)?;
    }
    conn.batch(
        "INSERT INTO member_counts SELECT license, status, count(*) FROM members WHERE status > 0 GROUP BY 1, 2",
    )?;
    entries.end()?;
    Ok(memory)
}

/// Few letters, so that much is found, and as addresses are normalised: no capitals; each address once.
fn people() -> impl Strategy<Value = Vec<Somebody>> {
    let letter = || select(vec!['a', 'b', 'ü', '~', '%', '"', '日']);
    let address = vec(letter(), 1..9).prop_map(String::from_iter);
    let again = prop::option::weighted(0.3, 1..u16::MAX);
    vec((any::<bool>(), address, 0..4_u8, again), 0..120).prop_map(|people| {
        let numbered = people.into_iter().enumerate();
        numbered
            .map(|(n, (first, local, status, again))| {
                let id = i64::try_from(n).unwrap_or_default() + 10;
                let added = again.map_or(id, |again| i64::from(again) * 1_000 + id);
                (first, format!("{local}@{n}x"), status, added)
            })
            .collect()
    })
}

fn naive(
    people: &[Somebody],
    term: &Term,
    status: Option<Status>,
    by_added: bool,
    descending: bool,
) -> Vec<i64> {
    let mut found: Vec<(Key, i64)> = (10..)
        .zip(people)
        .filter(|(_, (first, address, number, _))| {
            let wanted = status_of(*number).is_some_and(|is| status.is_none_or(|status| status == is));
            *first && wanted && term.matches(address)
        })
        .map(|(id, (_, address, _, added))| {
            (if by_added { Key::Added(*added) } else { Key::Email(address.clone()) }, id)
        })
        .collect();
    found.sort();
    if descending {
        found.reverse();
    }
    found.into_iter().map(|(_, id)| id).collect()
}

/// The first page of a search in the first license, of nine.
fn first_page<'a>(
    conn: &'a Conn<'a>,
    term: &'a Term,
    shape: &'a Shape,
    status: Option<Status>,
    bounds: Bounds,
) -> Search<'a> {
    Search { conn, license: license(true), term, status, shape, after: None, limit: 9, bounds }
}

/// All that a search finds, from page after page; and whether its totals are true.
fn page_by_page(mut search: Search<'_>, all: u64) -> Vec<i64> {
    let mut shown = Vec::new();
    loop {
        let found = search.run().expect("a page");
        let count = found.total.count;
        assert!(if found.total.exact { count == all } else { count <= all }, "{count} of {all}");
        let more = found.ids.len() == search.limit;
        shown.extend(found.ids.into_iter().take(search.limit - 1));
        if !more {
            return shown;
        }
        let sql = format!("SELECT {} FROM members WHERE id = ?", search.shape.cursor());
        let cursor: u64 = search.conn.value(&sql, values![shown.last()]).expect("rows").expect("the row");
        search.after = Some(search.shape.key_at(search.conn, cursor).expect("its key"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_match_is_found_once_and_in_order_whichever_way_is_taken(
        people in people(),
        typed in select(vec!["a", "ab", "ü", "aba", "bbb", "aab", "abab", "aaaaaa", "a@1", "üb~", "日a%", "@1", "x", "\"a\"", "BAB"]),
        status in select(vec![None, Some(Status::Accepted), Some(Status::Invited), Some(Status::Rejected)]),
        by_added in any::<bool>(),
        descending in any::<bool>(),
        limit in 2..9_usize,
        bounds in (0..12_usize, 1..12_u64, 0..80_u64, 1..9_u64),
    ) {
        let memory = filled(&people).expect("rows");
        let conn = Conn::from(&memory);
        let term = Term::of(typed).expect("a term");
        let shape = Shape::of(ListName::of("test"), license(true), status, by_added, descending);
        let (few, walk, whole, look_up) = bounds;
        let bounds = Bounds { few, walk, whole, look_up };
        let expected = naive(&people, &term, status, by_added, descending);
        let search = Search { limit, ..first_page(&conn, &term, &shape, status, bounds) };
        let shown = page_by_page(search, expected.len() as u64);
        prop_assert_eq!(shown, expected);
    }
}

#[test]
fn the_list_is_walked_on_an_index_that_holds_all_that_a_search_looks_at() {
    let conn = filled(&[]).expect("tables");
    for (index, by_added, status) in [
        ("members_email_1", false, None),
        ("members_email_1", false, Some(Status::Invited)),
        ("members_added_1", true, None),
        ("members_added_1", true, Some(Status::Invited)),
    ] {
        let shape = Shape::of(ListName::of("test"), license(true), status, by_added, true);
        for after in [true, false] {
            let sql = shape.select(Dialect::Sqlite, "id, normalised", after, "");
            let plan = plan(&conn, &sql).expect("a plan");
            let stretches = plan.matches(&format!("COVERING INDEX {index} ")).count();
            assert_eq!(stretches, if status.is_some() { 1 } else { 3 }, "{plan}");
            assert!(!plan.contains("B-TREE"), "{plan}");
        }
        let (conn_of_it, term) = (Conn::from(&conn), Term::of("aba").expect("a term"));
        let after = Some(if by_added { Key::Added(1) } else { Key::Email(String::new()) });
        let first = first_page(&conn_of_it, &term, &shape, status, bounds(Dialect::Sqlite));
        let search = Search { after, ..first };
        for number in shape.statuses() {
            let sql = search.sql_of_status(*number, true, r"list.normalised LIKE ?4 ESCAPE '\'");
            let plan = plan(&conn, &sql).expect("a plan");
            assert!(plan.contains(&format!("COVERING INDEX {index} ")) && !plan.contains("B-TREE"), "{plan}");
        }
        let all = plan(&conn, &shape.all("normalised")).expect("a plan");
        assert!(all.contains("COVERING INDEX members_") && !all.contains("B-TREE"), "{all}");
    }
}

/// As people come who were never gone: each with their first event.
fn class(addresses: &[String]) -> Vec<Somebody> {
    let came = |(id, address): (i64, &String)| (true, address.clone(), 1, id);
    (10..).zip(addresses).map(came).collect()
}

#[test]
fn many_who_stand_together_are_found_without_walking_past_the_others() {
    // 100 of another name before and behind them, by address and as they came.
    let named = |name: &str| (0..100).map(|n| format!("{name}.{n:02}@x.example")).collect::<Vec<_>>();
    let mut addresses = [named("anna"), named("mona"), named("zoe")].concat();
    addresses.push("ramona.1@x.example".to_owned());
    let memory = filled(&class(&addresses)).expect("rows");
    let conn = Conn::from(&memory);
    let term = Term::of("mona").expect("a term");
    let bounds = Bounds { few: 5, walk: 1, whole: 0, look_up: 1 };
    for (by_added, descending, first) in [
        (false, false, "mona.00"),
        (false, true, "ramona.1"),
        (true, false, "mona.00"),
        (true, true, "ramona.1"),
    ] {
        let shape = Shape::of(ListName::of("test"), license(true), None, by_added, descending);
        let search = Search { limit: 4, ..first_page(&conn, &term, &shape, None, bounds) };
        let ids = search.straight_on(0).expect("an answer").expect("a way");
        let address = "SELECT normalised FROM members WHERE id = ?";
        let of = |id: &i64| conn.value::<String>(address, values![*id]).expect("rows").expect("the row");
        let found: Vec<String> = ids.iter().map(of).collect();
        assert_eq!(found.len(), 4);
        assert!(found[0].starts_with(first) && found[1].starts_with("mona"), "{found:?}");
    }
    // Not where more only look as if they matched than are looked at.
    let shape = Shape::of(ListName::of("test"), license(true), Some(Status::Rejected), true, false);
    let search = first_page(&conn, &term, &shape, Some(Status::Rejected), bounds);
    assert!(search.straight_on(0).expect("an answer").is_none());
    // What as many as are looked at have behind their beginning is not looked up there again.
    let everywhere = Term::of("example").expect("a term");
    let shape = Shape::of(ListName::of("test"), license(true), None, false, false);
    let search = first_page(&conn, &everywhere, &shape, None, bounds);
    assert_eq!(search.look_up(bounds.few, Asked::All).expect("rows").further_on, bounds.few);
    let search = first_page(&conn, &term, &shape, None, bounds);
    assert!(search.straight_on(0).expect("an answer").is_some());
    assert!(search.straight_on(bounds.few).expect("an answer").is_none());
}

#[test]
fn the_ways_straight_on_sort_nothing_and_read_an_index_that_holds_all_that_is_looked_at() {
    let conn = filled(&[]).expect("tables");
    for descending in [false, true] {
        let order = if descending { "DESC" } else { "ASC" };
        let sql = format!(
            "SELECT m.id FROM members_search AS c CROSS JOIN members AS m ON m.id = c.rowid
             WHERE members_search MATCH ? AND c.rowid > ? ORDER BY c.rowid {order}"
        );
        let steps = plan(&conn, &sql).expect("a plan");
        assert!(!steps.contains("B-TREE"), "{steps}");
        for (also, by_added, index) in [
            (" AND added_position <> id", true, "members_again_1"),
            (" AND normalised >= ?9 AND normalised < ?10", false, "members_email_1"),
        ] {
            let shape = Shape::of(ListName::of("test"), license(true), None, by_added, descending);
            let columns = "id, status, normalised, added_position";
            let steps =
                plan(&conn, &shape.select_where(Dialect::Sqlite, columns, true, also, "")).expect("a plan");
            assert_eq!(steps.matches(index).count(), 3, "{steps}");
            assert!(!steps.contains("B-TREE"), "{steps}");
        }
    }
}

#[test]
fn who_begins_so_is_found_by_the_range_in_the_index_by_address() {
    let conn = filled(&[]).expect("tables");
    let term = Term::of("ab").expect("a beginning");
    let shape = Shape::of(ListName::of("test"), license(true), None, true, false);
    let conn_of_it = Conn::from(&conn);
    let search = first_page(&conn_of_it, &term, &shape, None, bounds(Dialect::Sqlite));
    let Candidates { rows, .. } = search.candidates(Asked::All).expect("an index").expect("a way");
    let sql = format!("SELECT m.added_position {rows}");
    let plan = plan(&conn, &sql).expect("a plan");
    assert!(
        plan.contains("members_email_1 (license=? AND status=? AND normalised>? AND normalised<?)"),
        "{plan}"
    );
}

/// How a file goes about it.
pub(in crate::members) fn plan(conn: &Connection, sql: &str) -> rusqlite::Result<String> {
    let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    let values = vec![1; statement.parameter_count()];
    let steps = statement.query_map(rusqlite::params_from_iter(values), |row| row.get("detail"))?;
    Ok(steps.collect::<rusqlite::Result<Vec<String>>>()?.join("; "))
}
