//! Coming in, looking around, and what is there for nobody.

use serde_json::json;

use crate::{browser::Like, service::ADMIN, stage::Stage};

async fn signs_in(like: Like) {
    let stage = Stage::with_seats(20).await;
    stage.service.paste("ada@school.example\nguest@else.example").await;
    let browser = stage.stranger(like).await;
    // Where they wanted to go is where they come once they have signed in.
    browser.go(&stage.path("/licenses/{L}/users")).await;
    browser.sees("Sign in to Seatbook").await;
    browser.fill("#code", &stage.code(ADMIN).await).await;
    browser.press("Sign in").await;
    browser.sees("ada@school.example").await;
    assert_eq!(browser.here().await, stage.path("/licenses/{L}/users"));
    browser.press("Licenses").await;
    browser.sees("2 of 20 seats held").await;
    browser.press("Manage License Riverside").await;
    browser.sees("guest@else.example").await;
    browser.press(ADMIN).await;
    browser.press("Sign out").await;
    browser.sees("Sign in to Seatbook").await;
    browser.go("/licenses").await;
    browser.sees("Sign in to Seatbook").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_signs_in_and_looks_at_a_license() {
    signs_in(Like::WIDE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_signs_in_and_looks_at_a_license_without_scripts() {
    signs_in(Like::WITHOUT_SCRIPTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_fills_the_code_in_and_leaves_it_in_no_address() {
    let stage = Stage::with_seats(1).await;
    let browser = stage.stranger(Like::WIDE).await;
    browser.go(&format!("/sign-in#{}", stage.code(ADMIN).await)).await;
    browser
        .until("the code to leave the address", || async { Ok(!browser.here().await.contains('#')) })
        .await;
    browser.press("Sign in").await;
    browser.sees("Manage License").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_and_what_is_anothers_is_told_alike_on_a_page() {
    let stage = Stage::with_seats(1).await;
    let browser = stage.person("stranger@else.example", Like::WIDE).await;
    let nowhere = "01920000-0000-7000-8000-000000000000";
    let mut told = Vec::new();
    for license in [stage.service.license.clone(), nowhere.to_owned()] {
        browser.go(&format!("/licenses/{license}/users")).await;
        browser.sees("There is nothing here").await;
        told.push(browser.text().await.replace(&license, "L"));
    }
    assert_eq!(told[0], told[1]);
    browser.go("/nowhere").await;
    browser.sees("There is nothing at /nowhere.").await;
    browser.go("/licenses").await;
    browser.sees("No licenses to manage").await;
    browser.close().await;
}

/// What went wrong is told in the frame of all pages, in words for people, with a way on.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_leads_on() {
    let stage = Stage::with_help("https://help.example.org/seats", "mailto:support@example.org").await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    let nowhere = "01920000-0000-7000-8000-000000000000";
    for path in [format!("imports/{nowhere}"), "imports/x".to_owned(), "nowhere".to_owned()] {
        browser.go(&stage.path(&format!("/licenses/{{L}}/{path}"))).await;
        browser.sees("There is nothing here").await;
        let told = browser.text().await;
        for said in
            [&format!("You are signed in as {ADMIN}."), "To the license", "Use another account", "Contact"]
        {
            assert!(told.contains(said), "{said}: {told}");
        }
        assert!(!told.contains("seatbook imports") && !told.contains("Ids look like"), "{told}");
        assert_eq!(browser.count("header.top").await, 1);
    }
    browser.press("To the license").await;
    browser.sees("Nobody is on this license yet").await;
    browser.leave().await;
}

/// Bytes on the wire when somebody looks for the first time, everything counted.
const FIRST_VIEW: u64 = 100_000;

#[tokio::test(flavor = "multi_thread")]
async fn the_first_view_of_a_full_page_of_the_list_takes_little_and_the_next_takes_less() {
    let stage = Stage::with_seats(200).await;
    let list: Vec<String> = (1..=120).map(|n| format!("pupil{n:03}@school.example")).collect();
    let position = stage.service.paste(&list.join("\n")).await.position();
    stage.service.users(position, "").await;
    let browser = stage.stranger(Like::WIDE).await;
    let taken = "return performance.getEntriesByType('navigation')
                     .concat(performance.getEntriesByType('resource').filter((it) => !it.name.includes('/changes')))
                     .reduce((sum, it) => sum + it.transferSize, 0)";
    let bytes = async || browser.run(taken).await.as_u64().expect("bytes");
    browser.go("/sign-in").await;
    let sign_in = bytes().await;
    browser.fill("#code", &stage.code(ADMIN).await).await;
    browser.press("Sign in").await;
    browser.sees("Manage License").await;
    let licenses = bytes().await;
    browser.go(&stage.path("/licenses/{L}/users")).await;
    browser.sees("1–50 of 120 people").await;
    let list = bytes().await;
    println!(
        "signing in {sign_in} bytes, the licenses {licenses}, a page of 50 people {list}, each with what was not there before"
    );
    assert!(sign_in + licenses + list <= FIRST_VIEW, "{sign_in}, {licenses} and {list} bytes");
    // Whoever comes by an address of one page for the first time.
    let alone = "return performance.getEntriesByType('navigation')
                     .concat(performance.getEntriesByType('resource').filter((it) => !it.name.includes('/changes')))
                     .reduce((sum, it) => sum + it.encodedBodySize + 300, 0)";
    for page in ["users", "audit", "audit/then", "audit/difference", "settings", "add/csv", "imports"] {
        browser.go(&stage.path(&format!("/licenses/{{L}}/{page}"))).await;
        let bytes = browser.run(alone).await.as_u64().expect("bytes");
        println!("{page} alone {bytes} bytes");
        assert!(bytes <= FIRST_VIEW, "{page}: {bytes} bytes");
    }
    browser.go(&stage.path("/licenses/{L}/users?status=accepted")).await;
    browser.sees("1–50 of 120 people").await;
    let files = "return performance.getEntriesByType('resource').filter((it) => it.name.includes('/assets/'))
                     .reduce((sum, it) => sum + it.transferSize, 0)";
    assert_eq!(browser.run(files).await.as_u64(), Some(0), "what has an address with a hash is kept");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn help_and_contact_are_where_the_operator_says() {
    let (help, contact) = ("https://help.example.org/seats", "mailto:support@example.org");
    let stage = Stage::with_help(help, contact).await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    for (called, to) in [("Help", help), ("Contact", contact)] {
        let link = browser.find(&format!("footer a[href='{to}']")).await;
        assert_eq!(link.text().await.expect("text"), called);
    }
    // Whoever can't sign in needs them most.
    browser.press(ADMIN).await;
    browser.press("Sign out").await;
    browser.sees("You are signed out.").await;
    for to in [help, contact] {
        browser.find(&format!("footer a[href='{to}']")).await;
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_stands_open_in_another_tab_is_empty_once_somebody_signs_out() {
    let stage = Stage::with_seats(20).await;
    stage.service.paste("ada@school.example").await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/users")).await;
    browser.sees("ada@school.example").await;
    let list = browser.client.window().await.expect("a tab");
    let other = browser.client.new_window(true).await.expect("another tab").handle;
    browser.client.switch_to_window(other).await.expect("it is there");
    browser.go("/licenses").await;
    browser.press(ADMIN).await;
    browser.press("Sign out").await;
    browser.sees("Sign in to Seatbook").await;
    browser.client.switch_to_window(list).await.expect("it is there");
    browser.sees("Sign in to Seatbook").await;
    browser.sees_no("ada@school.example").await;
    browser.close().await;
}

/// Names do not stay on the screen of somebody whose session was ended elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_stands_open_goes_once_the_session_is_ended() {
    let stage = Stage::with_seats(20).await;
    stage.service.paste("ada@school.example").await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/users")).await;
    browser.sees("ada@school.example").await;
    stage.service.post("/api/v1/sessions/end", None, json!({ "email": ADMIN })).await;
    browser.sees("Sign in").await;
    browser.sees_no("ada@school.example").await;
    browser.leave().await;
}

/// A list that was being typed while the session ended: it is sent again once somebody has signed in elsewhere.
async fn keeps_what_was_entered(like: Like) {
    let stage = Stage::with_seats(20).await;
    let browser = stage.person(ADMIN, like).await;
    browser.go(&stage.path("/licenses/{L}/add")).await;
    browser.fill("#emails", "ada@school.example\nguest@else.example").await;
    stage.service.post("/api/v1/sessions/end", None, json!({ "email": ADMIN })).await;
    browser.press("Add").await;
    browser.sees("You were signed out").await;
    browser.sees("So nothing was done of what you ordered: Add Users.").await;
    browser.sees("E-mail addresses").await;
    if like.scripts {
        // It stands where it was entered.
        let kept = browser.find("#emails").await.prop("value").await.expect("an answer");
        assert_eq!(kept.as_deref(), Some("ada@school.example\nguest@else.example"));
    } else {
        browser.sees("ada@school.example, guest@else.example").await;
    }
    let list = browser.client.window().await.expect("a tab");
    browser.press("Sign in on another page").await;
    browser.until("another tab", || async { Ok(browser.client.windows().await?.len() == 2) }).await;
    let tabs = browser.client.windows().await.expect("tabs");
    let other = tabs.into_iter().find(|tab| *tab != list).expect("another tab");
    browser.client.switch_to_window(other).await.expect("it is there");
    browser.fill("#code", &stage.code(ADMIN).await).await;
    browser.press("Sign in").await;
    browser.sees("Add Users").await;
    browser.client.switch_to_window(list).await.expect("it is there");
    browser.press(if like.scripts { "Add" } else { "Send it again" }).await;
    browser.sees("Done: 1 joined at once, 1 invited.").await;
    // The browser has told of the answer that refused, as it does: this one is not asked what it complains about.
    browser.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_entered_when_the_session_ended_is_not_lost() {
    keeps_what_was_entered(Like::WIDE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_entered_when_the_session_ended_is_not_lost_without_scripts() {
    keeps_what_was_entered(Like::WITHOUT_SCRIPTS).await;
}
