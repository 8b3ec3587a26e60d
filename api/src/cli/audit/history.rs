//! `seatbook audit ...`: the history as auditors verify it.

use clap::Subcommand;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::{
    export::{Export, broken_off},
    keys::NewKey,
    verify::{Verify, tell_notes},
};
use crate::cli::{
    Exit, Failure, Session,
    call::Call,
    licenses::resolve,
    output::{Out, list, text},
    values::position,
};

/// What an auditor wants, and what the operator does for one.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Write the history to a file that can be verified offline: all of it, or that of one license
    Export(Export),
    /// Verify an export offline, or the database itself; exit code 1 where something does not hold
    Verify(Verify),
    /// Print the last signed checkpoint, which includes everything that has happened: keep it outside
    Checkpoint,
    /// Show that the event at a position is in the history (a `.tlog-proof`)
    Proof {
        /// The event's position
        #[arg(value_parser = position)]
        position: u64,
        /// The license that it belongs to; unless given, you have to be an auditor of the installation
        #[arg(long, value_name = "LICENSE")]
        license: Option<String>,
    },
    /// Print the public key that checkpoints are signed with, to be handed to auditors
    Key,
    /// Make a key to sign the history with, in a file that only its owner can read
    NewKey(NewKey),
    /// Go on with the history that is in the database, after a restore: under another name, with another key
    GoOn,
}

/// What needs no database.
pub(crate) enum Offline {
    /// Verifies a file.
    Verify(Verify),
    /// Makes a key.
    NewKey(NewKey),
}

impl Offline {
    pub(crate) fn run(self, out: Out) -> Result<Exit, Failure> {
        match self {
            Self::Verify(verify) => verify.run_on_file(out),
            Self::NewKey(new) => new.run(out),
        }
    }
}

impl Command {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let client = &session.client;
        match self {
            Self::Export(export) => export.run(session).await,
            Self::Verify(verify) => verify.run_on_database(session).await,
            Self::NewKey(new) => new.run(session.out),
            Self::Checkpoint => {
                let call = Call::get(&["log", "checkpoint"]).query("current", Some(true));
                let answer = client.stream(call).await?;
                tell_notes(answer.headers(), session.out);
                let raw = answer.into_body().collect().await.map_err(broken_off)?.to_bytes();
                tell(session, "checkpoint", &raw)
            }
            Self::Proof { position, license } => {
                let position = position.to_string();
                let call = match license {
                    None => Call::get(&["log", "proof", &position]),
                    Some(license) => {
                        let license = resolve(client, &license).await?;
                        Call::get(&["licenses", &license, "log", "proof", &position])
                    }
                };
                tell(session, "proof", &client.send(call).await?.raw)
            }
            Self::Key => {
                let key = client.send(Call::get(&["log", "key"])).await?;
                session.out.answer(&key, keys)?;
                Ok(Exit::Done)
            }
            Self::GoOn => {
                let begun = client.send(Call::post(&["log", "go-on"]).long()).await?;
                session.out.answer(&begun, begun_anew)?;
                Ok(Exit::Done)
            }
        }
    }
}

/// A text as it came; in JSON, in a field of this name.
fn tell(session: &Session, name: &str, raw: &[u8]) -> Result<Exit, Failure> {
    let said = String::from_utf8_lossy(raw);
    session.out.value(&json!({ name: said }), || said.to_string())?;
    Ok(Exit::Done)
}

fn keys(key: &Value) -> String {
    list(key, "keys").iter().filter_map(Value::as_str).map(|key| format!("{key}\n")).collect()
}

fn begun_anew(begun: &Value) -> String {
    let aside: String =
        list(begun, "put_aside").iter().filter_map(Value::as_str).map(|path| format!("  {path}\n")).collect();
    format!(
        "The history goes on as that of \"{}\". Hand out its key and its first checkpoint; earlier checkpoints hold up to where \
         the restore went back.\nKey: {}\nPut aside, and to be kept:\n{aside}Checkpoint:\n{}",
        text(begun, "origin"),
        text(begun, "key"),
        text(begun, "checkpoint")
    )
}
