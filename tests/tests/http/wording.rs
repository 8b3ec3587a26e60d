//! What is said about a request that can't be read: where, which value, what to do; in no library's words.

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use serde_json::json;

use crate::service::{ADMIN, Answer, Service};

/// What only a library would say.
const FOREIGN: [&str; 14] = [
    "expected",
    "serialize",
    "invalid type",
    "invalid value",
    "missing field",
    "unknown field",
    "duplicate field",
    "variant",
    "UUID",
    "EOF",
    "u64",
    "struct",
    "Invalid URL",
    "Failed",
];

fn says(answer: &Answer, parts: &[&str]) {
    let said = format!("{} {}", answer.text("detail"), answer.text("hint"));
    for part in parts {
        assert!(said.contains(part), "no {part:?} in: {said}");
    }
    for word in FOREIGN {
        assert!(!said.contains(word), "{word:?} in: {said}");
    }
    assert!(said.chars().count() < 500 && !said.chars().any(char::is_control), "{said}");
}

async fn send(service: &Service, kind: Option<&str>, body: impl Into<Body>) -> Answer {
    let mut request = service.request(Method::POST, "/api/v1/licenses", None);
    if let Some(kind) = kind {
        request = request.header(header::CONTENT_TYPE, kind);
    }
    service.send(request.body(body.into()).expect("a request")).await
}

#[tokio::test]
async fn a_field_that_does_not_fit_is_named_with_its_value_and_what_would_fit() {
    let service = Service::start(1).await;
    let good = json!({"name": "x", "seats": 1, "admin": "a@x.example"});
    let with = |field: &str, value: serde_json::Value| {
        let mut body = good.clone();
        body[field] = value;
        body.to_string()
    };
    let long = "x".repeat(5_000);
    for (body, parts) in [
        (
            with("seats", json!("many")),
            &["seats: \"many\" is not a whole number, 0 or more", "line 1, column "][..],
        ),
        (with("seats", json!(-5)), &["seats: -5 is not a whole number"]),
        (with("seats", json!(1.5)), &["seats: 1.5 is not a whole number"]),
        (with("seats", json!(null)), &["seats: null is not a whole number"]),
        (with("name", json!(7)), &["name: 7 is not text"]),
        (with("name", json!(["x"])), &["name: a list is not text"]),
        (with("domains", json!("x.example")), &["domains: \"x.example\" is not a list"]),
        (with("domains", json!(["x.example", 5])), &["domains[1]: 5 is not text"]),
        (with("plan", json!("gold")), &["plan: \"gold\" is none of", "paid, free"]),
        (with("plan", json!(["paid"])), &["plan: a list is none of", "paid, free"]),
        (with("term", json!("soon")), &["term: \"soon\" is not a day like 2027-07-31"]),
        (with("surprise", json!(1)), &["surprise: there is nothing of this name", "name, seats, admin"]),
        (with("seats", json!(long)), &["seats: \"xxx", "…"]),
        (with("seats", json!("a\u{1b}[2J\u{202e}")), &["seats: \"a\\u{1b}[2J\\u{202e}\" is not"]),
        (json!({"name": "x"}).to_string(), &["seats: it is missing", "Add seats"]),
        (json!([good]).to_string(), &["A list is not an object"]),
        ("{\"name\": \"x\",\n \"name\": \"y\"}".to_owned(), &["name: it is given twice", "line 2"]),
    ] {
        let answer = send(&service, Some("application/json"), body).await;
        answer.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
        says(&answer, parts);
    }
    let list = json!({"emails": ["a@x.example", 3]});
    let answer = service.post("/api/v1/licenses/{L}/users", Some(ADMIN), list).await;
    answer.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
    says(&answer, &["emails[1]: 3 is not text"]);
}

#[tokio::test]
async fn a_body_that_is_no_json_says_on_which_line() {
    let service = Service::start(1).await;
    for (body, parts) in [
        (&b""[..], &["The body is empty"][..]),
        (b"{\"name\": \"x\",\n  seats: 1}", &["line 2, column 3", "\"seats: 1}\""]),
        (b"{\"name\": \"x\"", &["ends too early: line 1"]),
        (b"{} {}", &["line 1, column 4"]),
        (b"{\"name\": \"\xff\"}", &["not UTF-8", "byte 11"]),
    ] {
        let answer = send(&service, Some("application/json; charset=utf-8"), body.to_vec()).await;
        answer.refuses(StatusCode::BAD_REQUEST, "invalid_json");
        says(&answer, parts);
    }
    let deep = "[".repeat(10_000);
    send(&service, Some("application/json"), deep).await.refuses(StatusCode::BAD_REQUEST, "invalid_json");
}

