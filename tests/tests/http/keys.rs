//! License keys: shown again, replaced, reported, and never repeated to whoever types one.

use api::State;
use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use commands::Secrets;
use domain::LicenseKey;
use serde_json::{Value, json};

use crate::service::{ADMIN, Answer, Service};

/// A service that keeps keys, on whichever engine.
async fn keeping() -> Service {
    let service = Service::start(10).await;
    let secrets = || Secrets::parse("a secret that nobody can guess: 0123456789").expect("a secret");
    let state: State = service.state.clone().with_secrets(secrets());
    Service { router: api::app::router(state.clone()), state, ..service }
}

async fn issue(service: &Service, terms: Value) -> (String, String) {
    let issued = service.post("/api/v1/licenses/{L}/keys", Some(ADMIN), terms).await;
    assert_eq!((issued.status, &issued.body["kept"]), (StatusCode::CREATED, &json!(true)), "{}", issued.body);
    (issued.text("key_id"), issued.text("license_key"))
}

async fn join(service: &Service, who: &str, key: &str) -> Answer {
    service.post("/api/v1/join", Some(who), json!({"license_key": key})).await
}

/// What of an answer is for whoever asks: not the position.
fn told(answer: &Answer) -> (StatusCode, Value) {
    let mut body = answer.body.clone();
    body.as_object_mut().expect("an object").remove("position");
    (answer.status, body)
}

#[tokio::test]
async fn a_key_is_shown_again_to_those_who_may_have_it_and_to_nobody_else() {
    let service = keeping().await;
    let (id, text) = issue(&service, json!({})).await;
    let path = format!("/api/v1/licenses/{{L}}/keys/{id}/show");
    let by_admin = format!("{ADMIN} looked at the text of license key {id} (entered by the operator).");
    let by_operator = format!("The operator looked at the text of license key {id}.");
    for (who, said) in [(None, by_operator), (Some(ADMIN), by_admin)] {
        let shown = service.post(&path, who, json!({})).await;
        assert_eq!(told(&shown).1, json!({"key_id": id, "license_key": text}));
        let audit =
            format!("/api/v1/licenses/{{L}}/audit?type=LicenseKeyShown&min_position={}", shown.position());
        let audit = service.get(&audit, None).await.body["items"][0]["text"].clone();
        assert_eq!(audit, said);
    }
    join(&service, "bob@x.example", &text).await;
    for who in ["bob@x.example", "nobody@x.example"] {
        let refused = service.post(&path, Some(who), json!({})).await;
        assert_eq!((refused.status, refused.text("code").as_str()), (StatusCode::FORBIDDEN, "not_permitted"));
        assert!(!refused.body.to_string().contains(&text));
    }
    service.state.caught_up().await;
    let first = service.get("/api/v1/licenses/{L}", None).await.body["keys"][0]["key_id"].clone();
    let path_of_first = format!("/api/v1/licenses/{{L}}/keys/{}/show", first.as_str().expect("an id"));
    let kept = if crate::ENGINE == "postgres" { "key_not_kept" } else { "key_sealed" };
    assert_eq!(
        service.post(&path_of_first, Some(ADMIN), json!({})).await.text("code"),
        kept,
        "of before this secret"
    );
    service.post(&format!("/api/v1/licenses/{{L}}/keys/{id}/revoke"), Some(ADMIN), json!({})).await;
    assert_eq!(service.post(&path, Some(ADMIN), json!({})).await.text("code"), "key_revoked");
}

#[tokio::test]
async fn a_key_of_another_license_and_one_that_never_was_are_told_alike() {
    let service = keeping().await;
    let other = json!({"name": "Hillside", "seats": 5, "admin": "eve@x.example"});
    let other = service.post("/api/v1/licenses", None, other).await.text("license_id");
    let issued = service.post(&format!("/api/v1/licenses/{other}/keys"), None, json!({})).await;
    let (foreign, unknown) = (issued.text("key_id"), "01920000-0000-7000-8000-000000000000");
    let settled = format!("/api/v1/licenses/{{L}}?min_position={}", issued.position());
    service.get(&settled, None).await;
    let asks = async |id: &str| {
        let path = |what: &str| format!("/api/v1/licenses/{{L}}/keys/{id}/{what}");
        let next = json!({"old_ends": "2999-01-01"});
        [
            service.post(&path("show"), Some(ADMIN), json!({})).await,
            service.get(&path("joined"), Some(ADMIN)).await,
            service.post(&path("rotate"), Some(ADMIN), next).await,
            service.post(&path("revoke"), Some(ADMIN), json!({})).await,
        ]
    };
    for (foreign_told, unknown_told) in asks(&foreign).await.iter().zip(asks(unknown).await) {
        assert_eq!(foreign_told.status, StatusCode::NOT_FOUND, "{}", foreign_told.body);
        let (status, body) = told(foreign_told);
        let alike = body.to_string().replace(&foreign, unknown);
        assert_eq!((status, alike), (unknown_told.status, told(&unknown_told).1.to_string()));
    }
}

