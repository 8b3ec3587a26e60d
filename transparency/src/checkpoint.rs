//! Checkpoints: heads of the tree, signed (C2SP tlog-checkpoint, signed-note; Ed25519).

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::Digest;
use signed_note::{Note, NoteError, Signer, StandardSigner, StandardVerifier, VerifierList, key_id};
use tlog_tiles::Hash;

/// The head of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Names the log, wherever it is.
    pub origin: String,
    /// How many leaves it had.
    pub size: u64,
    /// Its root then.
    pub root: Digest,
}

impl Checkpoint {
    /// What a signed note says, whoever signed it: for those who hold it against a key themselves.
    pub fn stated(note: &str) -> Result<Self, CheckpointError> {
        let note = Note::from_bytes(note.as_bytes()).map_err(|_| CheckpointError::Malformed)?;
        Self::in_text_of(&note)
    }

    fn in_text_of(note: &Note) -> Result<Self, CheckpointError> {
        let stated =
            tlog_tiles::Checkpoint::from_bytes(note.text()).map_err(|_| CheckpointError::Malformed)?;
        Ok(Self { origin: stated.origin().to_owned(), size: stated.size(), root: Digest(stated.hash().0) })
    }
}

/// Why a signed checkpoint is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is no signed note, or its text is no checkpoint.
    #[error("this is not a signed checkpoint")]
    Malformed,
    /// No key that is trusted signed it.
    #[error("none of the trusted keys signed this checkpoint")]
    NotSigned,
    /// It has a signature of a trusted key, which is one of another text.
    #[error("the checkpoint is not as a trusted key signed it")]
    Changed,
    /// It speaks of another log than the one whose key signed it.
    #[error("the checkpoint is of the log \"{found}\", not of \"{wanted}\"")]
    OtherLog {
        /// As it says.
        found: String,
        /// As the key says.
        wanted: String,
    },
}

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The name would not stand in a key.
    #[error("a log's name is not empty and holds neither spaces nor +")]
    Name,
    /// Anything else.
    #[error("this is no Ed25519 key in the form of a signed note")]
    Malformed,
}

/// Signs checkpoints. No `Debug`: it is a secret.
pub struct SigningKey {
    signer: StandardSigner,
    text: String,
    public: VerifyingKey,
}

/// Tells checkpoints that were signed from those that were not.
#[derive(Clone)]
pub struct VerifyingKey {
    verifier: StandardVerifier,
    text: String,
}

/// Stands before the bytes of an Ed25519 key.
const ED25519: u8 = 1;

impl SigningKey {
    /// The key of a log, from 32 random bytes.
    pub fn new(name: &str, seed: [u8; 32]) -> Result<Self, KeyError> {
        if !signed_note::is_key_name_valid(name) {
            return Err(KeyError::Name);
        }
        let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
        let public = [&[ED25519], public.as_bytes().as_slice()].concat();
        let id = key_id(name, &public);
        let secret = BASE64_STANDARD.encode([&[ED25519], seed.as_slice()].concat());
        Self::parse(&format!("PRIVATE+KEY+{name}+{id:08x}+{secret}"))
    }

    /// Reads a key as [`SigningKey::reveal`] writes it.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let signer = StandardSigner::new(text).map_err(|_| KeyError::Malformed)?;
        let seed = secret_of(text).ok_or(KeyError::Malformed)?;
        let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
        let public = signed_note::new_ed25519_verifier_key(signer.name(), &public);
        Ok(Self { public: VerifyingKey::parse(&public)?, signer, text: text.to_owned() })
    }

    /// The key itself, to be kept where only the service can read it.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// What auditors are given.
    pub const fn public(&self) -> &VerifyingKey {
        &self.public
    }

    /// The name of the log that it signs for.
    pub fn name(&self) -> &str {
        self.signer.name()
    }

    /// Signs the head of this log's tree.
    pub fn sign(&self, size: u64, root: Digest) -> Result<String, CheckpointError> {
        sign_together(std::slice::from_ref(self), size, root)
    }
}

/// Signs the head of the tree of the log that these are the keys of: one signature of each, so that whoever has pinned one
/// of them believes it.
pub fn sign_together(keys: &[SigningKey], size: u64, root: Digest) -> Result<String, CheckpointError> {
    let malformed = |_| CheckpointError::Malformed;
    let name = keys.first().ok_or(CheckpointError::NotSigned)?.name();
    let text = tlog_tiles::Checkpoint::new(name, size, Hash(root.0), "")
        .map_err(|_| CheckpointError::Malformed)?
        .to_bytes();
    let mut note = Note::new(&text, &[]).map_err(malformed)?;
    let signers: Vec<&dyn Signer> = keys.iter().map(|key| &key.signer as &dyn Signer).collect();
    note.add_sigs(&signers).map_err(malformed)?;
    String::from_utf8(note.to_bytes()).map_err(|_| CheckpointError::Malformed)
}

