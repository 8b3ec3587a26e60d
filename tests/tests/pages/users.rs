//! The user list.

use std::{
    env,
    time::{Duration, Instant},
};

use crate::{
    browser::{Browser, Like},
    service::ADMIN,
    stage::Stage,
};

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
    let begins = || async { Ok(browser.run("return scrollY").await.as_f64().is_some_and(|y| y < 400.0)) };
    browser.until("the page to be shown from its beginning", begins).await;
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
    browser.press("Rejected 0").await;
    browser.sees("Nobody has this status just now.").await;
    browser.press("Show everybody").await;
    browser.press("Invited 2").await;
    browser.sees("2 people").await;
    // A filter that is on is the one that is chosen.
    browser.go(&stage.path("/licenses/{L}/users?admission=license_key")).await;
    browser.sees("Nobody came in this way just now.").await;
    assert_eq!(browser.run("return document.getElementById('admission').value").await, "license_key");
    browser.go(&stage.path("/licenses/{L}/users?q=else&status=invited")).await;
    browser.sees("2 people").await;
    // From somebody's page, back to them.
    browser.press("yan@else.example").await;
    browser.press("All users").await;
    browser.sees("2 people").await;
    let first = || async { browser.find("tbody th").await.text().await };
    browser.press("E-mail").await;
    browser.until("the last first", || async { Ok(first().await? == "Zoe@else.example") }).await;
    browser.close().await;
}

/// Searches are answered half a second later.
const SLOW: &str = "const whole = window.fetch;
    window.fetch = async (...asked) => {
        const answer = await whole(...asked);
        if (String(asked[0]).includes('q=')) await new Promise((over) => setTimeout(over, 500));
        return answer;
    };";

/// Whoever presses Enter at once, types on while an answer takes long, or goes to another list meanwhile is shown what they asked
/// for last.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_is_searched_however_fast_somebody_goes_on() {
    let stage = Stage::with_seats(200).await;
    people(&stage).await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    let list = stage.path("/licenses/{L}/users");
    let types = |text: &str, then: &str| {
        format!(
            "const field = document.getElementById('q');
             field.focus();
             field.value = '{text}';
             field.dispatchEvent(new Event('input', {{ bubbles: true }}));
             {then}"
        )
    };
    let stays = async |said: &str, address: &str| {
        browser.sees(said).await;
        // What was to be looked at a while after typing would have come by now.
        tokio::time::sleep(Duration::from_millis(600)).await;
        browser.sees(said).await;
        assert!(browser.here().await.ends_with(address), "{}", browser.here().await);
    };
    browser.go(&list).await;
    browser.run(&types("pupil01", "field.form.requestSubmit()")).await;
    stays("10 people", "/users?q=pupil01").await;
    browser.go(&list).await;
    browser.run(&types("else", "document.querySelector('#list-Invited').click()")).await;
    stays("2 people", "/users?status=invited&q=else").await;
    browser.run(&types("pupil01", "document.querySelector('#list-Accepted').click()")).await;
    stays("10 people", "/users?q=pupil01&status=accepted").await;
    // A search is of everybody, however those came in who were shown before; and another page is one of it.
    browser.go(&format!("{list}?admission=domain_admin")).await;
    browser.run(&types("pupil01", "document.querySelector('#by-added').click()")).await;
    stays("10 people", "/users?sort=added_desc&q=pupil01").await;
    browser.go(&list).await;
    browser.run(&types("pupil01", "document.querySelector('.pages a').click()")).await;
    stays("10 people", "/users?q=pupil01").await;
    browser.go(&list).await;
    browser.run(SLOW).await;
    let chooses = "document.querySelector('#list-Invited').click();
                   setTimeout(() => document.querySelector('#list-Accepted').click(), 100)";
    browser.run(&types("pupil01", chooses)).await;
    stays("10 people", "/users?status=accepted&q=pupil01").await;
    browser.go(&list).await;
    browser.run(SLOW).await;
    browser.run(&types("pupil0", "")).await;
    // It is asked, and the answer is there just before the next is asked for.
    tokio::time::sleep(Duration::from_millis(600)).await;
    browser.run(&types("pupil01", "")).await;
    stays("10 people", "/users?q=pupil01").await;
    browser.close().await;
}

/// A browser would have to send the order once more to show such a page again.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_back_to_a_page_that_answered_an_order_sees_where_it_was_given() {
    let stage = Stage::with_seats(200).await;
    people(&stage).await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/users?q=pupil01")).await;
    browser.sees("10 people").await;
    browser.find("tbody input[name=person]").await.click().await.expect("it is ticked");
    browser.press("Remove").await;
    browser.sees("Remove pupil010@school.example?").await;
    browser.go("/licenses").await;
    browser.sees("Manage License").await;
    // As the browser may have kept it; loaded again, it is the list.
    browser.run("history.back()").await;
    browser.sees("pupil010@school.example").await;
    assert!(browser.here().await.ends_with("/users?q=pupil01"));
    browser.run("location.reload()").await;
    browser.sees("10 people").await;
    // A token is made once, however often the page is loaded again.
    browser.go("/account/tokens").await;
    browser.fill("#token-name", "Nightly sync").await;
    browser.press("Make the token").await;
    browser.sees("Your new token").await;
    browser.run("location.reload()").await;
    browser.sees_no("Your new token").await;
    browser.sees("Nightly sync").await;
    assert_eq!(browser.count("form[action$='/revoke']").await, 1);
    browser.close().await;
}

