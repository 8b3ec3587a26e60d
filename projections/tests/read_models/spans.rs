//! Lists, seats and people as of moments, against replaying from zero.

use std::collections::BTreeMap;

use domain::{DeclineReason, LicenseId, MemberId, Status};
use eventlog::Position;
use projections::{
    QueryError,
    members::{StatusCounts, member_then},
    rebuild::Then,
    spans::{AsOf, Change, ChangesQuery, MemberThen, MembersThenQuery, Moment, seats_at},
};

use crate::{
    house::{ADA, House, by, email},
    naive,
};

fn as_of(position: Position) -> AsOf {
    AsOf { position, recorded_at: None }
}

/// Everybody on the list then, page by page.
async fn pages(house: &House, license: LicenseId, at: Position, status: Option<Status>) -> Vec<MemberThen> {
    let mut query = MembersThenQuery { as_of: as_of(at), status, cursor: None, limit: 7 };
    let mut all = Vec::new();
    loop {
        let page = house.read(|conn| query.run(conn, license)).await;
        all.extend(page.items);
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            assert_eq!((page.total.count, page.total.exact), (all.len() as u64, true));
            return all;
        }
    }
}

/// At ten moments from the first to the last.
pub async fn any_moment_is_what_a_fold_says(house: &House, license: LicenseId) {
    let head = house.head();
    for at in (0..=9).map(|tenth| head * tenth / 9) {
        let mut folded = house.read(|conn| Ok(naive::everybody_at(conn, at)?)).await;
        folded.retain(|_, person| person.license == license.0);
        // Each of a few, and some of many.
        for (member, person) in folded.iter().step_by(folded.len() / 20 + 1) {
            let then =
                house.read(|conn| member_then(conn, license, MemberId(*member), at)).await.expect("known");
            let shown = (then.email.unwrap_or_default(), then.status.map(Status::as_str), then.refused);
            assert_eq!(shown, (person.email.clone(), person.status, person.refused.clone()), "at {at}");
            assert_eq!(
                (then.decline_reason, u64::from(then.attempts)),
                (person.reason.clone(), person.attempts)
            );
        }
        folded.retain(|_, person| person.status.is_some());
        for status in Status::ALL.into_iter().map(Some).chain([None]) {
            let shown = pages(house, license, at, status).await;
            assert!(shown.is_sorted_by_key(|then| then.added_at), "in the order of being added");
            let words = |then: &MemberThen| {
                let email = then.email.clone().unwrap_or_default();
                (email, Some(then.status.as_str()), then.admission, then.decline_reason.map(str::to_owned))
            };
            let shown: BTreeMap<_, _> = shown.iter().map(|then| (then.member_id.0, words(then))).collect();
            let wanted = status.map(Status::as_str);
            let expected = folded.iter().filter(|(_, person)| wanted.is_none() || person.status == wanted);
            let expected: BTreeMap<_, _> = expected
                .map(|(id, p)| (*id, (p.email.clone(), p.status, p.admission, p.reason.clone())))
                .collect();
            assert_eq!(shown, expected, "at {at}, {status:?}");
        }
        let n = |status: &str| folded.values().filter(|p| p.status == Some(status)).count() as u64;
        let counts = StatusCounts { accepted: n("accepted"), invited: n("invited"), rejected: n("rejected") };
        let seats = house.read(|conn| seats_at(conn, license, as_of(at))).await;
        assert_eq!((seats.counts, seats.held), (counts, counts.accepted + counts.invited), "at {at}");
    }
}

/// Over a thousand people who came, answered and went, so that there are several blocks of positions.
async fn busy_house() -> (House, LicenseId, Vec<Position>) {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 5_000).await;
    let list = |range: std::ops::Range<usize>| {
        range
            .map(|n| format!("p{n}@{}.example", if n % 5 == 0 { "school" } else { "x" }))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let mut moments = vec![house.head()];
    house.add(license, &list(0..900)).await;
    moments.push(house.head());
    for n in (1..120).filter(|n| n % 5 != 0) {
        let person = by(&format!("p{n}@x.example"));
        match n % 3 {
            0 => house
                .commands
                .decline_invite(&person, license, DeclineReason::NotNeeded)
                .await
                .expect("declined"),
            1 => house.commands.accept_invite(&person, license).await.expect("accepted"),
            _ => house.commands.close_notification(&person, license).await.expect("closed"),
        };
    }
    moments.push(house.head());
    house.remove(license, &list(0..700)).await;
    moments.push(house.head());
    house.add(license, &list(300..400)).await;
    house.add(license, &list(1_000..1_200)).await;
    moments.push(house.head());
    (house, license, moments)
}

