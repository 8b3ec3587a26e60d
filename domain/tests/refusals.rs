//! Every refusal as people read it, in one list for a reviewer.

use std::collections::BTreeSet;

use domain::{
    Code, Effect, LicenseId, LicenseKey, LicenseName, MailDomain, Refusal,
    refusal::{About, hint},
};

fn license(n: u128) -> LicenseId {
    LicenseId(uuid::Uuid::from_u128(n))
}

fn name(text: &str) -> LicenseName {
    LicenseName::parse(text).expect("a name")
}

fn domain(text: &str) -> MailDomain {
    MailDomain::parse(text).expect("a domain")
}

fn every_refusal() -> Vec<Refusal> {
    let ended = "2026-06-30".parse().expect("a day");
    let mistyped = |text| Refusal::KeyMistyped(LicenseKey::parse(text).err().expect("no key"));
    vec![
        Refusal::SeatLimit { limit: 2500 },
        Refusal::LicenseExpired { ended },
        Refusal::PlanRequired,
        Refusal::NotPermitted,
        Refusal::OperatorOnly,
        Refusal::KeyUnknown,
        mistyped("12345"),
        mistyped("1234!"),
        mistyped("00000-00000-00000-00000-00001"),
        Refusal::KeyUsedUp { limit: 30 },
        Refusal::KeyExpired { ended },
        Refusal::KeyRevoked,
        Refusal::KeyNotKept,
        Refusal::KeySealed,
        Refusal::NoInvite,
        Refusal::NoInviteJoined,
        Refusal::NoInviteDeclined,
        Refusal::InviteDeclined,
        Refusal::NoneToWithdraw,
        Refusal::LeaveInstead,
        Refusal::DeclineInstead,
        Refusal::RemoveInstead,
        Refusal::NotAMember,
        Refusal::NothingToWithdraw,
        Refusal::EndInPast { ends: ended, today: "2026-07-01".parse().expect("a day") },
        Refusal::SeatsHeld { held: 12, limit: 10 },
        Refusal::LastAdmin,
        Refusal::LastAdminOf { licenses: vec![(license(1), name("School"))] },
        Refusal::LastAdminOf { licenses: vec![(license(1), name("School")), (license(2), name("College"))] },
        Refusal::Erased,
        Refusal::NotAnAdmin,
        Refusal::DomainOfMany { domain: domain("co.uk") },
        Refusal::DomainTooLong { domain: domain("school.example") },
        Refusal::UnknownLicense,
        Refusal::LicenseExists,
        Refusal::UnknownImport,
        Refusal::ImportEnded,
        Refusal::RowsApplied { applied: 500 },
        Refusal::ImportRunning,
        Refusal::ChangedSince { what: "they accepted the invite" },
        Refusal::InvitedBefore,
        Refusal::HadDeclined,
    ]
}

/// Refusals of single rows, addresses and files, which are found before any rule is asked.
const WITHOUT_A_RULE: [Code; 6] = [
    Code::InvalidEmail,
    Code::MissingEmail,
    Code::DuplicateInFile,
    Code::UnknownPerson,
    Code::UploadLost,
    Code::UploadChanged,
];

#[test]
fn every_refusal_reads_well() {
    let of_rules = every_refusal().into_iter().map(|refusal| {
        let history = if refusal.is_admission() { "  (in the person's history)" } else { "" };
        format!("{}{history}\n    {refusal}\n    {}\n", refusal.code(), refusal.hint())
    });
    let of_rows = WITHOUT_A_RULE.map(|code| format!("{code}\n    {}\n    {}\n", code.meaning(), hint(code)));
    insta::assert_snapshot!(of_rules.chain(of_rows).collect::<Vec<_>>().join("\n"));
}

const NAMES: [&str; 5] =
    ["\"School\"", "ada@school.example", "olu@partner.example", "01920000", "AAAAA-BBBBB"];

fn named() -> About<'static> {
    let [license, person, actor, import, key] = NAMES.map(Some);
    About { license, person, actor, import, key }
}

#[test]
fn every_refusal_names_what_it_is_about() {
    for refusal in every_refusal() {
        let said = refusal.about(&named());
        let of_a_row = matches!(
            refusal,
            Refusal::ChangedSince { .. }
                | Refusal::InvitedBefore
                | Refusal::HadDeclined
                | Refusal::Erased
                | Refusal::RowsApplied { .. }
        );
        // A row's report stands beside its value. Nobody asks for a license by an id that it is to have.
        let tells = of_a_row || matches!(refusal, Refusal::EndInPast { .. } | Refusal::LicenseExists);
        // A mail domain is in the refusal itself: it is the customer's, and nothing about a person.
        let of_a_domain = matches!(refusal, Refusal::DomainOfMany { .. } | Refusal::DomainTooLong { .. });
        let tells = tells || of_a_domain && (said.contains("co.uk") || said.contains("school.example"));
        assert!(tells || NAMES.iter().any(|name| said.contains(name)), "{said}");
        let of_a_person = said.contains("the person") || said.contains("the one who asks");
        assert!(!of_a_person && !said.contains("such") && !said.contains("this key"), "{said}");
    }
}

#[test]
fn whoever_lacks_a_right_is_named_with_the_license() {
    assert_eq!(
        Refusal::NotPermitted.about(&named()),
        "Only an admin can do this, and olu@partner.example is not an admin of the license \"School\"."
    );
}

#[test]
fn every_outcome_is_told_in_sentences() {
    let meanings = Code::ALL.iter().flat_map(|code| [code.meaning().to_owned(), hint(*code).to_owned()]);
    let refusals = every_refusal()
        .into_iter()
        .flat_map(|refusal| [refusal.to_string(), refusal.about(&named()), refusal.hint().to_owned()]);
    for text in meanings.chain(refusals).filter(|text| !text.is_empty()) {
        assert!(text.starts_with(char::is_uppercase) && text.ends_with('.'), "{text}");
    }
}

#[test]
fn the_list_holds_every_code_that_refuses() {
    let listed: BTreeSet<Code> = every_refusal().iter().map(Refusal::code).chain(WITHOUT_A_RULE).collect();
    let refusing = Code::ALL.iter().copied().filter(|code| code.effect() == Effect::Refused);
    assert_eq!(listed, refusing.collect());
}

/// A list of doors turned away from would otherwise fill with what nobody was turned away by.
#[test]
fn history_keeps_the_refusals_of_good_people_at_a_door() {
    let kept = every_refusal().into_iter().filter(Refusal::is_admission).map(|refusal| refusal.code());
    let expected = [
        Code::SeatLimit,
        Code::LicenseExpired,
        Code::PlanRequired,
        Code::NotPermitted,
        Code::KeyUsedUp,
        Code::KeyExpired,
        Code::KeyRevoked,
    ];
    assert_eq!(kept.collect::<Vec<_>>(), expected);
}
