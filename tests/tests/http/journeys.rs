//! What the seed tells, request by request.

use axum::http::StatusCode;
use serde_json::json;

use crate::service::{ADMIN, Service};

#[tokio::test]
async fn people_are_added_and_the_list_shows_who_accepted_who_is_invited_and_who_declined() {
    let service = Service::start(10).await;
    let added = service.paste("Ada@School.example, bob@x.example\ncleo@x.example; dan@x.example").await;
    assert_eq!(added.body["outcomes"], json!({"accepted": 1, "invited": 3}));
    assert_eq!(added.body["seats"], json!({"limit": 10, "held": 4}));
    for (who, what) in
        [("bob@x.example", "accept"), ("cleo@x.example", "decline"), ("dan@x.example", "close")]
    {
        let path = format!("/api/v1/invites/{{L}}/{what}");
        let done = service.post(&path, Some(who), json!({})).await;
        assert_eq!(done.status, StatusCode::OK, "{what}: {}", done.body);
    }
    let position = service.get("/api/v1/projections", None).await.body["items"][0]["position"].as_u64();
    let users = service.users(position.expect("a position").max(added.position() + 3), "").await;
    let expected = [
        "Ada@School.example accepted",
        "bob@x.example accepted",
        "cleo@x.example rejected",
        "dan@x.example invited",
    ];
    assert_eq!(users.people(), expected);
    assert_eq!(users.body["total"], json!({"count": 4, "exact": true}));
}

#[tokio::test]
async fn a_closed_invite_is_found_again_and_reopened() {
    let service = Service::start(10).await;
    service.paste("bob@x.example").await;
    let bob = Some("bob@x.example");
    let closed = service.post("/api/v1/invites/{L}/close", bob, json!({})).await;
    let path = format!("/api/v1/invites?min_position={}", closed.position());
    let invites = service.get(&path, bob).await;
    assert_eq!(invites.body["items"][0]["notification_closed"], json!(true));
    assert_eq!(invites.body["items"][0]["license_name"], json!("Riverside"));
    let reopened = service.post("/api/v1/invites/{L}/reopen", bob, json!({})).await;
    assert_eq!(reopened.text("code"), "notification_reopened");
    let accepted = service.post("/api/v1/invites/{L}/accept", bob, json!({})).await;
    assert_eq!(accepted.text("code"), "accepted");
    let none = service.get(&format!("/api/v1/invites?min_position={}", accepted.position()), bob).await;
    assert_eq!(none.body["items"], json!([]));
}

#[tokio::test]
async fn whoever_declined_enters_the_key_and_joins_at_once() {
    let service = Service::start(10).await;
    service.paste("bob@x.example").await;
    let bob = Some("bob@x.example");
    let declined = service.post("/api/v1/invites/{L}/decline", bob, json!({"reason": "not_needed"})).await;
    assert_eq!(declined.text("code"), "declined");
    let joined = service.post("/api/v1/join", bob, json!({"license_key": service.key})).await;
    assert_eq!(
        (joined.text("code"), joined.text("license_id")),
        ("accepted".to_owned(), service.license.clone())
    );
    let users = service.users(joined.position(), "&admission=license_key").await;
    assert_eq!(users.people(), ["bob@x.example accepted"]);
}

#[tokio::test]
async fn a_csv_file_is_taken_and_its_refused_rows_can_be_had_as_csv() {
    let service = Service::start(10).await;
    let file = "Name,Email\nAda,ada@school.example\nBob,bob@\n,ada@school.example\n";
    let report =
        service.send_text("/api/v1/licenses/{L}/users", ADMIN, "text/csv; charset=utf-8", file).await;
    assert_eq!(report.body["outcomes"], json!({"accepted": 1, "duplicate_in_file": 1, "invalid_email": 1}));
    let path = format!("/api/v1/licenses/{{L}}/imports/{}/refused", report.text("import_id"));
    let request = service.request(axum::http::Method::GET, &path, None).header("Accept", "text/csv");
    let csv = service.send(request.body(axum::body::Body::empty()).expect("a request")).await;
    let csv = csv.body.as_str().expect("text").to_owned();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 3, "{csv}");
    let ours = "Seatbook line,Seatbook code,Seatbook reason,Seatbook what to do";
    assert_eq!(lines[0], format!("\u{FEFF}Name,Email,{ours}"));
    assert!(lines[1].starts_with("Bob,bob@,3,invalid_email,"), "{csv}");
    assert!(lines[2].starts_with(",ada@school.example,4,duplicate_in_file,"), "{csv}");
    let other = json!({"name": "Other", "seats": 1, "admin": ADMIN});
    let other = service.post("/api/v1/licenses", None, other).await.text("license_id");
    let preview = "/api/v1/licenses/{L}/imports?dry_run=true";
    let preview = service.send_text(preview, ADMIN, "text/csv", file).await.text("import_id");
    let elsewhere = service.get(&format!("/api/v1/licenses/{other}/imports/{preview}/refused"), None).await;
    elsewhere.refuses(StatusCode::NOT_FOUND, "unknown_import");
    let imports = service
        .get(&format!("/api/v1/licenses/{{L}}/imports?min_position={}", report.position()), None)
        .await;
    assert_eq!(imports.body["items"][0]["counts"]["accepted"], json!(1));
    assert_eq!(imports.body["items"][0]["phase"], json!("completed"));
}

