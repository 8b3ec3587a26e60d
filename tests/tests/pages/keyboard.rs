//! By keyboard alone: adding, accepting, declining.

use fantoccini::key::Key;
use serde_json::json;

use crate::{
    browser::{Browser, Like},
    service::ADMIN,
    stage::Stage,
};

const GUEST: &str = "guest@else.example";

/// Presses Tab until what is called so has the focus; each stop can be seen.
async fn tab_to(browser: &Browser, called: &str) {
    for _ in 0..60 {
        browser.key(Key::Tab).await;
        let here = browser
            .run(
                "const it = document.activeElement; const label = it.labels?.[0]?.textContent ?? '';
                 const outline = getComputedStyle(it).outlineStyle;
                 return [(it.textContent + ' ' + label).replace(/\\s+/g, ' ').trim(), outline, it.tagName];",
            )
            .await;
        let (text, outline) = (here[0].as_str().unwrap_or_default(), here[1].as_str().unwrap_or_default());
        assert!(outline != "none" || here[2] == "BODY", "nobody sees where the focus is: {text}");
        if text == called {
            return;
        }
    }
    panic!("no Tab comes to {called:?}:\n{}", browser.text().await);
}

/// Whoever goes to the content by the link before it stays on the page, with what they have entered.
#[tokio::test(flavor = "multi_thread")]
async fn a_way_within_the_page_keeps_what_was_entered() {
    let stage = Stage::with_seats(20).await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/add")).await;
    browser.fill("#emails", "ada@school.example").await;
    browser.run("window.same = 'page'; document.querySelector('a.skip').click()").await;
    browser.until("the content", || async { Ok(browser.here().await.ends_with("#main")) }).await;
    browser.run("history.back()").await;
    browser.until("back", || async { Ok(!browser.here().await.ends_with("#main")) }).await;
    assert_eq!(browser.run("return window.same").await, "page", "it was not loaded again");
    assert_eq!(browser.run("return document.querySelector('#emails').value").await, "ada@school.example");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn adding_accepting_and_declining_need_no_mouse() {
    let stage = Stage::with_seats(20).await;
    let admin = stage.person(ADMIN, Like::WIDE).await;
    tab_to(&admin, "Manage License Riverside").await;
    admin.key(Key::Enter).await;
    admin.sees("Nobody is on this license yet").await;
    tab_to(&admin, "Add Users").await;
    admin.key(Key::Enter).await;
    admin.sees("E-mail addresses").await;
    tab_to(&admin, "E-mail addresses").await;
    admin.keys("one@else.example, two@else.example").await;
    tab_to(&admin, "Add").await;
    admin.key(Key::Enter).await;
    admin.sees("Done: 2 invited").await;
    admin.close().await;
    let one = stage.person("one@else.example", Like::WIDE).await;
    tab_to(&one, "Accept the invite to Riverside").await;
    one.key(Key::Enter).await;
    one.sees("You have joined \"Riverside\".").await;
    one.close().await;
    let two = stage.person("two@else.example", Like::WIDE).await;
    tab_to(&two, "Decline the invite to Riverside").await;
    two.key(Key::Enter).await;
    tab_to(&two, "Decline the invite").await;
    two.key(Key::Enter).await;
    two.sees("You declined the invite to \"Riverside\"").await;
    two.close().await;
}

/// Past the rows that are left, and nothing is ordered on the way.
#[tokio::test(flavor = "multi_thread")]
async fn enter_leads_from_somebody_who_is_ticked_to_what_can_be_done() {
    let stage = Stage::with_seats(20).await;
    let position = stage.service.paste("ada@school.example, ben@school.example").await.position();
    stage.service.users(position, "").await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/users")).await;
    tab_to(&browser, "E-mail").await;
    browser.run("document.querySelector('input[name=person]').focus()").await;
    browser.keys(" ").await;
    browser.sees("1 person is ticked:").await;
    browser.key(Key::Enter).await;
    assert_eq!(browser.run("return document.activeElement.textContent").await, "Remove");
    assert!(browser.here().await.ends_with("/users"));
    browser.close().await;
}

/// A browser takes it for the first button of the form.
#[tokio::test(flavor = "multi_thread")]
async fn enter_on_a_tick_box_orders_nothing_without_scripts() {
    let stage = Stage::with_seats(20).await;
    let position = stage.service.paste(GUEST).await.position();
    stage.service.users(position, "").await;
    let declined = json!({"reason": "not_needed"});
    stage.service.post("/api/v1/invites/{L}/decline", Some(GUEST), declined).await;
    stage.service.state.caught_up().await;
    let browser = stage.person(ADMIN, Like::WITHOUT_SCRIPTS).await;
    browser.go(&stage.path("/licenses/{L}/users")).await;
    browser.find("tbody input[name=person]").await.send_keys(" ").await.expect("it is ticked");
    browser.key(Key::Enter).await;
    assert_eq!(browser.count("tbody input[name=person]:checked").await, 1);
    assert!(browser.here().await.ends_with("/users"));
    browser.sees("1 person").await;
    browser.press("Add again").await;
    browser.sees("Done: 1 invited.").await;
    browser.close().await;
}
