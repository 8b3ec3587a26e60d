//! What was under way when Ctrl-C came: how far it is, and how to go on.

use std::{sync::OnceLock, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::time::timeout;

use super::{
    Session,
    call::Call,
    output::{count, list, number, text},
};

/// What is said where nothing more is known.
pub(super) const STOPPED: &str = "Interrupted. What was done so far stays done.";

/// How to go on, wherever it was.
const AGAIN: &str = "Give the same command again to go on: whoever is done already stays as they are. `seatbook serve` \
                     goes on by itself.";

/// What a server does with what it has.
const TAKEN_IN: &str = "What it has taken in goes on: `seatbook imports list` shows it.\nGive the same command again to \
                        see what came of each row; nothing happens twice.";

/// As long as somebody who wants to leave is kept.
const PATIENCE: Duration = Duration::from_secs(5);

/// People are being added, invited or removed.
pub(crate) struct Begun {
    /// On which license.
    pub license: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Whether nothing is to be changed.
    pub preview: bool,
    /// Which import it is, once that is known.
    pub import: OnceLock<String>,
}

impl Begun {
    /// Now, on this license.
    pub(super) fn now(license: &str, preview: bool) -> Self {
        Self { license: license.to_owned(), since: Utc::now(), preview, import: OnceLock::new() }
    }
}

impl Session {
    /// Notes down which import it is, as the first answer says.
    pub(super) fn begun_as(&self, first: &Value) {
        if let Some(begun) = self.begun.get() {
            let _ = begun.import.set(text(first, "import_id").to_owned());
        }
    }

    /// What to tell whoever interrupts.
    pub(super) async fn interrupted(&self) -> String {
        let Some(begun) = self.begun.get() else { return STOPPED.to_owned() };
        if begun.preview {
            self.give_up(begun).await;
            return "Interrupted. It was a preview: nothing was changed.".to_owned();
        }
        let call = Call::get(&["licenses", &begun.license, "imports"]).query("limit", Some(1));
        let newest = timeout(PATIENCE, self.client.send(call)).await;
        let Ok(Ok(newest)) = newest else { return format!("{STOPPED}\n{AGAIN}") };
        words(begun, &newest.value, self.client.has_server())
    }
}

impl Session {
    /// Nobody waits for a preview any more: the server need not go on with it.
    async fn give_up(&self, preview: &Begun) {
        if let Some(import) = preview.import.get() {
            let call = Call::post(&["licenses", &preview.license, "imports", import, "cancel"]);
            let _ = timeout(PATIENCE, self.client.send(call)).await;
        }
    }
}

fn words(begun: &Begun, imports: &Value, server: bool) -> String {
    let ours = |import: &&Value| {
        text(import, "started_at").parse::<DateTime<Utc>>().is_ok_and(|started| started >= begun.since)
    };
    let Some(import) = list(imports, "items").first().filter(ours) else {
        // A server may have all of it by now; or it is the same file as one that it works on already.
        return if server {
            format!("Interrupted before the server answered. {TAKEN_IN}")
        } else {
            format!("Interrupted before the first rows were done.\n{AGAIN}")
        };
    };
    let rows = count(number(import, "rows"), "row", "rows");
    match (text(import, "phase"), server) {
        ("running", true) => format!(
            "Interrupted, but the server goes on: {rows} done so far.\nGive the same command again to see what came of \
             each row; nothing happens twice."
        ),
        ("running", false) => format!("Interrupted. At least {rows} done; they stay done.\n{AGAIN}"),
        _ => format!("Interrupted, but it was done already: {rows}."),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whoever_interrupts_is_told_how_far_it_is_and_how_to_go_on() {
        let begun = Begun {
            license: String::new(),
            since: "2026-09-01T08:00:00Z".parse().unwrap(),
            preview: false,
            import: OnceLock::new(),
        };
        let page =
            |at: &str, phase: &str| json!({ "items": [{ "started_at": at, "phase": phase, "rows": 12000 }] });
        let (now, before) = ("2026-09-01T08:00:01Z", "2026-09-01T07:00:00Z");
        for (page, server, said) in [
            (
                page(now, "running"),
                false,
                "At least 12,000 rows done; they stay done.\nGive the same command again",
            ),
            (page(now, "running"), true, "the server goes on: 12,000 rows done so far.\n"),
            (page(now, "completed"), false, "it was done already: 12,000 rows."),
            (
                page(before, "completed"),
                false,
                "before the first rows were done.\nGive the same command again",
            ),
            (json!({ "items": [] }), false, "before the first rows were done."),
            (page(before, "running"), true, "before the server answered. What it has taken in goes on"),
        ] {
            let words = words(&begun, &page, server);
            assert!(words.starts_with("Interrupted") && words.contains(said), "{words}");
        }
    }
}