#[tokio::test]
async fn a_mistyped_address_is_found_in_the_row_that_was_refused_for_it() {
    let service = Service::start(10).await;
    let file = "Email\nmaria.example.org\nanna@s..example\n";
    // A preview refuses nobody.
    let preview = "/api/v1/licenses/{L}/users?dry_run=true";
    service.send_text(preview, ADMIN, "text/csv", "Email\nmaria.example.org\n").await;
    let report = service.send_text("/api/v1/licenses/{L}/users", ADMIN, "text/csv", file).await;
    assert_eq!(report.body["outcomes"], json!({"invalid_email": 2}));
    let why = async |who: &str| service.get(&format!("/api/v1/licenses/{{L}}/why?email={who}"), None).await;
    for (who, line, sentence) in [
        ("Maria.example.org", 2, "Nobody can be on a license by this, which is no e-mail address: "),
        ("anna@s..example", 3, "Nobody can be on a license by this, which is no e-mail address: "),
        // Which the row's own advice has proposed.
        ("anna@s.example", 3, "Nobody by the address anna@s.example is known on this license"),
    ] {
        let told = why(who).await;
        let rows = told.body["refused_rows"]["rows"].as_array().cloned().unwrap_or_default();
        assert_eq!((rows.len(), &rows[0]["line"]), (1, &json!(line)), "{who}: {}", told.body);
        assert!(told.text("sentence").starts_with(sentence), "{}", told.body);
    }
    let told = why("paul.example.org").await;
    assert!(told.text("sentence").starts_with("Nobody can be on a license by this"), "{}", told.body);
    let kept = told.body["refused_rows"]["text"].as_str().unwrap_or_default();
    assert!(kept.starts_with("None of the 2 refused rows that were searched holds it"), "{}", told.body);
    for nothing in ["ma", "%20"] {
        why(nothing).await.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_email");
    }
}

#[tokio::test]
async fn a_preview_changes_nothing() {
    let service = Service::start(1).await;
    let path = "/api/v1/licenses/{L}/users?dry_run=true";
    let preview = service.send_text(path, ADMIN, "text/plain", "a@school.example b@school.example").await;
    assert_eq!(preview.body["outcomes"], json!({"accepted": 1, "seat_limit": 1}));
    assert_eq!(preview.body["dry_run"], json!(true));
    assert_eq!(service.users(preview.position(), "").await.people(), Vec::<String>::new());
}

/// How many seats there are is nothing for whoever has found a key.
#[tokio::test]
async fn a_key_of_a_full_license_tells_nothing_of_it() {
    let service = Service::start(1).await;
    service.paste("ada@school.example").await;
    let key = json!({"license_key": service.key});
    let refused = service.post("/api/v1/join", Some("eve@x.example"), key).await;
    assert_eq!(refused.text("detail"), "No seat of the license is free.");
    refused.refuses(StatusCode::CONFLICT, "seat_limit");
}

/// Whoever has said no is not asked again unawares.
#[tokio::test]
async fn a_preview_says_who_had_declined_and_why() {
    let service = Service::start(9).await;
    service.paste("bob@x.example, ben@x.example").await;
    let reason = json!({"reason": "not_needed"});
    service.post("/api/v1/invites/{L}/decline", Some("bob@x.example"), reason).await;
    let path = "/api/v1/licenses/{L}/users?dry_run=true";
    let people = "bob@x.example ben@x.example ada@school.example";
    let preview = service.send_text(path, ADMIN, "text/plain", people).await;
    let items = preview.body["items"].as_array().cloned().unwrap_or_default();
    let said: Vec<_> =
        items.iter().map(|item| (item["code"].clone(), item["had_declined"].clone())).collect();
    let nothing = || serde_json::Value::Null;
    let wanted = [("invited", json!("not_needed")), ("already_invited", nothing()), ("accepted", nothing())];
    assert_eq!(said, wanted.map(|(code, declined)| (json!(code), declined)));
}

