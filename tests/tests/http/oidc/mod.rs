//! Signing in with an account at a provider, which is a real one.

mod answers;
mod browser;
mod provider;

use std::{collections::BTreeSet, time::Duration};

use api::{
    front::Front,
    mail::Mail,
    oidc::{Demands, ProviderName, ProviderUrl, Providers, Settings},
};
use axum::{
    Router,
    http::{Method, StatusCode},
};
use chrono::{TimeDelta, Utc};
use domain::MailDomain;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::service::{ADMIN, Service};
use browser::{Browser, HERE, Shown};
use provider::{CLIENT, Provider, SECRET};

const AWAITED: &str = "seatbook-sign-in";

/// A service, and a provider that it knows as `school`.
struct School {
    service: Service,
    network: Router,
    provider: Provider,
    _letters: TempDir,
}

impl School {
    async fn open() -> Self {
        Self::with(Provider::start(), |_| {}).await
    }

    async fn with(provider: Provider, change: impl FnOnce(&mut Settings)) -> Self {
        let service = Service::start(10).await;
        let mut settings = Settings {
            name: ProviderName::parse("school").expect("a name"),
            label: "Riverside <School>".to_owned(),
            issuer: ProviderUrl::parse(&provider.issuer).expect("an address"),
            client_id: CLIENT.to_owned(),
            client_secret: Some(SECRET.to_owned()),
            domains: BTreeSet::new(),
            demands: Demands::default(),
        };
        change(&mut settings);
        let letters = tempfile::tempdir().expect("a folder");
        let mut front = Front::local(Mail::folder(letters.path().to_owned()));
        front.providers = Providers::new(vec![settings]);
        let network = api::network::router(service.state.clone().with_front(front));
        Self { service, network, provider, _letters: letters }
    }

    fn browser(&self) -> Browser {
        Browser::new(&self.network)
    }

    /// What becomes of somebody of whom the provider says this, in a browser of their own: who they are then.
    async fn who_is(&mut self, sub: &str, email: &str) -> Option<String> {
        self.provider.signs_in(sub, email, true);
        let mut browser = self.browser();
        browser.sign_in().await;
        browser.who().await
    }

    /// Somebody is refused, is told so on a page, and is nobody then.
    async fn refuses(&mut self, status: StatusCode, said: &str) {
        let mut browser = self.browser();
        let shown = browser.sign_in().await;
        is_refused(&shown, status, said);
        assert_eq!(browser.who().await, None);
        assert_eq!(browser.cookie(AWAITED), None);
    }
}

fn is_refused(shown: &Shown, status: StatusCode, said: &str) {
    assert_eq!(shown.status, status, "{}", shown.page);
    assert!(shown.page.contains("role=\"alert\"") && shown.page.contains(said), "{}", shown.page);
    assert!(shown.page.contains("action=\"/sign-in/with/school?to="), "a way to begin again: {}", shown.page);
}

#[tokio::test]
async fn somebody_comes_to_where_they_wanted_to_go_and_nowhere_else() {
    let mut school = School::open().await;
    school.provider.signs_in("admin-1", ADMIN, true);
    for (wanted, there) in [("%2Faccount%3Fa%3D1%3B2", "/account?a=1;2"), ("%2F%2Fevil.example", "/")] {
        let mut browser = school.browser();
        let way = browser.way_wanting(wanted).await;
        let back = browser.at_provider(&way).await;
        let shown = browser.look(&back).await;
        assert_eq!(shown.headers["location"], there);
    }
}

#[tokio::test]
async fn somebody_signs_in_with_their_account_and_without_a_script() {
    let mut school = School::open().await;
    school.provider.signs_in("admin-1", ADMIN, true);
    let mut browser = school.browser();
    let page = browser.look("/sign-in").await.page;
    assert!(page.contains("Sign in with Riverside &#60;School&#62;</button>"), "{page}");
    let shown = browser.press("school").await;
    let set = shown.headers["set-cookie"].to_str().expect("text");
    for attribute in [&format!("{AWAITED}="), "; Path=/", "; HttpOnly", "; SameSite=Lax", "; Max-Age=600"] {
        assert!(set.contains(attribute), "{set}");
    }
    let way = browser.way().await;
    for part in ["response_type=code", "code_challenge_method=S256", "state=", "nonce=", "scope=openid+email"]
    {
        assert!(way.contains(part), "{way}");
    }
    let secret = browser.cookie(AWAITED).expect("a cookie").to_owned();
    assert!(!way.contains(&secret), "it goes to nobody");
    let back = browser.at_provider(&way).await;
    let shown = browser.look(&back).await;
    assert_eq!(shown.status, StatusCode::SEE_OTHER, "{}", shown.page);
    assert_eq!(browser.who().await.as_deref(), Some(ADMIN));
    assert_eq!(browser.cookie(AWAITED), None);
    let sessions = browser.look("/api/v1/sessions").await.page;
    assert!(sessions.contains("\"method\":\"oidc\""), "{sessions}");
}

