//! Who may read a license without administering it.

use domain::{LicenseCommand as Order, LicenseEvent as E, Refusal, StaffRole};

use crate::given::*;

fn grant(role: StaffRole) -> Order {
    Order::GrantStaff { subject: BOB, role, commitment: commitment(BOB) }
}

fn granted(role: StaffRole) -> E {
    E::LicenseStaffGranted { commitment: commitment(BOB), role, subject_id: BOB }
}

fn revoked(role: StaffRole) -> E {
    E::LicenseStaffRevoked { role, subject_id: BOB }
}

#[test]
fn somebody_becomes_an_auditor_or_support() {
    for role in StaffRole::ALL {
        given(riverside()).when(grant(role)).then(&[granted(role)]);
    }
}

#[test]
fn the_same_role_again_changes_nothing_and_the_other_role_is_one_more() {
    let history = riverside_and(granted(StaffRole::Auditor));
    given(history.clone()).when(grant(StaffRole::Auditor)).then_nothing();
    given(history).when(grant(StaffRole::Support)).then(&[granted(StaffRole::Support)]);
}

#[test]
fn a_role_is_revoked_and_the_other_one_stays() {
    let mut history = riverside_and(granted(StaffRole::Auditor));
    history.push(granted(StaffRole::Support));
    let order = Order::RevokeStaff { subject: BOB, role: StaffRole::Auditor };
    given(history.clone()).when(order).then(&[revoked(StaffRole::Auditor)]);

    history.push(revoked(StaffRole::Auditor));
    let license = fold(&history);
    assert!(!license.has_staff(BOB, StaffRole::Auditor));
    assert!(license.has_staff(BOB, StaffRole::Support));
}

#[test]
fn revoking_a_role_that_nobody_was_granted_changes_nothing() {
    let order = Order::RevokeStaff { subject: BOB, role: StaffRole::Auditor };
    given(riverside()).when(order).then_nothing();
}

#[test]
fn staff_do_not_administer_the_license() {
    let license = fold(&riverside_and(granted(StaffRole::Auditor)));
    assert_eq!(license.check_admin(BOB), Err(Refusal::NotPermitted));
}

#[test]
fn a_license_that_is_not_there_has_no_staff() {
    given(Vec::new()).when(grant(StaffRole::Support)).then_refused(&Refusal::UnknownLicense);
}