/// A network that fails for a while takes nothing off the screen.
#[tokio::test(flavor = "multi_thread")]
async fn a_search_goes_on_once_the_network_is_there_again() {
    let stage = Stage::with_seats(20).await;
    people(&stage).await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/users")).await;
    browser
        .run("window.whole = window.fetch; window.fetch = () => Promise.reject(new TypeError('gone'))")
        .await;
    browser.fill("#q", "nobody-of-them").await;
    browser.sees("Seatbook can't be reached. It is tried again every few seconds.").await;
    browser.find("table").await;
    browser.run("window.fetch = window.whole").await;
    browser.sees("Nobody fits").await;
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

/// So many people, unless somebody asks for another number.
const MILLION: u32 = 1_000_000;

/// Uploads a file of so many people, and waits until all of them are on the list.
async fn many(stage: &Stage, people: u32) {
    let rows =
        (0..people).map(|n| format!("{:07}.pupil{n}@school.example\n", n.wrapping_mul(7_919) % 9_999_991));
    let file = std::iter::once("Email\n".to_owned()).chain(rows).collect::<String>();
    let path = "/api/v1/licenses/{L}/imports";
    let import = stage.service.send_text(path, ADMIN, "text/csv", &file).await.text("import_id");
    let path = format!("{path}/{import}");
    while stage.service.get(&path, None).await.body["ended_at"].is_null() {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// How long somebody waits for something.
async fn waits(browser: &Browser, what: &str, wanted: &str, does: impl AsyncFnOnce()) {
    let begun = Instant::now();
    does().await;
    browser.sees(wanted).await;
    println!("{what}: {} ms", begun.elapsed().as_millis());
}

/// Lists are read forwards; whoever goes back goes the way that they came.
#[tokio::test(flavor = "multi_thread")]
async fn pages_are_turned_forwards_and_back() {
    let stage = Stage::with_seats(200).await;
    let people: String = (100..260).map(|n| format!("p{n}@school.example\n")).collect();
    let position = stage.service.paste(&people).await.position();
    stage.service.users(position, "").await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/users")).await;
    browser.sees("1–50 of 160 people").await;
    browser.sees_no("Previous page").await;
    for (way, shown) in [
        ("Next page", "51–100 of 160 people"),
        ("Next page", "101–150 of 160 people"),
        ("Next page", "151–160 of 160 people"),
        ("Previous page", "101–150 of 160 people"),
        ("Previous page", "51–100 of 160 people"),
        ("Next page", "101–150 of 160 people"),
        ("Previous page", "51–100 of 160 people"),
        ("Previous page", "1–50 of 160 people"),
    ] {
        browser.press(way).await;
        browser.sees(shown).await;
    }
    browser.sees("p100@school.example").await;
    // From what somebody searched for, the way back leads to the page on which they began to type.
    browser.press("Next page").await;
    browser.sees("51–100 of 160 people").await;
    browser.fill("#q", "p10").await;
    browser.sees("10 people").await;
    browser.keys("1").await;
    browser.sees("1 person").await;
    browser.run("history.back()").await;
    browser.sees("51–100 of 160 people").await;
    // What only orders are sent to leads to the page above it.
    for (order, page) in [
        ("/licenses/{L}/people", "/licenses/{L}/users"),
        ("/licenses/{L}/add/csv/check", "/licenses/{L}/add/csv"),
        ("/licenses/{L}/settings/name", "/licenses/{L}/settings"),
        ("/account/join", "/account"),
    ] {
        browser.go(&stage.path(order)).await;
        assert_eq!(browser.here().await, stage.path(page));
    }
    browser.close().await;
}

/// `SEATBOOK_PEOPLE=1000000 cargo test --release -p seatbook-tests --test pages million -- --ignored --nocapture`
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a million people take a minute to come, in an optimised build"]
async fn the_list_works_the_same_with_a_million_people() {
    let people = env::var("SEATBOOK_PEOPLE").map_or(MILLION, |text| text.parse().expect("a number"));
    let all = domain::number::grouped(u64::from(people));
    let stage = Stage::with_seats(u64::from(people) + 10).await;
    many(&stage, people).await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    let list = stage.path("/licenses/{L}/users");
    waits(&browser, "the list", &format!("1–50 of {all} people"), async || browser.go(&list).await).await;
    let next = format!("51–100 of {all} people");
    waits(&browser, "the next page", &next, async || browser.press("Next page").await).await;
    let sorted = async || browser.press("Added").await;
    waits(&browser, "sorted by when they came", &format!("1–50 of {all} people"), sorted).await;
    let newest = format!("pupil{}@school.example", people - 1);
    waits(&browser, "one of them, as one types", "1 person", async || browser.fill("#q", &newest).await)
        .await;
    waits(&browser, "many of them", "or more", async || browser.fill("#q", "school").await).await;
    waits(&browser, "nobody", "Nobody fits", async || browser.fill("#q", "nobody-at-all").await).await;
    browser.press("Show everybody").await;
    waits(&browser, "one more, live", &newest, async || {
        browser.go(&format!("{list}?sort=added_desc")).await;
        browser.sees(&newest).await;
        stage.service.paste("zoe@else.example").await;
        browser.sees("zoe@else.example").await;
    })
    .await;
    browser.press("Invited 1").await;
    browser.sees("1 person").await;
    browser.find("input[aria-label='Choose everybody on this page']").await.click().await.expect("all");
    browser.press("Withdraw invites").await;
    browser.press("Withdraw the invite of zoe@else.example").await;
    browser.sees("1 withdrawn").await;
    browser.close().await;
}
