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
