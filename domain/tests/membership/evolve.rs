//! Folding never fails: what can't follow leaves the state as it is.

use domain::{Code, DeclineReason, Door, Membership, MembershipEvent as E, membership::Standing};

use crate::given::*;

/// Every event, in no order.
fn every_event() -> [E; 12] {
    [
        user_added(None),
        user_invited(9, None),
        E::InviteNotificationClosed {},
        E::InviteNotificationReopened {},
        E::InviteAccepted {},
        E::InviteDeclined { reason: DeclineReason::NotNeeded },
        joined_with_key(None),
        E::InviteWithdrawn {},
        E::UserRemoved {},
        E::UserLeft {},
        E::UserErased {},
        turned_away(Door::Csv, Code::SeatLimit, 1, None),
    ]
}

#[track_caller]
fn only_these_can_follow(history: &[E], names: &[&str]) {
    let before = Membership::fold(history);
    let always: &[_] = match (before.standing, before.of) {
        (Standing::Erased, _) => &[],
        (_, None) => &["AdmissionRefused"],
        (_, Some(_)) => &["AdmissionRefused", "UserErased"],
    };
    for event in every_event() {
        let mut after = before.clone();
        after.evolve(&event);
        let name = event.description().name;
        let can_follow = names.contains(&name) || always.contains(&name);
        assert_eq!(after != before, can_follow, "{name} after {:?}", before.standing);
        // That an erasure is not the first, no standing knows.
        let stands = can_follow || (before.of.is_none() && name == "UserErased");
        assert_eq!(before.standing.after(&event).is_some(), stands, "{name} after {:?}", before.standing);
    }
}

#[test]
fn nobody_and_somebody_removed_can_only_come_in() {
    only_these_can_follow(&nobody(), &["UserAdded", "UserInvited", "JoinedWithLicenseKey"]);
    only_these_can_follow(&removed(), &["UserAdded", "UserInvited", "JoinedWithLicenseKey"]);
}

#[test]
fn an_open_invite_can_be_answered_closed_overtaken_and_taken_back() {
    let either = [
        "UserAdded",
        "JoinedWithLicenseKey",
        "InviteAccepted",
        "InviteDeclined",
        "InviteWithdrawn",
        "UserRemoved",
    ];
    only_these_can_follow(&invited(), &[&either[..], &["InviteNotificationClosed"]].concat());
    only_these_can_follow(&closed(), &[&either[..], &["InviteNotificationReopened"]].concat());
}

#[test]
fn an_event_alone_says_whether_a_seat_is_held_afterwards() {
    for history in [nobody(), invited(), closed(), accepted(), rejected(), removed()] {
        let before = Membership::fold(&history).standing;
        for event in every_event() {
            let Some(after) = before.after(&event) else { continue };
            let told = event.holds_seat().unwrap_or_else(|| before.holds_seat());
            assert_eq!(told, after.holds_seat(), "{} after {before:?}", event.description().name);
        }
    }
}

#[test]
fn nothing_follows_an_erasure() {
    for history in [invited(), accepted(), rejected(), removed()] {
        only_these_can_follow(&[history, vec![E::UserErased {}]].concat(), &[]);
    }
}

#[test]
fn somebody_who_has_joined_can_only_go() {
    for history in [accepted(), vec![user_added(first())], vec![joined_with_key(first())]] {
        only_these_can_follow(&history, &["UserRemoved", "UserLeft"]);
    }
}

#[test]
fn somebody_who_declined_can_come_in_again_or_be_removed() {
    let names = ["UserAdded", "UserInvited", "JoinedWithLicenseKey", "UserRemoved"];
    only_these_can_follow(&rejected(), &names);
}

#[test]
fn what_cannot_follow_does_not_even_forget_the_last_refusal() {
    let mut membership = Membership::fold(&[turned_away(Door::Csv, Code::SeatLimit, 1, first())]);
    let before = membership.clone();
    membership.evolve(&E::UserLeft {});
    assert_eq!(membership, before);
    assert_eq!(membership.standing, Standing::Nobody);
}

#[test]
fn the_event_itself_says_which_invite_it_is() {
    assert_eq!(Membership::fold(&[user_invited(9, first())]).attempts, 9);
    assert_eq!(Membership::fold(&[user_invited(u32::MAX, first())]).attempts, u32::MAX);
}

#[test]
fn more_invites_than_can_be_counted_are_no_fault() {
    let history = vec![user_invited(u32::MAX, first()), E::InviteWithdrawn {}];
    given(history).when(add_by_other_admin(open())).then(user_invited(u32::MAX, None), Code::Invited);
}
