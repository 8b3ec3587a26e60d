//! Every event's sentence, with all its variants: to be read as a list.

use domain::{
    Code, Commitment, Counts, DeclineReason, Door, ErasureBasis, Event, ImportEvent, ImportId, ImportMode,
    InstallationEvent, InstallationRole, KeyId, LicenseEvent, LicenseId, LicenseName, MailDomain,
    MembershipEvent, Metadata, Plan, ReadKind, ReadingEvent, RequestId, Role, Salt, Source, StaffRole,
    SubjectEvent, SubjectId, catalogue, envelope::Row, license::DomainProof, membership::InviteReason,
};
use uuid::Uuid;

use super::{
    names::{Name, Names},
    text::{entered, text},
};

fn known(email: &str) -> Name {
    Name::Known(email.to_owned())
}

/// Ada acts; it is about Bob.
fn names() -> Names {
    Names {
        actor: known("ada@school.example"),
        acted_by: None,
        person: known("Bob@Else.example"),
        file: None,
    }
}

fn metadata(source: Source, row: Option<u64>) -> Metadata {
    Metadata {
        acted_by: None,
        actor: SubjectId(Uuid::from_u128(1)),
        import_id: row.map(|_| ImportId(Uuid::from_u128(2))),
        line: row.filter(|_| source == Source::Csv).map(|row| Row(row + 1)),
        request_id: RequestId(Uuid::from_u128(3)),
        role: Role::Admin,
        row: row.map(Row),
        source,
    }
}

