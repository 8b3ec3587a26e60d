//! The next steps are legal: asked of `decide`, for every standing at every gate.

use domain::{
    Commitment, DeclineReason, KeyId, LicenseId, MailDomain, Membership, MembershipCommand as Order,
    NextStep, Refusal, Salt, SubjectId,
    membership::{AddedBy, Admission, Gate, Notification, Person, Standing, decide::decide},
    next_step::{Doors, Taker, next_steps},
};
use uuid::Uuid;

fn standings() -> Vec<Standing> {
    let mut all = vec![Standing::Nobody, Standing::Removed, Standing::Erased];
    all.extend([Notification::Open, Notification::Closed].map(Standing::Invited));
    all.extend(Admission::ALL.map(Standing::Accepted));
    all.extend(DeclineReason::ALL.map(Standing::Rejected));
    all
}

fn ended() -> Refusal {
    Refusal::LicenseExpired { ended: "2026-06-30".parse().expect("a day") }
}

fn gates() -> Vec<Gate> {
    let opens = [Ok(()), Err(ended()), Err(Refusal::PlanRequired), Err(Refusal::UnknownLicense)];
    let seats = [(true, 5), (false, 5), (false, 0)];
    opens
        .iter()
        .flat_map(|open| {
            seats.map(|(seat_free, seat_limit)| Gate { open: open.clone(), seat_free, seat_limit })
        })
        .collect()
}

fn person() -> Person {
    let (license_id, subject_id) = (LicenseId(Uuid::from_u128(1)), SubjectId(Uuid::from_u128(2)));
    Person { license_id, subject_id, commitment: Commitment::new(&Salt([3; 32]), "ada@example.org") }
}

/// The order that a step stands for; none for what is done to the license.
fn order(step: NextStep, gate: &Gate, key_opens: bool) -> Option<Order> {
    let add = |by| Order::Add { person: person(), by, gate: gate.clone() };
    let domain = MailDomain::parse("example.org").expect("a domain");
    let key_gate =
        Gate { open: if key_opens { gate.open.clone() } else { Err(Refusal::KeyRevoked) }, ..gate.clone() };
    Some(match step {
        NextStep::Accept => Order::AcceptInvite { gate: gate.clone() },
        NextStep::EnterLicenseKey => {
            Order::JoinWithKey { person: person(), key_id: KeyId(Uuid::from_u128(4)), gate: key_gate }
        }
        NextStep::Add | NextStep::AddAgain => add(AddedBy::OtherAdmin),
        NextStep::AddAtOnce => add(AddedBy::DomainAdmin(domain)),
        NextStep::Invite => add(AddedBy::AdminAskingConsent),
        NextStep::ReopenNotification => Order::ReopenNotification,
        NextStep::CloseNotification => Order::CloseNotification,
        NextStep::Decline => Order::DeclineInvite { reason: DeclineReason::NotNeeded },
        NextStep::Leave => Order::Leave,
        NextStep::Withdraw => Order::WithdrawInvite,
        NextStep::Remove => Order::Remove,
        NextStep::FreeSeat
        | NextStep::MakeAdmin
        | NextStep::MoreSeats
        | NextStep::RenewLicense
        | NextStep::MoveToPaidPlan => return None,
    })
}

/// Names of one order that are told apart by the standing.
fn is_named_so(step: NextStep, standing: Standing) -> bool {
    match step {
        NextStep::Add => standing == Standing::Nobody,
        NextStep::AddAgain => matches!(standing, Standing::Rejected(_) | Standing::Removed),
        NextStep::AddAtOnce => matches!(standing, Standing::Invited(_)),
        _ => true,
    }
}

fn doors(key_opens: bool) -> Doors {
    Doors { key_opens, domain_administered: true, has_admin: true }
}

#[test]
fn nobody_is_added_at_once_where_no_admin_administers_their_domain() {
    for (standing, gate, key_opens) in cases() {
        let offered = next_steps(standing, &gate, doors(key_opens));
        let without = next_steps(standing, &gate, Doors { domain_administered: false, ..doors(key_opens) });
        let expected: Vec<_> = offered.into_iter().filter(|step| *step != NextStep::AddAtOnce).collect();
        assert_eq!(without, expected, "{standing:?} at {gate:?}");
    }
}

