//! Imports that take their time: a file is dropped, followed, stopped and undone.

use std::time::{Duration, SystemTime};

use chrono::{TimeDelta, Utc};

use crate::{browser::Like, service::ADMIN, stage::Stage};

/// So many that an import is still under way when somebody stops it.
const ROWS: u32 = 120_000;

/// Drops a file of people onto the page.
const DROP: &str = "const rows = ['Email'];
    for (let n = 0; n < arguments[0]; n++) rows.push('pupil' + n + '@school.example');
    const carried = new DataTransfer();
    carried.items.add(new File([rows.join('\\n')], 'pupils.csv', { type: 'text/csv' }));
    const dropped = new DragEvent('drop', { dataTransfer: carried, bubbles: true, cancelable: true });
    document.querySelector('.dropzone').dispatchEvent(dropped);";

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_is_dropped_followed_stopped_and_undone() {
    let stage = Stage::with_seats(u64::from(ROWS)).await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/add/csv")).await;
    browser.client.execute(DROP, vec![ROWS.into()]).await.expect("a file is dropped");
    browser.sees("120,000 Will join at once").await;
    browser.press("Add Users").await;
    browser.find("#import progress").await;
    browser.sees("of 120,000 rows").await;
    browser.press("Cancel").await;
    browser.press("Cancel the import").await;
    browser.sees("The import is stopped. What it did to ").await;
    browser.sees(" people before stays, and can be undone here.").await;
    browser.sees("Cancelled").await;
    browser.press("Undo").await;
    browser.press("Undo the import").await;
    browser.sees("This undoes “Add people, from a CSV file” of").await;
    // Also where the service could not be asked when it ended.
    browser
        .run("window.real = fetch; window.fetch = () => Promise.reject(new TypeError('no network'))")
        .await;
    let imports = "/api/v1/licenses/{L}/imports?limit=1";
    while stage.service.get(imports, None).await.body["items"][0]["ended_at"].is_null() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    browser.run("window.fetch = window.real").await;
    browser.sees("Completed").await;
    // What it came to is told once it has ended.
    browser.sees("people were taken off the license.").await;
    browser.go(&stage.path("/licenses/{L}/users")).await;
    browser.sees("Nobody is on this license yet").await;
    browser.close().await;
}

/// Whoever stops an import that has just ended is told how it ended; of very many refused rows, how many are shown.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_ended_meanwhile_says_how_and_how_many_refused_rows_there_are() {
    let stage = Stage::with_seats(9).await;
    let rows: String = (0..120).map(|n| format!("broken{n}@\n")).collect();
    let file = format!("Email\nada@school.example\n{rows}");
    let path = "/api/v1/licenses/{L}/users";
    let import = stage.service.send_text(path, ADMIN, "text/csv", &file).await.text("import_id");
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path(&format!("/licenses/{{L}}/imports/{import}"))).await;
    browser.sees("the first 100 of 120").await;
    // It was done, and yet not all of it; and it says until when the rest can be had.
    browser.sees("Completed, 120 refused").await;
    browser.sees("Whom it changed").await;
    assert_eq!(browser.count("[aria-labelledby=changed-title] tbody th a[href*='/users/']").await, 1);
    let until = (Utc::now().date_naive() + TimeDelta::days(7)).format("%-d %b %Y").to_string();
    browser.sees(&format!("They are kept until {until}.")).await;
    // As a page that was loaded before would do it.
    browser
        .run(
            "const form = document.querySelector('form[action$=\"/undo\"]');
            form.action = form.action.replace(/undo$/, 'cancel');
            form.requestSubmit();",
        )
        .await;
    browser.sees("The import ended before it could be cancelled, with its 121 rows done.").await;
    browser.sees("What it did can be undone here.").await;
    browser.close().await;
}

/// What is wrong with a file is said where it was given.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cant_be_read_is_marked_until_another_one_is_chosen() {
    let drop = |text: &str| {
        format!(
            "const carried = new DataTransfer();
             carried.items.add(new File([\"{text}\"], '7b.csv', {{ type: 'text/csv' }}));
             const dropped = new DragEvent('drop', {{ dataTransfer: carried, bubbles: true, cancelable: true }});
             document.querySelector('.dropzone').dispatchEvent(dropped);"
        )
    };
    let marked = "#file[aria-invalid=true][aria-describedby=problem]";
    let stage = Stage::with_seats(9).await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/add/csv")).await;
    browser.run(&drop("Name,Class\\nAda,7b\\n")).await;
    browser.find("#wrong #problem").await;
    assert_eq!((browser.count(marked).await, browser.count("[role=alert]").await), (1, 1));
    browser.run(&drop("Email\\nada@school.example\\n")).await;
    browser.sees("1 Will join at once").await;
    assert_eq!((browser.count(marked).await, browser.count("#problem").await), (0, 0));
    // A browser does not give a file that has changed since: whoever has corrected theirs is told what to do.
    let file = tempfile::Builder::new().suffix(".csv").tempfile().expect("a file");
    std::fs::write(file.path(), "E-Mail\nada@school.example\n").expect("it is written");
    let before = SystemTime::now() - Duration::from_hours(1);
    file.as_file().set_modified(before).expect("it was written before");
    browser.go(&stage.path("/licenses/{L}/add/csv")).await;
    let path = file.path().to_str().expect("a path");
    browser.find("#file").await.send_keys(path).await.expect("it is chosen");
    browser.sees("Rename that column to Email").await;
    std::fs::write(file.path(), "Email\nada@school.example\n").expect("it is corrected");
    browser.press("Check the file").await;
    browser.sees("The file has changed since it was chosen: choose it once more.").await;
    browser.find("#file").await.send_keys(path).await.expect("it is chosen once more");
    browser.sees("1 Will join at once").await;
    // The browser tells of the file that it did not give, as it does.
    browser.leave().await;
}
