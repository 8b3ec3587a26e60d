//! `seatbook why`: a person's status, the chain of events behind it, and what can be done next.

use clap::Args;
use serde_json::Value;
use uuid::Uuid;

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
    /// Who: an address, or of whom none is left, the member id that lists show
    #[arg(value_name = "EMAIL|ID")]
    who: String,
}

impl Why {
    /// Tells it.
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let id = resolve(&session.client, &self.license).await?;
        let call = asked(&id, &self.who);
        session.out.answer(&session.client.send(call).await?, words)?;
        Ok(Exit::Done)
    }
}

/// Asks why somebody is, or is not, on a license: by their address, or by their membership.
pub(super) fn asked(license: &str, who: &str) -> Call {
    let field = if who.trim().parse::<Uuid>().is_ok() { "member_id" } else { "email" };
    Call::get(&["licenses", license, "why"]).query(field, Some(who))
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
