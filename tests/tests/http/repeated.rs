//! What a request that came before is told, and what can be asked about imports later.

use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::service::{ADMIN, Answer, Service};

async fn send(
    service: &Service,
    path: &str,
    key: &str,
    who: Option<&str>,
    kind: &str,
    body: String,
) -> Answer {
    let request = service.request(Method::POST, path, who).header(header::CONTENT_TYPE, kind);
    service.send(request.header("Idempotency-Key", key).body(body.into()).expect("a request")).await
}

#[tokio::test]
async fn a_repeated_import_says_so_counts_the_same_and_says_where_the_refused_rows_are() {
    let service = Service::start(10).await;
    let add = async || {
        let people = "a@school.example, bad@".to_owned();
        send(&service, "/api/v1/licenses/{L}/users", "1", Some(ADMIN), "text/plain", people).await
    };
    let first = add().await;
    assert_eq!((&first.body["repeated"], &first.body["seats_before"]["held"]), (&json!(false), &json!(0)));
    service.paste("b@school.example").await;
    let again = add().await;
    assert_eq!((&again.body["repeated"], &again.body["items"]), (&json!(true), &json!([])));
    assert_eq!(again.body["outcomes"], first.body["outcomes"]);
    assert_eq!(again.body["rows"], first.body["rows"]);
    assert_eq!(again.body["seats"], json!({"limit": 10, "held": 2}));
    assert_eq!(again.body.get("seats_before"), None, "what was there before the first is not known any more");
    let refused = service.get(&again.text("refused_rows"), None).await;
    assert_eq!(refused.body["items"][0]["value"], json!("bad@"), "{}", refused.body);
}

#[tokio::test]
async fn a_key_that_was_shown_is_not_shown_again_and_that_is_said() {
    let service = Service::start(10).await;
    let other = json!({"name": "Hillside", "seats": 1, "admin": ADMIN});
    for (key, path, body) in [("1", "/api/v1/licenses", other), ("2", "/api/v1/licenses/{L}/keys", json!({}))]
    {
        let ask = async || send(&service, path, key, None, "application/json", body.to_string()).await;
        let (first, again) = (ask().await, ask().await);
        assert!(first.body["license_key"].is_string() && first.body.get("hint").is_none(), "{}", first.body);
        assert_eq!((again.status, &again.body["license_key"]), (StatusCode::CREATED, &Value::Null));
        let then = if again.body["kept"] == true { "shows one again" } else { "issue another" };
        for part in ["shown", then] {
            assert!(again.text("hint").contains(part), "{}", again.body);
        }
        for field in ["license_id", "key_id", "position"] {
            assert_eq!(again.body[field], first.body[field]);
        }
    }
}

#[tokio::test]
async fn a_preview_leads_to_what_is_kept_of_it() {
    let service = Service::start(1).await;
    let path = "/api/v1/licenses/{L}/users?dry_run=true";
    let preview =
        service.send_text(path, ADMIN, "text/plain", "a@school.example b@school.example bad@").await;
    assert_eq!(
        (&preview.body["seats_before"]["held"], &preview.body["seats"]["held"]),
        (&json!(0), &json!(1))
    );
    let id = preview.text("import_id");
    let shown = service.get(&format!("/api/v1/licenses/{{L}}/imports/{id}"), None).await;
    assert_eq!((shown.status, shown.text("phase")), (StatusCode::OK, "preview".to_owned()));
    assert_eq!(shown.body["refused"], json!({"invalid_email": 1, "seat_limit": 1}));
    assert_eq!(shown.text("refused_rows"), preview.text("refused_rows"));
    let refused = service.get(&shown.text("refused_rows"), None).await;
    assert_eq!(refused.body["items"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn an_import_is_found_at_once_on_its_own_license_and_on_no_other() {
    let service = Service::start(10).await;
    let import = service.paste("a@school.example bad@").await.text("import_id");
    let shown = service.get(&format!("/api/v1/licenses/{{L}}/imports/{import}"), None).await;
    assert_eq!(shown.text("phase"), "completed");
    let other = json!({"name": "Other", "seats": 1, "admin": ADMIN});
    let other = service.post("/api/v1/licenses", None, other).await.text("license_id");
    for path in ["", "/refused"] {
        let answer = service.get(&format!("/api/v1/licenses/{other}/imports/{import}{path}"), None).await;
        answer.refuses(StatusCode::NOT_FOUND, "unknown_import");
    }
}
