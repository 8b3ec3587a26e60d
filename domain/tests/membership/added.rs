//! Added by an admin.

use domain::{Code, Membership, MembershipEvent, membership::Admission, membership::Standing};

use crate::given::*;

#[test]
fn somebody_new_in_an_administered_domain_joins_at_once() {
    given(nobody()).when(add_by_domain_admin(open())).then(user_added(first()), Code::Accepted);
}

#[test]
fn somebody_removed_in_an_administered_domain_joins_at_once_again() {
    given(removed()).when(add_by_domain_admin(open())).then(user_added(None), Code::Accepted);
}

#[test]
fn somebody_invited_joins_at_once_when_their_domain_admin_adds_them() {
    given(invited()).when(add_by_domain_admin(open())).then(user_added(None), Code::Accepted);
    given(closed()).when(add_by_domain_admin(open())).then(user_added(None), Code::Accepted);
}

#[test]
fn somebody_who_has_joined_is_not_added_twice() {
    for history in [accepted(), vec![user_added(first())], vec![joined_with_key(first())]] {
        given(history).when(add_by_domain_admin(open())).then_nothing(Code::AlreadyAccepted);
    }
}

#[test]
fn somebody_who_declined_joins_at_once_when_their_domain_admin_adds_them() {
    given(rejected()).when(add_by_domain_admin(open())).then(user_added(None), Code::Accepted);
}

#[test]
fn somebody_new_outside_the_administered_domains_gets_an_invite() {
    given(nobody()).when(add_by_other_admin(open())).then(user_invited(1, first()), Code::Invited);
}

#[test]
fn somebody_removed_outside_the_administered_domains_gets_an_invite() {
    given(removed()).when(add_by_other_admin(open())).then(user_invited(1, None), Code::Invited);
}

#[test]
fn somebody_invited_is_not_invited_twice() {
    given(invited()).when(add_by_other_admin(open())).then_nothing(Code::AlreadyInvited);
    given(closed()).when(add_by_other_admin(open())).then_nothing(Code::AlreadyInvited);
}

#[test]
fn somebody_who_has_joined_is_not_invited() {
    given(accepted()).when(add_by_other_admin(open())).then_nothing(Code::AlreadyAccepted);
}

#[test]
fn somebody_who_declined_and_is_added_again_gets_a_second_invite() {
    given(rejected()).when(add_by_other_admin(open())).then(user_invited(2, None), Code::Invited);
}

#[test]
fn asking_for_consent_always_invites() {
    given(nobody()).when(ask_for_consent(open())).then(asked_for_consent(1, first()), Code::Invited);
    given(removed()).when(ask_for_consent(open())).then(asked_for_consent(1, None), Code::Invited);
    given(rejected()).when(ask_for_consent(open())).then(asked_for_consent(2, None), Code::Invited);
}

#[test]
fn asking_somebody_for_consent_who_was_asked_or_has_joined_changes_nothing() {
    given(invited()).when(ask_for_consent(open())).then_nothing(Code::AlreadyInvited);
    given(accepted()).when(ask_for_consent(open())).then_nothing(Code::AlreadyAccepted);
}

#[test]
fn invites_are_counted_through_declining_removal_and_withdrawal() {
    let mut history = rejected();
    history.push(user_invited(2, None));
    history.push(MembershipEvent::InviteWithdrawn {});
    given(history.clone()).when(add_by_other_admin(open())).then(user_invited(3, None), Code::Invited);

    history.push(user_added(None));
    history.push(MembershipEvent::UserRemoved {});
    given(history).when(ask_for_consent(open())).then(asked_for_consent(3, None), Code::Invited);
}

#[test]
fn the_way_in_is_remembered() {
    let came_in = |history: History| Membership::fold(&history).standing;
    assert_eq!(came_in(vec![user_added(first())]), Standing::Accepted(Admission::DomainAdmin));
    assert_eq!(came_in(accepted()), Standing::Accepted(Admission::Invite));
    assert_eq!(came_in(vec![joined_with_key(first())]), Standing::Accepted(Admission::LicenseKey));
}
