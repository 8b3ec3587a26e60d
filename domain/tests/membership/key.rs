//! The license key.

use domain::{Code, Membership, Status};

use crate::given::*;

#[test]
fn somebody_new_joins_with_the_key() {
    given(nobody()).when(enter_key(open())).then(joined_with_key(first()), Code::Accepted);
}

#[test]
fn somebody_removed_joins_with_the_key() {
    given(removed()).when(enter_key(open())).then(joined_with_key(None), Code::Accepted);
}

#[test]
fn somebody_invited_joins_with_the_key() {
    given(invited()).when(enter_key(open())).then(joined_with_key(None), Code::Accepted);
    given(closed()).when(enter_key(open())).then(joined_with_key(None), Code::Accepted);
}

#[test]
fn somebody_who_declined_joins_with_the_key_and_is_accepted() {
    given(rejected()).when(enter_key(open())).then(joined_with_key(None), Code::Accepted);

    let mut history = rejected();
    history.push(joined_with_key(None));
    assert_eq!(Membership::fold(&history).standing.status(), Some(Status::Accepted));
}

#[test]
fn somebody_who_has_joined_uses_up_no_join_of_the_key() {
    given(accepted()).when(enter_key(open())).then_nothing(Code::AlreadyAccepted);
}
