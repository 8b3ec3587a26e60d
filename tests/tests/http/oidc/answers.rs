//! Which answers count: those that this browser asked for, once, of the provider that it was sent to.

use axum::http::{Method, StatusCode};

use super::{AWAITED, School, is_refused};
use crate::service::ADMIN;

#[tokio::test]
async fn who_comes_back_with_what_another_browser_was_given_is_nobody() {
    let mut school = School::open().await;
    school.provider.signs_in("attacker", "attacker@evil.example", true);
    let mut attacker = school.browser();
    let way = attacker.way().await;
    let back = attacker.at_provider(&way).await;

    let mut victim = school.browser();
    is_refused(&victim.look(&back).await, StatusCode::FORBIDDEN, "from this browser");
    assert_eq!(victim.who().await, None);
    // Also while they are on their own way; which goes on.
    school.provider.signs_in("1", ADMIN, true);
    let own = victim.way().await;
    is_refused(&victim.look(&back).await, StatusCode::FORBIDDEN, "from this browser");
    assert_eq!(victim.who().await, None);
    let own = victim.at_provider(&own).await;
    assert_eq!(victim.look(&own).await.status, StatusCode::SEE_OTHER);
    // Nor is there anything without a state, or with no more than that.
    for path in ["", "?state=x", "?code=x", "?error=access_denied", "?code=%ff"] {
        let shown = victim.look(&format!("/sign-in/with/school/back{path}")).await;
        is_refused(&shown, StatusCode::FORBIDDEN, "from this browser");
    }
    assert_eq!(victim.who().await.as_deref(), Some(ADMIN), "who is signed in stays so");
}

#[tokio::test]
async fn an_answer_counts_once_and_a_code_is_good_for_the_attempt_that_it_was_given_to() {
    let mut school = School::open().await;
    school.provider.signs_in("1", ADMIN, true);
    let mut browser = school.browser();
    let way = browser.way().await;
    let back = browser.at_provider(&way).await;
    let cookie = format!("{AWAITED}={}", browser.cookie(AWAITED).expect("a cookie"));
    assert_eq!(browser.look(&back).await.status, StatusCode::SEE_OTHER);
    // The same once more, with the cookie of then.
    let replayed = school.browser().ask(Method::GET, &back, &[("Cookie", &cookie)]).await;
    is_refused(&replayed, StatusCode::FORBIDDEN, "from this browser");

    // The code with somebody else's attempt: used already, and without its verifier.
    let code = part(&back, "code");
    let mut thief = school.browser();
    let way = thief.way().await;
    let injected = format!("/sign-in/with/school/back?code={code}&state={}", part(&way, "state"));
    let issuer = format!("&iss={}", school.provider.issuer);
    let shown = thief.look(&(injected + &issuer)).await;
    is_refused(&shown, StatusCode::FORBIDDEN, "does not take the code");
    assert_eq!(thief.who().await, None);

    // A code that nobody has used, but of another attempt.
    let mut other = school.browser();
    let way = other.way().await;
    let fresh = part(&other.at_provider(&way).await, "code");
    let way = thief.way().await;
    let injected = format!("/sign-in/with/school/back?code={fresh}&state={}{issuer}", part(&way, "state"));
    is_refused(&thief.look(&injected).await, StatusCode::FORBIDDEN, "does not take the code");
    assert_eq!(thief.who().await, None);
}

#[tokio::test]
async fn an_answer_of_another_provider_is_not_taken() {
    let mut school = School::open().await;
    school.provider.signs_in("1", ADMIN, true);
    let mut browser = school.browser();
    for change in [&|back: &str, said: &str| back.replace(said, ""), &|back: &str, said: &str| {
        back.replace(said, "&iss=https%3A%2F%2Flogin.evil.example")
    }] as [&dyn Fn(&str, &str) -> String; 2]
    {
        let way = browser.way().await;
        let back = browser.at_provider(&way).await;
        let said = format!("&iss={}", part(&back, "iss"));
        assert!(back.contains(&said), "the provider says who it is: {back}");
        is_refused(
            &browser.look(&change(&back, &said)).await,
            StatusCode::BAD_GATEWAY,
            "can&#39;t be believed",
        );
    }
    assert_eq!(browser.who().await, None);
}

/// A parameter of an address, as it stands there.
fn part(address: &str, name: &str) -> String {
    let query = address.split_once('?').expect("parameters").1;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(found, _)| *found == name).unwrap_or_else(|| panic!("no {name}: {address}")).1.to_owned()
}
