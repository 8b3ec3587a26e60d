//! How a license is set up, what opens it, and by what people sign in.

use serde_json::json;

use crate::{
    browser::{Browser, Like},
    service::ADMIN,
    stage::Stage,
};

const OPERATOR: &str = "otto@seats.example";

async fn sets_up(like: Like) {
    let stage = Stage::with_seats(20).await;
    let browser = stage.person(ADMIN, like).await;
    let settings = stage.path("/licenses/{L}/settings");
    browser.go(&settings).await;
    browser.fill("#license-name", "Riverside North").await;
    browser.press("Rename").await;
    browser.sees("The license is called \"Riverside North\" now.").await;
    browser.fill("#admin-email", "bea@school.example").await;
    browser.press("Make admin").await;
    browser.sees("bea@school.example is an admin now.").await;
    browser.fill("#admin-email", "bea@school.example").await;
    browser.press("Make admin").await;
    browser.sees("Nothing has changed. bea@school.example is an admin.").await;
    browser.press("Revoke bea@school.example").await;
    browser.sees("bea@school.example can no longer administer this license").await;
    browser.press("Revoke").await;
    browser.sees("bea@school.example is no admin any more.").await;
    browser.fill("#staff-email", "vera@audit.example").await;
    browser.press("Give role").await;
    browser.sees("vera@audit.example has the role auditor now.").await;
    browser.press("Revoke auditor vera@audit.example").await;
    browser.sees("can no longer read this license as auditor").await;
    browser.press("Revoke the role").await;
    browser.sees("vera@audit.example does not have the role auditor any more.").await;
    // What can't be done says so beside its form, and what was entered is still there.
    browser.fill("#staff-email", "vera@audit").await;
    browser.press("Give role").await;
    browser.find("#staff [role=alert]").await;
    let kept = browser.find("#staff-email").await.prop("value").await.expect("an answer");
    assert_eq!(kept.as_deref(), Some("vera@audit"));
    // The only admin is not asked whether to go: a license has one at all times.
    browser.sees("A license has an admin at all times").await;
    browser.sees_no("Revoke admin@").await;
    // Seats, plan and term are shown, and are not theirs to change.
    browser.sees("The operator changes these.").await;
    assert_eq!(browser.count("#seats").await, 0);
    browser.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_sets_a_license_up() {
    sets_up(Like::WIDE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_sets_a_license_up_without_scripts() {
    sets_up(Like::WITHOUT_SCRIPTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_changes_seats_term_plan_and_domains_and_the_card_says_what_needs_attention() {
    let stage = Stage::with_seats(20).await;
    let role = json!({"email": OPERATOR, "role": "operator"});
    stage.service.post("/api/v1/installation/roles", None, role).await;
    let browser = stage.person(OPERATOR, Like::WIDE).await;
    // The keys, too, are theirs to issue, and there is a way to them.
    browser.go(&stage.path("/licenses/{L}/settings")).await;
    browser.press("License keys").await;
    browser.sees("Issue a key").await;
    browser.go(&stage.path("/licenses/{L}/settings")).await;
    browser.fill("#seats", "many").await;
    browser.press("Change seats").await;
    browser.sees("\"many\" is no whole number").await;
    assert_eq!(browser.run("return document.querySelector('#seats').value").await, "many");
    browser.fill("#seats", "1").await;
    browser.press("Change seats").await;
    browser.sees("The license has 1 seat now.").await;
    let ends = (chrono::Utc::now().date_naive() + chrono::TimeDelta::days(3)).to_string();
    browser.run(&format!("document.querySelector('#term').value = '{ends}'")).await;
    browser.press("Change term").await;
    browser.sees("The last day of the license is").await;
    browser.fill("#domain", "college.example").await;
    browser.press("Give domain").await;
    browser.sees("administers college.example now.").await;
    stage.service.paste("ada@college.example").await;
    browser.go("/licenses").await;
    browser.sees("It ends in 3 days.").await;
    browser.sees("No seat is free: nobody more can be added.").await;
    // From there a way leads to what the operator can do about it.
    browser.go(&stage.path("/licenses/{L}/settings")).await;
    browser.sees("with a key only those join who are invited").await;
    browser.press("Change its seats").await;
    assert!(browser.here().await.ends_with("/settings#terms"));
    means_it(&browser).await;
    browser.go("/licenses").await;
    browser.sees("On the free plan nobody can be added.").await;
    // Also on the pages of the license.
    browser.go(&stage.path("/licenses/{L}/settings")).await;
    browser.sees("On the free plan nobody can be added, join or accept an invite.").await;
    browser.sees("Change its plan").await;
    browser.leave().await;
}

/// Whoever gives the role back is told what they lose, and is not led to a license that is none of theirs any more.
#[tokio::test(flavor = "multi_thread")]
async fn an_admin_who_takes_the_role_from_themselves_is_told_so() {
    let stage = Stage::with_seats(20).await;
    stage.service.post("/api/v1/licenses/{L}/admins", None, json!({"email": "bea@school.example"})).await;
    let bea = stage.person("bea@school.example", Like::WIDE).await;
    bea.go(&stage.path("/licenses/{L}/settings")).await;
    bea.press("Revoke bea@school.example").await;
    bea.sees("You can no longer open this license").await;
    bea.press("Revoke").await;
    bea.sees("You are no admin of Riverside any more.").await;
    let here = bea.here().await;
    assert_eq!(here.split('#').next(), Some("/licenses"), "{here}");
    bea.close().await;
}

/// Of many licenses one is found by its name, also without scripts; and those of somebody, by whoever sees all.
async fn finds_a_license(like: Like) {
    let stage = Stage::with_seats(20).await;
    let role = json!({"email": OPERATOR, "role": "operator"});
    stage.service.post("/api/v1/installation/roles", None, role).await;
    for n in 1..=25 {
        let license = json!({"name": format!("College {n:02}"), "seats": 5, "admin": "cleo@college.example"});
        stage.service.post("/api/v1/licenses", None, license).await;
    }
    let browser = stage.person(OPERATOR, like).await;
    browser.go("/licenses").await;
    browser.press("Next page").await;
    browser.sees("Riverside").await;
    browser.fill("#q", "LEGE 07").await;
    if !like.scripts {
        browser.press("Search").await;
    }
    browser.sees("College 07").await;
    browser.sees_no("Riverside").await;
    browser.go("/licenses?q=university").await;
    browser.sees("No license fits").await;
    browser.press("Show all licenses").await;
    browser.sees("College 25").await;
    browser.press("More").await;
    browser.fill("#admin", ADMIN).await;
    browser.press("Show these").await;
    browser.sees(&format!("Only licenses that {ADMIN} administers.")).await;
    browser.sees("Riverside").await;
    browser.sees_no("College 25").await;
    browser.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_finds_a_license_among_many() {
    finds_a_license(Like::WIDE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_finds_a_license_among_many_without_scripts() {
    finds_a_license(Like::WITHOUT_SCRIPTS).await;
}

/// What is seldom meant is told before, and done once it is asked for again.
async fn means_it(browser: &Browser) {
    let term = |day: &str| format!("document.querySelector('#term').value = '{day}'");
    browser.run(&term("")).await;
    browser.press("Change term").await;
    browser.sees("the license would have no end any more").await;
    browser.run(&term("2020-01-31")).await;
    browser.press("Change term").await;
    browser.sees("The license would be over since 31 Jan 2020").await;
    let focused =
        || async { Ok(browser.run("return document.activeElement.textContent").await == "Change term") };
    browser.until("the focus on what is to be pressed again", focused).await;
    browser.press("Change term").await;
    browser.sees("The license, whose last day was 31 Jan 2020, is over now.").await;
    browser.fill("#domain", "gmail.com").await;
    browser.press("Give domain").await;
    browser.sees("Anybody can have an address at gmail.com").await;
    browser.sees("Nothing was changed. Press the button again if you mean it.").await;
    browser.sees_no("Take away gmail.com").await;
    assert_eq!(browser.run("return document.querySelectorAll('[aria-invalid]').length").await, 0);
    browser.fill_choice("plan", "free").await;
    browser.press("Change plan").await;
    browser.sees("On the free plan nobody can be added, join or accept an invite").await;
    browser.sees_no("The license is on the free plan now.").await;
    browser.press("Change plan").await;
    browser.sees("The license is on the free plan now.").await;
    browser.fill("#staff-email", "sam@@school.example").await;
    browser.fill_choice("role", "support").await;
    browser.run("document.querySelector('#staff form.row').noValidate = true").await;
    browser.press("Give role").await;
    browser.find("#staff [role=alert]").await;
    assert_eq!(browser.run("return document.querySelector('#staff-role').value").await, "support");
    assert_eq!(browser.run("return document.activeElement.id").await, "staff-email", "where the mistake is");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_asks_for_a_record_that_proves_a_domain_and_drops_it() {
    let stage = Stage::with_seats(20).await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/settings")).await;
    browser.fill("#prove-domain", "co.uk").await;
    browser.press("Prove a domain").await;
    browser.find("#domains [role=alert]").await;
    browser.fill("#prove-domain", "college.example").await;
    browser.press("Prove a domain").await;
    browser.sees("Put the record into the DNS of college.example").await;
    browser.sees("Record awaited").await;
    browser.sees("_seatbook").await;
    browser.press("Drop the record of college.example").await;
    browser.sees("The record will not be looked for any more. Whoever proves college.example").await;
    browser.press("Drop it").await;
    browser.sees("The record of college.example is not looked for any more.").await;
    browser.sees_no("Record awaited").await;
    browser.leave().await;
}

async fn replaces_a_key(like: Like) {
    let stage = Stage::with_seats(20).await;
    let key = json!({"license_key": stage.service.key});
    let position = stage.service.post("/api/v1/join", Some("uma@home.example"), key).await.position();
    stage.service.users(position, "").await;
    let browser = stage.person(ADMIN, like).await;
    browser.go(&stage.path("/licenses/{L}/add/key")).await;
    browser.press("1 joined").await;
    browser.sees("uma@home.example").await;
    browser.press("License keys").await;
    // To the second, so that keys of one day are told apart.
    let label = "return document.querySelector(\"form[action$='/show'] button .unseen\").textContent";
    let label = browser.run(label).await;
    let issued = label.as_str().and_then(|label| label.split_once("issued ")).expect("a moment").1.to_owned();
    assert!(issued.ends_with(" UTC"), "{issued}");
    browser.press(&format!("Show the key issued {issued}")).await;
    browser.sees(&stage.service.key).await;
    // Whoever goes by keyboard goes on at the key.
    let focused = "return document.activeElement.textContent";
    assert_eq!(browser.run(focused).await, stage.service.key.as_str());
    browser.press(&format!("Replace the key issued {issued}")).await;
    let ends = chrono::Utc::now().date_naive() + chrono::TimeDelta::days(9);
    let field = browser.find("input[name=old_ends]").await;
    field.send_keys(&ends.format("%m%d%Y").to_string()).await.expect("a day");
    browser.press("Issue the new key").await;
    browser.sees("The key was issued. Copy it, and hand it out.").await;
    assert_eq!(browser.run("return document.activeElement.matches('.key')").await, true);
    browser.sees(&format!("until {}", ends.format("%-d %b %Y"))).await;
    assert_eq!(browser.count("article.invite").await, 2, "both open the license until then");
    browser.fill("#limit", "3 people").await;
    browser.press("Issue the key").await;
    browser.sees("is no whole number").await;
    assert_eq!(browser.run("return document.activeElement.id").await, "limit", "where the mistake is");
    assert_eq!(browser.count("#limit[aria-invalid=true][aria-describedby=problem]").await, 1);
    let entered = browser.find("#limit").await.prop("value").await.expect("a field");
    assert_eq!(entered.as_deref(), Some("3 people"), "to be corrected");
    browser.fill("#limit", "3").await;
    browser.press("Issue the key").await;
    browser.sees("0 of 3 joined").await;
    browser.press(&format!("Revoke the key issued {issued}")).await;
    browser.press("Revoke the key").await;
    browser.sees("The key is revoked").await;
    browser.sees("Revoked").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_shows_replaces_issues_and_revokes_keys_and_sees_who_came_by_them() {
    replaces_a_key(Like::WIDE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_shows_replaces_issues_and_revokes_keys_without_scripts() {
    replaces_a_key(Like::WITHOUT_SCRIPTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_accounts_and_tokens_are_seen_made_and_ended() {
    let stage = Stage::with_seats(20).await;
    let other = stage.signs_in(ADMIN, Like::PHONE).await;
    let browser = stage.signs_in(ADMIN, Like::WIDE).await;
    browser.go("/account").await;
    browser.press("Accounts").await;
    browser.sees("No account elsewhere signs you in").await;
    browser.go("/account/tokens").await;
    browser.fill("#token-name", "Nightly sync").await;
    browser.find("#scope-write").await.click().await.expect("it is ticked");
    browser.fill("#days", "4000").await;
    browser.press("Make the token").await;
    browser.sees("4000").await;
    assert_eq!(browser.run("return document.activeElement.id").await, "days", "where the mistake is");
    assert_eq!(browser.count("#scope-write:checked").await, 1, "as it was filled in");
    browser.fill("#days", "30").await;
    browser.press("Make the token").await;
    browser.sees("sbk_").await;
    let at_the_token = "return document.activeElement.textContent.includes('sbk_')";
    assert_eq!(browser.run(at_the_token).await, true, "it is there once, and read out");
    browser.go("/account/tokens").await;
    browser.sees("Nightly sync").await;
    browser.sees_no("sbk_").await;
    browser.press("Revoke Nightly sync").await;
    browser.press("Revoke the token").await;
    browser.sees("The token is revoked").await;
    browser.go("/account/sessions").await;
    browser.sees("Chrome on Linux").await;
    assert_eq!(browser.count("form[action$='/end'] button").await, 1, "not of this browser");
    browser.find("li details.ask summary").await.click().await.expect("it is asked");
    browser.sees("That browser is signed out at once.").await;
    browser.press("End the session").await;
    browser.sees("The session has ended").await;
    other.go("/account").await;
    other.sees("Sign in to Seatbook").await;
    other.close().await;
    let others = [stage.signs_in(ADMIN, Like::PHONE).await, stage.signs_in(ADMIN, Like::PHONE).await];
    browser.go("/account/sessions").await;
    browser.press("End all others").await;
    browser.sees("All 2 other browsers are signed out at once.").await;
    browser.press("End all others now").await;
    browser.sees("2 sessions ended").await;
    browser.sees_no("End all others").await;
    for other in others {
        other.go("/account").await;
        other.sees("Sign in to Seatbook").await;
        other.close().await;
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_is_described_on_a_page_of_its_own_and_can_be_tried_out_there() {
    let stage = Stage::with_seats(20).await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.press("API").await;
    browser.sees("/api/v1/licenses/{license_id}/users").await;
    assert_eq!(browser.here().await, "/api/docs/");
    browser.close().await;
}
