//! `seatbook projections`: the read models.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{
    Exit, Failure, Session,
    call::Call,
    client::models,
    output::{cell, counted, number, table, text},
};

/// What to do with the read models.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// How far each read model is
    Status,
    /// Build read models anew from the log, beside the live ones, and swap them in; exit code 1 where one was not
    ///
    /// A new one takes the place of the live one if it is the same, or if the live one has stopped. If it differs, one of
    /// the two is wrong, and somebody should find out first which: then it is not swapped in, unless --force is given.
    Rebuild {
        /// Only this one
        name: Option<String>,
        /// Swap even where the new one differs from the live one: where the live one is wrong, as after a disk fault
        #[arg(long)]
        force: bool,
    },
    /// Build read models anew from the log and compare; exit code 1 where one differs
    Verify {
        /// Only this one
        name: Option<String>,
    },
}

impl Command {
    /// Does it.
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        match self {
            Self::Status => {
                let answer = session.client.send(Call::get(&["projections"])).await?;
                session.out.answer(&answer, status)?;
                let stopped = models(&answer.value).iter().any(|model| !text(model, "stopped").is_empty());
                Ok(if stopped { Exit::Failed } else { Exit::Done })
            }
            Self::Rebuild { name, force } => {
                let compared = each(session, name, "rebuild", force).await?;
                let left = compared.iter().any(|model| model.get("swapped") != Some(&Value::Bool(true)));
                if left && !session.out.json {
                    session.out.note(
                        "What differs was not swapped in: find out first which one is right. If the live one is wrong, \
                         --force swaps the new one in.",
                    );
                }
                Ok(if left { Exit::Failed } else { Exit::Done })
            }
            Self::Verify { name } => {
                let compared = each(session, name, "verify", false).await?;
                let differs = compared.iter().any(|model| model.get("equal") != Some(&Value::Bool(true)));
                Ok(if differs { Exit::Failed } else { Exit::Done })
            }
        }
    }
}

fn status(answer: &Value) -> String {
    let rows: Vec<_> = models(answer)
        .iter()
        .map(|model| {
            let state = match text(model, "stopped") {
                "" if model.get("building") == Some(&Value::Bool(true)) => "being built".to_owned(),
                "" => "running".to_owned(),
                why => format!("stopped: {why}"),
            };
            vec![
                cell(model, "name"),
                cell(model, "version"),
                cell(model, "position"),
                counted(model, "lag"),
                state,
            ]
        })
        .collect();
    table(&["READ MODEL", "VERSION", "POSITION", "BEHIND", "STATE"], &rows)
}

/// Does the same with one read model, or with each.
async fn each(
    session: &Session,
    name: Option<String>,
    what: &str,
    force: bool,
) -> Result<Vec<Value>, Failure> {
    let one = name.is_some();
    let status = session.client.send(Call::get(&["projections"])).await?;
    let all: Vec<_> = models(&status.value).iter().map(|model| text(model, "name").to_owned()).collect();
    let names = match name {
        Some(name) if !all.contains(&name) => return Err(unknown(&name, &all)),
        Some(name) => vec![name],
        None => all,
    };
    let mut compared = Vec::new();
    for name in &names {
        if !session.out.json {
            session.out.note(&format!("{name} ..."));
        }
        let call = Call::post(&["projections", name, what]).long().query("force", force.then_some(true));
        compared.push(session.client.send(call).await?.value);
    }
    let answer =
        if one { compared.first().cloned().unwrap_or_default() } else { json!({ "items": compared }) };
    session.out.value(&answer, || compared.iter().map(sentence).collect())?;
    Ok(compared)
}

fn unknown(name: &str, all: &[String]) -> Failure {
    let what = format!("There is no read model called \"{name}\".");
    Failure::broken("not_offered", what, format!("Name one of these: {}.", all.join(", ")))
}

fn sentence(compared: &Value) -> String {
    let yes = |field| compared.get(field) == Some(&Value::Bool(true));
    let (name, position) = (text(compared, "name"), number(compared, "position"));
    let equal = if yes("equal") { "the same as" } else { "different from" };
    let swapped = if yes("swapped") { "; the new one is live now" } else { "" };
    format!("{name}: built from the log up to position {position}, it is {equal} the live one{swapped}.\n")
}
