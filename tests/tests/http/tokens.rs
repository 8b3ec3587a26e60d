//! Tokens: by which machines ask in a person's name, for no more than they are good for.

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::service::{ADMIN, Answer, Service, send_to};

struct Machine {
    service: Service,
    network: Router,
}

impl Machine {
    async fn start() -> Self {
        let service = Service::start(10).await;
        let network = api::network::router(service.state.clone());
        Self { service, network }
    }

    async fn ask(&self, token: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
        let path = path.replace("{L}", &self.service.license);
        let request = Request::builder().method(method).uri(path).header("Host", "localhost");
        let request = request.header("Authorization", format!("Bearer {token}"));
        let request = request.header("Content-Type", "application/json");
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        send_to(&self.network, request.body(body).expect("a request")).await
    }
}

#[tokio::test]
async fn a_token_is_good_for_its_scopes_and_for_no_more_than_its_person() {
    let machine = Machine::start().await;
    let (read, write) =
        (machine.service.token(ADMIN, &["read"]).await, machine.service.token(ADMIN, &["write"]).await);
    let (users, name) = ("/api/v1/licenses/{L}/users", "/api/v1/licenses/{L}/name");
    let rename = || Some(json!({"name": "Riverside II"}));
    assert_eq!(machine.ask(&read, Method::GET, users, None).await.status, StatusCode::OK);
    machine.ask(&read, Method::PUT, name, rename()).await.refuses(StatusCode::FORBIDDEN, "token_scope");
    assert_eq!(machine.ask(&write, Method::PUT, name, rename()).await.status, StatusCode::OK);
    machine.ask(&write, Method::GET, users, None).await.refuses(StatusCode::FORBIDDEN, "token_scope");
    let plan = Some(json!({"plan": "free"}));
    let beyond = machine.ask(&write, Method::PUT, "/api/v1/licenses/{L}/plan", plan).await;
    beyond.refuses(StatusCode::FORBIDDEN, "not_permitted");
    for path in ["/api/v1/tokens", "/api/v1/sessions"] {
        machine.ask(&read, Method::GET, path, None).await.refuses(StatusCode::FORBIDDEN, "token_scope");
    }
}

#[tokio::test]
async fn the_operators_role_is_used_only_by_a_token_that_is_good_for_it() {
    let machine = Machine::start().await;
    let role = json!({"email": ADMIN, "role": "operator"});
    machine.service.post("/api/v1/installation/roles", None, role).await;
    let plain = machine.service.token(ADMIN, &["read", "write"]).await;
    let seats = || Some(json!({"limit": 20}));
    let path = "/api/v1/licenses/{L}/seats";
    machine.ask(&plain, Method::PUT, path, seats()).await.refuses(StatusCode::FORBIDDEN, "not_permitted");
    let good = machine.service.token(ADMIN, &["operator"]).await;
    assert_eq!(machine.ask(&good, Method::PUT, path, seats()).await.status, StatusCode::OK);
    let leave = machine.ask(&good, Method::POST, "/api/v1/licenses/{L}/users", None).await;
    leave.refuses(StatusCode::FORBIDDEN, "not_permitted");
}

#[tokio::test]
async fn a_token_for_one_license_opens_no_other() {
    let machine = Machine::start().await;
    let other = json!({"name": "Other", "seats": 1, "admin": ADMIN});
    let other = machine.service.post("/api/v1/licenses", None, other).await;
    let new = json!({"name": "one", "scopes": ["read", "write"], "license_id": machine.service.license});
    let token = machine.service.post("/api/v1/tokens", Some(ADMIN), new).await.text("token");
    machine.service.state.caught_up().await;
    let shown = machine.ask(&token, Method::GET, "/api/v1/licenses/{L}", None).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    let path = format!("/api/v1/licenses/{}", other.text("license_id"));
    let foreign = machine.ask(&token, Method::GET, &path, None).await;
    foreign.refuses(StatusCode::NOT_FOUND, "unknown_license");
    let listed = format!("/api/v1/licenses?min_position={}", other.position());
    let listed = machine.ask(&token, Method::GET, &listed, None).await;
    assert_eq!(listed.body["items"].as_array().map(Vec::len), Some(1), "{}", listed.body);
    let join = machine.ask(&token, Method::POST, "/api/v1/join", Some(json!({"license_key": "x"}))).await;
    join.refuses(StatusCode::FORBIDDEN, "token_scope");
}

#[tokio::test]
async fn a_token_is_shown_once_and_opens_nothing_once_it_is_revoked() {
    let machine = Machine::start().await;
    let token = machine.service.token(ADMIN, &["read"]).await;
    let listed = machine.service.get("/api/v1/tokens", Some(ADMIN)).await;
    assert!(!listed.body.to_string().contains(&token), "{}", listed.body);
    let id = listed.body["items"][0]["token_id"].as_str().expect("an id").to_owned();
    let me = machine.ask(&token, Method::GET, "/api/v1/me", None).await;
    assert_eq!((&me.body["email"], &me.body["token"]["token_id"]), (&json!(ADMIN), &json!(id)));
    let revoke = format!("/api/v1/tokens/{id}/revoke");
    let strangers = machine.service.post(&revoke, Some("eve@x.example"), json!({})).await;
    strangers.refuses(StatusCode::NOT_FOUND, "unknown_token");
    assert_eq!(machine.service.post(&revoke, Some(ADMIN), json!({})).await.status, StatusCode::NO_CONTENT);
    let gone = machine.ask(&token, Method::GET, "/api/v1/me", None).await;
    gone.refuses(StatusCode::UNAUTHORIZED, "token_unknown");
    assert!(gone.headers.contains("www-authenticate"), "{}", gone.headers);
}