#[tokio::test]
async fn the_list_of_any_moment_is_what_replaying_from_zero_says() {
    let (house, license, _) = busy_house().await;
    any_moment_is_what_a_fold_says(&house, license).await;
    let rebuilt = house.projector().rebuild("spans", Then::Swap).await.expect("a rebuild");
    assert!(rebuilt.equal && rebuilt.swapped);
    any_moment_is_what_a_fold_says(&house, license).await;
}

#[tokio::test]
async fn the_difference_of_two_moments_says_who_came_who_left_and_who_changed() {
    let (house, license, moments) = busy_house().await;
    let count = async |from: usize, to: usize, change| {
        let (mut n, mut cursor) = (0, None);
        loop {
            let (from, to) = (as_of(moments[from]), as_of(moments[to]));
            let query = ChangesQuery { from, to, change, cursor, limit: 60 };
            let page = house.read(|conn| query.run(conn, license)).await;
            n += page.items.len();
            cursor = page.next_cursor;
            if cursor.is_none() {
                return n;
            }
        }
    };
    assert_eq!(count(0, 1, None).await, 900);
    // 64 of the 96 answered: the others closed the notification, which is no other status.
    let (declined, accepted) = (32, 32);
    assert_eq!(count(1, 2, Some(Change::Changed)).await, declined + accepted);
    assert_eq!(count(2, 3, Some(Change::Left)).await, 700);
    assert_eq!(count(3, 4, None).await, 300);
    assert_eq!(count(2, 4, Some(Change::Came)).await, 200);
    assert_eq!(count(2, 4, Some(Change::Left)).await, 600, "a hundred came back");
    assert_eq!(count(4, 4, None).await, 0);
    let backwards =
        ChangesQuery { from: as_of(moments[2]), to: as_of(moments[1]), change: None, cursor: None, limit: 9 };
    let refused = house.query(|conn| backwards.run(conn, license));
    assert!(matches!(refused, Err(QueryError::NotOffered { .. })));
}

#[tokio::test]
async fn an_erased_person_is_counted_in_what_was_before_and_named_nowhere() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    house.add(license, "a@school.example b@school.example").await;
    let before = house.head();
    let order = commands::erase_subject::EraseOrder {
        email: email("a@school.example"),
        basis: domain::ErasureBasis::Request,
    };
    house.commands.erase_subject(&crate::house::operator(), &order).await.expect("erased");
    let then = pages(&house, license, before, None).await;
    let who: Vec<_> = then.iter().map(|then| (then.email.as_deref(), then.erased)).collect();
    assert_eq!(who, [(None, true), (Some("b@school.example"), false)]);
    let seats = house.read(|conn| seats_at(conn, license, as_of(before))).await;
    assert_eq!((seats.held, seats.limit), (2, Some(10)));
    assert_eq!(pages(&house, license, house.head(), None).await.len(), 1);
    let member = then[0].member_id;
    let shown = house.read(|conn| member_then(conn, license, member, before)).await.expect("known then");
    assert_eq!((shown.email, shown.status), (None, Some(Status::Accepted)));
}

#[tokio::test]
async fn a_moment_that_the_list_has_not_reached_and_one_of_another_list_are_told() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    house.add(license, "a@school.example b@school.example").await;
    let beyond = MembersThenQuery { as_of: as_of(house.head() + 1), status: None, cursor: None, limit: 1 };
    house.settled().await;
    let told = house.query(|conn| beyond.run(conn, license));
    assert!(matches!(told, Err(QueryError::Behind { .. })));
    let query = MembersThenQuery { as_of: as_of(house.head()), ..beyond };
    let cursor = house.read(|conn| query.run(conn, license)).await.next_cursor;
    assert!(cursor.is_some());
    let other = MembersThenQuery { as_of: as_of(house.head() - 1), cursor, ..query };
    assert!(matches!(house.query(|conn| other.run(conn, license)), Err(QueryError::StaleCursor)));
    let resolved = house.read(|conn| Moment::Instant(chrono::Utc::now()).resolve(conn, "at")).await;
    assert_eq!(resolved.position, house.head());
    assert!(house.commands.accept_invite(&by(ADA), license).await.is_err(), "an admin is not on the list");
}
