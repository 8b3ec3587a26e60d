//! Whether everybody can use the pages: axe-core finds no violation on any, in either theme.

use std::{env, fs, path::Path};

use serde_json::json;

use crate::{
    browser::{Browser, Like},
    screenshots::{Scene, Who},
    service::ADMIN,
    stage::Stage,
};

/// What axe-core is, once for all.
fn axe() -> String {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/browser/axe.min.js");
    let place = env::var("SEATBOOK_TEST_AXE").map_or(own, Into::into);
    fs::read_to_string(&place).unwrap_or_else(|error| {
        panic!(
            "{}: {error}. ./check puts axe-core there; or name its axe.min.js in SEATBOOK_TEST_AXE",
            place.display()
        )
    })
}

const RUN: &str = "const done = arguments[0];
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(
        (found) => done(found.violations.map((it) => it.id + ': ' + it.help + ' ' +
            it.nodes.map((node) => node.html.slice(0, 200) + ' ' + node.failureSummary).join(' | '))),
        (error) => done([String(error)]));";

async fn judge(browser: &Browser, axe: &str, name: &str) -> Vec<String> {
    browser.client.execute(axe, Vec::new()).await.expect("axe");
    let found = browser.client.execute_async(RUN, Vec::new()).await.expect("its judgement");
    let found = found.as_array().cloned().unwrap_or_default();
    found.iter().map(|it| format!("{name}: {}", it.as_str().unwrap_or_default())).collect()
}

async fn judged(like: Like) {
    let (scene, axe) = (Scene::set().await, axe());
    let mut found = Vec::new();
    for who in Who::ALL {
        let browser = scene.browser_of(who, like).await;
        for (name, path) in scene.pages_of(who) {
            browser.go(&path).await;
            found.extend(judge(&browser, &axe, name).await);
        }
        browser.close().await;
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_keeps_anybody_out_when_it_is_light() {
    judged(Like::WIDE).await;
}

/// Colours are the same at any width, and what stands where is the same in any colours; but for a few words that a phone has
/// no room for, both are looked at.
#[tokio::test(flavor = "multi_thread")]
async fn no_page_keeps_anybody_out_when_it_is_dark_on_a_phone() {
    judged(Like { dark: true, ..Like::PHONE }).await;
}

/// What pages become under somebody's hands: words too long for a phone, what was undone, who has left a list.
async fn becomes(like: Like) {
    let (stage, axe) = (Stage::with_seats(20).await, axe());
    let guest = "guest@else.example";
    let position = stage.service.paste(&format!("ada@school.example, {guest}")).await.position();
    stage.service.users(position, "").await;
    let browser = stage.person(ADMIN, like).await;
    let mut found = Vec::new();
    browser.go(&stage.path("/licenses/{L}/add")).await;
    let long = "a.really.very.long.address.without.any.place.to.break.it.in.two.parts@an.even.longer.domain.for.a.phone.example";
    browser.fill("#emails", long).await;
    browser.sees("1 Not an e-mail address").await;
    found.extend(judge(&browser, &axe, "a long address").await);
    browser.go(&stage.path("/licenses/{L}/users?status=invited")).await;
    browser.find("tbody input[name=person]").await.click().await.expect("it is ticked");
    stage.service.post("/api/v1/invites/{L}/accept", Some(guest), json!({})).await;
    browser.find("tr.gone").await;
    found.extend(judge(&browser, &axe, "who has left").await);
    let imports = stage.service.get("/api/v1/licenses/{L}/imports", None).await;
    let import = imports.body["items"][0]["import_id"].as_str().expect("an import").to_owned();
    browser.go(&stage.path(&format!("/licenses/{{L}}/imports/{import}"))).await;
    browser.press("Undo").await;
    browser.press("Undo the import").await;
    browser.sees("This undoes").await;
    browser.go(&stage.path("/licenses/{L}/imports")).await;
    browser.sees("Undoes “").await;
    found.extend(judge(&browser, &axe, "what was undone").await);
    browser.close().await;
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_becomes_keeps_nobody_out_when_it_is_light() {
    becomes(Like::WIDE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_becomes_keeps_nobody_out_when_it_is_dark_on_a_phone() {
    becomes(Like { dark: true, ..Like::PHONE }).await;
}