/// Where there is no admin, nothing is offered that only an admin does, and what makes one is, if there is such a thing.
#[test]
fn without_an_admin_one_is_made_first() {
    for (standing, gate, key_opens) in cases() {
        let offered = next_steps(standing, &gate, doors(key_opens));
        assert!(!offered.contains(&NextStep::MakeAdmin));
        let without = next_steps(standing, &gate, Doors { has_admin: false, ..doors(key_opens) });
        let (by_admin, rest): (Vec<_>, Vec<_>) =
            offered.into_iter().partition(|step| step.taker() == Taker::Admin);
        let (made, others): (Vec<_>, Vec<_>) =
            without.into_iter().partition(|step| *step == NextStep::MakeAdmin);
        assert_eq!((others, made.is_empty()), (rest, by_admin.is_empty()), "{standing:?} at {gate:?}");
    }
}

fn cases() -> impl Iterator<Item = (Standing, Gate, bool)> {
    standings().into_iter().flat_map(|standing| {
        gates().into_iter().flat_map(move |gate| [true, false].map(|key| (standing, gate.clone(), key)))
    })
}

#[test]
fn a_step_is_offered_exactly_where_it_would_change_something_and_not_be_refused() {
    for (standing, gate, key) in cases() {
        let offered = next_steps(standing, &gate, doors(key));
        let membership = Membership { standing, ..Membership::default() };
        for step in NextStep::ALL {
            let Some(order) = order(*step, &gate, key) else { continue };
            let legal = decide(&membership, order).is_ok_and(|events| !events.is_empty());
            let wanted = legal && is_named_so(*step, standing);
            assert_eq!(
                offered.contains(step),
                wanted,
                "{step:?} in {standing:?} at {gate:?}, key opens: {key}"
            );
        }
    }
}

#[test]
fn what_opens_the_gate_is_offered_exactly_to_those_whom_it_keeps_out() {
    for (standing, gate, key) in cases().filter(|(standing, ..)| *standing != Standing::Erased) {
        let offered = next_steps(standing, &gate, doors(key));
        let outside = !matches!(standing, Standing::Accepted(_));
        let lacks_seat = !standing.holds_seat() && !gate.seat_free;
        let wanted = [
            (NextStep::RenewLicense, outside && gate.open == Err(ended())),
            (NextStep::MoveToPaidPlan, outside && gate.open == Err(Refusal::PlanRequired)),
            (NextStep::MoreSeats, lacks_seat),
            (NextStep::FreeSeat, lacks_seat && gate.seat_limit > 0),
        ];
        for (step, wanted) in wanted {
            assert_eq!(offered.contains(&step), wanted, "{step:?} in {standing:?} at {gate:?}");
        }
    }
}

#[test]
fn nobody_is_left_without_a_next_step_but_who_is_erased() {
    for (standing, gate, key) in cases().filter(|(_, gate, _)| gate.open != Err(Refusal::UnknownLicense)) {
        if standing == Standing::Erased {
            assert!(next_steps(standing, &gate, doors(key)).is_empty());
            continue;
        }
        assert!(
            !next_steps(standing, &gate, doors(key)).is_empty(),
            "{standing:?} at {gate:?}, key opens: {key}"
        );
    }
}

#[test]
fn every_step_has_a_code_of_its_own_and_a_sentence_that_begins_with_who_takes_it() {
    for (index, step) in NextStep::ALL.iter().enumerate() {
        assert!(NextStep::ALL[..index].iter().all(|other| other.as_str() != step.as_str()), "{step:?}");
        let who = match step.taker() {
            Taker::Person => "The person ",
            Taker::Admin => "An admin ",
            Taker::Operator => "The operator ",
        };
        assert!(step.text().starts_with(who) && step.text().ends_with('.'), "{}", step.text());
    }
}
