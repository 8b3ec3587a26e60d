//! The log replayed, request by request.

use axum::http::StatusCode;
use serde_json::json;

use crate::service::Service;

#[tokio::test]
async fn a_license_and_everything_are_replayed_and_what_differs_is_told() {
    let service = Service::start(10).await;
    let position = service.paste("zoe@school.example bob@x.example").await.position();
    for path in ["/api/v1/replay", "/api/v1/licenses/{L}/replay"] {
        let replayed = service.get(&format!("{path}?min_position={position}"), None).await;
        assert_eq!(
            (replayed.status, &replayed.body["equal"]),
            (StatusCode::OK, &json!(true)),
            "{}",
            replayed.body
        );
        assert_eq!(replayed.body["position"], json!(position));
        let models = replayed.body["models"].as_array().expect("models");
        assert!(
            models.iter().all(|model| model["live"] == model["replayed"] && model["position"] == position)
        );
    }
    let forged = "UPDATE members SET email = 'eve@x.example' WHERE normalised = 'bob@x.example'";
    let store = service.state.read_store();
    let forged = store.write(move |conn| conn.batch(forged).map_err(eventlog::LogError::from));
    forged.await.expect("forged");
    let replayed = service.get("/api/v1/licenses/{L}/replay", None).await;
    assert_eq!(replayed.body["equal"], json!(false));
    let models = replayed.body["models"].as_array().expect("models");
    let members = models.iter().find(|model| model["name"] == "members").expect("members");
    let columns = json!([{"column": "email", "live": "eve@x.example", "replayed": "bob@x.example"}]);
    assert_eq!((&members["different"], &members["differences"][0]["columns"]), (&json!(1), &columns));
    let nowhere = "/api/v1/licenses/01920000-0000-7000-8000-000000000000/replay";
    service.get(nowhere, None).await.refuses(StatusCode::NOT_FOUND, "unknown_license");
}
