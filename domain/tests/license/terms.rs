//! Name, plan, seats, term.

use domain::{
    License, LicenseCommand as Order, LicenseEvent as E, Plan, Refusal, license::decide::check_end,
};

use crate::given::*;

#[test]
fn a_license_gets_another_name() {
    let name = name("Lakeside");
    given(riverside()).when(Order::RenameLicense { name: name.clone() }).then(&[E::LicenseRenamed { name }]);
}

#[test]
fn the_same_name_again_changes_nothing() {
    given(riverside()).when(Order::RenameLicense { name: name(" Riverside ") }).then_nothing();
}

#[test]
fn a_license_moves_to_the_free_plan_and_back() {
    let (free, paid) =
        (E::LicensePlanChanged { plan: Plan::Free }, E::LicensePlanChanged { plan: Plan::Paid });
    given(riverside()).when(Order::ChangePlan { plan: Plan::Free }).then(std::slice::from_ref(&free));
    given(riverside_and(free)).when(Order::ChangePlan { plan: Plan::Paid }).then(&[paid]);
}

#[test]
fn the_same_plan_again_changes_nothing() {
    given(riverside()).when(Order::ChangePlan { plan: Plan::Paid }).then_nothing();
}

#[test]
fn the_seat_limit_moves_up_and_down_to_what_is_held() {
    for seat_limit in [11, 4] {
        let order = Order::ChangeSeatLimit { seat_limit, held: 4 };
        given(riverside()).when(order).then(&[E::SeatLimitChanged { seat_limit }]);
    }
}

#[test]
fn a_seat_limit_below_what_is_held_is_refused() {
    let order = Order::ChangeSeatLimit { seat_limit: 3, held: 4 };
    given(riverside()).when(order).then_refused(&Refusal::SeatsHeld { held: 4, limit: 3 });
}

#[test]
fn the_same_seat_limit_again_changes_nothing() {
    given(riverside()).when(Order::ChangeSeatLimit { seat_limit: 10, held: 10 }).then_nothing();
}

#[test]
fn the_term_is_moved_and_lifted() {
    for ends in [Some(day("2027-06-30")), Some(day("2020-01-01")), None] {
        given(riverside()).when(Order::ChangeTerm { ends }).then(&[E::LicenseTermChanged { ends }]);
    }
}

#[test]
fn the_same_term_again_changes_nothing() {
    given(riverside()).when(Order::ChangeTerm { ends: ends() }).then_nothing();
}

#[test]
fn a_license_is_open_on_the_last_day_of_its_term_and_not_on_the_day_after() {
    let license = fold(&riverside());
    let ended = Refusal::LicenseExpired { ended: day("2026-06-30") };
    assert_eq!(license.open_on(day("2026-06-30")), Ok(()));
    assert_eq!(license.open_on(day("2026-07-01")), Err(ended));
}

#[test]
fn a_license_is_open_again_when_its_term_is_moved() {
    let license = fold(&riverside_and(E::LicenseTermChanged { ends: Some(day("2026-07-01")) }));
    assert_eq!(license.open_on(day("2026-07-01")), Ok(()));
}

#[test]
fn a_license_without_an_end_is_always_open() {
    let license = fold(&riverside_and(E::LicenseTermChanged { ends: None }));
    assert_eq!(license.open_on(chrono::NaiveDate::MAX), Ok(()));
}

#[test]
fn a_license_on_the_free_plan_is_not_open() {
    let license = fold(&riverside_and(E::LicensePlanChanged { plan: Plan::Free }));
    assert_eq!(license.open_on(day("2026-06-30")), Err(Refusal::PlanRequired));
}

#[test]
fn a_license_that_was_never_created_is_not_open() {
    assert_eq!(License::default().open_on(day("2026-06-30")), Err(Refusal::UnknownLicense));
}

#[test]
fn something_new_may_end_today_and_not_on_a_day_before() {
    let today = day("2026-07-01");
    for ends in [None, Some(today), Some(day("2026-07-02"))] {
        assert_eq!(check_end(ends, today), Ok(()));
    }
    let ends = day("2026-06-30");
    assert_eq!(check_end(Some(ends), today), Err(Refusal::EndInPast { ends, today }));
}
