//! Which database: `--database sqlite:PATH`, `SEATBOOK_DATABASE`, or a file in the user's data folder.

use std::{
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use etcetera::{BaseStrategy, base_strategy::Xdg};

use super::{Failure, environment::said, output::visible, values::Misread};

/// Names the database where the command line does not.
const VARIABLE: &str = "SEATBOOK_DATABASE";

/// A database file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    path: PathBuf,
    /// Whether nobody named it.
    is_default: bool,
}

impl Target {
    /// The one that was named; otherwise the default, whose path is told on stderr.
    pub(super) fn open(named: Option<Self>) -> Result<Self, Failure> {
        let of_environment = || said(VARIABLE, str::parse);
        if let Some(target) = named.map_or_else(of_environment, |named| Ok(Some(named)))? {
            return Ok(target);
        }
        let data = Xdg::new().map_err(|error| {
            let what = format!("There is no home folder to keep the database in: {error}.");
            Failure::broken("no_home", what, "Name a database file: --database sqlite:PATH.")
        })?;
        let path = data.data_dir().join("seatbook").join("seatbook.db");
        eprintln!("Database: {} (the default; --database names another)", visible(&path.to_string_lossy()));
        Ok(Self { path, is_default: true })
    }

    /// Any file.
    pub(crate) fn file(path: PathBuf) -> Self {
        Self { path, is_default: false }
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes sure that the file is there, or that it can be made where the command is one that `makes` databases: a
    /// mistyped path must not look like a database without licenses.
    pub(super) fn prepare(&self, makes: bool) -> Result<(), Failure> {
        // What can't be looked at is told when it is opened.
        if self.path.try_exists().unwrap_or(true) {
            return Ok(());
        }
        if !makes {
            return Err(self.missing());
        }
        let Some(folder) = self.path.parent().filter(|_| self.is_default) else { return Ok(()) };
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| {
            let what = format!("The folder {} can't be made: {error}.", folder.display());
            Failure::broken("unwritable", what, "Name another database file: --database sqlite:PATH.")
        })
    }

    fn missing(&self) -> Failure {
        let path = self.path.display();
        let (what, hint) = if self.is_default {
            let begin = "Begin with `seatbook license create NAME --seats N --admin EMAIL`, which makes it; or look \
                         around first: `seatbook demo`. If your database is elsewhere, name it: --database sqlite:PATH.";
            (format!("There is no database yet: {path}."), begin.to_owned())
        } else {
            let hint = match self.missing_folder() {
                Some(folder) => format!("There is no folder {}: check the path.", folder.display()),
                None => "Check the path. `seatbook license create` and `seatbook serve` make a new database; no other \
                         command does."
                    .to_owned(),
            };
            (format!("There is no database at {path}."), hint)
        };
        Failure::broken("no_database", what, hint)
    }

    /// The folder of the file, if that is not there.
    pub(super) fn missing_folder(&self) -> Option<&Path> {
        self.path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "sqlite:{}", self.path.display())
    }
}

impl std::str::FromStr for Target {
    type Err = Misread;

    fn from_str(text: &str) -> Result<Self, Misread> {
        const HINT: &str = "Write sqlite:PATH.";
        let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
        let path = match scheme.as_deref() {
            Some("sqlite") => {
                let path = &text["sqlite:".len()..];
                path.strip_prefix("//").unwrap_or(path)
            }
            Some("postgres" | "postgresql") => {
                return Err(Misread::new("can't be used yet: PostgreSQL comes with a later version", HINT));
            }
            Some(scheme) if text[scheme.len()..].starts_with("://") => {
                return Err(Misread::new(format!("names no engine that there is: {scheme}"), HINT));
            }
            Some(_) | None => text,
        };
        match path {
            "" => Err(Misread::new("names no path", HINT)),
            ":memory:" => Err(Misread::new("would be gone after the command, being in memory", HINT)),
            path => Ok(Self::file(PathBuf::from(path))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_a_path_with_or_without_its_scheme() {
        for (text, path) in [
            ("sqlite:seats.db", "seats.db"),
            ("SQLite:/var/seats.db", "/var/seats.db"),
            ("sqlite:///var/seats.db", "/var/seats.db"),
            ("/var/seats.db", "/var/seats.db"),
            ("odd:name.db", "odd:name.db"),
        ] {
            assert_eq!(text.parse(), Ok(Target::file(PathBuf::from(path))), "{text}");
        }
    }

    #[test]
    fn another_engine_is_refused_with_a_reason() {
        for (text, said) in [
            ("postgres://localhost/seats", "PostgreSQL comes with a later version"),
            ("mysql://localhost/seats", "no engine that there is: mysql"),
            ("sqlite:", "no path"),
            ("sqlite::memory:", "in memory"),
        ] {
            let error = text.parse::<Target>().unwrap_err();
            assert!(error.what.contains(said), "{text}: {error}");
        }
    }
}