#[tokio::test]
async fn signing_in_ends_the_session_that_was_there() {
    let mut school = School::open().await;
    school.provider.signs_in("admin-1", ADMIN, true);
    let mut browser = school.browser();
    browser.sign_in().await;
    let first = browser.cookie("seatbook-session").expect("a session").to_owned();
    browser.sign_in().await;
    assert_ne!(browser.cookie("seatbook-session"), Some(first.as_str()));
    let cookie = format!("seatbook-session={first}");
    let old = school.browser().ask(Method::GET, "/api/v1/me", &[("Cookie", &cookie)]).await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_provider_that_says_it_all_in_the_token_is_asked_nothing_more() {
    let client = json!({"client_id": CLIENT, "client_secret": SECRET, "redirect_uris": [provider::BACK],
                        "in_id_token": true});
    let mut school = School::with(Provider::with(&client), |_| {}).await;
    // It would say something else there.
    school.provider.told(&json!({"userinfo": {"email": "other@school.example"}}));
    assert_eq!(school.who_is("1", ADMIN).await.as_deref(), Some(ADMIN));
}

#[tokio::test]
async fn a_client_without_a_secret_signs_people_in_too() {
    let client = json!({"client_id": CLIENT, "redirect_uris": [provider::BACK]});
    let mut school = School::with(Provider::with(&client), |settings| settings.client_secret = None).await;
    assert_eq!(school.who_is("1", ADMIN).await.as_deref(), Some(ADMIN));
}

#[tokio::test]
async fn an_account_is_known_by_issuer_and_subject_whatever_its_address_becomes() {
    let mut school = School::open().await;
    assert_eq!(school.who_is("1", "ada@school.example").await.as_deref(), Some("ada@school.example"));
    // Her address at the provider changes: she stays who she was, and gets nothing of the other one's.
    assert_eq!(school.who_is("1", ADMIN).await.as_deref(), Some("ada@school.example"));
    // Her address is given to somebody else there: he does not become her.
    school.provider.signs_in("2", "ada@school.example", true);
    school.refuses(StatusCode::CONFLICT, "Another account at Riverside &#60;School&#62;").await;
    // Until she, or whoever reads her mail, lets the first account go.
    let mut browser = school.browser();
    school.provider.signs_in("1", "ada@school.example", true);
    browser.sign_in().await;
    let linked: Value = serde_json::from_str(&browser.look("/api/v1/identities").await.page).expect("JSON");
    assert_eq!(linked["items"][0]["label"], "Riverside <School>", "{linked}");
    assert_eq!(linked["items"][0]["issuer"], school.provider.issuer.as_str());
    let id = linked["items"][0]["identity_id"].as_str().expect("an id");
    let unlink = format!("/api/v1/identities/{id}/unlink");
    let done = browser.ask(Method::POST, &unlink, &[("Origin", HERE)]).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.page);
    let again = browser.ask(Method::POST, &unlink, &[("Origin", HERE)]).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "{}", again.page);
    assert_eq!(school.who_is("2", "ada@school.example").await.as_deref(), Some("ada@school.example"));
}

