//! Ways off the license.

use domain::{
    Code, Door, Membership, MembershipCommand as Order, MembershipEvent, Refusal, membership::Standing,
};

use crate::given::*;

#[test]
fn an_open_invite_is_withdrawn() {
    let event = MembershipEvent::InviteWithdrawn {};
    given(invited()).when(Order::WithdrawInvite).then(event.clone(), Code::Withdrawn);
    given(closed()).when(Order::WithdrawInvite).then(event, Code::Withdrawn);
}

#[test]
fn somebody_who_has_joined_is_removed_and_not_withdrawn() {
    given(accepted()).when(Order::WithdrawInvite).then_refused(Refusal::RemoveInstead);
}

#[test]
fn there_is_no_invite_to_withdraw_from_somebody_who_declined_or_is_not_on_the_license() {
    given(rejected()).when(Order::WithdrawInvite).then_refused(Refusal::NoneToWithdraw);
    given(nobody()).when(Order::WithdrawInvite).then_refused(Refusal::NothingToWithdraw);
    given(removed()).when(Order::WithdrawInvite).then_refused(Refusal::NothingToWithdraw);
}

#[test]
fn an_admin_removes_anybody_on_the_list() {
    for history in [invited(), closed(), accepted(), rejected()] {
        given(history).when(Order::Remove).then(MembershipEvent::UserRemoved {}, Code::Removed);
    }
}

#[test]
fn removing_somebody_who_is_not_on_the_license_changes_nothing() {
    given(nobody()).when(Order::Remove).then_nothing(Code::NotOnLicense);
    given(removed()).when(Order::Remove).then_nothing(Code::NotOnLicense);
}

#[test]
fn a_member_leaves() {
    for history in [accepted(), vec![user_added(first())], vec![joined_with_key(first())]] {
        given(history).when(Order::Leave).then(MembershipEvent::UserLeft {}, Code::Left);
    }
}

#[test]
fn somebody_invited_declines_and_does_not_leave() {
    given(invited()).when(Order::Leave).then_refused(Refusal::DeclineInstead);
}

#[test]
fn only_members_leave() {
    for history in [nobody(), removed(), rejected()] {
        given(history).when(Order::Leave).then_refused(Refusal::NotAMember);
    }
}

#[test]
fn whoever_left_is_removed_or_withdrawn_is_on_no_list_and_holds_no_seat() {
    let ends = [
        (invited(), MembershipEvent::InviteWithdrawn {}),
        (accepted(), MembershipEvent::UserRemoved {}),
        (accepted(), MembershipEvent::UserLeft {}),
        (rejected(), MembershipEvent::UserRemoved {}),
    ];
    for (mut history, end) in ends {
        history.push(end);
        let standing = Membership::fold(&history).standing;
        assert_eq!(standing, Standing::Removed);
        assert_eq!((standing.status(), standing.holds_seat()), (None, false));
    }
}

/// Somebody who was never on the license, and was turned away.
fn refused_only() -> Vec<MembershipEvent> {
    vec![turned_away(Door::Csv, Code::SeatLimit, 1, first())]
}

#[test]
fn somebody_who_is_erased_gives_back_a_seat_and_is_on_no_list() {
    given(nobody()).when(Order::Erase).then_nothing(Code::Unchanged);
    let cases = [(refused_only(), 0), (invited(), -1), (accepted(), -1), (rejected(), 0), (removed(), 0)];
    for (history, seats) in cases {
        let before = Membership::fold(&history);
        let event = MembershipEvent::UserErased {};
        assert_eq!(before.seats_taken_by(std::slice::from_ref(&event)), seats);
        given(history.clone()).when(Order::Erase).then(event.clone(), Code::Changed);
        let erased = [history, vec![event]].concat();
        let standing = Membership::fold(&erased).standing;
        assert_eq!((standing.status(), standing.holds_seat()), (None, false));
        given(erased.clone()).when(Order::Erase).then_nothing(Code::Unchanged);
        for order in [Order::Remove, Order::Leave, Order::WithdrawInvite, Order::CloseNotification] {
            given(erased.clone()).when(order).then_refused(Refusal::Erased);
        }
    }
}
