//! A list that changes by itself takes nothing from whoever searches, ticks or goes by keyboard.

use serde_json::json;

use crate::{
    browser::{Browser, Like},
    service::ADMIN,
    stage::Stage,
};

const GUEST: &str = "guest@else.example";
const OTHER: &str = "other@else.example";

/// A license with two invited people and ten others, and an admin who looks at it.
async fn looked_at() -> (Stage, Browser) {
    let stage = Stage::with_seats(200).await;
    let list: Vec<String> = (0..10).map(|n| format!("pupil{n}@school.example")).collect();
    stage.service.paste(&list.join("\n")).await;
    let position = stage.service.paste(&format!("{GUEST}, {OTHER}")).await.position();
    stage.service.users(position, "").await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/users")).await;
    browser.sees("12 people").await;
    (stage, browser)
}

/// The list says that so many have accepted.
async fn counts_accepted(browser: &Browser, people: u32) {
    let counted = async || {
        let said = browser.run("return document.getElementById('list-Accepted').textContent").await;
        Ok(said.as_str().is_some_and(|said| said.trim() == format!("Accepted {people}")))
    };
    browser.until("the number of those who accepted", counted).await;
}

async fn accepts(stage: &Stage, who: &str) {
    stage.service.post("/api/v1/invites/{L}/accept", Some(who), json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_takes_long_is_shown_whatever_changes_meanwhile() {
    let (stage, browser) = looked_at().await;
    browser
        .run(
            "const whole = window.fetch;
             window.fetch = async (address, ...others) => {
                 if (String(address).includes('q=')) await new Promise((over) => setTimeout(over, 3000));
                 return whole(address, ...others);
             };",
        )
        .await;
    browser.fill("#q", "pupil3").await;
    accepts(&stage, GUEST).await;
    browser.sees("1 person").await;
    assert!(browser.here().await.ends_with("?q=pupil3"));
    // What changed meanwhile is looked at once it is there.
    counts_accepted(&browser, 11).await;
    assert_eq!(browser.count("tbody tr").await, 1);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_people_are_ticked_rows_stay_and_say_what_they_are_now() {
    let (stage, browser) = looked_at().await;
    let tick = format!("input[aria-label='Choose {GUEST}']");
    browser.find(&tick).await.click().await.expect("it is ticked");
    browser.sees("Withdraw invites").await;
    accepts(&stage, GUEST).await;
    counts_accepted(&browser, 11).await;
    browser.sees_no("Withdraw invites").await;
    browser.sees("1 person is ticked:").await;
    let badge =
        browser.run(&format!("return document.querySelector(\"{tick}\").closest('tr').innerText")).await;
    assert!(badge.as_str().is_some_and(|row| row.contains("Accepted")), "{badge}");
    // Everybody is also everybody who is seen.
    browser.find("#all").await.click().await.expect("everybody is chosen");
    assert_eq!(browser.count("tbody input:checked").await, 12);
    browser.find(&tick).await.click().await.expect("it is not any more");
    browser.sees("11 people are ticked:").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_a_list_that_is_narrowed_is_not_ticked_any_more() {
    let (stage, browser) = looked_at().await;
    browser.go(&stage.path("/licenses/{L}/users?status=invited")).await;
    for person in [GUEST, OTHER] {
        let tick = format!("input[aria-label='Choose {person}']");
        browser.find(&tick).await.click().await.expect("it is ticked");
    }
    browser.sees("2 people are ticked:").await;
    accepts(&stage, GUEST).await;
    browser.sees("1 person is ticked:").await;
    let gone = format!("tr.gone input:disabled:not(:checked)[aria-label='Choose {GUEST}']");
    assert_eq!(browser.count(&gone).await, 1);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_by_keyboard_stays_where_they_are() {
    let (stage, browser) = looked_at().await;
    for (focus, who, there) in [("a", GUEST, OTHER.to_owned()), ("input", OTHER, format!("Choose {OTHER}"))] {
        let row = format!("input[aria-label='Choose {OTHER}']");
        browser
            .run(&format!("document.querySelector(\"{row}\").closest('tr').querySelector('{focus}').focus()"))
            .await;
        accepts(&stage, who).await;
        counts_accepted(&browser, if who == GUEST { 11 } else { 12 }).await;
        let focused = browser
            .run("const on = document.activeElement; return on.getAttribute('aria-label') ?? on.textContent")
            .await;
        assert_eq!(focused.as_str(), Some(there.as_str()));
    }
    // What it was on has gone.
    let gone = json!({"emails": [OTHER]});
    stage.service.post("/api/v1/licenses/{L}/users/remove", Some(ADMIN), gone).await;
    browser.sees("11 people").await;
    assert_eq!(browser.run("return document.activeElement.tagName").await, json!("CAPTION"));
    browser.close().await;
}