#[tokio::test]
async fn an_address_that_was_not_verified_is_nobodys() {
    let mut school = School::open().await;
    school.provider.signs_in("1", ADMIN, false);
    school.refuses(StatusCode::FORBIDDEN, "does not say that your e-mail address was verified").await;
    school.provider.told(&json!({"person": {"sub": "1", "email": ADMIN}}));
    school.refuses(StatusCode::FORBIDDEN, "does not say that your e-mail address was verified").await;
    school.provider.told(&json!({"person": {"sub": "1"}}));
    school.refuses(StatusCode::FORBIDDEN, "does not say which e-mail address you have").await;
    school.provider.told(&json!({"person": {"sub": "1", "email": "admin", "email_verified": true}}));
    school.refuses(StatusCode::FORBIDDEN, "does not say which e-mail address you have").await;
    assert_eq!(school.who_is("1", ADMIN).await.as_deref(), Some(ADMIN), "once it was");
    // Somebody who is known needs no address any more.
    school.provider.told(&json!({"person": {"sub": "1"}}));
    let mut browser = school.browser();
    browser.sign_in().await;
    assert_eq!(browser.who().await.as_deref(), Some(ADMIN));
}

#[tokio::test]
async fn a_provider_speaks_for_the_domains_that_the_operator_named() {
    let named = |settings: &mut Settings| {
        settings.domains = [MailDomain::parse("school.example").expect("a domain")].into();
    };
    let mut school = School::with(Provider::start(), named).await;
    school.provider.signs_in("1", "boss@bank.example", true);
    school.refuses(StatusCode::FORBIDDEN, "an address of that domain").await;
    assert_eq!(school.who_is("1", ADMIN).await.as_deref(), Some(ADMIN));
}

#[tokio::test]
async fn who_did_not_sign_in_at_the_provider_as_it_is_asked_for_is_not_signed_in() {
    let asked_for = |settings: &mut Settings| settings.demands.ways = vec!["two".into(), "three".into()];
    let mut school = School::with(Provider::start(), asked_for).await;
    school.provider.signs_in("1", ADMIN, true);
    let way = school.browser().way().await;
    assert!(way.contains("acr_values=two+three"), "{way}");
    for other in [json!({"acr": "one"}), json!({"acr": null})] {
        school.provider.told(&other);
        school.refuses(StatusCode::FORBIDDEN, "one of the ways that are asked for").await;
    }
    school.provider.told(&json!({"acr": "three"}));
    assert_eq!(school.who_is("1", ADMIN).await.as_deref(), Some(ADMIN));
}

#[tokio::test]
async fn who_signed_in_at_the_provider_too_long_ago_is_not_signed_in() {
    let asked_for = |settings: &mut Settings| settings.demands.within = Some(Duration::from_hours(1));
    let mut school = School::with(Provider::start(), asked_for).await;
    school.provider.signs_in("1", ADMIN, true);
    let way = school.browser().way().await;
    assert!(way.contains("max_age=3600"), "{way}");
    let hours_ago = |hours| (Utc::now() - TimeDelta::hours(hours)).timestamp();
    // A provider that passes over what it is asked for, or says nothing of it.
    for spoiled in
        [json!({"auth_time": hours_ago(2)}), json!({"auth_time": hours_ago(-9)}), json!({"auth_time": null})]
    {
        school.provider.told(&json!({"id_token": spoiled}));
        school.refuses(StatusCode::FORBIDDEN, "too long ago, or it does not say when").await;
    }
    school.provider.told(&json!({"id_token": null}));
    assert_eq!(school.who_is("1", ADMIN).await.as_deref(), Some(ADMIN));
}

