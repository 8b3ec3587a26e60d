//! Puts the key, the file outside and the table together.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use domain::Digest;
use eventlog::{LogError, files};
use sql::Beside;
use transparency::{Checkpoint, CheckpointError, SigningKey, VerifyingKey, sign_together};

use crate::{book::Book, keys::Keys};

/// Signs, and keeps what was signed.
pub struct Notary {
    book: Book,
    keys: Keys,
    outside: Option<PathBuf>,
}

/// What keeps something from being signed, or from being read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotaryError {
    /// Nobody has configured one.
    #[error("there is no key to sign the history with")]
    NoKey,
    /// What was configured is none. Says nothing of what it is.
    #[error("the key of the log can't be read: {0}")]
    Key(String),
    /// A file that can't be read or written.
    #[error("the {what} of the log in {}: {error}", path.display())]
    File {
        /// What is in it.
        what: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        error: String,
    },
    /// There is none, and with one that is no longer there something was signed.
    #[error("the key is missing that signed the checkpoint {place}: there is no file {}", key.display())]
    Lost {
        /// The file that the key was in.
        key: PathBuf,
        /// Where the checkpoint is.
        place: Place,
    },
    /// A checkpoint that was kept is not to be believed.
    #[error("the checkpoint {place} is not to be believed: {error}")]
    Kept {
        /// Where it is.
        place: Place,
        /// Why.
        error: CheckpointError,
    },
    /// The head can't be written as a checkpoint.
    #[error(transparent)]
    Unsigned(CheckpointError),
    /// A new history needs a key with another name, and the one of before is configured still.
    #[error("the key is still that of \"{name}\"")]
    SameName {
        /// The name of its log.
        name: String,
        /// The file that may hold a checkpoint of that log, where nobody can read it any more.
        unread: Option<PathBuf>,
    },
    /// The database.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl NotaryError {
    /// The same for those who don't run the service: in which file is none of theirs.
    pub fn without_files(&self) -> String {
        match self {
            Self::Kept { place: Place::Outside(_), error } => {
                format!("the checkpoint outside of the database is not to be believed: {error}")
            }
            Self::Lost { .. } => "the key is missing that signed the checkpoint".to_owned(),
            Self::File { what, .. } => format!("the {what} of the log can't be read or written"),
            other => other.to_string(),
        }
    }
}

/// Where a checkpoint was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In this file, outside of the database.
    Outside(PathBuf),
    /// In the database itself.
    Inside,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Outside(path) => write!(f, "in {}", path.display()),
            Self::Inside => f.write_str("in the database"),
        }
    }
}

/// A checkpoint that was signed before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where it is.
    pub place: Place,
    /// What it says.
    pub signed: Signed,
}

/// What was found of what was kept.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Checkpoints that the keys have signed.
    pub good: Vec<Kept>,
    /// Of each place where there is another one, that it is not to be believed, and why.
    pub bad: Vec<NotaryError>,
}

/// A signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// As it was signed.
    pub note: String,
    /// What it says.
    pub checkpoint: Checkpoint,
    /// By how many of the keys that there are now.
    pub by: usize,
    /// Its number in the database, where it is from there.
    number: Option<u64>,
}

impl Notary {
    /// With the table of a database, keys, and the file in which the last checkpoint is kept outside of it.
    pub async fn open(beside: Beside, keys: Keys, outside: Option<PathBuf>) -> Result<Self, LogError> {
        Ok(Self { book: Book::open(beside).await?, keys, outside })
    }

    /// The same, with other keys or another file, where there are some.
    #[must_use]
    pub fn with(self, keys: Option<Keys>, outside: Option<PathBuf>) -> Self {
        Self { keys: keys.unwrap_or(self.keys), outside: outside.or(self.outside), ..self }
    }

    /// Whether anything is signed here.
    pub fn can_sign(&self) -> bool {
        self.keys.can_sign()
    }

    /// Whether there is a key already, which may have signed something.
    pub fn has_key(&self) -> Result<bool, NotaryError> {
        Ok(self.keys.there()?.is_some())
    }

    /// The file in which the last checkpoint is kept outside of the database.
    pub fn outside(&self) -> Option<&Path> {
        self.outside.as_deref()
    }

    /// What auditors are given: the first is the one to pin. Made where it can be and is not there.
    pub async fn public(&self) -> Result<Vec<VerifyingKey>, NotaryError> {
        Ok(self.own_keys().await?.iter().map(|key| key.public().clone()).collect())
    }

    /// How many keys there are.
    pub async fn keys(&self) -> Result<usize, NotaryError> {
        Ok(self.own_keys().await?.len())
    }

