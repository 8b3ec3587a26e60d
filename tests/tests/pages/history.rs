//! What auditors come for: what happened, the list as it was, what changed between.

use serde_json::json;

use crate::{
    browser::{Browser, Like},
    service::ADMIN,
    stage::Stage,
};

const GUEST: &str = "guest@else.example";
const AUDITOR: &str = "vera@audit.example";
const OPERATOR: &str = "ops@provider.example";

/// Ada joins, a guest is invited, declines and is removed, Ben joins: in this order. And who checks it.
async fn told(stage: &Stage) -> u64 {
    let service = &stage.service;
    service.paste(&format!("ada@school.example, {GUEST}")).await;
    let reason = json!({"reason": "privacy_concern"});
    let declined = service.post("/api/v1/invites/{L}/decline", Some(GUEST), reason).await.position();
    service.send_text("/api/v1/licenses/{L}/users/remove", ADMIN, "text/plain", GUEST).await;
    let auditor = json!({"email": AUDITOR, "role": "auditor"});
    service.post("/api/v1/licenses/{L}/staff", Some(ADMIN), auditor).await;
    let position = service.paste("ben@school.example").await.position();
    // What the pages read shows all of it.
    let path = format!("/api/v1/licenses/{{L}}/audit?min_position={position}");
    service.get(&path, None).await;
    service.users(position, "").await;
    declined
}

