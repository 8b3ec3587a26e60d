//! Removing and withdrawing: it is said before from whom.

use std::io::Write;

use crate::{browser::Like, journeys::has_status, service::ADMIN, stage::Stage};

/// A list that is pasted, or a file: it says who will be removed, and is asked for once more.
async fn removes(like: Like) {
    let stage = Stage::with_seats(20).await;
    let position =
        stage.service.paste("ada@school.example\nben@school.example\ncy@school.example").await.position();
    stage.service.users(position, "").await;
    let browser = stage.person(ADMIN, like).await;
    browser.go(&stage.path("/licenses/{L}/remove")).await;
    browser.fill("#emails", "ada@school.example, nobody@school.example").await;
    if !like.scripts {
        browser.press("Check first").await;
    }
    browser.sees("1 Will be removed").await;
    // Who is sure of one list is not of another.
    if like.scripts {
        let changed = "const area = document.getElementById('emails');
                       area.value = 'ben@school.example, cy@school.example';
                       area.dispatchEvent(new Event('input', { bubbles: true }));";
        browser.run(changed).await;
        assert_eq!(browser.count("#preview-body button:enabled").await, 0);
    } else {
        browser.fill("#emails", "ben@school.example, cy@school.example").await;
        browser.press("Remove 1 person").await;
        browser.sees("Nobody was removed: this is not the list about which you were told").await;
    }
    browser.sees("2 Will be removed").await;
    assert_eq!(browser.count("#preview-body button:enabled").await, 1);
    browser.fill("#emails", "ada@school.example, nobody@school.example").await;
    if !like.scripts {
        browser.press("Check first").await;
    }
    browser.sees("1 Will be removed").await;
    browser.press("Remove 1 person").await;
    browser.sees("Done: 1 removed, 1 not on the license.").await;
    let [other, file] = ["ben@school.example", "ben@school.example\ncy@school.example"].map(|rows| {
        let mut file = tempfile::Builder::new().suffix(".csv").tempfile().expect("a file");
        writeln!(file, "Email\n{rows}").expect("rows");
        file
    });
    let [other, path] = [other.path(), file.path()].map(|path| path.to_str().expect("text").to_owned());
    browser.go(&stage.path("/licenses/{L}/remove/csv")).await;
    browser.find("#file").await.send_keys(&other).await.expect("a file is chosen");
    if like.scripts {
        browser.sees("1 Will be removed").await;
        // What was said of one file is gone with it, whether or not the next one can be sent.
        browser.run("window.real = XMLHttpRequest.prototype.send; XMLHttpRequest.prototype.send = function () { this.dispatchEvent(new Event('error')) }").await;
        browser.find("#file").await.send_keys(&path).await.expect("a file is chosen");
        browser.sees("The file could not be sent. Look whether the network is there, and try again.").await;
        assert_eq!(browser.count("#preview-body button, #listed tbody tr").await, 0);
        browser.run("XMLHttpRequest.prototype.send = window.real").await;
        browser.press("Check the file").await;
    } else {
        browser.press("Check the file").await;
        browser.sees("1 Will be removed").await;
        browser.find("#file").await.send_keys(&path).await.expect("a file is chosen");
        browser.press("Remove 1 person").await;
        browser.sees("Nobody was removed: this is not the file about which you were told").await;
    }
    browser.sees("2 Will be removed").await;
    if !like.scripts {
        browser.find("#file").await.send_keys(&path).await.expect("a file is chosen");
    }
    browser.press("Remove 2 people").await;
    browser.sees("Completed").await;
    browser.sees("2 Removed").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_by_a_list_is_said_before() {
    removes(Like::WIDE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_by_a_list_is_said_before_without_scripts() {
    removes(Like::WITHOUT_SCRIPTS).await;
}

async fn has_status_in_api(stage: &Stage, person: &str, status: &str) {
    let found = stage.service.get(&format!("/api/v1/licenses/{{L}}/users?search={person}"), None).await;
    assert_eq!(found.body["items"][0]["status"], status, "{}", found.body);
}

/// Some are ticked and removed: it says first from how many; all that match are withdrawn.
#[tokio::test(flavor = "multi_thread")]
async fn an_admin_removes_some_and_all_that_match_after_being_asked() {
    let stage = Stage::with_seats(20).await;
    let people = "ada@school.example\nben@school.example\nx1@else.example\nx2@else.example\nx3@else.example";
    let position = stage.service.paste(people).await.position();
    stage.service.users(position, "").await;
    let admin = stage.person(ADMIN, Like::WIDE).await;
    admin.go(&stage.path("/licenses/{L}/users")).await;
    for person in ["ada@school.example", "x1@else.example"] {
        admin
            .find(&format!("input[aria-label='Choose {person}']"))
            .await
            .click()
            .await
            .expect("it is ticked");
    }
    admin.sees("2 people are ticked:").await;
    // An invite can be withdrawn, and nobody who is ticked has declined.
    let offered = "return [...document.querySelectorAll('.selected button')].filter((it) => !it.hidden).map((it) => it.value)";
    assert_eq!(admin.run(offered).await, serde_json::json!(["withdraw", "remove"]));
    admin.press("Remove").await;
    admin.sees("Remove 2 people?").await;
    admin.sees("2 Will be removed").await;
    admin.press("Remove 2 people").await;
    admin.sees("Done: 2 removed.").await;
    // Ben has joined, and has no invite that could be withdrawn.
    admin.sees("3 people").await;
    admin
        .find("input[aria-label='Choose everybody on this page']")
        .await
        .click()
        .await
        .expect("all are ticked");
    admin.find("#all").await.click().await.expect("all that match");
    admin.press("Withdraw invites").await;
    admin.sees("Withdraw the invites of all 2 people that match?").await;
    admin.sees("2 Will be withdrawn").await;
    admin.sees("Who matches: status Invited.").await;
    admin.sees("x2@else.example").await;
    // Who is invited meanwhile was not shown: it is asked again.
    let position = stage.service.paste("x4@else.example").await.position();
    stage.service.users(position, "").await;
    admin.press("Withdraw the invites of all 2 people that match").await;
    admin.sees("The list has changed meanwhile: 3 people match now, and 2 when you were asked.").await;
    admin.sees("x4@else.example").await;
    assert_eq!(admin.run("return document.activeElement.tagName").await, "H2");
    has_status_in_api(&stage, "x2@else.example", "invited").await;
    stage
        .service
        .post(
            "/api/v1/licenses/{L}/users/withdraw",
            Some(ADMIN),
            serde_json::json!({"email": "x4@else.example"}),
        )
        .await;
    admin.press("Withdraw the invites of all 3 people that match").await;
    admin.sees("2 people match now, and 3 when you were asked.").await;
    admin.press("Withdraw the invites of all 2 people that match").await;
    admin.sees("Done: 2 withdrawn.").await;
    admin.go(&stage.path("/licenses/{L}/users")).await;
    has_status(&admin, "ben@school.example", "Accepted").await;
    admin.sees("1 person").await;
    // Nobody pasted or uploaded these people, and nothing says so.
    admin.go(&stage.path("/licenses/{L}/imports")).await;
    admin.sees("Remove people, chosen on the list").await;
    admin.sees("Withdraw invites, chosen on the list").await;
    // Where there are few, it says whom: one such order is told from another.
    admin.sees("Remove people, chosen on the list\nada@school.example, x1@else.example").await;
    admin.go(&stage.path("/licenses/{L}/audit?source=list")).await;
    admin.sees("(chosen on the user list)").await;
    admin.sees_no("line ").await;
    admin.close().await;
}