    /// The keys; made where they can be and nothing was signed yet. One that is made beside an older checkpoint would
    /// be of another log.
    async fn own_keys(&self) -> Result<Arc<[SigningKey]>, NotaryError> {
        if let Some(path) = &self.outside
            && path.try_exists().map_err(|error| outside(path, &error))?
        {
            return self.of_before(&Place::Outside(path.clone()));
        }
        match self.keys.there()? {
            Some(keys) => Ok(keys),
            None if self.book.last().await?.is_some() => self.of_before(&Place::Inside),
            None => self.keys.or_made(),
        }
    }

    /// The keys, which have signed a checkpoint before.
    fn of_before(&self, place: &Place) -> Result<Arc<[SigningKey]>, NotaryError> {
        let lost = || {
            let key = self.keys.file().map(Path::to_owned).unwrap_or_default();
            NotaryError::Lost { key, place: place.clone() }
        };
        self.keys.there()?.ok_or_else(|| if self.can_sign() { lost() } else { NotaryError::NoKey })
    }

    /// What was kept of before, outside and inside: each has to be a head that the log had.
    pub async fn kept(&self) -> Result<Found, NotaryError> {
        let mut notes = Vec::new();
        if let Some(path) = &self.outside {
            notes.extend(self.note_outside()?.map(|note| (Place::Outside(path.clone()), note, None)));
        }
        let last = self.book.last().await?.map(|row| (Place::Inside, row.note, Some(row.number)));
        notes.extend(last);
        let mut found = Found::default();
        if notes.is_empty() || !self.can_sign() {
            return Ok(found);
        }
        let keys = self.of_before(&notes[0].0)?;
        for (place, note, number) in notes {
            match opened(&keys, note, number) {
                Ok(signed) => found.good.push(Kept { place, signed }),
                Err(error) => {
                    if place == Place::Inside {
                        found.good.extend(self.last_good(&keys).await?);
                    }
                    found.bad.push(NotaryError::Kept { place, error });
                }
            }
        }
        Ok(found)
    }

    /// The last one in the database that the keys have signed, where the very last is not to be believed.
    async fn last_good(&self, keys: &Arc<[SigningKey]>) -> Result<Option<Kept>, NotaryError> {
        let rows = self.book.rows().await?;
        let signed = rows.into_iter().find_map(|row| opened(keys, row.note, Some(row.number)).ok());
        Ok(signed.map(|signed| Kept { place: Place::Inside, signed }))
    }

    /// Those in the database that were signed before the last one, as far as the keys that there are now have signed them.
    pub async fn earlier(&self) -> Result<Found, NotaryError> {
        let mut found = Found::default();
        let Some(keys) = self.keys.there()? else { return Ok(found) };
        for row in self.book.rows().await?.into_iter().skip(1) {
            match opened(&keys, row.note, Some(row.number)) {
                Ok(signed) => found.good.push(Kept { place: Place::Inside, signed }),
                // Of another log, or by a key that was exchanged since.
                Err(CheckpointError::NotSigned) => {}
                Err(error) => found.bad.push(NotaryError::Kept { place: Place::Inside, error }),
            }
        }
        Ok(found)
    }

    /// The last one that is handed out.
    pub async fn last(&self) -> Result<Option<Signed>, NotaryError> {
        let Some(row) = self.book.last().await? else { return Ok(None) };
        let signed = opened(&self.of_before(&Place::Inside)?, row.note, Some(row.number));
        signed.map(Some).map_err(|error| NotaryError::Kept { place: Place::Inside, error })
    }

    /// The farthest of those that were kept, whoever signed them: where the key is gone, whoever has the public one still holds
    /// the history against it.
    pub async fn stated(&self) -> Result<Option<Signed>, NotaryError> {
        let inside = self.book.last().await?;
        let notes =
            [self.note_outside()?.map(|note| (note, None)), inside.map(|row| (row.note, Some(row.number)))];
        let stated = notes.into_iter().flatten().filter_map(|(note, number)| {
            let checkpoint = Checkpoint::stated(&note).ok()?;
            Some(Signed { note, checkpoint, by: 0, number })
        });
        Ok(stated.max_by_key(|signed| signed.checkpoint.size))
    }

    /// Signs a head, and keeps it: in the database behind `last`, the last one that the caller has seen there, and then
    /// outside. Nothing where another node has signed meanwhile.
    pub async fn sign(
        &self,
        last: Option<&Signed>,
        (size, root): (u64, Digest),
        now: DateTime<Utc>,
    ) -> Result<Option<Signed>, NotaryError> {
        let keys = self.own_keys().await?;
        let note = sign_together(&keys, size, root).map_err(NotaryError::Unsigned)?;
        let signed = opened(&keys, note, None).map_err(NotaryError::Unsigned)?;
        let after = last.and_then(|last| last.number);
        let origin = signed.checkpoint.origin.clone();
        if !self.book.add(after, origin, signed.note.clone(), now).await? {
            return Ok(None);
        }
        self.keep_outside(&signed)?;
        Ok(Some(Signed { number: Some(after.unwrap_or(0) + 1), ..signed }))
    }