#[tokio::test]
async fn a_key_that_was_typed_is_repeated_nowhere() {
    let service = keeping().await;
    let (id, revoked) = issue(&service, json!({})).await;
    service.post(&format!("/api/v1/licenses/{{L}}/keys/{id}/revoke"), Some(ADMIN), json!({})).await;
    let (_, used_up) = issue(&service, json!({"limit": 1})).await;
    assert_eq!(join(&service, "first@x.example", &used_up).await.status, StatusCode::OK);
    let unknown = LicenseKey::new([9; 15]).reveal();
    let wrong_symbol = unknown.replace(&unknown[..1], "Z");
    for (typed, code) in [
        (revoked.as_str(), "key_revoked"),
        (&used_up, "key_used_up"),
        (&unknown, "key_unknown"),
        (&wrong_symbol, "key_mistyped"),
        (&unknown[..20], "key_mistyped"),
        (&format!("{unknown}!"), "key_mistyped"),
    ] {
        let told = join(&service, "bob@x.example", typed).await;
        assert_eq!(told.text("code"), code, "{}", told.body);
        let said = told.body.to_string().to_ascii_uppercase().replace(['-', ' '], "");
        for group in typed.split('-').filter(|group| group.len() == 5) {
            assert!(!said.contains(group), "{group} in {}", told.body);
        }
    }
}

/// Whoever guesses learns nothing of a key that they have not typed to its last symbol.
#[tokio::test]
async fn what_is_nearly_a_key_is_told_as_any_other_text() {
    let service = keeping().await;
    let (_, open) = issue(&service, json!({})).await;
    let (id, revoked) = issue(&service, json!({})).await;
    service.post(&format!("/api/v1/licenses/{{L}}/keys/{id}/revoke"), Some(ADMIN), json!({})).await;
    let made_up = LicenseKey::new([0x77; 15]).reveal();
    let mut answers = Vec::new();
    for key in [open, revoked, made_up] {
        let other = if key.starts_with('A') { "B" } else { "A" };
        answers.push(told(&join(&service, "bob@x.example", &format!("{other}{}", &key[1..])).await));
    }
    assert_eq!(answers[0].1["code"], json!("key_mistyped"));
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[tokio::test]
async fn a_key_takes_the_place_of_another_one_which_ends() {
    let service = keeping().await;
    let (id, old) = issue(&service, json!({})).await;
    let path = format!("/api/v1/licenses/{{L}}/keys/{id}/rotate");
    let past = service.post(&path, Some(ADMIN), json!({"old_ends": "2020-01-01"})).await;
    assert_eq!(past.text("code"), "end_in_past");
    let next = service.post(&path, Some(ADMIN), json!({"old_ends": "2999-12-31", "limit": 5})).await;
    assert_eq!(next.status, StatusCode::CREATED, "{}", next.body);
    let keys = service.get(&format!("/api/v1/licenses/{{L}}?min_position={}", next.position()), None).await;
    let (was, is) = (&keys.body["keys"][1], &keys.body["keys"][2]);
    assert_eq!(
        (&was["ends"], &was["state"], &is["limit"]),
        (&json!("2999-12-31"), &json!("open"), &json!(5))
    );
    assert_eq!(is["key_id"], json!(next.text("key_id")));
    for (who, key) in [("a@x.example", &old), ("b@x.example", &next.text("license_key"))] {
        assert_eq!(join(&service, who, key).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn who_joined_by_a_key_is_a_page_or_a_file() {
    let service = keeping().await;
    let (id, key) = issue(&service, json!({"limit": 3})).await;
    let mut last = 0;
    for who in ["=b@x.example", "a@x.example", "c@x.example"] {
        let joined = join(&service, &who.replace('=', "%3D"), &key).await;
        assert_eq!(joined.status, StatusCode::OK, "{}", joined.body);
        last = joined.position();
    }
    let path = format!("/api/v1/licenses/{{L}}/keys/{id}/joined");
    let page = service.get(&format!("{path}?min_position={last}&limit=2"), Some(ADMIN)).await;
    assert_eq!((&page.body["total"], page.body["items"].as_array().map(Vec::len)), (&json!(3), Some(2)));
    let cursor = page.text("next_cursor");
    let rest = service.get(&format!("{path}?limit=2&cursor={cursor}"), Some(ADMIN)).await;
    assert_eq!(
        (&rest.body["items"][0]["email"], &rest.body["next_cursor"]),
        (&json!("c@x.example"), &Value::Null)
    );
    let file = service.request(Method::GET, &path, Some(ADMIN)).header("Accept", "text/csv");
    let file = service.send(file.body(Body::empty()).expect("a request")).await;
    assert!(file.kind.starts_with("text/csv"), "{}", file.kind);
    let text = file.body.as_str().expect("text").to_owned();
    let lines: Vec<_> = text.lines().map(|line| line.split(',').next().unwrap_or_default()).collect();
    assert_eq!(lines, ["\u{FEFF}Email", "'=b@x.example", "a@x.example", "c@x.example"]);
    let state = service.get("/api/v1/licenses/{L}", None).await.body["keys"][1].clone();
    assert_eq!((&state["joined"], &state["state"]), (&json!(3), &json!("used_up")));
}

#[tokio::test]
async fn without_a_secret_a_key_is_shown_once_and_the_answer_says_so() {
    let service = Service::start(10).await;
    let state = service.state.clone().with_secrets(Secrets::default());
    let service = Service { router: api::app::router(state.clone()), state, ..service };
    let issued = service.post("/api/v1/licenses/{L}/keys", Some(ADMIN), json!({})).await;
    assert_eq!(issued.body["kept"], json!(false));
    let path = format!("/api/v1/licenses/{{L}}/keys/{}/show", issued.text("key_id"));
    let shown = service.post(&path, Some(ADMIN), json!({})).await;
    assert_eq!((shown.status, shown.text("code").as_str()), (StatusCode::CONFLICT, "key_not_kept"));
}
