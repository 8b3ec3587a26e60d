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

/// Fails where a table that nodes make is somebody else's.
const ONLY_THE_SERVICES: &str = "DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relkind = 'r' AND c.relowner <> 'seatbook_service'::regrole
                 AND (n.nspname LIKE 'seatbook_views_%' OR c.relname IN ('accounts_schema', 'sessions', 'uploads')))
        OR NOT EXISTS (SELECT FROM pg_tables WHERE schemaname LIKE 'seatbook_views_%' AND tablename = 'members')
    THEN RAISE EXCEPTION 'a table of nodes is not the role''s'; END IF;
END $$";

#[tokio::test]
async fn a_node_needs_no_more_than_what_is_granted() {
    let server = Server::shared();
    let owner = server.database().await;
    migrate(&owner).await.expect("tables");
    let (before, _) = owner.split_once('?').expect("parameters");
    let database = before.rsplit_once('/').expect("a name").1;
    server.tell(database, &format!("CREATE ROLE {ROLE} LOGIN PASSWORD 'x'")).await;
    grant(&owner, ROLE, &OfNodes::default()).await.expect("rights");
    // Whoever owns the tables acts as the service's role from then on: nothing of a node's becomes the owner's.
    let by_the_owner = async || {
        let state = api::connect(&owner).await.expect("the owner's");
        let listed = Request::get("/api/v1/licenses").body(Body::empty()).expect("a request");
        let listed = api::app::router(state.clone()).oneshot(listed).await.expect("an answer");
        assert_eq!(listed.status(), axum::http::StatusCode::OK);
        state.close().await;
        server.tell(database, ONLY_THE_SERVICES).await;
    };
    by_the_owner().await;
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
    by_the_owner().await;
    // Who is no member of the role is told, and makes nothing.
    let guest = "CREATE ROLE seatbook_guest LOGIN PASSWORD 'x'; GRANT SELECT ON log_schema TO seatbook_guest";
    server.tell(database, guest).await;
    let refused = api::connect(&server.url_of("seatbook_guest", "x", database)).await.err();
    let refused = refused.map(|error| error.to_string()).unwrap_or_default();
    assert!(refused.contains("the service works there as seatbook_service"), "{refused}");
}
