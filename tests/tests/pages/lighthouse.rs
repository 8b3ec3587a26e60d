//! What Lighthouse says of the pages, as of a phone on a slow line (its own default). It asks npm for itself:
//! `cargo test --release -p seatbook-tests --test pages lighthouse -- --ignored --nocapture`.

use std::{
    env, fs,
    process::{Command, Output},
};

use serde_json::Value;

use crate::screenshots::{Scene, Who};

const VERSION: &str = "lighthouse@12";
const CATEGORIES: [&str; 3] = ["performance", "accessibility", "best-practices"];
const AT_LEAST: f64 = 0.95;

/// Its scores of a page, of 1 at most.
fn scores(address: &str, cookie: Option<&str>) -> [f64; 3] {
    let folder = tempfile::tempdir().expect("a folder");
    let (report, headers) = (folder.path().join("report.json"), folder.path().join("headers.json"));
    let sent =
        cookie.map_or_else(|| "{}".to_owned(), |cookie| serde_json::json!({"Cookie": cookie}).to_string());
    fs::write(&headers, sent).expect("headers");
    let run = || {
        Command::new(env::var("SEATBOOK_TEST_NPX").unwrap_or_else(|_| "npx".to_owned()))
            .args(["--yes", VERSION, address, "--quiet", "--output=json"])
            .arg(format!("--output-path={}", report.display()))
            .arg(format!("--extra-headers={}", headers.display()))
            .arg(format!("--only-categories={}", CATEGORIES.join(",")))
            .arg("--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage")
            .output()
            .expect("npx runs")
    };
    // Now and then it could not record what it looked at, and asks to be run again.
    let failed = |ran: &Output| String::from_utf8_lossy(&ran.stderr).contains("Please run Lighthouse again");
    let ran = Some(run()).filter(|ran| !failed(ran)).unwrap_or_else(run);
    assert!(ran.status.success(), "{address}: {}", String::from_utf8_lossy(&ran.stderr));
    let report: Value = serde_json::from_slice(&fs::read(&report).expect("a report")).expect("JSON");
    let address = report["finalDisplayedUrl"].as_str().unwrap_or_default();
    assert!(cookie.is_none() || !address.contains("/sign-in"), "nobody was signed in: {address}");
    CATEGORIES.map(|category| report["categories"][category]["score"].as_f64().unwrap_or(0.0))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes, and the network"]
async fn lighthouse_finds_every_page_quick_open_to_all_and_well_made() {
    let scene = Scene::set().await;
    let mut short = Vec::new();
    for who in Who::ALL {
        let cookie = scene.cookie_of(who).await;
        for (name, path) in scene.pages_of(who) {
            if name == "missing" {
                continue;
            }
            let (address, cookie) = (scene.address(&path), cookie.clone());
            let found = tokio::task::spawn_blocking(move || scores(&address, cookie.as_deref()));
            let [performance, accessibility, practices] =
                found.await.expect("scores").map(|score| score * 100.0);
            println!("{name:>14} {performance:>4.0} {accessibility:>4.0} {practices:>4.0}");
            if [performance, accessibility, practices].into_iter().any(|score| score < AT_LEAST * 100.0) {
                short.push(name);
            }
        }
    }
    assert!(short.is_empty(), "less than 95: {short:?}");
}
