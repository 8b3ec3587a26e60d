//! What an import did to somebody is undone, or it is said why not.

use domain::{
    Code, DeclineReason, Door, MembershipEvent as E, Refusal,
    membership::{InviteReason, Undo, undo},
};

use crate::given::{ada, domain, key};

fn added() -> E {
    E::UserAdded {
        commitment: None,
        domain: domain(),
        license_id: ada().license_id,
        subject_id: ada().subject_id,
    }
}

fn invited() -> E {
    let reason = InviteReason::NotDomainAdmin;
    E::UserInvited {
        attempt: 1,
        commitment: None,
        license_id: ada().license_id,
        reason,
        subject_id: ada().subject_id,
    }
}

fn joined() -> E {
    E::JoinedWithLicenseKey {
        commitment: None,
        key_id: key(),
        license_id: ada().license_id,
        subject_id: ada().subject_id,
    }
}

fn declined() -> E {
    E::InviteDeclined { reason: DeclineReason::Unspecified }
}

fn turned_away() -> E {
    let (door, code) = (Door::Email, Code::SeatLimit);
    E::AdmissionRefused {
        code,
        commitment: None,
        door,
        license_id: ada().license_id,
        license_revision: 1,
        subject_id: ada().subject_id,
    }
}

/// Undoes the event at a revision.
fn of(history: &[E], revision: usize) -> Undo {
    undo(&history.iter().collect::<Vec<_>>(), revision, None)
}

/// Undoes the event at a revision once more, where an earlier attempt did the one at `undone`.
fn again(history: &[E], revision: usize, undone: usize) -> Undo {
    undo(&history.iter().collect::<Vec<_>>(), revision, Some(undone))
}

#[test]
fn whom_an_import_brought_in_is_removed() {
    assert_eq!(of(&[added()], 1), Undo::Remove);
    assert_eq!(of(&[invited()], 1), Undo::Remove);
    assert_eq!(of(&[invited(), declined(), invited()], 3), Undo::Remove);
    assert_eq!(of(&[added(), E::UserLeft {}, added()], 3), Undo::Remove);
}

#[test]
fn whom_an_import_removed_comes_back_as_they_were() {
    assert_eq!(of(&[added(), E::UserRemoved {}], 2), Undo::Add);
    assert_eq!(of(&[joined(), E::UserRemoved {}], 2), Undo::Add);
    assert_eq!(of(&[invited(), E::UserRemoved {}], 2), Undo::Invite);
}

#[test]
fn what_can_not_be_made_as_it_was_is_left_alone() {
    assert_eq!(of(&[invited(), added()], 2), Undo::Not(Refusal::InvitedBefore));
    assert_eq!(of(&[invited(), declined(), E::UserRemoved {}], 3), Undo::Not(Refusal::HadDeclined));
}

#[test]
fn what_happened_since_counts_more_and_is_named() {
    for (event, what) in [
        (E::InviteAccepted {}, "they accepted the invite"),
        (declined(), "they declined the invite"),
        (joined(), "they joined with the license key"),
        (added(), "they were added"),
        (E::InviteWithdrawn {}, "the invite was withdrawn"),
        (E::UserRemoved {}, "they were removed"),
    ] {
        assert_eq!(of(&[invited(), event], 1), Undo::Not(Refusal::ChangedSince { what }));
    }
    let what = "they were invited";
    assert_eq!(of(&[added(), E::UserRemoved {}, invited()], 2), Undo::Not(Refusal::ChangedSince { what }));
    let what = "they left";
    assert_eq!(of(&[added(), E::UserLeft {}], 1), Undo::Not(Refusal::ChangedSince { what }));
}

#[test]
fn what_an_earlier_attempt_undid_is_undone_already_as_long_as_it_is_so() {
    assert_eq!(again(&[added(), E::UserRemoved {}], 1, 2), Undo::Remove);
    assert_eq!(again(&[added(), E::UserRemoved {}, turned_away()], 1, 2), Undo::Remove);
    assert_eq!(again(&[added(), E::UserRemoved {}, added()], 2, 3), Undo::Invite);
    assert_eq!(again(&[added(), E::UserRemoved {}, invited()], 2, 3), Undo::Invite);
    assert_eq!(again(&[added(), E::UserRemoved {}, invited(), E::InviteAccepted {}], 2, 3), Undo::Invite);
    let changed = |what| Undo::Not(Refusal::ChangedSince { what });
    assert_eq!(again(&[added(), E::UserRemoved {}, added()], 1, 2), changed("they were added"));
    let declined = [added(), E::UserRemoved {}, invited(), declined()];
    assert_eq!(again(&declined, 2, 3), changed("they declined the invite"));
}

#[test]
fn what_changed_nothing_stands_in_no_way() {
    let history =
        [invited(), E::InviteNotificationClosed {}, turned_away(), E::InviteNotificationReopened {}];
    assert_eq!(of(&history, 1), Undo::Remove);
}
