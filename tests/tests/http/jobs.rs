//! Imports as jobs, over HTTP.

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::service::{ADMIN, Answer, Service};

const IMPORTS: &str = "/api/v1/licenses/{L}/imports";

fn people(count: u32) -> String {
    format!("Email\n{}", (0..count).map(|n| format!("p{n}@school.example\n")).collect::<String>())
}

async fn upload(service: &Service, query: &str, text: &str) -> Answer {
    service.send_text(&format!("{IMPORTS}{query}"), ADMIN, "text/csv", text).await
}

/// The events of a job, to its end.
async fn events(service: &Service, import: &str) -> Vec<(String, Value)> {
    let path = format!("{IMPORTS}/{import}/events");
    let request = service.request(Method::GET, &path, None).body(Body::empty()).expect("a request");
    let response = service.router.clone().oneshot(request).await.expect("an answer");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let bytes = response.into_body().collect().await.expect("all of it").to_bytes();
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

#[tokio::test(flavor = "multi_thread")]
async fn a_long_file_is_a_job_that_tells_how_far_it_is_until_its_end() {
    let service = Service::start(100_000).await;
    let first = upload(&service, "", &people(40_000)).await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{}", first.body);
    let import = first.text("import_id");
    let shown = service.get(&format!("{IMPORTS}/{import}"), None).await;
    assert_eq!(shown.text("phase"), "running");
    let job = &shown.body["job"];
    assert_eq!((&job["rows"], &job["state"]), (&json!(40_000), &json!("running")));
    assert!(job["sha256"].as_str().is_some_and(|digest| digest.len() == 64));
    assert!(job["rows_per_second"].as_u64().is_some_and(|rate| rate > 0), "{job}");
    assert!(job["seconds_left"].as_u64().is_some_and(|left| left > 0), "{job}");
    let told = events(&service, &import).await;
    let (names, last): (Vec<_>, _) =
        (told.iter().map(|(name, _)| name.as_str()).collect(), &told.last().expect("news").1);
    assert_eq!((names[0], names[names.len() - 1]), ("progress", "ended"));
    let applied: Vec<_> = told.iter().filter_map(|(_, data)| data["rows_applied"].as_u64()).collect();
    assert!(applied.is_sorted() && applied.last() == Some(&40_000), "{applied:?}");
    assert_eq!(last["outcomes"], json!({"accepted": 40_000}));
    let after = service.get(&format!("{IMPORTS}/{import}"), None).await;
    assert_eq!((after.text("phase").as_str(), after.body["job"].get("sha256")), ("completed", None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_can_be_cancelled_and_then_not_again() {
    let service = Service::start(100_000).await;
    let import = upload(&service, "", &people(40_000)).await.text("import_id");
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
