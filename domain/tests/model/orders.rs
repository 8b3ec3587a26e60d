//! Random orders to the members of one license.

use domain::{
    Code, Commitment, DeclineReason, Door, KeyId, LicenseId, MailDomain, MembershipCommand, Refusal, Salt,
    SubjectId,
    membership::{AddedBy, Gate, Person},
};
use proptest::{prelude::*, sample::select};
use uuid::Uuid;

pub const PEOPLE: usize = 3;

/// The rows of the table, and a refusal to be recorded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum What {
    AddedByDomainAdmin,
    AddedByOtherAdmin,
    AskedForConsent,
    ClosesNotification,
    ReopensNotification,
    Accepts,
    Declines(DeclineReason),
    EntersKey,
    Withdrawn,
    Removed,
    Leaves,
    Refused(Door, Code, u64),
}

/// Something that shuts a license, or a key to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shut {
    Expired,
    FreePlan,
    KeyUsedUp,
}

#[derive(Debug, Clone, Copy)]
pub struct Order {
    pub who: usize,
    pub what: What,
    pub shut: Option<Shut>,
}

impl Shut {
    pub fn code(self) -> &'static str {
        match self {
            Self::Expired => "license_expired",
            Self::FreePlan => "plan_required",
            Self::KeyUsedUp => "key_used_up",
        }
    }

    fn refusal(self) -> Refusal {
        match self {
            Self::Expired => Refusal::LicenseExpired { ended: chrono::NaiveDate::MIN },
            Self::FreePlan => Refusal::PlanRequired,
            Self::KeyUsedUp => Refusal::KeyUsedUp { limit: 3 },
        }
    }
}

pub fn person(who: usize) -> Person {
    let number = u128::try_from(who).expect("a small number");
    Person {
        license_id: LicenseId(Uuid::from_u128(100)),
        subject_id: SubjectId(Uuid::from_u128(number)),
        commitment: Commitment::new(&Salt([9; 32]), &format!("{who}@example.org")),
    }
}

impl Order {
    pub fn command(self, seat_free: bool, seat_limit: u64) -> MembershipCommand {
        use MembershipCommand as C;
        let open = self.shut.map_or(Ok(()), |shut| Err(shut.refusal()));
        let (person, gate) = (person(self.who), Gate { open, seat_free, seat_limit });
        let by_domain = || AddedBy::DomainAdmin(MailDomain::parse("example.org").expect("a domain"));
        match self.what {
            What::AddedByDomainAdmin => C::Add { person, by: by_domain(), gate },
            What::AddedByOtherAdmin => C::Add { person, by: AddedBy::OtherAdmin, gate },
            What::AskedForConsent => C::Add { person, by: AddedBy::AdminAskingConsent, gate },
            What::ClosesNotification => C::CloseNotification,
            What::ReopensNotification => C::ReopenNotification,
            What::Accepts => C::AcceptInvite { gate },
            What::Declines(reason) => C::DeclineInvite { reason },
            What::EntersKey => C::JoinWithKey { person, key_id: KeyId(Uuid::from_u128(7)), gate },
            What::Withdrawn => C::WithdrawInvite,
            What::Removed => C::Remove,
            What::Leaves => C::Leave,
            What::Refused(door, code, license_revision) => {
                C::RecordRefusal { person, door, code, license_revision }
            }
        }
    }
}

fn what() -> impl Strategy<Value = What> {
    let plain = select(vec![
        What::AddedByDomainAdmin,
        What::AddedByOtherAdmin,
        What::AskedForConsent,
        What::ClosesNotification,
        What::ReopensNotification,
        What::Accepts,
        What::EntersKey,
        What::Withdrawn,
        What::Removed,
        What::Leaves,
    ]);
    let declines = select(DeclineReason::ALL.to_vec()).prop_map(What::Declines);
    // Few values, so that the same refusal often comes twice.
    let doors = select(vec![Door::Email, Door::LicenseKey]);
    let codes = select(vec![Code::SeatLimit, Code::LicenseExpired]);
    let refused =
        (doors, codes, 1..3_u64).prop_map(|(door, code, revision)| What::Refused(door, code, revision));
    prop_oneof![10 => plain, 2 => declines, 3 => refused]
}

fn order() -> impl Strategy<Value = Order> {
    let shut = prop_oneof![
        6 => Just(None),
        1 => select(vec![Shut::Expired, Shut::FreePlan, Shut::KeyUsedUp]).prop_map(Some),
    ];
    (0..PEOPLE, what(), shut).prop_map(|(who, what, shut)| Order { who, what, shut })
}

pub fn orders() -> impl Strategy<Value = Vec<Order>> {
    proptest::collection::vec(order(), 1..60)
}
