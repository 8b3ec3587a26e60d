//! No address, and no part or plain hash of one, stands in the log.

use std::{fs, sync::Arc};

use axum::http::{Method, Request};
use serde_json::json;
use tower::ServiceExt;

/// Nowhere else in the database by chance.
const MARKER: &str = "zyxmarkerwv";

#[tokio::test]
async fn events_and_kept_results_hold_no_address() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("seatbook.db");
    let state = api::open(&path).await.expect("a database");
    let router = Arc::new(api::app::router(state.clone()));
    let person = format!("{MARKER}@{MARKER}.example");
    let send = async |path: &str, who: Option<&str>, kind: &str, body: String| {
        let request = Request::builder().method(Method::POST).uri(path).header("Content-Type", kind);
        let request = request.header("Idempotency-Key", format!("{path}{who:?}"));
        let request = who.into_iter().fold(request, |request, who| request.header("Seatbook-As", who));
        let response = router
            .as_ref()
            .clone()
            .oneshot(request.body(axum::body::Body::from(body)).expect("a request"))
            .await;
        let response = response.expect("an answer");
        assert!(response.status().is_success(), "{path}: {}", response.status());
        http_body_util::BodyExt::collect(response.into_body()).await.expect("a body").to_bytes()
    };
    let new = json!({"name": "School", "seats": 5, "admin": "admin@school.example"}).to_string();
    let made = send("/api/v1/licenses", None, "application/json", new).await;
    let made: serde_json::Value = serde_json::from_slice(&made).expect("JSON");
    let license = made["license_id"].as_str().expect("its id");
    let admin = Some("admin@school.example");
    send(&format!("/api/v1/licenses/{license}/users"), admin, "text/plain", person.clone()).await;
    send(&format!("/api/v1/invites/{license}/decline"), Some(&person), "application/json", "{}".to_owned())
        .await;
    let key = json!({"license_key": made["license_key"]}).to_string();
    send("/api/v1/join", Some(&person), "application/json", key).await;
    state.caught_up().await;

    let conn = rusqlite::Connection::open(&path).expect("the file");
    for sql in ["SELECT payload || metadata FROM events", "SELECT hex(result) FROM commands"] {
        let mut statement = conn.prepare(sql).expect("a query");
        let texts = statement.query_map([], |row| row.get::<_, String>(0)).expect("rows");
        for text in texts {
            let text = text.expect("text");
            assert!(!text.contains(MARKER), "{text}");
            assert!(!text.contains(&hex(MARKER)), "{text}");
            let typed = made["license_key"].as_str().expect("a key");
            assert!(!text.contains(typed), "a key stands in the log");
        }
    }
    let holders: u64 = conn
        .query_row("SELECT count(*) FROM directory WHERE normalised = ?", [&person], |row| row.get(0))
        .expect("the directory");
    assert_eq!(holders, 1, "the directory is where the address is");
    drop((conn, router));
    state.close().await;
    assert!(fs::metadata(&path).is_ok());
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02X}")).collect()
}
