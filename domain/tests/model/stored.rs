//! What holds for every event and for every history, however strange.

use domain::{
    Actor, Event, Import, ImportId, Installation, License, LicenseEvent, Membership, Metadata, RequestId,
    Role, Source, SubjectId, canonical, envelope::Row,
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use uuid::Uuid;

use crate::events::{EXACT, event, import_event, installation_event, license_event, membership_event};

/// By an implementation of RFC 8785 that knows nothing of our field order.
fn canonical_again(text: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
    serde_json_canonicalizer::to_string(&value).expect("canonical JSON")
}

fn metadata() -> impl Strategy<Value = Metadata> {
    let id = || any::<u128>().prop_map(Uuid::from_u128);
    let role = select(vec![Role::Admin, Role::Member, Role::Operator, Role::Auditor, Role::Support]);
    let source = select(vec![Source::Email, Source::Csv, Source::Key, Source::Api, Source::Cli]);
    let row = option::of(any::<u64>().prop_map(Row));
    (option::of(id()), id(), option::of(id()), id(), role, (row.clone(), row), source).prop_map(
        |(acted_by, actor, import_id, request_id, role, (line, row), source)| Metadata {
            acted_by: acted_by.map(SubjectId),
            actor: SubjectId(actor),
            import_id: import_id.map(ImportId),
            line,
            request_id: RequestId(request_id),
            role,
            row,
            source,
        },
    )
}

/// Folds, keeps the state as a snapshot would, and takes it out again.
fn fold_and_keep<S, E>(events: &[E], evolve: impl Fn(&mut S, &E)) -> S
where
    S: Default + std::fmt::Debug + PartialEq + serde::Serialize + serde::de::DeserializeOwned,
{
    let mut state = S::default();
    for event in events {
        evolve(&mut state, event);
    }
    let kept = serde_json::to_string(&state).expect("JSON");
    assert_eq!(serde_json::from_str::<S>(&kept).expect("a state"), state);
    state
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_event_is_stored_in_canonical_json_and_reads_back_equal(event in event()) {
        let payload = event.payload();
        prop_assert_eq!(&payload, &canonical_again(&payload));

        let name = event.description().name;
        let again = Event::decode(event.stream_type(), name, "1", &payload);
        prop_assert_eq!(again.map_err(|error| error.to_string()), Ok(event));
    }

    #[test]
    fn metadata_is_stored_in_canonical_json_and_reads_back_equal(metadata in metadata()) {
        let text = canonical::to_text(&metadata);
        prop_assert_eq!(&text, &canonical_again(&text));
        prop_assert_eq!(serde_json::from_str::<Metadata>(&text).ok(), Some(metadata));
    }

    #[test]
    fn any_history_of_a_membership_can_be_folded(events in vec(membership_event(u64::MAX), 0..40)) {
        let membership = fold_and_keep::<Membership, _>(&events, Membership::evolve);
        prop_assert!(membership.of.is_some() || membership == Membership::default());
    }

    #[test]
    fn any_history_of_a_license_can_be_folded(events in vec(license_event(u64::MAX), 0..40)) {
        let license = fold_and_keep::<License, _>(&events, License::evolve);
        prop_assert!(license.terms.is_some() || license == License::default());
    }

    #[test]
    fn any_history_of_an_import_can_be_folded(events in vec(import_event(u64::MAX), 0..40)) {
        let import = fold_and_keep::<Import, _>(&events, Import::evolve);
        prop_assert!(import.what.is_some() || import == Import::default());
    }

    #[test]
    fn any_history_of_an_installation_can_be_folded(events in vec(installation_event(), 0..40)) {
        let installation = fold_and_keep::<Installation, _>(&events, Installation::evolve);
        prop_assert!(installation.roles.values().all(|roles| !roles.is_empty()));
    }
}

#[test]
fn the_greatest_exact_number_is_stored_in_canonical_json() {
    let payload = Event::from(LicenseEvent::SeatLimitChanged { seat_limit: EXACT }).payload();
    assert_eq!(payload, r#"{"SeatLimitChanged":{"seat_limit":9007199254740991}}"#);
    assert_eq!(payload, canonical_again(&payload));
}

#[test]
fn the_operator_is_written_as_a_subject_of_zeros() {
    assert_eq!(canonical::to_text(&Actor::OPERATOR.subject), format!("\"{}\"", Uuid::nil()));
}
