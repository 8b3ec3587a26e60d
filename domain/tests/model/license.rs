//! Random orders to a license and to an import.

use domain::{
    Code, Counts, Import, ImportCommand, ImportMode, Installation, InstallationCommand, License,
    LicenseCommand, LicenseId, Refusal, import, installation,
    license::{NewKey, decide::decide},
};
use proptest::{collection::vec, option, prelude::*};
use uuid::Uuid;

use crate::events::{
    a_day, commitment, day, installation_role, key, mail_domain, name, plan, proof, staff_role, subject,
};

fn new_key() -> impl Strategy<Value = NewKey> {
    (key(), option::of(0..9_u64), day()).prop_map(|(key_id, limit, ends)| NewKey { key_id, limit, ends })
}

fn license_order() -> impl Strategy<Value = LicenseCommand> {
    use LicenseCommand as C;
    prop_oneof![
        (name(), plan(), 0..9_u64, day(), subject(), commitment(), vec(mail_domain(), 0..3), new_key())
            .prop_map(|(name, plan, seat_limit, ends, admin, commitment, domains, key)| C::CreateLicense {
                name,
                plan,
                seat_limit,
                ends,
                admin,
                commitment,
                domains,
                key,
            }),
        name().prop_map(|name| C::RenameLicense { name }),
        plan().prop_map(|plan| C::ChangePlan { plan }),
        (0..9_u64, 0..9_u64).prop_map(|(seat_limit, held)| C::ChangeSeatLimit { seat_limit, held }),
        day().prop_map(|ends| C::ChangeTerm { ends }),
        (subject(), commitment()).prop_map(|(subject, commitment)| C::GrantAdmin { subject, commitment }),
        subject().prop_map(|subject| C::RevokeAdmin { subject }),
        (subject(), mail_domain(), proof()).prop_map(|(subject, domain, proof)| C::GrantDomain {
            subject,
            domain,
            proof
        }),
        (subject(), mail_domain()).prop_map(|(subject, domain)| C::RevokeDomain { subject, domain }),
        (subject(), staff_role(), commitment()).prop_map(|(subject, role, commitment)| C::GrantStaff {
            subject,
            role,
            commitment
        }),
        (subject(), staff_role()).prop_map(|(subject, role)| C::RevokeStaff { subject, role }),
        new_key().prop_map(C::IssueKey),
        (key(), a_day(), new_key()).prop_map(|(old, old_ends, new)| C::RotateKey { old, old_ends, new }),
        key().prop_map(|key_id| C::ShowKey { key_id }),
        key().prop_map(|key_id| C::RevokeKey { key_id }),
    ]
}

fn installation_order() -> impl Strategy<Value = InstallationCommand> {
    use InstallationCommand as C;
    prop_oneof![
        (subject(), installation_role(), commitment()).prop_map(|(subject, role, commitment)| C::GrantRole {
            subject,
            role,
            commitment
        }),
        (subject(), installation_role()).prop_map(|(subject, role)| C::RevokeRole { subject, role }),
    ]
}

fn import_order() -> impl Strategy<Value = ImportCommand> {
    use ImportCommand as C;
    let start = || C::Start { license_id: LicenseId(Uuid::nil()), mode: ImportMode::Add, undoes: None };
    let chunk = |(first_row, last_row): (u64, u64)| {
        let items = (last_row + 1).saturating_sub(first_row);
        C::ApplyChunk { first_row, last_row, counts: Counts([(Code::Accepted, items)].into()) }
    };
    prop_oneof![
        2 => Just(start()),
        8 => (0..9_u64, 0..9_u64).prop_map(chunk),
        1 => Just(C::Complete),
        1 => Just(C::Cancel),
        1 => Just(C::Fail { code: Code::UnknownLicense }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_event_of_a_license_changes_it_and_the_same_order_again_does_not(
        orders in vec(license_order(), 1..40),
    ) {
        let mut license = License::default();
        for order in orders {
            // Who has seen a key has changed nothing, and is written down each time.
            let sees = matches!(order, LicenseCommand::ShowKey { .. });
            for event in decide(&license, order.clone()).unwrap_or_default() {
                let before = license.clone();
                license.evolve(&event);
                prop_assert_eq!(license == before, sees, "{:?}", event);
            }
            let again = decide(&license, order).unwrap_or_default();
            prop_assert!(sees || again.is_empty(), "{again:?}");
            prop_assert!(license.terms.is_none() || !license.admins.is_empty(), "there is always an admin");
        }
    }

    #[test]
    fn every_event_of_an_installation_changes_it_and_the_same_order_again_does_not(
        orders in vec(installation_order(), 1..40),
    ) {
        let mut installation = Installation::default();
        for order in orders {
            let decided = installation::decide::decide(&installation, order);
            for event in decided.unwrap_or_default() {
                let before = installation.clone();
                installation.evolve(&event);
                prop_assert_ne!(&installation, &before, "{:?}", event);
            }
            let again = installation::decide::decide(&installation, order);
            prop_assert_eq!(again, Ok(Vec::new()));
        }
    }

    #[test]
    fn every_row_of_an_import_is_applied_once_and_counted_once(orders in vec(import_order(), 1..40)) {
        let mut import = Import::default();
        for order in orders {
            let before = import.clone();
            let events = import::decide(&import, order.clone()).unwrap_or_default();
            for event in &events {
                import.evolve(event);
            }
            prop_assert_eq!(import != before, !events.is_empty());
            prop_assert_eq!(import.counts.total(), import.applied);

            let again = import::decide(&import, order);
            let nothing = again.as_ref().is_ok_and(Vec::is_empty);
            let refused = matches!(
                again,
                Err(Refusal::RowsApplied { .. } | Refusal::ImportEnded | Refusal::UnknownImport)
            );
            prop_assert!(nothing || refused, "{again:?}");
        }
    }
}
