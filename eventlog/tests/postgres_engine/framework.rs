//! An unmodified `cqrs-es` framework with the repository of `postgres-es` writes to our database: its events get their
//! places, and come out of the log like ours.

use std::collections::HashMap;

use cqrs_es::{
    Aggregate, AggregateError, CqrsFramework, DomainEvent, event_sink::EventSink,
    persist::PersistedEventStore,
};
use domain::{
    Event, LicenseEvent, LicenseId, MemberId, MembershipEvent, SubjectId, membership::InviteReason,
};
use eventlog::{
    EventLog,
    conformance::{
        build::{license, member, subject, writes},
        told::{Told, sequences},
    },
};
use postgres_es::PostgresEventRepository;
use serde::{Deserialize, Serialize};

use crate::room::{Room, sound};

/// Writes whatever it is told to; as any user of the framework has one.
macro_rules! plain {
    ($name:ident, $event:ty) => {
        #[derive(Default, Serialize, Deserialize)]
        struct $name {
            seen: usize,
        }

        impl Aggregate for $name {
            const TYPE: &'static str = <$event>::STREAM;
            type Command = Vec<$event>;
            type Event = $event;
            type Error = std::io::Error;
            type Services = ();

            async fn handle(
                &mut self,
                events: Vec<$event>,
                (): &(),
                sink: &EventSink<Self>,
            ) -> Result<(), std::io::Error> {
                for event in events {
                    sink.write(event, self).await;
                }
                Ok(())
            }

            fn apply(&mut self, _: $event) {
                self.seen += 1;
            }
        }
    };
}

plain!(PlainLicense, LicenseEvent);
plain!(PlainMembership, MembershipEvent);

fn framework<A: Aggregate>(
    pool: &sqlx::PgPool,
) -> CqrsFramework<A, PersistedEventStore<PostgresEventRepository, A>>
where
    A::Services: Default,
    A::Event: DomainEvent,
{
    let repository = PostgresEventRepository::new(pool.clone());
    CqrsFramework::new(PersistedEventStore::new_event_store(repository), vec![], A::Services::default())
}

fn by_the_operator() -> HashMap<String, String> {
    let nil = "00000000-0000-0000-0000-000000000000";
    let fields = [("actor", nil), ("request_id", nil), ("role", "operator"), ("source", "cli")];
    fields.map(|(field, value)| (field.to_owned(), value.to_owned())).into()
}

