//! A license begins.

use domain::{LicenseCommand as Order, Plan, Refusal};

use crate::given::*;

#[test]
fn a_license_begins_with_an_admin_their_domains_and_a_key() {
    given(vec![]).when(create(&["example.org"])).then(&riverside());
}

#[test]
fn a_domain_named_twice_is_granted_once_and_domains_stand_in_order() {
    given(vec![]).when(create(&["b.example", "a.example", "B.example"])).then(&[
        created(),
        admin_granted(ADA),
        domain_granted(ADA, "a.example"),
        domain_granted(ADA, "b.example"),
        key_issued(KEY),
    ]);
}

#[test]
fn a_license_can_begin_without_a_domain() {
    given(vec![]).when(create(&[])).then(&[created(), admin_granted(ADA), key_issued(KEY)]);
}

#[test]
fn a_license_is_not_created_twice() {
    given(riverside()).when(create(&["example.org"])).then_refused(&Refusal::LicenseExists);
}

#[test]
fn a_license_that_was_never_created_takes_no_order() {
    let orders = [
        Order::RenameLicense { name: name("Lakeside") },
        Order::ChangePlan { plan: Plan::Free },
        Order::ChangeSeatLimit { seat_limit: 1, held: 0 },
        Order::ChangeTerm { ends: None },
        Order::GrantAdmin { subject: ADA, commitment: commitment(ADA) },
        Order::RevokeAdmin { subject: ADA },
        Order::GrantDomain { subject: ADA, domain: domain("example.org"), proof: None },
        Order::RevokeDomain { subject: ADA, domain: domain("example.org") },
        Order::IssueKey(new_key(KEY)),
        Order::ShowKey { key_id: KEY },
        Order::RevokeKey { key_id: KEY },
    ];
    for order in orders {
        given(vec![]).when(order).then_refused(&Refusal::UnknownLicense);
    }
}

#[test]
fn what_a_license_is_can_be_read_from_its_history() {
    let license = fold(&riverside());
    let terms = license.terms.as_ref().unwrap();
    assert_eq!((terms.name.as_str(), terms.plan, terms.seat_limit), ("Riverside", Plan::Paid, 10));
    assert_eq!(terms.ends, ends());
    assert!(license.administers(ADA, &domain("example.org")));
    assert_eq!(license.keys[&KEY].limit, Some(3));
}
