//! What becomes of the checkpoints that are kept, in the database and outside of it: each has to be of the history that is there.

use axum::http::StatusCode;
use serde_json::json;

use crate::{
    log::Vault,
    service::Place,
    tampering::{past, signed, without_lists},
};

#[tokio::test]
async fn a_checkpoint_in_the_database_that_was_exchanged_is_not_believed() {
    let vault = signed().await;
    let change =
        "UPDATE signed_checkpoints SET note = replace(note, 'seats.example/log', 'other.example/log')";
    let vault = vault.after(async |place| past(place, change, change).await).await;
    let answer = vault.service.get("/api/v1/licenses", None).await;
    answer.refuses(StatusCode::SERVICE_UNAVAILABLE, "history_diverged");
    assert!(
        answer.text("detail").contains("the checkpoint in the database is not to be believed"),
        "{}",
        answer.body
    );
    // As where the wrong file is named as the key.
    assert!(answer.text("hint").starts_with("See first that the right file is named"), "{}", answer.body);
}

/// The other one is good: whoever looks for what was changed is led to it, and told of the bad one.
#[tokio::test]
async fn one_checkpoint_that_was_changed_leaves_the_other_one_to_verify_against() {
    let vault = signed().await;
    let (note, before) = vault.checkpoint().await;
    let spoilt = note.replacen(&format!("\n{}\n", before.size), &format!("\n{}\n", before.size + 1), 1);
    let change = format!("UPDATE signed_checkpoints SET note = '{spoilt}'");
    let vault = vault.after(async |place| past(place, &change, &change).await).await;
    let answer = vault.service.get("/api/v1/licenses", None).await;
    answer.refuses(StatusCode::SERVICE_UNAVAILABLE, "history_diverged");
    assert!(answer.text("detail").contains("the checkpoint in the database is not to be"), "{}", answer.body);
    assert!(answer.text("detail").contains("not as a trusted key signed it"), "{}", answer.body);
    let verdict = vault.verified("/api/v1/log/export?people=true", None).await;
    assert_eq!((verdict.findings.as_slice(), verdict.checkpoint), (&[][..], Some(before)));
    let found = vault.findings_beside().await;
    assert!(
        matches!(&found[..], [one] if one.contains("in the database is not to be believed")),
        "{found:?}"
    );
    // Without any that is good, nobody is led in a circle.
    std::fs::write(vault.outside(), "").expect("it is written");
    let answer = vault.service.get("/api/v1/log/export", None).await;
    answer.refuses(StatusCode::SERVICE_UNAVAILABLE, "checkpoint_unread");
    assert!(!answer.text("hint").contains("audit verify"), "{}", answer.body);
}

/// A file that is empty, or was written over, says nothing of the history.
#[tokio::test]
async fn a_checkpoint_file_that_can_not_be_read_is_no_history_that_was_changed() {
    let mut vault = signed().await;
    let role = json!({"email": "vera@audit.example", "role": "auditor"});
    vault.service.post("/api/v1/installation/roles", None, role).await;
    let auditor = vault.service.token("vera@audit.example", &["read"]).await;
    for spoilt in [&b""[..], b"x\n", b"\xff\xfe"] {
        let (note, before) = vault.checkpoint().await;
        std::fs::write(vault.outside(), spoilt).expect("it is written");
        vault = vault.after(async |_| {}).await;
        for path in ["/api/v1/licenses", "/readyz"] {
            let answer = vault.service.get(path, None).await;
            answer.refuses(StatusCode::SERVICE_UNAVAILABLE, "checkpoint_unread");
            assert!(
                answer.text("detail").contains(&vault.outside().display().to_string()),
                "{}",
                answer.body
            );
            assert!(answer.text("hint").contains("Put the file back from a copy"), "{}", answer.body);
        }
        let verdict = vault.verified("/api/v1/log/export", None).await;
        assert_eq!((verdict.findings.as_slice(), verdict.checkpoint), (&[][..], Some(before)));
        let found = vault.findings_beside().await;
        assert!(matches!(&found[..], [one] if one.contains("not a signed checkpoint")), "{found:?}");
        assert!(found[0].contains(&vault.outside().display().to_string()), "{found:?}");
        // Who does not run the service is told no file of its machine.
        let found = vault.findings_told_to(&auditor).await;
        assert!(found[0].starts_with("the checkpoint outside of the database is not"), "{found:?}");
        // Put back, all is well.
        std::fs::write(vault.outside(), note).expect("it is written");
        vault = vault.after(async |_| {}).await;
        assert_eq!(vault.service.get("/api/v1/licenses", None).await.status, StatusCode::OK);
    }
}