/// The 32 bytes in a private key's text: behind the fourth `+`, because base64 has that sign as well.
fn secret_of(text: &str) -> Option<[u8; 32]> {
    let encoded = text.splitn(5, '+').nth(4)?;
    let bytes = BASE64_STANDARD.decode(encoded).ok()?;
    bytes.strip_prefix(&[ED25519])?.try_into().ok()
}

impl VerifyingKey {
    /// Reads a key as it is given to auditors: `<name>+<hash>+<key>`.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let verifier = StandardVerifier::new(text).map_err(|_| KeyError::Malformed)?;
        Ok(Self { verifier, text: text.to_owned() })
    }

    /// The name of the log.
    pub fn name(&self) -> &str {
        signed_note::Verifier::name(&self.verifier)
    }

    /// The checkpoint in a note, if this key signed it.
    pub fn open(&self, note: &str) -> Result<Checkpoint, CheckpointError> {
        let note = Note::from_bytes(note.as_bytes()).map_err(|_| CheckpointError::Malformed)?;
        let known = VerifierList::new(vec![Box::new(self.verifier.clone())]);
        note.verify(&known).map_err(|error| match error {
            NoteError::InvalidSignature { .. } => CheckpointError::Changed,
            _ => CheckpointError::NotSigned,
        })?;
        let checkpoint = Checkpoint::in_text_of(&note)?;
        if checkpoint.origin != self.name() {
            return Err(CheckpointError::OtherLog {
                found: checkpoint.origin,
                wanted: self.name().to_owned(),
            });
        }
        Ok(checkpoint)
    }
}

impl std::fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::new("seatbook.example/log", [seed; 32]).expect("a key")
    }

    #[test]
    fn a_signed_checkpoint_says_what_was_signed() {
        let key = key(7);
        let note = key.sign(109_482, Digest::of("root")).expect("a note");
        let wanted = "seatbook.example/log\n109482\n";
        assert!(note.starts_with(wanted), "{note}");
        let checkpoint = key.public().open(&note).expect("it was signed");
        assert_eq!((checkpoint.size, checkpoint.root), (109_482, Digest::of("root")));
    }

    #[test]
    fn keys_read_back_what_they_wrote() {
        for seed in 0..=255 {
            let key = key(seed);
            let again = SigningKey::parse(key.reveal()).expect("a key");
            assert_eq!(again.public().to_string(), key.public().to_string());
            let note = again.sign(1, Digest::of("")).expect("a note");
            let public = VerifyingKey::parse(&key.public().to_string()).expect("a key");
            public.open(&note).expect("it was signed");
        }
        for text in ["", "PRIVATE+KEY+a+b+c", "x", &key(1).reveal()[..60]] {
            assert_eq!(SigningKey::parse(text).err(), Some(KeyError::Malformed), "{text}");
        }
        assert_eq!(SigningKey::new("two words", [1; 32]).err(), Some(KeyError::Name));
    }

    #[test]
    fn whoever_has_one_of_the_keys_believes_what_all_have_signed() {
        let (old, new) = (key(1), key(2));
        let publics = [old.public().clone(), new.public().clone()];
        let note = sign_together(&[new, old], 9, Digest::of("root")).expect("a note");
        for public in &publics {
            assert_eq!(public.open(&note).expect("it was signed").size, 9);
        }
        assert_eq!(key(3).public().open(&note), Err(CheckpointError::NotSigned));
        // One good signature does not make up for a spoilt one of the other.
        let (text, signatures) = note.split_once("\n\n").expect("signatures");
        let first = signatures.lines().next().expect("a signature");
        let alone = format!("{text}\n\n{first}\n");
        assert!(publics[1].open(&alone).is_ok() && publics[0].open(&alone).is_err());
        assert_eq!(sign_together(&[], 1, Digest::of("")), Err(CheckpointError::NotSigned));
    }

    #[test]
    fn nothing_else_is_believed() {
        let (ours, theirs) = (key(1), key(2));
        let note = ours.sign(5, Digest::of("root")).expect("a note");
        let error = |note: &str| ours.public().open(note).expect_err("refused");
        assert_eq!(theirs.public().open(&note), Err(CheckpointError::NotSigned));
        assert_eq!(error(&note.replacen("\n5\n", "\n6\n", 1)), CheckpointError::Changed);
        assert_eq!(error("no note"), CheckpointError::Malformed);
        let mut other = Note::new(b"another.example\n5\nqqqq\n", &[]).expect("a note");
        other.add_sigs(&[&ours.signer]).expect("signed");
        assert_eq!(error(&String::from_utf8(other.to_bytes()).expect("text")), CheckpointError::Malformed);
        let root =
            tlog_tiles::Checkpoint::new("another.example", 5, Hash([1; 32]), "").expect("a checkpoint");
        let mut other = Note::new(&root.to_bytes(), &[]).expect("a note");
        other.add_sigs(&[&ours.signer]).expect("signed");
        let other = error(&String::from_utf8(other.to_bytes()).expect("text"));
        assert!(matches!(other, CheckpointError::OtherLog { .. }), "{other}");
    }
}
