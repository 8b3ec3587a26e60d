//! What pages say of what was done, and of what would be: the right number of the right people, and no more than is so.

use serde_json::json;

use crate::{
    browser::{Browser, Like},
    service::ADMIN,
    stage::Stage,
};

const GUEST: &str = "rosa@else.example";

/// How the last thing that was told looks.
async fn look(browser: &Browser) -> String {
    let classes = browser.find(".toast").await.attr("class").await.expect("an answer").expect("classes");
    classes.trim_start_matches("toast ").to_owned()
}

async fn tick(browser: &Browser, person: &str) {
    let box_of = format!("input[aria-label='Choose {person}']");
    browser.find(&box_of).await.click().await.expect("it is ticked");
}

/// Presses a button that scripts have taken away, because it would do nothing to anybody: without them it is there.
async fn press_unoffered(browser: &Browser, what: &str) {
    assert_eq!(
        browser.run(&format!("return document.querySelector('[name=do][value={what}]').hidden")).await,
        true
    );
    browser.run(&format!("document.querySelector('[name=do][value={what}]').click()")).await;
}

/// 25 have joined, 22 are invited.
async fn mixed(stage: &Stage) -> u64 {
    let joined = (0..25).map(|n| format!("pupil{n:02}@school.example\n"));
    let invited = (0..22).map(|n| format!("guest{n:02}@else.example\n"));
    let position = stage.service.paste(&joined.chain(invited).collect::<String>()).await.position();
    stage.service.users(position, "").await;
    position
}

