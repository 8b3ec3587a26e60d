//! Inclusion proofs as files that can be verified offline (C2SP tlog-proof).

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::Digest;

use crate::{Checkpoint, CheckpointError, Invalid, VerifyingKey, path::number, verify_inclusion};

/// Shows that an event is in the log, with the signed checkpoint that it is shown against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// The event's entry, so that the file can be verified alone; nothing where that comes in another way.
    pub entry: Option<Vec<u8>>,
    /// The leaf's number, counted from 0: its event's position less one.
    pub leaf: u64,
    /// From the leaf's neighbour to the root's child.
    pub hashes: Vec<Digest>,
    /// As it was signed.
    pub checkpoint: String,
}

/// Why a file shows nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofFileError {
    /// Not in the form of a proof.
    #[error("this is no proof: {0}")]
    Malformed(&'static str),
    /// The checkpoint in it is not to be believed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The hashes do not lead to the checkpoint's root.
    #[error("the event is not where the proof says, or is another one")]
    NotIncluded,
}

impl From<Invalid> for ProofFileError {
    fn from(Invalid: Invalid) -> Self {
        Self::NotIncluded
    }
}

/// The first line of a proof.
const FORM: &str = "c2sp.org/tlog-proof@v1";

impl InclusionProof {
    /// The file (`.tlog-proof`).
    pub fn to_text(&self) -> String {
        let hashes: String =
            self.hashes.iter().map(|hash| format!("{}\n", BASE64_STANDARD.encode(hash.0))).collect();
        let entry = self.entry.as_ref().map(|entry| format!("extra {}\n", BASE64_STANDARD.encode(entry)));
        format!("{FORM}\n{}index {}\n{hashes}\n{}", entry.unwrap_or_default(), self.leaf, self.checkpoint)
    }

    /// Whether a text begins like one.
    pub fn begins(text: &[u8]) -> bool {
        text.starts_with(FORM.as_bytes())
    }

    /// Reads a file. Its extra data is the event's entry.
    pub fn parse(text: &str) -> Result<Self, ProofFileError> {
        let malformed = ProofFileError::Malformed;
        let rest = text.strip_prefix(FORM).and_then(|rest| rest.strip_prefix('\n'));
        let mut rest = rest.ok_or(malformed("it does not begin with c2sp.org/tlog-proof@v1"))?;
        let mut entry = None;
        if let Some(extra) = rest.strip_prefix("extra ") {
            let (encoded, behind) = extra.split_once('\n').ok_or(malformed("it ends early"))?;
            let decoded = BASE64_STANDARD.decode(encoded);
            entry = Some(decoded.map_err(|_| malformed("the extra data is no base64"))?);
            rest = behind;
        }
        let (proof, checkpoint) = rest.split_once("\n\n").ok_or(malformed("there is no checkpoint in it"))?;
        let mut lines = proof.split('\n');
        let leaf = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(number);
        let leaf = leaf.ok_or(malformed("there is no index in it"))?;
        let hashes: Option<Vec<Digest>> = lines.map(hash).collect();
        let hashes = hashes.ok_or(malformed("a line is no SHA-256 hash in base64"))?;
        Ok(Self { entry, leaf, hashes, checkpoint: checkpoint.to_owned() })
    }

    /// That the leaf with this hash is in the log, as of the checkpoint, which is given back.
    pub fn verify(&self, key: &VerifyingKey, leaf: Digest) -> Result<Checkpoint, ProofFileError> {
        let checkpoint = key.open(&self.checkpoint)?;
        verify_inclusion(&self.hashes, (checkpoint.size, checkpoint.root), self.leaf, leaf)?;
        Ok(checkpoint)
    }
}

fn hash(line: &str) -> Option<Digest> {
    BASE64_STANDARD.decode(line).ok()?.try_into().ok().map(Digest)
}
