//! Every event's sentence, with all its variants: to be read as a list.

use domain::{
    Code, Commitment, Counts, DeclineReason, Door, Event, ImportEvent, ImportId, ImportMode, KeyId, LicenseEvent,
    LicenseId, LicenseName, MailDomain, MembershipEvent, Metadata, Plan, RequestId, Role, Salt, Source, SubjectId,
    catalogue, envelope::Row, membership::InviteReason,
};
use uuid::Uuid;

use super::{
    names::{Name, Names},
    text::text,
};

fn known(email: &str) -> Name {
    Name::Known(email.to_owned())
}

/// Ada acts; it is about Bob.
fn names() -> Names {
    Names { actor: known("ada@school.example"), acted_by: None, person: known("Bob@Else.example") }
}

fn metadata(source: Source, row: Option<u64>) -> Metadata {
    Metadata {
        acted_by: None,
        actor: SubjectId(Uuid::from_u128(1)),
        import_id: row.map(|_| ImportId(Uuid::from_u128(2))),
        request_id: RequestId(Uuid::from_u128(3)),
        role: Role::Admin,
        row: row.map(Row),
        source,
    }
}

fn license_events() -> Vec<Event> {
    use LicenseEvent as E;
    let (subject_id, key_id) = (SubjectId(Uuid::from_u128(1)), KeyId(Uuid::from_u128(4)));
    let name = || LicenseName::parse("Springfield Schools").expect("a name");
    let domain = || MailDomain::parse("xn--bcher-kva.example").expect("a domain");
    let ends = "2027-06-30".parse().ok();
    let commitment = Commitment::new(&Salt([0; 32]), "bob@else.example");
    let events = vec![
        E::LicenseCreated { ends, name: name(), plan: Plan::Paid, seat_limit: 100 },
        E::LicenseCreated { ends: None, name: name(), plan: Plan::Free, seat_limit: 1 },
        E::LicenseRenamed { name: name() },
        E::LicensePlanChanged { plan: Plan::Paid },
        E::LicensePlanChanged { plan: Plan::Free },
        E::SeatLimitChanged { seat_limit: 50 },
        E::LicenseTermChanged { ends },
        E::LicenseTermChanged { ends: None },
        E::LicenseAdminGranted { commitment, subject_id },
        E::LicenseAdminRevoked { subject_id },
        E::DomainAdminGranted { domain: domain(), subject_id },
        E::DomainAdminRevoked { domain: domain(), subject_id },
        E::LicenseKeyIssued { ends, key_id, limit: Some(1) },
        E::LicenseKeyIssued { ends: None, key_id, limit: Some(30) },
        E::LicenseKeyIssued { ends: None, key_id, limit: None },
        E::LicenseKeyRevoked { key_id },
    ];
    events.into_iter().map(Event::from).collect()
}

fn membership_events() -> Vec<Event> {
    use MembershipEvent as E;
    let (license_id, subject_id) = (LicenseId(Uuid::from_u128(5)), SubjectId(Uuid::from_u128(6)));
    let (key_id, commitment) = (KeyId(Uuid::from_u128(4)), None);
    let domain = MailDomain::parse("else.example").expect("a domain");
    let invited = |attempt, reason| E::UserInvited { attempt, commitment, license_id, reason, subject_id };
    let refused = |door, code| E::AdmissionRefused {
        code,
        commitment,
        door,
        license_id,
        license_revision: 4,
        subject_id,
    };
    let mut events = vec![
        E::UserAdded { commitment, domain, license_id, subject_id },
        invited(1, InviteReason::NotDomainAdmin),
        invited(2, InviteReason::ConsentAsked),
        E::InviteNotificationClosed {},
        E::InviteNotificationReopened {},
        E::InviteAccepted {},
    ];
    events.extend(DeclineReason::ALL.map(|reason| E::InviteDeclined { reason }));
    events.extend([
        E::JoinedWithLicenseKey { commitment, key_id, license_id, subject_id },
        E::InviteWithdrawn {},
        E::UserRemoved {},
        E::UserLeft {},
        refused(Door::Email, Code::SeatLimit),
        refused(Door::Csv, Code::NotPermitted),
        refused(Door::Email, Code::PlanRequired),
        refused(Door::Invite, Code::LicenseExpired),
        refused(Door::LicenseKey, Code::KeyUsedUp),
        refused(Door::LicenseKey, Code::KeyExpired),
        refused(Door::LicenseKey, Code::KeyRevoked),
    ]);
    events.into_iter().map(Event::from).collect()
}

