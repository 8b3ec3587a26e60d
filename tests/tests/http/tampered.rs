//! Somebody changes the database past the service, with every right that there is. Each change is found, by its position.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use rusqlite::Connection;
use serde_json::json;

use crate::{
    log::Vault,
    service::{ADMIN, Place, send_to},
    tampering::{past, signed, without_lists},
};

/// Statements for either engine.
struct Change {
    what: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
    /// The events that are named.
    named: &'static [u64],
}

/// What one statement does on both.
const fn same(what: &'static str, sql: &'static str, named: &'static [u64]) -> Change {
    Change { what, sqlite: sql, postgres: sql, named }
}

const CHANGES: [Change; 8] = [
    Change {
        what: "a payload is changed",
        sqlite: "UPDATE events SET payload = replace(payload, '\"', ' \"') WHERE position = 20",
        postgres: "UPDATE events SET payload = replace(payload::text, '\"', ' \"')::json WHERE position = 20",
        named: &[20],
    },
    Change {
        what: "somebody else did it",
        sqlite: "UPDATE events SET metadata = (SELECT metadata FROM events WHERE position = 1) WHERE position = 20",
        postgres: "UPDATE events SET metadata = (SELECT metadata FROM events WHERE position = 1) WHERE position = 20",
        named: &[20],
    },
    same("it happened at another time", "UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 20", &[20]),
    same("an event is dropped", "DELETE FROM events WHERE position = 20", &[21]),
    same(
        "an event is dropped, and the gap closed",
        "DELETE FROM events WHERE position = 20;
         UPDATE events SET position = position + 1000000 WHERE position > 20;
         UPDATE events SET position = position - 1000001 WHERE position > 1000000;",
        &[20, 21],
    ),
    same(
        "two events change places",
        "UPDATE events SET position = 1000000 WHERE position = 20;
         UPDATE events SET position = 20 WHERE position = 21;
         UPDATE events SET position = 21 WHERE position = 1000000;",
        &[20, 21],
    ),
    same(
        "an event is there twice",
        "UPDATE events SET position = position + 1000000 WHERE position > 20;
         UPDATE events SET position = position - 999999 WHERE position > 1000000;
         INSERT INTO events (position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
                             event_id, license_id, license_sequence, recorded_at)
             SELECT 21, aggregate_type, aggregate_id, sequence + 1, event_type, event_version, payload, metadata, event_id,
                    license_id, license_sequence, recorded_at FROM events WHERE position = 20;",
        &[21, 22],
    ),
    same(
        "an event is made up",
        "UPDATE events SET position = position + 1000000 WHERE position > 20;
         UPDATE events SET position = position - 999999 WHERE position > 1000000;
         INSERT INTO events (position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
                             event_id, license_id, license_sequence, recorded_at)
             SELECT 21, e.aggregate_type, m.aggregate_id, m.sequence + 1, e.event_type, e.event_version, e.payload,
                    e.metadata, e.event_id, e.license_id, e.license_sequence, e.recorded_at
             FROM events e, events m WHERE e.position = 20 AND m.position = 25;",
        &[21, 22],
    ),
];

#[tokio::test]
async fn whatever_is_done_to_an_event_stops_the_service_and_is_named() {
    for change in CHANGES {
        let vault = signed().await;
        let vault = vault.after(async |place| past(place, change.sqlite, change.postgres).await).await;
        for path in ["/api/v1/licenses", "/readyz", "/api/v1/licenses/{L}/users"] {
            let answer = vault.service.get(path, None).await;
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}: {}", change.what, answer.body);
            answer.refuses(StatusCode::SERVICE_UNAVAILABLE, "history_diverged");
            assert!(answer.text("hint").contains("seatbook audit verify"), "{}", answer.body);
        }
        let order =
            vault.service.post("/api/v1/licenses", None, json!({"name": "X", "seats": 1, "admin": ADMIN}));
        order.await.refuses(StatusCode::SERVICE_UNAVAILABLE, "history_diverged");
        assert_eq!(vault.service.get("/livez", None).await.status, StatusCode::OK);
        // What was signed before is handed out still, and shows what was done: all of it can be read.
        assert_eq!(vault.findings_beside().await, Vec::<String>::new(), "{}", change.what);
        let verdict = vault.verified("/api/v1/log/export?people=true", None).await;
        let named: Vec<_> = verdict.findings.iter().filter_map(|finding| finding.position).collect();
        for position in change.named {
            assert!(named.contains(position), "{}: {:?}", change.what, verdict.findings);
        }
        assert!(named.iter().all(|position| *position >= 20), "{}: {:?}", change.what, verdict.findings);
        // Nobody is given a proof that proves nothing.
        let other =
            verdict.findings.iter().find(|it| it.what == "the event is not the one that was recorded");
        if let Some(position) = other.and_then(|it| it.position) {
            let proof = vault.service.get(&format!("/api/v1/log/proof/{position}"), None).await;
            proof.refuses(StatusCode::CONFLICT, "history_diverged");
        }
    }
}

