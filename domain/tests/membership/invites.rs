//! What a person does with an invite.

use domain::{Code, DeclineReason, MembershipCommand as Order, MembershipEvent, Refusal};

use crate::given::*;

#[test]
fn somebody_invited_closes_the_notification_and_stays_invited() {
    let event = MembershipEvent::InviteNotificationClosed {};
    given(invited()).when(Order::CloseNotification).then(event, Code::NotificationClosed);
    given(closed()).when(accept(open())).then(MembershipEvent::InviteAccepted {}, Code::Accepted);
}

#[test]
fn a_closed_notification_is_reopened() {
    let event = MembershipEvent::InviteNotificationReopened {};
    given(closed()).when(Order::ReopenNotification).then(event, Code::NotificationReopened);
}

#[test]
fn a_reopened_notification_can_be_closed_again() {
    let mut history = closed();
    history.push(MembershipEvent::InviteNotificationReopened {});
    let event = MembershipEvent::InviteNotificationClosed {};
    given(history).when(Order::CloseNotification).then(event, Code::NotificationClosed);
}

#[test]
fn closing_twice_and_reopening_twice_change_nothing() {
    given(closed()).when(Order::CloseNotification).then_nothing(Code::AlreadyClosed);
    given(invited()).when(Order::ReopenNotification).then_nothing(Code::AlreadyOpen);
}

#[test]
fn a_second_invite_shows_its_notification_though_the_first_was_closed() {
    let mut history = closed();
    history.push(MembershipEvent::InviteDeclined { reason: DeclineReason::Unspecified });
    history.push(user_invited(2, None));
    given(history).when(Order::ReopenNotification).then_nothing(Code::AlreadyOpen);
}

#[test]
fn without_an_open_invite_there_is_no_notification_to_close_or_reopen() {
    for (history, refusal) in [
        (nobody(), Refusal::NoInvite),
        (removed(), Refusal::NoInvite),
        (accepted(), Refusal::NoInviteJoined),
        (rejected(), Refusal::NoInviteDeclined),
    ] {
        given(history.clone()).when(Order::CloseNotification).then_refused(refusal.clone());
        given(history).when(Order::ReopenNotification).then_refused(refusal);
    }
}

#[test]
fn somebody_invited_accepts_and_joins() {
    given(invited()).when(accept(open())).then(MembershipEvent::InviteAccepted {}, Code::Accepted);
}

#[test]
fn accepting_twice_changes_nothing() {
    given(accepted()).when(accept(open())).then_nothing(Code::AlreadyAccepted);
}

#[test]
fn somebody_who_declined_does_not_accept_but_is_added_again_or_enters_the_key() {
    given(rejected()).when(accept(open())).then_refused(Refusal::InviteDeclined);
    let hint = Refusal::InviteDeclined.hint();
    assert!(hint.contains("added again") && hint.contains("license key"), "{hint}");
}

#[test]
fn somebody_without_an_invite_has_nothing_to_accept_or_decline() {
    let mut withdrawn = invited();
    withdrawn.push(MembershipEvent::InviteWithdrawn {});
    for history in [nobody(), removed(), withdrawn] {
        given(history.clone()).when(accept(open())).then_refused(Refusal::NoInvite);
        given(history).when(decline()).then_refused(Refusal::NoInvite);
    }
}

#[test]
fn somebody_invited_declines_with_any_of_the_reasons() {
    for reason in DeclineReason::ALL {
        let event = MembershipEvent::InviteDeclined { reason };
        given(invited()).when(Order::DeclineInvite { reason }).then(event.clone(), Code::Declined);
        given(closed()).when(Order::DeclineInvite { reason }).then(event, Code::Declined);
    }
}

#[test]
fn somebody_who_has_joined_leaves_and_does_not_decline() {
    given(accepted()).when(decline()).then_refused(Refusal::LeaveInstead);
}

#[test]
fn declining_twice_changes_nothing_even_for_another_reason() {
    let again = Order::DeclineInvite { reason: DeclineReason::PrivacyConcern };
    given(rejected()).when(again).then_nothing(Code::AlreadyDeclined);
}
