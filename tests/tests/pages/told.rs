//! What pages say of what was done, and of what would be: the right number of the right people, and no more than is so.

use crate::{
    browser::{Browser, Like},
    service::ADMIN,
    stage::Stage,
};

/// How the last thing that was told looks.
async fn look(browser: &Browser) -> String {
    let classes = browser.find(".toast").await.attr("class").await.expect("an answer").expect("classes");
    classes.trim_start_matches("toast ").to_owned()
}

async fn tick(browser: &Browser, person: &str) {
    let box_of = format!("input[aria-label='Choose {person}']");
    browser.find(&box_of).await.click().await.expect("it is ticked");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_done_looks_done() {
    let stage = Stage::with_seats(2).await;
    let position = stage.service.paste("ada@school.example").await.position();
    stage.service.users(position, "").await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/users")).await;
    tick(&browser, "ada@school.example").await;
    browser.press("Add again").await;
    browser.sees("Nothing changed: 1 on the license already.").await;
    browser.sees_no("undo").await;
    assert_eq!(look(&browser).await, "neutral");
    browser.go(&stage.path("/licenses/{L}/add")).await;
    browser.fill("#emails", "ben@school.example cy@school.example").await;
    browser.press("Add").await;
    browser.sees("1 joined at once, 1 refused (no seat free).").await;
    assert_eq!(look(&browser).await, "warn");
    browser.close().await;
}