#[tokio::test]
async fn the_end_of_the_log_is_not_cut_off_unnoticed() {
    let vault = signed().await;
    let (_, before) = vault.checkpoint().await;
    let cut = "DELETE FROM events WHERE position > 30";
    let vault = vault.after(async |place| past(place, cut, cut).await).await;
    let answer = vault.service.get("/api/v1/licenses", None).await;
    answer.refuses(StatusCode::SERVICE_UNAVAILABLE, "history_diverged");
    let told = format!("has {} events, and the log has 30", before.size);
    assert!(answer.text("detail").contains(&told), "{}", answer.body);
    let network = api::network::router(vault.service.state.clone());
    for path in ["/readyz", "/sign-in", "/api/v1/me"] {
        let request = Request::get(path).header("Host", "localhost").body(Body::empty()).expect("a request");
        let answer = send_to(&network, request).await;
        answer.refuses(StatusCode::SERVICE_UNAVAILABLE, "history_diverged");
        assert!(
            !answer.text("detail").contains("30"),
            "what it is about is for the operator: {}",
            answer.body
        );
    }
    let verdict = vault.verified("/api/v1/log/export", None).await;
    let told = format!("there are 30 events, and {} in the checkpoint", before.size);
    assert!(verdict.findings.iter().any(|finding| finding.what == told), "{:?}", verdict.findings);
}

#[tokio::test]
async fn a_backup_that_was_restored_with_its_own_checkpoint_is_verified_against_the_later_one_outside() {
    let vault = Vault::open().await;
    vault.people(20).await;
    let (note, early) = vault.checkpoint().await;
    vault.people(30).await;
    let (_, late) = vault.checkpoint().await;
    let restore = format!(
        "DELETE FROM events WHERE position > {}; UPDATE signed_checkpoints SET note = '{note}'",
        early.size
    );
    let restored = async |place: &Place| {
        past(place, &restore, &restore).await;
        without_lists(place).await;
    };
    let vault = vault.after(restored).await;
    vault.service.get("/readyz", None).await.refuses(StatusCode::SERVICE_UNAVAILABLE, "history_diverged");
    let verdict = vault.verified("/api/v1/log/export", None).await;
    let told = format!("there are {} events, and {} in the checkpoint", early.size, late.size);
    assert!(verdict.findings.iter().any(|finding| finding.what == told), "{:?}", verdict.findings);
    // And of one from before the first one was signed.
    let unsigned = "DELETE FROM signed_checkpoints";
    let vault = vault.after(async |place| past(place, unsigned, unsigned).await).await;
    let verdict = vault.verified("/api/v1/log/export", None).await;
    assert!(verdict.findings.iter().any(|finding| finding.what == told), "{:?}", verdict.findings);
}

#[tokio::test]
async fn an_event_that_the_tree_can_not_take_up_any_more_stops_the_service_where_the_tree_is_made_anew() {
    let vault = signed().await;
    let change = "UPDATE events SET payload = '{}' WHERE position = 20";
    let made_anew = async |place: &Place| {
        past(place, change, change).await;
        without_lists(place).await;
    };
    let vault = vault.after(made_anew).await;
    let answer = vault.service.get("/api/v1/licenses", None).await;
    answer.refuses(StatusCode::SERVICE_UNAVAILABLE, "history_diverged");
    assert!(answer.text("detail").contains("position 20"), "{}", answer.body);
}

/// What can't be read fits nothing that was signed; everybody else can be verified beside it.
#[tokio::test]
async fn a_person_whose_salt_was_spoilt_is_named_and_the_others_are_verified() {
    let vault = signed().await;
    let spoil = "UPDATE directory SET salt = SALT WHERE normalised = 'p4@school.example'";
    let (in_file, on_server) = (spoil.replace("SALT", "x'00'"), spoil.replace("SALT", "'\\x00'"));
    vault.service.place.change(&in_file, &on_server).await;
    let verdict = vault.verified("/api/v1/log/export?people=true", None).await;
    let found: Vec<_> = verdict.findings.iter().map(|it| (it.position.is_some(), it.what.as_str())).collect();
    assert!(
        matches!(found[..], [(true, what)] if what.contains("is not the one whom the event brought in")),
        "{found:?}"
    );
    assert!(verdict.people > 30, "{}", verdict.people);
}

/// It is left out of what is shown, so what is beside that names it.
#[tokio::test]
async fn an_event_that_can_not_be_read_any_more_is_named() {
    let vault = signed().await;
    let (in_file, on_server) = ("sequence = -1", "aggregate_id = 'nobody'");
    let change = |what: &str| format!("UPDATE events SET {what} WHERE position = 20");
    let vault = vault.after(async |place| past(place, &change(in_file), &change(on_server)).await).await;
    let found = vault.findings_beside().await;
    assert!(matches!(&found[..], [one] if one.starts_with("event 20: it can't be read")), "{found:?}");
}

