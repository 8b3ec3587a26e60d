//! Every moment of a random history, against a fold from its first event on.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use commands::CommandError;
use domain::{DeclineReason, Event, ImportMode, LicenseId, MembershipEvent, Status, SubjectId};
use eventlog::{EventLog, Position, Recorded};
use uuid::Uuid;

use super::{AsOf, Change, ChangesQuery, MembersThenQuery, Moment, listed_then, seats_at};
use crate::{
    QueryError,
    audit::desk::{ADA, Desk, address},
    members::{StatusCounts, member_then},
    sql::Conn,
};

/// Draws numbers, always the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn person(n: u64) -> String {
    format!("p{n}@{}.example", if n.is_multiple_of(3) { "school" } else { "x" })
}

/// A license on which much happened to thirty people, and another one on which they were added, too.
async fn eventful(seed: u64) -> (Desk, LicenseId) {
    let desk = Desk::open().await;
    let (license, other) = (desk.license, desk.second_license().await);
    desk.office.change_seat_limit(&desk.operator(), license, 25).await.expect("seats");
    let mut dice = Dice(seed);
    for _ in 0..150 {
        let who = person(dice.below(30));
        let (someone, them) = (address(&who), desk.person(&who));
        let done = match dice.below(10) {
            0..3 => {
                let more = person(dice.below(30));
                desk.add(ADA, &format!("{who} {more}")).await;
                continue;
            }
            3 => {
                desk.paste(ADA, ImportMode::Remove, &who).await;
                continue;
            }
            4 => desk.office.decline_invite(&them, license, DeclineReason::NotNeeded).await,
            5 | 6 => desk.office.accept_invite(&them, license).await,
            7 => desk.office.close_notification(&them, license).await,
            8 => desk.office.withdraw_invite(&desk.person(ADA), license, &someone).await,
            _ => desk.office.leave_license(&them, license).await,
        };
        assert!(matches!(done, Ok(_) | Err(CommandError::Refused { .. })), "{:?}", done.err());
    }
    // Nobody of another license is ever seen on this one.
    assert_ne!(license, other);
    (desk, license)
}

/// A person of a naive fold.
#[derive(Clone, Copy, Default)]
struct Then {
    status: Option<Status>,
    added: Position,
    since: Position,
}

/// Who was on a license with all events up to a position.
fn fold(events: &[Recorded], license: LicenseId, at: Position) -> BTreeMap<Uuid, Then> {
    use MembershipEvent as E;
    let mut people: BTreeMap<Uuid, Then> = BTreeMap::new();
    for recorded in events.iter().filter(|event| event.position <= at) {
        let Event::Membership(event) = &recorded.event else { continue };
        if recorded.license.map(|(id, _)| id) != Some(license) {
            continue;
        }
        let status = match event {
            E::UserAdded { .. } | E::JoinedWithLicenseKey { .. } | E::InviteAccepted {} => {
                Some(Status::Accepted)
            }
            E::UserInvited { .. } => Some(Status::Invited),
            E::InviteDeclined { .. } => Some(Status::Rejected),
            E::InviteWithdrawn {} | E::UserRemoved {} | E::UserLeft {} | E::UserErased {} => None,
            E::InviteNotificationClosed {}
            | E::InviteNotificationReopened {}
            | E::AdmissionRefused { .. } => continue,
        };
        let person = people.entry(recorded.stream.id).or_default();
        if person.status.is_none() {
            person.added = recorded.position;
        }
        (person.status, person.since) = (status, recorded.position);
    }
    people
}

fn as_of(position: Position) -> AsOf {
    AsOf { position, recorded_at: None }
}

/// Everybody on the list then, page by page.
fn pages(
    conn: &Conn<'_>,
    license: LicenseId,
    mut query: MembersThenQuery,
) -> Result<Vec<(Uuid, Status, u64)>, QueryError> {
    let mut all = Vec::new();
    loop {
        let page = query.run(conn, license)?;
        all.extend(page.items.iter().map(|then| (then.member_id.0, then.status, then.since_position)));
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            assert_eq!(page.total.count, all.len() as u64);
            return Ok(all);
        }
    }
}

async fn events(desk: &Desk) -> Vec<Recorded> {
    let stored = desk.db.read_stored(0, 100_000).await.expect("the log").events;
    stored.iter().map(|event| event.read().expect("an event")).collect()
}

