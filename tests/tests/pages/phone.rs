//! On the smallest phones: nothing reaches over an edge, and pages begin at their beginning.

use serde_json::json;

use crate::{
    browser::Like,
    screenshots::{Scene, Who},
    service::ADMIN,
    stage::Stage,
};

/// What reaches over the card that it is in, or over the screen.
const OVER: &str = "const over = scrollY > 0 ? [`begins ${scrollY} px below its beginning`] : [];
    for (const asks of document.querySelectorAll('details:not(.menu)')) asks.open = true;
    for (const it of document.querySelectorAll('body *')) {
        const box = it.getBoundingClientRect();
        if (box.width < 2 || it.closest('.table, .drop, pre, svg, .unseen')) continue;
        const card = it.parentElement.closest('.card');
        const style = card && getComputedStyle(card);
        const edge = card ? card.getBoundingClientRect().right - parseFloat(style.paddingRight) : screen.width;
        const spills = getComputedStyle(it).display === 'block' && it.scrollWidth > it.clientWidth + 1
            && getComputedStyle(it).overflowX === 'visible';
        if (box.right > edge + 1 || spills) over.push(`${it.outerHTML.slice(0, 80)} ${box.right} > ${edge}`);
    }
    if (document.documentElement.scrollWidth > screen.width) over.push(`page ${document.documentElement.scrollWidth}`);
    return over";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_reaches_over_an_edge_of_a_small_phone() {
    let scene = Scene::set().await;
    let mut found = Vec::new();
    for who in Who::ALL {
        for width in [320, 390] {
            let browser = scene.browser_of(who, Like { width, ..Like::PHONE }).await;
            for (name, path) in scene.pages_of(who) {
                browser.go(&path).await;
                let over = browser.run(OVER).await;
                if over != json!([]) {
                    found.push(format!("{name} at {width}: {over}"));
                }
            }
            browser.close().await;
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// As long as addresses may be.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_address_reaches_over_no_edge() {
    let stage = Stage::with_seats(20).await;
    let long = "maximiliane.katharina.oberhuber-schwarzenbacher@grundschule-am-langen-weg.hillside.example";
    stage.service.paste(long).await;
    stage.service.state.caught_up().await;
    let browser = stage.person(long, Like { width: 320, ..Like::PHONE }).await;
    let mut found = Vec::new();
    for path in ["/account", "/account/sessions", "/licenses", "/nowhere", "/licenses/{L}/users"] {
        browser.go(&stage.path(path)).await;
        found.push((path, browser.run(OVER).await));
    }
    browser.close().await;
    let browser = stage.person(ADMIN, Like { width: 320, ..Like::PHONE }).await;
    for path in ["users?q={A}", "users?q=no.{A}", "why?email={A}", "audit?member={A}"] {
        browser.go(&stage.path(&format!("/licenses/{{L}}/{}", path.replace("{A}", long)))).await;
        found.push((path, browser.run(OVER).await));
    }
    browser.close().await;
    found.retain(|(_, over)| *over != json!([]));
    assert!(found.is_empty(), "{found:#?}");
}
