//! Somebody puts something where no checkpoint looks: before the first event, or behind the last one that was signed. It is
//! found, and what was signed can be verified all the same.

use axum::http::StatusCode;

use crate::{
    log::Vault,
    tampering::{past, signed},
};

/// What puts the event at 20 there once more, at another position, as an event of this type.
fn once_more(position: i64, event_type: &str) -> String {
    format!(
        "INSERT INTO events (position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
                             event_id, license_id, license_sequence, recorded_at)
             SELECT {position}, aggregate_type, aggregate_id, sequence + 900, {event_type}, event_version, payload, metadata,
                    event_id, license_id, license_sequence + 900, recorded_at FROM events WHERE position = 20"
    )
}

/// A vault with such an event; how many were signed.
async fn with(position: impl FnOnce(u64) -> i64, event_type: &str) -> (Vault, u64) {
    let vault = signed().await;
    let (_, checkpoint) = vault.checkpoint().await;
    let added = once_more(position(checkpoint.size), event_type);
    (vault.after(async |place| past(place, &added, &added).await).await, checkpoint.size)
}

/// All that was signed holds, and beside it one thing is found.
async fn holds_but_for(vault: &Vault, signed: u64, found: &str) {
    let verdict = vault.verified("/api/v1/log/export?people=true", None).await;
    assert_eq!((verdict.findings.as_slice(), verdict.events), (&[][..], signed));
    let beside = vault.findings_beside().await;
    assert!(beside.len() == 1 && beside[0].contains(found), "{found}: {beside:?}");
}

#[tokio::test]
async fn an_event_before_the_first_one_is_found() {
    let (vault, signed) = with(|_| -7, "event_type").await;
    let answer = vault.service.get("/api/v1/licenses", None).await;
    answer.refuses(StatusCode::SERVICE_UNAVAILABLE, "history_diverged");
    assert!(answer.text("detail").contains("position -7"), "{}", answer.body);
    holds_but_for(&vault, signed, "position -7").await;
    let (vault, signed) = with(|_| 0, "event_type").await;
    holds_but_for(&vault, signed, "event 0: there is an event at position 0").await;
}

/// The tree has taken it up as it was, and would sign it so.
#[tokio::test]
async fn an_event_that_was_changed_before_it_was_signed_stops_the_service() {
    let vault = signed().await;
    let (_, checkpoint) = vault.checkpoint().await;
    vault.people(40).await;
    let last = checkpoint.size + 9;
    let change = format!("UPDATE events SET recorded_at = recorded_at + 1 WHERE position = {last}");
    let vault = vault.after(async |place| past(place, &change, &change).await).await;
    let answer = vault.service.get("/api/v1/licenses", None).await;
    answer.refuses(StatusCode::SERVICE_UNAVAILABLE, "history_diverged");
    assert!(answer.text("detail").contains(&format!("position {last}")), "{}", answer.body);
    let verdict = vault.verified("/api/v1/log/export?people=true", None).await;
    assert_eq!((verdict.findings.as_slice(), verdict.events), (&[][..], checkpoint.size));
}

#[tokio::test]
async fn an_event_far_behind_the_last_one_stops_the_service() {
    let (vault, signed) = with(|_| 1_000, "event_type").await;
    let answer = vault.service.get("/api/v1/licenses", None).await;
    answer.refuses(StatusCode::SERVICE_UNAVAILABLE, "history_diverged");
    let gap = format!("position {}", signed + 1);
    assert!(answer.text("detail").contains(&gap), "{}", answer.body);
    holds_but_for(&vault, signed, &gap).await;
}

#[tokio::test]
async fn an_event_that_nobody_can_read_keeps_nobody_from_verifying_what_was_signed() {
    let (vault, signed) = with(|signed| i64::try_from(signed).expect("a few") + 1, "'Foo'").await;
    holds_but_for(&vault, signed, &format!("position {}", signed + 1)).await;
}

/// Of what was not signed yet the lists know: their loss is told, and what was signed is verified without them.
#[tokio::test]
async fn an_end_that_is_cut_off_before_it_was_signed_stops_the_service() {
    let vault = signed().await;
    let (_, checkpoint) = vault.checkpoint().await;
    vault.people(40).await;
    let first = checkpoint.size + 4;
    let cut = format!("DELETE FROM events WHERE position >= {first}");
    let vault = vault.after(async |place| past(place, &cut, &cut).await).await;
    let answer = vault.service.get("/api/v1/licenses", None).await;
    answer.refuses(StatusCode::SERVICE_UNAVAILABLE, "history_diverged");
    let has = format!("and the log has {}", first - 1);
    assert!(answer.text("detail").contains(&has), "{}", answer.body);
    holds_but_for(&vault, checkpoint.size, &format!("event {first}: the lists have taken up")).await;
}

/// As the service would have written it, but for what had happened before: nobody joins twice. It is taken up and signed, and
/// told all the same.
#[tokio::test]
async fn an_event_that_can_not_have_happened_there_is_told_though_it_is_signed() {
    let vault = signed().await;
    let (_, checkpoint) = vault.checkpoint().await;
    let added = checkpoint.size + 1;
    let again = format!(
        "INSERT INTO events (position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
                             event_id, license_id, license_sequence, recorded_at)
             SELECT {added}, aggregate_type, aggregate_id, sequence + 1, event_type, event_version, payload, metadata,
                    event_id, license_id, (SELECT max(license_sequence) + 1 FROM events), recorded_at
             FROM events WHERE position = (SELECT max(position) FROM events WHERE event_type = 'UserAdded')"
    );
    let vault = vault.after(async |place| past(place, &again, &again).await).await;
    holds_but_for(&vault, added, &format!("event {added}: the event UserAdded can't follow")).await;
    let beside = vault.findings_beside().await;
    assert!(beside[0].contains("; stopped before it: ") && beside[0].contains("members"), "{beside:?}");
}
