//! Seats, term and plan: who can come in, and who always gets out.

use domain::{Code, MembershipCommand as Order, MembershipEvent, Refusal};

use crate::given::*;

const NO_SEAT: Refusal = Refusal::SeatLimit { limit: 5 };

fn ended() -> Refusal {
    Refusal::LicenseExpired { ended: day("2026-06-30") }
}

#[test]
fn without_a_free_seat_nobody_new_comes_in_by_any_door() {
    for history in [nobody(), removed(), rejected()] {
        given(history.clone()).when(add_by_domain_admin(full())).then_refused(NO_SEAT);
        given(history.clone()).when(add_by_other_admin(full())).then_refused(NO_SEAT);
        given(history.clone()).when(ask_for_consent(full())).then_refused(NO_SEAT);
        given(history).when(enter_key(full())).then_refused(NO_SEAT);
    }
}

#[test]
fn somebody_invited_holds_a_seat_and_needs_no_other() {
    for history in [invited(), closed()] {
        let joined = MembershipEvent::InviteAccepted {};
        given(history.clone()).when(accept(full())).then(joined, Code::Accepted);
        given(history.clone()).when(add_by_domain_admin(full())).then(user_added(None), Code::Accepted);
        given(history).when(enter_key(full())).then(joined_with_key(None), Code::Accepted);
    }
}

#[test]
fn an_expired_license_admits_nobody_by_any_door() {
    for history in [nobody(), removed(), rejected()] {
        given(history.clone()).when(add_by_domain_admin(expired())).then_refused(ended());
        given(history.clone()).when(add_by_other_admin(expired())).then_refused(ended());
        given(history.clone()).when(ask_for_consent(expired())).then_refused(ended());
        given(history).when(enter_key(expired())).then_refused(ended());
    }
}

#[test]
fn an_expired_license_does_not_let_somebody_invited_in() {
    for history in [invited(), closed()] {
        given(history.clone()).when(accept(expired())).then_refused(ended());
        given(history.clone()).when(add_by_domain_admin(expired())).then_refused(ended());
        given(history).when(enter_key(expired())).then_refused(ended());
    }
}

#[test]
fn on_the_free_plan_nobody_comes_in() {
    for history in [nobody(), removed(), rejected(), invited()] {
        given(history.clone()).when(add_by_domain_admin(free_plan())).then_refused(Refusal::PlanRequired);
        given(history).when(enter_key(free_plan())).then_refused(Refusal::PlanRequired);
    }
    given(nobody()).when(add_by_other_admin(free_plan())).then_refused(Refusal::PlanRequired);
    given(nobody()).when(ask_for_consent(free_plan())).then_refused(Refusal::PlanRequired);
    given(invited()).when(accept(free_plan())).then_refused(Refusal::PlanRequired);
}

#[test]
fn an_ended_license_is_the_reason_even_where_no_seat_is_free() {
    let gate = domain::membership::Gate { seat_free: false, ..expired() };
    given(nobody()).when(add_by_domain_admin(gate)).then_refused(ended());
}

#[test]
fn what_is_so_already_is_reported_as_such_though_the_license_has_ended() {
    given(accepted()).when(add_by_domain_admin(expired())).then_nothing(Code::AlreadyAccepted);
    given(accepted()).when(accept(expired())).then_nothing(Code::AlreadyAccepted);
    given(accepted()).when(enter_key(expired())).then_nothing(Code::AlreadyAccepted);
    given(invited()).when(add_by_other_admin(expired())).then_nothing(Code::AlreadyInvited);
}

#[test]
fn without_an_invite_that_is_the_reason_though_the_license_has_ended() {
    given(nobody()).when(accept(expired())).then_refused(Refusal::NoInvite);
    given(rejected()).when(accept(expired())).then_refused(Refusal::InviteDeclined);
}

/// These orders know no gate: whatever the term, plan and seats, people get out.
#[test]
fn declining_leaving_removing_and_withdrawing_ask_for_no_open_license() {
    let reason = domain::DeclineReason::NotNeeded;
    given(invited()).when(decline()).then(MembershipEvent::InviteDeclined { reason }, Code::Declined);
    given(accepted()).when(Order::Leave).then(MembershipEvent::UserLeft {}, Code::Left);
    given(accepted()).when(Order::Remove).then(MembershipEvent::UserRemoved {}, Code::Removed);
    given(invited()).when(Order::WithdrawInvite).then(MembershipEvent::InviteWithdrawn {}, Code::Withdrawn);
}