/// A file outside that nobody can read may hold a checkpoint of the log whose key is there still.
#[tokio::test]
async fn the_same_log_does_not_go_on_where_its_checkpoint_can_not_be_read() {
    for spoilt in [&b""[..], b"x\n", b"\xff\xfe"] {
        let vault = Vault::open().await;
        vault.people(20).await;
        let (note, early) = vault.checkpoint().await;
        vault.people(30).await;
        vault.checkpoint().await;
        let restore = format!(
            "DELETE FROM events WHERE position > {}; UPDATE signed_checkpoints SET note = '{note}'",
            early.size
        );
        std::fs::write(vault.outside(), spoilt).expect("it is written");
        let restored = async |place: &Place| {
            past(place, &restore, &restore).await;
            without_lists(place).await;
        };
        let vault = vault.after(restored).await;
        let refused = vault.service.post("/api/v1/log/go-on", None, json!({})).await;
        refused.refuses(StatusCode::CONFLICT, "log_key_unchanged");
        assert!(refused.text("detail").contains("checkpoint"), "{}", refused.body);
        assert_eq!(std::fs::read(vault.outside()).expect("it stays"), spoilt);
    }
}

#[tokio::test]
async fn a_history_that_was_rewritten_together_with_its_tree_meets_the_checkpoint_outside() {
    let vault = signed().await;
    // Everything in the database agrees with everything else: the tree is made anew from what is there.
    let change =
        "UPDATE events SET recorded_at = recorded_at - 1 WHERE position = 1; DELETE FROM signed_checkpoints";
    let vault = vault
        .after(async |place| {
            past(place, change, change).await;
            without_lists(place).await;
        })
        .await;
    let answer = vault.service.get("/api/v1/licenses", None).await;
    answer.refuses(StatusCode::SERVICE_UNAVAILABLE, "history_diverged");
    assert!(answer.text("detail").contains("is not what was signed"), "{}", answer.body);
}

/// Whoever rewrites the history and signs it anew leaves the one checkpoint that is out of their reach behind: verifying names it,
/// and not only the service.
#[tokio::test]
async fn a_history_that_was_rewritten_and_signed_again_is_told_by_the_checkpoint_that_it_does_not_fit() {
    let vault = signed().await;
    let kept = std::fs::read(vault.outside()).expect("a checkpoint");
    let change =
        "UPDATE events SET recorded_at = recorded_at - 1 WHERE position = 1; DELETE FROM signed_checkpoints";
    let vault = vault
        .after(async |place| {
            past(place, change, change).await;
            without_lists(place).await;
        })
        .await;
    // With the key at hand, and the file away.
    std::fs::remove_file(vault.outside()).expect("it is gone");
    let vault = vault.after(async |_| {}).await;
    vault.people(40).await;
    let (_, again) = vault.checkpoint().await;
    assert_eq!(vault.findings_beside().await, Vec::<String>::new());
    // Put back, it tells of what was there before.
    std::fs::write(vault.outside(), kept).expect("it is written");
    let vault = vault.after(async |_| {}).await;
    let answer = vault.service.get("/api/v1/licenses", None).await;
    answer.refuses(StatusCode::SERVICE_UNAVAILABLE, "history_diverged");
    let outside = format!("checkpoint in {}", vault.outside().display());
    assert!(answer.text("detail").contains(&outside), "{}", answer.body);
    // The other one is of what is there now; it is verified against that, and told that there is another.
    let verdict = vault.verified("/api/v1/log/export?people=true", None).await;
    assert_eq!((verdict.findings.as_slice(), verdict.checkpoint), (&[][..], Some(again)));
    let found = vault.findings_beside().await;
    assert!(
        matches!(&found[..], [one] if one.contains(&outside) && one.ends_with("is not of this history")),
        "{found:?}"
    );
}

/// What was signed on an earlier day is looked at as well.
#[tokio::test]
async fn an_earlier_checkpoint_in_the_database_that_does_not_fit_is_told() {
    let vault = signed().await;
    let other = vault.signs(7, domain::Digest::of("another history"));
    let change = format!(
        "INSERT INTO signed_checkpoints (number, origin, note, signed_at)
             SELECT 0, origin, '{other}', 0 FROM signed_checkpoints WHERE number > 0 LIMIT 1"
    );
    let vault = vault.after(async |place| past(place, &change, &change).await).await;
    let found = vault.findings_beside().await;
    let wanted = "the checkpoint in the database, of 7 events, is not of this history";
    assert_eq!(found, [wanted]);
    assert_eq!(vault.verified("/api/v1/log/export", None).await.findings, []);
}
