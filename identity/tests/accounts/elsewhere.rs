//! What somebody shows elsewhere: accounts at providers, records in DNS.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{EmailAddress, LicenseId, MailDomain};
use identity::{
    Secret, SessionLimits, Shown, SignInMethod, domain_proofs, linked_identities::SignsIn, sign_in_attempts,
};
use uuid::Uuid;

use crate::house::House;

const SCHOOL: &str = "https://login.school.example";
const LICENSE: LicenseId = LicenseId(Uuid::from_u128(7));

fn noon() -> DateTime<Utc> {
    "2026-11-26T12:00:00Z".parse().expect("a time")
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

fn account(issuer: &str, subject: &str) -> Shown {
    Shown { issuer: issuer.to_owned(), subject: subject.to_owned() }
}

/// Whom an account signs in that shows a verified address, or none.
async fn signs_in(house: &House, issuer: &str, subject: &str, verified: Option<&str>) -> String {
    let verified = verified.map(address);
    let shown = account(issuer, subject);
    match house.accounts.signs_in(&shown, verified.as_ref(), noon()).await.expect("an answer") {
        SignsIn::Person(person) => person.as_spelled().to_owned(),
        SignsIn::Nobody => "nobody".to_owned(),
        SignsIn::Taken => "taken".to_owned(),
    }
}

#[tokio::test]
async fn an_account_stands_for_the_person_of_the_first_time_whatever_address_it_shows_later() {
    for house in House::each().await {
        assert_eq!(signs_in(&house, SCHOOL, "1", None).await, "nobody");
        assert_eq!(signs_in(&house, SCHOOL, "1", Some("Ada@school.example")).await, "Ada@school.example");
        for later in [None, Some("bob@school.example"), Some("ada@school.example")] {
            assert_eq!(signs_in(&house, SCHOOL, "1", later).await, "Ada@school.example", "{later:?}");
        }
        assert_eq!(signs_in(&house, SCHOOL, "2", Some("bob@school.example")).await, "bob@school.example");
    }
}

#[tokio::test]
async fn an_address_that_was_given_to_somebody_else_opens_nothing_of_the_one_before() {
    for house in House::each().await {
        signs_in(&house, SCHOOL, "1", Some("ada@school.example")).await;
        assert_eq!(signs_in(&house, SCHOOL, "2", Some("ADA@school.example")).await, "taken");
        let other = "https://login.city.example";
        assert_eq!(signs_in(&house, other, "1", Some("ada@school.example")).await, "ada@school.example");
        let linked = house.accounts.identities_of(&address("ada@school.example")).await.expect("a list");
        let issuers: Vec<_> = linked.iter().map(|identity| identity.issuer.as_str()).collect();
        assert_eq!(issuers, [other, SCHOOL]);

        let of_school = linked[1].identity_id;
        let unlink = async |who| house.accounts.unlink_identity(&address(who), of_school).await;
        assert!(!unlink("bob@school.example").await.expect("an answer"), "not theirs");
        assert!(unlink("ada@school.example").await.expect("an answer"));
        assert_eq!(signs_in(&house, SCHOOL, "2", Some("ada@school.example")).await, "ada@school.example");
        assert_eq!(signs_in(&house, SCHOOL, "1", Some("ada@school.example")).await, "taken");
    }
}

#[tokio::test]
async fn of_many_first_times_at_once_one_counts_and_all_are_the_same_person() {
    for house in House::each().await {
        let tries = (0..8).map(|n| {
            let accounts = house.accounts.clone();
            let own = address(&format!("ada{}@school.example", n % 2));
            tokio::spawn(async move {
                match accounts.signs_in(&account(SCHOOL, "1"), Some(&own), noon()).await.expect("an answer") {
                    SignsIn::Person(person) => person.normalised().to_owned(),
                    SignsIn::Nobody | SignsIn::Taken => panic!("nobody was signed in"),
                }
            })
        });
        let mut people = std::collections::BTreeSet::new();
        for one in tries.collect::<Vec<_>>() {
            people.insert(one.await.expect("an end"));
        }
        assert_eq!(people.len(), 1, "{people:?}");
    }
}

#[tokio::test]
async fn whoever_comes_back_from_a_provider_is_awaited_once_for_ten_minutes_and_from_there() {
    for house in House::each().await {
        let begin = async || house.accounts.begin_sign_in_attempt("school", noon()).await.expect("a secret");
        let back = async |secret: &Secret, provider: &str, at| {
            house.accounts.use_sign_in_attempt(secret, provider, at).await.expect("an answer")
        };
        let secret = begin().await;
        assert!(!back(&secret, "city", noon()).await && !back(&Secret::new(), "school", noon()).await);
        assert!(back(&secret, "school", noon()).await);
        assert!(!back(&secret, "school", noon()).await, "once");
        let secret = begin().await;
        let late = noon() + sign_in_attempts::LASTS;
        assert!(!back(&secret, "school", late).await);
        let forget = house.accounts.forget_what_is_over(SessionLimits::default(), late);
        assert_eq!(forget.await.expect("a number"), 1);
    }
}

#[tokio::test]
async fn a_session_says_how_and_where_it_began() {
    for house in House::each().await {
        for (method, browser) in
            [(SignInMethod::Link, None), (SignInMethod::Oidc, Some("Firefox on Windows".to_owned()))]
        {
            let limits = SessionLimits::default();
            let begun = house
                .accounts
                .begin_session(&address("a@b.example"), method, browser.clone(), limits, noon())
                .await;
            let (secret, _) = begun.expect("a session");
            let found = house.accounts.session(&secret, limits, noon()).await.expect("an answer");
            assert_eq!(found.map(|session| (session.method, session.browser)), Some((method, browser)));
        }
    }
}

#[tokio::test]
async fn a_value_for_dns_is_one_admins_on_one_license_for_one_domain_until_it_ends() {
    for house in House::each().await {
        let ask = async |license, who: &str, domain: &str, at| {
            let domain = MailDomain::parse(domain).expect("a domain");
            let asked = house.accounts.ask_for_domain_proof(license, &address(who), &domain, at).await;
            asked.expect("an answer").map(|proof| proof.value)
        };
        let other = LicenseId(Uuid::from_u128(8));
        let (ada, bob) = ("Ada@school.example", "bob@school.example");
        let first = ask(LICENSE, ada, "school.example", noon()).await.expect("a value");
        assert_eq!(first.len(), 43);
        let again = noon() + domain_proofs::LASTS - TimeDelta::seconds(1);
        assert_eq!(ask(LICENSE, "ada@school.example", "school.example", again).await.as_ref(), Some(&first));
        for (license, who, domain) in [
            (LICENSE, bob, "school.example"),
            (LICENSE, ada, "other.example"),
            (other, ada, "school.example"),
        ] {
            assert_ne!(ask(license, who, domain, noon()).await.expect("a value"), first);
        }
        let over = noon() + domain_proofs::LASTS;
        assert_ne!(ask(LICENSE, ada, "school.example", over).await.expect("a value"), first);
        assert_eq!(house.accounts.domain_proofs_on(LICENSE, noon()).await.expect("a list").len(), 3);
        let domain = MailDomain::parse("school.example").expect("a domain");
        house.accounts.end_domain_proof(LICENSE, &address(ada), &domain, noon()).await.expect("an end");
        let found = house.accounts.domain_proof(LICENSE, &address(ada), &domain, noon()).await;
        assert!(found.expect("an answer").is_none());
        let forget = house.accounts.forget_what_is_over(SessionLimits::default(), over);
        assert_eq!(forget.await.expect("a number"), 3);
    }
}

#[tokio::test]
async fn nobody_is_about_to_prove_more_domains_than_somebody_can_mean() {
    for house in House::each().await {
        let ask = async |number| {
            let domain = MailDomain::parse(&format!("d{number}.example")).expect("a domain");
            let admin = address("a@b.example");
            let asked = house.accounts.ask_for_domain_proof(LICENSE, &admin, &domain, noon());
            asked.await.expect("an answer").is_some()
        };
        for number in 0..domain_proofs::AT_ONCE {
            assert!(ask(number).await, "{number}");
        }
        assert!(!ask(domain_proofs::AT_ONCE).await);
        assert!(ask(0).await, "what was asked before is still there");
    }
}

#[tokio::test]
async fn nothing_of_it_is_left_of_a_person_who_is_forgotten_and_no_secret_is_kept() {
    let house = House::in_file().await;
    let ada = address("ada@school.example");
    signs_in(&house, SCHOOL, "subject-of-ada", Some("ada@school.example")).await;
    let domain = MailDomain::parse("ada.example").expect("a domain");
    house.accounts.ask_for_domain_proof(LICENSE, &ada, &domain, noon()).await.expect("an answer");
    let attempt = house.accounts.begin_sign_in_attempt("school", noon()).await.expect("a secret");
    assert!(House::holds(&house.bytes(), "subject-of-ada"), "the test sees what is there");
    for purpose in ["state", "nonce", "verifier"] {
        assert!(!House::holds(&house.bytes(), &attempt.derived(purpose)));
    }
    assert!(!House::holds(&house.bytes(), attempt.reveal()));
    assert_eq!(house.accounts.forget_person(&ada).await.expect("a number"), 2);
    assert!(house.accounts.identities_of(&ada).await.expect("a list").is_empty());
    assert!(house.accounts.domain_proofs_on(LICENSE, noon()).await.expect("a list").is_empty());
}