#[tokio::test]
async fn the_list_of_every_moment_is_what_a_fold_until_then_says_in_pages_of_any_size() {
    for seed in [1, 2] {
        let (desk, license) = eventful(seed).await;
        let events = events(&desk).await;
        desk.ask(|conn| {
            for at in 0..=events.len() as Position {
                let mut expected: Vec<_> = fold(&events, license, at).into_iter().collect();
                expected.sort_by_key(|(_, then)| then.added);
                for status in [None, Some(Status::Accepted), Some(Status::Invited), Some(Status::Rejected)] {
                    let wanted =
                        |then: &Then| then.status.is_some() && status.is_none_or(|s| then.status == Some(s));
                    let expected: Vec<_> = expected
                        .iter()
                        .filter(|(_, then)| wanted(then))
                        .filter_map(|(id, then)| Some((*id, then.status?, then.since)))
                        .collect();
                    for limit in [1, 4, 500] {
                        let query = MembersThenQuery { as_of: as_of(at), status, cursor: None, limit };
                        assert_eq!(pages(conn, license, query)?, expected, "at {at}, {status:?} by {limit}");
                    }
                }
            }
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn seats_and_single_people_of_every_moment_are_what_a_fold_until_then_says() {
    let (desk, license) = eventful(3).await;
    let events = events(&desk).await;
    let subject_of = |recorded: &Recorded| match &recorded.event {
        Event::Membership(event) => Some((recorded.stream.id, event.subject_id()?)),
        _ => None,
    };
    let subjects: BTreeMap<Uuid, SubjectId> = events.iter().filter_map(subject_of).collect();
    desk.ask(|conn| {
        for at in 0..=events.len() as Position {
            let people = fold(&events, license, at);
            let n = |status| people.values().filter(|then| then.status == Some(status)).count() as u64;
            let counts = StatusCounts {
                accepted: n(Status::Accepted),
                invited: n(Status::Invited),
                rejected: n(Status::Rejected),
            };
            let seats = seats_at(conn, license, as_of(at))?;
            assert_eq!((seats.counts, seats.held), (counts, counts.accepted + counts.invited), "at {at}");
            let query = MembersThenQuery { as_of: as_of(at), status: None, cursor: None, limit: 500 };
            let mut listed = query.run(conn, license)?.items;
            for (member, subject) in &subjects {
                let place = listed.iter().position(|then| then.member_id.0 == *member);
                let wanted = place.map(|place| listed.remove(place));
                assert!(listed_then(conn, license, *subject, as_of(at))? == wanted, "at {at}");
            }
            assert_eq!(listed.len(), 0, "at {at}");
            for (member, then) in people {
                let shown = member_then(conn, license, domain::MemberId(member), at)?.expect("known by then");
                assert_eq!(shown.status, then.status, "at {at}");
            }
        }
        let limits: Vec<_> = [0, 1, events.len() as Position]
            .into_iter()
            .map(|at| seats_at(conn, license, as_of(at)).map(|seats| seats.limit))
            .collect::<Result<_, _>>()?;
        assert_eq!(limits, [None, Some(2), Some(25)]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_difference_of_any_two_moments_is_what_two_folds_say() {
    let (desk, license) = eventful(4).await;
    let events = events(&desk).await;
    let mut dice = Dice(5);
    desk.ask(|conn| {
        for _ in 0..60 {
            let to = dice.below(events.len() as u64 + 1);
            let from = dice.below(to + 1);
            let (before, after) = (fold(&events, license, from), fold(&events, license, to));
            let mut expected = BTreeMap::new();
            for (member, then) in &after {
                let was = before.get(member).and_then(|then| then.status);
                let change = match (was, then.status) {
                    (None, Some(_)) => Change::Came,
                    (Some(_), None) => Change::Left,
                    (Some(was), Some(is)) if was != is => Change::Changed,
                    (None, None) | (Some(_), Some(_)) => continue,
                };
                expected.insert(*member, (change, was, then.status));
            }
            for (limit, change) in [(500, None), (3, None), (2, Some(Change::Came)), (1, Some(Change::Left))]
            {
                let (mut found, mut cursor) = (BTreeMap::new(), None);
                loop {
                    let query = ChangesQuery { from: as_of(from), to: as_of(to), change, cursor, limit };
                    let page = query.run(conn, license)?;
                    for it in page.items {
                        let twice = found.insert(it.member_id.0, (it.change, it.before, it.after));
                        assert!(twice.is_none(), "{from} to {to}");
                    }
                    cursor = page.next_cursor;
                    if cursor.is_none() {
                        break;
                    }
                }
                let mut expected = expected.clone();
                expected.retain(|_, (is, _, _)| change.is_none_or(|wanted| wanted == *is));
                assert_eq!(found, expected, "{from} to {to}, {change:?} by {limit}");
            }
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_instant_comes_to_the_last_event_that_was_recorded_by_then() {
    let desk = Desk::open().await;
    desk.on("2026-03-05").add(ADA, "a@school.example").await;
    desk.on("2026-03-09").add(ADA, "b@school.example").await;
    let events = events(&desk).await;
    desk.ask(|conn| {
        for (instant, days) in [
            ("2026-03-01T08:59:59Z", None),
            ("2026-03-05T08:59:59.999999Z", Some("2026-03-01")),
            ("2026-03-05T09:00:00Z", Some("2026-03-05")),
            ("2026-03-07T00:00:00Z", Some("2026-03-05")),
            ("2030-01-01T00:00:00Z", Some("2026-03-09")),
        ] {
            let as_of = Moment::Instant(instant.parse().expect("an instant")).resolve(conn, "at")?;
            let day = as_of.recorded_at.map(|at: DateTime<Utc>| at.date_naive().to_string());
            assert_eq!(day.as_deref(), days, "{instant}");
            let last = events.iter().rev().find(|event| Some(event.recorded_at) == as_of.recorded_at);
            assert_eq!(as_of.position, last.map_or(0, |event| event.position), "{instant}");
        }
        let beyond = Moment::Position(events.len() as Position + 1).resolve(conn, "at");
        assert!(matches!(beyond, Err(QueryError::NotOffered { .. })));
        Ok(())
    })
    .await;
}
