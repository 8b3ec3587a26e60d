//! A node whose role may work with the log's tables, and does not own them.

use axum::{body::Body, http::Request};
use eventlog::{
    conformance::server::Server,
    postgres::{OfNodes, grant, migrate},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

const ROLE: &str = "seatbook_service";

#[tokio::test]
async fn a_node_needs_no_more_than_what_is_granted() {
    let server = Server::shared();
    let owner = server.database().await;
    migrate(&owner).await.expect("tables");
    let (before, _) = owner.split_once('?').expect("parameters");
    let database = before.rsplit_once('/').expect("a name").1;
    server.tell(database, &format!("CREATE ROLE {ROLE} LOGIN PASSWORD 'x'")).await;
    grant(&owner, ROLE, &OfNodes::default()).await.expect("rights");
    let state = api::connect(&server.url_of(ROLE, "x", database)).await.expect("a node");
    let router = api::app::router(state.clone());
    let ask = async |path: &str, kind: &str, body: String| {
        let request =
            Request::post(path).header("Content-Type", kind).header("Seatbook-As", "ada@school.example");
        let answer =
            router.clone().oneshot(request.body(Body::from(body)).expect("a request")).await.expect("one");
        let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
        serde_json::from_slice::<Value>(&bytes).expect("JSON")
    };
    let new = json!({"name": "School", "seats": 10_000, "admin": "ada@school.example"});
    let request = Request::post("/api/v1/licenses").header("Content-Type", "application/json");
    let request = request.body(Body::from(new.to_string())).expect("a request");
    let made = router.clone().oneshot(request).await.expect("an answer");
    let made: Value =
        serde_json::from_slice(&made.into_body().collect().await.expect("a body").to_bytes()).expect("JSON");
    let license = made["license_id"].as_str().unwrap_or_else(|| panic!("{made}"));
    let rows: String = (0..2_000).map(|n| format!("p{n}@else.example\n")).collect();
    let users = format!("/api/v1/licenses/{license}/users");
    let added = ask(&users, "text/csv", format!("Email\n{rows}bad@\n")).await;
    assert_eq!(added["outcomes"], json!({"invited": 2_000, "invalid_email": 1}), "{added}");
    let rebuilt = ask("/api/v1/projections/members/rebuild", "application/json", String::new()).await;
    assert_eq!((&rebuilt["equal"], &rebuilt["swapped"]), (&json!(true), &json!(true)), "{rebuilt}");
    drop(router);
    state.close().await;
}
