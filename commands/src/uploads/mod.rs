//! Where uploads lie until their import has ended.
//!
//! Behind a trait, because a service of several nodes keeps them in its database. A file beside the database is
//! enough for one.

mod files;
mod mark;
mod postgres;
mod room;
mod spool;

use std::io::{self, Read, Seek};

use async_trait::async_trait;
use domain::ImportId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::import::intake::Charset;
pub use files::FileUploads;
pub use mark::Mark;
pub use postgres::{PostgresUploads, TABLES};
pub(crate) use postgres::{told as told_by_the_database, told_by_the_log};
pub use room::{DISK_FULL, is_full};

/// Bytes that can be read more than once.
pub trait Source: Read + Seek + Send {}

impl<T: Read + Seek + Send> Source for T {}

/// What an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A CSV file.
    Csv,
    /// Pasted addresses, as text in UTF-8.
    Text,
    /// A list that a program made, as JSON.
    List,
}

/// What is kept with an upload and must not be in the log: its name may name a person, and of a file with one
/// address the digest tells which.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What it is.
    pub kind: Kind,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// What the file was called, if that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the file is said to be written in, if that was said: read again, it is read the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charset: Option<Charset>,
    /// Who was erased since its import began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub erased: Vec<Mark>,
}

/// Keeps uploads. One that is kept is durable until it is forgotten.
#[async_trait]
pub trait Uploads: Send + Sync {
    /// Makes room for an upload.
    async fn begin(&self) -> io::Result<Box<dyn Upload>>;

    /// What is noted of the upload of an import; nothing: none is kept. What is there and is no
    /// note is [`io::ErrorKind::InvalidData`].
    async fn note(&self, import: ImportId) -> io::Result<Option<Note>>;

    /// Reads the upload of an import.
    async fn open(&self, import: ImportId) -> io::Result<Box<dyn Source>>;

    /// Notes with the upload of an import whom it must not bring back; fine where there is none.
    async fn mark(&self, import: ImportId, mark: &Mark) -> io::Result<()>;

    /// Lets the upload of an import go; fine where there is none.
    async fn forget(&self, import: ImportId) -> io::Result<()>;

    /// Lets the upload of an import go that nothing began with; not if somebody may still be about to begin.
    async fn let_go(&self, import: ImportId) -> io::Result<()>;

    /// The imports whose uploads are kept.
    async fn kept(&self) -> io::Result<Vec<ImportId>>;
}

/// An upload on its way in. It is gone when this is dropped, unless it was kept.
#[async_trait]
pub trait Upload: Send + Sync {
    /// Takes the next bytes.
    async fn write(&mut self, piece: &[u8]) -> io::Result<()>;

    /// Reads what was written, before or after it is kept.
    fn open(&self) -> io::Result<Box<dyn Source>>;

    /// Keeps it for an import: once this returns, it survives whatever happens to the process or the machine.
    async fn keep(self: Box<Self>, import: ImportId, note: &Note) -> io::Result<()>;
}

/// An upload, and the digest of what came so far. No `Debug`: what it holds is about people.
pub struct Incoming {
    upload: Box<dyn Upload>,
    digest: Sha256,
    bytes: u64,
    kind: Kind,
    name: Option<String>,
    charset: Option<Charset>,
}

impl Incoming {
    /// Makes room for an upload.
    pub async fn begin(uploads: &dyn Uploads, kind: Kind, name: Option<String>) -> io::Result<Self> {
        let (upload, digest) = (uploads.begin().await?, Sha256::new());
        Ok(Self { upload, digest, bytes: 0, kind, name, charset: None })
    }

    /// Of a file that is said to be written in this.
    #[must_use]
    pub fn written_in(self, charset: Option<Charset>) -> Self {
        Self { charset, ..self }
    }

    /// Takes the next bytes.
    pub async fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.digest.update(piece);
        self.bytes += u64::try_from(piece.len()).unwrap_or(u64::MAX);
        self.upload.write(piece).await
    }

    /// The SHA-256 of what came.
    pub fn digest(&self) -> [u8; 32] {
        self.digest.clone().finalize().into()
    }

    pub(crate) fn note(&self) -> Note {
        Note {
            kind: self.kind,
            sha256: hexadecimal(&self.digest()),
            bytes: self.bytes,
            name: self.name.clone(),
            charset: self.charset,
            erased: Vec::new(),
        }
    }

    pub(crate) fn open(&self) -> io::Result<Box<dyn Source>> {
        self.upload.open()
    }

    pub(crate) async fn keep(self, import: ImportId) -> io::Result<()> {
        let note = self.note();
        self.upload.keep(import, &note).await
    }
}

/// Whether a source is still what was uploaded. Reads all of it, where it may block.
pub(crate) fn is_whole(source: &mut dyn Source, note: &Note) -> io::Result<bool> {
    source.rewind()?;
    let (mut digest, mut piece) = (Sha256::new(), vec![0; 64 << 10]);
    loop {
        match source.read(&mut piece)? {
            0 => break,
            read => digest.update(&piece[..read]),
        }
    }
    source.rewind()?;
    Ok(hexadecimal(&digest.finalize()) == note.sha256)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
