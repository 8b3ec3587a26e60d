//! Any event, whether or not it could ever be written.

use chrono::NaiveDate;
use domain::{
    Code, Commitment, Counts, DeclineReason, Door, ErasureBasis, Event, ImportEvent as I, ImportMode,
    InstallationEvent, InstallationRole, KeyId, LicenseEvent as L, LicenseId, LicenseName, MailDomain,
    MembershipEvent as M, Plan, ReadKind, ReadingEvent, Salt, StaffRole, SubjectEvent, SubjectId,
    license::DomainProof, membership::InviteReason,
};
use proptest::{option, prelude::*, sample::select};
use uuid::Uuid;

/// The greatest number that every reader of JSON reads exactly, and so the greatest in canonical JSON.
pub const EXACT: u64 = (1 << 53) - 1;

// Few different ones, so that events meet.
fn id() -> impl Strategy<Value = Uuid> {
    select(vec![Uuid::nil(), Uuid::from_u128(1), Uuid::from_u128(0x0193_0f1e_7c00_7000_8000_0000_0000_00ff)])
}

pub fn subject() -> impl Strategy<Value = SubjectId> {
    id().prop_map(SubjectId)
}

fn license() -> impl Strategy<Value = LicenseId> {
    id().prop_map(LicenseId)
}

pub fn key() -> impl Strategy<Value = KeyId> {
    id().prop_map(KeyId)
}

pub fn commitment() -> impl Strategy<Value = Commitment> {
    any::<u8>().prop_map(|byte| Commitment::new(&Salt([byte; 32]), "ada@example.org"))
}

pub fn mail_domain() -> impl Strategy<Value = MailDomain> {
    let texts = vec!["example.org", "a.example.org", "bücher.example"];
    select(texts).prop_map(|text| MailDomain::parse(text).expect("a domain"))
}

/// Quotes, backslashes, other scripts and what lies beyond 16 bits included.
pub fn name() -> impl Strategy<Value = LicenseName> {
    "[\\PC\"\\\\/\u{7f}\u{2028}😀]{1,20}".prop_filter_map("no name", |text| LicenseName::parse(&text).ok())
}

pub fn a_day() -> impl Strategy<Value = NaiveDate> {
    (0..=9999, 1..=365_u32).prop_filter_map("no day", |(year, day)| NaiveDate::from_yo_opt(year, day))
}

pub fn day() -> impl Strategy<Value = Option<NaiveDate>> {
    option::of(a_day())
}

pub fn plan() -> impl Strategy<Value = Plan> {
    select(vec![Plan::Paid, Plan::Free])
}

pub fn staff_role() -> impl Strategy<Value = StaffRole> {
    select(StaffRole::ALL.to_vec())
}

pub fn installation_role() -> impl Strategy<Value = InstallationRole> {
    select(InstallationRole::ALL.to_vec())
}

pub fn proof() -> impl Strategy<Value = Option<DomainProof>> {
    option::of(mail_domain().prop_map(|domain| DomainProof::dns_txt(&domain, "drawn")))
}

fn code() -> impl Strategy<Value = Code> {
    select(Code::ALL)
}

fn counts(greatest: u64) -> impl Strategy<Value = Counts> {
    proptest::collection::btree_map(code(), 0..=greatest, 0..4).prop_map(Counts)
}

pub fn license_event(greatest: u64) -> impl Strategy<Value = L> {
    let number = move || 0..=greatest;
    prop_oneof![
        (day(), name(), plan(), number()).prop_map(|(ends, name, plan, seat_limit)| L::LicenseCreated {
            ends,
            name,
            plan,
            seat_limit
        }),
        name().prop_map(|name| L::LicenseRenamed { name }),
        plan().prop_map(|plan| L::LicensePlanChanged { plan }),
        number().prop_map(|seat_limit| L::SeatLimitChanged { seat_limit }),
        day().prop_map(|ends| L::LicenseTermChanged { ends }),
        (commitment(), subject())
            .prop_map(|(commitment, subject_id)| L::LicenseAdminGranted { commitment, subject_id }),
        subject().prop_map(|subject_id| L::LicenseAdminRevoked { subject_id }),
        (mail_domain(), proof(), subject()).prop_map(|(domain, proof, subject_id)| L::DomainAdminGranted {
            domain,
            proof,
            subject_id
        }),
        (mail_domain(), subject())
            .prop_map(|(domain, subject_id)| L::DomainAdminRevoked { domain, subject_id }),
        (commitment(), staff_role(), subject()).prop_map(|(commitment, role, subject_id)| {
            L::LicenseStaffGranted { commitment, role, subject_id }
        }),
        (staff_role(), subject()).prop_map(|(role, subject_id)| L::LicenseStaffRevoked { role, subject_id }),
        (day(), key(), option::of(number())).prop_map(|(ends, key_id, limit)| L::LicenseKeyIssued {
            ends,
            key_id,
            limit
        }),
        (day(), key()).prop_map(|(ends, key_id)| L::LicenseKeyEndChanged { ends, key_id }),
        key().prop_map(|key_id| L::LicenseKeyShown { key_id }),
        key().prop_map(|key_id| L::LicenseKeyRevoked { key_id }),
    ]
}

