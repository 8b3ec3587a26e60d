//! The keys that heads are signed with: outside of the database, always.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use eventlog::files;
use transparency::{KeyError, SigningKey};
use uuid::Uuid;

use crate::NotaryError;

/// The log's keys, or where they are. No `Debug`: holds them.
#[derive(Clone, Default)]
pub struct Keys(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    None,
    Given(Arc<[SigningKey]>),
    /// A file that is made when something is signed for the first time.
    Beside(PathBuf),
}

/// Makes a key for a log of this name.
pub fn make_key(name: &str) -> Result<SigningKey, KeyError> {
    SigningKey::new(name, rand::random())
}

impl Keys {
    /// Keys as they are configured, one on each line, all of one log. Each of them signs; the first one is the one that
    /// auditors are given, the others are of before, or of what is to come.
    pub fn parse(text: &str) -> Result<Self, NotaryError> {
        Ok(Self(Source::Given(read(text).map_err(NotaryError::Key)?.into())))
    }

    /// Those in a file, which is made, readable by its owner alone, when something is signed for the first time.
    pub fn beside(path: PathBuf) -> Self {
        Self(Source::Beside(path))
    }

    /// Whether there are some, or can be made.
    pub(crate) fn can_sign(&self) -> bool {
        !matches!(self.0, Source::None)
    }

    /// The keys, if there are some already.
    pub(crate) fn there(&self) -> Result<Option<Arc<[SigningKey]>>, NotaryError> {
        match &self.0 {
            Source::None => Ok(None),
            Source::Given(keys) => Ok(Some(Arc::clone(keys))),
            Source::Beside(path) => {
                let text = files::read(path).map_err(|error| unread(path, &error))?;
                let keys = text.map(|text| read(&text)).transpose().map_err(|error| unread(path, &error))?;
                Ok(keys.map(Into::into))
            }
        }
    }

    /// The keys, which are made where they can be and are not there.
    pub(crate) fn or_made(&self) -> Result<Arc<[SigningKey]>, NotaryError> {
        if let (Source::Beside(path), None) = (&self.0, self.there()?) {
            // Names it apart from every other log, and tells nothing.
            let name = format!("seatbook/{}", Uuid::from_u128(rand::random()).simple());
            let key = make_key(&name).map_err(|error| unread(path, &error))?;
            let text = format!("{}\n", key.reveal());
            // Somebody else's that was made meanwhile stays.
            files::make(path, &text).map_err(|error| unread(path, &error))?;
        }
        self.there()?.ok_or(NotaryError::NoKey)
    }

    /// Puts the file aside, where there is one, so that another key is made: under which name.
    pub(crate) fn put_aside(&self, name: &str) -> Result<Option<PathBuf>, NotaryError> {
        match &self.0 {
            Source::Beside(path) => files::put_aside(path, name).map_err(|error| unread(path, &error)),
            Source::None | Source::Given(_) => Ok(None),
        }
    }

    /// The file that they are in, where nobody has given them.
    pub(crate) fn file(&self) -> Option<&Path> {
        if let Source::Beside(path) = &self.0 { Some(path) } else { None }
    }

    /// Whether others have to put a new key into its place.
    pub(crate) const fn are_given(&self) -> bool {
        matches!(self.0, Source::Given(_))
    }
}

fn unread(path: &Path, error: &dyn std::fmt::Display) -> NotaryError {
    NotaryError::File { what: "key", path: path.to_owned(), error: error.to_string() }
}

fn read(text: &str) -> Result<Vec<SigningKey>, String> {
    let lines = text.lines().map(str::trim).zip(1..).filter(|(line, _)| !line.is_empty());
    let key = |(line, number): (&str, usize)| {
        SigningKey::parse(line).map_err(|error| format!("line {number}: {error}"))
    };
    let keys = lines.map(key).collect::<Result<Vec<_>, _>>()?;
    let name = keys.first().ok_or("it holds no key")?.name();
    match keys.iter().find(|key| key.name() != name) {
        Some(other) => Err(format!("it holds keys of two logs, \"{name}\" and \"{}\"", other.name())),
        None => Ok(keys),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str) -> String {
        make_key(name).unwrap().reveal().to_owned()
    }

    #[test]
    fn several_keys_are_of_one_log() {
        let two = format!("{}\n\n  {}\n", text("a.example"), text("a.example"));
        assert_eq!(Keys::parse(&two).unwrap().or_made().unwrap().len(), 2);
        let others = format!("{}\n{}", text("a.example"), text("b.example"));
        for (spoilt, said) in [
            (others.as_str(), "two logs, \"a.example\" and \"b.example\""),
            ("", "it holds no key"),
            ("\nsecret", "line 2: this is no Ed25519 key"),
        ] {
            let error = Keys::parse(spoilt).err().unwrap().to_string();
            assert!(error.contains(said) && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_key_beside_the_database_is_made_when_it_is_needed_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seatbook.db-log-key");
        let keys = Keys::beside(path.clone());
        assert!(keys.there().unwrap().is_none() && !path.exists(), "looking makes nothing");
        let made = keys.or_made().unwrap()[0].public().to_string();
        assert_eq!(Keys::beside(path.clone()).or_made().unwrap()[0].public().to_string(), made);
        keys.put_aside("-old").unwrap().unwrap();
        assert_ne!(keys.or_made().unwrap()[0].name(), made.split('+').next().unwrap());
        std::fs::write(&path, "half a key").unwrap();
        assert!(keys.or_made().is_err(), "what is there is not written over");
        assert!(matches!(Keys::default().or_made(), Err(NotaryError::NoKey)));
    }
}
