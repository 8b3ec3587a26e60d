//! The history through its queries: complete, and each filter exact.

use std::collections::BTreeMap;

use domain::{
    DeclineReason, ImportEvent, ImportId, ImportMode, LicenseId, Role, Source, SubjectId, catalogue,
};
use eventlog::{Append, Commit, EventLog, NewEvent, StreamId};
use uuid::Uuid;

use super::{
    AuditEntry, AuditQuery,
    apply::scope,
    desk::{ADA, Desk, address},
    walk::{Between, END, Walk},
};
use crate::{QueryError, sql::Dialect};

const BOB: &str = "bob@school.example";
const EVE: &str = "eve@else.example";

/// Two licenses, five days, every way in; and an event of no license.
async fn busy_desk() -> (Desk, LicenseId) {
    let mut desk = Desk::open().await;
    let first = desk.license;
    desk.upload(ADA, ImportMode::Add, "bob@school.example\neve@else.example\nmax@else.example").await;
    desk.on("2026-03-02").grant_admin(EVE).await;
    desk.office.accept_invite(&desk.person(EVE), first).await.map(drop).expect("accepted");
    desk.on("2026-03-03").paste(EVE, ImportMode::Remove, BOB).await;
    desk.add(EVE, "bob@school.example, max@else.example").await;
    let operator = desk.on("2026-03-04").operator_as(BOB);
    let reason = DeclineReason::NotNeeded;
    desk.office.decline_invite(&operator, first, reason).await.map(drop).expect("declined");
    desk.license = desk.second_license().await;
    desk.on("2026-03-05").add(ADA, "bob@school.example").await;
    append_of_no_license(&desk).await;
    let second = std::mem::replace(&mut desk.license, first);
    (desk, second)
}

async fn append_of_no_license(desk: &Desk) {
    let event = ImportEvent::ImportStarted { license_id: desk.license, mode: ImportMode::Add, undoes: None };
    let metadata = domain::Metadata {
        acted_by: None,
        actor: SubjectId::OPERATOR,
        import_id: None,
        request_id: domain::RequestId(Uuid::now_v7()),
        role: Role::Operator,
        line: None,
        row: None,
        source: Source::Cli,
    };
    let event = NewEvent {
        event_id: domain::EventId(Uuid::now_v7()),
        event_type: event.description().name,
        payload: domain::canonical::to_text(&event),
        metadata: domain::canonical::to_text(&metadata),
    };
    let stream = StreamId::from(ImportId(Uuid::now_v7()));
    let append = Append { stream, expected: 0, license: None, events: vec![event] };
    desk.db.commit(Commit { appends: vec![append], ..Commit::default() }).await.expect("committed");
}

/// Every page of a query.
async fn pages(desk: &Desk, query: &AuditQuery, scan: u64) -> Vec<AuditEntry> {
    let mut entries = Vec::new();
    let mut query = query.clone();
    loop {
        let page = desk.ask(|conn| query.run_within(conn, scan)).await;
        assert!(page.items.len() <= query.limit);
        entries.extend(page.items);
        match page.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => return entries,
        }
    }
}

async fn all(desk: &Desk, license: Option<LicenseId>) -> Vec<AuditEntry> {
    pages(desk, &AuditQuery { license, limit: 500, ..AuditQuery::default() }, 20_000).await
}

fn positions(entries: &[AuditEntry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.position).collect()
}

