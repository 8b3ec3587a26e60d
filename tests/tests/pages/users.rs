//! The user list.

use crate::{browser::Like, service::ADMIN, stage::Stage};

async fn people(stage: &Stage) {
    let list: Vec<String> = (1..=120).map(|n| format!("pupil{n:03}@school.example")).collect();
    stage.service.paste(&list.join("\n")).await;
    let position = stage.service.paste("Zoe@else.example, yan@else.example").await.position();
    stage.service.users(position, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_searched_as_one_types_filtered_sorted_and_turned() {
    let stage = Stage::with_seats(200).await;
    people(&stage).await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/users")).await;
    browser.sees("1–50 of 122 people").await;
    assert_eq!(browser.count("tbody tr").await, 50);
    browser.press("Next page").await;
    browser.sees("51–100 of 122 people").await;
    browser.press("First page").await;
    browser.sees("1–50 of 122 people").await;
    browser.fill("#q", "pupil01").await;
    browser.sees("10 people").await;
    assert!(browser.here().await.contains("q=pupil01"));
    browser.fill("#q", "else").await;
    browser.sees("2 people").await;
    browser.press("Accepted 120").await;
    browser.sees("Nobody fits").await;
    browser.press("Show everybody").await;
    browser.press("Invited 2").await;
    browser.sees("2 people").await;
    let first = || async { browser.find("tbody th").await.text().await };
    browser.press("E-mail").await;
    browser.until("the last first", || async { Ok(first().await? == "Zoe@else.example") }).await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_does_all_of_it_without_scripts() {
    let stage = Stage::with_seats(200).await;
    people(&stage).await;
    let browser = stage.person(ADMIN, Like::WITHOUT_SCRIPTS).await;
    browser.go(&stage.path("/licenses/{L}/users")).await;
    browser.press("Next page").await;
    browser.sees("51–100 of 122 people").await;
    browser.press("First page").await;
    browser.fill("#q", "else").await;
    browser.press("Search").await;
    browser.sees("2 people").await;
    browser.press("Rejected 0").await;
    browser.sees("Nobody fits").await;
    browser.close().await;
}
