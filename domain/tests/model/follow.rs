//! The same random orders to the domain and to the naive model.

use domain::{Commitment, Event, Membership, MembershipEvent, membership::decide};
use proptest::prelude::*;

use crate::{
    naive::{Answer, Naive, Pool},
    orders::{Order, PEOPLE, orders, person},
};

/// A person as the domain has them, with everything that was ever written.
#[derive(Default)]
struct Actual {
    membership: Membership,
    stored: Vec<String>,
}

impl Actual {
    fn answer(&mut self, order: Order, pool: Pool) -> (Answer, Vec<MembershipEvent>) {
        let command = order.command(pool.held < pool.limit, pool.limit);
        let before = self.membership.standing;
        match decide::decide(&self.membership, command.clone()) {
            Ok(events) => {
                let code = decide::outcome(&command, &events, before);
                let name = events.first().map(|event| event.description().name);
                for event in &events {
                    self.membership.evolve(event);
                    self.stored.push(Event::from(event.clone()).payload());
                }
                ((name, code.to_string()), events)
            }
            Err(refusal) => ((None, refusal.code().to_string()), Vec::new()),
        }
    }

    /// What anybody finds who reads the log.
    fn read_again(&self) -> Membership {
        let mut membership = Membership::default();
        for payload in &self.stored {
            let name = payload.split('"').nth(1).expect("the name of the event");
            match Event::decode(MembershipEvent::STREAM, name, "1", payload) {
                Ok(Event::Membership(event)) => membership.evolve(&event),
                other => panic!("read {other:?}"),
            }
        }
        membership
    }
}

fn commitment_of(event: &MembershipEvent) -> Option<Commitment> {
    match event {
        MembershipEvent::UserAdded { commitment, .. }
        | MembershipEvent::UserInvited { commitment, .. }
        | MembershipEvent::JoinedWithLicenseKey { commitment, .. }
        | MembershipEvent::AdmissionRefused { commitment, .. } => *commitment,
        _ => None,
    }
}

fn check_order(
    order: Order,
    actual: &mut Actual,
    naive: &mut Naive,
    pool: &mut Pool,
) -> Result<(), TestCaseError> {
    let (before, was_known) = (actual.membership.clone(), naive.known);
    let held = actual.membership.standing.holds_seat();
    let (answer, events) = actual.answer(order, *pool);
    let was_held = pool.held;

    prop_assert_eq!(answer, naive.answer(order.what, order.shut.map(crate::orders::Shut::code), pool));
    prop_assert_eq!(format!("{:?}", actual.membership.standing), naive.standing.as_str());
    prop_assert_eq!(actual.membership.attempts, naive.attempts);

    prop_assert!(events.len() <= 1, "one order writes one event at most");
    prop_assert_eq!(actual.membership != before, !events.is_empty(), "every event changes something");
    for event in &events {
        let expected = (!was_known).then(|| person(order.who).commitment);
        prop_assert_eq!(commitment_of(event), expected, "the first event has the commitment");
    }
    let step = i8::from(actual.membership.standing.holds_seat()) - i8::from(held);
    prop_assert_eq!(was_held.checked_add_signed(step.into()), Some(pool.held));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_domain_does_what_the_table_says_and_never_holds_more_seats_than_there_are(
        orders in orders(),
        limit in 0..=4_u64,
    ) {
        let mut pool = Pool { held: 0, limit };
        let mut people: [(Actual, Naive); PEOPLE] = Default::default();
        for order in orders {
            let (actual, naive) = &mut people[order.who];
            check_order(order, actual, naive, &mut pool)?;

            let holders = people.iter().filter(|(actual, _)| actual.membership.standing.holds_seat()).count();
            prop_assert_eq!(u64::try_from(holders), Ok(pool.held));
            prop_assert!(pool.held <= limit);
        }
        for (actual, _) in &people {
            prop_assert_eq!(&actual.read_again(), &actual.membership, "the log tells the same");
        }
    }
}