async fn looks_back(like: Like) {
    let stage = Stage::with_seats(20).await;
    let declined = told(&stage).await;
    let browser = stage.person(AUDITOR, like).await;
    browser.go(&stage.path("/licenses/{L}/audit")).await;
    browser.sees(&format!("{GUEST} declined")).await;
    // Filtered by whom it is about, and by what.
    browser.fill("#member", GUEST).await;
    browser.fill_choice("type", "InviteDeclined").await;
    browser.press("Filter").await;
    browser.sees_no("ben@school.example").await;
    assert_eq!(browser.count(".timeline li").await, 1);
    assert!(browser.here().await.contains("type=InviteDeclined"));
    // From there to the list as it was then.
    browser.press("the list then").await;
    browser.sees("As it was at").await;
    assert!(browser.here().await.ends_with(&format!("at={declined}")));
    browser.sees("1 of 20 seats held").await;
    browser.sees("2 people").await;
    browser.sees("objects to the use of their data").await;
    browser.sees_no("ben@school.example").await;
    browser.press("Rejected 1").await;
    browser.sees("1 person").await;
    // Of one person alone.
    let then = format!("/licenses/{{L}}/audit/then?at={declined}&member");
    browser.go(&stage.path(&format!("{then}={GUEST}"))).await;
    browser.sees("1 person").await;
    browser.sees("objects to the use of their data").await;
    browser.sees_no("ada@school.example").await;
    browser.go(&stage.path(&format!("{then}=ben@school.example"))).await;
    browser.sees("ben@school.example was not on the list then").await;
    browser.press("See what happened with them").await;
    browser.sees("ben@school.example is on this license (Accepted)").await;
    browser.go(&stage.path(&format!("{then}=ben"))).await;
    browser.find("#member[aria-invalid=true]").await;
    // And what became of it since.
    browser.go(&stage.path(&format!("/licenses/{{L}}/audit/difference?from={declined}"))).await;
    browser.sees("ben@school.example").await;
    let table = browser.text().await;
    for line in ["Accepted 1 2 +1", "Rejected 1 0 −1", "Seats held 1 2 +1", "Seats 20 20 –"] {
        assert!(table.contains(line), "{line}:\n{table}");
    }
    browser.fill_choice("change", "left").await;
    browser.press("Compare").await;
    browser.sees_no("ben@school.example").await;
    browser.sees("Nobody of this kind").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_reads_what_happened_how_it_was_and_what_changed() {
    looks_back(Like::WIDE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_reads_what_happened_how_it_was_and_what_changed_without_scripts() {
    looks_back(Like::WITHOUT_SCRIPTS).await;
}

/// What a link on the page gives, as somebody who has signed in gets it.
async fn taken(browser: &Browser, link: &str) -> String {
    let script = format!(
        "const done = arguments[0];
         fetch(document.querySelector(\"a[href*='{link}']\").href).then((it) => it.text()).then(done, (e) => done(String(e)));"
    );
    let text = browser.client.execute_async(&script, Vec::new()).await.expect("an answer");
    text.as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_filtered_can_be_taken_along_as_a_file() {
    let stage = Stage::with_seats(20).await;
    let declined = told(&stage).await;
    let browser = stage.person(AUDITOR, Like::WIDE).await;
    browser.go(&stage.path(&format!("/licenses/{{L}}/audit?member={GUEST}"))).await;
    let lines = taken(&browser, "audit.ndjson").await;
    let types: Vec<String> = lines
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"))
        })
        .map(|event| event["type"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(types.len(), 3, "{types:?}");
    assert!(types.iter().any(|name| name.contains("InviteDeclined")), "{types:?}");
    let rows = taken(&browser, "audit.csv").await;
    assert_eq!(rows.lines().count(), 4, "{rows}");
    browser.go(&stage.path(&format!("/licenses/{{L}}/audit/then?at={declined}"))).await;
    let then = taken(&browser, "then.csv").await;
    let people: Vec<_> = then.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert_eq!(people, ["ada@school.example", GUEST]);
    browser.go(&stage.path("/licenses/{L}/users")).await;
    let now = taken(&browser, "users.csv").await;
    let mut now: Vec<_> = now.lines().map(str::to_owned).collect();
    assert!(now.remove(0).trim_start_matches('\u{FEFF}').starts_with("Email,Status,Admission,Added by"));
    let whole: Vec<_> = now.iter().map(|row| row.split(',').take(4).collect::<Vec<_>>().join(",")).collect();
    let row = |person: &str| format!("{person}@school.example,accepted,domain_admin,{ADMIN}");
    assert_eq!(whole, [row("ada"), row("ben")]);
    browser.close().await;
}

/// Files of several licenses and days lie side by side, and spreadsheets take the times in them for times.
#[tokio::test(flavor = "multi_thread")]
async fn files_are_called_after_their_license_and_day_with_times_for_spreadsheets() {
    let stage = Stage::with_seats(20).await;
    let declined = told(&stage).await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    let today = chrono::Utc::now().date_naive().to_string();
    // A moment is called by the number that the license's own events have: not every event belongs to it.
    let audit = stage.service.get("/api/v1/licenses/{L}/audit?order=newest&limit=100", None).await.body;
    let events = audit["items"].as_array().expect("events");
    let of = |event: &&serde_json::Value| event["position"].as_u64() == Some(declined);
    let number = events.iter().find(of).expect("the decline")["license_sequence"].clone();
    browser.go(&stage.path(&format!("/licenses/{{L}}/audit/then?at={declined}"))).await;
    browser.sees(&format!("(no. {number} of this license)")).await;
    // Whoever asks about one person then is told of the same moment, though others share its second.
    browser.fill("#member", GUEST).await;
    browser.press("Show the list").await;
    browser.sees("1 person").await;
    browser.sees(&format!("(no. {number} of this license)")).await;
    assert_eq!(browser.count("nav[aria-label=Status]").await, 0);
    for (path, link, name) in [
        ("users".to_owned(), "users.csv", "riverside-users-20".to_owned()),
        (format!("audit/then?at={declined}"), "then.csv", format!("riverside-users-at-no-{number}.csv")),
        ("audit".to_owned(), "audit.csv", "riverside-history-20".to_owned()),
        ("audit".to_owned(), "audit.ndjson", "riverside-history-20".to_owned()),
    ] {
        browser.go(&stage.path(&format!("/licenses/{{L}}/{path}"))).await;
        let script = format!(
            "const done = arguments[0];
             fetch(document.querySelector(\"a[href*='{link}']\").href)
               .then((it) => it.headers.get('content-disposition')).then(done, (e) => done(String(e)));"
        );
        let named = browser.client.execute_async(&script, Vec::new()).await.expect("an answer");
        let named = named.as_str().unwrap_or_default();
        assert!(named.starts_with(&format!("attachment; filename=\"{name}")), "{named}");
        if path == "audit" {
            continue;
        }
        let rows = taken(&browser, link).await;
        assert!(rows.lines().nth(1).is_some_and(|row| row.contains(&format!(",{today} "))), "{rows}");
        assert!(!rows.contains("+00:00"), "{rows}");
    }
    browser.close().await;
}

/// Pages of the list as it was stay at their moment, whatever happens meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn the_list_as_it_was_is_turned_at_its_own_moment() {
    let stage = Stage::with_seats(200).await;
    let list: Vec<String> = (1..=120).map(|n| format!("pupil{n:03}@school.example")).collect();
    let position = stage.service.paste(&list.join("\n")).await.position();
    stage.service.users(position, "").await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/audit/then")).await;
    browser.sees("1–50 of 120 people").await;
    stage.service.send_text("/api/v1/licenses/{L}/users/remove", ADMIN, "text/plain", &list[0]).await;
    browser.press("Next page").await;
    browser.sees("51–100 of 120 people").await;
    browser.sees("pupil051@school.example").await;
    browser.press("Next page").await;
    browser.sees("101–120 of 120 people").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn moments_that_are_none_are_told_so_on_the_page() {
    let stage = Stage::with_seats(20).await;
    told(&stage).await;
    let browser = stage.person(ADMIN, Like::WIDE).await;
    for (path, wanted) in [
        ("then?at=yesterday", "\"yesterday\": it is neither a position nor a day or an instant"),
        ("then?at=999999", "and none at 999999"),
        ("then?at=2999-01-01T00:00", "has not come yet"),
        ("difference?from=3&to=2", "it is later than To"),
    ] {
        browser.go(&stage.path(&format!("/licenses/{{L}}/audit/{path}"))).await;
        browser.sees(wanted).await;
        assert_eq!(browser.count("[role=alert]").await, 1, "{path}");
    }
    browser.go(&stage.path("/licenses/{L}/audit/then?at=2001-01-01T08:00")).await;
    browser.sees("The license was not set up yet").await;
    browser.sees("Nobody was on the list then").await;
    browser.leave().await;
}

/// What support staff may read they are led to, and are offered nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn support_staff_are_led_to_the_views_of_the_history_that_they_may_read() {
    const SUPPORT: &str = "sam@school.example";
    let stage = Stage::with_seats(20).await;
    told(&stage).await;
    let role = json!({"email": SUPPORT, "role": "support"});
    let granted = stage.service.post("/api/v1/licenses/{L}/staff", Some(ADMIN), role).await;
    assert!(granted.status.is_success(), "{}", granted.body);
    let browser = stage.person(SUPPORT, Like::WIDE).await;
    browser.go(&stage.path("/licenses/{L}/users")).await;
    browser.press("Audit").await;
    browser.sees("2 of 20 seats held as of").await;
    assert_eq!(browser.here().await, stage.path("/licenses/{L}/audit/then"));
    assert_eq!(browser.count("nav[aria-label='Views of the history'] a").await, 2);
    assert_eq!(browser.count("a[href$='/settings']").await, 0);
    browser.press("What changed between").await;
    browser.sees("From a week ago,").await;
    // Nobody is sent where they may not go, also from an empty list.
    browser.go(&stage.path("/licenses/{L}/audit/then?at=2001-01-01T08:00")).await;
    browser.sees("Choose a later moment.").await;
    assert_eq!(browser.count("main a[href$='/audit']").await, 0);
    browser.close().await;
}

/// The filters offer what there can be.
#[tokio::test(flavor = "multi_thread")]
async fn the_history_is_filtered_by_the_events_that_it_can_hold() {
    let stage = Stage::with_seats(20).await;
    let role = json!({"email": ADMIN, "role": "auditor"});
    let granted = stage.service.post("/api/v1/installation/roles", None, role).await;
    assert!(granted.status.is_success(), "{}", granted.body);
    let browser = stage.person(ADMIN, Like::WIDE).await;
    let offers = async |event: &str| browser.count(&format!("#type option[value={event}]")).await == 1;
    browser.go(&stage.path("/licenses/{L}/audit")).await;
    assert!(offers("UserAdded").await && offers("PeopleRead").await);
    assert!(!offers("InstallationRoleGranted").await && !offers("SubjectErased").await);
    browser.go("/installation").await;
    assert!(offers("InstallationRoleGranted").await && offers("SubjectErased").await);
    assert!(!offers("UserAdded").await);
    // An auditor does none of what only the operator may.
    browser.sees_no("seatbook roles grant").await;
    // What was asked for stays chosen.
    browser.go("/installation?type=UserAdded").await;
    assert!(offers("UserAdded").await);
    browser.close().await;
}

/// What belongs to no license is read by who runs the installation, or checks all of it; and by nobody else.
#[tokio::test(flavor = "multi_thread")]
async fn the_operator_reads_what_happened_to_the_installation() {
    let stage = Stage::with_seats(20).await;
    told(&stage).await;
    let roles = "/api/v1/installation/roles";
    stage.service.post(roles, None, json!({"email": OPERATOR, "role": "operator"})).await;
    let last = stage.service.post(roles, None, json!({"email": "sue@help.example", "role": "support"})).await;
    let path = format!("/api/v1/installation/audit?min_position={}", last.position());
    stage.service.get(&path, None).await;
    let browser = stage.person(OPERATOR, Like::WIDE).await;
    browser.go("/licenses").await;
    browser.press("Installation").await;
    browser.sees("sue@help.example").await;
    browser.sees("seatbook roles grant sue@provider.example support").await;
    assert_eq!(browser.count(".timeline li").await, 2);
    browser.fill("#member", OPERATOR).await;
    browser.press("Filter").await;
    browser.sees_no("sue@help.example").await;
    assert_eq!(browser.count(".timeline li").await, 1);
    let lines = taken(&browser, "installation.ndjson").await;
    assert_eq!(lines.lines().count(), 1, "{lines}");
    assert!(lines.contains("seatbook.InstallationRoleGranted"), "{lines}");
    browser.press("Show everything").await;
    browser.sees("sue@help.example").await;
    browser.close().await;
    // An auditor of one license is none of the installation.
    let auditor = stage.person(AUDITOR, Like::WIDE).await;
    auditor.go(&stage.path("/licenses/{L}/audit")).await;
    assert_eq!(auditor.count("a[href='/installation']").await, 0);
    auditor.go("/installation").await;
    auditor.sees("This is for the operator or an auditor.").await;
    // They are told as whom they asked, and where to go on.
    auditor.sees(&format!("You are signed in as {AUDITOR}, who may not see this.")).await;
    assert_eq!(auditor.count("header.top").await, 1);
    auditor.press("Use another account").await;
    auditor.sees(&format!("You are signed in as {AUDITOR}.")).await;
    auditor.press(&format!("Go on as {AUDITOR}")).await;
    auditor.sees("You may not see this").await;
    auditor.leave().await;
}

/// What staff reads on pages is recorded with how many people it showed, once for what nobody sees.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_auditor_reads_on_pages_stands_in_the_history() {
    let stage = Stage::with_seats(20).await;
    told(&stage).await;
    let auditor = stage.person(AUDITOR, Like::WIDE).await;
    auditor.go(&stage.path("/licenses/{L}/users")).await;
    auditor.sees("2 people").await;
    auditor.go(&stage.path("/licenses/{L}/audit/then")).await;
    auditor.go(&stage.path("/licenses/{L}/why?email=ada@school.example")).await;
    auditor.sees("What happened").await;
    auditor.close().await;
    let reads = stage.service.get("/api/v1/licenses/{L}/audit?type=PeopleRead&order=oldest", None).await;
    let read: Vec<(String, String)> = reads.body["items"]
        .as_array()
        .expect("reads")
        .iter()
        .map(|it| &it["payload"]["PeopleRead"])
        .map(|it| (it["what"].to_string(), it["rows"].to_string()))
        .collect();
    let of = |what: &str| read.iter().find(|(it, _)| it.contains(what)).map(|(_, rows)| rows.as_str());
    assert_eq!(of("user_list"), Some("2"), "{read:?}");
    assert_eq!(of("why"), Some("1"), "{read:?}");
}

/// The page of somebody unknown says what the refused rows say of their address: to whoever may see imports with the way there.
#[tokio::test(flavor = "multi_thread")]
async fn somebody_unknown_is_looked_for_in_the_refused_rows() {
    let stage = Stage::with_seats(20).await;
    let file = "Email\n\"first@q.example; second@q.example\"\n";
    let done = stage.service.send_text("/api/v1/licenses/{L}/imports", ADMIN, "text/csv", file).await;
    let import = done.text("import_id");
    let role = json!({"email": "support@school.example", "role": "support"});
    let granted = stage.service.post("/api/v1/licenses/{L}/staff", Some(ADMIN), role).await;
    assert!(granted.status.is_success(), "{}", granted.body);
    for (who, links) in [(ADMIN, 1), ("support@school.example", 0)] {
        let browser = stage.person(who, Like::WIDE).await;
        browser.go(&stage.path("/licenses/{L}/why?email=second@q.example")).await;
        browser.sees("It stands in 1 refused row").await;
        browser.sees("Line 2").await;
        assert_eq!(browser.count(&format!("main a[href$='/imports/{import}']")).await, links, "{who}");
        browser.go(&stage.path("/licenses/{L}/why?email=cond@q.example")).await;
        browser.sees("does not hold it").await;
        browser.sees_no("Line 2").await;
        browser.close().await;
    }
}
