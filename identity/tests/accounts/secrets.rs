//! Sessions, links and tokens.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{EmailAddress, LicenseId};
use identity::{
    NewToken, Scope, Secret, SessionLimits, SignInMethod,
    api_tokens::{OF_ONE_NAME, TooMany},
    sessions::MOST_SESSIONS,
    sign_in_links::{self, AT_ONCE},
};
use uuid::Uuid;

use crate::house::House;

const LIMITS: fn() -> SessionLimits = SessionLimits::default;

fn ada() -> EmailAddress {
    EmailAddress::parse("Ada@school.example").expect("an address")
}

fn bob() -> EmailAddress {
    EmailAddress::parse("bob@school.example").expect("an address")
}

fn noon() -> DateTime<Utc> {
    "2026-11-26T12:00:00Z".parse().expect("a time")
}

fn token_of(person: EmailAddress, name: &str) -> NewToken {
    let scopes = [Scope::Read, Scope::Write].into();
    NewToken { person, name: name.to_owned(), scopes, license: None, ends_at: noon() + TimeDelta::days(30) }
}

#[tokio::test]
async fn a_session_lasts_while_it_is_used_and_not_for_ever() {
    for house in House::each().await {
        let begun = house.accounts.begin_session(&ada(), SignInMethod::Link, None, LIMITS(), noon()).await;
        let (secret, session) = begun.expect("a session");
        let at = async |minutes| {
            let found = house.accounts.session(&secret, LIMITS(), noon() + TimeDelta::minutes(minutes)).await;
            found
                .expect("an answer")
                .map(|session| (session.session_id, session.person.as_spelled().to_owned()))
        };
        let wanted = Some((session.session_id, "Ada@school.example".to_owned()));
        for minutes in (0..720).step_by(29) {
            assert_eq!(at(minutes).await, wanted, "{minutes}");
        }
        assert_eq!(at(720).await, None, "twelve hours are over");
        let unknown = house.accounts.session(&Secret::new(), LIMITS(), noon()).await;
        assert!(unknown.expect("an answer").is_none());
    }
}

#[tokio::test]
async fn what_a_page_asks_by_itself_is_no_use_of_a_session() {
    for house in House::each().await {
        let begun = house.accounts.begin_session(&ada(), SignInMethod::Link, None, LIMITS(), noon()).await;
        let (secret, _) = begun.expect("a session");
        let at = async |minutes| {
            let now = noon() + TimeDelta::minutes(minutes);
            house.accounts.session_unused(&secret, LIMITS(), now).await.expect("an answer").is_some()
        };
        let lasts = [at(5).await, at(15).await, at(29).await, at(30).await];
        assert_eq!(lasts, [true, true, true, false]);
    }
}

#[tokio::test]
async fn a_session_that_soon_ends_without_use_lasts_while_it_is_used() {
    for house in House::each().await {
        let limits = SessionLimits { idle: TimeDelta::minutes(1), ..LIMITS() };
        let begun = house.accounts.begin_session(&ada(), SignInMethod::Link, None, limits, noon()).await;
        let (secret, _) = begun.expect("a session");
        for seconds in (0..600).step_by(25) {
            let at = noon() + TimeDelta::seconds(seconds);
            assert!(
                house.accounts.session(&secret, limits, at).await.expect("an answer").is_some(),
                "{seconds}"
            );
        }
        let later = noon() + TimeDelta::seconds(575 + 61);
        assert!(house.accounts.session(&secret, limits, later).await.expect("an answer").is_none());
    }
}

#[tokio::test]
async fn a_session_that_nobody_uses_is_over_and_then_forgotten() {
    for house in House::each().await {
        let begun = house.accounts.begin_session(&ada(), SignInMethod::Link, None, LIMITS(), noon()).await;
        let (secret, _) = begun.expect("a session");
        let later = noon() + TimeDelta::minutes(30);
        let before = later - TimeDelta::seconds(1);
        assert_eq!(house.accounts.sessions_of(&ada(), LIMITS(), before).await.expect("a list").len(), 1);
        assert!(house.accounts.session(&secret, LIMITS(), later).await.expect("an answer").is_none());
        assert!(house.accounts.sessions_of(&ada(), LIMITS(), later).await.expect("a list").is_empty());
        assert_eq!(house.accounts.forget_what_is_over(LIMITS(), before).await.expect("a number"), 0);
        assert_eq!(house.accounts.forget_what_is_over(LIMITS(), later).await.expect("a number"), 1);
    }
}

