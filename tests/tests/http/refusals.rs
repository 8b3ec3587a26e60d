//! Errors: what, where, which value, what to do; the same codes as everywhere.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use serde_json::json;

use crate::service::{ADMIN, Service};

#[tokio::test]
async fn what_cannot_be_read_says_where_and_what_to_do() {
    let service = Service::start(10).await;
    let unreadable = StatusCode::UNPROCESSABLE_ENTITY;
    let create = |field: &str, value: serde_json::Value| {
        let mut new = json!({"name": "x", "seats": 1, "admin": "a@x.example"});
        new[field] = value;
        new
    };
    for (field, value, code) in [
        ("name", json!("  "), "invalid_request"),
        ("seats", json!(0), "invalid_request"),
        ("admin", json!("ada@example"), "invalid_email"),
        ("domains", json!(["exa mple.org"]), "invalid_request"),
        ("plan", json!("gold"), "invalid_request"),
        ("surprise", json!(1), "invalid_request"),
    ] {
        let answer = service.post("/api/v1/licenses", None, create(field, value)).await;
        answer.refuses(unreadable, code);
    }
    service.get("/api/v1/licenses/{L}/users?status=gone", None).await.refuses(unreadable, "invalid_request");
    service
        .get("/api/v1/licenses/{L}/users?cursor=x", None)
        .await
        .refuses(StatusCode::BAD_REQUEST, "stale_cursor");
    let odd = service.get("/api/v1/licenses/{L}/users?admission=invite&status=accepted", None).await;
    odd.refuses(unreadable, "not_offered");
    service.get("/api/v1/licenses/{L}/audit?type=Nothing", None).await.refuses(unreadable, "not_offered");
    let backwards = "/api/v1/licenses/{L}/audit?from=2027-01-01T00:00:00Z&to=2020-01-01T00:00:00Z";
    service.get(backwards, None).await.refuses(unreadable, "invalid_request");
    service.paste("a@school.example").await;
    let image = service.send_text("/api/v1/licenses/{L}/users", ADMIN, "image/png", "x").await;
    image.refuses(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type");
    // Of what does not say what it is, nobody is taken: in a file, there are addresses in other columns, too.
    let request = service.request(Method::POST, "/api/v1/licenses/{L}/users", Some(ADMIN));
    let file = "Email;Parent\nb@school.example;mum@x.example\n";
    let untyped = service.send(request.body(Body::from(file)).expect("a request")).await;
    untyped.refuses(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type");
    assert!(untyped.text("detail").contains("Content-Type is missing"), "{}", untyped.body);
}

#[tokio::test]
async fn an_address_that_does_not_exist_is_a_problem_like_any_other() {
    let service = Service::start(10).await;
    service.get("/api/v1/nothing", None).await.refuses(StatusCode::NOT_FOUND, "not_found");
    service.get("/api/v1/licenses/no-id", None).await.refuses(StatusCode::NOT_FOUND, "not_found");
    let unknown = "/api/v1/licenses/01920000-0000-7000-8000-000000000000";
    for path in ["", "/users", "/audit", "/imports", "/why?email=a@x.example"] {
        let answer = service.get(&format!("{unknown}{path}"), None).await;
        answer.refuses(StatusCode::NOT_FOUND, "unknown_license");
    }
    let request = service.request(Method::DELETE, "/api/v1/licenses/{L}", None);
    let deleted = service.send(request.body(Body::empty()).expect("a request")).await;
    deleted.refuses(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed");
}

#[tokio::test]
async fn what_is_unknown_is_named_as_it_was_given() {
    let service = Service::start(10).await;
    let (id, missing) = ("01920000-0000-7000-8000-000000000000", StatusCode::NOT_FOUND);
    for (path, code) in [
        (format!("/api/v1/licenses/{id}"), "unknown_license"),
        (format!("/api/v1/licenses/{id}/users"), "unknown_license"),
        (format!("/api/v1/licenses/{{L}}/imports/{id}"), "unknown_import"),
        (format!("/api/v1/licenses/{{L}}/imports/{id}/refused"), "unknown_import"),
        (format!("/api/v1/licenses/{{L}}/imports/{id}/events"), "unknown_import"),
        (format!("/api/v1/licenses/{{L}}/users/{id}"), "unknown_person"),
        (format!("/api/v1/licenses/{{L}}/why?member_id={id}"), "unknown_person"),
    ] {
        let answer = service.get(&path, None).await;
        answer.refuses(missing, code);
        assert!(answer.text("detail").contains(id), "{path}: {}", answer.body);
    }
    let nobody = service.get("/api/v1/licenses?admin=nobody@x.example", None).await;
    nobody.refuses(missing, "unknown_person");
    assert_eq!(nobody.text("detail"), "Nobody is known as nobody@x.example.");
}

#[tokio::test]
async fn why_is_asked_about_one_person() {
    let service = Service::start(10).await;
    let id = "01920000-0000-7000-8000-000000000000";
    for (query, place) in [
        (String::new(), "email: it is missing"),
        (format!("?email=a@x.example&member_id={id}"), "member_id: 0192"),
    ] {
        let answer = service.get(&format!("/api/v1/licenses/{{L}}/why{query}"), None).await;
        answer.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
        assert!(answer.text("detail").starts_with(place), "{}", answer.body);
    }
}

#[tokio::test]
async fn what_a_header_says_is_not_passed_over() {
    let service = Service::start(10).await;
    let path = "/api/v1/licenses/{L}/users";
    let latin = service.send_text(path, ADMIN, "text/plain; charset=ISO-8859-1", "a@school.example").await;
    latin.refuses(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type");
    assert!(latin.text("detail").contains("\"ISO-8859-1\""), "{}", latin.body);
    let utf8 = service.send_text(path, ADMIN, "text/plain; Charset=\"UTF-8\"", "a@school.example").await;
    assert_eq!(utf8.status, StatusCode::OK, "{}", utf8.body);
    let request = service.request(Method::POST, "/api/v1/invites/{L}/accept", Some(ADMIN));
    let via = request.header("seatbook-via", "pigeon").body(Body::empty()).expect("a request");
    let via = service.send(via).await;
    via.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
    assert!(via.text("detail").contains("\"pigeon\""), "{}", via.body);
}

#[tokio::test]
async fn a_rule_that_says_no_is_a_conflict_with_its_code() {
    let service = Service::start(1).await;
    let conflict = StatusCode::CONFLICT;
    service.paste("bob@x.example").await;
    let cleo = Some("cleo@x.example");
    service.post("/api/v1/invites/{L}/accept", cleo, json!({})).await.refuses(conflict, "no_invite");
    service
        .post("/api/v1/join", cleo, json!({"license_key": service.key}))
        .await
        .refuses(conflict, "seat_limit");
    let mistyped = StatusCode::UNPROCESSABLE_ENTITY;
    service
        .post("/api/v1/join", cleo, json!({"license_key": "AAAAA"}))
        .await
        .refuses(mistyped, "key_mistyped");
    service.put("/api/v1/licenses/{L}/seats", None, json!({"limit": 5})).await;
    let stranger =
        service.send_text("/api/v1/licenses/{L}/users", "x@y.example", "text/plain", "z@y.example").await;
    stranger.refuses(StatusCode::FORBIDDEN, "not_permitted");
    service
        .put("/api/v1/licenses/{L}/plan", Some(ADMIN), json!({"plan": "free"}))
        .await
        .refuses(StatusCode::FORBIDDEN, "not_permitted");
    service
        .post("/api/v1/licenses/{L}/admins/revoke", None, json!({"email": ADMIN}))
        .await
        .refuses(conflict, "last_admin");
    let remove = service.post(
        "/api/v1/licenses/{L}/users/withdraw",
        Some(ADMIN),
        json!({"email": "nobody@x.example"}),
    );
    remove.await.refuses(conflict, "not_a_member");
    service
        .send_text("/api/v1/licenses/{L}/users", ADMIN, "text/plain", " , ")
        .await
        .refuses(StatusCode::UNPROCESSABLE_ENTITY, "nothing_given");
    service
        .send_text("/api/v1/licenses/{L}/users", ADMIN, "text/csv", "Mail\nx@y.example\n")
        .await
        .refuses(StatusCode::UNPROCESSABLE_ENTITY, "no_email_column");
}

#[tokio::test]
async fn a_bad_header_says_which() {
    let service = Service::start(1).await;
    let request = service.request(Method::GET, "/api/v1/invites", Some("not-an-address"));
    let answer = service.send(request.body(Body::empty()).expect("a request")).await;
    answer.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_email");
    for path in ["/api/v1/licenses", "/api/v1/licenses/{L}/users", "/api/v1/projections"] {
        let read = service.get(path, Some("not-an-address")).await;
        read.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_email");
    }
    let unicode = service.get("/api/v1/invites", Some("j%C3%B6rg@b%C3%BCcher.example")).await;
    assert_eq!(unicode.status, StatusCode::OK, "{}", unicode.body);
}

#[tokio::test]
async fn a_page_of_nothing_is_refused() {
    let service = Service::start(1).await;
    for path in ["/licenses", "/licenses/{L}/users", "/licenses/{L}/audit", "/licenses/{L}/imports"] {
        let answer = service.get(&format!("/api/v1{path}?limit=0"), None).await;
        answer.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
        assert_eq!(answer.text("detail"), "limit: a page holds at least 1.");
    }
}

#[tokio::test]
async fn what_is_new_does_not_end_in_the_past_and_a_license_may() {
    let service = Service::start(1).await;
    let new = json!({"name": "Old", "seats": 1, "admin": ADMIN, "term": "2020-01-31"});
    service.post("/api/v1/licenses", None, new).await.refuses(StatusCode::CONFLICT, "end_in_past");
    let key = json!({"ends": "2020-01-31"});
    service.post("/api/v1/licenses/{L}/keys", None, key).await.refuses(StatusCode::CONFLICT, "end_in_past");
    let ended = service.put("/api/v1/licenses/{L}/term", None, json!({"ends": "2020-01-31"})).await;
    assert_eq!((ended.status, &ended.body["ended"]), (StatusCode::OK, &json!(true)), "{}", ended.body);
}

#[tokio::test]
async fn a_key_for_nobody_is_refused_in_words_of_joining() {
    let service = Service::start(1).await;
    let answer = service.post("/api/v1/licenses/{L}/keys", None, json!({"limit": 0})).await;
    answer.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
    assert_eq!(answer.text("detail"), "limit: 0 people could join with the key.");
}

#[tokio::test]
async fn no_word_beside_an_address_vanishes() {
    let service = Service::start(10).await;
    let pasted = service.paste("ann lee@x.example").await;
    assert_eq!(pasted.body["outcomes"], json!({"invalid_email": 1, "invited": 1}), "{}", pasted.body);
    let list = json!({"emails": ["a b@c.example", "Bo <bo@c.example>", " ", "d@c.example"]});
    let listed = service.post("/api/v1/licenses/{L}/users", Some(ADMIN), list).await;
    assert_eq!(listed.body["outcomes"], json!({"invalid_email": 1, "invited": 2}), "{}", listed.body);
    let refused = listed.body["items"].as_array().and_then(|items| items.first()).expect("an item");
    assert_eq!((&refused["email"], &refused["line"]), (&json!("a b@c.example"), &json!(1)), "{refused}");
}

#[tokio::test]
async fn only_the_operator_sets_a_license_up() {
    let service = Service::start(1).await;
    let new = json!({"name": "Own", "seats": 1, "admin": ADMIN});
    let answer = service.post("/api/v1/licenses", Some(ADMIN), new).await;
    answer.refuses(StatusCode::FORBIDDEN, "not_permitted");
    assert_eq!(
        answer.text("detail"),
        "Only the operator can do this, and admin@school.example is not the operator."
    );
}

#[tokio::test]
async fn an_order_of_a_person_without_a_person_asks_for_the_header() {
    let service = Service::start(1).await;
    let (key, decline) = (json!({"license_key": service.key}), json!({}));
    let people = json!({"emails": ["a@x.example"]});
    let withdraw = json!({"email": "a@x.example"});
    for (path, body) in [
        ("/join", &key),
        ("/licenses/{L}/leave", &decline),
        ("/invites/{L}/accept", &decline),
        ("/invites/{L}/decline", &decline),
        ("/invites/{L}/close", &decline),
        ("/invites/{L}/reopen", &decline),
        ("/licenses/{L}/users", &people),
        ("/licenses/{L}/users/invite", &people),
        ("/licenses/{L}/users/remove", &people),
        ("/licenses/{L}/users/withdraw", &withdraw),
    ] {
        let answer = service.post(&format!("/api/v1{path}"), None, body.clone()).await;
        answer.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
        assert_eq!(answer.text("hint"), "Name the person in the Seatbook-As header.", "{path}");
    }
}

#[tokio::test]
async fn a_term_is_taken_away_only_by_saying_so() {
    let service = Service::start(1).await;
    let path = "/api/v1/licenses/{L}/term";
    service.put(path, None, json!({"ends": "2999-01-31"})).await;
    let nothing = service.put(path, None, json!({})).await;
    nothing.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
    assert!(nothing.text("detail").starts_with("ends: it is missing"), "{}", nothing.body);
    let never = service.put(path, None, json!({"ends": null})).await;
    assert_eq!((never.status, &never.body["code"]), (StatusCode::OK, &json!("changed")), "{}", never.body);
}

#[tokio::test]
async fn who_joins_by_key_came_by_the_key() {
    let service = Service::start(1).await;
    let key = json!({"license_key": service.key});
    let joined = service.post("/api/v1/join", Some("cleo@x.example"), key).await;
    let path = format!("/api/v1/licenses/{{L}}/audit?limit=1&min_position={}", joined.position());
    let audit = service.get(&path, None).await;
    assert_eq!(audit.body["items"][0]["source"], "key", "{}", audit.body);
}