/// Who is ticked stays so while one looks for the others, and on the way back from the question; an order ends it.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_ticked_stays_so_through_searches_pages_and_the_way_back() {
    let stage = Stage::with_seats(80).await;
    mixed(&stage).await;
    let more = (0..20).map(|n| format!("zora{n:02}@school.example\n")).collect::<String>();
    let position = stage.service.paste(&more).await.position();
    stage.service.users(position, "").await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/users")).await;
    tick(&browser, "guest03@else.example").await;
    browser.sees("1 person is ticked:").await;
    browser.press("Next page").await;
    browser.sees("51–67 of 67 people").await;
    browser.sees("1 person is ticked, not on this page:").await;
    tick(&browser, "zora05@school.example").await;
    browser.sees("2 people are ticked, 1 of them not on this page:").await;
    browser.fill("#q", "pupil07").await;
    browser.sees("1 person").await;
    browser.sees_no("zora05").await;
    tick(&browser, "pupil07@school.example").await;
    browser.sees("3 people are ticked, 2 of them not on this page:").await;
    browser.press("Remove").await;
    for person in ["guest03@else.example", "zora05@school.example", "pupil07@school.example"] {
        browser.sees(person).await;
    }
    browser.sees("Remove 3 people?").await;
    browser.press("Go back").await;
    browser.sees("3 people are ticked, 2 of them not on this page:").await;
    browser.press("Untick all").await;
    browser.go(&stage.path("/licenses/{L}/users")).await;
    assert_eq!(browser.count("input[name=person]:checked").await, 0);
    // All that match stay meant on the way back and on its other pages, and are others for another search.
    browser.fill("#q", "pupil").await;
    browser.sees("25 people").await;
    tick(&browser, "pupil03@school.example").await;
    browser.find("#all").await.click().await.expect("all that match");
    browser.press("Remove").await;
    browser.sees("Remove all 25 people that match?").await;
    browser.press("Go back").await;
    browser.sees("All who match are chosen:").await;
    assert_eq!(browser.count("input[name=person]:checked").await, 25);
    browser.fill("#q", "guest").await;
    browser.sees("22 people").await;
    browser.sees("1 person is ticked, not on this page:").await;
    assert_eq!(browser.count("input[name=person]:checked").await, 0);
    // Once it was ordered, nobody is ticked, wherever that is told; and Back ticks nobody else.
    tick(&browser, "guest03@else.example").await;
    browser.press("Remove").await;
    browser.press("Remove 2 people").await;
    browser.sees("Done: 2 removed.").await;
    // Whoever listens to the page hears it as well.
    let said = async || {
        let said = browser.run("return document.getElementById('said').textContent").await;
        Ok(said.as_str().is_some_and(|said| said.starts_with("Done: 2 removed.")))
    };
    browser.until("what is read out", said).await;
    assert_eq!(browser.count(".selected.on").await, 0);
    browser.run("history.go(-2)").await;
    browser.sees("Users").await;
    tick(&browser, "guest04@else.example").await;
    browser.sees("1 person is ticked:").await;
    // Who was removed on their own page does not come back with others.
    browser.press("guest04@else.example").await;
    browser.press("Remove").await;
    browser.press("Remove guest04@else.example").await;
    browser.sees("Done: 1 removed.").await;
    browser.go(&stage.path("/licenses/{L}/users")).await;
    assert_eq!(browser.count(".selected.on").await, 0);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_invites_are_withdrawn_is_counted_and_listed_without_those_who_have_none() {
    let stage = Stage::with_seats(50).await;
    mixed(&stage).await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/users")).await;
    let all = "input[aria-label='Choose everybody on this page']";
    browser.find(all).await.click().await.expect("all are ticked");
    browser.sees("Select all 47 people").await;
    browser.press("Withdraw invites").await;
    browser.sees("Withdraw the invites of 22 people?").await;
    browser.sees("22 Will be withdrawn").await;
    browser.sees("and 2 more").await;
    browser.sees("25 others who are ticked stay as they are: no invite is open.").await;
    assert_eq!(browser.count(".names li").await, 21);
    assert!(!browser.text().await.contains("pupil"), "no pupil has an invite");
    browser.press("Withdraw the invites of 22 people").await;
    browser.sees("Done: 22 withdrawn.").await;
    assert_eq!(look(&browser).await, "good");
    // Of nobody who is left there is an invite; one person is named.
    browser.go(&stage.path("/licenses/{L}/users")).await;
    tick(&browser, "pupil00@school.example").await;
    press_unoffered(&browser, "withdraw").await;
    browser.sees("Nothing changed: none of them has an open invite.").await;
    assert_eq!(look(&browser).await, "neutral");
    // Nothing was done to them, and they are ticked still.
    browser.sees("1 person is ticked:").await;
    browser.press("Remove").await;
    browser.sees("Remove pupil00@school.example?").await;
    browser.press("Remove pupil00@school.example").await;
    browser.sees("Done: 1 removed.").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_done_looks_done() {
    let stage = Stage::with_seats(2).await;
    let position = stage.service.paste("ada@school.example").await.position();
    stage.service.users(position, "").await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/users")).await;
    tick(&browser, "ada@school.example").await;
    press_unoffered(&browser, "add").await;
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

/// The time that an account says of an invite or a license.
async fn since(browser: &Browser) -> String {
    let time = browser.find("section[aria-labelledby=invites-title] time").await;
    time.attr("datetime").await.expect("an answer").expect("a time")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_says_since_when_somebody_is_invited_and_how_they_went() {
    let stage = Stage::with_seats(9).await;
    let service = &stage.service;
    let position = service.paste(GUEST).await.position();
    service.users(position, "").await;
    let browser = stage.person(GUEST, Like::WIDE).await;
    browser.go("/account").await;
    let invited = since(&browser).await;
    // The page says seconds.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    for what in ["close", "reopen"] {
        service.post(&format!("/api/v1/invites/{{L}}/{what}"), Some(GUEST), json!({})).await;
    }
    browser.go("/account").await;
    assert_eq!(since(&browser).await, invited);
    let withdrawn =
        service.send_text("/api/v1/licenses/{L}/imports?mode=withdraw", ADMIN, "text/plain", GUEST).await;
    service.users(withdrawn.position(), "").await;
    browser.go("/account").await;
    browser.sees("An admin withdrew your invite").await;
    // What they ask for now is answered in words that fit them.
    let answer = service.post("/api/v1/invites/{L}/accept", Some(GUEST), json!({})).await;
    assert_eq!(
        answer.text("hint"),
        "An admin of the license can send a new invite; with the license key, nobody needs one."
    );
    browser.close().await;
}

/// How somebody went is said in one word, to them and to who looks after the license.
#[tokio::test(flavor = "multi_thread")]
async fn who_left_is_not_called_removed() {
    let stage = Stage::with_seats(9).await;
    let service = &stage.service;
    service.paste("leaves@school.example removed@school.example withdrawn@else.example").await;
    service.post("/api/v1/licenses/{L}/leave", Some("leaves@school.example"), json!({})).await;
    let removed = json!({ "emails": ["removed@school.example"] });
    let removed = service.post("/api/v1/licenses/{L}/users/remove", Some(ADMIN), removed).await;
    assert!(removed.status.is_success(), "{}", removed.body);
    let withdrawn = json!({ "email": "withdrawn@else.example" });
    let last = service.post("/api/v1/licenses/{L}/users/withdraw", Some(ADMIN), withdrawn).await;
    service.users(last.position(), "").await;
    let admin = stage.person(ADMIN, Like::WIDE).await;
    for (who, word) in
        [("leaves@school", "Left"), ("removed@school", "Removed"), ("withdrawn@else", "Withdrawn")]
    {
        let who = format!("{who}.example");
        admin.go(&stage.path(&format!("/licenses/{{L}}/why?email={who}"))).await;
        let on_their_page = admin.find(".who-card .badge").await.text().await.expect("a word");
        let own = stage.person(&who, Like::WIDE).await;
        own.go("/account").await;
        let told = own.find("section[aria-labelledby=licenses-title] .badge").await;
        assert_eq!((on_their_page.as_str(), told.text().await.expect("a word").as_str()), (word, word));
        own.close().await;
    }
    admin.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_license_where_a_key_of_theirs_was_refused_is_none_of_theirs() {
    let stage = Stage::with_seats(1).await;
    let service = &stage.service;
    service.paste("ada@school.example").await;
    let key = json!({"license_key": service.key});
    let refused = service.post("/api/v1/join", Some(GUEST), key).await;
    assert_eq!(refused.text("code"), "seat_limit");
    let position = refused.body["position"].as_u64().expect("it is recorded");
    service.users(position, "").await;
    let browser = stage.person(GUEST, Like::WIDE).await;
    browser.go("/account").await;
    browser.sees("You are on no license.").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_pasted_into_a_tab_that_shows_the_page_signs_in() {
    let stage = Stage::with_seats(1).await;
    let browser = stage.stranger(Like::WIDE).await;
    browser.go("/sign-in").await;
    browser.sees("Send me a link").await;
    let code = stage.code(ADMIN).await;
    browser.go(&format!("/sign-in#{code}")).await;
    browser.sees_no("Send me a link").await;
    // There is nothing to be read in a code, and nothing to be entered.
    browser.sees("The link of the e-mail is at hand.").await;
    browser.sees_no("The code in the e-mail").await;
    assert_eq!(browser.here().await, "/sign-in");
    // A button of a page that holds little is no higher than others.
    let height = browser.run("return document.querySelector('form:not([hidden]) button').offsetHeight").await;
    assert!(height.as_u64().is_some_and(|height| height < 45), "{height}");
    browser.press("Sign in").await;
    browser.sees("Riverside").await;
    browser.close().await;
}

/// Every tab of a license, and every filter, can be seen on a phone without anybody knowing that they can be moved.
#[tokio::test(flavor = "multi_thread")]
async fn tabs_and_filters_end_within_the_screen_of_a_phone() {
    let stage = Stage::with_seats(1).await;
    for width in [390, 320] {
        let browser = stage.person(ADMIN, Like { width, ..Like::PHONE }).await;
        for page in ["users", "audit", "add/csv"] {
            browser.go(&stage.path(&format!("/licenses/{{L}}/{page}"))).await;
            browser.find(".tabs a").await;
            let beyond = "return [...document.querySelectorAll('.tabs a, .segments a')]
                .filter((a) => a.getBoundingClientRect().right > innerWidth).map((a) => a.textContent)";
            assert_eq!(browser.run(beyond).await, json!([]), "{page} at {width}");
        }
        browser.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_stand_in_lines_and_what_is_asked_has_one_of_its_own() {
    let stage = Stage::with_seats(9).await;
    let import = stage.service.paste("ada@school.example").await.text("import_id");
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path(&format!("/licenses/{{L}}/imports/{import}"))).await;
    browser.press("Undo").await;
    let wide = "const ask = document.querySelector('.ask[open]'); return ask.offsetWidth === ask.parentElement.clientWidth";
    assert_eq!(browser.run(wide).await, json!(true));
    browser.go(&stage.path("/licenses/{L}/audit")).await;
    browser.find(".filters").await;
    let lines = "const fields = [...document.querySelectorAll('.filters .field :is(input, select)')];
        return ['offsetHeight', 'offsetTop'].map((of) => new Set(fields.map((field) => field[of])).size)";
    assert_eq!(browser.run(lines).await, json!([1, 2]));
    browser.close().await;
}

/// Where no key lets anybody in, nobody is told to enter one; and where nobody can join, no key is called one to be handed out.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_spoken_of_where_it_opens_something() {
    let stage = Stage::with_seats(2).await;
    let service = &stage.service;
    let position = service.paste(&format!("ada@school.example {GUEST}")).await.position();
    service.users(position, "").await;
    let admin = stage.person(ADMIN, Like::WIDE).await;
    admin.go(&stage.path("/licenses/{L}/add/key")).await;
    admin.press("Issue the key").await;
    admin.sees("The key was issued. Just now nobody can join with it: why stands on this page.").await;
    admin.close().await;
    let license = service.get("/api/v1/licenses/{L}", None).await;
    for key in license.body["keys"].as_array().expect("keys") {
        let path = format!("/api/v1/licenses/{{L}}/keys/{}/revoke", key["key_id"].as_str().expect("an id"));
        let revoked = service.post(&path, Some(ADMIN), json!({})).await;
        assert!(revoked.status.is_success(), "{}", revoked.body);
    }
    let guest = stage.person(GUEST, Like::WIDE).await;
    guest.go("/account").await;
    guest.press("Decline the invite to Riverside").await;
    guest.press("Decline the invite").await;
    guest.sees("If you change your mind, ask to be added again.").await;
    guest.close().await;
    let ada = stage.person("ada@school.example", Like::WIDE).await;
    ada.go("/account").await;
    ada.press("Leave Riverside").await;
    ada.press("Leave Riverside").await;
    ada.sees("and your seat is free. To come back, ask an admin.").await;
    ada.close().await;
}

/// An address that nobody has leaves the list where it is, with what is wrong.
#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_can_not_be_asked_for_is_told_on_the_list() {
    let stage = Stage::with_seats(9).await;
    let position = stage.service.paste("ada@school.example").await.position();
    stage.service.users(position, "").await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/users?added_by=dana")).await;
    browser.sees("Added by: \"dana\"").await;
    browser.press("Show everybody").await;
    browser.sees("ada@school.example").await;
    for (filter, field) in [("member=eve", "member"), ("from=2026-09-02&to=2026-09-01", "from")] {
        browser.go(&stage.path(&format!("/licenses/{{L}}/audit?{filter}"))).await;
        browser.find(&format!("#{field}[aria-invalid=true][aria-describedby=problem]")).await;
        assert_eq!(browser.count("[aria-invalid=true]").await, 1, "{filter}");
        assert_eq!(browser.run("return document.activeElement.id").await, field, "where the mistake is");
    }
    browser.leave().await;
}

/// One import is told from another, and whoever was removed from a full license is not left without a way back.
#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_list_is_known_by_its_first_people_and_who_went_may_come_back_once_a_seat_is_free() {
    let stage = Stage::with_seats(4).await;
    let people = ["ada", "ben", "cleo", "dan"].map(|name| format!("{name}@school.example"));
    stage.service.paste(&people.join(", ")).await;
    stage.service.send_text("/api/v1/licenses/{L}/users/remove", ADMIN, "text/plain", &people[0]).await;
    let position = stage.service.paste(GUEST).await.position();
    stage.service.users(position, "").await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/imports")).await;
    browser.sees("ada@school.example, ben@school.example, and others").await;
    browser.go(&stage.path(&format!("/licenses/{{L}}/why?email={}", people[0]))).await;
    browser.sees("An admin frees a seat").await;
    browser.sees("Once a seat is free, an admin can add them").await;
    browser.close().await;
}
