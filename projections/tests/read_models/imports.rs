//! Imports, and the rows that they refused.

use commands::{
    Context, Who,
    import::{ImportRequest, Input},
};
use domain::{Code, ImportId, ImportMode, Source, SubjectId, import::Phase};
use projections::{
    QueryError,
    imports::{ImportsQuery, import, refused_rows},
};

use crate::house::{ADA, House, by, email, is_recent};

#[tokio::test]
async fn an_import_says_who_began_it_and_what_came_of_it() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 2).await;
    let acted_by = Some(SubjectId::OPERATOR);
    let ctx = Context { who: Who::Person { email: email(ADA), acted_by }, ..by(ADA) };
    let people = "a@school.example, nonsense, b@x.example, c@x.example";
    let report = house.import(&ctx, license, ImportMode::Add, people).await.unwrap();
    let found = house.read(|conn| import(conn, report.import_id)).await.unwrap();
    let shown = found.summary;
    assert_eq!((shown.license_id, shown.mode, shown.source), (license, ImportMode::Add, Source::Email));
    assert_eq!((shown.started_by.as_deref(), shown.acted_by), (Some(ADA), acted_by));
    assert_eq!((shown.phase, shown.code, shown.rows), (Phase::Completed, None, 4));
    assert_eq!(shown.counts, report.outcomes);
    let of = |code| shown.counts.of(code);
    assert_eq!([of(Code::Accepted), of(Code::Invited), of(Code::SeatLimit), of(Code::InvalidEmail)], [1; 4]);
    assert!(is_recent(shown.started_at) && shown.ended_at.is_some_and(is_recent));
    assert!(shown.started_position < shown.last_position && shown.last_position <= found.position);
    assert!(house.read(|conn| import(conn, ImportId(uuid::Uuid::nil()))).await.is_none());
}

#[tokio::test]
async fn the_newest_import_of_a_license_comes_first() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    let (other, _) = house.license("Hillside", 10).await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.insert(0, house.add(license, &format!("p{n}@school.example")).await.import_id);
        house.add(other, &format!("p{n}@school.example")).await;
    }
    let mut query = ImportsQuery { license: Some(license), running: None, cursor: None, limit: 2 };
    let mut found = Vec::new();
    loop {
        let page = house.read(|conn| query.run(conn)).await;
        assert_eq!(page.position, house.head());
        found.extend(page.items.into_iter().map(|import| import.import_id));
        let Some(cursor) = page.next_cursor else { break };
        let foreign =
            ImportsQuery { license: Some(other), running: None, cursor: Some(cursor.clone()), limit: 2 };
        assert!(matches!(house.query(|conn| foreign.run(conn)), Err(QueryError::StaleCursor)));
        query.cursor = Some(cursor);
    }
    assert_eq!(found, ids);
}

#[tokio::test]
async fn the_imports_of_all_licenses_are_listed_by_whether_they_run() {
    let house = House::open().await;
    let mut ids = Vec::new();
    for name in ["Riverside", "Hillside"] {
        let (license, _) = house.license(name, 10).await;
        ids.insert(0, house.add(license, "ada@x.example").await.import_id);
    }
    let list = async |running| {
        let query = ImportsQuery { license: None, running, cursor: None, limit: 10 };
        let page = house.read(|conn| query.run(conn)).await;
        page.items.into_iter().map(|import| import.import_id).collect::<Vec<_>>()
    };
    assert_eq!(
        (list(None).await, list(Some(false)).await, list(Some(true)).await),
        (ids.clone(), ids, vec![])
    );
    let (license, _) = house.license("Lakeside", 10).await;
    let both = ImportsQuery { license: Some(license), running: Some(true), cursor: None, limit: 10 };
    assert!(matches!(house.query(|conn| both.run(conn)), Err(QueryError::NotOffered { .. })));
}

#[tokio::test]
async fn the_chunks_of_a_large_import_add_up() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 2_000).await;
    let people: Vec<String> = (0..1_200).map(|n| format!("p{n}@school.example")).collect();
    let report = house.add(license, &people.join("\n")).await;
    let shown = house.read(|conn| import(conn, report.import_id)).await.unwrap().summary;
    assert_eq!((shown.rows, shown.counts.of(Code::Accepted), shown.phase), (1_200, 1_200, Phase::Completed));
    assert!(house.state_of("imports").1.is_none());
}

#[tokio::test]
async fn refused_rows_come_back_in_pages_in_the_order_of_the_file() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 1).await;
    let report = house.add(license, "bad1\na@school.example\nbad2\nb@school.example\nbad3").await;
    let all = house.read(|conn| refused_rows(conn, report.import_id, 0, 100)).await;
    let lines: Vec<_> = all.iter().map(|row| (row.row, row.line, row.value.as_str(), row.code)).collect();
    let bad = Code::InvalidEmail;
    let seat = (4, 4, "b@school.example", Code::SeatLimit);
    assert_eq!(lines, [(1, 1, "bad1", bad), (3, 3, "bad2", bad), seat, (5, 5, "bad3", bad)]);
    assert!(all.iter().all(|row| !row.reason.is_empty() && !row.hint.is_empty()));
    let first = house.read(|conn| refused_rows(conn, report.import_id, 0, 3)).await;
    let rest = house.read(|conn| refused_rows(conn, report.import_id, first[2].row, 3)).await;
    assert!(first.into_iter().chain(rest).eq(all));
}

#[tokio::test]
async fn a_preview_has_refused_rows_and_no_import() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 1).await;
    let input = Input::Pasted("nonsense".to_owned());
    let request = ImportRequest { license_id: license, mode: ImportMode::Add, input, dry_run: true };
    let report = house.commands.import(&by(ADA), request).await.unwrap();
    assert_eq!(house.read(|conn| refused_rows(conn, report.import_id, 0, 10)).await.len(), 1);
    assert!(house.read(|conn| import(conn, report.import_id)).await.is_none());
}
