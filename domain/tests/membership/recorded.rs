//! Refusals at a door, in the history.

use domain::{Code, Door, Membership, MembershipEvent, membership::Standing};

use crate::given::*;

fn refused_once(commitment: Option<domain::Commitment>) -> MembershipEvent {
    turned_away(Door::Email, Code::SeatLimit, 7, commitment)
}

#[test]
fn a_refusal_is_written_with_the_commitment_where_it_is_the_first_event() {
    let order = record(Door::Email, Code::SeatLimit, 7);
    given(nobody()).when(order).then(refused_once(first()), Code::SeatLimit);
}

#[test]
fn a_refusal_later_in_the_history_is_written_without_the_commitment() {
    for history in [invited(), accepted(), rejected(), removed()] {
        let order = record(Door::Email, Code::SeatLimit, 7);
        given(history).when(order).then(refused_once(None), Code::SeatLimit);
    }
}

#[test]
fn a_refusal_is_not_repeated_while_nothing_has_changed() {
    let history = vec![refused_once(first())];
    given(history).when(record(Door::Email, Code::SeatLimit, 7)).then_nothing(Code::SeatLimit);
}

#[test]
fn a_refusal_is_written_again_when_the_license_has_changed() {
    let again = turned_away(Door::Email, Code::SeatLimit, 8, None);
    let history = vec![refused_once(first())];
    given(history).when(record(Door::Email, Code::SeatLimit, 8)).then(again, Code::SeatLimit);
}

#[test]
fn a_refusal_at_another_door_is_written() {
    let again = turned_away(Door::LicenseKey, Code::SeatLimit, 7, None);
    let history = vec![refused_once(first())];
    given(history).when(record(Door::LicenseKey, Code::SeatLimit, 7)).then(again, Code::SeatLimit);
}

#[test]
fn a_refusal_by_another_rule_is_written() {
    let again = turned_away(Door::Email, Code::LicenseExpired, 7, None);
    let history = vec![refused_once(first())];
    given(history).when(record(Door::Email, Code::LicenseExpired, 7)).then(again, Code::LicenseExpired);
}

#[test]
fn a_refusal_is_written_again_when_something_happened_to_the_person_since() {
    let mut history = vec![user_added(first()), refused_once(None), MembershipEvent::UserLeft {}];
    let order = || record(Door::Email, Code::SeatLimit, 7);
    given(history.clone()).when(order()).then(refused_once(None), Code::SeatLimit);

    history.push(refused_once(None));
    given(history).when(order()).then_nothing(Code::SeatLimit);
}

#[test]
fn a_refusal_changes_no_standing() {
    for history in [nobody(), invited(), closed(), accepted(), rejected(), removed()] {
        let before = Membership::fold(&history);
        let mut after = before.clone();
        after.evolve(&refused_once(None));
        assert_eq!((after.standing, after.attempts), (before.standing, before.attempts));
    }
}

#[test]
fn somebody_who_was_only_ever_refused_is_on_no_list() {
    let membership = Membership::fold(&[refused_once(first())]);
    assert_eq!(membership.standing, Standing::Nobody);
    assert_eq!(membership.of, Some((ada().license_id, ada().subject_id)));
}

#[test]
fn somebody_who_was_refused_first_is_added_later_without_a_second_commitment() {
    let history = || vec![refused_once(first())];
    given(history()).when(add_by_domain_admin(open())).then(user_added(None), Code::Accepted);
    given(history()).when(add_by_other_admin(open())).then(user_invited(1, None), Code::Invited);
    given(history()).when(enter_key(open())).then(joined_with_key(None), Code::Accepted);
}