    /// Keeps a checkpoint outside, if it goes further than the one that is there, or has signatures that it lacks.
    pub fn keep_outside(&self, signed: &Signed) -> Result<(), NotaryError> {
        let Some(path) = &self.outside else { return Ok(()) };
        if let Some(there) = self.note_outside()? {
            if there == signed.note {
                return Ok(());
            }
            let place = Place::Outside(path.clone());
            let kept = opened(&self.of_before(&place)?, there, None);
            let kept = kept.map_err(|error| NotaryError::Kept { place, error })?;
            if (kept.checkpoint.size, kept.by) >= (signed.checkpoint.size, signed.by) {
                return Ok(());
            }
        }
        files::replace(path, &signed.note).map_err(|error| outside(path, &error))
    }

    /// Ends the history that was signed so far, and begins another one, with another key: what was kept outside is put aside
    /// under the name of the log of before. Where that is. Keys that somebody configured have to be new already: no checkpoint
    /// outside is of their log, and none inside, unless the new history was `begun` by another node, which signed with them.
    pub async fn begin_anew(&self, begun: bool) -> Result<Vec<PathBuf>, NotaryError> {
        let inside = self.book.last().await?.map(|row| row.origin);
        let keys = self.keys.there()?;
        let own = keys.as_ref().and_then(|keys| keys.first()).map(SigningKey::name);
        // What can't be read any more may have been of the log whose key this is.
        let note = self.note_outside()?;
        let is_unread = note.as_deref().is_some_and(|note| origin_of(note).is_none());
        let outside_origin = note.as_deref().and_then(origin_of);
        let is_own = |origin: Option<&str>| own.is_some() && own == origin;
        let is_same = is_unread || is_own(outside_origin) || (!begun && is_own(inside.as_deref()));
        let same = own.filter(|_| is_same);
        if let Some(name) = same.filter(|_| self.keys.are_given()) {
            let unread = self.outside.clone().filter(|_| is_unread);
            return Err(NotaryError::SameName { name: name.to_owned(), unread });
        }
        // The key last: until then the command can be given again.
        let mut aside = Vec::new();
        if let Some(path) = &self.outside {
            let of = outside_origin.or(own).or(inside.as_deref()).unwrap_or("before");
            aside.extend(files::put_aside(path, &name_aside(of)).map_err(|error| outside(path, &error))?);
        }
        if let Some(name) = same {
            aside.extend(self.keys.put_aside(&name_aside(name))?);
        }
        // Beside what was signed none is made later.
        self.keys.or_made()?;
        Ok(aside)
    }

    /// What is in the file outside, where there is one. Bytes that are no text are no checkpoint, and are told as that.
    fn note_outside(&self) -> Result<Option<String>, NotaryError> {
        let Some(path) = &self.outside else { return Ok(None) };
        match files::read(path) {
            Err(error) if error.kind() == ErrorKind::InvalidData => Ok(Some(String::new())),
            read => read.map_err(|error| outside(path, &error)),
        }
    }

    /// The last one in the database, of whichever log: what a new history is signed behind.
    pub async fn behind(&self) -> Result<Option<Signed>, NotaryError> {
        let row = self.book.last().await?;
        Ok(row.map(|row| Signed {
            checkpoint: Checkpoint { origin: row.origin, size: 0, root: Digest::of("") },
            note: row.note,
            by: 0,
            number: Some(row.number),
        }))
    }
}

/// The log that a checkpoint says that it is of, whoever signed it; nothing where that can't be told.
fn origin_of(note: &str) -> Option<&str> {
    let mut lines = note.lines();
    let origin = lines.next().filter(|origin| !origin.is_empty())?;
    lines.next()?.parse::<u64>().ok().map(|_| origin)
}

/// What stands behind the name of a file that is put aside, and was of a log.
fn name_aside(origin: &str) -> String {
    let readable = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    format!("-of-{}", origin.chars().map(readable).collect::<String>())
}

fn outside(path: &Path, error: &std::io::Error) -> NotaryError {
    NotaryError::File { what: "last checkpoint", path: path.to_owned(), error: error.to_string() }
}

/// What a note says that at least one of the keys has signed.
fn opened(keys: &Arc<[SigningKey]>, note: String, number: Option<u64>) -> Result<Signed, CheckpointError> {
    let mut told = Err(CheckpointError::NotSigned);
    let mut by = 0;
    for key in keys.iter() {
        match key.public().open(&note) {
            Ok(checkpoint) => {
                by += 1;
                told = Ok(checkpoint);
            }
            // One of our keys has signed another text: that says more than that the others have signed nothing.
            Err(error) if by == 0 && told != Err(CheckpointError::Changed) => told = Err(error),
            Err(_) => {}
        }
    }
    Ok(Signed { checkpoint: told?, note, by, number })
}

#[cfg(test)]
mod tests;
