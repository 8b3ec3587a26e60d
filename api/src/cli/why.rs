//! `seatbook why`: a person's status, the chain of events behind it, and what can be done next.

use clap::Args;
use serde_json::Value;

use super::{
    Exit, Failure, Session,
    call::Call,
    licenses::resolve,
    output::{cell, list, text, time, visible},
};

/// About whom.
#[derive(Args)]
pub(crate) struct Why {
    /// The license
    license: String,
    /// Who
    email: String,
}

impl Why {
    /// Tells it.
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let id = resolve(&session.client, &self.license).await?;
        let call = Call::get(&["licenses", &id, "why"]).query("email", Some(self.email));
        session.out.answer(&session.client.send(call).await?, words)?;
        Ok(Exit::Done)
    }
}

fn words(why: &Value) -> String {
    let happened = |entry| format!("  {}  {}\n", time(entry, "recorded_at"), visible(text(entry, "text")));
    let step = |step| format!("  {}: {}\n", visible(text(step, "who")), visible(text(step, "text")));
    let chain: String = list(why, "chain").iter().map(happened).collect();
    let steps: String = list(why, "next_steps").iter().map(step).collect();
    let titled = |title: &str, lines: String| {
        if lines.is_empty() { lines } else { format!("\n{title}:\n{lines}") }
    };
    let row = |row| {
        let place = if text(row, "source") == "csv" { "line" } else { "item" };
        let n = cell(row, if place == "line" { "line" } else { "row" });
        let file = row["file"].as_str().map(|name| format!("{}, ", visible(name))).unwrap_or_default();
        let (at, reason, hint) = (time(row, "refused_at"), text(row, "reason"), text(row, "hint"));
        let (reason, hint, code) = (visible(reason), visible(hint), text(row, "code"));
        let import = text(row, "import_id");
        format!("  {at}  {file}{place} {n}: {reason} {hint} ({code}; import {import})\n")
    };
    let kept = why.get("refused_rows").map(|kept| {
        let rows: String = list(kept, "rows").iter().map(row).collect();
        format!("{}\n{rows}", visible(text(kept, "text")))
    });
    let (chain, steps) = (titled("What happened (UTC)", chain), titled("What can be done next", steps));
    format!("{}\n{}{chain}{steps}", visible(text(why, "sentence")), kept.unwrap_or_default())
}
