//! Attempts, counted for all nodes together.

use chrono::{DateTime, TimeDelta, Utc};
use domain::EmailAddress;
use identity::attempts::{KEYS, Rate};

use crate::house::House;

const RATE: Rate = Rate { burst: 3, each: TimeDelta::seconds(10) };

fn noon() -> DateTime<Utc> {
    "2026-11-26T12:00:00Z".parse().expect("a time")
}

#[tokio::test]
async fn what_one_node_counts_another_one_counts_too() {
    for house in House::each().await {
        let (one, other) = (&house.accounts, house.again().await);
        let attempt = async |node: &identity::Accounts, who, now| {
            node.attempt("sign-in", who, RATE, now).await.expect("counted")
        };
        assert_eq!(attempt(one, "192.0.2.1", noon()).await, None);
        assert_eq!(attempt(&other, "192.0.2.1", noon()).await, None);
        assert_eq!(attempt(one, "192.0.2.1", noon()).await, None);
        let wait = attempt(&other, "192.0.2.1", noon()).await.expect("too many");
        assert_eq!(wait, TimeDelta::seconds(10));
        // Nobody else waits, and what was refused was not counted.
        assert_eq!(attempt(one, "192.0.2.2", noon()).await, None);
        let later = noon() + wait;
        assert_eq!(attempt(one, "192.0.2.1", later).await, None);
        assert_eq!(attempt(&other, "192.0.2.1", later).await, Some(TimeDelta::seconds(10)));
        // After a while it is as if nothing had been.
        let much_later = noon() + TimeDelta::hours(1);
        for node in [one, &other, one] {
            assert_eq!(attempt(node, "192.0.2.1", much_later).await, None);
        }
    }
}

#[tokio::test]
async fn of_many_at_the_same_moment_no_more_get_through() {
    for house in House::each().await {
        let nodes = [house.again().await, house.again().await];
        let tries = (0..20).map(|n| {
            let node = nodes[n % 2].clone();
            tokio::spawn(
                async move { node.attempt("tokens", "192.0.2.1", RATE, noon()).await.expect("counted") },
            )
        });
        let mut through = 0;
        for tried in tries.collect::<Vec<_>>() {
            through += usize::from(tried.await.expect("it ran").is_none());
        }
        assert_eq!(through, 3);
    }
}

#[tokio::test]
async fn what_is_kept_of_it_leads_to_nobody_and_goes() {
    let house = House::in_file().await;
    let ada = EmailAddress::parse("ada@school.example").expect("an address");
    house.accounts.attempt(KEYS, ada.normalised(), RATE, noon()).await.expect("counted");
    assert!(!House::holds(&house.bytes(), "ada@school"));
    assert_eq!(house.accounts.forget_person(&ada).await.expect("forgotten"), 1);
    house.accounts.attempt(KEYS, ada.normalised(), RATE, noon()).await.expect("counted");
    let limits = identity::SessionLimits::default();
    let over = noon() + RATE.each;
    assert_eq!(house.accounts.forget_what_is_over(limits, over).await.expect("forgotten"), 1);
}
