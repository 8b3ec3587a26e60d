//! What a client was told, one line of JSON for each order: enough for anybody to check the log by.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader, BufWriter, Lines, Write},
    path::{Path, PathBuf},
};

use domain::{Code, Effect};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::order::Order;

#[derive(Debug, Serialize, Deserialize)]
pub struct Note {
    pub order: Order,
    pub license: Uuid,
    /// Whom it is about, where that is one person.
    pub person: Option<String>,
    /// Who asked; empty: the operator.
    pub asked_by: String,
    pub key: String,
    /// The highest position that anybody had been told before it was first sent.
    pub after: u64,
    pub tries: u32,
    pub status: u16,
    /// Of an import about several people: `changed`.
    pub code: Code,
    pub position: Option<u64>,
    pub import: Option<Uuid>,
    /// How many rows had which outcome.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outcomes: BTreeMap<Code, u64>,
}

impl Note {
    /// Where the log has to hold what was acknowledged. Nothing: it said that nothing was changed.
    pub fn claims(&self) -> Option<u64> {
        let wrote = self.import.is_some() || self.code.effect() != Effect::Unchanged;
        self.position.filter(|_| wrote)
    }

    /// The id that its key stands for, made by hand as the service makes it.
    pub fn command(&self) -> Uuid {
        let parts = [b"command", self.asked_by.as_bytes(), self.key.as_bytes()];
        let hash = parts
            .iter()
            .fold(Sha256::new(), |hash, part| hash.chain_update(part.len().to_le_bytes()).chain_update(part));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}

/// Where a client writes.
pub struct Notebook(BufWriter<File>);

impl Notebook {
    pub fn new(folder: &Path, client: usize) -> Self {
        Self(BufWriter::new(File::create(path(folder, client)).unwrap()))
    }

    pub fn writes(&mut self, note: &Note) {
        serde_json::to_writer(&mut self.0, note).unwrap();
        self.0.write_all(b"\n").unwrap();
    }

    pub fn close(mut self) {
        self.0.flush().unwrap();
    }
}

/// What a client wrote, read one after the other.
pub struct Notes(Lines<BufReader<File>>);

impl Notes {
    pub fn of(folder: &Path, client: usize) -> Self {
        Self(BufReader::new(File::open(path(folder, client)).unwrap()).lines())
    }
}

impl Iterator for Notes {
    type Item = Note;

    fn next(&mut self) -> Option<Note> {
        Some(serde_json::from_str(&self.0.next()?.unwrap()).unwrap())
    }
}

fn path(folder: &Path, client: usize) -> PathBuf {
    folder.join(format!("client-{client:02}.jsonl"))
}
