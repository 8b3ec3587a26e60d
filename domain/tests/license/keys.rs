//! Keys of a license.

use domain::{
    LicenseCommand as Order, LicenseEvent as E, Plan, Refusal,
    license::{Key, KeyState, NewKey},
};

use crate::given::*;

fn key_revoked() -> E {
    E::LicenseKeyRevoked { key_id: KEY }
}

/// A license until the end of June with a key until the end of May.
fn with_short_key() -> Vec<E> {
    riverside_and(E::LicenseKeyIssued { ends: Some(day("2026-05-31")), key_id: OTHER_KEY, limit: None })
}

#[test]
fn a_key_is_issued_with_a_limit_and_a_last_day() {
    let ends = Some(day("2026-05-31"));
    let order = Order::IssueKey(NewKey { key_id: OTHER_KEY, limit: Some(30), ends });
    given(riverside()).when(order).then(&[E::LicenseKeyIssued { ends, key_id: OTHER_KEY, limit: Some(30) }]);
}

#[test]
fn a_key_can_have_neither_limit_nor_last_day() {
    let order = Order::IssueKey(NewKey { key_id: OTHER_KEY, limit: None, ends: None });
    let issued = E::LicenseKeyIssued { ends: None, key_id: OTHER_KEY, limit: None };
    given(riverside()).when(order).then(&[issued]);
}

#[test]
fn a_key_issued_again_changes_nothing_even_when_it_was_revoked() {
    given(riverside()).when(Order::IssueKey(new_key(KEY))).then_nothing();
    given(riverside_and(key_revoked())).when(Order::IssueKey(new_key(KEY))).then_nothing();
}

#[test]
fn a_key_is_revoked() {
    given(riverside()).when(Order::RevokeKey { key_id: KEY }).then(&[key_revoked()]);
}

#[test]
fn whoever_sees_a_key_again_stands_in_the_history_each_time() {
    let shown = E::LicenseKeyShown { key_id: KEY };
    let show = || Order::ShowKey { key_id: KEY };
    given(riverside()).when(show()).then(std::slice::from_ref(&shown));
    given(riverside_and(shown.clone())).when(show()).then(std::slice::from_ref(&shown));
    assert_eq!(fold(&riverside_and(shown)), fold(&riverside()), "and nothing of the license has changed");
}

#[test]
fn a_key_that_is_revoked_or_not_there_is_not_shown() {
    given(riverside_and(key_revoked()))
        .when(Order::ShowKey { key_id: KEY })
        .then_refused(&Refusal::KeyRevoked);
    given(riverside()).when(Order::ShowKey { key_id: OTHER_KEY }).then_refused(&Refusal::KeyUnknown);
}

#[test]
fn a_key_revoked_again_changes_nothing() {
    given(riverside_and(key_revoked())).when(Order::RevokeKey { key_id: KEY }).then_nothing();
}

fn rotated(old_ends: &str) -> Order {
    Order::RotateKey { old: KEY, old_ends: day(old_ends), new: new_key(OTHER_KEY) }
}

fn ends(ends: Option<&str>) -> E {
    E::LicenseKeyEndChanged { ends: ends.map(day), key_id: KEY }
}

#[test]
fn another_key_takes_the_place_of_one_which_goes_on_until_a_day() {
    let both = [key_issued(OTHER_KEY), ends(Some("2026-05-31"))];
    given(riverside()).when(rotated("2026-05-31")).then(&both);
    let license = fold(&[riverside(), both.to_vec()].concat());
    for (key, today, opens) in [
        (KEY, "2026-05-31", true),
        (OTHER_KEY, "2026-05-31", true),
        (KEY, "2026-06-01", false),
        (OTHER_KEY, "2026-06-01", true),
    ] {
        assert_eq!(license.key_open_on(key, day(today)).is_ok(), opens, "{key} on {today}");
    }
}

#[test]
fn a_key_that_another_one_replaces_ends_no_later_than_it_would_have() {
    let history = riverside_and(ends(Some("2026-04-30")));
    given(history).when(rotated("2026-05-31")).then(&[key_issued(OTHER_KEY)]);
}

#[test]
fn what_is_no_open_key_of_the_license_is_not_replaced() {
    let of_another = Order::RotateKey { old: OTHER_KEY, old_ends: day("2026-05-31"), new: new_key(KEY) };
    given(riverside()).when(of_another).then_refused(&Refusal::KeyUnknown);
    given(riverside_and(key_revoked())).when(rotated("2026-05-31")).then_refused(&Refusal::KeyRevoked);
}

#[test]
fn a_key_replaced_again_by_the_same_one_changes_nothing() {
    given(riverside_and(key_issued(OTHER_KEY))).when(rotated("2026-05-31")).then_nothing();
}

#[test]
fn a_key_is_open_as_long_as_somebody_can_join_with_it() {
    let today = day("2026-09-01");
    let key = |limit, ends: Option<&str>, revoked| Key { limit, ends: ends.map(day), revoked };
    for (key, joined, state) in [
        (key(None, None, false), 2, KeyState::Open),
        (key(Some(3), Some("2026-09-01"), false), 2, KeyState::Open),
        (key(Some(3), None, false), 3, KeyState::UsedUp),
        (key(None, Some("2026-08-31"), false), 0, KeyState::Ended),
        (key(Some(3), Some("2026-08-31"), false), 3, KeyState::Ended),
        (key(Some(3), Some("2026-08-31"), true), 3, KeyState::Revoked),
    ] {
        assert_eq!(key.state_on(today, joined), state, "{key:?}");
    }
}

#[test]
fn a_key_of_another_license_is_not_revoked_here() {
    given(riverside()).when(Order::RevokeKey { key_id: OTHER_KEY }).then_refused(&Refusal::KeyUnknown);
}

#[test]
fn a_key_opens_until_its_last_day_and_not_on_the_day_after() {
    let license = fold(&with_short_key());
    let ended = Refusal::KeyExpired { ended: day("2026-05-31") };
    assert_eq!(license.key_open_on(OTHER_KEY, day("2026-05-31")), Ok(()));
    assert_eq!(license.key_open_on(OTHER_KEY, day("2026-06-01")), Err(ended));
}

#[test]
fn a_key_without_a_last_day_opens_as_long_as_the_license_is_open() {
    let license = fold(&riverside());
    let ended = Refusal::LicenseExpired { ended: day("2026-06-30") };
    assert_eq!(license.key_open_on(KEY, day("2026-06-30")), Ok(()));
    assert_eq!(license.key_open_on(KEY, day("2026-07-01")), Err(ended));
}

#[test]
fn a_key_does_not_open_a_license_that_is_on_the_free_plan() {
    let license = fold(&riverside_and(E::LicensePlanChanged { plan: Plan::Free }));
    assert_eq!(license.key_open_on(KEY, day("2026-01-01")), Err(Refusal::PlanRequired));
}

#[test]
fn a_revoked_key_opens_nothing_and_the_other_keys_still_do() {
    let mut history = with_short_key();
    history.push(key_revoked());
    let license = fold(&history);
    assert_eq!(license.key_open_on(KEY, day("2026-01-01")), Err(Refusal::KeyRevoked));
    assert_eq!(license.key_open_on(OTHER_KEY, day("2026-01-01")), Ok(()));
}

#[test]
fn a_key_of_another_license_opens_nothing_here() {
    let license = fold(&riverside());
    assert_eq!(license.key_open_on(OTHER_KEY, day("2026-01-01")), Err(Refusal::KeyUnknown));
}
