//! Folding never fails: what can't follow leaves the state as it is.

use domain::{License, LicenseEvent as E, Plan};

use crate::given::*;

#[track_caller]
fn cannot_follow(history: &[E], event: &E) {
    let before = fold(history);
    let mut after = before.clone();
    after.evolve(event);
    assert_eq!(after, before, "after {event:?}");
}

#[test]
fn nothing_comes_before_the_beginning() {
    let orphans = [
        E::LicenseRenamed { name: name("Lakeside") },
        E::LicensePlanChanged { plan: Plan::Free },
        E::SeatLimitChanged { seat_limit: 1 },
        E::LicenseTermChanged { ends: None },
        admin_granted(ADA),
        E::LicenseAdminRevoked { subject_id: ADA },
        domain_granted(ADA, "example.org"),
        E::DomainAdminRevoked { domain: domain("example.org"), subject_id: ADA },
        key_issued(KEY),
        E::LicenseKeyEndChanged { ends: None, key_id: KEY },
        E::LicenseKeyShown { key_id: KEY },
        E::LicenseKeyRevoked { key_id: KEY },
    ];
    assert_eq!(fold(&orphans), License::default());
}

#[test]
fn a_license_begins_only_once() {
    let again =
        E::LicenseCreated { ends: None, name: name("Lakeside"), plan: Plan::Free, seat_limit: 1_000_000 };
    cannot_follow(&riverside(), &again);
}

#[test]
fn a_revoked_key_gets_no_second_life() {
    cannot_follow(&riverside_and(E::LicenseKeyRevoked { key_id: KEY }), &key_issued(KEY));
}

#[test]
fn a_key_keeps_its_terms() {
    let more = E::LicenseKeyIssued { ends: None, key_id: KEY, limit: None };
    cannot_follow(&riverside(), &more);
}

#[test]
fn a_domain_of_somebody_who_is_no_admin_gives_no_right() {
    cannot_follow(&riverside(), &domain_granted(BOB, "example.org"));
    cannot_follow(&riverside(), &E::DomainAdminRevoked { domain: domain("example.org"), subject_id: BOB });
}

#[test]
fn an_unknown_key_neither_ends_nor_is_revoked() {
    cannot_follow(&riverside(), &E::LicenseKeyEndChanged { ends: None, key_id: OTHER_KEY });
    cannot_follow(&riverside(), &E::LicenseKeyRevoked { key_id: OTHER_KEY });
}