/// Whoever has lost a machine, or a whole account, is helped also where nobody has the command line at hand.
#[tokio::test]
async fn the_operator_revokes_every_token_of_a_person() {
    let machine = Machine::start().await;
    let service = &machine.service;
    let tokens = [service.token(ADMIN, &["read"]).await, service.token(ADMIN, &["write"]).await];
    let ops = "ops@provider.example";
    let role = json!({"email": ops, "role": "operator"});
    service.post("/api/v1/installation/roles", None, role).await;
    let of_operator = service.token(ops, &["operator", "read"]).await;
    let path = "/api/v1/tokens/revoke";
    let whose = || Some(json!({"email": ADMIN.to_uppercase()}));
    // No machine does: whoever has stolen a token has no way to keep others out.
    for token in tokens.iter().chain([&of_operator]) {
        machine.ask(token, Method::POST, path, whose()).await.refuses(StatusCode::FORBIDDEN, "token_scope");
    }
    let revoked = service.post(path, None, json!({"email": ADMIN.to_uppercase()})).await;
    assert_eq!(revoked.body, json!({"revoked": 2}), "{}", revoked.body);
    for token in &tokens {
        let gone = machine.ask(token, Method::GET, "/api/v1/me", None).await;
        gone.refuses(StatusCode::UNAUTHORIZED, "token_unknown");
    }
    assert_eq!(machine.ask(&of_operator, Method::GET, "/api/v1/me", None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn no_name_of_a_token_or_a_license_holds_an_address() {
    let service = Service::start(5).await;
    let token = json!({"name": "sync for bob@school.example", "scopes": ["read"]});
    let refused = service.post("/api/v1/tokens", Some(ADMIN), token).await;
    refused.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
    let name = json!({"name": "Music (ask bob@school.example)"});
    let path = "/api/v1/licenses/{L}/name".replace("{L}", &service.license);
    let request = service.request(Method::PUT, &path, Some(ADMIN)).header("Content-Type", "application/json");
    let request = request.body(Body::from(name.to_string())).expect("a request");
    let refused = send_to(&service.router, request).await;
    refused.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
}

#[tokio::test]
async fn a_token_and_a_cookie_at_once_are_refused() {
    let machine = Machine::start().await;
    let token = machine.service.token(ADMIN, &["read"]).await;
    let request = Request::builder().uri("/api/v1/me").header("Host", "localhost");
    let request = request.header("Authorization", format!("Bearer {token}"));
    let request = request.header("Cookie", machine.service.session(ADMIN).await);
    let answer = send_to(&machine.network, request.body(Body::empty()).expect("a request")).await;
    answer.refuses(StatusCode::BAD_REQUEST, "two_credentials");
}

#[tokio::test]
async fn who_guesses_tokens_is_soon_told_to_wait() {
    let machine = Machine::start().await;
    let ask = async || {
        let request = Request::builder().uri("/api/v1/me").header("Host", "localhost");
        let request = request.header("Authorization", "Bearer sbk_000000000000000000000000000000AAAAAA");
        machine
            .network
            .clone()
            .oneshot(request.body(Body::empty()).expect("a request"))
            .await
            .expect("an answer")
    };
    for _ in 0..20 {
        assert_eq!(ask().await.status(), StatusCode::UNAUTHORIZED);
    }
    let limited = ask().await;
    assert_eq!(limited.status(), StatusCode::TOO_MANY_REQUESTS);
    for name in [header::RETRY_AFTER.as_str(), "ratelimit", "ratelimit-policy"] {
        assert!(limited.headers().contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn who_tries_license_keys_is_soon_told_to_wait() {
    let machine = Machine::start().await;
    let token = machine.service.token("eve@x.example", &["write"]).await;
    for _ in 0..10 {
        let tried =
            machine.ask(&token, Method::POST, "/api/v1/join", Some(json!({"license_key": "AAAAA"}))).await;
        tried.refuses(StatusCode::UNPROCESSABLE_ENTITY, "key_mistyped");
    }
    let tried =
        machine.ask(&token, Method::POST, "/api/v1/join", Some(json!({"license_key": "AAAAA"}))).await;
    tried.refuses(StatusCode::TOO_MANY_REQUESTS, "too_many_requests");
}

#[tokio::test]
async fn guesses_are_counted_on_all_nodes_together() {
    let machine = Machine::start().await;
    let other = api::network::router(machine.service.state.clone());
    let guess = async |router: &Router| {
        let request = Request::builder().uri("/api/v1/me").header("Host", "localhost");
        let request = request.header("Authorization", "Bearer sbk_000000000000000000000000000000AAAAAA");
        send_to(router, request.body(Body::empty()).expect("a request")).await.status
    };
    for n in 0..20 {
        let router = if n % 2 == 0 { &machine.network } else { &other };
        assert_eq!(guess(router).await, StatusCode::UNAUTHORIZED);
    }
    // Each of them has seen ten.
    for router in [&machine.network, &other] {
        assert_eq!(guess(router).await, StatusCode::TOO_MANY_REQUESTS);
    }
}
