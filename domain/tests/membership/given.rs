//! Given a history, when an order comes, then events, nothing or a refusal: on the framework of `cqrs-es`.

use cqrs_es::test::TestFramework;
use domain::{
    Code, Commitment, DeclineReason, Door, KeyId, LicenseId, MailDomain, Membership, MembershipCommand,
    MembershipEvent, Refusal, Salt, SubjectId,
    membership::{AddedBy, Gate, InviteReason, Person, decide::outcome},
};
use uuid::Uuid;

pub type History = Vec<MembershipEvent>;

/// Who it is about, in every test.
pub fn ada() -> Person {
    Person {
        license_id: LicenseId(Uuid::from_u128(1)),
        subject_id: SubjectId(Uuid::from_u128(2)),
        commitment: Commitment::new(&Salt([3; 32]), "ada@example.org"),
    }
}

/// For the first event of a membership; later ones have `None`.
#[expect(clippy::unnecessary_wraps, reason = "events hold an option")]
pub fn first() -> Option<Commitment> {
    Some(ada().commitment)
}

pub fn key() -> KeyId {
    KeyId(Uuid::from_u128(4))
}

pub fn domain() -> MailDomain {
    MailDomain::parse("example.org").expect("a domain")
}

pub fn day(text: &str) -> chrono::NaiveDate {
    text.parse().expect("a day")
}

pub fn open() -> Gate {
    Gate { open: Ok(()), seat_free: true, seat_limit: 5 }
}

pub fn full() -> Gate {
    Gate { seat_free: false, ..open() }
}

pub fn expired() -> Gate {
    Gate { open: Err(Refusal::LicenseExpired { ended: day("2026-06-30") }), ..open() }
}

pub fn free_plan() -> Gate {
    Gate { open: Err(Refusal::PlanRequired), ..open() }
}

// Events.

pub fn user_added(commitment: Option<Commitment>) -> MembershipEvent {
    let Person { license_id, subject_id, .. } = ada();
    MembershipEvent::UserAdded { commitment, domain: domain(), license_id, subject_id }
}

pub fn user_invited(attempt: u32, commitment: Option<Commitment>) -> MembershipEvent {
    let Person { license_id, subject_id, .. } = ada();
    let reason = InviteReason::NotDomainAdmin;
    MembershipEvent::UserInvited { attempt, commitment, license_id, reason, subject_id }
}

pub fn asked_for_consent(attempt: u32, commitment: Option<Commitment>) -> MembershipEvent {
    let Person { license_id, subject_id, .. } = ada();
    let reason = InviteReason::ConsentAsked;
    MembershipEvent::UserInvited { attempt, commitment, license_id, reason, subject_id }
}

pub fn joined_with_key(commitment: Option<Commitment>) -> MembershipEvent {
    let Person { license_id, subject_id, .. } = ada();
    MembershipEvent::JoinedWithLicenseKey { commitment, key_id: key(), license_id, subject_id }
}

pub fn turned_away(door: Door, code: Code, revision: u64, commitment: Option<Commitment>) -> MembershipEvent {
    let Person { license_id, subject_id, .. } = ada();
    MembershipEvent::AdmissionRefused {
        code,
        commitment,
        door,
        license_id,
        license_revision: revision,
        subject_id,
    }
}

// Histories, one for each column of the table.

pub fn nobody() -> History {
    Vec::new()
}

pub fn invited() -> History {
    vec![user_invited(1, first())]
}

pub fn closed() -> History {
    vec![user_invited(1, first()), MembershipEvent::InviteNotificationClosed {}]
}

pub fn accepted() -> History {
    vec![user_invited(1, first()), MembershipEvent::InviteAccepted {}]
}

pub fn rejected() -> History {
    let reason = DeclineReason::NotNeeded;
    vec![user_invited(1, first()), MembershipEvent::InviteDeclined { reason }]
}

pub fn removed() -> History {
    vec![user_added(first()), MembershipEvent::UserRemoved {}]
}

// Orders.

pub fn add_by_domain_admin(gate: Gate) -> MembershipCommand {
    MembershipCommand::Add { person: ada(), by: AddedBy::DomainAdmin(domain()), gate }
}

pub fn add_by_other_admin(gate: Gate) -> MembershipCommand {
    MembershipCommand::Add { person: ada(), by: AddedBy::OtherAdmin, gate }
}

pub fn ask_for_consent(gate: Gate) -> MembershipCommand {
    MembershipCommand::Add { person: ada(), by: AddedBy::AdminAskingConsent, gate }
}

pub fn enter_key(gate: Gate) -> MembershipCommand {
    MembershipCommand::JoinWithKey { person: ada(), key_id: key(), gate }
}

pub fn accept(gate: Gate) -> MembershipCommand {
    MembershipCommand::AcceptInvite { gate }
}

pub fn decline() -> MembershipCommand {
    MembershipCommand::DeclineInvite { reason: DeclineReason::NotNeeded }
}

pub fn record(door: Door, code: Code, license_revision: u64) -> MembershipCommand {
    MembershipCommand::RecordRefusal { person: ada(), door, code, license_revision }
}

// Steps: each type has only the steps that can follow.

pub struct Given(History);

pub struct When {
    before: Membership,
    command: MembershipCommand,
    answer: Result<History, Refusal>,
}

pub fn given(history: History) -> Given {
    Given(history)
}

impl Given {
    pub fn when(self, command: MembershipCommand) -> When {
        let before = Membership::fold(&self.0);
        let answer =
            TestFramework::<Membership>::with(()).given(self.0).when(command.clone()).inspect_result();
        When { before, command, answer }
    }
}

impl When {
    /// One event, and the code that tells of it.
    #[track_caller]
    pub fn then(self, event: MembershipEvent, code: Code) {
        assert_eq!(self.answer, Ok(vec![event]), "{:?} in {:?}", self.command, self.before.standing);
        assert_eq!(self.code(), code, "the outcome of {:?} in {:?}", self.command, self.before.standing);
    }

    /// No event, and the code that tells why.
    #[track_caller]
    pub fn then_nothing(self, code: Code) {
        assert_eq!(self.answer, Ok(Vec::new()), "{:?} in {:?}", self.command, self.before.standing);
        assert_eq!(self.code(), code, "the outcome of {:?} in {:?}", self.command, self.before.standing);
    }

    #[track_caller]
    pub fn then_refused(self, refusal: Refusal) {
        assert_eq!(self.answer, Err(refusal), "{:?} in {:?}", self.command, self.before.standing);
    }

    fn code(&self) -> Code {
        match &self.answer {
            Ok(events) => outcome(&self.command, events, self.before.standing),
            Err(refusal) => refusal.code(),
        }
    }
}
