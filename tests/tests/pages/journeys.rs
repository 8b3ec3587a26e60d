//! The journeys of admins and invited people, sentence by sentence.

use std::io::Write;

use crate::{
    browser::{Browser, Like},
    service::ADMIN,
    stage::Stage,
};

const GUEST: &str = "guest@else.example";

/// What the status column says of somebody.
async fn status(browser: &Browser, person: &str) -> String {
    let rows = format!("//tr[contains(., '{person}')]//span[contains(@class, 'badge')]");
    let found = browser.client.find_all(fantoccini::Locator::XPath(&rows)).await.expect("an answer");
    match found.first() {
        Some(badge) => badge.text().await.unwrap_or_default(),
        None => String::new(),
    }
}

pub(crate) async fn has_status(browser: &Browser, person: &str, wanted: &str) {
    browser
        .until(&format!("{person} {wanted}"), || async { Ok(status(browser, person).await == wanted) })
        .await;
}

/// Open the Add Users tab, enter addresses line by line or by a comma, and select Add.
async fn adds_by_email(like: Like) {
    let stage = Stage::with_seats(20).await;
    let browser = stage.person(ADMIN, like).await;
    browser.press("Manage License Riverside").await;
    browser.sees("Nobody is on this license yet").await;
    browser.press("Add Users").await;
    browser.fill("#emails", "ada@school.example\nben@school.example, guest@else.example\nbroken@").await;
    if like.scripts {
        // What will happen to each stands there before anything is done.
        browser.sees("4 addresses").await;
    } else {
        browser.press("Check first").await;
    }
    browser.sees("Will join at once").await;
    browser.sees("Will get an invite").await;
    browser.sees("Not an e-mail address").await;
    browser.press("Add").await;
    browser.sees("See who was refused, and why").await;
    has_status(&browser, "ada@school.example", "Accepted").await;
    has_status(&browser, GUEST, "Invited").await;
    browser.press("See who was refused, and why").await;
    browser.sees("broken@").await;
    browser.sees("Download the refused rows").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_adds_people_by_email() {
    adds_by_email(Like::WIDE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_adds_people_by_email_without_scripts() {
    adds_by_email(Like::WITHOUT_SCRIPTS).await;
}

/// Everybody of the file can be asked instead, also in a domain of the admin's; and it can be thought better of.
async fn asks_for_consent(browser: &Browser, path: &str, like: Like) {
    for (asks, says) in [(true, "151 Will get an invite"), (false, "150 Will join at once")] {
        browser.find("#ask").await.click().await.expect("it is ticked, or no more");
        if !like.scripts {
            browser.find("#file").await.send_keys(path).await.expect("a file is chosen");
            browser.press("Check the file").await;
        }
        browser.sees(says).await;
        assert_eq!(browser.count("#ask:checked").await, usize::from(asks));
    }
}

/// Choose a CSV file with the header Email, and select Add Users; and once more for its removal.
async fn adds_by_file(like: Like) {
    let stage = Stage::with_seats(300).await;
    let browser = stage.person(ADMIN, like).await;
    let mut file = tempfile::Builder::new().suffix(".csv").tempfile().expect("a file");
    writeln!(file, "Email").expect("a row");
    for n in 0..150 {
        writeln!(file, "pupil{n}@school.example").expect("a row");
    }
    writeln!(file, "not an address\nguest@else.example").expect("rows");
    let path = file.path().to_str().expect("text").to_owned();
    browser.go(&stage.path("/licenses/{L}/add/csv")).await;
    browser.find("#file").await.send_keys(&path).await.expect("a file is chosen");
    if !like.scripts {
        browser.press("Check the file").await;
    }
    browser.sees("150 Will join at once").await;
    browser.sees("1 Not an e-mail address").await;
    asks_for_consent(&browser, &path, like).await;
    if !like.scripts {
        // A browser does not give a file again by itself.
        browser.find("#file").await.send_keys(&path).await.expect("a file is chosen");
    }
    browser.press("Add Users").await;
    browser.sees("Refused rows").await;
    browser.sees("Completed").await;
    browser.press("See the users").await;
    browser.sees("1–50 of 151 people").await;
    // Undone, nobody is left.
    browser.go(&stage.path("/licenses/{L}/imports")).await;
    browser.press("Add people, from a CSV file").await;
    browser.press("Undo").await;
    browser.press("Undo the import").await;
    browser.sees("Undone: 151 people were taken off the license.").await;
    browser.sees("151 Removed").await;
    // In the list, each leads to the other.
    browser.press("All imports").await;
    browser.sees("Completed, 1 refused\nUndone").await;
    browser.press("What undid it").await;
    // Who looks at what was undone is told so, and led to what came of it.
    browser.sees("This undoes").await;
    browser.press("Add people, from a CSV file").await;
    browser.sees("This import was undone").await;
    assert_eq!(browser.count("form[action$='/undo']").await, 0);
    browser.press("See its events").await;
    browser.sees("Only what came of one import").await;
    browser.close().await;
}

/// What is wrong is seen without looking for it, also in a long list.
async fn shows_first_who_is_refused(like: Like) {
    let stage = Stage::with_seats(300).await;
    let browser = stage.person(ADMIN, like).await;
    browser.go(&stage.path("/licenses/{L}/add")).await;
    browser.sees("People at school.example join at once").await;
    let people: Vec<String> = (0..40).map(|n| format!("pupil{n}@school.example")).collect();
    let list = format!("{}\nbroken@\nno address\n{GUEST}", people.join("\n"));
    browser.fill("#emails", &list).await;
    if !like.scripts {
        browser.sees("Press “Check first” to see what will happen").await;
        browser.press("Check first").await;
    }
    // Counted as Seatbook counts them, in both places.
    browser.sees("43 addresses").await;
    browser.sees("afterwards 41 of 300 seats are held (now 0)").await;
    let refused = "tbody tr:first-child .rejected, tbody tr:nth-child(2) .rejected";
    assert_eq!(browser.count(refused).await, 2);
    assert_eq!(browser.count("#listed tbody tr").await, 43);
    assert_eq!(browser.count("[aria-live]").await, 0);
    if like.scripts {
        // What will become of them stands where they are entered, too: on a phone the rest is further down.
        let said = browser.find("[data-count]").await.text().await.expect("text");
        assert_eq!(said, "43 addresses: 40 will join at once, 1 will get an invite, 2 not an e-mail address");
        // What was said of another list does not stay while nobody can say anything of this one.
        browser
            .run("window.real = fetch; window.fetch = () => Promise.reject(new TypeError('no network'))")
            .await;
        browser.fill("#emails", GUEST).await;
        browser.sees("Not checked yet: Seatbook can't be reached.").await;
        assert_eq!(browser.count("#listed tbody tr, .outcomes li").await, 0);
        browser.run("window.fetch = window.real").await;
        browser.sees("1 address").await;
        browser.sees("afterwards 1 of 300 seats are held (now 0)").await;
        browser.fill("#emails", " ").await;
        browser.sees("People at school.example join at once").await;
        assert_eq!(browser.count("#listed tbody tr").await, 0);
        // What stands beside the addresses in a spreadsheet is nobody.
        let rows = "Name\\tEmail\\tClass\\nAda Lovelace\\tada@school.example\\t7b\\nBen\\t\\t8a";
        let paste = format!("document.execCommand('insertText', false, '{rows}')");
        browser.run(&format!("document.getElementById('emails').focus(); {paste}")).await;
        browser.sees("2 addresses").await;
        let refused = browser.find("tbody tr:first-child th").await.text().await.expect("text");
        assert_eq!(refused, "Ben 8a");
        assert_eq!(browser.count("#listed tbody tr").await, 2);
        // Very many are counted, and looked at when somebody asks for it.
        browser
            .run(
                "const area = document.getElementById('emails');
                 area.value = Array.from({ length: 6000 }, (_, n) => `pupil${n}@school.example`).join(', ');
                 area.dispatchEvent(new Event('input', { bubbles: true }));",
            )
            .await;
        browser.sees("About 6,000 addresses.").await;
        browser.sees("So many are looked at when you press “Check first”.").await;
        browser.press("Check first").await;
        browser.sees("300 Will join at once").await;
        browser.sees("5,700 No seat free").await;
        // What was entered stays while nobody can be asked.
        browser
            .run("window.real = fetch; window.fetch = () => Promise.reject(new TypeError('no network'))")
            .await;
        browser.press("Add").await;
        browser.sees("it is not known whether this was done. What you entered is still here").await;
        browser.run("window.fetch = window.real").await;
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_refused_stands_first_before_anything_is_done() {
    shows_first_who_is_refused(Like::WIDE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_refused_stands_first_before_anything_is_done_without_scripts() {
    shows_first_who_is_refused(Like::WITHOUT_SCRIPTS).await;
}

/// Nobody is promised what their own rights do not hold.
#[tokio::test(flavor = "multi_thread")]
async fn an_admin_without_a_domain_is_told_that_everybody_gets_an_invite() {
    const OTHER: &str = "dana@school.example";
    let stage = Stage::with_seats(20).await;
    let granted = serde_json::json!({"email": OTHER});
    let made = stage.service.post("/api/v1/licenses/{L}/admins", Some(ADMIN), granted).await;
    assert!(made.status.is_success(), "{}", made.body);
    let browser = stage.person(OTHER, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/add")).await;
    browser.sees("You administer no mail domain: everybody whom you add gets an invite").await;
    browser.press("Prove a domain").await;
    browser.sees("You get a record to put into the domain's DNS.").await;
    assert_eq!(browser.here().await, stage.path("/licenses/{L}/settings#domains"));
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_adds_people_from_a_file_and_undoes_it() {
    adds_by_file(Like::WIDE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_adds_people_from_a_file_and_undoes_it_without_scripts() {
    adds_by_file(Like::WITHOUT_SCRIPTS).await;
}

/// The invite notification, closed and reopened under License Invites, and accepted, in front of the admin.
#[tokio::test(flavor = "multi_thread")]
async fn an_invited_person_closes_reopens_and_accepts_while_the_admin_looks_on() {
    let stage = Stage::with_seats(20).await;
    let position = stage.service.paste(GUEST).await.position();
    stage.service.users(position, "").await;
    let admin = stage.person(ADMIN, Like::WIDE).await;
    admin.go(&stage.path("/licenses/{L}/users")).await;
    has_status(&admin, GUEST, "Invited").await;
    let guest = stage.person(GUEST, Like::PHONE).await;
    guest.sees("invites you to Riverside").await;
    guest.press("Close the notification of Riverside").await;
    guest.sees("The notification is closed").await;
    guest.sees_no("invites you to Riverside").await;
    guest.press("License Invites").await;
    guest.press("Reopen the notification of Riverside").await;
    guest.sees("The notification is shown again").await;
    guest.go("/licenses").await;
    guest.press("Accept the invite to Riverside").await;
    guest.sees("You have joined \"Riverside\".").await;
    // Nobody loaded the admin's page again.
    has_status(&admin, GUEST, "Accepted").await;
    // Nobody is sent for a key that opens nothing.
    stage.service.put("/api/v1/licenses/{L}/plan", None, serde_json::json!({"plan": "free"})).await;
    guest.go("/account").await;
    guest.press("Leave Riverside").await;
    guest.press("Leave Riverside").await;
    guest.sees("You left \"Riverside\", and your seat is free. The license is on the free plan").await;
    admin.sees("Nobody is on this license yet").await;
    guest.close().await;
    admin.close().await;
}

/// Declines with a reason: the list says Rejected; is added again; declines again and enters the license key.
async fn declines_and_comes_back(like: Like) {
    let stage = Stage::with_seats(20).await;
    let position = stage.service.paste(GUEST).await.position();
    stage.service.users(position, "").await;
    let guest = stage.person(GUEST, like).await;
    guest.press("Decline the invite to Riverside").await;
    guest.fill_choice("reason", "not_needed").await;
    guest.press("Decline the invite").await;
    guest.sees("You declined the invite to \"Riverside\"").await;
    let admin = stage.person(ADMIN, like).await;
    admin.go(&stage.path("/licenses/{L}/users")).await;
    has_status(&admin, GUEST, "Rejected").await;
    admin.sees("does not need it").await;
    // Whoever is about to ask them once more sees that they said no.
    admin.go(&stage.path("/licenses/{L}/add")).await;
    admin.fill("#emails", GUEST).await;
    if !like.scripts {
        admin.press("Check first").await;
    }
    admin.sees("has declined before: does not need it").await;
    admin.go(&stage.path("/licenses/{L}/users")).await;
    admin.press(GUEST).await;
    admin.sees("What can be done next").await;
    admin.press("Add again").await;
    admin.sees("Done: 1 invited").await;
    guest.go("/account").await;
    guest.fill("#license_key", "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA").await;
    guest.press("Join").await;
    guest.sees("the key has a typing mistake").await;
    guest.fill("#license_key", &stage.service.key.to_lowercase()).await;
    guest.press("Join").await;
    guest.sees("You have joined \"Riverside\".").await;
    admin.go(&stage.path("/licenses/{L}/users")).await;
    has_status(&admin, GUEST, "Accepted").await;
    admin.sees("By license key").await;
    guest.close().await;
    admin.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_declined_is_added_again_or_enters_the_key() {
    declines_and_comes_back(Like::WIDE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_declined_is_added_again_or_enters_the_key_without_scripts() {
    declines_and_comes_back(Like::WITHOUT_SCRIPTS).await;
}
