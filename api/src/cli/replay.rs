//! `seatbook replay`: what the log says, beside what the read models hold.

use clap::Args;
use domain::number::grouped;
use serde_json::Value;

use super::{
    Exit, Failure, Session,
    call::Call,
    licenses::resolve,
    output::{count, counted, list, number, table, text, visible},
};

/// What is replayed.
#[derive(Args)]
pub(crate) struct Replay {
    /// Only this license
    license: Option<String>,
}

impl Replay {
    /// Replays, and tells each difference.
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let call = match &self.license {
            Some(license) => {
                let id = resolve(&session.client, license).await?;
                Call::get(&["licenses", &id, "replay"])
            }
            None => Call::get(&["replay"]),
        };
        let answer = session.client.send(call.long()).await?;
        session.out.answer(&answer, words)?;
        Ok(if answer.value.get("equal") == Some(&Value::Bool(true)) { Exit::Done } else { Exit::Failed })
    }
}

fn words(replayed: &Value) -> String {
    let models = list(replayed, "models");
    let row = |model: &Value| {
        let state = match number(model, "different") {
            _ if is_the_same(model) => "the same".to_owned(),
            1 => "1 row differs".to_owned(),
            different => format!("{} rows differ", grouped(different)),
        };
        let digest: String = text(model, "replayed").chars().take(16).collect();
        vec![
            text(model, "name").to_owned(),
            counted(model, "position"),
            counted(model, "rows"),
            digest,
            state,
        ]
    };
    let rows: Vec<_> = models.iter().map(row).collect();
    let (events, position) = (grouped(number(replayed, "events")), grouped(number(replayed, "position")));
    let mut said = vec![format!("{events} events up to position {position} were replayed.\n")];
    said.push(table(&["READ MODEL", "POSITION", "ROWS", "BY THE LOG (SHA-256)", "BESIDE THE LOG"], &rows));
    for model in models {
        let (name, told) = (text(model, "name"), list(model, "differences"));
        if let Some(why) = model.get("stopped").and_then(Value::as_str) {
            said.push(format!("{name}: the log can't be replayed further: {}.\n", visible(why)));
        }
        said.extend(told.iter().map(|difference| format!("{}\n", visible(text(difference, "text")))));
        let told = u64::try_from(told.len()).unwrap_or(u64::MAX);
        let more = number(model, "different").saturating_sub(told);
        if more > 0 {
            said.push(format!("{name}: and {} more.\n", count(more, "row", "rows")));
        }
    }
    let differs = |of: &str| {
        let mut models = models.iter();
        models.any(|model| text(model, "name") == of && !is_the_same(model))
    };
    if differs("claims") {
        said.push(
            "Orders are decided by the claims, and somebody has changed them in the database: restore it from a backup, or have \
             the rows put right before anything more is written.\n"
                .to_owned(),
        );
    }
    let of_lists = |model: &&Value| text(model, "name") != "claims" && !is_the_same(model);
    if models.iter().any(|model| of_lists(&model)) {
        said.push(
            "`seatbook projections rebuild --force` makes the lists anew from the log and the directory.\n"
                .to_owned(),
        );
    }
    if models.iter().filter(of_lists).any(tells_another_address) {
        said.push(
            "An address differs: it comes from the directory, and somebody may have changed that in place of the list. See \
             which is right with `seatbook audit verify` first, which holds the directory against the log.\n"
                .to_owned(),
        );
    }
    said.concat()
}

fn is_the_same(model: &Value) -> bool {
    model.get("equal") == Some(&Value::Bool(true))
}

/// Whether a row is of somebody with another address than the directory has.
fn tells_another_address(model: &Value) -> bool {
    let mut columns = list(model, "differences").iter().flat_map(|difference| list(difference, "columns"));
    columns.any(|column| ["email", "normalised"].contains(&text(column, "column")))
}
