//! Imports as jobs, over HTTP.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use crate::service::{ADMIN, Answer, Service};

const IMPORTS: &str = "/api/v1/licenses/{L}/imports";

fn people(count: u32) -> String {
    format!("Email\n{}", (0..count).map(|n| format!("p{n}@school.example\n")).collect::<String>())
}

async fn upload(service: &Service, query: &str, text: &str) -> Answer {
    service.send_text(&format!("{IMPORTS}{query}"), ADMIN, "text/csv", text).await
}

/// Begins a job of 40,000 rows, and waits until some of them are applied; its import.
async fn begun(service: &Service) -> String {
    let request =
        service.request(Method::POST, IMPORTS, Some(ADMIN)).header(header::CONTENT_TYPE, "text/csv");
    let request = request.header("Prefer", "respond-async").body(Body::from(people(40_000)));
    let first = service.send(request.expect("a request")).await;
    // However fast it goes, nobody waits for it.
    assert_eq!(first.status, StatusCode::ACCEPTED, "{}", first.body);
    let import = first.text("import_id");
    let has_rows = |answer: Answer| answer.body["job"]["rows_applied"].as_u64().is_some_and(|rows| rows > 0);
    while !has_rows(service.get(&format!("{IMPORTS}/{import}"), None).await) {
        sleep(Duration::from_millis(1)).await;
    }
    import
}

/// The events of a job, to its end.
async fn events(service: &Service, import: &str) -> Vec<(String, Value)> {
    all_of(feed(service, import).await).await
}

/// Begins to follow a job.
async fn feed(service: &Service, import: &str) -> Body {
    let path = format!("{IMPORTS}/{import}/events");
    let request = service.request(Method::GET, &path, None).body(Body::empty()).expect("a request");
    let response = service.router.clone().oneshot(request).await.expect("an answer");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    response.into_body()
}

async fn all_of(feed: Body) -> Vec<(String, Value)> {
    let bytes = feed.collect().await.expect("all of it").to_bytes();
    let text = String::from_utf8(bytes.to_vec()).expect("text");
    let field = |event: &str, name: &str| {
        event.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
    };
    let events = text.split("\n\n").filter_map(|event| field(event, "event:").zip(field(event, "data:")));
    events.map(|(name, data)| (name, serde_json::from_str(&data).expect("JSON"))).collect()
}

#[tokio::test]
async fn a_small_file_is_done_with_the_first_answer_which_is_that_of_adding_people() {
    let service = Service::start(10).await;
    let first = upload(&service, "?dry_run=true", &people(2)).await;
    assert_eq!((first.status, &first.body["dry_run"]), (StatusCode::OK, &json!(true)));
    let job = upload(&service, "", &people(2)).await;
    let added = service.send_text("/api/v1/licenses/{L}/users", ADMIN, "text/csv", &people(2)).await;
    assert_eq!((job.status, &job.body["outcomes"]), (StatusCode::OK, &json!({"accepted": 2})));
    let fields =
        |answer: &Answer| answer.body.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(fields(&job), fields(&added));
    let removed = upload(&service, "?mode=remove", &people(2)).await;
    assert_eq!(removed.body["outcomes"], json!({"removed": 2}));
}