fn invited(license_id: LicenseId, subject_id: SubjectId) -> MembershipEvent {
    let reason = InviteReason::ConsentAsked;
    MembershipEvent::UserInvited { attempt: 1, commitment: None, license_id, reason, subject_id }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_an_unmodified_framework_get_their_places() {
    let room = Room::new().await;
    let node = room.node().await;
    let (license, person): (LicenseId, MemberId) = (license(), member());
    let ours = |revision| writes(license, revision, 1);
    node.commit(ours(0)).await.committed();
    let licenses = framework::<PlainLicense>(node.pool());
    let people = framework::<PlainMembership>(node.pool());
    let changed = || LicenseEvent::SeatLimitChanged { seat_limit: 5 };
    let by = by_the_operator;
    licenses.execute_with_metadata(&license.0.to_string(), vec![changed(), changed()], by()).await.unwrap();
    let joins = vec![invited(license, subject()), MembershipEvent::InviteAccepted {}];
    people.execute_with_metadata(&person.0.to_string(), joins, by()).await.unwrap();
    let leaves = vec![MembershipEvent::UserLeft {}];
    people.execute_with_metadata(&person.0.to_string(), leaves, by()).await.unwrap();
    // Ours go on behind theirs.
    assert_eq!(node.commit(ours(1)).await.moved_to(license), 3);
    assert_eq!(node.commit(writes(license, 3, 1)).await.committed().position, 7);

    let history = sound(&node).await;
    let kinds: Vec<_> = history.events.iter().map(|event| event.event.description().name).collect();
    let expected = [
        "LicenseTermChanged",
        "SeatLimitChanged",
        "SeatLimitChanged",
        "UserInvited",
        "InviteAccepted",
        "UserLeft",
        "LicenseTermChanged",
    ];
    assert_eq!(kinds, expected);
    // The framework says nothing of licenses: the first of our own events had none, theirs are known by stream and payload.
    assert_eq!(sequences(&history.events, license), [1, 2, 3, 4, 5]);
    assert_eq!(history.events[4].event, Event::Membership(MembershipEvent::InviteAccepted {}));
    let of_theirs: Vec<_> = history.events[1..3].iter().map(|event| event.recorded_at).collect();
    assert_eq!(of_theirs[0], of_theirs[1], "one transaction has one time");
    assert_eq!(node.read_stream(person.into(), 0).await.unwrap().len(), 3);
}

/// Says nothing of who acts, as `execute` does; or so little that nobody could read it: that never gets in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_framework_says_nothing_about_was_the_operator_and_what_nobody_can_read_stays_outside() {
    let room = Room::new().await;
    let node = room.node().await;
    let license = license();
    let licenses = framework::<PlainLicense>(node.pool());
    let changed = || vec![LicenseEvent::SeatLimitChanged { seat_limit: 5 }];
    licenses.execute(&license.0.to_string(), changed()).await.unwrap();
    let traced = HashMap::from([("trace".to_owned(), "7".to_owned())]);
    licenses.execute_with_metadata(&license.0.to_string(), changed(), traced).await.unwrap();
    let mut half = by_the_operator();
    half.remove("role");
    let refused = licenses.execute_with_metadata(&license.0.to_string(), changed(), half).await;
    let refused = refused.expect_err("it does not say as what they acted").to_string();
    assert!(refused.contains("the metadata does not say who acted"), "{refused}");
    let other = "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
                 VALUES ('license', $1, 3, 'SeatLimitChanged', '1', '{\"Other\":{}}', '{}')";
    let refused = sqlx::query(other).bind(license.0.to_string()).execute(node.pool()).await;
    let refused = refused.expect_err("it is another event").to_string();
    assert!(refused.contains("the payload is no SeatLimitChanged"), "{refused}");
    // A version that there is not, as the framework's own examples have it, and an event that there is not in that stream.
    for (stream, name, version) in [
        ("license", "SeatLimitChanged", "1.0"),
        ("license", "SeatsChanged", "1"),
        ("membership", "SeatLimitChanged", "1"),
    ] {
        let other = "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
                     VALUES ($1, $2, 3, $3, $4, json_build_object($3::text, json_build_object()), '{}')";
        let other = sqlx::query(other).bind(stream).bind(license.0.to_string()).bind(name).bind(version);
        let refused = other.execute(node.pool()).await.expect_err("there is none").to_string();
        assert!(refused.contains(&format!("no version {version} of an event {name}")), "{refused}");
    }

    let history = sound(&node).await;
    assert_eq!(history.events.len(), 2);
    for event in &history.events {
        assert_eq!(
            (event.metadata.actor, event.metadata.role),
            (SubjectId::OPERATOR, domain::Role::Operator)
        );
    }
    assert_eq!(node.commit(writes(license, 2, 1)).await.committed().position, 3);
}

/// The server lets in whatever there is: an event that is added is added there, too.
#[test]
fn the_events_that_a_plain_program_may_write_are_those_that_there_are() {
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/src/postgres/schema");
    let scripts = std::fs::read_dir(scripts).expect("the scripts").map(|script| script.expect("one").path());
    let texts = scripts.map(|path| (path.clone(), std::fs::read_to_string(path).expect("a script")));
    let (_, known) =
        texts.filter(|(_, text)| text.contains("ALL (ARRAY[")).max().expect("one that lists them");
    let listed = known.split("ARRAY[").nth(1).and_then(|rest| rest.split("])").next()).expect("a list");
    let listed: Vec<&str> = listed.split(',').map(|name| name.trim().trim_matches('\'')).collect();
    let all: Vec<String> = domain::catalogue::all().map(|it| format!("{} {}", it.stream, it.name)).collect();
    assert_eq!(listed, all);
}

/// Two frameworks and our own node race for one stream: each revision is written once, whoever wins.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_framework_and_our_own_commits_race_for_a_stream() {
    let room = Room::new().await;
    let node = room.node().await;
    let license = license();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let pool = node.pool().clone();
        tasks.spawn(async move {
            let licenses = framework::<PlainLicense>(&pool);
            let mut written = 0;
            for _ in 0..25 {
                let event = vec![LicenseEvent::SeatLimitChanged { seat_limit: 5 }];
                match licenses.execute_with_metadata(&license.0.to_string(), event, by_the_operator()).await {
                    Ok(()) => written += 1,
                    Err(AggregateError::AggregateConflict) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            written
        });
    }
    let mut expected = 0;
    let mut ours = 0;
    for _ in 0..100 {
        match node.commit(writes(license, expected, 1)).await.unwrap() {
            eventlog::Outcome::Committed(_) => (expected, ours) = (expected + 1, ours + 1),
            eventlog::Outcome::Conflict(eventlog::Conflict::Revision { actual, .. }) => expected = actual,
            other => panic!("{other:?}"),
        }
    }
    let theirs: usize = tasks.join_all().await.into_iter().sum();
    assert!(theirs > 0 && ours > 0, "{theirs} {ours}");
    assert_eq!(sound(&node).await.events.len(), theirs + ours);
}