#[tokio::test]
async fn a_token_for_somebody_else_by_somebody_else_or_of_another_time_signs_nobody_in() {
    let mut school = School::open().await;
    school.provider.signs_in("1", ADMIN, true);
    let spoiled = [
        json!({"id_token": {"aud": "another service"}}),
        json!({"id_token": {"aud": [CLIENT, "another service"]}}),
        json!({"id_token": {"nonce": "of another attempt"}}),
        json!({"id_token": {"nonce": null}}),
        json!({"id_token": {"iss": "https://login.evil.example"}}),
        json!({"id_token": {"iat": 1_700_000_000, "exp": 1_700_000_600}}),
        json!({"id_token": {"at_hash": "of another token"}}),
        json!({"id_token": {"azp": "another service"}}),
        json!({"id_token": {"iat": Utc::now().timestamp() + 3_600}}),
        json!({"id_token": {"nbf": Utc::now().timestamp() + 3_600}}),
        json!({"id_token": {"nbf": "tomorrow"}}),
        json!({"id_token": {"nbf": 1e300}}),
        json!({"id_token": {"sub": ""}}),
        json!({"id_token": {"sub": "s".repeat(256)}}),
        json!({"id_token": {"sub": "a\u{0}b"}}),
        json!({"id_token": {"address": "Elm Street 5"}}),
        json!({"signed_by": "somebody else"}),
        json!({"signed_by": "shared secret"}),
        json!({"signed_by": "nobody"}),
    ];
    for spoiled in spoiled {
        school.provider.told(&spoiled);
        let mut browser = school.browser();
        let shown = browser.sign_in().await;
        assert_eq!(shown.status, StatusCode::BAD_GATEWAY, "{spoiled}: {}", shown.page);
        is_refused(&shown, StatusCode::BAD_GATEWAY, "can&#39;t be believed");
        assert_eq!(browser.who().await, None, "{spoiled}");
        school.provider.told(&json!({"id_token": null, "signed_by": null}));
    }
    school.provider.told(&json!({"userinfo": {"sub": "2"}}));
    school.refuses(StatusCode::BAD_GATEWAY, "can&#39;t be believed").await;
    school.provider.told(&json!({"userinfo": null, "id_token": {"nbf": 1_700_000_000.5}}));
    assert_eq!(school.who_is("1", ADMIN).await.as_deref(), Some(ADMIN));
    // A provider's clock may be ahead of ours by a minute.
    school.provider.told(&json!({"id_token": {"nbf": Utc::now().timestamp() + 30}}));
    assert_eq!(school.who_is("1", ADMIN).await.as_deref(), Some(ADMIN), "what is as it should be does");
}

#[tokio::test]
async fn a_provider_may_have_other_keys_at_any_time() {
    let mut school = School::open().await;
    assert_eq!(school.who_is("1", ADMIN).await.as_deref(), Some(ADMIN));
    school.provider.told(&json!({"new_keys": "second"}));
    assert_eq!(school.who_is("1", ADMIN).await.as_deref(), Some(ADMIN));
    // Another key by the same name.
    school.provider.told(&json!({"new_keys": "second"}));
    assert_eq!(school.who_is("1", ADMIN).await.as_deref(), Some(ADMIN));
}

#[tokio::test]
async fn a_no_at_the_provider_is_told_in_our_words() {
    let mut school = School::open().await;
    school.provider.told(&json!({"declines": true}));
    let mut browser = school.browser();
    let shown = browser.sign_in().await;
    is_refused(&shown, StatusCode::FORBIDDEN, "did not sign you in");
    assert!(!shown.page.contains("<b>") && !shown.page.contains("&#60;b&#62;"), "{}", shown.page);
}

#[tokio::test]
async fn a_provider_that_is_away_or_another_one_than_it_should_be_signs_nobody_in() {
    let School { service, network, provider, _letters } = School::open().await;
    provider.ends();
    let mut browser = Browser::new(&network);
    is_refused(&browser.press("school").await, StatusCode::BAD_GATEWAY, "can&#39;t be asked");
    assert_eq!(browser.look("/sign-in").await.status, StatusCode::OK, "the service serves all the same");
    is_refused(&browser.press("city").await, StatusCode::NOT_FOUND, "no such way to sign in");
    drop(service);

    // One that names itself otherwise than the operator does.
    let named = |settings: &mut Settings| {
        let otherwise = settings.issuer.as_str().replace("127.0.0.1", "localhost");
        settings.issuer = ProviderUrl::parse(&otherwise).expect("an address");
    };
    let school = School::with(Provider::start(), named).await;
    is_refused(&school.browser().press("school").await, StatusCode::BAD_GATEWAY, "can&#39;t be asked");
}

#[tokio::test]
async fn another_sites_page_sends_nobody_to_a_provider() {
    let school = School::open().await;
    let mut browser = school.browser();
    for from in [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")] {
        let shown = browser.ask(Method::POST, "/sign-in/with/school", &[from]).await;
        assert_eq!(shown.status, StatusCode::FORBIDDEN, "{}", shown.page);
        assert_eq!(browser.cookie(AWAITED), None);
    }
    let shown = browser.look("/sign-in/with/school").await;
    assert_eq!(shown.status, StatusCode::METHOD_NOT_ALLOWED);
}
