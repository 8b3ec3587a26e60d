//! `seatbook audit new-key`: a key to sign the history with.

use std::{fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt, path::PathBuf};

use clap::Args;
use serde_json::json;

use crate::cli::{Exit, Failure, output::Out};

/// A key to be made.
#[derive(Args)]
pub(crate) struct NewKey {
    /// The log's name, which stands in every checkpoint: like an address of yours without https://, seats.example.org/log
    name: String,
    /// The file to make; name it to every node with `SEATBOOK_LOG_KEY_FILE`
    file: PathBuf,
}

impl NewKey {
    /// Makes it, and says what auditors are given.
    pub(super) fn run(&self, out: Out) -> Result<Exit, Failure> {
        let key = notary::make_key(&self.name).map_err(|error| {
            let hint = "Give one like seats.example.org/log.";
            Failure::usage(format!("\"{}\" can't be a log's name: {error}.", self.name), hint)
        })?;
        let path = self.file.display();
        let unwritten = |error| {
            let hint = "Name a file that is not there yet, in a folder that is. Keys are never written over.";
            Failure::broken("unwritable", format!("The key can't be written to {path}: {error}."), hint)
        };
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.file)
            .map_err(unwritten)?;
        writeln!(file, "{}", key.reveal()).and_then(|()| file.sync_all()).map_err(unwritten)?;
        let public = key.public().to_string();
        out.value(&json!({ "key": public, "file": path.to_string() }), || format!("{public}\n"))?;
        Ok(Exit::Done)
    }
}
