//! Whether everybody can use the pages: axe-core finds no violation on any, in either theme.

use std::{env, fs, path::Path};

use crate::{
    browser::{Browser, Like},
    screenshots::{Scene, Who},
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
