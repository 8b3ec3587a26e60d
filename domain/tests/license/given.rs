//! Given a history, when an order comes, then events, nothing or a refusal: on the framework of `cqrs-es`.

use chrono::NaiveDate;
use cqrs_es::test::TestFramework;
use domain::{
    Commitment, KeyId, License, LicenseCommand, LicenseEvent, LicenseName, MailDomain, Plan, Refusal, Salt,
    SubjectId,
    license::{DomainProof, NewKey},
};
use uuid::Uuid;

pub type History = Vec<LicenseEvent>;

pub const ADA: SubjectId = SubjectId(Uuid::from_u128(1));
pub const BOB: SubjectId = SubjectId(Uuid::from_u128(2));
pub const KEY: KeyId = KeyId(Uuid::from_u128(3));
pub const OTHER_KEY: KeyId = KeyId(Uuid::from_u128(4));

pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// The last day of the term in these tests.
#[expect(clippy::unnecessary_wraps, reason = "events hold an option")]
pub fn ends() -> Option<NaiveDate> {
    Some(day("2026-06-30"))
}

pub fn name(text: &str) -> LicenseName {
    LicenseName::parse(text).expect("a name")
}

pub fn domain(text: &str) -> MailDomain {
    MailDomain::parse(text).expect("a domain")
}

pub fn commitment(subject: SubjectId) -> Commitment {
    Commitment::new(&Salt([5; 32]), &format!("{subject}@example.org"))
}

// Events.

pub fn created() -> LicenseEvent {
    LicenseEvent::LicenseCreated { ends: ends(), name: name("Riverside"), plan: Plan::Paid, seat_limit: 10 }
}

pub fn admin_granted(subject_id: SubjectId) -> LicenseEvent {
    LicenseEvent::LicenseAdminGranted { commitment: commitment(subject_id), subject_id }
}

pub fn domain_granted(subject_id: SubjectId, text: &str) -> LicenseEvent {
    LicenseEvent::DomainAdminGranted { domain: domain(text), proof: None, subject_id }
}

pub fn domain_proved(subject_id: SubjectId, text: &str) -> LicenseEvent {
    LicenseEvent::DomainAdminGranted { domain: domain(text), proof: Some(proof(text)), subject_id }
}

pub fn proof(text: &str) -> DomainProof {
    DomainProof::dns_txt(&domain(text), "drawn")
}

pub fn key_issued(key_id: KeyId) -> LicenseEvent {
    LicenseEvent::LicenseKeyIssued { ends: None, key_id, limit: Some(3) }
}

// Histories.

/// With Ada as admin of example.org, and a key.
pub fn riverside() -> History {
    vec![created(), admin_granted(ADA), domain_granted(ADA, "example.org"), key_issued(KEY)]
}

pub fn riverside_and(event: LicenseEvent) -> History {
    let mut history = riverside();
    history.push(event);
    history
}

/// Bob is the second admin.
pub fn with_bob() -> History {
    riverside_and(admin_granted(BOB))
}

pub fn fold(history: &[LicenseEvent]) -> License {
    let mut license = License::default();
    for event in history {
        license.evolve(event);
    }
    license
}

// Orders.

pub fn new_key(key_id: KeyId) -> NewKey {
    NewKey { key_id, limit: Some(3), ends: None }
}

pub fn create(domains: &[&str]) -> LicenseCommand {
    LicenseCommand::CreateLicense {
        name: name("Riverside"),
        plan: Plan::Paid,
        seat_limit: 10,
        ends: ends(),
        admin: ADA,
        commitment: commitment(ADA),
        domains: domains.iter().map(|text| domain(text)).collect(),
        key: new_key(KEY),
    }
}

// Steps: each type has only the steps that can follow.

pub struct Given(History);

pub struct When {
    command: LicenseCommand,
    answer: Result<History, Refusal>,
}

pub fn given(history: History) -> Given {
    Given(history)
}

impl Given {
    pub fn when(self, command: LicenseCommand) -> When {
        let answer = TestFramework::<License>::with(()).given(self.0).when(command.clone()).inspect_result();
        When { command, answer }
    }
}

impl When {
    #[track_caller]
    pub fn then(self, events: &[LicenseEvent]) {
        assert_eq!(self.answer.as_deref(), Ok(events), "{:?}", self.command);
    }

    #[track_caller]
    pub fn then_nothing(self) {
        self.then(&[]);
    }

    #[track_caller]
    pub fn then_refused(self, refusal: &Refusal) {
        assert_eq!(self.answer.as_ref(), Err(refusal), "{:?}", self.command);
    }
}
