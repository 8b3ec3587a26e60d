//! `seatbook audit verify`: whether an export, or the database itself, is what was signed.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use clap::Args;
use domain::{
    email::sentence,
    entry::{Entry, leaf_of},
    number::grouped,
};
use http_body_util::BodyExt;
use serde_json::json;
use transparency::{Checkpoint, Finding, InclusionProof, Verdict, Verifier, VerifyingKey};

use super::export::{asked, broken_off};
use crate::cli::{
    Exit, Failure, Session,
    call::Call,
    output::{Out, count, list, visible},
};
use crate::log::{FINDINGS, NOTES};

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

    /// Verifies the file. Where that is not done, nothing is said of it.
    pub(super) fn run_on_file(&self, out: Out) -> Result<Exit, Failure> {
        self.on_file(out).map_err(Failure::of_nothing_done)
    }

    fn on_file(&self, out: Out) -> Result<Exit, Failure> {
        let path = self.file.as_deref().unwrap_or(Path::new(""));
        let Some(key) = &self.key else {
            let what =
                "--key is missing: an export is held against a key that you were given in another way.";
            return Err(Failure::usage(what, "Give it as `seatbook audit key` shows it."));
        };
        let key = read_key("--key", key)?;
        let mut verifier = self.verifier(&key)?;
        let hint = "Name what `seatbook audit export` or `seatbook audit proof` has written.";
        let unread = |error: std::io::Error| Failure::unread(path, &error, hint);
        let mut file = File::open(path).map_err(unread)?;
        let mut piece = vec![0; 1 << 20];
        let mut is_first = true;
        loop {
            let length = file.read(&mut piece).map_err(unread)?;
            if is_first && InclusionProof::begins(&piece[..length]) {
                if self.checkpoint.is_some() {
                    return Err(Failure::usage(
                        "--checkpoint is for exports: a proof has a checkpoint of its own, and does not show that the history \
                         went on from another one.",
                        "Leave it out; or verify an export against the checkpoint.",
                    ));
                }
                return proved(&piece[..length], &key, out);
            }
            is_first = false;
            match length {
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
        let mut verifier = self.verifier(&key).map_err(Failure::of_nothing_done)?;
        let call = asked(session, None, true, None).await?;
        let response = session.client.stream(call).await?;
        let beside = found_beside(response.headers());
        tell_notes(response.headers(), session.out);
        let mut body = response.into_body();
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame.map_err(broken_off)?.into_data() {
                verifier.piece(&data);
            }
        }
        let mut verdict = verifier.end();
        verdict.findings.extend(beside);
        told(&verdict, session.out)
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

/// Tells what whoever keeps an answer should know, and is said in its head.
pub(super) fn tell_notes(headers: &HeaderMap, out: Out) {
    for note in said(headers, &NOTES) {
        out.note(&note);
    }
}

/// What is said in the head of an answer.
fn said(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.get_all(name).iter().map(text).collect()
}

/// What does not hold beside an export, and is told in the head of the answer.
pub(super) fn found_beside(headers: &HeaderMap) -> Vec<Finding> {
    said(headers, &FINDINGS).into_iter().map(crate::log::as_found).collect()
}

/// A finding, in a line.
pub(super) fn words_of(finding: &Finding) -> String {
    visible(&crate::log::as_said(finding))
}

/// Whether a single event is in the history, by a proof that holds its entry.
fn proved(text: &[u8], key: &VerifyingKey, out: Out) -> Result<Exit, Failure> {
    let text = String::from_utf8_lossy(text);
    let proof = InclusionProof::parse(&text).map_err(|error| {
        let hint = "Give the file as `seatbook audit proof` printed it.";
        Failure::broken("proof_unread", sentence(error.to_string()), hint)
    })?;
    let Some(entry) = &proof.entry else {
        let what = "The proof does not hold the event's entry, so there is nothing to hold it against.";
        let hint = "Ask for it anew: `seatbook audit proof POSITION`.";
        return Err(Failure::broken("proof_unread", what, hint));
    };
    let shown = serde_json::from_slice::<Entry<'_>>(entry).ok();
    let shown = shown.filter(|shown| shown.position == proof.leaf + 1);
    let found = match (proof.verify(key, leaf_of(entry)), &shown) {
        (Ok(checkpoint), Some(_)) => Ok(checkpoint),
        (Ok(_), None) => Err("the entry is not that of the event whose place is shown".to_owned()),
        (Err(error), _) => Err(error.to_string()),
    };
    let value = json!({
        "position": proof.leaf + 1,
        "entry": serde_json::from_slice::<serde_json::Value>(entry).ok(),
        "holds": found.is_ok(),
        "what": found.as_ref().err(),
    });
    out.value(&value, || match (&found, &shown) {
        (Ok(checkpoint), Some(shown)) => {
            let (at, size) = (shown.position, count(checkpoint.size, "event", "events"));
            format!(
                "It holds: event {at}, {}, is in the history of \"{}\" at {size}. Its entry:\n{}\n",
                visible(&shown.event_type),
                visible(&checkpoint.origin),
                visible(&String::from_utf8_lossy(entry)),
            )
        }
        (Ok(_), None) => String::new(),
        (Err(what), _) => format!("Event {}: {what}.\n", proof.leaf + 1),
    })?;
    Ok(if found.is_ok() { Exit::Done } else { Exit::Failed })
}

const WANTED: &str =
    "Give the file with a checkpoint as `seatbook audit checkpoint` printed it, and the key that signed it.";

fn opened(path: &Path, key: &VerifyingKey) -> Result<Checkpoint, Failure> {
    let note = std::fs::read_to_string(path).map_err(|error| Failure::unread(path, &error, WANTED))?;
    // What was mailed, or saved by an editor, has other line ends; nothing of what is signed is lost with them.
    let note = format!("{}\n", note.replace("\r\n", "\n").trim_end());
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
        "events": verdict.events, "people": verdict.people, "checkpoint": checkpoint, "since": verdict.since,
        "findings": findings,
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
        let since =
            verdict.since.map(|size| format!("; it goes on from the checkpoint at {}", grouped(size)));
        return format!(
            "Everything holds: {what}, against the checkpoint of \"{}\" at {size}{}.\n",
            checkpoint.origin,
            since.unwrap_or_default()
        );
    }
    let findings: String = verdict.findings.iter().map(|finding| words_of(finding) + "\n").collect();
    format!("{findings}Not everything holds: {what} were looked at.\n")
}