#[tokio::test]
async fn nothing_in_the_log_is_missing_from_the_history() {
    let (desk, second) = busy_desk().await;
    let mut found = Vec::new();
    for license in [Some(desk.license), Some(second), None] {
        let entries = all(&desk, license).await;
        assert!(!entries.is_empty() && entries.iter().all(|entry| entry.license_id == license));
        for (place, entry) in (1..).zip(&entries) {
            assert_eq!(entry.license_sequence, license.map(|_| place), "each license counts its own");
        }
        found.extend(positions(&entries));
    }
    found.sort_unstable();
    let head = *desk.db.head().borrow();
    assert_eq!(found, (1..=head).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_entry_holds_what_the_log_holds() {
    let (desk, _) = busy_desk().await;
    let page = desk.db.read_after(0, 10_000).await.expect("a page");
    let stored: BTreeMap<u64, _> = page.events.into_iter().map(|e| (e.position, e)).collect();
    for entry in all(&desk, Some(desk.license)).await {
        let recorded = &stored[&entry.position];
        assert_eq!(entry.event_id, recorded.event_id);
        assert_eq!(entry.recorded_at, recorded.recorded_at);
        assert_eq!(entry.event_type, recorded.event.description().name);
        assert_eq!(
            (entry.stream.kind.as_str(), entry.stream.id),
            (recorded.stream.kind.as_str(), recorded.stream.id)
        );
        assert_eq!(entry.revision, recorded.revision);
        assert_eq!(entry.payload.get(), recorded.event.payload());
        assert_eq!(entry.metadata.get(), domain::canonical::to_text(&recorded.metadata));
        assert_eq!(entry.actor.subject_id, recorded.metadata.actor);
        assert_eq!(entry.row, recorded.metadata.row.map(|row| row.0));
        assert!(entry.text.ends_with('.'), "{}", entry.text);
    }
}

#[tokio::test]
async fn pages_of_any_size_in_either_direction_are_the_same_history() {
    let (desk, _) = busy_desk().await;
    let whole = positions(&all(&desk, Some(desk.license)).await);
    for (limit, scan) in [(1, 20_000), (3, 20_000), (7, 2), (2, 1)] {
        for newest_first in [false, true] {
            let query =
                AuditQuery { license: Some(desk.license), newest_first, limit, ..AuditQuery::default() };
            let mut paged = positions(&pages(&desk, &query, scan).await);
            if newest_first {
                paged.reverse();
            }
            assert_eq!(paged, whole, "pages of {limit}, within {scan}");
        }
    }
}

/// What a filter must let through, said naively.
fn fits(query: &AuditQuery, entry: &AuditEntry) -> bool {
    query.member.is_none_or(|m| entry.person.as_ref().is_some_and(|person| person.subject_id == m))
        && query.actor.is_none_or(|by| entry.actor.subject_id == by || entry.actor.acted_by == Some(by))
        && query.event_type.as_ref().is_none_or(|name| entry.event_type == *name)
        && query.import.is_none_or(|import| entry.import_id == Some(import))
        && query.source.is_none_or(|source| entry.source == source)
        && query.from.is_none_or(|from| entry.recorded_at >= from)
        && query.to.is_none_or(|to| entry.recorded_at < to)
}

#[tokio::test]
async fn filters_combine_and_let_through_exactly_what_fits_all_of_them() {
    let (desk, _) = busy_desk().await;
    let whole = all(&desk, Some(desk.license)).await;
    let (ada, eve, bob) = (desk.subject(ADA).await, desk.subject(EVE).await, desk.subject(BOB).await);
    let imports: Vec<ImportId> = whole.iter().filter_map(|e| e.import_id).collect();
    let with =
        |values: &[SubjectId]| [None].into_iter().chain(values.iter().copied().map(Some)).collect::<Vec<_>>();
    let time = |text: &str| Some(text.parse().expect("a time"));
    let times = [
        (None, None),
        (time("2026-03-02T09:00:00Z"), None),
        (None, time("2026-03-03T09:00:00Z")),
        (time("2026-03-01T10:00:00Z"), time("2026-03-03T09:00:00.000001Z")),
        (time("2027-01-01T00:00:00Z"), time("2025-01-01T00:00:00Z")),
    ];
    let mut some = 0;
    for member in with(&[bob, eve, ada, SubjectId(Uuid::nil())]) {
        for actor in with(&[ada, eve, SubjectId::OPERATOR]) {
            for event_type in [None, Some("UserAdded"), Some("UserInvited"), Some("ImportCompleted")] {
                for import in [None, imports.first().copied(), imports.last().copied()] {
                    for source in [None, Some(Source::Csv), Some(Source::Api)] {
                        for (from, to) in times {
                            let query = AuditQuery {
                                license: Some(desk.license),
                                member,
                                actor,
                                event_type: event_type.map(ToOwned::to_owned),
                                import,
                                source,
                                from,
                                to,
                                after: None,
                                newest_first: false,
                                cursor: None,
                                limit: 500,
                            };
                            let wanted: Vec<_> =
                                whole.iter().filter(|e| fits(&query, e)).map(|e| e.position).collect();
                            let page = desk.ask(|conn| query.run(conn)).await;
                            assert_eq!(positions(&page.items), wanted, "{query:?}");
                            some += usize::from(!wanted.is_empty());
                        }
                    }
                }
            }
        }
    }
    assert!(some > 100, "only {some} of the combinations find anything");
}

#[tokio::test]
async fn a_page_that_looked_at_enough_rows_ends_short_and_says_where_to_go_on() {
    let (desk, _) = busy_desk().await;
    let (license, source) = (Some(desk.license), Some(Source::Csv));
    let query = AuditQuery { license, source, limit: 10, ..AuditQuery::default() };
    let page = desk.ask(|conn| query.run_within(conn, 3)).await;
    assert!(page.items.is_empty() && page.next_cursor.is_some());
    assert!(!pages(&desk, &query, 3).await.is_empty());
    let of_no_way = AuditQuery { source: Some(Source::Key), ..query };
    assert!(pages(&desk, &of_no_way, 3).await.is_empty());
}

#[tokio::test]
async fn what_stands_behind_a_position_is_the_rest_of_the_history() {
    let (desk, _) = busy_desk().await;
    let whole = positions(&all(&desk, Some(desk.license)).await);
    for after in 0..=whole[whole.len() - 1] + 1 {
        let query =
            AuditQuery { license: Some(desk.license), after: Some(after), limit: 3, ..AuditQuery::default() };
        let rest: Vec<u64> = whole.iter().copied().filter(|position| *position > after).collect();
        assert_eq!(positions(&pages(&desk, &query, 20_000).await), rest, "behind {after}");
    }
}

#[tokio::test]
async fn an_unknown_event_type_is_refused_with_the_names_of_all() {
    let desk = Desk::open().await;
    let event_type = Some("UserDeleted".to_owned());
    let query = AuditQuery { license: Some(desk.license), event_type, ..AuditQuery::default() };
    let asked = desk.projector.store().read_now(|conn| Ok(query.run(conn).map(drop)));
    let Err(QueryError::NotOffered { what, instead }) = asked.expect("a reader") else {
        panic!("it was offered")
    };
    assert_eq!(what, "type: \"UserDeleted\" is no type of event");
    assert!(catalogue::all().all(|known| instead.contains(known.name)), "{instead}");
}

#[tokio::test]
async fn a_cursor_belongs_to_its_own_filters() {
    let desk = Desk::open().await;
    let query = AuditQuery { license: Some(desk.license), limit: 1, ..AuditQuery::default() };
    let cursor = desk.ask(|conn| query.run(conn)).await.next_cursor;
    let other = AuditQuery { newest_first: true, cursor, ..query };
    let asked = desk.projector.store().read_now(|conn| Ok(other.run(conn).map(drop)));
    assert!(matches!(asked.expect("a reader"), Err(QueryError::StaleCursor)));
}

#[tokio::test]
async fn people_are_named_until_they_are_erased() {
    let desk = Desk::open().await;
    desk.add(ADA, BOB).await;
    let (license, bob) = (Some(desk.license), desk.subject(BOB).await);
    let query = AuditQuery { license, member: Some(bob), limit: 10, ..AuditQuery::default() };
    let about = || async { desk.ask(|conn| query.run(conn)).await.items.remove(0) };
    let entry = about().await;
    let wanted = "ada@school.example added bob@school.example (pasted, item 1), who joined at once because \
                  ada@school.example administered school.example.";
    assert_eq!(entry.text, wanted);
    let person = entry.person.expect("a person");
    assert_eq!((person.subject_id, person.email.as_deref()), (bob, Some(BOB)));
    assert_eq!(person.member_id.map(|member| member.0), Some(entry.stream.id));
    assert_eq!(entry.actor.email.as_deref(), Some(ADA));

    desk.forget(BOB).await;
    let entry = about().await;
    assert!(entry.text.starts_with("ada@school.example added an erased person (pasted, item 1), who joined"));
    assert_eq!(entry.person.expect("a person").email, None);
}

#[tokio::test]
async fn an_admin_is_found_by_their_roles_as_by_their_membership() {
    let desk = Desk::open().await;
    desk.add(ADA, ADA).await;
    let ada = desk.subject(ADA).await;
    let (ctx, person) = (desk.operator(), address(ADA));
    let domain = domain::MailDomain::parse("else.example").expect("a domain");
    desk.office.grant_domain(&ctx, desk.license, &person, domain).await.map(drop).expect("granted");
    let query =
        AuditQuery { license: Some(desk.license), member: Some(ada), limit: 10, ..AuditQuery::default() };
    let found = desk.ask(|conn| query.run(conn)).await.items;
    let types: Vec<&str> = found.iter().map(|entry| entry.event_type.as_str()).collect();
    assert_eq!(types, ["LicenseAdminGranted", "DomainAdminGranted", "UserAdded", "DomainAdminGranted"]);
    assert!(found.iter().all(|entry| entry.person.as_ref().is_some_and(|p| p.member_id.is_some())));
}

/// A walk, and the indexes that serve it.
type Walks = (fn() -> Walk, &'static [&'static str]);

/// The order comes from the index: no page sorts what it walks, nor walks what does not fit.
#[tokio::test]
async fn each_single_filter_is_served_by_its_index() {
    let desk = Desk::open().await;
    let license = Some(desk.license);
    let plan = |walk: fn() -> Walk, newest_first: bool| {
        desk.ask(move |conn| {
            let walk = walk();
            let sql = format!("EXPLAIN QUERY PLAN {}", walk.sql(Dialect::Sqlite, newest_first, 10));
            let between = Between { after: 1, before: END };
            let license = scope(conn, license)?;
            let lines: Vec<String> = conn.all(&sql, &walk.values(&license, &between), |row| row.get(3))?;
            Ok(lines.join("\n"))
        })
    };
    for newest_first in [false, true] {
        let walks: [Walks; 3] = [
            (|| Walk::actor(Dialect::Sqlite, SubjectId::OPERATOR), &["audit_actor", "audit_acted_by"]),
            (|| Walk::event_type(Dialect::Sqlite, "UserAdded"), &["audit_event_type"]),
            (|| Walk::source(Dialect::Sqlite, Source::Key).expect("an index"), &["audit_source"]),
        ];
        for (walk, indexes) in walks {
            let plan = plan(walk, newest_first).await;
            assert!(indexes.iter().all(|index| plan.contains(index)), "{plan}");
            assert!(!plan.contains("TEMP B-TREE") && !plan.contains("PRIMARY KEY"), "{plan}");
        }
    }
}
