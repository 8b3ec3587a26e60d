//! How pages look to whom: light or dark, in colours of their own, in their own zone.

use serde_json::json;

use crate::{browser::Like, service::ADMIN, stage::Stage};

/// What was typed stays when somebody chooses light or dark, and the choice is kept.
#[tokio::test(flavor = "multi_thread")]
async fn light_and_dark_are_chosen_without_losing_what_was_typed() {
    let stage = Stage::with_seats(1).await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/add")).await;
    browser.fill("#emails", "ada@school.example").await;
    browser.press(ADMIN).await;
    browser.press("Dark").await;
    let theme = "return [document.documentElement.dataset.theme, getComputedStyle(document.body).colorScheme,
        document.querySelector('#emails').value, document.querySelector('.theme [aria-pressed]').textContent]";
    assert_eq!(browser.run(theme).await, json!(["dark", "dark", "ada@school.example", "Dark"]));
    browser
        .until("it is kept", || async {
            Ok(browser.client.get_named_cookie("seatbook-theme").await?.value() == "dark")
        })
        .await;
    browser.go("/account").await;
    assert_eq!(browser.run("return document.documentElement.dataset.theme").await, "dark");
    browser.close().await;
    // Without scripts, it is a page of its own that comes back.
    let browser = stage.person(ADMIN, Like::WITHOUT_SCRIPTS).await;
    browser.go("/account").await;
    browser.press(ADMIN).await;
    browser.press("Dark").await;
    browser.find("html[data-theme=dark]").await;
    assert_eq!(browser.here().await, "/account");
    browser.close().await;
}

/// Where the system has colours of its own, where somebody is still looks like no other place.
#[tokio::test(flavor = "multi_thread")]
async fn where_somebody_is_can_be_seen_in_the_colours_of_their_system() {
    let stage = Stage::with_seats(1).await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.with_forced_colours().await;
    browser.go(&stage.path("/licenses/{L}/add")).await;
    browser.find(".segments a").await;
    let grounds = "return ['.tabs', '.segments', '.bar nav', '.theme fieldset'].map((row) =>
        [...document.querySelector(row).querySelectorAll('a, button')].map((it) => {
            const look = getComputedStyle(it);
            return [it.matches('[aria-current], [aria-pressed]'), look.backgroundColor, look.borderBottomColor];
        }))";
    let rows = browser.run(grounds).await;
    let canvas = browser.run("return getComputedStyle(document.body).backgroundColor").await;
    for row in rows.as_array().expect("rows") {
        let all = row.as_array().expect("places");
        let grounds = |here: bool| -> Vec<&serde_json::Value> {
            all.iter().filter(|it| it[0] == here).map(|it| &it[1]).collect()
        };
        assert_eq!(grounds(true).len(), 1, "{row}");
        assert!(!grounds(false).contains(&grounds(true)[0]), "{row}");
    }
    let tabs = rows[0].as_array().expect("tabs").iter().filter(|it| it[0] == false);
    assert!(tabs.clone().count() > 2 && tabs.into_iter().all(|it| it[2] == canvas), "{rows}");
    browser.close().await;
}

/// A moment is written alike with scripts and without.
#[tokio::test(flavor = "multi_thread")]
async fn moments_are_written_in_one_way() {
    let stage = Stage::with_seats(1).await;
    let pattern =
        |text: &str| text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect::<String>();
    let mut written = Vec::new();
    for like in [Like::WIDE, Like::WITHOUT_SCRIPTS] {
        let browser = stage.person(ADMIN, like).await;
        browser.go(&stage.path("/licenses/{L}/audit")).await;
        let time = browser.find("time").await;
        written.push(pattern(&time.text().await.expect("text")));
        browser.close().await;
    }
    assert_eq!(format!("{} UTC", written[0]), written[1]);
}
