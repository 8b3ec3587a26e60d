//! Who administers a license, and which mail domains on it.

use domain::{LicenseCommand as Order, LicenseEvent as E, Refusal, license};

use crate::given::*;

fn grant_domain(text: &str) -> Order {
    Order::GrantDomain { subject: ADA, domain: domain(text), proof: None }
}

fn revoke_domain(text: &str) -> Order {
    Order::RevokeDomain { subject: ADA, domain: domain(text) }
}

#[test]
fn somebody_becomes_an_admin() {
    let order = Order::GrantAdmin { subject: BOB, commitment: commitment(BOB) };
    given(riverside()).when(order).then(&[admin_granted(BOB)]);
}

#[test]
fn an_admin_made_admin_again_changes_nothing_and_keeps_their_domains() {
    let order = Order::GrantAdmin { subject: ADA, commitment: commitment(ADA) };
    given(riverside()).when(order).then_nothing();
    let license = fold(&riverside_and(admin_granted(ADA)));
    assert!(license.administers(ADA, &domain("example.org")));
}

#[test]
fn an_admin_is_revoked_while_there_is_another() {
    let revoked = E::LicenseAdminRevoked { subject_id: ADA };
    given(with_bob()).when(Order::RevokeAdmin { subject: ADA }).then(&[revoked]);
}

#[test]
fn the_last_admin_is_not_revoked() {
    given(riverside()).when(Order::RevokeAdmin { subject: ADA }).then_refused(&Refusal::LastAdmin);
}

#[test]
fn revoking_somebody_who_is_no_admin_changes_nothing() {
    given(riverside()).when(Order::RevokeAdmin { subject: BOB }).then_nothing();
}

#[test]
fn a_revoked_admin_loses_their_domains_and_gets_none_back_when_granted_again() {
    let mut history = with_bob();
    history.push(E::LicenseAdminRevoked { subject_id: ADA });
    let license = fold(&history);
    assert_eq!(license.check_admin(ADA), Err(Refusal::NotPermitted));
    assert!(!license.administers(ADA, &domain("example.org")));

    history.push(admin_granted(ADA));
    let license = fold(&history);
    assert_eq!(license.check_admin(ADA), Ok(()));
    assert!(!license.administers(ADA, &domain("example.org")));
}

#[test]
fn an_admin_gets_a_mail_domain() {
    given(riverside()).when(grant_domain("school.example")).then(&[domain_granted(ADA, "school.example")]);
}

#[test]
fn the_same_mail_domain_again_changes_nothing_however_it_is_spelled() {
    given(riverside()).when(grant_domain("EXAMPLE.org")).then_nothing();
}

#[test]
fn only_admins_get_a_mail_domain() {
    let order = Order::GrantDomain { subject: BOB, domain: domain("example.org"), proof: None };
    given(riverside()).when(order).then_refused(&Refusal::NotAnAdmin);
}

#[test]
fn two_admins_can_administer_the_same_domain() {
    let order = Order::GrantDomain { subject: BOB, domain: domain("example.org"), proof: None };
    given(with_bob()).when(order).then(&[domain_granted(BOB, "example.org")]);
}

#[test]
fn an_admin_loses_a_mail_domain_and_stays_admin() {
    let revoked = E::DomainAdminRevoked { domain: domain("example.org"), subject_id: ADA };
    given(riverside()).when(revoke_domain("example.org")).then(std::slice::from_ref(&revoked));

    let license = fold(&riverside_and(revoked));
    assert!(!license.administers(ADA, &domain("example.org")));
    assert_eq!(license.check_admin(ADA), Ok(()));
}

#[test]
fn revoking_a_mail_domain_that_nobody_was_granted_changes_nothing() {
    given(riverside()).when(revoke_domain("school.example")).then_nothing();
    let of_bob = Order::RevokeDomain { subject: BOB, domain: domain("example.org") };
    given(riverside()).when(of_bob).then_nothing();
}

#[test]
fn an_admin_administers_exactly_the_domain_and_not_its_neighbours() {
    let license = fold(&riverside());
    assert!(license.administers(ADA, &domain("example.org")));
    for other in ["a.example.org", "ample.org", "bexample.org", "example.org.au"] {
        assert!(!license.administers(ADA, &domain(other)), "{other}");
    }
}

#[test]
fn an_admin_of_a_subdomain_does_not_administer_the_domain_above() {
    let license = fold(&[created(), admin_granted(ADA), domain_granted(ADA, "a.example.org")]);
    assert!(!license.administers(ADA, &domain("example.org")));
}

#[test]
fn the_domain_of_one_admin_is_not_the_domain_of_another() {
    let license = fold(&with_bob());
    assert!(!license.administers(BOB, &domain("example.org")));
}

fn prove_domain(text: &str) -> Order {
    Order::GrantDomain { subject: ADA, domain: domain(text), proof: Some(proof(text)) }
}

#[test]
fn how_a_mail_domain_was_proved_stands_in_the_event_until_it_is_taken_back() {
    given(riverside()).when(prove_domain("school.example")).then(&[domain_proved(ADA, "school.example")]);
    let mut history = riverside_and(domain_proved(ADA, "school.example"));
    let license = fold(&history);
    assert_eq!(license.proof(ADA, &domain("school.example")), Some(&proof("school.example")));
    assert_eq!(license.proof(ADA, &domain("example.org")), None, "the operator granted it");

    history.push(E::DomainAdminRevoked { domain: domain("school.example"), subject_id: ADA });
    assert_eq!(fold(&history).proof(ADA, &domain("school.example")), None);
    history.pop();
    history.extend([admin_granted(BOB), E::LicenseAdminRevoked { subject_id: ADA }, admin_granted(ADA)]);
    assert_eq!(fold(&history).proof(ADA, &domain("school.example")), None);
}

#[test]
fn what_is_administered_already_is_not_proved_again() {
    given(riverside()).when(prove_domain("example.org")).then_nothing();
    let proved = riverside_and(domain_proved(ADA, "school.example"));
    given(proved).when(prove_domain("school.example")).then_nothing();
}

#[test]
fn where_many_have_names_or_addresses_nobody_proves_anything_and_the_operator_may_grant_it() {
    for text in ["co.uk", "github.io", "gmail.com"] {
        let refusal = Refusal::DomainOfMany { domain: domain(text) };
        given(riverside()).when(prove_domain(text)).then_refused(&refusal);
        given(riverside()).when(grant_domain(text)).then(&[domain_granted(ADA, text)]);
    }
}

#[test]
fn a_record_has_to_fit_below_the_name() {
    let long = |last| format!("{0}.{0}.{0}.{1}.example", "a".repeat(57), "b".repeat(last));
    assert_eq!(long(51).len(), 233);
    given(riverside()).when(prove_domain(&long(51))).then(&[domain_proved(ADA, &long(51))]);
    let refusal = Refusal::DomainTooLong { domain: domain(&long(52)) };
    given(riverside()).when(prove_domain(&long(52))).then_refused(&refusal);
}

#[test]
fn a_record_names_the_domain_and_nothing_of_a_person() {
    let license::DomainProof::DnsTxt { record, value } = proof("bücher.example");
    assert_eq!(record, "_seatbook-challenge.xn--bcher-kva.example");
    assert_eq!(value, "seatbook-domain-proof=drawn");
}