#[test]
fn whoever_an_earlier_import_names_was_not_pasted() {
    let told = |source| super::text::way(&metadata(source, Some(3)), &names());
    assert_eq!(told(Source::Email), " (pasted, item 3)");
    assert_eq!(told(Source::List), " (chosen on the user list)", "there was no list of theirs, and no line");
    for source in [Source::Api, Source::Cli] {
        assert_eq!(told(source), " (undoing an earlier import)");
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
        E::SeatLimitChanged { seat_limit: 5_000 },
        E::LicenseTermChanged { ends },
        E::LicenseTermChanged { ends: None },
        E::LicenseAdminGranted { commitment, subject_id },
        E::LicenseAdminRevoked { subject_id },
        E::DomainAdminGranted { domain: domain(), proof: None, subject_id },
        E::DomainAdminGranted {
            domain: domain(),
            proof: Some(DomainProof::dns_txt(&domain(), "drawn")),
            subject_id,
        },
        E::DomainAdminRevoked { domain: domain(), subject_id },
        E::LicenseStaffGranted { commitment, role: StaffRole::Auditor, subject_id },
        E::LicenseStaffGranted { commitment, role: StaffRole::Support, subject_id },
        E::LicenseStaffRevoked { role: StaffRole::Support, subject_id },
        E::LicenseKeyIssued { ends, key_id, limit: Some(1) },
        E::LicenseKeyIssued { ends: None, key_id, limit: Some(30) },
        E::LicenseKeyIssued { ends: None, key_id, limit: None },
        E::LicenseKeyEndChanged { ends, key_id },
        E::LicenseKeyEndChanged { ends: None, key_id },
        E::LicenseKeyShown { key_id },
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
        E::UserErased {},
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
    let started = |mode| E::ImportStarted { license_id, mode, undoes: None };
    let events = vec![
        started(ImportMode::Add),
        started(ImportMode::Invite),
        started(ImportMode::Remove),
        started(ImportMode::Withdraw),
        E::ImportStarted { license_id, mode: ImportMode::Remove, undoes: Some(ImportId(license_id.0)) },
        E::ImportChunkApplied { counts: counts.clone(), first_row: 1, last_row: 500 },
        E::ImportChunkApplied { counts: Counts::default(), first_row: 1, last_row: 1 },
        E::ImportCompleted { counts: counts.clone(), rows: 500 },
        E::ImportCancelled { counts, rows: 500 },
        E::ImportFailed { code: Code::NotPermitted, counts: Counts::default(), rows: 1 },
    ];
    events.into_iter().map(Event::from).collect()
}

fn installation_events() -> Vec<Event> {
    use InstallationEvent as E;
    let subject_id = SubjectId(Uuid::from_u128(1));
    let commitment = Commitment::new(&Salt([0; 32]), "bob@else.example");
    let granted =
        InstallationRole::ALL.map(|role| E::InstallationRoleGranted { commitment, role, subject_id });
    let revoked = E::InstallationRoleRevoked { role: InstallationRole::Operator, subject_id };
    granted.into_iter().chain([revoked]).map(Event::from).collect()
}

fn subject_events() -> Vec<Event> {
    ErasureBasis::ALL.map(|basis| SubjectEvent::SubjectErased { basis }.into()).to_vec()
}

fn reading_events() -> Vec<Event> {
    use ReadingEvent as E;
    let somebody = Some(SubjectId(Uuid::from_u128(1)));
    let first = ReadKind::ALL.map(|what| {
        let subject_id = somebody.filter(|_| matches!(what, ReadKind::Person | ReadKind::Why));
        E::PeopleRead { rows: 1_200, subject_id, what }
    });
    let (rows, subject_id) = (1, None);
    let others = [
        E::PeopleRead { rows, subject_id, what: ReadKind::Why },
        E::PeopleReadAgain { rows: 60, subject_id, times: 3, what: ReadKind::UserList },
        E::PeopleReadAgain { rows, subject_id: somebody, times: 1, what: ReadKind::Person },
        E::PeopleReadAgain { rows, subject_id, times: 0, what: ReadKind::RefusedRowsFile },
    ];
    first.into_iter().chain(others).map(Event::from).collect()
}

fn all_events() -> Vec<Event> {
    let of_licenses = [license_events(), membership_events(), import_events()].concat();
    [of_licenses, installation_events(), subject_events(), reading_events()].concat()
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

const TOLD: &str = r#"
ada@school.example set up the license "Springfield Schools": paid plan, 100 seats, until the end of 2027-06-30.
ada@school.example set up the license "Springfield Schools": free plan, 1 seat, without an end.
ada@school.example renamed the license to "Springfield Schools".
ada@school.example moved the license to the paid plan: people can be added.
ada@school.example moved the license to the free plan: nobody can be added.
ada@school.example set the license's limit to 5,000 seats.
ada@school.example changed the license's term: until the end of 2027-06-30.
ada@school.example changed the license's term: without an end.
ada@school.example made Bob@Else.example an admin of the license.
ada@school.example took the admin role from Bob@Else.example, and every mail domain with it.
ada@school.example let Bob@Else.example administer bücher.example: people whom they add there join at once.
ada@school.example showed by the TXT record _seatbook-challenge.xn--bcher-kva.example that bücher.example is theirs, and administers it: people whom they add there join at once.
ada@school.example took the mail domain bücher.example from Bob@Else.example: people whom they add there get an invite.
ada@school.example made Bob@Else.example an auditor of the license: they read everything, and change nothing.
ada@school.example made Bob@Else.example support staff of the license: they read who is on it, and why.
ada@school.example revoked that Bob@Else.example is support staff of the license.
ada@school.example issued license key 00000000-0000-0000-0000-000000000004: 1 person can join with it, until the end of 2027-06-30.
ada@school.example issued license key 00000000-0000-0000-0000-000000000004: 30 people can join with it.
ada@school.example issued license key 00000000-0000-0000-0000-000000000004: as many people as there are seats can join with it.
ada@school.example let license key 00000000-0000-0000-0000-000000000004 end after 2027-06-30.
ada@school.example took the end from license key 00000000-0000-0000-0000-000000000004.
ada@school.example looked at the text of license key 00000000-0000-0000-0000-000000000004.
ada@school.example revoked license key 00000000-0000-0000-0000-000000000004: nobody can join with it any more.
ada@school.example added Bob@Else.example, who joined at once because ada@school.example administered else.example.
ada@school.example added Bob@Else.example, who got an invite because ada@school.example did not administer else.example.
ada@school.example invited Bob@Else.example, who got another invite (number 2) because ada@school.example asked for their consent.
ada@school.example closed the notification of the invite, which stays open.
ada@school.example reopened the notification of the invite.
ada@school.example accepted the invite and joined.
ada@school.example declined the invite without giving a reason; its seat is free again.
ada@school.example declined the invite because they do not know who invites them; its seat is free again.
ada@school.example declined the invite because they do not need it; its seat is free again.
ada@school.example declined the invite because it went to the wrong person or address; its seat is free again.
ada@school.example declined the invite because they have a license already; its seat is free again.
ada@school.example declined the invite because they object to the use of their data; its seat is free again.
ada@school.example entered license key 00000000-0000-0000-0000-000000000004 and joined at once.
ada@school.example withdrew the invite of Bob@Else.example; its seat is free again.
ada@school.example removed Bob@Else.example from the license.
ada@school.example left the license; the seat is free again.
ada@school.example erased Bob@Else.example: who it was is not known any more; if they held a seat, it is free again.
ada@school.example could not add Bob@Else.example by e-mail: no seat of the license is free (seat_limit).
ada@school.example could not add Bob@Else.example by CSV file: whoever asked is not an admin of the license, or is one no longer (not_permitted).
ada@school.example could not add Bob@Else.example by e-mail: the license is on the free plan, where nobody can be added (plan_required).
ada@school.example could not accept the invite: the license has ended (license_expired).
ada@school.example could not join with the license key: as many people have joined with the key as it allows (key_used_up).
ada@school.example could not join with the license key: the key has ended (key_expired).
ada@school.example could not join with the license key: the key was revoked (key_revoked).
ada@school.example began to add people by their addresses.
ada@school.example began to invite people by their addresses.
ada@school.example began to remove people by their addresses.
ada@school.example began to withdraw the invites of people by their addresses.
ada@school.example began to remove whom an earlier import had brought in.
Items 1 to 500 of the import were applied: 480 joined at once, 17 invited already, 3 refused (no seat free).
Item 1 of the import was applied: nothing.
The import is complete, with 500 items: 480 joined at once, 17 invited already, 3 refused (no seat free).
ada@school.example stopped the import after 500 items, whose outcome stays: 480 joined at once, 17 invited already, 3 refused (no seat free).
The import could not go on after 1 item, whose outcome stays: nothing. The cause: whoever asked is not an admin of the license, or is one no longer (not_permitted).
ada@school.example made Bob@Else.example an operator of all licenses.
ada@school.example made Bob@Else.example an auditor of all licenses.
ada@school.example made Bob@Else.example support staff of all licenses.
ada@school.example revoked that Bob@Else.example is an operator of all licenses.
ada@school.example erased Bob@Else.example because that was asked for: who it was is not known any more.
ada@school.example erased Bob@Else.example because their data had been kept as long as it may be: who it was is not known any more.
ada@school.example erased Bob@Else.example for another reason: who it was is not known any more.
ada@school.example read the user list (1,200 rows) as an admin.
ada@school.example read what a search in the user list found (1,200 rows) as an admin.
ada@school.example read the entry of Bob@Else.example as an admin.
ada@school.example read why Bob@Else.example is on the license or not as an admin.
ada@school.example read the history (1,200 rows) as an admin.
ada@school.example read who joined by a key (1,200 rows) as an admin.
ada@school.example read refused rows of an import (1,200 rows) as an admin.
ada@school.example read the imports and who started them (1,200 rows) as an admin.
ada@school.example read who administers a license (1,200 rows) as an admin.
ada@school.example read who has a role across all licenses (1,200 rows) as an admin.
ada@school.example read a file of all who joined by a key (1,200 rows) as an admin.
ada@school.example read a file of all refused rows of an import (1,200 rows) as an admin.
ada@school.example read the history as a file to be verified as an admin.
ada@school.example read the history with its people's addresses as a file to be verified as an admin.
ada@school.example read why somebody is not on the license as an admin.
ada@school.example read the user list 3 times more within the hour (60 rows) as an admin.
ada@school.example read the entry of Bob@Else.example once more within the hour as an admin.
ada@school.example read a file of all refused rows of an import to the end within the hour (1 row) as an admin.
"#;

#[test]
fn what_an_import_did_says_by_which_way_and_which_item() {
    let events = membership_events();
    let of = |name| events.iter().find(|e| e.description().name == name).expect("an event");
    let mut lines = Vec::new();
    for (source, row, file) in
        [(Source::Csv, 7, None), (Source::Csv, 7, Some("7b.csv")), (Source::Email, 3, None)]
    {
        let names = Names { file: file.map(str::to_owned), ..names() };
        let by = |name| text(of(name), &metadata(source, Some(row)), &names);
        lines.extend(["UserAdded", "UserInvited", "UserRemoved", "AdmissionRefused"].map(by));
        lines.push(text(&import_events()[0], &metadata(source, None), &names));
    }
    assert_eq!(lines.join("\n"), BY_IMPORT.trim());
}

const BY_IMPORT: &str = r#"
ada@school.example added Bob@Else.example (CSV file, line 8), who joined at once because ada@school.example administered else.example.
ada@school.example added Bob@Else.example (CSV file, line 8), who got an invite because ada@school.example did not administer else.example.
ada@school.example removed Bob@Else.example from the license (CSV file, line 8).
ada@school.example could not add Bob@Else.example (CSV file, line 8): no seat of the license is free (seat_limit).
ada@school.example began to add people from a CSV file.
ada@school.example added Bob@Else.example (CSV file "7b.csv", line 8), who joined at once because ada@school.example administered else.example.
ada@school.example added Bob@Else.example (CSV file "7b.csv", line 8), who got an invite because ada@school.example did not administer else.example.
ada@school.example removed Bob@Else.example from the license (CSV file "7b.csv", line 8).
ada@school.example could not add Bob@Else.example (CSV file "7b.csv", line 8): no seat of the license is free (seat_limit).
ada@school.example began to add people from the CSV file "7b.csv".
ada@school.example added Bob@Else.example (pasted, item 3), who joined at once because ada@school.example administered else.example.
ada@school.example added Bob@Else.example (pasted, item 3), who got an invite because ada@school.example did not administer else.example.
ada@school.example removed Bob@Else.example from the license (pasted, item 3).
ada@school.example could not add Bob@Else.example (pasted, item 3): no seat of the license is free (seat_limit).
ada@school.example began to add people by pasted addresses.
"#;

#[test]
fn the_operator_and_erased_people_have_no_address() {
    let events = all_events();
    let of = |name| events.iter().find(|e| e.description().name == name).expect("an event");
    let names = [
        (Name::Operator, None, known("bob@else.example")),
        (known("ada@school.example"), Some(Name::Operator), known("bob@else.example")),
        (Name::Erased, None, Name::Erased),
        (Name::Erased, Some(Name::Operator), Name::Erased),
    ];
    let names = names.map(|(actor, acted_by, person)| Names { actor, acted_by, person, file: None });
    let mut lines = Vec::new();
    for names in &names {
        let by = |name| text(of(name), &metadata(Source::Cli, None), names);
        lines.extend(
            ["LicenseAdminGranted", "UserAdded", "UserInvited", "InviteAccepted", "AdmissionRefused"].map(by),
        );
        lines.push(by("SubjectErased"));
    }
    assert_eq!(lines.join("\n"), WITHOUT_ADDRESS.trim());
}

const WITHOUT_ADDRESS: &str = "
The operator made bob@else.example an admin of the license.
The operator added bob@else.example, who joined at once because that admin administered else.example.
The operator added bob@else.example, who got an invite because that admin did not administer else.example.
The operator accepted the invite and joined.
The operator could not add bob@else.example by e-mail: no seat of the license is free (seat_limit).
The operator erased bob@else.example because that was asked for: who it was is not known any more.
ada@school.example made bob@else.example an admin of the license (entered by the operator).
ada@school.example added bob@else.example (entered by the operator), who joined at once because ada@school.example administered else.example.
ada@school.example added bob@else.example (entered by the operator), who got an invite because ada@school.example did not administer else.example.
ada@school.example accepted the invite and joined (entered by the operator).
ada@school.example could not add bob@else.example by e-mail (entered by the operator): no seat of the license is free (seat_limit).
ada@school.example erased bob@else.example (entered by the operator) because that was asked for: who it was is not known any more.
An erased person made an erased person an admin of the license.
An erased person added an erased person, who joined at once because that admin administered else.example.
An erased person added an erased person, who got an invite because that admin did not administer their mail domain.
An erased person accepted the invite and joined.
An erased person could not add an erased person by e-mail: no seat of the license is free (seat_limit).
An erased person erased somebody because that was asked for: who it was is not known any more.
An erased person made an erased person an admin of the license (entered by the operator).
An erased person added an erased person (entered by the operator), who joined at once because that admin administered else.example.
An erased person added an erased person (entered by the operator), who got an invite because that admin did not administer their mail domain.
An erased person accepted the invite and joined (entered by the operator).
An erased person could not add an erased person by e-mail (entered by the operator): no seat of the license is free (seat_limit).
An erased person erased somebody (entered by the operator) because that was asked for: who it was is not known any more.
";

#[test]
fn no_two_brackets_stand_side_by_side() {
    let by = " (entered by the operator)";
    let pasted = "add them (pasted, item 3)".to_owned();
    assert_eq!(entered(pasted, by), "add them (pasted, item 3; entered by the operator)");
    assert_eq!(entered("add them".to_owned(), by), "add them (entered by the operator)");
    assert_eq!(entered("add them (pasted, item 3)".to_owned(), ""), "add them (pasted, item 3)");
}