#[tokio::test]
async fn a_body_of_another_type_is_told_what_is_taken() {
    let service = Service::start(1).await;
    for (kind, part) in [(None, "Content-Type is missing"), (Some("text/xml"), "\"text/xml\"")] {
        let answer = send(&service, kind, "{}").await;
        answer.refuses(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type");
        says(&answer, &[part, "application/json"]);
    }
}

#[tokio::test]
async fn where_nothing_has_to_stand_in_a_body_there_need_be_none() {
    let service = Service::start(10).await;
    let (keys, decline) = ("/api/v1/licenses/{L}/keys", "/api/v1/invites/{L}/decline");
    service.paste("ada@else.example bob@else.example").await;
    let order = async |path: &str, who: &str, kind: Option<&str>, body: &'static str| {
        let request = service.request(Method::POST, path, Some(who).filter(|who| !who.is_empty()));
        let request =
            kind.into_iter().fold(request, |request, kind| request.header(header::CONTENT_TYPE, kind));
        service.send(request.body(Body::from(body)).expect("a request")).await
    };
    let answer = order(decline, "ada@else.example", None, "").await;
    assert_eq!((answer.status, answer.text("code").as_str()), (StatusCode::OK, "declined"));
    let answer = order(decline, "bob@else.example", Some("application/json"), "").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let answer = order(keys, "", None, "").await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    // What is there is read as strictly as anywhere.
    for (kind, body, part) in [
        (None, "{\"limit\": 1}", "Content-Type is missing"),
        (Some("text/plain"), "", "\"text/plain\""),
        (Some("application/json"), "{\"limit\": -1}", "limit: -1 is not"),
        (Some("application/json; charset=latin1"), "{}", "\"latin1\""),
    ] {
        says(&order(keys, "", kind, body).await, &[part]);
    }
}

#[tokio::test]
async fn a_parameter_that_does_not_fit_is_named_with_its_value_and_what_would_fit() {
    let service = Service::start(1).await;
    for (query, parts) in [
        ("users?limit=abc", &["limit: \"abc\" is not a whole number"][..]),
        ("users?limit=-1", &["limit: \"-1\" is not a whole number"]),
        ("users?limit=99999999999999999999", &["limit: \"99999999999999999999\" is not a whole number"]),
        ("users?status=gone", &["status: \"gone\" is none of", "accepted, invited, rejected"]),
        ("users?sort=%1b%5b2J", &["sort: \"\\u{1b}[2J\"", "email_desc"]),
        ("users?stat=x", &["stat: there is nothing of this name", "status"]),
        ("users?limit=1&limit=2", &["limit: it is given twice"]),
        ("audit?from=yesterday", &["from: \"yesterday\" is not a day like"]),
        ("audit?order=up", &["order: \"up\"", "newest, oldest"]),
        ("why?member_id=7", &["member_id: \"7\" is not an id like"]),
        ("?min_position=x", &["min_position: \"x\" is not a whole number"]),
    ] {
        let path = format!("/api/v1/licenses/{{L}}/{query}").replace("/?", "?");
        let answer = service.get(&path, None).await;
        answer.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
        says(&answer, parts);
    }
    let answer = service.post("/api/v1/projections/members/rebuild?force=1", None, json!({})).await;
    answer.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
    says(&answer, &["force: \"1\" is not true or false"]);
}

#[tokio::test]
async fn what_is_not_offered_is_named_with_what_is() {
    let service = Service::start(1).await;
    let license = "/api/v1/licenses/{L}";
    for (asked, parts) in [
        (format!("{license}/users?cursor=abc"), ["cursor: it is not of this list", "Begin again"]),
        (
            format!("{license}/users?admission=invite&status=accepted"),
            ["Admission goes with no other filter", "sort=added"],
        ),
        (
            format!("{license}/users?added_by={ADMIN}&sort=email"),
            ["Admission goes with no other filter", "sort=added"],
        ),
    ] {
        says(&service.get(&asked, None).await, &parts);
    }
    let unknown = service.get(&format!("{license}/audit?type=useradded%1B"), None).await;
    assert_eq!(unknown.text("detail"), r#"type: "useradded\u{1b}" is no type of event."#);
    assert!(unknown.text("hint").starts_with("Give one of: LicenseCreated, "), "{}", unknown.body);
    let request = service.request(Method::POST, "/api/v1/projections/nothing/verify", None);
    let answer = service.send(request.body(Body::empty()).expect("a request")).await;
    says(
        &answer,
        &[
            "called \"nothing\".",
            "Name one of these: members, spans, licenses, audit, invites, imports, key_joins, tree, erasures.",
        ],
    );
}

#[tokio::test]
async fn an_id_that_is_none_is_named() {
    let service = Service::start(1).await;
    let long = format!("/api/v1/licenses/{}", "x".repeat(3_000));
    for (path, parts) in [
        ("/api/v1/licenses/no-id", &["license_id: \"no-id\" is not an id", "0192"][..]),
        ("/api/v1/licenses/{L}/users/7", &["member_id: \"7\" is not an id"]),
        ("/api/v1/licenses/{L}/imports/%E2%80%AE", &["import_id: \"\\u{202e}\""]),
        ("/api/v1/licenses/%ff", &["UTF-8"]),
        (&long, &["license_id: \"xxx", "…"]),
    ] {
        let answer = service.get(path, None).await;
        answer.refuses(StatusCode::NOT_FOUND, "not_found");
        says(&answer, parts);
    }
}

#[tokio::test]
async fn a_number_that_no_database_can_count_is_no_fault_of_ours() {
    let service = Service::start(1).await;
    let added = service.paste("bad@").await;
    let path =
        format!("/api/v1/licenses/{{L}}/imports/{}/refused?after={}", added.text("import_id"), u64::MAX);
    let answer = service.get(&path, None).await;
    answer.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
    says(&answer, &["after: 18446744073709551615 is not a whole number", "up to 9007199254740991"]);
    let last = path.replace(&u64::MAX.to_string(), "9007199254740991");
    assert_eq!(service.get(&last, None).await.body["items"], json!([]));
}
