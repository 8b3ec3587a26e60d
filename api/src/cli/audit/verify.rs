//! `seatbook audit verify`: whether an export, or the database itself, is what was signed.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use clap::Args;
use http_body_util::BodyExt;
use serde_json::json;
use transparency::{Checkpoint, Verdict, Verifier, VerifyingKey};

use super::export::{asked, broken_off};
use crate::cli::{
    Exit, Failure, Session,
    call::Call,
    output::{Out, count, list, visible},
};

/// What is verified, and against what.
#[derive(Args)]
pub(crate) struct Verify {
    /// The export; unless given, the database itself, with the directory
    file: Option<PathBuf>,
    /// The log's public key, as it was handed over once and kept; of the database itself, its own unless given
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// A file with a checkpoint that was kept from before: the history has to begin with it
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// The key that signed that checkpoint, where it is an earlier one
    #[arg(long, value_name = "KEY", requires = "checkpoint")]
    checkpoint_key: Option<String>,
}

impl Verify {
    /// Whether it needs no database.
    pub(super) fn is_of_a_file(&self) -> bool {
        self.file.is_some()
    }

    /// Verifies the file.
    pub(super) fn run_on_file(&self, out: Out) -> Result<Exit, Failure> {
        let path = self.file.as_deref().unwrap_or(Path::new(""));
        let Some(key) = &self.key else {
            let what =
                "--key is missing: an export is held against a key that you were given in another way.";
            return Err(Failure::usage(what, "Give it as `seatbook audit key` shows it."));
        };
        let mut verifier = self.verifier(&read_key("--key", key)?)?;
        let hint = "Name what `seatbook audit export` has written.";
        let unread = |error: std::io::Error| Failure::unread(path, &error, hint);
        let mut file = File::open(path).map_err(unread)?;
        let mut piece = vec![0; 1 << 20];
        loop {
            match file.read(&mut piece).map_err(unread)? {
                0 => break,
                length => verifier.piece(&piece[..length]),
            }
        }
        told(&verifier.end(), out)
    }

    /// Verifies what the service says, with its directory.
    pub(super) async fn run_on_database(&self, session: &Session) -> Result<Exit, Failure> {
        let key = if let Some(key) = &self.key {
            read_key("--key", key)?
        } else {
            let own = session.client.send(Call::get(&["log", "key"])).await?.value;
            let own = list(&own, "keys").first().and_then(serde_json::Value::as_str).unwrap_or_default();
            read_key("its own key", own)?
        };
        let mut verifier = self.verifier(&key)?;
        let call = asked(session, None, true, None).await?;
        let mut body = session.client.stream(call).await?.into_body();
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame.map_err(broken_off)?.into_data() {
                verifier.piece(&data);
            }
        }
        told(&verifier.end(), session.out)
    }

    fn verifier(&self, key: &VerifyingKey) -> Result<Verifier, Failure> {
        let Some(path) = &self.checkpoint else { return Ok(Verifier::new(key.clone(), None)) };
        let earlier = match &self.checkpoint_key {
            Some(earlier) => read_key("--checkpoint-key", earlier)?,
            None => key.clone(),
        };
        Ok(Verifier::new(key.clone(), Some(opened(path, &earlier)?)))
    }
}

const WANTED: &str =
    "Give the file with a checkpoint as `seatbook audit checkpoint` printed it, and the key that signed it.";

fn opened(path: &Path, key: &VerifyingKey) -> Result<Checkpoint, Failure> {
    let note = std::fs::read_to_string(path).map_err(|error| Failure::unread(path, &error, WANTED))?;
    key.open(&note).map_err(|error| {
        Failure::broken(
            "checkpoint_unread",
            format!("The checkpoint in {}: {error}.", path.display()),
            WANTED,
        )
    })
}

/// How many events a checkpoint in a file says that there were.
pub(super) fn size_of(path: &Path) -> Result<u64, Failure> {
    let note = std::fs::read_to_string(path).map_err(|error| Failure::unread(path, &error, WANTED))?;
    note.lines().nth(1).and_then(|size| size.parse().ok()).ok_or_else(|| {
        let what = format!("The file {} holds no checkpoint.", path.display());
        Failure::broken("checkpoint_unread", what, WANTED)
    })
}

fn read_key(place: &str, text: &str) -> Result<VerifyingKey, Failure> {
    VerifyingKey::parse(text).map_err(|error| {
        let hint = "Write it as `seatbook audit key` shows it: NAME+HASH+KEY.";
        Failure::usage(format!("{place}: \"{}\": {error}.", crate::visible::shortened(text)), hint)
    })
}

fn told(verdict: &Verdict, out: Out) -> Result<Exit, Failure> {
    let findings: Vec<_> =
        verdict.findings.iter().map(|it| json!({ "position": it.position, "what": it.what })).collect();
    let checkpoint = verdict
        .checkpoint
        .as_ref()
        .map(|it| json!({ "origin": it.origin, "size": it.size, "root": it.root.to_string() }));
    let value = json!({
        "events": verdict.events, "people": verdict.people, "checkpoint": checkpoint, "findings": findings,
    });
    out.value(&value, || words(verdict))?;
    Ok(if verdict.holds() { Exit::Done } else { Exit::Failed })
}

fn words(verdict: &Verdict) -> String {
    let what = format!(
        "{}, {}",
        count(verdict.events, "event", "events"),
        count(verdict.people, "person", "people")
    );
    if let (true, Some(checkpoint)) = (verdict.holds(), &verdict.checkpoint) {
        let size = count(checkpoint.size, "event", "events");
        return format!(
            "Everything holds: {what}, against the checkpoint of \"{}\" at {size}.\n",
            checkpoint.origin
        );
    }
    let findings = verdict.findings.iter().map(|finding| match finding.position {
        Some(position) => format!("event {position}: {}\n", visible(&finding.what)),
        None => format!("{}\n", visible(&finding.what)),
    });
    let findings: String = findings.collect();
    format!("{findings}Not everything holds: {what} were looked at.\n")
}
