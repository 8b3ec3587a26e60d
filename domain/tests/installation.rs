//! Who has a role across all licenses.

use cqrs_es::test::TestFramework;
use domain::{
    Commitment, Installation, InstallationCommand as Order, InstallationEvent as E, InstallationRole as Role,
    Salt, SubjectId,
};
use uuid::Uuid;

const ADA: SubjectId = SubjectId(Uuid::from_u128(1));
const BOB: SubjectId = SubjectId(Uuid::from_u128(2));

fn commitment() -> Commitment {
    Commitment::new(&Salt([5; 32]), "ada@example.org")
}

fn grant(role: Role) -> Order {
    Order::GrantRole { subject: ADA, role, commitment: commitment() }
}

fn granted(role: Role) -> E {
    E::InstallationRoleGranted { commitment: commitment(), role, subject_id: ADA }
}

fn revoke(subject: SubjectId, role: Role) -> Order {
    Order::RevokeRole { subject, role }
}

#[track_caller]
fn check(given: &[E], when: Order, then: &[E]) {
    let framework = TestFramework::<Installation>::with(()).given(given.to_vec());
    assert_eq!(framework.when(when).inspect_result().as_deref(), Ok(then));
}

#[test]
fn somebody_gets_each_role_once() {
    for role in Role::ALL {
        check(&[], grant(role), &[granted(role)]);
        check(&[granted(role)], grant(role), &[]);
    }
}

#[test]
fn one_role_is_not_another_one() {
    check(&[granted(Role::Support)], grant(Role::Operator), &[granted(Role::Operator)]);
    check(&[granted(Role::Support)], revoke(ADA, Role::Operator), &[]);
    check(&[granted(Role::Support)], revoke(BOB, Role::Support), &[]);
}

#[test]
fn a_role_is_revoked_and_can_be_granted_again() {
    let revoked = E::InstallationRoleRevoked { role: Role::Auditor, subject_id: ADA };
    check(&[granted(Role::Auditor)], revoke(ADA, Role::Auditor), std::slice::from_ref(&revoked));
    check(&[granted(Role::Auditor), revoked], grant(Role::Auditor), &[granted(Role::Auditor)]);
}
