//! What a membership allows: the table of DESIGN §4, row by row.

use super::{
    command::{AddedBy, Gate, MembershipCommand, Person},
    event::{InviteReason, MembershipEvent},
    state::{Membership, Notification, Standing, TurnedAway},
};
use crate::{Code, Commitment, KeyId, Refusal};

type Decision = Result<Vec<MembershipEvent>, Refusal>;

/// Decides an order. No events: it is so already, and [`outcome`] says how.
#[expect(clippy::match_same_arms, reason = "row by row, as the table stands in the design")]
pub fn decide(membership: &Membership, command: MembershipCommand) -> Decision {
    use MembershipCommand as C;
    use MembershipEvent as E;
    use Standing as S;
    match (command, membership.standing) {
        (C::Erase, S::Erased) => Ok(Vec::new()),
        (C::Erase, _) if membership.of.is_none() => Ok(Vec::new()),
        (C::Erase, _) => Ok(vec![E::UserErased {}]),
        (_, S::Erased) => Err(Refusal::Erased),
        (C::Add { person, by, gate }, _) => add(membership, person, by, gate),
        (C::JoinWithKey { person, key_id, gate }, _) => join(membership, person, key_id, gate),
        (C::RecordRefusal { person, door, code, license_revision }, _) => {
            Ok(record(membership, person, TurnedAway { door, code, license_revision }))
        }

        (C::CloseNotification, S::Invited(Notification::Open)) => Ok(vec![E::InviteNotificationClosed {}]),
        (C::ReopenNotification, S::Invited(Notification::Closed)) => {
            Ok(vec![E::InviteNotificationReopened {}])
        }
        (C::CloseNotification | C::ReopenNotification, S::Invited(_)) => Ok(Vec::new()),
        (C::CloseNotification | C::ReopenNotification, S::Accepted(_)) => Err(Refusal::NoInviteJoined),
        (C::CloseNotification | C::ReopenNotification, S::Rejected(_)) => Err(Refusal::NoInviteDeclined),
        (C::CloseNotification | C::ReopenNotification, S::Nobody | S::Removed) => Err(Refusal::NoInvite),

        (C::AcceptInvite { gate }, S::Invited(_)) => {
            gate.admit(true)?;
            Ok(vec![E::InviteAccepted {}])
        }
        (C::AcceptInvite { .. }, S::Accepted(_)) => Ok(Vec::new()),
        (C::AcceptInvite { .. }, S::Rejected(_)) => Err(Refusal::InviteDeclined),
        (C::AcceptInvite { .. }, S::Nobody | S::Removed) => Err(Refusal::NoInvite),

        (C::DeclineInvite { reason }, S::Invited(_)) => Ok(vec![E::InviteDeclined { reason }]),
        (C::DeclineInvite { .. }, S::Rejected(_)) => Ok(Vec::new()),
        (C::DeclineInvite { .. }, S::Accepted(_)) => Err(Refusal::LeaveInstead),
        (C::DeclineInvite { .. }, S::Nobody | S::Removed) => Err(Refusal::NoInvite),

        (C::WithdrawInvite, S::Invited(_)) => Ok(vec![E::InviteWithdrawn {}]),
        (C::WithdrawInvite, S::Accepted(_)) => Err(Refusal::RemoveInstead),
        (C::WithdrawInvite, S::Rejected(_)) => Err(Refusal::NoneToWithdraw),
        (C::WithdrawInvite, S::Nobody | S::Removed) => Err(Refusal::NothingToWithdraw),

        (C::Remove, S::Invited(_) | S::Accepted(_) | S::Rejected(_)) => Ok(vec![E::UserRemoved {}]),
        (C::Remove, S::Nobody | S::Removed) => Ok(Vec::new()),

        (C::Leave, S::Accepted(_)) => Ok(vec![E::UserLeft {}]),
        (C::Leave, S::Invited(_)) => Err(Refusal::DeclineInstead),
        (C::Leave, S::Nobody | S::Rejected(_) | S::Removed) => Err(Refusal::NotAMember),
    }
}

