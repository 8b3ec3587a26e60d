//! Every refusal as people read it, in one list for a reviewer.

use std::collections::BTreeSet;

use domain::{Code, Effect, LicenseKey, Refusal, refusal::hint};

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
        Refusal::NoInvite,
        Refusal::InviteDeclined,
        Refusal::LeaveInstead,
        Refusal::DeclineInstead,
        Refusal::RemoveInstead,
        Refusal::NotAMember,
        Refusal::NothingToWithdraw,
        Refusal::EndInPast { ends: ended, today: "2026-07-01".parse().expect("a day") },
        Refusal::SeatsHeld { held: 12, limit: 10 },
        Refusal::LastAdmin,
        Refusal::NotAnAdmin,
        Refusal::UnknownLicense,
        Refusal::LicenseExists,
        Refusal::UnknownImport,
        Refusal::ImportEnded,
        Refusal::RowsApplied { applied: 500 },
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
