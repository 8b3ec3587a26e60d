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
        let Ok(Ok(found)) = timeout(PATIENCE, self.client.send(begun.asked_for())).await else {
            return format!("{STOPPED}\n{AGAIN}");
        };
        words(begun.ours(&found.value), self.client.has_server())
    }
}

impl Begun {
    /// The import, once it is known which one it is: it may be an older one that goes on. Otherwise the newest.
    fn asked_for(&self) -> Call {
        match self.import.get() {
            Some(import) => Call::get(&["licenses", &self.license, "imports", import]),
            None => Call::get(&["licenses", &self.license, "imports"]).query("limit", Some(1)),
        }
    }

    /// The import, in what was found.
    fn ours<'a>(&self, found: &'a Value) -> Option<&'a Value> {
        let is_of_now = |import: &&Value| {
            text(import, "started_at").parse::<DateTime<Utc>>().is_ok_and(|started| started >= self.since)
        };
        match self.import.get() {
            Some(_) => Some(found),
            None => list(found, "items").first().filter(is_of_now),
        }
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

fn words(import: Option<&Value>, server: bool) -> String {
    let Some(import) = import else {
        // A server may have all of it by now; or it is the same file as one that it works on already.
        return if server {
            format!("Interrupted before the server answered. {TAKEN_IN}")
        } else {
            format!("Interrupted before the first rows were done.\n{AGAIN}")
        };
    };
    // The lists may be behind the job, or not have heard of it at all: then all that is known is the job.
    let listed = import.get("phase").is_some();
    let job = if listed { import.get("job") } else { Some(import) };
    let applied = job.map_or(0, |job| number(job, "rows_applied"));
    let rows = count(applied.max(if listed { number(import, "rows") } else { 0 }), "row", "rows");
    let state = if listed { text(import, "phase") } else { text(import, "state") };
    match (state, server) {
        ("running" | "waiting", true) => format!(
            "Interrupted, but the server goes on: {rows} done so far.\nGive the same command again to see what came of \
             each row; nothing happens twice."
        ),
        ("running" | "waiting", false) => {
            format!("Interrupted. At least {rows} done; they stay done.\n{AGAIN}")
        }
        _ => format!("Interrupted, but it was done already: {rows}."),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn begun(import: Option<&str>) -> Begun {
        let import = import.map_or_else(OnceLock::new, |import| OnceLock::from(import.to_owned()));
        let since = "2026-09-01T08:00:00Z".parse().unwrap();
        Begun { license: String::new(), since, preview: false, import }
    }

    #[track_caller]
    fn says(begun: &Begun, found: &Value, server: bool, said: &str) {
        let words = words(begun.ours(found), server);
        assert!(words.starts_with("Interrupted") && words.contains(said), "{words}");
    }

    const NOW: &str = "2026-09-01T08:00:01Z";
    const BEFORE: &str = "2026-09-01T07:00:00Z";

    fn import(at: &str, phase: &str) -> Value {
        json!({ "started_at": at, "phase": phase, "rows": 12000 })
    }

    #[test]
    fn whoever_interrupts_is_told_how_far_it_is_and_how_to_go_on() {
        let page = |at, phase| json!({ "items": [import(at, phase)] });
        for (page, server, said) in [
            (
                page(NOW, "running"),
                false,
                "At least 12,000 rows done; they stay done.\nGive the same command again",
            ),
            (page(NOW, "running"), true, "the server goes on: 12,000 rows done so far.\n"),
            (page(NOW, "completed"), false, "it was done already: 12,000 rows."),
            (
                page(BEFORE, "completed"),
                false,
                "before the first rows were done.\nGive the same command again",
            ),
            (json!({ "items": [] }), false, "before the first rows were done."),
            (page(BEFORE, "running"), true, "before the server answered. What it has taken in goes on"),
        ] {
            says(&begun(None), &page, server, said);
        }
    }

    #[test]
    fn an_import_that_goes_on_from_before_is_known_by_the_first_answer() {
        let known = begun(Some("id"));
        says(&known, &import(BEFORE, "running"), false, "At least 12,000 rows done; they stay done.\n");
        says(&known, &import(BEFORE, "running"), true, "the server goes on: 12,000 rows done so far.\n");
        let mut ahead = import(BEFORE, "running");
        ahead["job"] = json!({ "state": "running", "rows": 60000, "rows_applied": 14000 });
        says(&known, &ahead, false, "At least 14,000 rows done");
        let unlisted = json!({ "state": "waiting", "rows": 60000, "rows_applied": 0 });
        says(&known, &unlisted, true, "the server goes on: 0 rows done so far.\n");
    }
}