#[tokio::test]
async fn one_session_too_many_ends_the_one_that_was_not_used_for_longest() {
    for house in House::each().await {
        let mut begun = Vec::new();
        for second in 0..i64::from(MOST_SESSIONS) {
            let at = noon() + TimeDelta::seconds(second);
            begun.push(
                house.accounts.begin_session(&ada(), SignInMethod::Link, None, LIMITS(), at).await.unwrap(),
            );
        }
        let his =
            house.accounts.begin_session(&bob(), SignInMethod::Link, None, LIMITS(), noon()).await.unwrap();
        let later = noon() + TimeDelta::minutes(5);
        let oldest = house.accounts.session(&begun[0].0, LIMITS(), later).await.unwrap();
        assert!(oldest.is_some(), "it is in use");
        begun.push(
            house.accounts.begin_session(&ada(), SignInMethod::Link, None, LIMITS(), later).await.unwrap(),
        );
        let goes_on = |secret| house.accounts.session(secret, LIMITS(), later);
        for (n, (secret, _)) in begun.iter().enumerate() {
            assert_eq!(goes_on(secret).await.unwrap().is_some(), n != 1, "session {n}");
        }
        assert!(goes_on(&his.0).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn only_their_person_ends_sessions_one_by_one_or_all() {
    for house in House::each().await {
        let mut ids = Vec::new();
        for _ in 0..3 {
            let begun =
                house.accounts.begin_session(&ada(), SignInMethod::Link, None, LIMITS(), noon()).await;
            ids.push(begun.expect("a session").1.session_id);
        }
        assert!(!house.accounts.end_session(&bob(), ids[0]).await.expect("an answer"));
        assert!(house.accounts.end_session(&ada(), ids[0]).await.expect("an answer"));
        assert!(!house.accounts.end_session(&ada(), ids[0]).await.expect("an answer"));
        let left = house.accounts.sessions_of(&ada(), LIMITS(), noon()).await.expect("a list");
        assert_eq!(left.iter().map(|s| s.session_id).collect::<Vec<_>>(), [ids[2], ids[1]]);
        assert_eq!(house.accounts.end_sessions_of(&ada()).await.expect("a number"), 2);
    }
}

#[tokio::test]
async fn a_link_signs_in_once_and_within_its_time() {
    for house in House::each().await {
        let made = house
            .accounts
            .make_sign_in_link(&ada(), AT_ONCE, noon())
            .await
            .expect("an answer")
            .expect("a link");
        let last = noon() + sign_in_links::LASTS - TimeDelta::seconds(1);
        let used = house.accounts.use_sign_in_link(&made, last).await.expect("an answer");
        assert_eq!(used.map(|person| person.as_spelled().to_owned()).as_deref(), Some("Ada@school.example"));
        assert!(house.accounts.use_sign_in_link(&made, last).await.expect("an answer").is_none(), "once");

        let made = house
            .accounts
            .make_sign_in_link(&ada(), AT_ONCE, noon())
            .await
            .expect("an answer")
            .expect("a link");
        let late = noon() + sign_in_links::LASTS;
        assert!(house.accounts.use_sign_in_link(&made, late).await.expect("an answer").is_none(), "late");
    }
}

#[tokio::test]
async fn of_many_who_use_a_link_at_once_one_is_signed_in() {
    for house in House::each().await {
        let made = house
            .accounts
            .make_sign_in_link(&ada(), AT_ONCE, noon())
            .await
            .expect("an answer")
            .expect("a link");
        let tries = (0..8).map(|_| {
            let (accounts, made) = (house.accounts.clone(), made.clone());
            tokio::spawn(async move {
                accounts.use_sign_in_link(&made, noon()).await.expect("an answer").is_some()
            })
        });
        let mut signed_in = 0;
        for one in tries.collect::<Vec<_>>() {
            signed_in += u32::from(one.await.expect("an end"));
        }
        assert_eq!(signed_in, 1);
    }
}

#[tokio::test]
async fn nobodys_mailbox_is_flooded() {
    for house in House::each().await {
        for _ in 0..5 {
            assert!(
                house.accounts.make_sign_in_link(&ada(), AT_ONCE, noon()).await.expect("an answer").is_some()
            );
        }
        assert!(
            house.accounts.make_sign_in_link(&ada(), AT_ONCE, noon()).await.expect("an answer").is_none()
        );
        assert!(
            house.accounts.make_sign_in_link(&bob(), AT_ONCE, noon()).await.expect("an answer").is_some()
        );
        let later = noon() + sign_in_links::LASTS;
        assert!(house.accounts.make_sign_in_link(&ada(), AT_ONCE, later).await.expect("an answer").is_some());
    }
}

#[tokio::test]
async fn a_token_is_known_until_it_ends_or_is_taken_back() {
    for house in House::each().await {
        let license = Some(LicenseId(Uuid::from_u128(7)));
        let new = NewToken { license, ..token_of(ada(), "sync") };
        let made = house.accounts.make_token(new, noon()).await.expect("an answer");
        let (secret, token) = made.expect("a token");
        let found =
            house.accounts.token(secret.reveal(), noon()).await.expect("an answer").expect("the token");
        assert_eq!((found.token_id, found.of.license, found.used_at), (token.token_id, license, None));
        assert_eq!(found.of.scopes, [Scope::Read, Scope::Write].into());
        let listed = house.accounts.tokens_of(&ada(), noon()).await.expect("a list");
        assert_eq!(listed.first().and_then(|token| token.used_at), Some(noon()), "it was used");

        let end = noon() + TimeDelta::days(30);
        assert!(house.accounts.token(secret.reveal(), end).await.expect("an answer").is_none());
        assert!(house.accounts.tokens_of(&ada(), end).await.expect("a list").is_empty());
        assert!(!house.accounts.revoke_token(&bob(), token.token_id).await.expect("an answer"), "not theirs");
        assert!(house.accounts.revoke_token(&ada(), token.token_id).await.expect("an answer"));
        assert!(house.accounts.token(secret.reveal(), noon()).await.expect("an answer").is_none());
    }
}

#[tokio::test]
async fn two_tokens_of_a_name_are_there_at_a_time_so_that_one_can_take_the_others_place() {
    for house in House::each().await {
        for _ in 0..OF_ONE_NAME {
            assert!(
                house.accounts.make_token(token_of(ada(), "sync"), noon()).await.expect("an answer").is_ok()
            );
        }
        let third = house.accounts.make_token(token_of(ada(), "sync"), noon()).await.expect("an answer");
        assert_eq!(third.err(), Some(TooMany::OfOneName));
        let others = [token_of(ada(), "export"), token_of(bob(), "sync")];
        for other in others {
            assert!(house.accounts.make_token(other, noon()).await.expect("an answer").is_ok());
        }
        let oldest = house.accounts.tokens_of(&ada(), noon()).await.expect("a list");
        let oldest = oldest.iter().rfind(|token| token.of.name == "sync").expect("a token").token_id;
        assert!(house.accounts.revoke_token(&ada(), oldest).await.expect("an answer"));
        assert!(house.accounts.make_token(token_of(ada(), "sync"), noon()).await.expect("an answer").is_ok());
    }
}

#[tokio::test]
async fn nothing_that_opens_anything_is_kept_and_nothing_of_a_person_who_is_forgotten() {
    let house = House::in_file().await;
    let begun = house.accounts.begin_session(&ada(), SignInMethod::Link, None, LIMITS(), noon()).await;
    let (session, _) = begun.expect("a session");
    let link =
        house.accounts.make_sign_in_link(&ada(), AT_ONCE, noon()).await.expect("an answer").expect("a link");
    let made = house.accounts.make_token(token_of(ada(), "sync"), noon()).await.expect("an answer");
    let (token, _) = made.expect("a token");
    let kept = house.bytes();
    assert!(House::holds(&kept, "Ada@school.example"), "the test sees what is there");
    for secret in [&session, &link, &token] {
        assert!(!House::holds(&kept, secret.reveal()));
    }
    assert_eq!(house.accounts.forget_person(&ada()).await.expect("a number"), 3);
    assert!(house.accounts.session(&session, LIMITS(), noon()).await.expect("an answer").is_none());
    assert!(house.accounts.token(token.reveal(), noon()).await.expect("an answer").is_none());
    assert!(house.accounts.use_sign_in_link(&link, noon()).await.expect("an answer").is_none());
}

#[tokio::test]
async fn the_tables_are_made_once_and_found_again() {
    for house in House::each().await {
        let begun = house.accounts.begin_session(&ada(), SignInMethod::Link, None, LIMITS(), noon()).await;
        let (secret, _) = begun.expect("a session");
        let again = house.again().await;
        assert!(again.session(&secret, LIMITS(), noon()).await.expect("an answer").is_some());
    }
}