#[tokio::test]
async fn by_which_file_somebody_came_is_told_as_long_as_it_is_kept() {
    let service = Service::start(10).await;
    let done = service.send_file(IMPORTS, ADMIN, "7b.csv", "Email\nbo@else.example\nnobody\n").await;
    let import = done.text("import_id");
    let shown = service.get(&format!("{IMPORTS}/{import}?min_position={}", done.position()), None).await;
    assert_eq!(shown.body["file"]["name"], "7b.csv", "{}", shown.body);
    assert_eq!(shown.body["file"]["bytes"], 29);
    assert!(shown.body["file"]["sha256"].as_str().is_some_and(|digest| digest.len() == 64));
    let why = service.get("/api/v1/licenses/{L}/why?email=bo@else.example", None).await;
    assert!(why.text("sentence").contains("(CSV file \"7b.csv\", line 2; "), "{}", why.body);
    let pasted = service.send_text(IMPORTS, ADMIN, "text/plain", "cy@else.example").await;
    let path = format!("{IMPORTS}/{}?min_position={}", pasted.text("import_id"), pasted.position());
    assert!(service.get(&path, None).await.body.get("file").is_none());
    let erased = service.post("/api/v1/erasures", None, json!({"email": "cy@else.example"})).await;
    assert_eq!(erased.status, StatusCode::OK, "{}", erased.body);
    let shown = service.get(&format!("{IMPORTS}/{import}"), None).await;
    assert!(shown.body.get("file").is_none(), "{}", shown.body);
    let why = service.get("/api/v1/licenses/{L}/why?email=bo@else.example", None).await;
    assert!(why.text("sentence").contains("(CSV file, line 2; "), "{}", why.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_file_is_a_job_that_tells_how_far_it_is_until_its_end() {
    let service = Service::start(100_000).await;
    let import = begun(&service).await;
    // It does not end while it is looked at.
    let held = service.held().await;
    let shown = service.get(&format!("{IMPORTS}/{import}"), None).await;
    assert_eq!(shown.text("phase"), "running");
    let job = &shown.body["job"];
    assert_eq!((&job["rows"], &job["state"]), (&json!(40_000), &json!("running")));
    assert!(job["sha256"].as_str().is_some_and(|digest| digest.len() == 64));
    assert!(job["rows_per_second"].as_u64().is_some_and(|rate| rate > 0), "{job}");
    assert!(job["seconds_left"].as_u64().is_some_and(|left| left > 0), "{job}");
    for list in ["/api/v1/imports?state=running", IMPORTS] {
        let under_way = service.get(list, None).await;
        assert_eq!(under_way.body["items"][0]["import_id"], json!(import), "{}", under_way.body);
        assert_eq!(under_way.body["items"][0]["job"]["rows"], json!(40_000), "{list}");
    }
    let feed = feed(&service, &import).await;
    drop(held);
    let told = all_of(feed).await;
    let (names, last): (Vec<_>, _) =
        (told.iter().map(|(name, _)| name.as_str()).collect(), &told.last().expect("news").1);
    assert_eq!((names[0], names[names.len() - 1]), ("progress", "ended"));
    let applied: Vec<_> = told.iter().filter_map(|(_, data)| data["rows_applied"].as_u64()).collect();
    assert!(applied.is_sorted() && applied.last() == Some(&40_000), "{applied:?}");
    assert_eq!(last["outcomes"], json!({"accepted": 40_000}));
    // The lists may be further behind than an answer waits for.
    let after = until_completed(&service, &import).await;
    assert_eq!(after.body["job"].get("sha256"), None);
}

async fn until_completed(service: &Service, import: &str) -> Answer {
    let completed = async {
        loop {
            let shown = service.get(&format!("{IMPORTS}/{import}"), None).await;
            if shown.text("phase") == "completed" {
                return shown;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_mins(2), completed).await.expect("it ends")
}

/// Begins a job and lets its process end with some of its rows applied; the next one has not looked for it yet.
async fn left_behind() -> (Service, String) {
    let service = Service::start(100_000).await;
    let import = begun(&service).await;
    (service.restarted().await, import)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_before_a_new_process_has_come_to_a_job_follows_it_to_its_end() {
    let (service, import) = left_behind().await;
    let told = events(&service, &import).await;
    let (first, last) = (&told[0], &told[told.len() - 1]);
    assert_eq!((first.0.as_str(), last.0.as_str()), ("progress", "ended"), "{first:?}");
    assert_eq!(last.1["outcomes"], json!({"accepted": 40_000}));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_holds_a_job_up_is_told_and_once_it_has_passed_the_service_goes_on_by_itself() {
    let (service, import) = left_behind().await;
    let away = service.put_away(&import).await;
    let state = service.state.clone();
    let keeping = tokio::spawn(async move { state.keep_going(Duration::from_millis(50)).await });
    let told = events(&service, &import).await;
    assert_eq!((told.len(), told[0].0.as_str()), (1, "failed"), "{told:?}");
    assert_eq!(service.get(&format!("{IMPORTS}/{import}"), None).await.text("phase"), "running");
    service.put_back(away).await;
    // Nobody asked, and it went on.
    until_completed(&service, &import).await;
    keeping.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_can_be_cancelled_and_then_not_again() {
    let service = Service::start(100_000).await;
    let import = begun(&service).await;
    let cancel = format!("{IMPORTS}/{import}/cancel");
    let stranger = service.post(&cancel, Some("x@y.example"), json!({})).await;
    stranger.refuses(StatusCode::FORBIDDEN, "not_permitted");
    let cancelled = service.post(&cancel, None, json!({})).await;
    assert_eq!((cancelled.status, cancelled.text("code")), (StatusCode::OK, "changed".to_owned()));
    let (name, report) = events(&service, &import).await.pop().expect("news");
    assert_eq!((name.as_str(), &report["phase"]), ("ended", &json!("cancelled")));
    assert_eq!(service.post(&cancel, None, json!({})).await.text("code"), "unchanged");
    let done = upload(&service, "", &people(2)).await.text("import_id");
    let too_late = service.post(&format!("{IMPORTS}/{done}/cancel"), None, json!({})).await;
    too_late.refuses(StatusCode::CONFLICT, "import_ended");
    let unknown = format!("{IMPORTS}/{}/cancel", service.license);
    service.post(&unknown, None, json!({})).await.refuses(StatusCode::NOT_FOUND, "unknown_import");
}

/// A form with these parts, each with its head.
async fn form(service: &Service, parts: &[(&str, &str)]) -> Answer {
    let part = |(head, body): &(&str, &str)| {
        format!("--XX\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n")
    };
    let body = parts.iter().map(part).collect::<String>() + "--XX--\r\n";
    service.send_text(IMPORTS, ADMIN, "multipart/form-data; boundary=XX", &body).await
}

#[tokio::test]
async fn a_form_with_one_file_is_an_upload() {
    let service = Service::start(10).await;
    let file = ("name=\"file\"; filename=\"C:\\\\class.csv\"", "Email\na@school.example\n");
    let note = ("name=\"note\"", "what a browser adds");
    for asked in [("name=\"dry_run\"", "true"), ("name=\"mode\"", "remove"), note] {
        for parts in [[asked, file], [file, asked]] {
            let refused = form(&service, &parts).await;
            refused.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
            let (name, detail) = (asked.0.trim_start_matches("name="), refused.text("detail"));
            assert!(detail.contains(name), "{}", refused.body);
        }
    }
    let done = form(&service, &[file]).await;
    assert_eq!(
        (done.status, &done.body["outcomes"]),
        (StatusCode::OK, &json!({"accepted": 1})),
        "{}",
        done.body
    );
    for (parts, said) in [(vec![], "no file"), (vec![file, file], "more than one file")] {
        let refused = form(&service, &parts).await;
        refused.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
        assert!(refused.text("detail").contains(said), "{}", refused.body);
    }
    let broken = service.send_text(IMPORTS, ADMIN, "multipart/form-data; boundary=XX", "--XX\r\nhalf").await;
    broken.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
    let unnamed = service.send_text(IMPORTS, ADMIN, "multipart/form-data", "x").await;
    unnamed.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
}

#[tokio::test]
async fn a_form_is_no_longer_than_a_file_may_be() {
    let service = Service::start_with(10, api::Limits { file: 1_000, ..api::Limits::default() }).await;
    // What stands around a file in a form is not counted as its own.
    let long = "x".repeat(100_000);
    let refused = form(&service, &[("name=\"file\"; filename=\"a.csv\"", &long)]).await;
    refused.refuses(StatusCode::PAYLOAD_TOO_LARGE, "file_too_large");
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_told_in_sentences() {
    let service = Service::start(10).await;
    let refused = upload(&service, "", "Name;E-Mail\nAda;ada@school.example\n").await;
    refused.refuses(StatusCode::UNPROCESSABLE_ENTITY, "no_email_column");
    assert_eq!(refused.text("detail"), "No column is called Email; the columns are Name, E-Mail.");
}

#[tokio::test]
async fn the_imports_of_all_licenses_are_listed_by_whether_they_run() {
    let service = Service::start(10).await;
    let done = upload(&service, "", &people(2)).await;
    let (import, position) = (done.text("import_id"), &done.body["position"]);
    for (query, found) in [("", 1), ("&state=ended", 1), ("&state=running", 0)] {
        let listed = service.get(&format!("/api/v1/imports?min_position={position}{query}"), None).await;
        let items = listed.body["items"].as_array().expect("a list");
        assert_eq!(items.len(), found, "{query}: {}", listed.body);
        let is_ours =
            |item: &Value| item["import_id"] == json!(import) && item["license_name"] == "Riverside";
        assert!(items.iter().all(is_ours), "{}", listed.body);
    }
    let of_one = service.get(&format!("{IMPORTS}?min_position={position}"), None).await;
    assert_eq!(of_one.body["items"][0]["license_name"], "Riverside", "{}", of_one.body);
    let odd = service.get("/api/v1/imports?state=odd", None).await;
    odd.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
    assert!(odd.text("detail").contains("odd"), "{}", odd.body);
}

#[tokio::test]
async fn the_sample_file_is_a_file_to_be_saved_that_can_be_given_as_it_is() {
    let service = Service::start(10).await;
    let request =
        service.request(Method::GET, "/api/v1/sample.csv", None).body(Body::empty()).expect("a request");
    let response = service.router.clone().oneshot(request).await.expect("an answer");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    let name = response.headers()[header::CONTENT_DISPOSITION].to_str().expect("text");
    assert_eq!(name, "attachment; filename=\"seatbook-sample.csv\"");
    let bytes = response.into_body().collect().await.expect("all of it").to_bytes();
    let sample = String::from_utf8(bytes.to_vec()).expect("text");
    let given = upload(&service, "?dry_run=true", &sample).await;
    assert_eq!(given.status, StatusCode::OK, "{}", given.body);
    assert!(given.body["rows"].as_u64().is_some_and(|rows| rows > 0), "{}", given.body);
    let described = serde_json::to_value(api::app::openapi()).expect("the description");
    let answer = &described["paths"]["/api/v1/sample.csv"]["get"]["responses"]["200"];
    assert!(answer["content"]["text/csv"].is_object(), "{answer}");
}