#[tokio::test]
async fn two_people_of_the_directory_who_were_exchanged_are_named_by_the_events_that_brought_them_in() {
    let vault = signed().await;
    let swap = "UPDATE directory SET email = 'x', normalised = 'x' WHERE normalised = 'p4@school.example';
                UPDATE directory SET email = 'p4@school.example', normalised = 'p4@school.example'
                    WHERE normalised = 'p5@school.example';
                UPDATE directory SET email = 'p5@school.example', normalised = 'p5@school.example'
                    WHERE normalised = 'x';";
    let vault = vault.after(async |place| past(place, swap, swap).await).await;
    // No event was touched.
    assert_eq!(vault.verified("/api/v1/log/export", None).await.findings, []);
    let verdict = vault.verified("/api/v1/log/export?people=true", None).await;
    let mut named: Vec<_> = verdict.findings.iter().filter_map(|finding| finding.position).collect();
    named.sort_unstable();
    assert_eq!(named.len(), 2, "{:?}", verdict.findings);
    assert_eq!(named[1], named[0] + 1, "{:?}", verdict.findings);
    assert!(verdict.findings[0].what.contains("is not the one whom the event brought in"));
}

/// The tree of hashes is a list like others: what is wrong with it alone is told apart from a history that was changed.
#[tokio::test]
async fn a_tree_that_was_damaged_is_no_history_that_was_changed_and_is_made_anew() {
    // Other hashes, fewer of them, and none.
    for [in_file, on_server] in [
        [
            "UPDATE tree SET hashes = zeroblob(length(hashes))",
            "UPDATE tree SET hashes = decode(repeat('00', length(hashes)), 'hex')",
        ],
        ["UPDATE tree SET hashes = substr(hashes, 1, 64)", "UPDATE tree SET hashes = substr(hashes, 1, 64)"],
        ["DELETE FROM tree", "DELETE FROM tree"],
    ] {
        let vault = signed().await;
        let schema = projections::store::schema_of(&projections::MODELS);
        let damage = async |place: &Place| {
            if let Place::Folder(folder) = place {
                let views = Connection::open(folder.path().join("seatbook.db-views")).expect("the lists");
                views.execute(in_file, []).expect("damaged");
            }
            let on_server = on_server.replacen("tree", &format!("{schema}.tree"), 1);
            place.change("", &on_server).await;
        };
        let vault = vault.after(damage).await;
        let answer = vault.service.get("/api/v1/licenses", None).await;
        answer.refuses(StatusCode::SERVICE_UNAVAILABLE, "tree_damaged");
        assert!(answer.text("detail").contains("the history itself is what was signed"), "{}", answer.body);
        assert!(answer.text("hint").contains("seatbook projections rebuild tree --force"), "{}", answer.body);
        let rebuilt =
            vault.service.post("/api/v1/projections/tree/rebuild?force=true", None, json!({})).await;
        assert_eq!(rebuilt.status, StatusCode::OK, "{in_file}: {}", rebuilt.body);
        let vault = vault.after(async |_| {}).await;
        let answer = vault.service.get("/api/v1/licenses", None).await;
        assert_eq!(answer.status, StatusCode::OK, "{in_file}: {}", answer.body);
    }
}

#[tokio::test]
async fn what_is_restored_on_purpose_goes_on_under_another_name() {
    let vault = signed().await;
    let going_on = vault.service.post("/api/v1/log/go-on", None, json!({})).await;
    going_on.refuses(StatusCode::CONFLICT, "history_not_diverged");
    let (_, before) = vault.checkpoint().await;
    let cut = "DELETE FROM events WHERE position > 30";
    let vault = vault.after(async |place| past(place, cut, cut).await).await;
    let same_key = vault.service.post("/api/v1/log/go-on", None, json!({})).await;
    same_key.refuses(StatusCode::CONFLICT, "log_key_unchanged");
    let vault = vault.with_another_key("seats.example/log-2").await;
    vault
        .service
        .get("/api/v1/licenses", None)
        .await
        .refuses(StatusCode::SERVICE_UNAVAILABLE, "history_diverged");
    let begun = vault.service.post("/api/v1/log/go-on", None, json!({})).await;
    assert_eq!(begun.status, StatusCode::OK, "{}", begun.body);
    assert_eq!(begun.text("key"), vault.key.to_string());
    let first = vault.key.open(&begun.text("checkpoint")).expect("it was signed");
    assert_eq!((first.size, first.origin.as_str()), (30, "seats.example/log-2"));
    assert_eq!(begun.body["put_aside"].as_array().map(Vec::len), Some(1), "{}", begun.body);
    // Lists that were made from what is gone are made anew, as after every restore.
    for model in ["licenses", "members"] {
        let path = format!("/api/v1/projections/{model}/rebuild?force=true");
        let rebuilt = vault.service.post(&path, None, json!({})).await;
        assert_eq!(rebuilt.status, StatusCode::OK, "{}", rebuilt.body);
    }
    let vault = vault.after(async |_| {}).await;
    let answer = vault.service.get("/api/v1/licenses", None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    // Up to where it went back, what was kept of before is the beginning of what is there now; no further.
    assert_eq!(vault.verified("/api/v1/log/export?people=true", Some(first)).await.findings, []);
    let verdict = vault.verified("/api/v1/log/export", Some(before)).await;
    assert_eq!(verdict.findings.len(), 1, "{:?}", verdict.findings);
}