#[tokio::test]
async fn everything_that_happened_and_why_can_be_asked() {
    let service = Service::start(10).await;
    service.paste("bob@x.example").await;
    let declined = service
        .post("/api/v1/invites/{L}/decline", Some("bob@x.example"), json!({"reason": "wrong_person"}))
        .await;
    let position = declined.position();
    let path = format!("/api/v1/licenses/{{L}}/why?email=bob@x.example&min_position={position}");
    let why = service.get(&path, None).await;
    assert_eq!(why.text("status"), "rejected");
    assert!(why.text("sentence").contains("declined"), "{}", why.body);
    assert_eq!(why.body["chain"].as_array().map(Vec::len), Some(2));
    assert!(why.body["next_steps"].as_array().is_some_and(|steps| !steps.is_empty()));
    let path = format!("/api/v1/licenses/{{L}}/audit?order=oldest&limit=500&min_position={position}");
    let audit = service.get(&path, None).await;
    let items = audit.body["items"].as_array().expect("items");
    let sequences: Vec<_> = items.iter().map(|item| item["license_sequence"].as_u64()).collect();
    let dense: Vec<_> = (1..=u64::try_from(items.len()).expect("few")).map(Some).collect();
    assert_eq!(sequences, dense, "nothing of the license is missing");
    assert!(items.iter().all(|item| item["text"].as_str().is_some_and(|text| !text.is_empty())));
}

#[tokio::test]
async fn the_same_key_is_the_same_request_and_another_request_with_it_is_refused() {
    let service = Service::start(10).await;
    let send = async |text: &str| {
        let request = service.request(axum::http::Method::POST, "/api/v1/licenses/{L}/users", Some(ADMIN));
        let request = request.header("Content-Type", "text/plain").header("Idempotency-Key", "\"abc\"");
        service.send(request.body(axum::body::Body::from(text.to_owned())).expect("a request")).await
    };
    let first = send("a@school.example").await;
    let again = send("a@school.example").await;
    assert_eq!((first.text("import_id"), first.position()), (again.text("import_id"), again.position()));
    assert_eq!(first.body["outcomes"], again.body["outcomes"]);
    let other = send("b@school.example").await;
    other.refuses(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused");
    assert_eq!(other.text("detail"), "Idempotency-Key: it came with another request before.");
}

#[tokio::test]
async fn a_license_is_renamed_resized_ended_and_moved_to_another_plan() {
    let service = Service::start(10).await;
    for (what, body) in [
        ("name", json!({"name": "Hillside"})),
        ("seats", json!({"limit": 20})),
        ("term", json!({"ends": "2030-06-30"})),
        ("plan", json!({"plan": "free"})),
    ] {
        let changed = service.put(&format!("/api/v1/licenses/{{L}}/{what}"), None, body).await;
        assert_eq!(changed.text("code"), "changed", "{what}");
    }
    let again = service.put("/api/v1/licenses/{L}/plan", None, json!({"plan": "free"})).await;
    assert_eq!(again.text("code"), "unchanged");
    let shown = service.get(&format!("/api/v1/licenses/{{L}}?min_position={}", again.position()), None).await;
    assert_eq!(shown.body["name"], json!("Hillside"));
    assert_eq!(shown.body["seats"]["limit"], json!(20));
    assert_eq!(shown.body["ends"], json!("2030-06-30"));
    let refused = service.paste("a@school.example").await;
    assert_eq!(refused.body["outcomes"], json!({"plan_required": 1}));
}

#[tokio::test]
async fn the_service_says_that_it_lives_and_is_ready() {
    let service = Service::start(10).await;
    assert_eq!(service.get("/livez", None).await.status, StatusCode::OK);
    // Lists that are new are shown once they have caught up.
    service.state.caught_up().await;
    let ready = service.get("/readyz", None).await;
    assert_eq!((ready.status, &ready.body["ready"]), (StatusCode::OK, &json!(true)));
    let verified = service.post("/api/v1/projections/members/verify", None, json!({})).await;
    assert_eq!((&verified.body["equal"], &verified.body["swapped"]), (&json!(true), &json!(false)));
}

#[tokio::test]
async fn why_is_answered_while_a_read_model_has_stopped() {
    let service = Service::start(10).await;
    let broken = service
        .state
        .read_store()
        .write(|conn| conn.batch("DROP TABLE members").map_err(eventlog::LogError::from));
    broken.await.expect("a broken read model");
    let position = service.paste("bob@x.example").await.position();
    let users = service.get(&format!("/api/v1/licenses/{{L}}/users?min_position={position}"), None).await;
    users.refuses(StatusCode::SERVICE_UNAVAILABLE, "read_model_stopped");
    let path = format!("/api/v1/licenses/{{L}}/why?email=bob@x.example&min_position={position}");
    assert_eq!(service.get(&path, None).await.text("status"), "invited");
}