fn import_events() -> Vec<Event> {
    use ImportEvent as E;
    let license_id = LicenseId(Uuid::from_u128(5));
    let mut counts = Counts::default();
    for (code, n) in [(Code::Accepted, 480), (Code::AlreadyInvited, 17), (Code::SeatLimit, 3)] {
        counts.0.insert(code, n);
    }
    let started = |mode| E::ImportStarted { license_id, mode };
    let events = vec![
        started(ImportMode::Add),
        started(ImportMode::Invite),
        started(ImportMode::Remove),
        E::ImportChunkApplied { counts: counts.clone(), first_row: 1, last_row: 500 },
        E::ImportCompleted { counts: counts.clone(), rows: 500 },
        E::ImportCancelled { counts, rows: 500 },
        E::ImportFailed { code: Code::NotPermitted, counts: Counts::default(), rows: 1 },
    ];
    events.into_iter().map(Event::from).collect()
}

fn all_events() -> Vec<Event> {
    [license_events(), membership_events(), import_events()].concat()
}

#[test]
fn every_event_of_the_catalogue_is_told() {
    let events = all_events();
    for description in catalogue::all() {
        let told = events.iter().any(|event| event.description().name == description.name);
        assert!(told, "{} is not in the list", description.name);
    }
}

#[test]
fn every_event_says_who_did_what_to_whom() {
    let metadata = metadata(Source::Api, None);
    let told: Vec<String> = all_events().iter().map(|event| text(event, &metadata, &names())).collect();
    assert_eq!(told.join("\n"), TOLD.trim());
}

const TOLD: &str = "
";

#[test]
fn what_an_import_did_says_by_which_way_and_which_item() {
    let told = |event: &Event, source, row| text(event, &metadata(source, row), &names());
    let events = membership_events();
    let of = |name| events.iter().find(|e| e.description().name == name).expect("an event");
    let mut lines = Vec::new();
    for (source, row) in [(Source::Csv, 7), (Source::Email, 3)] {
        let by = |name| told(of(name), source, Some(row));
        lines.extend(["UserAdded", "UserInvited", "UserRemoved", "AdmissionRefused"].map(by));
        lines.push(told(&import_events()[0], source, None));
    }
    assert_eq!(lines.join("\n"), BY_IMPORT.trim());
}

const BY_IMPORT: &str = "
";

#[test]
fn the_operator_and_erased_people_have_no_address() {
    let events = all_events();
    let of = |name| events.iter().find(|e| e.description().name == name).expect("an event");
    let names = [
        Names { actor: Name::Operator, acted_by: None, person: known("bob@else.example") },
        Names { actor: known("ada@school.example"), acted_by: Some(Name::Operator), person: known("bob@else.example") },
        Names { actor: Name::Erased, acted_by: None, person: Name::Erased },
        Names { actor: Name::Erased, acted_by: Some(Name::Operator), person: Name::Erased },
    ];
    let mut lines = Vec::new();
    for names in &names {
        let by = |name| text(of(name), &metadata(Source::Cli, None), names);
        lines.extend(["LicenseAdminGranted", "UserAdded", "UserInvited", "InviteAccepted", "AdmissionRefused"].map(by));
    }
    assert_eq!(lines.join("\n"), WITHOUT_ADDRESS.trim());
}

const WITHOUT_ADDRESS: &str = "
";