fn add(membership: &Membership, person: Person, by: AddedBy, gate: Gate) -> Decision {
    let commitment = first_of(membership, person);
    let Person { license_id, subject_id, .. } = person;
    let reason = match (membership.standing, by) {
        (Standing::Accepted(_), _)
        | (Standing::Invited(_), AddedBy::OtherAdmin | AddedBy::AdminAskingConsent) => return Ok(Vec::new()),
        (standing, AddedBy::DomainAdmin(domain)) => {
            gate.admit(standing.holds_seat())?;
            return Ok(vec![MembershipEvent::UserAdded { commitment, domain, license_id, subject_id }]);
        }
        (_, AddedBy::OtherAdmin) => InviteReason::NotDomainAdmin,
        (_, AddedBy::AdminAskingConsent) => InviteReason::ConsentAsked,
    };
    gate.admit(false)?;
    let attempt = membership.attempts.saturating_add(1);
    Ok(vec![MembershipEvent::UserInvited { attempt, commitment, license_id, reason, subject_id }])
}

fn join(membership: &Membership, person: Person, key_id: KeyId, gate: Gate) -> Decision {
    if matches!(membership.standing, Standing::Accepted(_)) {
        return Ok(Vec::new());
    }
    gate.admit(membership.standing.holds_seat())?;
    let Person { license_id, subject_id, .. } = person;
    let commitment = first_of(membership, person);
    Ok(vec![MembershipEvent::JoinedWithLicenseKey { commitment, key_id, license_id, subject_id }])
}

fn record(membership: &Membership, person: Person, refused: TurnedAway) -> Vec<MembershipEvent> {
    if membership.turned_away.contains(&refused) {
        return Vec::new();
    }
    let Person { license_id, subject_id, .. } = person;
    let TurnedAway { door, code, license_revision } = refused;
    let commitment = first_of(membership, person);
    vec![MembershipEvent::AdmissionRefused {
        code,
        commitment,
        door,
        license_id,
        license_revision,
        subject_id,
    }]
}

/// The commitment stands in the first event only.
fn first_of(membership: &Membership, person: Person) -> Option<Commitment> {
    membership.of.is_none().then_some(person.commitment)
}

/// The outcome code of an order that was not refused: of what happened, or else of what was so already.
pub fn outcome(command: &MembershipCommand, events: &[MembershipEvent], before: Standing) -> Code {
    use MembershipEvent as E;
    match events.last() {
        Some(E::UserAdded { .. } | E::JoinedWithLicenseKey { .. } | E::InviteAccepted {}) => Code::Accepted,
        Some(E::UserInvited { .. }) => Code::Invited,
        Some(E::InviteNotificationClosed {}) => Code::NotificationClosed,
        Some(E::InviteNotificationReopened {}) => Code::NotificationReopened,
        Some(E::InviteDeclined { .. }) => Code::Declined,
        Some(E::InviteWithdrawn {}) => Code::Withdrawn,
        Some(E::UserRemoved {}) => Code::Removed,
        Some(E::UserLeft {}) => Code::Left,
        Some(E::UserErased {}) => Code::Changed,
        Some(E::AdmissionRefused { code, .. }) => *code,
        None => unchanged(command, before),
    }
}

fn unchanged(command: &MembershipCommand, before: Standing) -> Code {
    match (command, before) {
        (MembershipCommand::CloseNotification, _) => Code::AlreadyClosed,
        (MembershipCommand::ReopenNotification, _) => Code::AlreadyOpen,
        (MembershipCommand::Erase, _) | (_, Standing::Erased) => Code::Unchanged,
        (MembershipCommand::RecordRefusal { code, .. }, _) => *code,
        (_, Standing::Accepted(_)) => Code::AlreadyAccepted,
        (_, Standing::Invited(_)) => Code::AlreadyInvited,
        (_, Standing::Rejected(_)) => Code::AlreadyDeclined,
        (_, Standing::Nobody | Standing::Removed) => Code::NotOnLicense,
    }
}

crate::aggregate::aggregate!(Membership, MembershipCommand, MembershipEvent);