pub fn membership_event(greatest: u64) -> impl Strategy<Value = M> {
    let reason = select(vec![InviteReason::NotDomainAdmin, InviteReason::ConsentAsked]);
    let door = select(vec![Door::Email, Door::Csv, Door::Invite, Door::LicenseKey]);
    let commitment = || option::of(commitment());
    let named = (
        (commitment(), mail_domain(), license(), subject()).prop_map(
            |(commitment, domain, license_id, subject_id)| M::UserAdded {
                commitment,
                domain,
                license_id,
                subject_id,
            },
        ),
        (any::<u32>(), commitment(), license(), reason, subject()).prop_map(
            |(attempt, commitment, license_id, reason, subject_id)| M::UserInvited {
                attempt,
                commitment,
                license_id,
                reason,
                subject_id,
            },
        ),
        (commitment(), key(), license(), subject()).prop_map(
            |(commitment, key_id, license_id, subject_id)| M::JoinedWithLicenseKey {
                commitment,
                key_id,
                license_id,
                subject_id,
            },
        ),
        (code(), commitment(), door, license(), 0..=greatest, subject()).prop_map(
            |(code, commitment, door, license_id, license_revision, subject_id)| M::AdmissionRefused {
                code,
                commitment,
                door,
                license_id,
                license_revision,
                subject_id,
            },
        ),
    );
    let plain = select(vec![
        M::InviteNotificationClosed {},
        M::InviteNotificationReopened {},
        M::InviteAccepted {},
        M::InviteWithdrawn {},
        M::UserRemoved {},
        M::UserLeft {},
        M::UserErased {},
    ]);
    let declined = select(DeclineReason::ALL.to_vec()).prop_map(|reason| M::InviteDeclined { reason });
    prop_oneof![6 => plain, 1 => declined, 1 => named.0, 1 => named.1, 1 => named.2, 1 => named.3]
}

pub fn import_event(greatest: u64) -> impl Strategy<Value = I> {
    let mode = select(vec![ImportMode::Add, ImportMode::Invite, ImportMode::Remove]);
    // Small ones too, so that chunks follow each other.
    let number = move || prop_oneof![0..4_u64, 0..=greatest];
    prop_oneof![
        (license(), mode, option::of(license())).prop_map(|(license_id, mode, other)| {
            let undoes = other.map(|other| domain::ImportId(other.0));
            I::ImportStarted { license_id, mode, undoes }
        }),
        (counts(greatest), number(), number()).prop_map(|(counts, first_row, last_row)| {
            I::ImportChunkApplied { counts, first_row, last_row }
        }),
        (counts(greatest), number()).prop_map(|(counts, rows)| I::ImportCompleted { counts, rows }),
        (counts(greatest), number()).prop_map(|(counts, rows)| I::ImportCancelled { counts, rows }),
        (code(), counts(greatest), number()).prop_map(|(code, counts, rows)| I::ImportFailed {
            code,
            counts,
            rows
        }),
    ]
}

pub fn installation_event() -> impl Strategy<Value = InstallationEvent> {
    use InstallationEvent as E;
    prop_oneof![
        (commitment(), installation_role(), subject()).prop_map(|(commitment, role, subject_id)| {
            E::InstallationRoleGranted { commitment, role, subject_id }
        }),
        (installation_role(), subject())
            .prop_map(|(role, subject_id)| E::InstallationRoleRevoked { role, subject_id }),
    ]
}

pub fn reading_event() -> impl Strategy<Value = ReadingEvent> {
    let what = || select(ReadKind::ALL.to_vec());
    prop_oneof![
        (what(), option::of(subject()), 0..=EXACT)
            .prop_map(|(what, subject_id, rows)| ReadingEvent::PeopleRead { rows, subject_id, what }),
        (what(), option::of(subject()), 0..=EXACT, 0..=EXACT).prop_map(|(what, subject_id, rows, times)| {
            ReadingEvent::PeopleReadAgain { rows, subject_id, times, what }
        }),
    ]
}

/// Any event with numbers that canonical JSON can hold.
pub fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        license_event(EXACT).prop_map(Event::from),
        membership_event(EXACT).prop_map(Event::from),
        import_event(EXACT).prop_map(Event::from),
        installation_event().prop_map(Event::from),
        select(ErasureBasis::ALL.to_vec())
            .prop_map(|basis| Event::from(SubjectEvent::SubjectErased { basis })),
        reading_event().prop_map(Event::from),
    ]
}
