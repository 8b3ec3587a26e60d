//! Letters that are to be sent: none is lost, whoever feeds and sends.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{EmailAddress, LicenseId, MemberId};
use identity::outbox::InviteLetter;
use uuid::Uuid;

use crate::house::House;

fn noon() -> DateTime<Utc> {
    "2026-11-26T12:00:00Z".parse().expect("a time")
}

fn letter(position: u64) -> InviteLetter {
    let to = EmailAddress::parse(&format!("p{position}@school.example")).expect("an address");
    InviteLetter {
        position,
        to,
        license: LicenseId(Uuid::from_u128(1)),
        member: MemberId(Uuid::from_u128(2)),
    }
}

async fn due(house: &House, at: DateTime<Utc>) -> Vec<u64> {
    let due = house.accounts.due(at, 10).await.expect("letters");
    due.iter().map(|letter| letter.position).collect()
}

#[tokio::test]
async fn a_page_is_fed_once_by_whoever_comes_first() {
    for house in House::each().await {
        assert_eq!(house.accounts.fed_up_to().await.expect("a place"), None);
        house.accounts.feed_from(5).await.expect("a place");
        house.accounts.feed_from(9).await.expect("a place");
        assert_eq!(house.accounts.fed_up_to().await.expect("a place"), Some(5), "who comes first says where");
        assert!(house.accounts.feed(5, 8, vec![letter(6), letter(8)]).await.expect("an answer"));
        assert!(!house.accounts.feed(5, 8, vec![letter(6), letter(8)]).await.expect("an answer"));
        assert_eq!(house.accounts.fed_up_to().await.expect("a place"), Some(8));
        assert_eq!(due(&house, noon()).await, [6, 8]);
    }
}

#[tokio::test]
async fn who_sends_a_letter_is_alone_for_a_while_and_it_comes_back_if_they_do_not() {
    for house in House::each().await {
        house.accounts.feed_from(0).await.expect("a place");
        house.accounts.feed(0, 2, vec![letter(1), letter(2)]).await.expect("an answer");
        assert_eq!(due(&house, noon()).await, [1, 2]);
        assert_eq!(due(&house, noon() + TimeDelta::minutes(4)).await, Vec::<u64>::new());
        house.accounts.sent(1).await.expect("gone");
        assert_eq!(due(&house, noon() + TimeDelta::minutes(5)).await, [2], "nobody said that it was sent");
    }
}

#[tokio::test]
async fn what_fails_is_tried_again_later_for_a_month_and_then_given_up() {
    for house in House::each().await {
        house.accounts.feed_from(0).await.expect("a place");
        house.accounts.feed(0, 1, vec![letter(1)]).await.expect("an answer");
        let (mut now, mut wait) = (noon(), TimeDelta::minutes(2));
        loop {
            assert_eq!(due(&house, now).await, [1]);
            if !house.accounts.failed(1, now).await.expect("noted") {
                break;
            }
            assert_eq!(due(&house, now + wait - TimeDelta::seconds(1)).await, Vec::<u64>::new());
            now += wait;
            wait = (wait * 2).min(TimeDelta::days(1));
        }
        assert_eq!((now - noon()).num_days(), 30);
        assert_eq!(due(&house, now + TimeDelta::days(9)).await, Vec::<u64>::new());
    }
}

#[tokio::test]
async fn a_person_who_is_forgotten_gets_no_letter() {
    for house in House::each().await {
        house.accounts.feed_from(0).await.expect("a place");
        house.accounts.feed(0, 2, vec![letter(1), letter(2)]).await.expect("an answer");
        assert_eq!(house.accounts.forget_person(&letter(1).to).await.expect("a number"), 1);
        assert_eq!(due(&house, noon()).await, [2]);
    }
}
