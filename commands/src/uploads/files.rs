//! Uploads as files in a folder of their own: `IMPORT.upload`, and `IMPORT.json` with what is noted of it.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, ErrorKind, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use domain::ImportId;
use eventlog::{faults::place, files::sync_folder};
use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;

use super::{Mark, Note, Source, Upload, Uploads, room::told};

/// A folder that only its owner may look into. One process has it open at a time, as with the database.
pub struct FileUploads {
    folder: PathBuf,
}

/// How files that are still on their way in begin: of a process that was killed, they are left behind.
const INCOMING: &str = "incoming-";

impl FileUploads {
    /// Takes a folder, and throws out what was still on its way in when its process ended. The folder is made with
    /// the first upload.
    pub fn open(folder: PathBuf) -> io::Result<Self> {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self { folder }),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = entry?.path();
            // The note is written last: without it nobody was told that the upload is kept.
            let alone =
                path.extension().is_some_and(|end| end == "upload") && !path.with_extension("json").exists();
            if name_of(&path).starts_with(INCOMING) || alone {
                fs::remove_file(path)?;
            }
        }
        Ok(Self { folder })
    }

    fn data(&self, import: ImportId) -> PathBuf {
        self.folder.join(format!("{import}.upload"))
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[async_trait]
impl Uploads for FileUploads {
    async fn begin(&self) -> io::Result<Box<dyn Upload>> {
        if !self.folder.exists() {
            DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
            sync_folder(&self.folder)?;
        }
        let file = tempfile::Builder::new().prefix(INCOMING).tempfile_in(&self.folder);
        let file = file.map_err(|error| told(error, &self.folder, 0))?;
        Ok(Box::new(IncomingFile { file, folder: self.folder.clone() }))
    }

    async fn note(&self, import: ImportId) -> io::Result<Option<Note>> {
        match fs::read(self.data(import).with_extension("json")) {
            Ok(bytes) => {
                let note = serde_json::from_slice(&bytes);
                note.map(Some).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn open(&self, import: ImportId) -> io::Result<Box<dyn Source>> {
        Ok(Box::new(File::open(self.data(import))?))
    }

    async fn mark(&self, import: ImportId, mark: &Mark) -> io::Result<()> {
        let Some(mut note) = self.note(import).await? else { return Ok(()) };
        note.erased.push(mark.clone());
        let (folder, path, text) =
            (self.folder.clone(), self.data(import).with_extension("json"), serde_json::to_vec(&note)?);
        let write = move || write_note(&folder, &path, &text);
        spawn_blocking(write).await.map_err(io::Error::other)?
    }

    async fn forget(&self, import: ImportId) -> io::Result<()> {
        let data = self.data(import);
        // The note first: an upload without one counts as not kept.
        for path in [data.with_extension("json"), data] {
            place("upload.forgotten");
            match fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    async fn let_go(&self, import: ImportId) -> io::Result<()> {
        // One process has the folder, and looks at it only while it begins with nothing.
        self.forget(import).await
    }

    async fn kept(&self) -> io::Result<Vec<ImportId>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut kept = Vec::new();
        for entry in entries {
            kept.extend(
                name_of(&entry?.path()).strip_suffix(".json").and_then(|id| id.parse::<ImportId>().ok()),
            );
        }
        Ok(kept)
    }
}

struct IncomingFile {
    file: NamedTempFile,
    folder: PathBuf,
}

#[async_trait]
impl Upload for IncomingFile {
    async fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all(piece).map_err(|error| {
            let held = self.file.as_file().metadata().map_or(0, |about| about.len());
            told(error, &self.folder, held)
        })
    }

    fn open(&self) -> io::Result<Box<dyn Source>> {
        Ok(Box::new(self.file.reopen()?))
    }

    async fn keep(self: Box<Self>, import: ImportId, note: &Note) -> io::Result<()> {
        let (data, note) = (self.folder.join(format!("{import}.upload")), serde_json::to_vec(note)?);
        let folder_told = self.folder.clone();
        let keep = move || {
            let Self { file, folder } = *self;
            file.as_file().sync_all()?;
            file.persist_noclobber(&data)?;
            place("upload.before_its_note");
            write_note(&folder, &data.with_extension("json"), &note)
        };
        let keep = move || keep().map_err(|error: io::Error| told(error, &folder_told, 0));
        spawn_blocking(keep).await.map_err(io::Error::other)?
    }
}

/// Written beside its place, so that half of one is never found there.
fn write_note(folder: &Path, path: &Path, text: &[u8]) -> io::Result<()> {
    let mut noted = tempfile::Builder::new().prefix(INCOMING).tempfile_in(folder)?;
    noted.write_all(text)?;
    noted.as_file().sync_all()?;
    noted.persist(path)?;
    sync_folder(path)
}
